#include "dsp/sliding_sum.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

pinna_status pinna_sliding_sum_new(size_t dim, size_t capacity,
                                   pinna_sliding_sum *out)
{
    *out = (pinna_sliding_sum){.dim = dim, .capacity = capacity};
    if (dim == 0)
        return PINNA_BAD_ARG;

    out->sum = calloc(4 * dim, sizeof *out->sum);
    if (capacity > 0)
        out->frames = calloc(capacity, dim * sizeof *out->frames);
    if (!out->sum || (capacity > 0 && !out->frames)) {
        pinna_sliding_sum_free(out);
        return PINNA_NO_MEMORY;
    }
    out->square = out->sum + dim;
    out->fresh_sum = out->square + dim;
    out->fresh_square = out->fresh_sum + dim;
    return PINNA_OK;
}

void pinna_sliding_sum_free(pinna_sliding_sum *sliding)
{
    if (!sliding)
        return;
    free(sliding->sum); /* backs the other three */
    free(sliding->frames);
    *sliding = (pinna_sliding_sum){0};
}

void pinna_sliding_sum_reset(pinna_sliding_sum *sliding)
{
    sliding->n_added = sliding->n_dropped = sliding->n_fresh = 0;
    memset(sliding->sum, 0, 4 * sliding->dim * sizeof *sliding->sum);
}

static double counted(float x)
{
    return isfinite(x) ? (double)x : 0.0;
}

/* Let the fresh sums take over where they cover all frames inside. */
static void renew(pinna_sliding_sum *sliding)
{
    if (sliding->n_fresh < pinna_sliding_sum_count(sliding))
        return;
    const size_t size = 2 * sliding->dim * sizeof *sliding->sum;
    memcpy(sliding->sum, sliding->fresh_sum, size); /* and the squares */
    memset(sliding->fresh_sum, 0, size);
    sliding->n_fresh = 0;
}

void pinna_sliding_sum_add(pinna_sliding_sum *sliding, const float *frame)
{
    const size_t dim = sliding->dim, capacity = sliding->capacity;
    if (capacity > 0) {
        assert(pinna_sliding_sum_count(sliding) < capacity);
        memcpy(sliding->frames + sliding->n_added % capacity * dim, frame,
               dim * sizeof *frame);
    }
    for (size_t d = 0; d < dim; d++) {
        const double x = counted(frame[d]);
        sliding->sum[d] += x;
        sliding->square[d] += x * x;
        sliding->fresh_sum[d] += x;
        sliding->fresh_square[d] += x * x;
    }
    sliding->n_added++;
    sliding->n_fresh++;
    renew(sliding);
}

void pinna_sliding_sum_drop(pinna_sliding_sum *sliding)
{
    const float *frame = pinna_sliding_sum_frame(sliding, sliding->n_dropped);
    for (size_t d = 0; d < sliding->dim; d++) {
        const double x = counted(frame[d]);
        sliding->sum[d] -= x;
        sliding->square[d] -= x * x;
    }
    sliding->n_dropped++;
    renew(sliding);
}

size_t pinna_sliding_sum_count(const pinna_sliding_sum *sliding)
{
    return sliding->n_added - sliding->n_dropped;
}

const float *pinna_sliding_sum_frame(const pinna_sliding_sum *sliding, size_t t)
{
    assert(t >= sliding->n_dropped && t < sliding->n_added && sliding->frames);
    return sliding->frames + t % sliding->capacity * sliding->dim;
}
