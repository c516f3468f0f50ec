/* rnn/simple_rnn.h -- simple recurrent network, one layer, batch forward and
 * backward through time
 *
 *   h_t = phi(W x_t + b_ih + U h_{t-1} + b_hh),  phi = tanh or relu
 *
 * Elman 1990; as torch.nn.RNN. Weights have 1 gate. Arrays are time-major. */
#ifndef PINNA_RNN_SIMPLE_RNN_H
#define PINNA_RNN_SIMPLE_RNN_H

#include "dsp/status.h"
#include "rnn/cell.h"

#include <stddef.h>

typedef enum pinna_rnn_activation {
    PINNA_RNN_TANH,
    PINNA_RNN_RELU,
} pinna_rnn_activation;

/* What forward leaves for backward, and scratch of both. One per layer and
 * thread. */
typedef struct pinna_simple_rnn_cache pinna_simple_rnn_cache;

/* PINNA_BAD_ARG for a room that is not ok. */
pinna_status pinna_simple_rnn_cache_new(pinna_rnn_activation activation,
                                        const pinna_cell_room *room,
                                        pinna_simple_rnn_cache **out);
void pinna_simple_rnn_cache_free(pinna_simple_rnn_cache *cache);

/* x        [T, B, I], finite in the padding too
 * h0       [B, H], NULL for zeros
 * lengths  [B] valid frames of each sequence, NULL for T everywhere; past its
 *          end y is 0 and the state is held
 * y        [T, B, H]
 * hn       [B, H] state after the last valid frame, may be NULL */
void pinna_simple_rnn_forward(const pinna_cell_weights *weights, const float *x,
                              const float *h0, const size_t *lengths,
                              size_t n_frames, size_t n_batch,
                              pinna_simple_rnn_cache *cache, float *y,
                              float *hn);

/* After forward with the same weights, x, lengths and cache.
 * dy   [T, B, H]; what lies in the padding is ignored
 * dhn  [B, H] or NULL
 * dx   [T, B, I], added to, NULL to skip
 * dh0  [B, H], added to, NULL to skip */
void pinna_simple_rnn_backward(const pinna_cell_weights *weights,
                               const float *x, const size_t *lengths,
                               size_t n_frames, size_t n_batch,
                               pinna_simple_rnn_cache *cache, const float *dy,
                               const float *dhn, float *dx, float *dh0,
                               const pinna_cell_grads *grads);

#endif
