/* dsp/cmvn.h -- mean and variance normalisation of feature frames
 *
 * Statistics are gathered in double over a data set or an utterance, then
 * turned into offset and scale: y = (x + offset) * scale. */
#ifndef PINNA_DSP_CMVN_H
#define PINNA_DSP_CMVN_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_cmvn_stats {
    size_t dim;
    double count;
    double *sum;    /* [dim] */
    double *square; /* [dim] */
} pinna_cmvn_stats;

pinna_status pinna_cmvn_stats_new(size_t dim, pinna_cmvn_stats *stats);
void pinna_cmvn_stats_free(pinna_cmvn_stats *stats);

/* frames [n, dim]; counted as one each. */
void pinna_cmvn_stats_add(pinna_cmvn_stats *stats, const float *frames,
                          size_t n);

/* offset [dim] = -mean; scale [dim] = 1 / deviation (biased variance, floored
 * at 1e-20 as Kaldi does), or 1 when norm_vars is false. No frames: 0 and 1. */
void pinna_cmvn_solve(const pinna_cmvn_stats *stats, bool norm_vars,
                      float *offset, float *scale);

/* frames [n, dim], in place. */
PINNA_REALTIME void pinna_cmvn_apply(const float *offset, const float *scale,
                                     size_t dim, float *frames, size_t n);

#endif
