/* rnn/stream_net.h -- the network of rnn/network.h, frame by frame */
#ifndef PINNA_RNN_STREAM_NET_H
#define PINNA_RNN_STREAM_NET_H

#include "dsp/status.h"
#include "rnn/network.h"

/* The network laid out for streaming: weights packed for the kernels. Constant;
 * threads share it. */
typedef struct pinna_stream_net pinna_stream_net;

/* PINNA_UNSUPPORTED for a bidirectional network, which begins at the end. */
pinna_status pinna_stream_net_new(const pinna_network *network,
                                  pinna_stream_net **out);
void pinna_stream_net_free(pinna_stream_net *net);

/* The memory of one stream. */
typedef struct pinna_stream_state pinna_stream_state;

pinna_status pinna_stream_state_new(const pinna_stream_net *net,
                                    pinna_stream_state **out);
void pinna_stream_state_free(pinna_stream_state *state);
PINNA_REALTIME void pinna_stream_state_reset(pinna_stream_state *state);

/* One frame: x [n_in] -> y [n_out]. */
PINNA_REALTIME void pinna_stream_step(const pinna_stream_net *net,
                                      pinna_stream_state *state, const float *x,
                                      float *y);

/* The same but for dense_out: what it would see, [pinna_network_out_in()],
 * valid until the next call. */
PINNA_REALTIME const float *pinna_stream_hear(const pinna_stream_net *net,
                                              pinna_stream_state *state,
                                              const float *x);

#endif
