#include "rnn/gru_reset_before.h"

#include "rnn/block.h"
#include "rnn/factor.h"
#include "rnn/kernels.h"
#include "rnn/linalg.h"

#include <stdlib.h>
#include <string.h>

struct pinna_gru_reset_before_cache {
    pinna_cell_room room;
    pinna_factor *forward_rz, *forward_n;   /* [H, 2H], [H, H] of weight_hh */
    pinna_factor *backward_rz, *backward_n; /* [2H, H], [H, H] */
    float *block;                           /* backs the arrays below */
    float *gates;  /* [T, B, 3H] r z n; backward makes gradients of them */
    float *reset;  /* [T, B, H] r h_prev */
    float *states; /* [T + 1, B, H] h0 first */
    float *bias;   /* [3H] b_ih + b_hh */
    float *dreset; /* [B, H] gradient of r h_prev of one frame */
    float *dh;     /* [B, H] */
};

pinna_status
pinna_gru_reset_before_cache_new(const pinna_cell_room *room,
                                 pinna_gru_reset_before_cache **out)
{
    const size_t H = room->n_hidden, T = room->max_frames, B = room->max_batch;

    *out = NULL;
    if (!pinna_cell_room_ok(room))
        return PINNA_BAD_ARG;
    pinna_gru_reset_before_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return PINNA_NO_MEMORY;

    cache->room = *room;
    const pinna_block_array arrays[] = {
        {&cache->gates, T, B, 3 * H},  {&cache->reset, T, B, H},
        {&cache->states, T + 1, B, H}, {&cache->bias, 1, 1, 3 * H},
        {&cache->dreset, 1, B, H},     {&cache->dh, 1, B, H},
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
        pinna_gru_reset_before_cache_free(cache);
        return status;
    }
    *out = cache;
    return PINNA_OK;
}

void pinna_gru_reset_before_cache_free(pinna_gru_reset_before_cache *cache)
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

/* gates [B, 3H] holds the sums of r and z and takes the gates; reset [B, H]
 * takes r h_prev. */
static void reset_frame(size_t n_hidden, size_t n_batch, const float *h_prev,
                        float *gates, float *reset)
{
    const size_t H = n_hidden;
    const pinna_kernels *kernels = pinna_kernels_best();

    for (size_t b = 0; b < n_batch; b++, gates += 3 * H) {
        kernels->sigmoid(gates, 2 * H);
        for (size_t i = 0; i < H; i++)
            reset[b * H + i] = gates[i] * h_prev[b * H + i];
    }
}

/* Frame t of every sequence: gates holds r, z and the sum of n, and takes n. */
static void forward_frame(size_t t, size_t n_hidden, size_t n_batch,
                          const size_t *lengths,
                          pinna_gru_reset_before_cache *cache, float *y)
{
    const size_t H = n_hidden, size = H * sizeof(float);
    const pinna_kernels *kernels = pinna_kernels_best();

    for (size_t b = 0; b < n_batch; b++) {
        const size_t row = t * n_batch + b;
        const float *h_prev = cache->states + row * H;
        float *h = cache->states + (row + n_batch) * H;

        if (pinna_frame_is_valid(lengths, b, t)) {
            const float *z = cache->gates + row * 3 * H + H;
            float *n = cache->gates + row * 3 * H + 2 * H;
            kernels->tanh(n, H);
            for (size_t i = 0; i < H; i++)
                h[i] = n[i] + z[i] * (h_prev[i] - n[i]);
            memcpy(y + row * H, h, size);
        } else {
            memcpy(h, h_prev, size);
            memset(y + row * H, 0, size);
        }
    }
}

void pinna_gru_reset_before_forward(const pinna_cell_weights *weights,
                                    const float *x, const float *h0,
                                    const size_t *lengths, size_t n_frames,
                                    size_t n_batch,
                                    pinna_gru_reset_before_cache *cache,
                                    float *y, float *hn)
{
    const size_t H = weights->n_hidden;
    const size_t n_rows = n_frames * n_batch;
    pinna_cell_check_room(&cache->room, weights, n_frames, n_batch);

    memcpy(cache->bias, weights->bias_ih, 3 * H * sizeof(float));
    pinna_add(weights->bias_hh, 3 * H, cache->bias);
    pinna_factor_set(cache->forward_rz, true, weights->weight_hh);
    pinna_factor_set(cache->forward_n, true, weights->weight_hh + 2 * H * H);
    pinna_copy_or_zero(h0, n_batch * H, cache->states);
    const size_t n_at_once = pinna_cell_frames_at_once(3 * H, n_batch);
    for (size_t t = 0, end = 0; t < n_frames; t++) {
        const float *h_prev = cache->states + t * n_batch * H;
        float *gates = cache->gates + t * n_batch * 3 * H;
        float *reset = cache->reset + t * n_batch * H;
        if (t == end) {
            end = n_frames - t < n_at_once ? n_frames : t + n_at_once;
            pinna_cell_project(weights, 3, cache->bias,
                               x + t * n_batch * weights->n_in,
                               (end - t) * n_batch, gates);
        }
        pinna_factor_multiply(cache->forward_rz, n_batch, h_prev, H, gates,
                              3 * H);
        reset_frame(H, n_batch, h_prev, gates, reset);
        pinna_factor_multiply(cache->forward_n, n_batch, reset, H,
                              gates + 2 * H, 3 * H);
        forward_frame(t, H, n_batch, lengths, cache, y);
    }
    if (hn)
        memcpy(hn, cache->states + n_rows * H, n_batch * H * sizeof(float));
}

/* Frame t of every sequence: dh holds the gradient of the state after it and
 * keeps the part that goes past the gates; z and n become their gradients. */
static void backward_frame(size_t t, size_t n_hidden, size_t n_batch,
                           const size_t *lengths,
                           pinna_gru_reset_before_cache *cache, const float *dy)
{
    const size_t H = n_hidden;

    for (size_t b = 0; b < n_batch; b++) {
        const size_t row = t * n_batch + b;
        const float *h_prev = cache->states + row * H;
        float *gates = cache->gates + row * 3 * H, *dh = cache->dh + b * H;

        if (!pinna_frame_is_valid(lengths, b, t)) {
            memset(gates, 0, 3 * H * sizeof(float));
            continue;
        }
        for (size_t i = 0; i < H; i++) {
            const float z = gates[H + i], n = gates[2 * H + i];
            dh[i] += dy[row * H + i];
            gates[H + i] = dh[i] * (h_prev[i] - n) * z * (1 - z);
            gates[2 * H + i] = dh[i] * (1 - z) * (1 - n * n);
            dh[i] *= z;
        }
    }
}

/* dreset holds the gradients of r h_prev: r becomes its own, dh adds that of
 * h_prev. In the padding dreset is 0. */
static void backward_reset(size_t t, size_t n_hidden, size_t n_batch,
                           const size_t *lengths,
                           pinna_gru_reset_before_cache *cache)
{
    const size_t H = n_hidden;

    for (size_t b = 0; b < n_batch; b++) {
        const size_t row = t * n_batch + b;
        const float *h_prev = cache->states + row * H;
        const float *dreset = cache->dreset + b * H;
        float *gates = cache->gates + row * 3 * H, *dh = cache->dh + b * H;

        for (size_t i = 0; pinna_frame_is_valid(lengths, b, t) && i < H; i++) {
            const float r = gates[i];
            gates[i] = dreset[i] * h_prev[i] * r * (1 - r);
            dh[i] += dreset[i] * r;
        }
    }
}

/* The gradients of all weights, and of x, from frames first .. end - 1; n has
 * seen r h_prev instead of h_prev. */
static void backward_weights(const pinna_cell_weights *weights, size_t first,
                             size_t end, size_t n_batch, const float *x,
                             const pinna_gru_reset_before_cache *cache,
                             float *dx, const pinna_cell_grads *grads)
{
    const size_t I = weights->n_in, H = weights->n_hidden;
    const size_t row = first * n_batch, n_rows = (end - first) * n_batch;
    const float *gates = cache->gates + row * 3 * H;

    pinna_cell_recurrent_backward(weights, 0, 2, cache->states + row * H, gates,
                                  3 * H, n_rows, grads);
    pinna_cell_recurrent_backward(weights, 2, 1, cache->reset + row * H,
                                  gates + 2 * H, 3 * H, n_rows, grads);
    pinna_cell_input_backward(weights, 3, x + row * I, gates, n_rows,
                              dx ? dx + row * I : NULL, grads);
}

void pinna_gru_reset_before_backward(const pinna_cell_weights *weights,
                                     const float *x, const size_t *lengths,
                                     size_t n_frames, size_t n_batch,
                                     pinna_gru_reset_before_cache *cache,
                                     const float *dy, const float *dhn,
                                     float *dx, float *dh0,
                                     const pinna_cell_grads *grads)
{
    const size_t H = weights->n_hidden;
    pinna_cell_check_room(&cache->room, weights, n_frames, n_batch);

    pinna_factor_set(cache->backward_rz, false, weights->weight_hh);
    pinna_factor_set(cache->backward_n, false, weights->weight_hh + 2 * H * H);
    pinna_copy_or_zero(dhn, n_batch * H, cache->dh);
    const size_t n_at_once = pinna_cell_frames_at_once(3 * H, n_batch);
    for (size_t t = n_frames, end = n_frames; t-- > 0;) {
        const float *da = cache->gates + t * n_batch * 3 * H;
        backward_frame(t, H, n_batch, lengths, cache, dy);
        pinna_copy_or_zero(NULL, n_batch * H, cache->dreset);
        pinna_factor_multiply(cache->backward_n, n_batch, da + 2 * H, 3 * H,
                              cache->dreset, H);
        backward_reset(t, H, n_batch, lengths, cache);
        pinna_factor_multiply(cache->backward_rz, n_batch, da, 3 * H, cache->dh,
                              H);
        if (t % n_at_once == 0) {
            backward_weights(weights, t, end, n_batch, x, cache, dx, grads);
            end = t;
        }
    }
    if (dh0)
        pinna_add(cache->dh, n_batch * H, dh0);
}
