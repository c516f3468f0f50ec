/* rnn/gru_reset_before.h -- gated recurrent unit with the reset gate applied
 * before the product, one layer, batch forward and backward through time
 *
 *   r, z = sigmoid(W x + b_ih + U h_prev + b_hh)
 *   n    = tanh(W_n x + b_in + U_n (r h_prev) + b_hn)
 *   h    = (1 - z) n + z h_prev
 *
 * Cho et al. 2014 as first written; Keras' reset_after = False and ONNX'
 * linear_before_reset = 0. Weights have 3 gates, r z n. Arrays are time-major.
 * All else is as in rnn/gru.h. */
#ifndef PINNA_RNN_GRU_RESET_BEFORE_H
#define PINNA_RNN_GRU_RESET_BEFORE_H

#include "dsp/status.h"
#include "rnn/cell.h"

#include <stddef.h>

/* What forward leaves for backward, and scratch of both. One per layer and
 * thread. */
typedef struct pinna_gru_reset_before_cache pinna_gru_reset_before_cache;

/* PINNA_BAD_ARG for a room that is not ok. */
pinna_status
pinna_gru_reset_before_cache_new(const pinna_cell_room *room,
                                 pinna_gru_reset_before_cache **out);
void pinna_gru_reset_before_cache_free(pinna_gru_reset_before_cache *cache);

/* x        [T, B, I], finite in the padding too
 * h0       [B, H], NULL for zeros
 * lengths  [B] valid frames of each sequence, NULL for T everywhere; past its
 *          end y is 0 and the state is held
 * y        [T, B, H]
 * hn       [B, H] state after the last valid frame, may be NULL */
void pinna_gru_reset_before_forward(const pinna_cell_weights *weights,
                                    const float *x, const float *h0,
                                    const size_t *lengths, size_t n_frames,
                                    size_t n_batch,
                                    pinna_gru_reset_before_cache *cache,
                                    float *y, float *hn);

/* Once after forward with the same weights, x, lengths and cache: it uses up
 * what forward left.
 * dy   [T, B, H]; what lies in the padding is ignored
 * dhn  [B, H] or NULL
 * dx   [T, B, I], added to, NULL to skip
 * dh0  [B, H], added to, NULL to skip */
void pinna_gru_reset_before_backward(const pinna_cell_weights *weights,
                                     const float *x, const size_t *lengths,
                                     size_t n_frames, size_t n_batch,
                                     pinna_gru_reset_before_cache *cache,
                                     const float *dy, const float *dhn,
                                     float *dx, float *dh0,
                                     const pinna_cell_grads *grads);

#endif
