/* rnn/projections.h -- what a network has before its recurrent layers, in
 * training: dense_in, or a projection of each stream (rnn/network.h) */
#ifndef PINNA_RNN_PROJECTIONS_H
#define PINNA_RNN_PROJECTIONS_H

#include "dsp/rng.h"
#include "dsp/status.h"
#include "rnn/net_stage.h"
#include "rnn/network.h"

#include <stddef.h>

/* What forward leaves for backward. */
typedef struct pinna_projections {
    pinna_net_stage stages[PINNA_MAX_STREAMS];
    /* With several streams: x apart, [n_rows, width] of one after the other,
     * and the projections side by side, [n_rows, n_streams n_dense]. */
    float *apart, *joined, *djoined;
    float *block; /* backs the arrays above */
} pinna_projections;

/* Free it also when this fails. */
pinna_status pinna_projections_new(const pinna_network_config *config,
                                   size_t max_rows, pinna_projections *out);
void pinna_projections_free(pinna_projections *projections);

/* x [n_rows, n_in] -> what the first layer reads, [n_rows,
 * pinna_network_layer_in()]: x itself without projections. */
const float *pinna_projections_forward(const pinna_network *network,
                                       pinna_projections *projections,
                                       const float *x, size_t n_rows,
                                       double dropout, pinna_rng *rng);

/* Zeros in the shape of what forward gave, for the gradient of it to be added
 * to; NULL without projections: nobody needs it. */
float *pinna_projections_clear(const pinna_network_config *config,
                               pinna_projections *projections, size_t n_rows);

/* After that, with the x of forward. Adds to grads. */
void pinna_projections_backward(const pinna_network *network,
                                pinna_projections *projections, const float *x,
                                size_t n_rows, float *grads);

#endif
