/* rnn/network_train.h -- forward and backward of the whole network over a
 * batch, for training */
#ifndef PINNA_RNN_NETWORK_TRAIN_H
#define PINNA_RNN_NETWORK_TRAIN_H

#include "dsp/rng.h"
#include "dsp/status.h"
#include "rnn/layer.h"
#include "rnn/network.h"

#include <stddef.h>

/* What forward leaves for backward, and scratch. One per thread. */
typedef struct pinna_net_worker pinna_net_worker;

/* Room for T <= max_frames and B <= max_batch. */
pinna_status pinna_net_worker_new(const pinna_network_config *config,
                                  size_t max_frames, size_t max_batch,
                                  pinna_net_worker **out);
void pinna_net_worker_free(pinna_net_worker *worker);

/* x [T, B, n_in], lengths [B] or NULL. Returns y [T, B, n_out], valid until the
 * next call; what lies in the padding is undefined. With dropout > 0 that share
 * of the inputs of each recurrent layer and of dense_out is set to 0 and the
 * rest scaled up (Srivastava et al. 2014), drawn from rng; 0 for evaluation. */
const float *pinna_net_forward(const pinna_network *network,
                               pinna_net_worker *worker, const float *x,
                               const size_t *lengths, size_t n_frames,
                               size_t n_batch, double dropout, pinna_rng *rng);

/* The same from states and to states, each h and c [L D, B, H] in the order of
 * PyTorch's h_n: layer 0, its reverse, layer 1, ... They carry what was heard
 * from one part of a sequence to the next, and may be the same arrays. first
 * without h and c: from the learned state or zeros; last without: not wanted.
 */
const float *pinna_net_forward_from(const pinna_network *network,
                                    pinna_net_worker *worker,
                                    pinna_layer_state first, const float *x,
                                    const size_t *lengths, size_t n_frames,
                                    size_t n_batch, double dropout,
                                    pinna_rng *rng, pinna_layer_state last);

/* Once after either forward with the same arguments. The gradient ends at
 * states that were given (truncated back-propagation, Williams and Peng 1990).
 * dy [T, B, n_out] must be 0 in the padding. grads [params.n_values] is added
 * to. */
void pinna_net_backward(const pinna_network *network, pinna_net_worker *worker,
                        const float *x, const size_t *lengths, size_t n_frames,
                        size_t n_batch, const float *dy, float *grads);

#endif
