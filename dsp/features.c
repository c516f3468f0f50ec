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
    float *bands;   /* [n_bands] of it, where the loudest matters */
    float *held;    /* [n_out] with drop_last: the frame before */
    bool has_held;
    float loudest;      /* of what was heard */
    float held_loudest; /* with drop_last: of the last frame heard */
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
    features->bands =
        calloc(pinna_fbank_n_bands(features->fbank), sizeof(float));
    features->held = calloc(pinna_features_n_out(features), sizeof(float));
    status =
        pinna_framer_new(length, shift, edges_of(config), &features->framer);
    if (!status && (!features->samples || !features->bands || !features->held))
        status = PINNA_NO_MEMORY;
    if (status) {
        pinna_features_free(features);
        return pinna_fail(error, status, "framer: %s", pinna_strerror(status));
    }

    pinna_features_reset(features);
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
    free(features->bands);
    free(features->held);
    free(features);
}

size_t pinna_features_n_out(const pinna_features *features)
{
    return pinna_fbank_n_out(features->fbank);
}

bool pinna_features_needs_loudest(const pinna_features *features)
{
    return features->config.top_db > 0.0 || features->config.whisper_range;
}

size_t pinna_features_n_frames(const pinna_features *features, size_t n)
{
    const size_t n_frames = pinna_framer_n_frames(features->framer, n);
    return n_frames > 0 && features->config.drop_last ? n_frames - 1 : n_frames;
}

void pinna_features_rewind(pinna_features *features)
{
    pinna_framer_reset(features->framer);
    pinna_fbank_reset(features->fbank);
    features->has_held = false;
    features->held_loudest = -INFINITY;
}

void pinna_features_reset(pinna_features *features)
{
    pinna_features_rewind(features);
    features->loudest = -INFINITY;
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

/* Bands that the loudest value counts and changes: all but the energy. */
static size_t n_ranged(const pinna_features *features)
{
    return pinna_fbank_n_bands(features->fbank) -
           (features->config.use_energy ? 1 : 0);
}

/* The floor and range of the loudest value. */
static void take_range(const pinna_features *features, float *bands)
{
    const pinna_fbank_config *config = &features->config;
    const size_t n = n_ranged(features);
    const float range =
        config->whisper_range ? WHISPER_RANGE : (float)config->top_db;

    for (size_t b = 0; b < n; b++) {
        bands[b] = fmaxf(bands[b], features->loudest - range);
        if (config->whisper_range)
            bands[b] = (bands[b] + WHISPER_OFFSET) * WHISPER_SCALE;
    }
}

/* The frame in features->samples. */
static void compute(pinna_features *features, float *frame)
{
    if (!pinna_features_needs_loudest(features)) {
        pinna_fbank_process(features->fbank, features->samples, frame);
        return;
    }
    pinna_fbank_bands(features->fbank, features->samples, features->bands);
    take_range(features, features->bands);
    pinna_fbank_finish(features->fbank, features->bands, frame);
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
               pinna_features_n_out(features) * sizeof(float));
    compute(features, features->held);
    features->has_held = true;
    return had_held || pinna_features_pull(features, frame);
}

bool pinna_features_hear(pinna_features *features)
{
    const size_t n = n_ranged(features);
    float loudest = -INFINITY;

    if (!pinna_framer_pull(features->framer, features->samples))
        return false;
    pinna_fbank_bands(features->fbank, features->samples, features->bands);
    for (size_t b = 0; b < n; b++)
        loudest = fmaxf(loudest, features->bands[b]);
    if (features->config.drop_last) {
        const float held = features->held_loudest;
        features->held_loudest = loudest;
        loudest = held;
    }
    features->loudest = fmaxf(features->loudest, loudest);
    return true;
}

/* All frames that are there; returns how many. frames NULL: only hear. */
static size_t take_all(pinna_features *features, float *frames)
{
    const size_t n_out = pinna_features_n_out(features);
    size_t n = 0;

    while (frames ? pinna_features_pull(features, frames + n * n_out)
                  : pinna_features_hear(features))
        n++;
    return n;
}

/* All frames of a signal, from a fresh or rewound state. */
static size_t run(pinna_features *features, const float *samples, size_t n,
                  float *frames)
{
    const size_t n_out = pinna_features_n_out(features);
    size_t n_frames = 0;

    for (size_t used = 0; used < n;) {
        used += pinna_features_push(features, samples + used, n - used);
        n_frames +=
            take_all(features, frames ? frames + n_frames * n_out : NULL);
    }
    pinna_features_finish(features);
    return n_frames +
           take_all(features, frames ? frames + n_frames * n_out : NULL);
}

pinna_status pinna_features_all(pinna_features *features, const float *samples,
                                size_t n, float **frames, size_t *n_frames)
{
    *frames = NULL;
    *n_frames = 0;

    const size_t n_all = pinna_features_n_frames(features, n);
    if (n_all == 0)
        return PINNA_OK;
    float *all = calloc(n_all, pinna_features_n_out(features) * sizeof(float));
    if (!all)
        return PINNA_NO_MEMORY;

    pinna_features_reset(features);
    if (pinna_features_needs_loudest(features)) {
        run(features, samples, n, NULL);
        pinna_features_rewind(features);
    }
    *n_frames = run(features, samples, n, all);
    *frames = all;
    pinna_features_reset(features);
    return PINNA_OK;
}
