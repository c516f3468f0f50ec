#include "rnn/lstm.h"

#include "rnn/block.h"
#include "rnn/factor.h"
#include "rnn/kernels.h"
#include "rnn/linalg.h"

#include <stdlib.h>
#include <string.h>

struct pinna_lstm_cache {
    pinna_cell_room room;
    pinna_factor *forward;  /* [H, 4H] of weight_hh */
    pinna_factor *backward; /* [4H, H] */
    float *block;           /* backs the arrays below */
    float *gates;   /* [T, B, 4H] i f g o; backward makes gradients of them */
    float *states;  /* [T + 1, B, H] h, that before frame 0 first */
    float *cells;   /* [T + 1, B, H] c */
    float *bias;    /* [4H] b_ih + b_hh */
    float *dh, *dc; /* [B, H] */
};

pinna_status pinna_lstm_cache_new(const pinna_cell_room *room,
                                  pinna_lstm_cache **out)
{
    const size_t H = room->n_hidden, T = room->max_frames, B = room->max_batch;

    *out = NULL;
    if (!pinna_cell_room_ok(room))
        return PINNA_BAD_ARG;
    pinna_lstm_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return PINNA_NO_MEMORY;

    cache->room = *room;
    const pinna_block_array arrays[] = {
        {&cache->gates, T, B, 4 * H}, {&cache->states, T + 1, B, H},
        {&cache->cells, T + 1, B, H}, {&cache->bias, 1, 1, 4 * H},
        {&cache->dh, 1, B, H},        {&cache->dc, 1, B, H},
    };
    pinna_status status =
        pinna_block_new(arrays, sizeof arrays / sizeof *arrays, &cache->block);
    if (!status)
        status = pinna_factor_new(H, 4 * H, &cache->forward);
    if (!status)
        status = pinna_factor_new(4 * H, H, &cache->backward);
    if (status) {
        pinna_lstm_cache_free(cache);
        return status;
    }
    *out = cache;
    return PINNA_OK;
}

void pinna_lstm_cache_free(pinna_lstm_cache *cache)
{
    if (!cache)
        return;
    pinna_factor_free(cache->forward);
    pinna_factor_free(cache->backward);
    free(cache->block);
    free(cache);
}

/* Frame t of every sequence: gates holds W x + U h_prev and both biases. */
static void forward_frame(size_t t, size_t n_hidden, size_t n_batch,
                          const size_t *lengths, pinna_lstm_cache *cache,
                          float *y)
{
    const size_t H = n_hidden, size = H * sizeof(float);
    const pinna_kernels *kernels = pinna_kernels_best();

    for (size_t b = 0; b < n_batch; b++) {
        const size_t row = t * n_batch + b;
        float *h = cache->states + (row + n_batch) * H;
        float *c = cache->cells + (row + n_batch) * H;

        if (pinna_frame_is_valid(lengths, b, t)) {
            kernels->lstm_gates(H, cache->gates + row * 4 * H,
                                cache->cells + row * H, c, h);
            memcpy(y + row * H, h, size);
        } else {
            memcpy(h, cache->states + row * H, size);
            memcpy(c, cache->cells + row * H, size);
            memset(y + row * H, 0, size);
        }
    }
}

void pinna_lstm_forward(const pinna_cell_weights *weights, const float *x,
                        pinna_lstm_state first, const size_t *lengths,
                        size_t n_frames, size_t n_batch,
                        pinna_lstm_cache *cache, float *y,
                        pinna_lstm_state last)
{
    const size_t H = weights->n_hidden;
    const size_t n_rows = n_frames * n_batch;
    const size_t state_size = n_batch * H * sizeof(float);
    pinna_cell_check_room(&cache->room, weights, n_frames, n_batch);

    memcpy(cache->bias, weights->bias_ih, 4 * H * sizeof(float));
    pinna_add(weights->bias_hh, 4 * H, cache->bias);
    pinna_factor_set(cache->forward, true, weights->weight_hh);
    pinna_copy_or_zero(first.h, n_batch * H, cache->states);
    pinna_copy_or_zero(first.c, n_batch * H, cache->cells);
    const size_t n_at_once = pinna_cell_frames_at_once(4 * H, n_batch);
    for (size_t t = 0, end = 0; t < n_frames; t++) {
        const size_t row = t * n_batch;
        float *gates = cache->gates + row * 4 * H;
        if (t == end) {
            end = n_frames - t < n_at_once ? n_frames : t + n_at_once;
            pinna_cell_project(weights, 4, cache->bias, x + row * weights->n_in,
                               (end - t) * n_batch, gates);
        }
        pinna_factor_multiply(cache->forward, n_batch, cache->states + row * H,
                              H, gates, 4 * H);
        forward_frame(t, H, n_batch, lengths, cache, y);
    }
    if (last.h)
        memcpy(last.h, cache->states + n_rows * H, state_size);
    if (last.c)
        memcpy(last.c, cache->cells + n_rows * H, state_size);
}

/* Frame t of every sequence: dh and dc hold the gradients of the state after
 * it; dh is used up, dc becomes that of the state before. */
static void backward_frame(size_t t, size_t n_hidden, size_t n_batch,
                           const size_t *lengths, pinna_lstm_cache *cache,
                           const float *dy)
{
    const size_t H = n_hidden;
    const pinna_kernels *kernels = pinna_kernels_best();

    for (size_t b = 0; b < n_batch; b++) {
        const size_t row = t * n_batch + b;
        float *gates = cache->gates + row * 4 * H;
        float *dh = cache->dh + b * H;

        if (pinna_frame_is_valid(lengths, b, t)) {
            pinna_add(dy + row * H, H, dh);
            kernels->lstm_gates_backward(H, gates, cache->cells + row * H,
                                         cache->cells + (row + n_batch) * H, dh,
                                         cache->dc + b * H);
            memset(dh, 0, H * sizeof(float));
        } else {
            memset(gates, 0, 4 * H * sizeof(float));
        }
    }
}

/* The gradients of all weights, and of x, from frames first .. end - 1. */
static void backward_weights(const pinna_cell_weights *weights, size_t first,
                             size_t end, size_t n_batch, const float *x,
                             const pinna_lstm_cache *cache, float *dx,
                             const pinna_cell_grads *grads)
{
    const size_t I = weights->n_in, H = weights->n_hidden;
    const size_t row = first * n_batch, n_rows = (end - first) * n_batch;
    const float *gates = cache->gates + row * 4 * H;

    pinna_cell_recurrent_backward(weights, 0, 4, cache->states + row * H, gates,
                                  4 * H, n_rows, grads);
    pinna_cell_input_backward(weights, 4, x + row * I, gates, n_rows,
                              dx ? dx + row * I : NULL, grads);
}

void pinna_lstm_backward(const pinna_cell_weights *weights, const float *x,
                         const size_t *lengths, size_t n_frames, size_t n_batch,
                         pinna_lstm_cache *cache, const float *dy,
                         pinna_lstm_state dlast, float *dx,
                         pinna_lstm_state dfirst, const pinna_cell_grads *grads)
{
    const size_t H = weights->n_hidden;
    pinna_cell_check_room(&cache->room, weights, n_frames, n_batch);

    pinna_factor_set(cache->backward, false, weights->weight_hh);
    pinna_copy_or_zero(dlast.h, n_batch * H, cache->dh);
    pinna_copy_or_zero(dlast.c, n_batch * H, cache->dc);
    const size_t n_at_once = pinna_cell_frames_at_once(4 * H, n_batch);
    for (size_t t = n_frames, end = n_frames; t-- > 0;) {
        backward_frame(t, H, n_batch, lengths, cache, dy);
        pinna_factor_multiply(cache->backward, n_batch,
                              cache->gates + t * n_batch * 4 * H, 4 * H,
                              cache->dh, H);
        if (t % n_at_once == 0) {
            backward_weights(weights, t, end, n_batch, x, cache, dx, grads);
            end = t;
        }
    }
    if (dfirst.h)
        pinna_add(cache->dh, n_batch * H, dfirst.h);
    if (dfirst.c)
        pinna_add(cache->dc, n_batch * H, dfirst.c);
}
