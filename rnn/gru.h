/* rnn/gru.h -- gated recurrent unit, one layer, batch forward and backward
 * through time
 *
 * Cho et al. 2014, with the reset gate applied after the product as in cuDNN
 * and PyTorch; the equations stand at pinna_kernels.gru_gates. Weights have 3
 * gates, r z n. Arrays are time-major. The streaming step is in
 * rnn/stream_net.h.
 */
#ifndef PINNA_RNN_GRU_H
#define PINNA_RNN_GRU_H

#include "dsp/status.h"
#include "rnn/cell.h"

#include <stddef.h>

/* What forward leaves for backward, and scratch of both. One per layer and
 * thread. */
typedef struct pinna_gru_cache pinna_gru_cache;

/* PINNA_BAD_ARG for a room that is not ok. */
pinna_status pinna_gru_cache_new(const pinna_cell_room *room,
                                 pinna_gru_cache **out);
void pinna_gru_cache_free(pinna_gru_cache *cache);

/* x        [T, B, I], finite in the padding too
 * h0       [B, H], NULL for zeros
 * lengths  [B] valid frames of each sequence, NULL for T everywhere; past its
 *          end y is 0 and the state is held
 * y        [T, B, H]
 * hn       [B, H] state after the last valid frame, may be NULL */
void pinna_gru_forward(const pinna_cell_weights *weights, const float *x,
                       const float *h0, const size_t *lengths, size_t n_frames,
                       size_t n_batch, pinna_gru_cache *cache, float *y,
                       float *hn);

/* Once after forward with the same weights, x, lengths and cache: it uses up
 * what forward left.
 * dy   [T, B, H]; what lies in the padding is ignored
 * dhn  [B, H] or NULL
 * dx   [T, B, I], added to, NULL to skip
 * dh0  [B, H], added to, NULL to skip */
void pinna_gru_backward(const pinna_cell_weights *weights, const float *x,
                        const size_t *lengths, size_t n_frames, size_t n_batch,
                        pinna_gru_cache *cache, const float *dy,
                        const float *dhn, float *dx, float *dh0,
                        const pinna_cell_grads *grads);

#endif
