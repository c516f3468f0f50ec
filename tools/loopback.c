#include "tools/loopback.h"

#include "dsp/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SILENCE_S 0.5
#define NOISE_S   0.25
#define LEVEL     0.25f /* -12 dB: heard over a fan, and no danger to ears */

/* Of noise that comes back in twice as much of another. */
#define LEAST_CORRELATION 0.3

struct pinna_loopback {
    size_t n_silence, n_noise, n_heard; /* samples; the last: at most */
    float *noise;                       /* [n_noise] */
    float *heard;                       /* [n_heard] */
    size_t at;                          /* done so far */
};

pinna_status pinna_loopback_new(double rate, pinna_loopback **out)
{
    pinna_rng rng;

    *out = NULL;
    pinna_loopback *loopback = calloc(1, sizeof *loopback);
    if (!loopback)
        return PINNA_NO_MEMORY;
    loopback->n_silence = (size_t)(SILENCE_S * rate);
    loopback->n_noise = (size_t)(NOISE_S * rate);
    loopback->n_heard = (size_t)(PINNA_LOOPBACK_S * rate);
    loopback->noise = malloc(loopback->n_noise * sizeof(float));
    loopback->heard = calloc(loopback->n_heard, sizeof(float));
    if (!loopback->noise || !loopback->heard) {
        pinna_loopback_free(loopback);
        return PINNA_NO_MEMORY;
    }
    pinna_rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < loopback->n_noise; i++)
        loopback->noise[i] = pinna_rng_below(&rng, 2) ? LEVEL : -LEVEL;
    *out = loopback;
    return PINNA_OK;
}

void pinna_loopback_free(pinna_loopback *loopback)
{
    if (!loopback)
        return;
    free(loopback->noise);
    free(loopback->heard);
    free(loopback);
}

void pinna_loopback_process(void *user, const float *const *in,
                            float *const *out, size_t n)
{
    pinna_loopback *loopback = user;
    const size_t begin = loopback->n_silence;
    const size_t end = begin + loopback->n_noise;

    for (size_t i = 0; i < n; i++, loopback->at++) {
        const size_t at = loopback->at;
        const float sample = in[0][i];
        if (at < loopback->n_heard && isfinite(sample))
            loopback->heard[at] = sample;
        out[0][i] = at >= begin && at < end ? loopback->noise[at - begin] : 0;
    }
}

pinna_status pinna_loopback_find(const pinna_loopback *loopback, size_t *delay)
{
    const size_t n = loopback->n_noise;
    const float *heard = loopback->heard + loopback->n_silence;
    const size_t n_delays =
        loopback->n_heard - loopback->n_silence - loopback->n_noise;
    double most = 0;

    for (size_t d = 0; d < n_delays; d++) {
        double product = 0, power = 0;
        for (size_t i = 0; i < n; i++) {
            const double x = (double)heard[d + i];
            product += x * (double)loopback->noise[i];
            power += x * x;
        }
        const double correlation =
            power > 0 ? fabs(product) / sqrt(power * (double)n) / (double)LEVEL
                      : 0;
        if (correlation > most) {
            most = correlation;
            *delay = d;
        }
    }
    return most >= LEAST_CORRELATION ? PINNA_OK : PINNA_NOT_FOUND;
}
