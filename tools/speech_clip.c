#include "tools/speech_clip.h"

#include "datasets/audio_file.h"

static const double pause_least_s = 0.15, pause_most_s = 0.6;
static const double fade_s = 0.005;

pinna_status pinna_speech_clip_load(const pinna_sound_item *item,
                                    unsigned sample_rate, float **samples,
                                    size_t *n, pinna_error *error)
{
    const pinna_sound_part *part = &item->part;

    return pinna_audio_load_mono(part->path, part->offset_s, part->duration_s,
                                 sample_rate, samples, n, NULL, error);
}

void pinna_speech_clip_fade(float *samples, size_t n, double sample_rate)
{
    size_t n_fade = (size_t)(fade_s * sample_rate);

    if (n_fade > n / 2)
        n_fade = n / 2;
    for (size_t i = 0; i < n_fade; i++) {
        const float gain = (float)((double)i / (double)n_fade);
        samples[i] *= gain;
        samples[n - 1 - i] *= gain;
    }
}

size_t pinna_speech_pause(pinna_rng *rng, double sample_rate)
{
    return (size_t)(sample_rate *
                    pinna_rng_uniform(rng, pause_least_s, pause_most_s));
}
