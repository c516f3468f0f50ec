/* rnn/offline_net.h -- the network of rnn/network.h over a whole recording, for
 * those that read it both ways
 *
 * One sequence at a time, without OpenBLAS and threads: each direction of each
 * layer goes through all frames by the step of rnn/stream_net.h. */
#ifndef PINNA_RNN_OFFLINE_NET_H
#define PINNA_RNN_OFFLINE_NET_H

#include "dsp/status.h"
#include "rnn/network.h"

#include <stddef.h>

/* Constant; threads share it. */
typedef struct pinna_offline_net pinna_offline_net;

pinna_status pinna_offline_net_new(const pinna_network *network,
                                   pinna_offline_net **out);
void pinna_offline_net_free(pinna_offline_net *net);

/* Scratch of one thread for up to max_frames. */
typedef struct pinna_offline_state pinna_offline_state;

/* PINNA_BAD_ARG for no frames or too many. */
pinna_status pinna_offline_state_new(const pinna_offline_net *net,
                                     size_t max_frames,
                                     pinna_offline_state **out);
void pinna_offline_state_free(pinna_offline_state *state);

/* x [T, n_in] -> y [T, n_out], T = n_frames <= max_frames. Allocates nothing.
 */
PINNA_REALTIME void pinna_offline_run(const pinna_offline_net *net,
                                      pinna_offline_state *state,
                                      const float *x, size_t n_frames,
                                      float *y);

#endif
