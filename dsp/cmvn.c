#include "dsp/cmvn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

void pinna_cmvn_stats_clear(pinna_cmvn_stats *stats)
{
    memset(stats->sum, 0, stats->dim * sizeof *stats->sum);
    memset(stats->square, 0, stats->dim * sizeof *stats->square);
    stats->count = 0;
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

pinna_status pinna_cmvn_stats_merge(pinna_cmvn_stats *stats,
                                    const pinna_cmvn_stats *more)
{
    if (stats->dim != more->dim)
        return PINNA_BAD_ARG;
    for (size_t d = 0; d < stats->dim; d++) {
        stats->sum[d] += more->sum[d];
        stats->square[d] += more->square[d];
    }
    stats->count += more->count;
    return PINNA_OK;
}

pinna_status pinna_cmvn_stats_from_kaldi(const double *kaldi, size_t dim,
                                         pinna_cmvn_stats *stats)
{
    const pinna_status status = pinna_cmvn_stats_new(dim, stats);
    if (status)
        return status;

    const double *squares = kaldi + dim + 1;
    bool good = isfinite(kaldi[dim]) && kaldi[dim] > 0.0;
    for (size_t d = 0; d < dim; d++)
        good = good && isfinite(kaldi[d]) && isfinite(squares[d]);
    if (!good) {
        pinna_cmvn_stats_free(stats);
        return PINNA_BAD_FORMAT;
    }

    stats->count = kaldi[dim];
    memcpy(stats->sum, kaldi, dim * sizeof *kaldi);
    memcpy(stats->square, squares, dim * sizeof *squares);
    return PINNA_OK;
}

void pinna_cmvn_stats_to_kaldi(const pinna_cmvn_stats *stats, double *kaldi)
{
    const size_t dim = stats->dim;
    memcpy(kaldi, stats->sum, dim * sizeof *kaldi);
    kaldi[dim] = stats->count;
    memcpy(kaldi + dim + 1, stats->square, dim * sizeof *kaldi);
    kaldi[2 * dim + 1] = 0.0;
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

pinna_status pinna_cmvn_utterance(size_t dim, bool norm_vars, float *frames,
                                  size_t n)
{
    pinna_cmvn_stats stats;
    pinna_status status = pinna_cmvn_stats_new(dim, &stats);
    if (status)
        return status;

    float *offset = calloc(2 * dim, sizeof *offset);
    if (offset) {
        float *scale = offset + dim;
        pinna_cmvn_stats_add(&stats, frames, n);
        pinna_cmvn_solve(&stats, norm_vars, offset, scale);
        pinna_cmvn_apply(offset, scale, dim, frames, n);
    } else {
        status = PINNA_NO_MEMORY;
    }
    free(offset);
    pinna_cmvn_stats_free(&stats);
    return status;
}
