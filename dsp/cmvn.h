/* dsp/cmvn.h -- mean and variance normalisation of feature frames by
 * statistics of a whole data set, speaker or utterance
 *
 * They are gathered in double, then turned into offset and scale:
 * y = (x + offset) * scale. Streams that cannot wait for their end have
 * dsp/sliding_cmvn.h and dsp/online_cmvn.h. */
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

/* Nothing counted, as after new(). */
PINNA_REALTIME void pinna_cmvn_stats_clear(pinna_cmvn_stats *stats);

/* frames [n, dim]; counted as one each. */
PINNA_REALTIME void pinna_cmvn_stats_add(pinna_cmvn_stats *stats,
                                         const float *frames, size_t n);

/* What more was counted over comes on top. PINNA_BAD_ARG when the dims
 * differ. */
pinna_status pinna_cmvn_stats_merge(pinna_cmvn_stats *stats,
                                    const pinna_cmvn_stats *more);

/* Kaldi's layout, [2, dim + 1]: the sums and the count, then the sums of
 * squares and 0. Without a positive count or with anything not finite:
 * PINNA_BAD_FORMAT, and *stats is empty. Otherwise as new(). */
pinna_status pinna_cmvn_stats_from_kaldi(const double *kaldi, size_t dim,
                                         pinna_cmvn_stats *stats);
void pinna_cmvn_stats_to_kaldi(const pinna_cmvn_stats *stats, double *kaldi);

/* offset [dim] = -mean; scale [dim] = 1 / deviation (biased variance, floored
 * at 1e-20 as Kaldi does), or 1 when norm_vars is false. No frames: 0 and 1. */
PINNA_REALTIME void pinna_cmvn_solve(const pinna_cmvn_stats *stats,
                                     bool norm_vars, float *offset,
                                     float *scale);

/* frames [n, dim], in place. */
PINNA_REALTIME void pinna_cmvn_apply(const float *offset, const float *scale,
                                     size_t dim, float *frames, size_t n);

/* frames [n, dim] normalised by their own statistics, in place. Allocates. */
pinna_status pinna_cmvn_utterance(size_t dim, bool norm_vars, float *frames,
                                  size_t n);

#endif
