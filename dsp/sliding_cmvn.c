#include "dsp/sliding_cmvn.h"

#include "dsp/sliding_sum.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_DIM = 65536, MAX_WINDOW = 1000000 };

#define VARIANCE_FLOOR 1e-10 /* of Kaldi's SlidingWindowCmn() */

struct pinna_sliding_cmvn {
    pinna_sliding_cmvn_config config;
    pinna_sliding_sum window;
    size_t n_pulled;
    bool finished;
};

pinna_sliding_cmvn_config pinna_sliding_cmvn_config_default(void)
{
    return (pinna_sliding_cmvn_config){.cmn_window = 600, .min_window = 100};
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

pinna_status pinna_sliding_cmvn_new(size_t dim,
                                    const pinna_sliding_cmvn_config *config,
                                    pinna_sliding_cmvn **out)
{
    *out = NULL;
    if (dim == 0 || dim > MAX_DIM || config->cmn_window == 0 ||
        config->cmn_window > MAX_WINDOW || config->min_window > MAX_WINDOW)
        return PINNA_BAD_ARG;
    pinna_sliding_cmvn *cmvn = calloc(1, sizeof *cmvn);
    if (!cmvn)
        return PINNA_NO_MEMORY;
    cmvn->config = *config;

    /* One more has come before the oldest leaves. */
    const size_t n_frames =
        config->center ? config->cmn_window
                       : larger(config->cmn_window + 1, config->min_window);
    const pinna_status status =
        pinna_sliding_sum_new(dim, n_frames + 1, &cmvn->window);
    if (status) {
        pinna_sliding_cmvn_free(cmvn);
        return status;
    }
    *out = cmvn;
    return PINNA_OK;
}

void pinna_sliding_cmvn_free(pinna_sliding_cmvn *cmvn)
{
    if (!cmvn)
        return;
    pinna_sliding_sum_free(&cmvn->window);
    free(cmvn);
}

void pinna_sliding_cmvn_reset(pinna_sliding_cmvn *cmvn)
{
    pinna_sliding_sum_reset(&cmvn->window);
    cmvn->n_pulled = 0;
    cmvn->finished = false;
}

/* The window of frame t in a stream without end. */
static size_t window_begin(const pinna_sliding_cmvn_config *config, size_t t)
{
    const size_t before =
        config->center ? config->cmn_window / 2 : config->cmn_window;
    return t < before ? 0 : t - before;
}

static size_t window_end(const pinna_sliding_cmvn_config *config, size_t t)
{
    return config->center ? window_begin(config, t) + config->cmn_window
                          : larger(t + 1, config->min_window);
}

static bool is_ready(const pinna_sliding_cmvn *cmvn)
{
    const size_t t = cmvn->n_pulled, n = cmvn->window.n_added;
    return t < n && (cmvn->finished || window_end(&cmvn->config, t) <= n);
}

void pinna_sliding_cmvn_push(pinna_sliding_cmvn *cmvn, const float *frame)
{
    assert(!cmvn->finished && !is_ready(cmvn));
    pinna_sliding_sum_add(&cmvn->window, frame);
}

void pinna_sliding_cmvn_finish(pinna_sliding_cmvn *cmvn)
{
    cmvn->finished = true;
}

/* Drop what lies before the window of frame t. The window's end is where the
 * sum's is: is_ready() saw to that, or the stream ended there. */
static void move_window(pinna_sliding_cmvn *cmvn, size_t t)
{
    const size_t end = window_end(&cmvn->config, t);
    size_t begin = window_begin(&cmvn->config, t);
    if (end > cmvn->window.n_added) {
        const size_t excess = end - cmvn->window.n_added;
        begin -= excess < begin ? excess : begin;
    }
    while (cmvn->window.n_dropped < begin)
        pinna_sliding_sum_drop(&cmvn->window);
}

bool pinna_sliding_cmvn_pull(pinna_sliding_cmvn *cmvn, float *out)
{
    if (!is_ready(cmvn))
        return false;

    const size_t t = cmvn->n_pulled++;
    move_window(cmvn, t);
    const pinna_sliding_sum *window = &cmvn->window;
    const float *frame = pinna_sliding_sum_frame(window, t);
    const double count = (double)pinna_sliding_sum_count(window);
    for (size_t d = 0; d < window->dim; d++) {
        const double mean = window->sum[d] / count;
        double scale = 1.0;
        if (cmvn->config.norm_vars && count > 1.0) {
            const double variance = window->square[d] / count - mean * mean;
            scale = 1.0 / sqrt(fmax(variance, VARIANCE_FLOOR));
        }
        out[d] = (float)(((double)frame[d] - mean) * scale);
    }
    return true;
}
