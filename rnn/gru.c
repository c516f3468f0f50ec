#include "rnn/gru.h"

#include "rnn/kernels.h"
#include "rnn/linalg.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Floats of a cache line, and of the widest vector of today's CPUs. */
#define ALIGNMENT 16

struct pinna_gru_cache {
    size_t n_in, n_hidden, max_frames, max_batch;
    float *block;     /* backs the arrays below */
    float *recurrent; /* [H, 3H] weight_hh transposed: OpenBLAS multiplies by
                         it far faster than by the stored layout */
    float *gates;     /* [T, B, 3H] r z n */
    float *hp_n;      /* [T, B, H] U_n h_prev + b_hn */
    float *states;    /* [T + 1, B, H] h0 first */
    float *dxp, *dhp; /* [T, B, 3H] gradients before the activations */
    float *hp;        /* [B, 3H] U h_prev + b_hh of one frame */
    float *dh;        /* [B, H] */
};

/* Adds a * b * c floats to *total, rounded up to whole lines; false when that
 * overflows. */
static bool reserve(size_t a, size_t b, size_t c, size_t *total)
{
    const size_t limit = SIZE_MAX / sizeof(float) / 16;
    if (a > limit / b || a * b > limit / c)
        return false;
    *total += (a * b * c + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return *total <= limit;
}

/* Hands out a * b * c floats of the block. */
static float *take(float **next, size_t a, size_t b, size_t c)
{
    float *array = *next;
    *next += (a * b * c + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return array;
}

pinna_status pinna_gru_cache_new(size_t n_in, size_t n_hidden,
                                 size_t max_frames, size_t max_batch,
                                 pinna_gru_cache **out)
{
    const size_t H = n_hidden, T = max_frames, B = max_batch;
    const size_t limit = SIZE_MAX / 16;
    size_t total = 0;

    *out = NULL;
    if (n_in == 0 || H == 0 || T == 0 || B == 0 || H > limit || T > limit)
        return PINNA_BAD_ARG;
    if (!reserve(H, 3, H, &total) || !reserve(T, B, 3 * H, &total) ||
        !reserve(T, B, H, &total) || !reserve(T + 1, B, H, &total) ||
        !reserve(T, B, 3 * H, &total) || !reserve(T, B, 3 * H, &total) ||
        !reserve(1, B, 3 * H, &total) || !reserve(1, B, H, &total))
        return PINNA_BAD_ARG;

    pinna_gru_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return PINNA_NO_MEMORY;

    cache->n_in = n_in;
    cache->n_hidden = H;
    cache->max_frames = T;
    cache->max_batch = B;
    cache->block =
        aligned_alloc(ALIGNMENT * sizeof(float), total * sizeof(float));
    if (!cache->block) {
        pinna_gru_cache_free(cache);
        return PINNA_NO_MEMORY;
    }

    float *next = cache->block;
    cache->recurrent = take(&next, H, 3, H);
    cache->gates = take(&next, T, B, 3 * H);
    cache->hp_n = take(&next, T, B, H);
    cache->states = take(&next, T + 1, B, H);
    cache->dxp = take(&next, T, B, 3 * H);
    cache->dhp = take(&next, T, B, 3 * H);
    cache->hp = take(&next, 1, B, 3 * H);
    cache->dh = take(&next, 1, B, H);

    *out = cache;
    return PINNA_OK;
}

void pinna_gru_cache_free(pinna_gru_cache *cache)
{
    if (!cache)
        return;
    free(cache->block);
    free(cache);
}

/* in [n_rows, n_cols] -> out [n_cols, n_rows], in tiles that fit the cache. */
static void transpose(const float *in, size_t n_rows, size_t n_cols, float *out)
{
    const size_t tile = 32;
    for (size_t i0 = 0; i0 < n_rows; i0 += tile)
        for (size_t j0 = 0; j0 < n_cols; j0 += tile)
            for (size_t i = i0; i < n_rows && i < i0 + tile; i++)
                for (size_t j = j0; j < n_cols && j < j0 + tile; j++)
                    out[j * n_rows + i] = in[i * n_cols + j];
}

static bool is_valid(const size_t *lengths, size_t b, size_t t)
{
    return !lengths || t < lengths[b];
}

static void copy_or_zero(const float *from, size_t n, float *to)
{
    if (from)
        memcpy(to, from, n * sizeof(float));
    else
        memset(to, 0, n * sizeof(float));
}

static void check_sizes(const pinna_gru_weights *weights,
                        const pinna_gru_cache *cache, size_t n_frames,
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

/* Frame t of every sequence: gates holds the input projections and takes the
 * gates. */
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

        if (is_valid(lengths, b, t)) {
            float *gates = cache->gates + row * 3 * H;
            const float *hp = cache->hp + b * 3 * H;
            kernels->gru_gates(H, gates, hp, h_prev, gates, h);
            memcpy(cache->hp_n + row * H, hp + 2 * H, H * sizeof(float));
            memcpy(y + row * H, h, H * sizeof(float));
        } else {
            memcpy(h, h_prev, H * sizeof(float));
            memset(y + row * H, 0, H * sizeof(float));
        }
    }
}

void pinna_gru_forward(const pinna_gru_weights *weights, const float *x,
                       const float *h0, const size_t *lengths, size_t n_frames,
                       size_t n_batch, pinna_gru_cache *cache, float *y,
                       float *hn)
{
    const size_t I = weights->n_in, H = weights->n_hidden;
    const size_t n_rows = n_frames * n_batch;
    check_sizes(weights, cache, n_frames, n_batch);

    pinna_fill_rows(weights->bias_ih, n_rows, 3 * H, cache->gates);
    pinna_gemm(false, true, n_rows, 3 * H, I, x, I, weights->weight_ih, I, 1.0f,
               cache->gates, 3 * H);

    transpose(weights->weight_hh, 3 * H, H, cache->recurrent);
    copy_or_zero(h0, n_batch * H, cache->states);
    for (size_t t = 0; t < n_frames; t++) {
        const float *h_prev = cache->states + t * n_batch * H;
        pinna_fill_rows(weights->bias_hh, n_batch, 3 * H, cache->hp);
        pinna_gemm(false, false, n_batch, 3 * H, H, h_prev, H, cache->recurrent,
                   3 * H, 1.0f, cache->hp, 3 * H);
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
        float *dxp = cache->dxp + row * 3 * H;
        float *dhp = cache->dhp + row * 3 * H;

        if (is_valid(lengths, b, t)) {
            float *dh = cache->dh + b * H;
            for (size_t i = 0; i < H; i++)
                dh[i] += dy[row * H + i];
            kernels->gru_gates_backward(
                H, cache->gates + row * 3 * H, cache->hp_n + row * H,
                cache->states + row * H, dh, dxp, dhp, dh);
        } else {
            memset(dxp, 0, 3 * H * sizeof(float));
            memset(dhp, 0, 3 * H * sizeof(float));
        }
    }
}

void pinna_gru_backward(const pinna_gru_weights *weights, const float *x,
                        const float *h0, const size_t *lengths, size_t n_frames,
                        size_t n_batch, pinna_gru_cache *cache, const float *dy,
                        const float *dhn, float *dx, float *dh0,
                        const pinna_gru_grads *grads)
{
    const size_t I = weights->n_in, H = weights->n_hidden;
    const size_t n_rows = n_frames * n_batch;
    check_sizes(weights, cache, n_frames, n_batch);
    (void)h0; /* forward left it in states */

    copy_or_zero(dhn, n_batch * H, cache->dh);
    for (size_t t = n_frames; t-- > 0;) {
        backward_frame(t, H, n_batch, lengths, cache, dy);
        pinna_gemm(false, false, n_batch, H, 3 * H,
                   cache->dhp + t * n_batch * 3 * H, 3 * H, weights->weight_hh,
                   H, 1.0f, cache->dh, H);
    }
    if (dh0)
        for (size_t i = 0; i < n_batch * H; i++)
            dh0[i] += cache->dh[i];

    pinna_gemm(true, false, 3 * H, H, n_rows, cache->dhp, 3 * H, cache->states,
               H, 1.0f, grads->weight_hh, H);
    pinna_add_column_sums(cache->dhp, n_rows, 3 * H, grads->bias_hh);

    if (dx)
        pinna_gemm(false, false, n_rows, I, 3 * H, cache->dxp, 3 * H,
                   weights->weight_ih, I, 1.0f, dx, I);
    pinna_gemm(true, false, 3 * H, I, n_rows, cache->dxp, 3 * H, x, I, 1.0f,
               grads->weight_ih, I);
    pinna_add_column_sums(cache->dxp, n_rows, 3 * H, grads->bias_ih);
}
