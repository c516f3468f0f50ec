#include "tools/join_strings.h"

#include "datasets/augment.h"
#include "datasets/mix.h"
#include "tools/speech_clip.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* As long as the longest pause between. */
static const double end_s = 0.6;

/* Loud enough for 16 bits, below clipping. */
static const double highest_peak = 0.98;

void pinna_joined_free(pinna_joined *joined)
{
    free(joined->samples);
    free(joined->text);
    *joined = (pinna_joined){0};
}

/* n silent samples, whose first one is returned; NULL without memory. */
static float *append_silence(pinna_joined *joined, size_t n)
{
    const size_t n_total = joined->n_samples + n;
    float *samples = realloc(joined->samples, (n_total + 1) * sizeof *samples);
    if (!samples)
        return NULL;

    joined->samples = samples;
    float *added = samples + joined->n_samples;
    memset(added, 0, n * sizeof *added);
    joined->n_samples = n_total;
    return added;
}

static bool append_clip(pinna_joined *joined, const float *clip, size_t n,
                        double rate)
{
    float *added = append_silence(joined, n);

    if (!added)
        return false;
    memcpy(added, clip, n * sizeof *clip);
    pinna_speech_clip_fade(added, n, rate);
    return true;
}

static bool append_text(pinna_joined *joined, const char *text)
{
    const size_t n_before = joined->text ? strlen(joined->text) : 0;
    const size_t n_text = strlen(text);
    char *longer = realloc(joined->text, n_before + n_text + 2);

    if (!longer)
        return false;
    joined->text = longer;
    if (n_before > 0)
        longer[n_before] = ' ';
    memcpy(longer + n_before + (n_before > 0), text, n_text + 1);
    return true;
}

pinna_status pinna_join(const pinna_sound_list *speech, pinna_talkers *talkers,
                        size_t t, size_t n_parts, unsigned sample_rate,
                        pinna_rng *rng, pinna_joined *joined,
                        pinna_error *error)
{
    const double rate = (double)sample_rate;
    bool room = true;

    *joined = (pinna_joined){0};
    for (size_t i = 0; i < n_parts && room; i++) {
        const pinna_sound_item *item =
            &speech->items[pinna_talkers_deal(talkers, t)];
        float *clip;
        size_t n_clip;
        if (!item->text)
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s: has no text in the manifest",
                              item->part.path);
        const pinna_status status =
            pinna_speech_clip_load(item, sample_rate, &clip, &n_clip, error);
        if (status)
            return status;
        joined->speaker = item->speaker;
        room = append_silence(joined, pinna_speech_pause(rng, rate)) &&
               append_clip(joined, clip, n_clip, rate) &&
               append_text(joined, item->text);
        free(clip);
    }
    if (!room || !append_silence(joined, (size_t)(end_s * rate)))
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    return PINNA_OK;
}

pinna_status pinna_joined_in_noise(const pinna_joined *joined,
                                   const pinna_sound_item *noise,
                                   unsigned sample_rate, double snr_db,
                                   pinna_rng *rng, float *noisy,
                                   pinna_error *error)
{
    const size_t n = joined->n_samples;
    const double rate = (double)sample_rate;
    double peak = 0;
    float *clip;
    size_t n_clip;

    const pinna_status status =
        pinna_speech_clip_load(noise, sample_rate, &clip, &n_clip, error);
    if (status)
        return status;
    pinna_take_stretch(clip, n_clip, rate, rng, noisy, n);
    free(clip);
    const float gain =
        (float)pinna_noise_gain(joined->samples, noisy, n, rate, snr_db);
    for (size_t i = 0; i < n; i++) {
        noisy[i] = joined->samples[i] + gain * noisy[i];
        peak = fmax(peak, fabs((double)noisy[i]));
    }
    if (peak > highest_peak)
        pinna_augment_gain(noisy, n, (float)(highest_peak / peak));
    return PINNA_OK;
}
