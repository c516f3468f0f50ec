#include "dsp/cmvn.h"

#include <math.h>
#include <stdlib.h>

pinna_status pinna_cmvn_stats_new(size_t dim, pinna_cmvn_stats *stats)
{
    *stats = (pinna_cmvn_stats){0};
    if (dim == 0)
        return PINNA_BAD_ARG;

    stats->dim = dim;
    stats->sum = calloc(dim, sizeof(double));
    stats->square = calloc(dim, sizeof(double));
    if (!stats->sum || !stats->square) {
        pinna_cmvn_stats_free(stats);
        return PINNA_NO_MEMORY;
    }
    return PINNA_OK;
}

void pinna_cmvn_stats_free(pinna_cmvn_stats *stats)
{
    if (!stats)
        return;
    free(stats->sum);
    free(stats->square);
    *stats = (pinna_cmvn_stats){0};
}

void pinna_cmvn_stats_add(pinna_cmvn_stats *stats, const float *frames,
                          size_t n)
{
    for (size_t t = 0; t < n; t++) {
        const float *frame = frames + t * stats->dim;
        for (size_t d = 0; d < stats->dim; d++) {
            const double x = frame[d];
            stats->sum[d] += x;
            stats->square[d] += x * x;
        }
    }
    stats->count += (double)n;
}

void pinna_cmvn_solve(const pinna_cmvn_stats *stats, bool norm_vars,
                      float *offset, float *scale)
{
    for (size_t d = 0; d < stats->dim; d++) {
        offset[d] = 0.0f;
        scale[d] = 1.0f;
        if (stats->count <= 0.0)
            continue;

        const double mean = stats->sum[d] / stats->count;
        offset[d] = (float)-mean;
        if (norm_vars) {
            /* The floor is that of Kaldi's ApplyCmvn(). */
            const double variance =
                fmax(stats->square[d] / stats->count - mean * mean, 1e-20);
            scale[d] = (float)(1.0 / sqrt(variance));
        }
    }
}

void pinna_cmvn_apply(const float *offset, const float *scale, size_t dim,
                      float *frames, size_t n)
{
    for (size_t t = 0; t < n; t++)
        for (size_t d = 0; d < dim; d++)
            frames[t * dim + d] = (frames[t * dim + d] + offset[d]) * scale[d];
}
