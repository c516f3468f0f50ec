#include "datasets/mix.h"

#include "dsp/level.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_S      0.020
#define RANGE_DB     30.0
#define CROSS_FADE_S 0.050

static double energy(const float *samples, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)samples[i] * (double)samples[i];
    return sum;
}

static double mean_square_to_db(double mean_square)
{
    return mean_square > 0 ? fmax(10 * log10(mean_square), PINNA_SILENCE_DB)
                           : PINNA_SILENCE_DB;
}

double pinna_active_level_db(const float *samples, size_t n, double sample_rate)
{
    const size_t length =
        sample_rate > 1 / FRAME_S ? (size_t)(FRAME_S * sample_rate) : 1;
    double loudest = 0;

    for (size_t begin = 0; begin < n; begin += length) {
        const size_t count = n - begin < length ? n - begin : length;
        const double power = energy(samples + begin, count) / (double)count;
        if (power > loudest)
            loudest = power;
    }

    const double floor = loudest * pow(10, -RANGE_DB / 10);
    double sum = 0;
    size_t n_active = 0;
    for (size_t begin = 0; begin < n; begin += length) {
        const size_t count = n - begin < length ? n - begin : length;
        const double frame = energy(samples + begin, count);
        if (frame < floor * (double)count)
            continue;
        sum += frame;
        n_active += count;
    }
    return mean_square_to_db(n_active > 0 ? sum / (double)n_active : 0);
}

double pinna_noise_gain(const float *speech, const float *noise, size_t n,
                        double sample_rate, double snr_db)
{
    if (n == 0)
        return 0;
    const double speech_db = pinna_active_level_db(speech, n, sample_rate);
    const double noise_db = mean_square_to_db(energy(noise, n) / (double)n);
    if (speech_db <= PINNA_SILENCE_DB || noise_db <= PINNA_SILENCE_DB)
        return 0;
    return pinna_db_to_gain(speech_db - noise_db - snr_db);
}

/* Sample i of the clip made periodic: its last n_fade samples are laid over
 * its first ones. The gains are of equal power, as the two ends of a noise
 * are uncorrelated. */
static float looped(const float *clip, size_t period, size_t n_fade, size_t i)
{
    if (i >= n_fade)
        return clip[i];
    const double phase = PINNA_PI / 2 * ((double)i + 0.5) / (double)n_fade;
    return (float)(sin(phase) * (double)clip[i] +
                   cos(phase) * (double)clip[period + i]);
}

void pinna_take_stretch(const float *clip, size_t n_clip, double sample_rate,
                        pinna_rng *rng, float *out, size_t n)
{
    if (n == 0)
        return;
    if (n_clip == 0) {
        memset(out, 0, n * sizeof *out);
        return;
    }
    if (n_clip >= n) {
        memcpy(out, clip + pinna_rng_below(rng, n_clip - n + 1),
               n * sizeof *out);
        return;
    }

    size_t n_fade = (size_t)(CROSS_FADE_S * sample_rate);
    if (n_fade > n_clip / 2)
        n_fade = n_clip / 2;
    const size_t period = n_clip - n_fade;
    size_t place = pinna_rng_below(rng, period);
    for (size_t i = 0; i < n; i++) {
        out[i] = looped(clip, period, n_fade, place);
        if (++place == period)
            place = 0;
    }
}
