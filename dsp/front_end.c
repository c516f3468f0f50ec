#include "dsp/front_end.h"

#include "dsp/features.h"
#include "dsp/online_cmvn.h"
#include "dsp/resample.h"
#include "dsp/splice.h"

#include <math.h>
#include <stdlib.h>

/* Samples that are resampled at a time. */
#define BLOCK 512

struct pinna_front_end {
    pinna_front_end_config config;
    pinna_resampler *resampler;
    pinna_features *features;
    /* Of the normalisations one is there at most. */
    pinna_sliding_cmvn *sliding;
    pinna_online_cmvn *online;
    float *offset, *scale;      /* [dim] of all statistics, or NULL */
    pinna_cmvn_stats utterance; /* dim 0 where they are not wanted */
    pinna_delta *delta;         /* NULL for none */
    pinna_splice *splice;       /* NULL for none */

    size_t dim, n_out; /* of features, of the last stage */
    float *pending;    /* [max_out(BLOCK)] resampled, not yet in the framer */
    size_t n_pending, n_used;
    float *feature; /* [dim] */
    float *row;     /* [delta n_out] */
    size_t pass;
    bool same_rate, is_finished, tail_is_taken, sliding_is_finished,
        delta_is_finished, splice_is_finished;
};

pinna_front_end_config pinna_front_end_config_default(pinna_feature_type type)
{
    pinna_front_end_config config = {
        .features = pinna_fbank_config_default(type),
        .sliding = pinna_sliding_cmvn_config_default(),
        .delta = pinna_delta_config_default(PINNA_DELTA_KALDI),
        .subsample = 1,
    };
    config.delta.order = 0;
    return config;
}

double pinna_front_end_shift(const pinna_front_end_config *config,
                             double sample_rate)
{
    const pinna_fbank_config *features = &config->features;
    const double shift =
        features->hop_length > 0
            ? (double)features->hop_length
            : floor(sample_rate * features->frame_shift_ms / 1000.0);
    return shift * (double)config->subsample;
}

/* ---- setting up ---- */

static pinna_status check(const pinna_front_end_config *config,
                          unsigned in_rate, pinna_error *error)
{
    if ((unsigned)config->cmvn > PINNA_CMVN_GLOBAL)
        return pinna_fail(error, PINNA_BAD_ARG, "cmvn %d is unknown",
                          (int)config->cmvn);
    if (config->cmvn == PINNA_CMVN_GLOBAL && !config->global)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "cmvn is global, but there are no statistics");
    if (config->subsample == 0)
        return pinna_fail(error, PINNA_BAD_ARG, "subsample is 0");
    const double rate = config->features.sample_rate;
    if (!config->resample && (double)in_rate != rate)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "the sample rate is %u Hz, not the %g Hz of the "
                          "features (and resample is off)",
                          in_rate, rate);
    if (rate != (double)(unsigned)rate)
        return pinna_fail(error, PINNA_BAD_ARG, "sample_rate %g is not whole",
                          rate);
    return PINNA_OK;
}

/* Offset and scale, and what they are made of. */
static pinna_status make_fixed(pinna_front_end *f)
{
    f->offset = malloc(f->dim * sizeof(float));
    f->scale = malloc(f->dim * sizeof(float));
    if (!f->offset || !f->scale)
        return PINNA_NO_MEMORY;
    if (f->config.cmvn == PINNA_CMVN_UTTERANCE)
        return pinna_cmvn_stats_new(f->dim, &f->utterance);
    pinna_cmvn_solve(f->config.global, f->config.sliding.norm_vars, f->offset,
                     f->scale);
    return PINNA_OK;
}

static pinna_status make_cmvn(pinna_front_end *f)
{
    pinna_online_cmvn_config online = pinna_online_cmvn_config_default();

    switch (f->config.cmvn) {
    case PINNA_CMVN_NONE:
        break;
    case PINNA_CMVN_SLIDING:
        return pinna_sliding_cmvn_new(f->dim, &f->config.sliding, &f->sliding);
    case PINNA_CMVN_ONLINE:
        online.cmn_window = f->config.sliding.cmn_window;
        online.norm_vars = f->config.sliding.norm_vars;
        online.global = f->config.global;
        return pinna_online_cmvn_new(f->dim, &online, &f->online);
    case PINNA_CMVN_UTTERANCE:
    case PINNA_CMVN_GLOBAL:
        return make_fixed(f);
    }
    return PINNA_OK;
}

static bool splices(const pinna_front_end_config *config)
{
    return config->splice_left + config->splice_right > 0 ||
           config->subsample > 1;
}

/* Normalisation, deltas, splicing. */
static pinna_status make_stages(pinna_front_end *f, pinna_error *error)
{
    const pinna_front_end_config *config = &f->config;
    size_t width = f->dim;

    if (config->global && config->global->dim != width)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "cmvn: the statistics are of %zu values a frame, the "
                          "features have %zu",
                          config->global->dim, width);
    pinna_status status = make_cmvn(f);
    if (status)
        return pinna_fail(error, status,
                          "cmvn: cmn_window %zu or min_window %zu does not "
                          "fit %zu features: %s",
                          config->sliding.cmn_window,
                          config->sliding.min_window, width,
                          pinna_strerror(status));
    if (config->delta.order > 0) {
        status = pinna_delta_new(width, &config->delta, &f->delta);
        if (status)
            return pinna_fail(error, status, "delta: order %zu, window %zu: %s",
                              config->delta.order, config->delta.window,
                              pinna_strerror(status));
        width = pinna_delta_n_out(f->delta);
    }
    f->row = calloc(width, sizeof(float));
    if (!f->row)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    if (splices(config)) {
        status =
            pinna_splice_new(width, config->splice_left, config->splice_right,
                             config->subsample, &f->splice);
        if (status)
            return pinna_fail(error, status,
                              "splice: %zu frames to the left, %zu to the "
                              "right, every %zu: %s",
                              config->splice_left, config->splice_right,
                              config->subsample, pinna_strerror(status));
        width = pinna_splice_n_out(f->splice);
    }
    f->n_out = width;
    return PINNA_OK;
}

static pinna_status set_up(pinna_front_end *f, unsigned in_rate,
                           pinna_error *error)
{
    const unsigned rate = (unsigned)f->config.features.sample_rate;
    pinna_status status =
        pinna_features_new(&f->config.features, &f->features, error);
    if (status)
        return status;
    f->dim = pinna_features_n_out(f->features);
    f->same_rate = in_rate == rate;
    status = pinna_resampler_new(in_rate, rate, &f->resampler);
    if (status)
        return pinna_fail(error, status, "from %u to %u Hz: %s", in_rate, rate,
                          pinna_strerror(status));
    f->pending =
        calloc(pinna_resampler_max_out(f->resampler, BLOCK), sizeof(float));
    f->feature = calloc(f->dim, sizeof(float));
    if (!f->pending || !f->feature)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    return make_stages(f, error);
}

pinna_status pinna_front_end_new(const pinna_front_end_config *config,
                                 unsigned in_rate, pinna_front_end **out,
                                 pinna_error *error)
{
    *out = NULL;
    pinna_status status = check(config, in_rate, error);
    if (status)
        return status;

    pinna_front_end *f = calloc(1, sizeof *f);
    if (!f)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    f->config = *config;
    status = set_up(f, in_rate, error);
    f->config.global = NULL; /* the caller's */
    if (status) {
        pinna_front_end_free(f);
        return status;
    }
    *out = f;
    return PINNA_OK;
}

void pinna_front_end_free(pinna_front_end *f)
{
    if (!f)
        return;
    pinna_resampler_free(f->resampler);
    pinna_features_free(f->features);
    pinna_sliding_cmvn_free(f->sliding);
    pinna_online_cmvn_free(f->online);
    free(f->offset);
    free(f->scale);
    pinna_cmvn_stats_free(&f->utterance);
    pinna_delta_free(f->delta);
    pinna_splice_free(f->splice);
    free(f->pending);
    free(f->feature);
    free(f->row);
    free(f);
}

size_t pinna_front_end_n_out(const pinna_front_end *f)
{
    return f->n_out;
}

/* What comes behind the features. */
static void reset_stages(pinna_front_end *f)
{
    if (f->sliding)
        pinna_sliding_cmvn_reset(f->sliding);
    if (f->online)
        pinna_online_cmvn_reset(f->online);
    if (f->delta)
        pinna_delta_reset(f->delta);
    if (f->splice)
        pinna_splice_reset(f->splice);
    f->sliding_is_finished = f->delta_is_finished = f->splice_is_finished =
        false;
}

/* The first sample follows; what was learnt in earlier passes is kept. */
static void rewind_signal(pinna_front_end *f)
{
    pinna_resampler_reset(f->resampler);
    pinna_features_rewind(f->features);
    reset_stages(f);
    f->n_pending = f->n_used = 0;
    f->is_finished = f->tail_is_taken = false;
}

void pinna_front_end_reset(pinna_front_end *f)
{
    rewind_signal(f);
    pinna_features_reset(f->features);
    if (f->utterance.dim > 0)
        pinna_cmvn_stats_clear(&f->utterance);
    f->pass = 0;
}

/* ---- the passes ---- */

size_t pinna_front_end_n_passes(const pinna_front_end *f)
{
    size_t n = 1;
    if (pinna_features_needs_loudest(f->features))
        n++;
    if (f->utterance.dim > 0)
        n++;
    return n;
}

/* The first pass hears the loudest value, the one before the last the
 * statistics, which need it. */
static bool hears_loudest(const pinna_front_end *f)
{
    return f->pass == 0 && pinna_features_needs_loudest(f->features);
}

static bool is_last_pass(const pinna_front_end *f)
{
    return f->pass + 1 == pinna_front_end_n_passes(f);
}

bool pinna_front_end_next_pass(pinna_front_end *f)
{
    if (is_last_pass(f))
        return false;
    f->pass++;
    if (is_last_pass(f) && f->utterance.dim > 0)
        pinna_cmvn_solve(&f->utterance, f->config.sliding.norm_vars, f->offset,
                         f->scale);
    rewind_signal(f);
    return true;
}

/* ---- the stream ---- */

/* Resampled samples go on as far as the framer takes them. */
static bool feed(pinna_front_end *f)
{
    const size_t n = pinna_features_push(f->features, f->pending + f->n_used,
                                         f->n_pending - f->n_used);
    f->n_used += n;
    return n > 0;
}

size_t pinna_front_end_push(pinna_front_end *f, const float *samples, size_t n)
{
    if (f->is_finished)
        return 0;
    if (f->same_rate)
        return pinna_features_push(f->features, samples, n);
    feed(f);
    if (f->n_used < f->n_pending)
        return 0;
    n = n < BLOCK ? n : BLOCK;
    f->n_pending =
        pinna_resampler_process(f->resampler, samples, n, f->pending);
    f->n_used = 0;
    feed(f);
    return n;
}

void pinna_front_end_finish(pinna_front_end *f)
{
    f->is_finished = true;
}

/* At the end of the samples: what the resampler still holds, and leave for the
 * framer to show its edge. False when that was done. */
static bool take_tail(pinna_front_end *f)
{
    if (!f->is_finished || f->tail_is_taken)
        return false;
    f->n_pending = pinna_resampler_finish(f->resampler, f->pending);
    f->n_used = 0;
    f->tail_is_taken = true;
    return true;
}

/* The next frame that the features have now; only heard in some passes. */
static bool take_feature(pinna_front_end *f, float *feature)
{
    return hears_loudest(f) ? pinna_features_hear(f->features)
                            : pinna_features_pull(f->features, feature);
}

static bool pull_feature(pinna_front_end *f, float *feature)
{
    do {
        if (take_feature(f, feature))
            return true;
    } while (feed(f) || take_tail(f));
    if (!f->tail_is_taken)
        return false;
    pinna_features_finish(f->features);
    return take_feature(f, feature);
}

/* What a pass before the last is for. */
static void learn(pinna_front_end *f)
{
    while (pull_feature(f, f->feature))
        if (!hears_loudest(f))
            pinna_cmvn_stats_add(&f->utterance, f->feature, 1);
}

static bool pull_normalised(pinna_front_end *f, float *feature)
{
    if (!f->sliding) {
        if (!pull_feature(f, feature))
            return false;
        if (f->online)
            pinna_online_cmvn_process(f->online, feature, feature, 1);
        if (f->offset)
            pinna_cmvn_apply(f->offset, f->scale, f->dim, feature, 1);
        return true;
    }
    while (!pinna_sliding_cmvn_pull(f->sliding, feature)) {
        if (pull_feature(f, feature)) {
            pinna_sliding_cmvn_push(f->sliding, feature);
        } else if (f->is_finished && !f->sliding_is_finished) {
            pinna_sliding_cmvn_finish(f->sliding);
            f->sliding_is_finished = true;
        } else {
            return false;
        }
    }
    return true;
}

static bool pull_delta(pinna_front_end *f, float *row)
{
    if (!f->delta)
        return pull_normalised(f, row);
    while (!pinna_delta_pull(f->delta, row)) {
        if (pull_normalised(f, f->feature)) {
            pinna_delta_push(f->delta, f->feature);
        } else if (f->is_finished && !f->delta_is_finished) {
            pinna_delta_finish(f->delta);
            f->delta_is_finished = true;
        } else {
            return false;
        }
    }
    return true;
}

bool pinna_front_end_pull(pinna_front_end *f, float *frame)
{
    if (!is_last_pass(f)) {
        learn(f);
        return false;
    }
    if (!f->splice)
        return pull_delta(f, frame);
    while (!pinna_splice_pull(f->splice, frame)) {
        if (pull_delta(f, f->row)) {
            pinna_splice_push(f->splice, f->row);
        } else if (f->is_finished && !f->splice_is_finished) {
            pinna_splice_finish(f->splice);
            f->splice_is_finished = true;
        } else {
            return false;
        }
    }
    return true;
}

/* ---- a whole signal ---- */

/* One pass: all frames that come, and how many. */
static size_t run(pinna_front_end *f, const float *samples, size_t n,
                  float *frames)
{
    size_t n_frames = 0;

    for (size_t used = 0; used < n;) {
        used += pinna_front_end_push(f, samples + used, n - used);
        while (pinna_front_end_pull(f, frames + n_frames * f->n_out))
            n_frames++;
    }
    pinna_front_end_finish(f);
    while (pinna_front_end_pull(f, frames + n_frames * f->n_out))
        n_frames++;
    return n_frames;
}

pinna_status pinna_front_end_all(pinna_front_end *f, const float *samples,
                                 size_t n, float **frames, size_t *n_frames)
{
    const size_t every = f->config.subsample;
    const size_t n_resampled = pinna_resampler_max_out(f->resampler, n) +
                               pinna_resampler_max_out(f->resampler, 0);
    const size_t n_most =
        (pinna_features_n_frames(f->features, n_resampled) + every - 1) / every;

    *frames = NULL;
    *n_frames = 0;
    /* One more: pull() may need a place to say that there is none. */
    float *all = calloc(n_most + 1, f->n_out * sizeof(float));
    if (!all)
        return PINNA_NO_MEMORY;
    pinna_front_end_reset(f);
    do
        *n_frames = run(f, samples, n, all);
    while (pinna_front_end_next_pass(f));
    pinna_front_end_reset(f);
    if (*n_frames == 0) {
        free(all);
        return PINNA_OK;
    }
    *frames = all;
    return PINNA_OK;
}
