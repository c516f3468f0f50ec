/* rnn/layer.h -- one recurrent layer of any kind of cell, in one or both
 * directions, batch forward and backward through time
 *
 *     pinna_layer_cache *cache;
 *     pinna_layer_cache_new(PINNA_CELL_LSTM, true, &room, &cache);
 *     pinna_layer_forward(weights, x, first, lengths, n_frames, n_batch, cache,
 *                         y, last);
 *     ... dy, the gradient of y
 *     pinna_layer_backward(weights, x, lengths, n_frames, n_batch, cache, dy,
 *                          dlast, dx, dfirst, grads);
 *
 * D is the number of directions, 1 or 2. Of two (Schuster and Paliwal 1997) the
 * second reads every sequence from its last valid frame to its first, with
 * weights of its own, and its outputs stand behind those of the first. Arrays
 * are time-major; those of weights, gradients and states have direction 0
 * first, as in PyTorch. */
#ifndef PINNA_RNN_LAYER_H
#define PINNA_RNN_LAYER_H

#include "dsp/status.h"
#include "rnn/cell.h"
#include "rnn/cell_kind.h"

#include <stdbool.h>
#include <stddef.h>

/* h [D, B, H], and c [D, B, H] that only an LSTM looks at: the state before
 * the frame that each direction reads first, or after that which it reads last,
 * or its gradient. Either may be NULL: zeros on the way in, not wanted on the
 * way out. */
typedef struct pinna_layer_state {
    float *h, *c;
} pinna_layer_state;

/* What forward leaves for backward, and scratch of both. One per layer and
 * thread. */
typedef struct pinna_layer_cache pinna_layer_cache;

/* PINNA_BAD_ARG for a room that is not ok. */
pinna_status pinna_layer_cache_new(pinna_cell_kind kind, bool bidirectional,
                                   const pinna_cell_room *room,
                                   pinna_layer_cache **out);
void pinna_layer_cache_free(pinna_layer_cache *cache);

/* weights  [D]
 * x        [T, B, I], finite in the padding too
 * first    may be the arrays of last
 * lengths  [B] valid frames of each sequence, NULL for T everywhere; past its
 *          end y is 0 and the state is held
 * y        [T, B, D H] */
void pinna_layer_forward(const pinna_cell_weights *weights, const float *x,
                         pinna_layer_state first, const size_t *lengths,
                         size_t n_frames, size_t n_batch,
                         pinna_layer_cache *cache, float *y,
                         pinna_layer_state last);

/* Once after forward with the same weights, x, lengths and cache: it uses up
 * what forward left.
 * dy      [T, B, D H]; what lies in the padding is ignored
 * dlast   the gradient of last
 * dx      [T, B, I], added to, NULL to skip
 * dfirst  that of first, added to
 * grads   [D] */
void pinna_layer_backward(const pinna_cell_weights *weights, const float *x,
                          const size_t *lengths, size_t n_frames,
                          size_t n_batch, pinna_layer_cache *cache,
                          const float *dy, pinna_layer_state dlast, float *dx,
                          pinna_layer_state dfirst,
                          const pinna_cell_grads *grads);

#endif
