/* dsp/sliding_sum.h -- sums over the latest frames of a stream
 *
 * Adding what comes and subtracting what leaves would collect rounding errors
 * for ever, and a huge value would never quite leave. So a second sum grows of
 * new frames only, and replaces the first when it covers the same frames: about
 * once per window, whatever the length of the stream. NaN and infinity count as
 * 0 in the sums. */
#ifndef PINNA_DSP_SLIDING_SUM_H
#define PINNA_DSP_SLIDING_SUM_H

#include "dsp/status.h"

#include <stddef.h>

/* Only to be read from outside. Frames n_dropped .. n_added - 1 are inside. */
typedef struct pinna_sliding_sum {
    size_t dim, capacity;
    size_t n_added, n_dropped;
    size_t n_fresh;       /* latest frames that the fresh sums cover */
    double *sum;          /* [dim] */
    double *square;       /* [dim] */
    double *fresh_sum;    /* [dim] */
    double *fresh_square; /* [dim] */
    float *frames;        /* [capacity, dim] in a ring; NULL for capacity 0 */
} pinna_sliding_sum;

/* Capacity in frames; with 0 any number comes inside and none ever leaves. */
pinna_status pinna_sliding_sum_new(size_t dim, size_t capacity,
                                   pinna_sliding_sum *out);
void pinna_sliding_sum_free(pinna_sliding_sum *sliding);
PINNA_REALTIME void pinna_sliding_sum_reset(pinna_sliding_sum *sliding);

/* The next frame [dim] comes inside, where there must be room. */
PINNA_REALTIME void pinna_sliding_sum_add(pinna_sliding_sum *sliding,
                                          const float *frame);

/* The oldest frame inside leaves. Not with capacity 0. */
PINNA_REALTIME void pinna_sliding_sum_drop(pinna_sliding_sum *sliding);

/* How many frames are inside. */
PINNA_REALTIME size_t pinna_sliding_sum_count(const pinna_sliding_sum *sliding);

/* Frame t of the stream [dim], which must be inside. Not with capacity 0. */
PINNA_REALTIME const float *
pinna_sliding_sum_frame(const pinna_sliding_sum *sliding, size_t t);

#endif
