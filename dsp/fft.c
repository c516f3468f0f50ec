#include "dsp/fft.h"

#include <kiss_fftr.h>

#include <stdlib.h>

struct pinna_fft {
    size_t n_fft;
    float scale; /* 1/n_fft */
    /* Both NULL for n_fft = 2, where KissFFT would allocate in every call. */
    kiss_fftr_cfg forward, inverse;
};

bool pinna_fft_size_ok(size_t n)
{
    if (n < 2 || n > PINNA_FFT_MAX || n % 2 != 0)
        return false;
    while (n % 2 == 0)
        n /= 2;
    while (n % 3 == 0)
        n /= 3;
    while (n % 5 == 0)
        n /= 5;
    return n == 1;
}

size_t pinna_fft_nearest_size(size_t n)
{
    if (n >= PINNA_FFT_MAX)
        return PINNA_FFT_MAX;
    size_t distance = 0;
    while (!pinna_fft_size_ok(n + distance)) {
        if (distance <= n && pinna_fft_size_ok(n - distance))
            return n - distance;
        distance++;
    }
    return n + distance;
}

pinna_status pinna_fft_new(size_t n_fft, pinna_fft **out)
{
    *out = NULL;
    if (!pinna_fft_size_ok(n_fft))
        return PINNA_BAD_ARG;

    pinna_fft *fft = calloc(1, sizeof *fft);
    if (!fft)
        return PINNA_NO_MEMORY;

    fft->n_fft = n_fft;
    fft->scale = 1.0f / (float)n_fft;
    if (n_fft > 2) {
        fft->forward = kiss_fftr_alloc((int)n_fft, 0, NULL, NULL);
        fft->inverse = kiss_fftr_alloc((int)n_fft, 1, NULL, NULL);
        if (!fft->forward || !fft->inverse) {
            pinna_fft_free(fft);
            return PINNA_NO_MEMORY;
        }
    }

    *out = fft;
    return PINNA_OK;
}

void pinna_fft_free(pinna_fft *fft)
{
    if (!fft)
        return;
    kiss_fftr_free(fft->forward);
    kiss_fftr_free(fft->inverse);
    free(fft);
}

void pinna_fft_forward(pinna_fft *fft, const float *x, float complex *spectrum)
{
    if (fft->n_fft == 2) {
        spectrum[0] = x[0] + x[1];
        spectrum[1] = x[0] - x[1];
        return;
    }
    kiss_fftr(fft->forward, x, (kiss_fft_cpx *)spectrum);
}

void pinna_fft_inverse(pinna_fft *fft, const float complex *spectrum, float *x)
{
    if (fft->n_fft == 2) {
        x[0] = 0.5f * (crealf(spectrum[0]) + crealf(spectrum[1]));
        x[1] = 0.5f * (crealf(spectrum[0]) - crealf(spectrum[1]));
        return;
    }
    kiss_fftri(fft->inverse, (const kiss_fft_cpx *)spectrum, x);
    for (size_t n = 0; n < fft->n_fft; n++)
        x[n] *= fft->scale;
}
