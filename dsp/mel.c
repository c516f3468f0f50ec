#include "dsp/mel.h"

#include "dsp/fft.h"

#include <math.h>
#include <stdlib.h>

/* The run of bins under one triangle. */
typedef struct mel_band {
    size_t first, count;
    const float *weights; /* [count] */
} mel_band;

struct pinna_mel_bank {
    size_t n_mels;
    mel_band *bands; /* [n_mels] */
    float weights[]; /* of all bands; a bin lies under two at most */
};

double pinna_hz_to_mel(double hz)
{
    return 1127.0 * log(1.0 + hz / 700.0);
}

double pinna_mel_to_hz(double mel)
{
    return 700.0 * (exp(mel / 1127.0) - 1.0);
}

/* Triangle from left over centre to right, all in mel. */
static double triangle(double mel, double left, double centre, double right)
{
    if (mel <= left || mel >= right)
        return 0.0;
    return mel <= centre ? (mel - left) / (centre - left)
                         : (right - mel) / (right - centre);
}

/* Fill the bands, `low` and `step` in mel; false when one is empty. */
static bool fill_bands(pinna_mel_bank *bank, size_t n_fft, double bin_hz,
                       double low, double step)
{
    float *weights = bank->weights;

    for (size_t b = 0; b < bank->n_mels; b++) {
        const double left = low + step * (double)b;
        const double centre = low + step * (double)(b + 1);
        const double right = low + step * (double)(b + 2);
        mel_band *band = &bank->bands[b];

        band->weights = weights;
        for (size_t k = 0; k < n_fft / 2; k++) {
            const double mel = pinna_hz_to_mel(bin_hz * (double)k);
            const double weight = triangle(mel, left, centre, right);
            if (weight <= 0.0)
                continue;
            if (band->count == 0)
                band->first = k;
            band->count++;
            *weights++ = (float)weight;
        }
        if (band->count == 0)
            return false;
    }
    return true;
}

pinna_status pinna_mel_bank_new(size_t n_mels, size_t n_fft, double sample_rate,
                                double low_hz, double high_hz,
                                pinna_mel_bank **out)
{
    *out = NULL;
    const double nyquist = 0.5 * sample_rate;
    if (high_hz <= 0.0)
        high_hz += nyquist;
    if (n_fft < 2 || n_fft > PINNA_FFT_MAX || n_mels == 0 || n_mels > n_fft ||
        !isfinite(sample_rate) || !(low_hz >= 0.0) || !(high_hz > low_hz) ||
        !(high_hz <= nyquist))
        return PINNA_BAD_ARG;

    /* Two triangles may share their rounding on a centre: hence + n_mels. */
    pinna_mel_bank *bank =
        calloc(1, sizeof *bank + (n_fft + n_mels) * sizeof(float));
    if (!bank)
        return PINNA_NO_MEMORY;
    bank->n_mels = n_mels;
    bank->bands = calloc(n_mels, sizeof *bank->bands);
    if (!bank->bands) {
        pinna_mel_bank_free(bank);
        return PINNA_NO_MEMORY;
    }

    const double low = pinna_hz_to_mel(low_hz);
    const double high = pinna_hz_to_mel(high_hz);
    if (!fill_bands(bank, n_fft, sample_rate / (double)n_fft, low,
                    (high - low) / (double)(n_mels + 1))) {
        pinna_mel_bank_free(bank);
        return PINNA_BAD_ARG;
    }

    *out = bank;
    return PINNA_OK;
}

void pinna_mel_bank_free(pinna_mel_bank *bank)
{
    if (!bank)
        return;
    free(bank->bands);
    free(bank);
}

/* In four strands, which the compiler can keep in a vector register. */
static float dot(const float *a, const float *b, size_t n)
{
    float sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t s = 0; s < 4; s++)
            sum[s] += a[i + s] * b[i + s];
    for (; i < n; i++)
        sum[0] += a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

void pinna_mel_bank_apply(const pinna_mel_bank *bank, const float *bins,
                          float *bands)
{
    for (size_t b = 0; b < bank->n_mels; b++) {
        const mel_band *band = &bank->bands[b];
        bands[b] = dot(band->weights, bins + band->first, band->count);
    }
}
