#include "rnn/denoise_ear.h"

#include "dsp/fft.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* The level ends here so that it does not depend on the sample rate. */
#define LEVEL_TOP_HZ 8000.0
#define HOP_MS       10

struct pinna_denoise_ear {
    size_t n_bands, n_bins;
    size_t n_level; /* bands that make the level */
    pinna_erb_bank *bank;
    float power_scale; /* |X|^2 of any frame length to a common scale */
    float floor;
    float keep; /* of the running level, per frame */
    float level;
    bool started;
    float *power; /* [n_bins] */
};

pinna_denoise_bands pinna_denoise_bands_default(size_t frame_ms)
{
    const size_t linear_hz = 3200, n_above = 32;
    return (pinna_denoise_bands){
        .n_bands = linear_hz * frame_ms / 1000 + n_above,
        .linear_hz = (double)linear_hz,
        .top_hz = 20000,
        .floor_db = -80,
        .level_ms = 1000,
        .frame_ms = frame_ms,
    };
}

size_t pinna_denoise_hop(unsigned sample_rate)
{
    return pinna_fft_nearest_size(2 * HOP_MS * sample_rate / 1000) / 2;
}

size_t pinna_denoise_n_fft(const pinna_denoise_bands *bands,
                           unsigned sample_rate)
{
    return bands->frame_ms / HOP_MS * pinna_denoise_hop(sample_rate);
}

static bool bands_ok(const pinna_denoise_bands *bands)
{
    const size_t ms = bands->frame_ms;
    return bands->n_bands > 0 && bands->n_bands <= PINNA_MAX_BANDS &&
           bands->level_ms > 0 && isfinite(bands->floor_db) &&
           (ms == 20 || ms == 40);
}

/* How many bands, of those in use, have their centre at or below 8 kHz. */
static size_t count_level_bands(const double *centres, size_t n_used)
{
    size_t n = 0;
    while (n < n_used && centres[n] <= LEVEL_TOP_HZ)
        n++;
    return n > 0 ? n : 1;
}

pinna_status pinna_denoise_ear_new(const pinna_denoise_bands *bands,
                                   unsigned sample_rate,
                                   pinna_denoise_ear **out)
{
    *out = NULL;
    if (!bands_ok(bands) || sample_rate == 0)
        return PINNA_BAD_ARG;

    double centres[PINNA_MAX_BANDS];
    pinna_status status =
        pinna_erb_centres(bands->n_bands, 1000.0 / (double)bands->frame_ms,
                          bands->linear_hz, bands->top_hz, centres);
    if (status)
        return status;

    const size_t n_fft = pinna_denoise_n_fft(bands, sample_rate);
    pinna_denoise_ear *ear = calloc(1, sizeof *ear);
    if (!ear)
        return PINNA_NO_MEMORY;
    ear->n_bands = bands->n_bands;
    ear->n_bins = n_fft / 2 + 1;
    ear->power = malloc(ear->n_bins * sizeof *ear->power);
    status = ear->power ? pinna_erb_bank_new(centres, bands->n_bands, n_fft,
                                             sample_rate, &ear->bank)
                        : PINNA_NO_MEMORY;
    if (status) {
        pinna_denoise_ear_free(ear);
        return status;
    }

    const double hop_ms =
        1000.0 * (double)pinna_denoise_hop(sample_rate) / sample_rate;
    ear->n_level = count_level_bands(centres, pinna_erb_bank_n_used(ear->bank));
    ear->power_scale = (float)(4.0 / ((double)n_fft * (double)n_fft));
    ear->floor = (float)pow(10, bands->floor_db / 10);
    ear->keep = (float)exp(-hop_ms / bands->level_ms);
    *out = ear;
    return PINNA_OK;
}

void pinna_denoise_ear_free(pinna_denoise_ear *ear)
{
    if (!ear)
        return;
    pinna_erb_bank_free(ear->bank);
    free(ear->power);
    free(ear);
}

void pinna_denoise_ear_reset(pinna_denoise_ear *ear)
{
    ear->started = false;
}

const pinna_erb_bank *pinna_denoise_ear_bank(const pinna_denoise_ear *ear)
{
    return ear->bank;
}

void pinna_denoise_ear_process(pinna_denoise_ear *ear,
                               const float complex *spectrum, float *x)
{
    for (size_t k = 0; k < ear->n_bins; k++) {
        const float re = crealf(spectrum[k]), im = cimagf(spectrum[k]);
        ear->power[k] = (re * re + im * im) * ear->power_scale;
    }
    pinna_erb_bank_gather(ear->bank, ear->power, x);

    /* log10 of power is in units of 10 dB; half of it in units of 20 dB. */
    float mean = 0;
    for (size_t b = 0; b < ear->n_bands; b++)
        x[b] = 0.5f * log10f(x[b] + ear->floor);
    for (size_t b = 0; b < ear->n_level; b++)
        mean += x[b];
    mean /= (float)ear->n_level;

    if (!ear->started)
        ear->level = mean;
    else
        ear->level = mean + ear->keep * (ear->level - mean);
    ear->started = true;

    for (size_t b = 0; b < ear->n_bands; b++)
        x[b] -= ear->level;
}
