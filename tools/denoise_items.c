#include "tools/denoise_items.h"

#include "datasets/augment.h"
#include "datasets/mix.h"
#include "datasets/noise_maker.h"
#include "dsp/level.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Shares of the items, chosen after Valin 2018 (RNNoise) and its training
 * scripts: mostly mixtures, some clean speech, some noise alone. */
#define CLEAN_SHARE      0.07
#define NOISE_ONLY_SHARE 0.04
#define ROOM_SHARE       0.3
#define FILTER_SHARE     0.5
#define BAND_SHARE       0.15
#define SPEED_SHARE      0.5
#define SECOND_SHARE     0.3  /* a second noise on top */
#define SYNTHETIC_SHARE  0.45 /* of the noises */
#define BABBLE_SHARE     0.08
#define FULL_BAND_SHARE  0.12

static const pinna_clip *draw_clip(const pinna_corpus *corpus,
                                   unsigned sample_rate, pinna_rng *rng)
{
    /* Clips of the wanted rate only; tried at random, since most have it. */
    for (size_t i = 0; i < 64 * corpus->n_clips; i++) {
        const pinna_clip *clip =
            &corpus->clips[pinna_rng_below(rng, corpus->n_clips)];
        if (clip->sample_rate == sample_rate)
            return clip;
    }
    return NULL;
}

static bool has_rate(const pinna_corpus *corpus, unsigned sample_rate)
{
    for (size_t i = 0; i < corpus->n_clips; i++)
        if (corpus->clips[i].sample_rate == sample_rate)
            return true;
    return false;
}

unsigned pinna_denoise_item_rate(const pinna_denoise_material *material,
                                 pinna_rng *rng)
{
    const bool wide = has_rate(material->speech, PINNA_ITEM_RATE_WIDE);
    const bool full = has_rate(material->speech, PINNA_ITEM_RATE_FULL);
    if (full && (!wide || pinna_rng_chance(rng, FULL_BAND_SHARE)))
        return PINNA_ITEM_RATE_FULL;
    return PINNA_ITEM_RATE_WIDE;
}

/* Samples [begin, begin + length) of a clip as float, played faster or slower
 * by `factor`. */
static pinna_status clip_signal(const pinna_clip *clip, size_t begin,
                                size_t length, double factor, float **out,
                                size_t *n_out)
{
    float *samples = malloc((length + 1) * sizeof *samples);
    if (!samples)
        return PINNA_NO_MEMORY;
    const pinna_clip part = {.samples = clip->samples + begin, .n = length};
    pinna_clip_to_float(&part, samples);
    if (factor == 1) {
        *out = samples;
        *n_out = length;
        return PINNA_OK;
    }
    const pinna_status status =
        pinna_augment_speed(samples, length, factor, out, n_out);
    free(samples);
    return status;
}

/* A random stretch of the clip that gives about n samples at `factor`, or all
 * of it when it is shorter. */
static pinna_status clip_stretch(const pinna_clip *clip, size_t n,
                                 double factor, pinna_rng *rng, float **out,
                                 size_t *n_out)
{
    const size_t wanted = (size_t)((double)n * factor) + 64;
    const size_t length = wanted < clip->n ? wanted : clip->n;
    const size_t begin = pinna_rng_below(rng, clip->n - length + 1);
    return clip_signal(clip, begin, length, factor, out, n_out);
}

/* Speech of random talkers with pauses; the first may begin in its middle. */
static pinna_status fill_speech(const pinna_corpus *corpus,
                                unsigned sample_rate, pinna_rng *rng,
                                float *out, size_t n)
{
    const double factor = pinna_rng_chance(rng, SPEED_SHARE)
                              ? pinna_rng_uniform(rng, 0.85, 1.2)
                              : 1;
    const bool in_the_middle = pinna_rng_chance(rng, 0.5);
    size_t at = 0;

    memset(out, 0, n * sizeof *out);
    if (!in_the_middle)
        at = (size_t)(pinna_rng_uniform(rng, 0, 1) * sample_rate);
    for (bool first = true; at < n; first = false) {
        const pinna_clip *clip = draw_clip(corpus, sample_rate, rng);
        if (!clip)
            return PINNA_NOT_FOUND;
        const size_t begin =
            first && in_the_middle ? pinna_rng_below(rng, clip->n) : 0;
        const size_t room = (size_t)((double)(n - at) * factor) + 64;
        const size_t left = clip->n - begin;
        float *samples;
        size_t length;
        const pinna_status status = clip_signal(
            clip, begin, room < left ? room : left, factor, &samples, &length);
        if (status)
            return status;
        for (size_t i = 0; i < length && at < n; i++)
            out[at++] = samples[i];
        free(samples);
        at += (size_t)(pinna_rng_uniform(rng, 0.05, 0.9) * sample_rate);
    }
    return PINNA_OK;
}

static void random_filter(pinna_rng *rng, float *samples, size_t n)
{
    if (pinna_rng_chance(rng, FILTER_SHARE)) {
        const pinna_biquad biquad = pinna_biquad_random(rng);
        pinna_biquad_filter(&biquad, samples, n);
    }
}

/* Several talkers at once, at equal level. */
static pinna_status fill_babble(const pinna_corpus *corpus,
                                unsigned sample_rate, pinna_rng *rng,
                                float *out, float *scratch, size_t n)
{
    const size_t n_talkers = 3 + pinna_rng_below(rng, 6);

    memset(out, 0, n * sizeof *out);
    for (size_t i = 0; i < n_talkers; i++) {
        const pinna_status status =
            fill_speech(corpus, sample_rate, rng, scratch, n);
        if (status)
            return status;
        const double level = pinna_active_level_db(scratch, n, sample_rate);
        const float gain = (float)pinna_db_to_gain(-26 - level);
        for (size_t k = 0; level > PINNA_SILENCE_DB && k < n; k++)
            out[k] += gain * scratch[k];
    }
    return PINNA_OK;
}

/* One noise of any kind, at any level. */
static pinna_status fill_noise(const pinna_denoise_material *material,
                               unsigned sample_rate, pinna_rng *rng, float *out,
                               float *scratch, size_t n)
{
    pinna_status status = PINNA_OK;
    const double kind = pinna_rng_uniform(rng, 0, 1);
    const pinna_clip *clip =
        material->noise ? draw_clip(material->noise, sample_rate, rng) : NULL;

    if (kind < BABBLE_SHARE && sample_rate == PINNA_ITEM_RATE_WIDE) {
        status =
            fill_babble(material->speech, sample_rate, rng, out, scratch, n);
    } else if (!clip || kind < BABBLE_SHARE + SYNTHETIC_SHARE) {
        status = pinna_noise_make(rng, sample_rate, out, n);
    } else {
        float *samples;
        size_t length;
        const double factor = pinna_rng_chance(rng, SPEED_SHARE)
                                  ? pinna_rng_uniform(rng, 0.7, 1.4)
                                  : 1;
        status = clip_stretch(clip, n, factor, rng, &samples, &length);
        if (!status) {
            pinna_take_stretch(samples, length, sample_rate, rng, out, n);
            free(samples);
        }
    }
    if (!status)
        random_filter(rng, out, n);
    return status;
}

static void add(float *sum, const float *x, double gain, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += (float)gain * x[i];
}

static pinna_status add_noises(const pinna_denoise_material *material,
                               unsigned sample_rate, pinna_rng *rng,
                               const float *reference, float *noisy,
                               float *scratch, size_t n)
{
    float *noise = scratch, *more = scratch + n;
    const size_t n_noises = pinna_rng_chance(rng, SECOND_SHARE) ? 2 : 1;

    for (size_t i = 0; i < n_noises; i++) {
        const pinna_status status =
            fill_noise(material, sample_rate, rng, noise, more, n);
        if (status)
            return status;
        const double snr_db =
            pinna_rng_uniform(rng, material->low_snr_db, material->high_snr_db);
        add(noisy, noise,
            pinna_noise_gain(reference, noise, n, sample_rate, snr_db), n);
    }
    return PINNA_OK;
}

static pinna_status random_room(const pinna_denoise_material *material,
                                unsigned sample_rate, pinna_rng *rng,
                                float *speech, size_t n)
{
    if (!material->rooms || !pinna_rng_chance(rng, ROOM_SHARE))
        return PINNA_OK;
    const pinna_clip *room = draw_clip(material->rooms, sample_rate, rng);
    if (!room)
        return PINNA_OK;
    float *response;
    size_t length;
    pinna_status status = clip_signal(room, 0, room->n, 1, &response, &length);
    if (!status) {
        status = pinna_augment_room(speech, n, response, length);
        free(response);
    }
    return status;
}

/* The same low-pass over speech and mixture: a telephone, an old codec. */
static void random_band(unsigned sample_rate, pinna_rng *rng, float *speech,
                        float *noisy, size_t n)
{
    if (!pinna_rng_chance(rng, BAND_SHARE))
        return;
    const double top = 0.45 * sample_rate;
    const double cutoff = 3000 * pow(top / 3000, pinna_rng_uniform(rng, 0, 1));
    const pinna_biquad low =
        pinna_biquad_low_pass(cutoff, PINNA_BUTTERWORTH_Q, sample_rate);
    for (int pass = 0; pass < 2; pass++) {
        pinna_biquad_filter(&low, speech, n);
        pinna_biquad_filter(&low, noisy, n);
    }
}

/* Put the pair where a microphone might, from a whisper to nearly clipping. */
static void random_level(unsigned sample_rate, pinna_rng *rng, float *speech,
                         float *noisy, size_t n, float *level)
{
    double db = pinna_active_level_db(speech, n, sample_rate);
    if (db <= PINNA_SILENCE_DB)
        db = pinna_active_level_db(noisy, n, sample_rate);
    *level = 0;
    if (db <= PINNA_SILENCE_DB)
        return;
    const double wanted_db =
        fmin(fmax(-27 + 9 * pinna_rng_normal(rng), -55), -12);
    const float gain = (float)pinna_db_to_gain(wanted_db - db);
    pinna_augment_gain(speech, n, gain);
    pinna_augment_gain(noisy, n, gain);
    *level = (float)pinna_db_to_gain(wanted_db);
}

pinna_status pinna_denoise_item(const pinna_denoise_material *material,
                                unsigned sample_rate, pinna_rng *rng, size_t n,
                                float *speech, float *noisy, float *level)
{
    float *scratch = malloc(2 * n * sizeof *scratch);
    if (!scratch)
        return PINNA_NO_MEMORY;

    const double kind = pinna_rng_uniform(rng, 0, 1);
    pinna_status status =
        fill_speech(material->speech, sample_rate, rng, speech, n);
    if (!status)
        random_filter(rng, speech, n);
    if (!status)
        status = random_room(material, sample_rate, rng, speech, n);

    memcpy(noisy, speech, n * sizeof *noisy);
    if (!status && kind >= CLEAN_SHARE)
        status =
            add_noises(material, sample_rate, rng, speech, noisy, scratch, n);
    if (kind >= CLEAN_SHARE && kind < CLEAN_SHARE + NOISE_ONLY_SHARE) {
        for (size_t i = 0; i < n; i++)
            noisy[i] -= speech[i];
        memset(speech, 0, n * sizeof *speech);
    }
    if (!status) {
        random_band(sample_rate, rng, speech, noisy, n);
        random_level(sample_rate, rng, speech, noisy, n, level);
    }
    free(scratch);
    return status;
}
