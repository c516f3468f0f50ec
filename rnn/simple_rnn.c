#include "rnn/simple_rnn.h"

#include "rnn/cell_memory.h"
#include "rnn/kernels.h"
#include "rnn/linalg.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct pinna_simple_rnn_cache {
    size_t n_in, n_hidden, max_frames, max_batch;
    float *block;     /* backs the arrays below */
    float *recurrent; /* [H, H] weight_hh transposed: OpenBLAS multiplies by it
                         far faster than by the stored layout */
    float *states;    /* [T + 1, B, H] that before frame 0 first */
    float *da;        /* [T, B, H] gradients before the activation */
    float *dh;        /* [B, H] */
};

pinna_status pinna_simple_rnn_cache_new(size_t n_in, size_t n_hidden,
                                        size_t max_frames, size_t max_batch,
                                        pinna_simple_rnn_cache **out)
{
    const size_t H = n_hidden, T = max_frames, B = max_batch;

    *out = NULL;
    if (n_in == 0 || T > SIZE_MAX / 16)
        return PINNA_BAD_ARG;
    pinna_simple_rnn_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return PINNA_NO_MEMORY;

    cache->n_in = n_in;
    cache->n_hidden = H;
    cache->max_frames = T;
    cache->max_batch = B;
    const pinna_block_array arrays[] = {
        {&cache->recurrent, 1, H, H},
        {&cache->states, T + 1, B, H},
        {&cache->da, T, B, H},
        {&cache->dh, 1, B, H},
    };
    const pinna_status status =
        pinna_block_new(arrays, sizeof arrays / sizeof *arrays, &cache->block);
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
    free(cache->block);
    free(cache);
}

static void check_sizes(const pinna_simple_rnn_weights *weights,
                        const pinna_simple_rnn_cache *cache, size_t n_frames,
                        size_t n_batch)
{
    assert(weights->n_in == cache->n_in);
    assert(weights->n_hidden == cache->n_hidden);
    assert(n_frames <= cache->max_frames && n_batch <= cache->max_batch);
    (void)weights;
    (void)cache;
    (void)n_frames;
    (void)n_batch;
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
static void forward_frame(const pinna_simple_rnn_weights *weights, size_t t,
                          size_t n_batch, const size_t *lengths,
                          pinna_simple_rnn_cache *cache, float *y)
{
    const size_t H = weights->n_hidden, size = H * sizeof(float);

    for (size_t b = 0; b < n_batch; b++) {
        const size_t row = t * n_batch + b;
        float *h = cache->states + (row + n_batch) * H;

        if (pinna_frame_is_valid(lengths, b, t)) {
            activate(weights->activation, H, h);
            memcpy(y + row * H, h, size);
        } else {
            memcpy(h, cache->states + row * H, size);
            memset(y + row * H, 0, size);
        }
    }
}

void pinna_simple_rnn_forward(const pinna_simple_rnn_weights *weights,
                              const float *x, const float *h0,
                              const size_t *lengths, size_t n_frames,
                              size_t n_batch, pinna_simple_rnn_cache *cache,
                              float *y, float *hn)
{
    const size_t I = weights->n_in, H = weights->n_hidden;
    const size_t n_rows = n_frames * n_batch;
    check_sizes(weights, cache, n_frames, n_batch);

    float *after = cache->states + n_batch * H;
    pinna_fill_rows(weights->bias_ih, n_rows, H, after);
    pinna_gemm(false, true, n_rows, H, I, x, I, weights->weight_ih, I, 1.0f,
               after, H);

    pinna_transpose(weights->weight_hh, H, H, cache->recurrent);
    pinna_copy_or_zero(h0, n_batch * H, cache->states);
    for (size_t t = 0; t < n_frames; t++) {
        float *h = cache->states + (t + 1) * n_batch * H;
        for (size_t b = 0; b < n_batch; b++)
            pinna_add_unless_null(weights->bias_hh, H, h + b * H);
        pinna_gemm(false, false, n_batch, H, H, h - n_batch * H, H,
                   cache->recurrent, H, 1.0f, h, H);
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
static void backward_frame(const pinna_simple_rnn_weights *weights, size_t t,
                           size_t n_batch, const size_t *lengths,
                           pinna_simple_rnn_cache *cache, const float *dy)
{
    const size_t H = weights->n_hidden, size = H * sizeof(float);

    for (size_t b = 0; b < n_batch; b++) {
        const size_t row = t * n_batch + b;
        float *da = cache->da + row * H, *dh = cache->dh + b * H;

        if (pinna_frame_is_valid(lengths, b, t)) {
            pinna_add_unless_null(dy + row * H, H, dh);
            slope(weights->activation, cache->states + (row + n_batch) * H, dh,
                  H, da);
            memset(dh, 0, size);
        } else {
            memset(da, 0, size);
        }
    }
}

void pinna_simple_rnn_backward(const pinna_simple_rnn_weights *weights,
                               const float *x, const size_t *lengths,
                               size_t n_frames, size_t n_batch,
                               pinna_simple_rnn_cache *cache, const float *dy,
                               const float *dhn, float *dx, float *dh0,
                               const pinna_simple_rnn_grads *grads)
{
    const size_t I = weights->n_in, H = weights->n_hidden;
    const size_t n_rows = n_frames * n_batch;
    check_sizes(weights, cache, n_frames, n_batch);

    pinna_copy_or_zero(dhn, n_batch * H, cache->dh);
    for (size_t t = n_frames; t-- > 0;) {
        backward_frame(weights, t, n_batch, lengths, cache, dy);
        pinna_gemm(false, false, n_batch, H, H, cache->da + t * n_batch * H, H,
                   weights->weight_hh, H, 1.0f, cache->dh, H);
    }
    pinna_add_unless_null(cache->dh, n_batch * H, dh0);

    pinna_gemm(true, false, H, H, n_rows, cache->da, H, cache->states, H, 1.0f,
               grads->weight_hh, H);
    pinna_add_column_sums(cache->da, n_rows, H, grads->bias_hh);
    if (dx)
        pinna_gemm(false, false, n_rows, I, H, cache->da, H, weights->weight_ih,
                   I, 1.0f, dx, I);
    pinna_gemm(true, false, H, I, n_rows, cache->da, H, x, I, 1.0f,
               grads->weight_ih, I);
    pinna_add_column_sums(cache->da, n_rows, H, grads->bias_ih);
}
