#include "rnn/gru.h"

#include "rnn/block.h"
#include "rnn/factor.h"
#include "rnn/kernels.h"
#include "rnn/linalg.h"

#include <stdlib.h>
#include <string.h>

struct pinna_gru_cache {
    pinna_cell_room room;
    pinna_factor *forward_rz, *forward_n;   /* [H, 2H], [H, H] of weight_hh */
    pinna_factor *backward_rz, *backward_n; /* [2H, H], [H, H] */
    float *block;                           /* backs the arrays below */
    float *gates;  /* [T, B, 3H] r z n; backward makes gradients of them */
    float *hp_n;   /* [T, B, H] U_n h_prev + b_hn, and then its gradient */
    float *states; /* [T + 1, B, H] h0 first */
    float *bias;   /* [3H] b_ih, and b_hh of r and z */
    float *dh;     /* [B, H] */
};

pinna_status pinna_gru_cache_new(const pinna_cell_room *room,
                                 pinna_gru_cache **out)
{
    const size_t H = room->n_hidden, T = room->max_frames, B = room->max_batch;

    *out = NULL;
    if (!pinna_cell_room_ok(room))
        return PINNA_BAD_ARG;
    pinna_gru_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return PINNA_NO_MEMORY;

    cache->room = *room;
    const pinna_block_array arrays[] = {
        {&cache->gates, T, B, 3 * H},  {&cache->hp_n, T, B, H},
        {&cache->states, T + 1, B, H}, {&cache->bias, 1, 1, 3 * H},
        {&cache->dh, 1, B, H},
    };
    pinna_status status =
        pinna_block_new(arrays, sizeof arrays / sizeof *arrays, &cache->block);
    if (!status)
        status = pinna_factor_new(H, 2 * H, &cache->forward_rz);
    if (!status)
        status = pinna_factor_new(H, H, &cache->forward_n);
    if (!status)
        status = pinna_factor_new(2 * H, H, &cache->backward_rz);
    if (!status)
        status = pinna_factor_new(H, H, &cache->backward_n);
    if (status) {
        pinna_gru_cache_free(cache);
        return status;
    }
    *out = cache;
    return PINNA_OK;
}

void pinna_gru_cache_free(pinna_gru_cache *cache)
{
    if (!cache)
        return;
    pinna_factor_free(cache->forward_rz);
    pinna_factor_free(cache->forward_n);
    pinna_factor_free(cache->backward_rz);
    pinna_factor_free(cache->backward_n);
    free(cache->block);
    free(cache);
}

/* Frame t of every sequence: gates and hp_n hold the sums before the gates. */
static void forward_frame(size_t t, size_t n_hidden, size_t n_batch,
                          const size_t *lengths, pinna_gru_cache *cache,
                          float *y)
{
    const size_t H = n_hidden;
    const pinna_kernels *kernels = pinna_kernels_best();

    for (size_t b = 0; b < n_batch; b++) {
        const size_t row = t * n_batch + b;
        const float *h_prev = cache->states + row * H;
        float *h = cache->states + (row + n_batch) * H;

        if (pinna_frame_is_valid(lengths, b, t)) {
            kernels->gru_gates_forward(H, cache->gates + row * 3 * H,
                                       cache->hp_n + row * H, h_prev, h);
            memcpy(y + row * H, h, H * sizeof(float));
        } else {
            memcpy(h, h_prev, H * sizeof(float));
            memset(y + row * H, 0, H * sizeof(float));
        }
    }
}

/* What is before the gates of frames first .. end - 1 without U h_prev. */
static void project(const pinna_cell_weights *weights, size_t first, size_t end,
                    size_t n_batch, const float *x, pinna_gru_cache *cache)
{
    const size_t H = weights->n_hidden;
    const size_t row = first * n_batch, n_rows = (end - first) * n_batch;

    pinna_cell_project(weights, 3, cache->bias, x + row * weights->n_in, n_rows,
                       cache->gates + row * 3 * H);
    pinna_fill_rows(weights->bias_hh + 2 * H, n_rows, H, cache->hp_n + row * H);
}

void pinna_gru_forward(const pinna_cell_weights *weights, const float *x,
                       const float *h0, const size_t *lengths, size_t n_frames,
                       size_t n_batch, pinna_gru_cache *cache, float *y,
                       float *hn)
{
    const size_t H = weights->n_hidden;
    const size_t n_rows = n_frames * n_batch;
    pinna_cell_check_room(&cache->room, weights, n_frames, n_batch);

    memcpy(cache->bias, weights->bias_ih, 3 * H * sizeof(float));
    pinna_add(weights->bias_hh, 2 * H, cache->bias);
    pinna_factor_set(cache->forward_rz, true, weights->weight_hh);
    pinna_factor_set(cache->forward_n, true, weights->weight_hh + 2 * H * H);
    pinna_copy_or_zero(h0, n_batch * H, cache->states);
    const size_t n_at_once = pinna_cell_frames_at_once(3 * H, n_batch);
    for (size_t t = 0, end = 0; t < n_frames; t++) {
        const size_t row = t * n_batch;
        const float *h_prev = cache->states + row * H;
        if (t == end) {
            end = n_frames - t < n_at_once ? n_frames : t + n_at_once;
            project(weights, t, end, n_batch, x, cache);
        }
        pinna_factor_multiply(cache->forward_rz, n_batch, h_prev, H,
                              cache->gates + row * 3 * H, 3 * H);
        pinna_factor_multiply(cache->forward_n, n_batch, h_prev, H,
                              cache->hp_n + row * H, H);
        forward_frame(t, H, n_batch, lengths, cache, y);
    }
    if (hn)
        memcpy(hn, cache->states + n_rows * H, n_batch * H * sizeof(float));
}

/* Frame t of every sequence: dh holds the gradient of the state after it, and
 * takes the part of that of the state before it that does not go through
 * U h_prev. */
static void backward_frame(size_t t, size_t n_hidden, size_t n_batch,
                           const size_t *lengths, pinna_gru_cache *cache,
                           const float *dy)
{
    const size_t H = n_hidden;
    const pinna_kernels *kernels = pinna_kernels_best();

    for (size_t b = 0; b < n_batch; b++) {
        const size_t row = t * n_batch + b;
        float *gates = cache->gates + row * 3 * H;
        float *hp_n = cache->hp_n + row * H;

        if (pinna_frame_is_valid(lengths, b, t)) {
            float *dh = cache->dh + b * H;
            pinna_add(dy + row * H, H, dh);
            kernels->gru_gates_backward(H, gates, hp_n, cache->states + row * H,
                                        dh);
        } else {
            memset(gates, 0, 3 * H * sizeof(float));
            memset(hp_n, 0, H * sizeof(float));
        }
    }
}

/* The gradients of all weights, and of x, from frames first .. end - 1. */
static void backward_weights(const pinna_cell_weights *weights, size_t first,
                             size_t end, size_t n_batch, const float *x,
                             const pinna_gru_cache *cache, float *dx,
                             const pinna_cell_grads *grads)
{
    const size_t I = weights->n_in, H = weights->n_hidden;
    const size_t row = first * n_batch, n_rows = (end - first) * n_batch;
    const float *gates = cache->gates + row * 3 * H;
    const float *states = cache->states + row * H;

    pinna_cell_recurrent_backward(weights, 0, 2, states, gates, 3 * H, n_rows,
                                  grads);
    pinna_cell_recurrent_backward(weights, 2, 1, states, cache->hp_n + row * H,
                                  H, n_rows, grads);
    pinna_cell_input_backward(weights, 3, x + row * I, gates, n_rows,
                              dx ? dx + row * I : NULL, grads);
}

void pinna_gru_backward(const pinna_cell_weights *weights, const float *x,
                        const size_t *lengths, size_t n_frames, size_t n_batch,
                        pinna_gru_cache *cache, const float *dy,
                        const float *dhn, float *dx, float *dh0,
                        const pinna_cell_grads *grads)
{
    const size_t H = weights->n_hidden;
    pinna_cell_check_room(&cache->room, weights, n_frames, n_batch);

    pinna_factor_set(cache->backward_rz, false, weights->weight_hh);
    pinna_factor_set(cache->backward_n, false, weights->weight_hh + 2 * H * H);
    pinna_copy_or_zero(dhn, n_batch * H, cache->dh);
    const size_t n_at_once = pinna_cell_frames_at_once(3 * H, n_batch);
    for (size_t t = n_frames, end = n_frames; t-- > 0;) {
        const size_t row = t * n_batch;
        backward_frame(t, H, n_batch, lengths, cache, dy);
        pinna_factor_multiply(cache->backward_rz, n_batch,
                              cache->gates + row * 3 * H, 3 * H, cache->dh, H);
        pinna_factor_multiply(cache->backward_n, n_batch, cache->hp_n + row * H,
                              H, cache->dh, H);
        if (t % n_at_once == 0) {
            backward_weights(weights, t, end, n_batch, x, cache, dx, grads);
            end = t;
        }
    }
    if (dh0)
        pinna_add(cache->dh, n_batch * H, dh0);
}
