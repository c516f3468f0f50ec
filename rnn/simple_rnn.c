#include "rnn/simple_rnn.h"

#include "rnn/block.h"
#include "rnn/factor.h"
#include "rnn/kernels.h"
#include "rnn/linalg.h"

#include <stdlib.h>
#include <string.h>

struct pinna_simple_rnn_cache {
    pinna_rnn_activation activation;
    pinna_cell_room room;
    pinna_factor *forward, *backward; /* [H, H] of weight_hh */
    float *block;                     /* backs the arrays below */
    float *states; /* [T + 1, B, H] that before frame 0 first */
    float *da;     /* [T, B, H] gradients before the activation */
    float *dh;     /* [B, H] */
};

pinna_status pinna_simple_rnn_cache_new(pinna_rnn_activation activation,
                                        const pinna_cell_room *room,
                                        pinna_simple_rnn_cache **out)
{
    const size_t H = room->n_hidden, T = room->max_frames, B = room->max_batch;

    *out = NULL;
    if (!pinna_cell_room_ok(room))
        return PINNA_BAD_ARG;
    pinna_simple_rnn_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return PINNA_NO_MEMORY;

    cache->activation = activation;
    cache->room = *room;
    const pinna_block_array arrays[] = {
        {&cache->states, T + 1, B, H},
        {&cache->da, T, B, H},
        {&cache->dh, 1, B, H},
    };
    pinna_status status =
        pinna_block_new(arrays, sizeof arrays / sizeof *arrays, &cache->block);
    if (!status)
        status = pinna_factor_new(H, H, &cache->forward);
    if (!status)
        status = pinna_factor_new(H, H, &cache->backward);
    if (status) {
        pinna_simple_rnn_cache_free(cache);
        return status;
    }
    *out = cache;
    return PINNA_OK;
}

void pinna_simple_rnn_cache_free(pinna_simple_rnn_cache *cache)
{
    if (!cache)
        return;
    pinna_factor_free(cache->forward);
    pinna_factor_free(cache->backward);
    free(cache->block);
    free(cache);
}

static void activate(pinna_rnn_activation activation, size_t n, float *a)
{
    if (activation == PINNA_RNN_TANH) {
        pinna_kernels_best()->tanh(a, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        a[i] = a[i] > 0 ? a[i] : 0;
}

/* The state after frame t holds W x + U h_prev and both biases, and becomes
 * the state. */
static void forward_frame(const pinna_cell_weights *weights, size_t t,
                          size_t n_batch, const size_t *lengths,
                          pinna_simple_rnn_cache *cache, float *y)
{
    const size_t H = weights->n_hidden, size = H * sizeof(float);

    for (size_t b = 0; b < n_batch; b++) {
        const size_t row = t * n_batch + b;
        float *h = cache->states + (row + n_batch) * H;

        if (pinna_frame_is_valid(lengths, b, t)) {
            activate(cache->activation, H, h);
            memcpy(y + row * H, h, size);
        } else {
            memcpy(h, cache->states + row * H, size);
            memset(y + row * H, 0, size);
        }
    }
}

void pinna_simple_rnn_forward(const pinna_cell_weights *weights, const float *x,
                              const float *h0, const size_t *lengths,
                              size_t n_frames, size_t n_batch,
                              pinna_simple_rnn_cache *cache, float *y,
                              float *hn)
{
    const size_t H = weights->n_hidden;
    const size_t n_rows = n_frames * n_batch;
    pinna_cell_check_room(&cache->room, weights, n_frames, n_batch);

    float *after = cache->states + n_batch * H;
    pinna_cell_project(weights, 1, weights->bias_ih, x, n_rows, after);

    pinna_factor_set(cache->forward, true, weights->weight_hh);
    pinna_copy_or_zero(h0, n_batch * H, cache->states);
    for (size_t t = 0; t < n_frames; t++) {
        float *h = cache->states + (t + 1) * n_batch * H;
        for (size_t b = 0; b < n_batch; b++)
            pinna_add(weights->bias_hh, H, h + b * H);
        pinna_factor_multiply(cache->forward, n_batch, h - n_batch * H, H, h,
                              H);
        forward_frame(weights, t, n_batch, lengths, cache, y);
    }
    if (hn)
        memcpy(hn, cache->states + n_rows * H, n_batch * H * sizeof(float));
}

/* da [n] = dh phi'(a), by the state h = phi(a). */
static void slope(pinna_rnn_activation activation, const float *h,
                  const float *dh, size_t n, float *da)
{
    if (activation == PINNA_RNN_TANH)
        for (size_t i = 0; i < n; i++)
            da[i] = dh[i] * (1 - h[i] * h[i]);
    else
        for (size_t i = 0; i < n; i++)
            da[i] = h[i] > 0 ? dh[i] : 0;
}

/* Frame t of every sequence: dh holds the gradient of the state after it, and
 * is used up. */
static void backward_frame(const pinna_cell_weights *weights, size_t t,
                           size_t n_batch, const size_t *lengths,
                           pinna_simple_rnn_cache *cache, const float *dy)
{
    const size_t H = weights->n_hidden, size = H * sizeof(float);

    for (size_t b = 0; b < n_batch; b++) {
        const size_t row = t * n_batch + b;
        float *da = cache->da + row * H, *dh = cache->dh + b * H;

        if (pinna_frame_is_valid(lengths, b, t)) {
            pinna_add(dy + row * H, H, dh);
            slope(cache->activation, cache->states + (row + n_batch) * H, dh, H,
                  da);
            memset(dh, 0, size);
        } else {
            memset(da, 0, size);
        }
    }
}

void pinna_simple_rnn_backward(const pinna_cell_weights *weights,
                               const float *x, const size_t *lengths,
                               size_t n_frames, size_t n_batch,
                               pinna_simple_rnn_cache *cache, const float *dy,
                               const float *dhn, float *dx, float *dh0,
                               const pinna_cell_grads *grads)
{
    const size_t H = weights->n_hidden;
    const size_t n_rows = n_frames * n_batch;
    pinna_cell_check_room(&cache->room, weights, n_frames, n_batch);

    pinna_factor_set(cache->backward, false, weights->weight_hh);
    pinna_copy_or_zero(dhn, n_batch * H, cache->dh);
    for (size_t t = n_frames; t-- > 0;) {
        backward_frame(weights, t, n_batch, lengths, cache, dy);
        pinna_factor_multiply(cache->backward, n_batch,
                              cache->da + t * n_batch * H, H, cache->dh, H);
    }
    if (dh0)
        pinna_add(cache->dh, n_batch * H, dh0);

    pinna_cell_recurrent_backward(weights, 0, 1, cache->states, cache->da, H,
                                  n_rows, grads);
    pinna_cell_input_backward(weights, 1, x, cache->da, n_rows, dx, grads);
}
