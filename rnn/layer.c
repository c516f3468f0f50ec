#include "rnn/layer.h"

#include "rnn/block.h"
#include "rnn/gru.h"
#include "rnn/gru_reset_before.h"
#include "rnn/linalg.h"
#include "rnn/lstm.h"
#include "rnn/simple_rnn.h"

#include <stdlib.h>
#include <string.h>

/* The cache of one direction: that of its kind of cell. */
typedef union cell_cache {
    pinna_gru_cache *gru;
    pinna_gru_reset_before_cache *gru_reset_before;
    pinna_lstm_cache *lstm;
    pinna_simple_rnn_cache *rnn;
} cell_cache;

struct pinna_layer_cache {
    pinna_cell_kind kind;
    size_t n_directions; /* D */
    pinna_cell_room room;
    cell_cache cells[2];

    /* Only for two directions: what the cells see of the layer. */
    float *block;   /* backs the arrays below */
    float *turned;  /* [T, B, I] x from the last valid frame to the first */
    float *dturned; /* [T, B, I] */
    float *half, *dhalf; /* [T, B, H] of y, of one direction */
};

/* ---- one direction ---- */

static pinna_status cell_new(pinna_cell_kind kind, const pinna_cell_room *room,
                             cell_cache *cell)
{
    switch (kind) {
    case PINNA_CELL_GRU:
        return pinna_gru_cache_new(room, &cell->gru);
    case PINNA_CELL_GRU_RESET_BEFORE:
        return pinna_gru_reset_before_cache_new(room, &cell->gru_reset_before);
    case PINNA_CELL_LSTM:
        return pinna_lstm_cache_new(room, &cell->lstm);
    case PINNA_CELL_RNN_TANH:
        return pinna_simple_rnn_cache_new(PINNA_RNN_TANH, room, &cell->rnn);
    case PINNA_CELL_RNN_RELU:
        return pinna_simple_rnn_cache_new(PINNA_RNN_RELU, room, &cell->rnn);
    }
    return PINNA_BAD_ARG;
}

static void cell_free(pinna_cell_kind kind, cell_cache *cell)
{
    switch (kind) {
    case PINNA_CELL_GRU:
        pinna_gru_cache_free(cell->gru);
        break;
    case PINNA_CELL_GRU_RESET_BEFORE:
        pinna_gru_reset_before_cache_free(cell->gru_reset_before);
        break;
    case PINNA_CELL_LSTM:
        pinna_lstm_cache_free(cell->lstm);
        break;
    case PINNA_CELL_RNN_TANH:
    case PINNA_CELL_RNN_RELU:
        pinna_simple_rnn_cache_free(cell->rnn);
        break;
    }
}

static void cell_forward(pinna_cell_kind kind,
                         const pinna_cell_weights *weights, const float *x,
                         pinna_layer_state first, const size_t *lengths,
                         size_t n_frames, size_t n_batch, cell_cache cell,
                         float *y, pinna_layer_state last)
{
    switch (kind) {
    case PINNA_CELL_GRU:
        pinna_gru_forward(weights, x, first.h, lengths, n_frames, n_batch,
                          cell.gru, y, last.h);
        break;
    case PINNA_CELL_GRU_RESET_BEFORE:
        pinna_gru_reset_before_forward(weights, x, first.h, lengths, n_frames,
                                       n_batch, cell.gru_reset_before, y,
                                       last.h);
        break;
    case PINNA_CELL_LSTM:
        pinna_lstm_forward(weights, x, (pinna_lstm_state){first.h, first.c},
                           lengths, n_frames, n_batch, cell.lstm, y,
                           (pinna_lstm_state){last.h, last.c});
        break;
    case PINNA_CELL_RNN_TANH:
    case PINNA_CELL_RNN_RELU:
        pinna_simple_rnn_forward(weights, x, first.h, lengths, n_frames,
                                 n_batch, cell.rnn, y, last.h);
        break;
    }
}

static void cell_backward(pinna_cell_kind kind,
                          const pinna_cell_weights *weights, const float *x,
                          const size_t *lengths, size_t n_frames,
                          size_t n_batch, cell_cache cell, const float *dy,
                          pinna_layer_state dlast, float *dx,
                          pinna_layer_state dfirst,
                          const pinna_cell_grads *grads)
{
    switch (kind) {
    case PINNA_CELL_GRU:
        pinna_gru_backward(weights, x, lengths, n_frames, n_batch, cell.gru, dy,
                           dlast.h, dx, dfirst.h, grads);
        break;
    case PINNA_CELL_GRU_RESET_BEFORE:
        pinna_gru_reset_before_backward(weights, x, lengths, n_frames, n_batch,
                                        cell.gru_reset_before, dy, dlast.h, dx,
                                        dfirst.h, grads);
        break;
    case PINNA_CELL_LSTM:
        pinna_lstm_backward(weights, x, lengths, n_frames, n_batch, cell.lstm,
                            dy, (pinna_lstm_state){dlast.h, dlast.c}, dx,
                            (pinna_lstm_state){dfirst.h, dfirst.c}, grads);
        break;
    case PINNA_CELL_RNN_TANH:
    case PINNA_CELL_RNN_RELU:
        pinna_simple_rnn_backward(weights, x, lengths, n_frames, n_batch,
                                  cell.rnn, dy, dlast.h, dx, dfirst.h, grads);
        break;
    }
}

/* ---- both ---- */

pinna_status pinna_layer_cache_new(pinna_cell_kind kind, bool bidirectional,
                                   const pinna_cell_room *room,
                                   pinna_layer_cache **out)
{
    const size_t T = room->max_frames, B = room->max_batch;
    pinna_status status = PINNA_OK;

    *out = NULL;
    pinna_layer_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return PINNA_NO_MEMORY;
    cache->kind = kind;
    cache->n_directions = bidirectional ? 2 : 1;
    cache->room = *room;

    for (size_t d = 0; !status && d < cache->n_directions; d++)
        status = cell_new(kind, room, &cache->cells[d]);
    if (!status && bidirectional) {
        const pinna_block_array arrays[] = {
            {&cache->turned, T, B, room->n_in},
            {&cache->dturned, T, B, room->n_in},
            {&cache->half, T, B, room->n_hidden},
            {&cache->dhalf, T, B, room->n_hidden},
        };
        status = pinna_block_new(arrays, sizeof arrays / sizeof *arrays,
                                 &cache->block);
    }
    if (status) {
        pinna_layer_cache_free(cache);
        return status;
    }
    *out = cache;
    return PINNA_OK;
}

void pinna_layer_cache_free(pinna_layer_cache *cache)
{
    if (!cache)
        return;
    for (size_t d = 0; d < cache->n_directions; d++)
        cell_free(cache->kind, &cache->cells[d]);
    free(cache->block);
    free(cache);
}

/* Arrays of [B, H] of direction d. */
static pinna_layer_state state_of(pinna_layer_state state, size_t d,
                                  size_t n_batch, size_t n_hidden)
{
    const size_t offset = d * n_batch * n_hidden;

    return (pinna_layer_state){state.h ? state.h + offset : NULL,
                               state.c ? state.c + offset : NULL};
}

/* The row of [T, B] that direction d reads at frame t: the second one begins at
 * the last valid frame, and sees the padding where it is. */
static size_t row_of(size_t d, size_t t, size_t b, size_t n_frames,
                     size_t n_batch, const size_t *lengths)
{
    const size_t length =
        lengths && lengths[b] < n_frames ? lengths[b] : n_frames;

    return (d == 1 && t < length ? length - 1 - t : t) * n_batch + b;
}

/* Column block d of y [T, B, 2H], in the order of reading, from or to
 * half [T, B, H]. */
static void take_half(const float *y, size_t d, const size_t *lengths,
                      size_t n_frames, size_t n_batch, size_t n_hidden,
                      float *half)
{
    const size_t H = n_hidden;

    for (size_t t = 0; t < n_frames; t++)
        for (size_t b = 0; b < n_batch; b++, half += H) {
            const size_t row = row_of(d, t, b, n_frames, n_batch, lengths);
            memcpy(half, y + row * 2 * H + d * H, H * sizeof(float));
        }
}

static void put_half(const float *half, size_t d, const size_t *lengths,
                     size_t n_frames, size_t n_batch, size_t n_hidden, float *y)
{
    const size_t H = n_hidden;

    for (size_t t = 0; t < n_frames; t++)
        for (size_t b = 0; b < n_batch; b++, half += H) {
            const size_t row = row_of(d, t, b, n_frames, n_batch, lengths);
            memcpy(y + row * 2 * H + d * H, half, H * sizeof(float));
        }
}

/* turned [T, B, n] is x in the order in which direction 1 reads it. */
static void turn(const float *x, const size_t *lengths, size_t n_frames,
                 size_t n_batch, size_t n, float *turned)
{
    for (size_t t = 0; t < n_frames; t++)
        for (size_t b = 0; b < n_batch; b++, turned += n) {
            const size_t row = row_of(1, t, b, n_frames, n_batch, lengths);
            memcpy(turned, x + row * n, n * sizeof(float));
        }
}

/* Turned back and added to x [T, B, n]. */
static void add_turned(const float *turned, const size_t *lengths,
                       size_t n_frames, size_t n_batch, size_t n, float *x)
{
    for (size_t t = 0; t < n_frames; t++)
        for (size_t b = 0; b < n_batch; b++, turned += n) {
            const size_t row = row_of(1, t, b, n_frames, n_batch, lengths);
            pinna_add(turned, n, x + row * n);
        }
}

void pinna_layer_forward(const pinna_cell_weights *weights, const float *x,
                         pinna_layer_state first, const size_t *lengths,
                         size_t n_frames, size_t n_batch,
                         pinna_layer_cache *cache, float *y,
                         pinna_layer_state last)
{
    const size_t H = weights->n_hidden;

    if (cache->n_directions == 1) {
        cell_forward(cache->kind, weights, x, first, lengths, n_frames, n_batch,
                     cache->cells[0], y, last);
        return;
    }
    pinna_cell_check_room(&cache->room, weights, n_frames, n_batch);
    turn(x, lengths, n_frames, n_batch, weights->n_in, cache->turned);
    for (size_t d = 0; d < 2; d++) {
        cell_forward(cache->kind, &weights[d], d == 0 ? x : cache->turned,
                     state_of(first, d, n_batch, H), lengths, n_frames, n_batch,
                     cache->cells[d], cache->half,
                     state_of(last, d, n_batch, H));
        put_half(cache->half, d, lengths, n_frames, n_batch, H, y);
    }
}

void pinna_layer_backward(const pinna_cell_weights *weights, const float *x,
                          const size_t *lengths, size_t n_frames,
                          size_t n_batch, pinna_layer_cache *cache,
                          const float *dy, pinna_layer_state dlast, float *dx,
                          pinna_layer_state dfirst,
                          const pinna_cell_grads *grads)
{
    const size_t I = weights->n_in, H = weights->n_hidden;

    if (cache->n_directions == 1) {
        cell_backward(cache->kind, weights, x, lengths, n_frames, n_batch,
                      cache->cells[0], dy, dlast, dx, dfirst, grads);
        return;
    }
    pinna_cell_check_room(&cache->room, weights, n_frames, n_batch);
    memset(cache->dturned, 0, n_frames * n_batch * I * sizeof(float));
    for (size_t d = 0; d < 2; d++) {
        take_half(dy, d, lengths, n_frames, n_batch, H, cache->dhalf);
        cell_backward(cache->kind, &weights[d], d == 0 ? x : cache->turned,
                      lengths, n_frames, n_batch, cache->cells[d], cache->dhalf,
                      state_of(dlast, d, n_batch, H),
                      !dx      ? NULL
                      : d == 0 ? dx
                               : cache->dturned,
                      state_of(dfirst, d, n_batch, H), &grads[d]);
    }
    if (dx)
        add_turned(cache->dturned, lengths, n_frames, n_batch, I, dx);
}
