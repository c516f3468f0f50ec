#include "rnn/gru.h"

#include "rnn/block.h"
#include "rnn/kernels.h"
#include "rnn/linalg.h"

#include <stdlib.h>
#include <string.h>

struct pinna_gru_cache {
    pinna_cell_room room;
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
        {&cache->recurrent, H, 3, H}, {&cache->gates, T, B, 3 * H},
        {&cache->hp_n, T, B, H},      {&cache->states, T + 1, B, H},
        {&cache->dxp, T, B, 3 * H},   {&cache->dhp, T, B, 3 * H},
        {&cache->hp, 1, B, 3 * H},    {&cache->dh, 1, B, H},
    };
    const pinna_status status =
        pinna_block_new(arrays, sizeof arrays / sizeof *arrays, &cache->block);
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
    free(cache->block);
    free(cache);
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

        if (pinna_frame_is_valid(lengths, b, t)) {
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

void pinna_gru_forward(const pinna_cell_weights *weights, const float *x,
                       const float *h0, const size_t *lengths, size_t n_frames,
                       size_t n_batch, pinna_gru_cache *cache, float *y,
                       float *hn)
{
    const size_t H = weights->n_hidden;
    const size_t n_rows = n_frames * n_batch;
    pinna_cell_check_room(&cache->room, weights, n_frames, n_batch);

    pinna_cell_project(weights, 3, x, n_rows, cache->gates);

    pinna_transpose(weights->weight_hh, 3 * H, H, cache->recurrent);
    pinna_copy_or_zero(h0, n_batch * H, cache->states);
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

        if (pinna_frame_is_valid(lengths, b, t)) {
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

void pinna_gru_backward(const pinna_cell_weights *weights, const float *x,
                        const size_t *lengths, size_t n_frames, size_t n_batch,
                        pinna_gru_cache *cache, const float *dy,
                        const float *dhn, float *dx, float *dh0,
                        const pinna_cell_grads *grads)
{
    const size_t H = weights->n_hidden;
    const size_t n_rows = n_frames * n_batch;
    pinna_cell_check_room(&cache->room, weights, n_frames, n_batch);

    pinna_copy_or_zero(dhn, n_batch * H, cache->dh);
    for (size_t t = n_frames; t-- > 0;) {
        backward_frame(t, H, n_batch, lengths, cache, dy);
        pinna_gemm(false, false, n_batch, H, 3 * H,
                   cache->dhp + t * n_batch * 3 * H, 3 * H, weights->weight_hh,
                   H, 1.0f, cache->dh, H);
    }
    if (dh0)
        pinna_add(cache->dh, n_batch * H, dh0);

    pinna_cell_backward(weights, 3, x, cache->states, cache->dxp, cache->dhp,
                        n_rows, dx, grads);
}
