/* rnn/lstm.h -- long short-term memory, one layer, batch forward and backward
 * through time
 *
 * Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000, as
 * PyTorch; the equations stand at pinna_kernels.lstm_gates. Weights have 4
 * gates, i f g o. Arrays are time-major. */
#ifndef PINNA_RNN_LSTM_H
#define PINNA_RNN_LSTM_H

#include "dsp/status.h"
#include "rnn/cell.h"

#include <stddef.h>

/* h and c [B, H] of every sequence: the state before the first frame or after
 * the last valid one, or its gradient. Either may be NULL: zeros on the way
 * in, not wanted on the way out. */
typedef struct pinna_lstm_state {
    float *h, *c;
} pinna_lstm_state;

/* What forward leaves for backward, and scratch of both. One per layer and
 * thread. */
typedef struct pinna_lstm_cache pinna_lstm_cache;

/* PINNA_BAD_ARG for a room that is not ok. */
pinna_status pinna_lstm_cache_new(const pinna_cell_room *room,
                                  pinna_lstm_cache **out);
void pinna_lstm_cache_free(pinna_lstm_cache *cache);

/* x        [T, B, I], finite in the padding too
 * first    the state before frame 0
 * lengths  [B] valid frames of each sequence, NULL for T everywhere; past its
 *          end y is 0 and the state is held
 * y        [T, B, H]
 * last     takes the state after the last valid frame */
void pinna_lstm_forward(const pinna_cell_weights *weights, const float *x,
                        pinna_lstm_state first, const size_t *lengths,
                        size_t n_frames, size_t n_batch,
                        pinna_lstm_cache *cache, float *y,
                        pinna_lstm_state last);

/* Once after forward with the same weights, x, lengths and cache: it uses up
 * what forward left.
 * dy      [T, B, H]; what lies in the padding is ignored
 * dlast   the gradient of the state after the last valid frame
 * dx      [T, B, I], added to, NULL to skip
 * dfirst  the gradient of the state before frame 0, added to */
void pinna_lstm_backward(const pinna_cell_weights *weights, const float *x,
                         const size_t *lengths, size_t n_frames, size_t n_batch,
                         pinna_lstm_cache *cache, const float *dy,
                         pinna_lstm_state dlast, float *dx,
                         pinna_lstm_state dfirst,
                         const pinna_cell_grads *grads);

#endif
