#include "datasets/spec_augment.h"

#include "dsp/mel.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Features first .. first + width - 1 of all frames. */
static void mask_bands(float *x, size_t n_rows, size_t n_features, size_t first,
                       size_t width)
{
    for (size_t row = 0; row < n_rows; row++)
        memset(x + row * n_features + first, 0, width * sizeof *x);
}

/* Frames first .. first + width - 1, wherever they stand. */
static void mask_frames(float *x, size_t n_steps, size_t n_features,
                        size_t stack, size_t stride, size_t first, size_t width)
{
    for (size_t t = 0; t < n_steps; t++)
        for (size_t s = 0; s < stack; s++) {
            const size_t frame = t * stride + s;
            if (frame >= first && frame < first + width)
                memset(x + (t * stack + s) * n_features, 0,
                       n_features * sizeof *x);
        }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

void pinna_spec_augment_apply(const pinna_spec_augment *config, pinna_rng *rng,
                              float *x, size_t n_steps, size_t n_features,
                              size_t stack, size_t stride)
{
    if (n_steps == 0)
        return;
    const size_t n_frames = (n_steps - 1) * stride + stack;
    const size_t widest_band = least(config->freq_mask_width, n_features);
    const size_t widest_time =
        least(config->time_mask_width,
              (size_t)(PINNA_TIME_MASK_SHARE * (double)n_frames));

    for (size_t mask = 0; mask < config->n_freq_masks; mask++) {
        const size_t width = pinna_rng_below(rng, widest_band + 1);
        const size_t first = pinna_rng_below(rng, n_features - width + 1);
        mask_bands(x, n_steps * stack, n_features, first, width);
    }
    for (size_t mask = 0; mask < config->n_time_masks; mask++) {
        const size_t width = pinna_rng_below(rng, widest_time + 1);
        const size_t first = pinna_rng_below(rng, n_frames - width + 1);
        mask_frames(x, n_steps, n_features, stack, stride, first, width);
    }
}

void pinna_warp_bands(double warp, double low_hz, double high_hz, float *frames,
                      size_t n_frames, size_t n_mels)
{
    const double low = pinna_hz_to_mel(low_hz);
    const double step = (pinna_hz_to_mel(high_hz) - low) / (double)(n_mels + 1);
    const double last = (double)(n_mels - 1);
    size_t below[PINNA_MAX_WARP_BANDS], above[PINNA_MAX_WARP_BANDS];
    float part[PINNA_MAX_WARP_BANDS], old[PINNA_MAX_WARP_BANDS];

    assert(n_mels > 0 && n_mels <= PINNA_MAX_WARP_BANDS);
    for (size_t m = 0; m < n_mels; m++) {
        const double hz = warp * pinna_mel_to_hz(low + step * (double)(m + 1));
        const double at =
            fmin(fmax((pinna_hz_to_mel(hz) - low) / step - 1, 0), last);
        below[m] = at < last ? (size_t)at : n_mels > 1 ? n_mels - 2 : 0;
        above[m] = least(below[m] + 1, n_mels - 1);
        part[m] = (float)(at - (double)below[m]);
    }
    for (size_t t = 0; t < n_frames; t++) {
        float *frame = frames + t * n_mels;
        memcpy(old, frame, n_mels * sizeof *old);
        for (size_t m = 0; m < n_mels; m++)
            frame[m] =
                old[below[m]] + part[m] * (old[above[m]] - old[below[m]]);
    }
}

float *pinna_tempo_frames(double tempo, const float *frames, size_t n_frames,
                          size_t n_features, size_t *n_out)
{
    const size_t n = (size_t)llround((double)n_frames / tempo);
    float *out = malloc((n * n_features + 1) * sizeof *out);
    *n_out = n;
    if (!out)
        return NULL;
    for (size_t t = 0; t < n; t++) {
        const double at =
            fmin(tempo * (double)t, n_frames > 0 ? (double)(n_frames - 1) : 0);
        const size_t below = (size_t)at;
        const size_t above = least(below + 1, n_frames - 1);
        const float part = (float)(at - (double)below);
        for (size_t i = 0; i < n_features; i++) {
            const float old = frames[below * n_features + i];
            out[t * n_features + i] =
                old + part * (frames[above * n_features + i] - old);
        }
    }
    return out;
}
