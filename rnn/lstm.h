/* rnn/lstm.h -- long short-term memory, one layer, batch forward and backward
 * through time
 *
 * Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000, as
 * PyTorch; the equations stand at pinna_kernels.lstm_gates. Arrays are
 * time-major. */
#ifndef PINNA_RNN_LSTM_H
#define PINNA_RNN_LSTM_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_lstm_weights {
    size_t n_in, n_hidden;  /* I, H */
    const float *weight_ih; /* [4H, I], gates i f g o */
    const float *weight_hh; /* [4H, H] */
    const float *bias_ih;   /* [4H] */
    const float *bias_hh;   /* [4H] */
} pinna_lstm_weights;

/* Gradients of the four arrays, same shapes, added to. */
typedef struct pinna_lstm_grads {
    float *weight_ih, *weight_hh, *bias_ih, *bias_hh;
} pinna_lstm_grads;

/* h and c [B, H] of every sequence: the state before the first frame or after
 * the last valid one, or its gradient. Either may be NULL: zeros on the way
 * in, not wanted on the way out. */
typedef struct pinna_lstm_state {
    float *h, *c;
} pinna_lstm_state;

/* What forward leaves for backward, and scratch of both. One per layer and
 * thread. */
typedef struct pinna_lstm_cache pinna_lstm_cache;

/* Room for T <= max_frames and B <= max_batch. */
pinna_status pinna_lstm_cache_new(size_t n_in, size_t n_hidden,
                                  size_t max_frames, size_t max_batch,
                                  pinna_lstm_cache **out);
void pinna_lstm_cache_free(pinna_lstm_cache *cache);

/* x        [T, B, I], finite in the padding too
 * first    the state before frame 0
 * lengths  [B] valid frames of each sequence, NULL for T everywhere; past its
 *          end y is 0 and the state is held
 * y        [T, B, H]
 * last     takes the state after the last valid frame */
void pinna_lstm_forward(const pinna_lstm_weights *weights, const float *x,
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
void pinna_lstm_backward(const pinna_lstm_weights *weights, const float *x,
                         const size_t *lengths, size_t n_frames, size_t n_batch,
                         pinna_lstm_cache *cache, const float *dy,
                         pinna_lstm_state dlast, float *dx,
                         pinna_lstm_state dfirst,
                         const pinna_lstm_grads *grads);

#endif
