#include "dsp/online_cmvn.h"

#include "dsp/sliding_sum.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_DIM = 65536, MAX_WINDOW = 1000000 };

#define VARIANCE_FLOOR 1e-20 /* of Kaldi's ApplyCmvn() */

struct pinna_online_cmvn {
    size_t cmn_window, global_frames;
    bool norm_vars, has_global;
    pinna_sliding_sum window;
    double *global_mean;   /* [dim], per frame */
    double *global_square; /* [dim], per frame */
};

pinna_online_cmvn_config pinna_online_cmvn_config_default(void)
{
    return (pinna_online_cmvn_config){.cmn_window = 600, .global_frames = 200};
}

static void copy_global(pinna_online_cmvn *cmvn, const pinna_cmvn_stats *global)
{
    cmvn->has_global = true;
    for (size_t d = 0; d < global->dim; d++) {
        cmvn->global_mean[d] = global->sum[d] / global->count;
        cmvn->global_square[d] = global->square[d] / global->count;
    }
}

pinna_status pinna_online_cmvn_new(size_t dim,
                                   const pinna_online_cmvn_config *config,
                                   pinna_online_cmvn **out)
{
    *out = NULL;
    const pinna_cmvn_stats *global = config->global;
    if (dim == 0 || dim > MAX_DIM || config->cmn_window > MAX_WINDOW ||
        (global && (global->dim != dim || !(global->count > 0.0))))
        return PINNA_BAD_ARG;
    pinna_online_cmvn *cmvn = calloc(1, sizeof *cmvn);
    if (!cmvn)
        return PINNA_NO_MEMORY;

    cmvn->cmn_window = config->cmn_window;
    cmvn->global_frames = config->global_frames;
    cmvn->norm_vars = config->norm_vars;
    cmvn->global_mean = calloc(2 * dim, sizeof *cmvn->global_mean);
    /* One more has come before the oldest leaves. */
    const size_t capacity = config->cmn_window ? config->cmn_window + 1 : 0;
    if (!cmvn->global_mean ||
        pinna_sliding_sum_new(dim, capacity, &cmvn->window)) {
        pinna_online_cmvn_free(cmvn);
        return PINNA_NO_MEMORY;
    }
    cmvn->global_square = cmvn->global_mean + dim;
    if (global)
        copy_global(cmvn, global);
    *out = cmvn;
    return PINNA_OK;
}

void pinna_online_cmvn_free(pinna_online_cmvn *cmvn)
{
    if (!cmvn)
        return;
    pinna_sliding_sum_free(&cmvn->window);
    free(cmvn->global_mean); /* backs the squares too */
    free(cmvn);
}

void pinna_online_cmvn_reset(pinna_online_cmvn *cmvn)
{
    pinna_sliding_sum_reset(&cmvn->window);
}

/* As how many frames the global statistics count. */
static double global_weight(const pinna_online_cmvn *cmvn)
{
    if (!cmvn->has_global)
        return 0.0;
    size_t weight = cmvn->global_frames;
    if (cmvn->cmn_window > 0) {
        const size_t n_missing =
            cmvn->cmn_window - pinna_sliding_sum_count(&cmvn->window);
        weight = weight < n_missing ? weight : n_missing;
    }
    return (double)weight;
}

static void process_frame(pinna_online_cmvn *cmvn, const float *in, float *out)
{
    pinna_sliding_sum *window = &cmvn->window;
    pinna_sliding_sum_add(window, in);
    if (cmvn->cmn_window > 0 &&
        pinna_sliding_sum_count(window) > cmvn->cmn_window)
        pinna_sliding_sum_drop(window);

    const double weight = global_weight(cmvn);
    const double count = (double)pinna_sliding_sum_count(window) + weight;
    for (size_t d = 0; d < window->dim; d++) {
        const double mean =
            (window->sum[d] + weight * cmvn->global_mean[d]) / count;
        double scale = 1.0;
        if (cmvn->norm_vars) {
            const double square =
                (window->square[d] + weight * cmvn->global_square[d]) / count;
            scale = 1.0 / sqrt(fmax(square - mean * mean, VARIANCE_FLOOR));
        }
        out[d] = (float)(((double)in[d] - mean) * scale);
    }
}

void pinna_online_cmvn_process(pinna_online_cmvn *cmvn, const float *in,
                               float *out, size_t n)
{
    const size_t dim = cmvn->window.dim;
    for (size_t t = 0; t < n; t++)
        process_frame(cmvn, in + t * dim, out + t * dim);
}
