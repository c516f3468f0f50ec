#include "dsp/features.h"

#include "dsp/framer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whisper's log-mel: log10 values down to 8 below the loudest, then scaled to
 * about +-1 (openai/whisper, audio.py). */
#define WHISPER_RANGE  8.0f
#define WHISPER_OFFSET 4.0f
#define WHISPER_SCALE  0.25f

struct pinna_features {
    pinna_fbank_config config;
    pinna_framer *framer;
    pinna_fbank *fbank;
    float *samples; /* [frame_length] of the frame at hand */
    float *held;    /* [n_pulled] with drop_last: the frame before */
    bool has_held;
};

static pinna_edges edges_of(const pinna_fbank_config *config)
{
    if (!config->center)
        return config->snip_edges ? PINNA_EDGES_SNIP : PINNA_EDGES_MIRROR;
    return config->pad_mode == PINNA_PAD_REFLECT ? PINNA_EDGES_REFLECT
           : config->pad_mode == PINNA_PAD_EDGE  ? PINNA_EDGES_REPLICATE
                                                 : PINNA_EDGES_ZERO;
}

pinna_status pinna_features_new(const pinna_fbank_config *config,
                                pinna_features **out, pinna_error *error)
{
    *out = NULL;
    pinna_features *features = calloc(1, sizeof *features);
    if (!features)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");

    pinna_status status = pinna_fbank_new(config, &features->fbank, error);
    if (status) {
        pinna_features_free(features);
        return status;
    }

    const size_t length = pinna_fbank_frame_length(features->fbank);
    const size_t shift = pinna_fbank_frame_shift(features->fbank);
    features->config = *config;
    features->samples = calloc(length, sizeof(float));
    features->held = calloc(pinna_features_n_pulled(features), sizeof(float));
    status =
        pinna_framer_new(length, shift, edges_of(config), &features->framer);
    if (!status && (!features->samples || !features->held))
        status = PINNA_NO_MEMORY;
    if (status) {
        pinna_features_free(features);
        return pinna_fail(error, status, "framer: %s", pinna_strerror(status));
    }

    *out = features;
    return PINNA_OK;
}

void pinna_features_free(pinna_features *features)
{
    if (!features)
        return;
    pinna_framer_free(features->framer);
    pinna_fbank_free(features->fbank);
    free(features->samples);
    free(features->held);
    free(features);
}

size_t pinna_features_n_out(const pinna_features *features)
{
    return pinna_fbank_n_out(features->fbank);
}

size_t pinna_features_n_pulled(const pinna_features *features)
{
    return pinna_features_needs_whole(features)
               ? pinna_fbank_n_bands(features->fbank)
               : pinna_fbank_n_out(features->fbank);
}

bool pinna_features_needs_whole(const pinna_features *features)
{
    return features->config.top_db > 0.0 || features->config.whisper_range;
}

size_t pinna_features_n_frames(const pinna_features *features, size_t n)
{
    const size_t n_frames = pinna_framer_n_frames(features->framer, n);
    return n_frames > 0 && features->config.drop_last ? n_frames - 1 : n_frames;
}

void pinna_features_reset(pinna_features *features)
{
    pinna_framer_reset(features->framer);
    pinna_fbank_reset(features->fbank);
    features->has_held = false;
}

size_t pinna_features_push(pinna_features *features, const float *samples,
                           size_t n)
{
    return pinna_framer_push(features->framer, samples, n);
}

void pinna_features_finish(pinna_features *features)
{
    pinna_framer_finish(features->framer);
}

/* The frame in features->samples. */
static void compute(pinna_features *features, float *frame)
{
    if (pinna_features_needs_whole(features))
        pinna_fbank_bands(features->fbank, features->samples, frame);
    else
        pinna_fbank_process(features->fbank, features->samples, frame);
}

bool pinna_features_pull(pinna_features *features, float *frame)
{
    if (!pinna_framer_pull(features->framer, features->samples))
        return false;
    if (!features->config.drop_last) {
        compute(features, frame);
        return true;
    }

    /* Only the frame behind it tells that a frame is not the last. */
    const bool had_held = features->has_held;
    if (had_held)
        memcpy(frame, features->held,
               pinna_features_n_pulled(features) * sizeof(float));
    compute(features, features->held);
    features->has_held = true;
    return had_held || pinna_features_pull(features, frame);
}

/* The floor and range of the loudest value: bands [n_frames, n_bands]. */
static void take_range(const pinna_features *features, float *bands,
                       size_t n_frames)
{
    const pinna_fbank_config *config = &features->config;
    const size_t n_bands = pinna_fbank_n_bands(features->fbank);
    const size_t n_values = n_bands - (config->use_energy ? 1 : 0);
    const float range =
        config->whisper_range ? WHISPER_RANGE : (float)config->top_db;
    float loudest = -INFINITY;

    for (size_t t = 0; t < n_frames; t++)
        for (size_t b = 0; b < n_values; b++)
            loudest = fmaxf(loudest, bands[t * n_bands + b]);
    for (size_t t = 0; t < n_frames; t++)
        for (size_t b = 0; b < n_values; b++) {
            float *x = &bands[t * n_bands + b];
            *x = fmaxf(*x, loudest - range);
            if (config->whisper_range)
                *x = (*x + WHISPER_OFFSET) * WHISPER_SCALE;
        }
}

void pinna_features_complete(const pinna_features *features, float *pulled,
                             size_t n_frames, float *frames)
{
    const size_t n_pulled = pinna_features_n_pulled(features);
    const size_t n_out = pinna_features_n_out(features);

    if (!pinna_features_needs_whole(features)) {
        memcpy(frames, pulled, n_frames * n_out * sizeof(float));
        return;
    }
    take_range(features, pulled, n_frames);
    for (size_t t = 0; t < n_frames; t++)
        pinna_fbank_finish(features->fbank, pulled + t * n_pulled,
                           frames + t * n_out);
}

/* All frames of a signal as pull() gives them. */
static size_t pull_all(pinna_features *features, const float *samples, size_t n,
                       float *frames)
{
    const size_t width = pinna_features_n_pulled(features);
    size_t n_pulled = 0;

    pinna_features_reset(features);
    for (size_t used = 0; used < n;) {
        used += pinna_features_push(features, samples + used, n - used);
        while (pinna_features_pull(features, frames + n_pulled * width))
            n_pulled++;
    }
    pinna_features_finish(features);
    while (pinna_features_pull(features, frames + n_pulled * width))
        n_pulled++;
    pinna_features_reset(features);
    return n_pulled;
}

pinna_status pinna_features_all(pinna_features *features, const float *samples,
                                size_t n, float **frames, size_t *n_frames)
{
    *frames = NULL;
    *n_frames = 0;

    const size_t n_out = pinna_features_n_out(features);
    const size_t n_all = pinna_features_n_frames(features, n);
    if (n_all == 0)
        return PINNA_OK;
    float *pulled =
        calloc(n_all, pinna_features_n_pulled(features) * sizeof(float));
    if (!pulled)
        return PINNA_NO_MEMORY;
    if (!pinna_features_needs_whole(features)) {
        *n_frames = pull_all(features, samples, n, pulled);
        *frames = pulled;
        return PINNA_OK;
    }

    float *all = calloc(n_all, n_out * sizeof(float)); /* [n_all, n_out] */
    if (all) {
        *n_frames = pull_all(features, samples, n, pulled);
        pinna_features_complete(features, pulled, *n_frames, all);
        *frames = all;
    }
    free(pulled);
    return all ? PINNA_OK : PINNA_NO_MEMORY;
}
