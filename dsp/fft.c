#include "dsp/fft.h"

#include "dsp/fft_engine.h"

#include <stdlib.h>

struct pinna_fft {
    const pinna_fft_engine *engine;
    void *plan; /* the engine's */
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

const pinna_fft_engine *pinna_fft_engine_for(size_t n_fft)
{
    return pinna_fft_vec4.takes(n_fft) ? &pinna_fft_vec4 : &pinna_fft_single;
}

pinna_status pinna_fft_new_with(const pinna_fft_engine *engine, size_t n_fft,
                                pinna_fft **out)
{
    *out = NULL;
    if (!pinna_fft_size_ok(n_fft))
        return PINNA_BAD_ARG;
    if (!engine->takes(n_fft))
        return PINNA_UNSUPPORTED;

    pinna_fft *fft = calloc(1, sizeof *fft);
    if (!fft)
        return PINNA_NO_MEMORY;
    fft->engine = engine;
    fft->plan = engine->plan_new(n_fft);
    if (!fft->plan) {
        pinna_fft_free(fft);
        return PINNA_NO_MEMORY;
    }

    *out = fft;
    return PINNA_OK;
}

pinna_status pinna_fft_new(size_t n_fft, pinna_fft **out)
{
    return pinna_fft_new_with(pinna_fft_engine_for(n_fft), n_fft, out);
}

void pinna_fft_free(pinna_fft *fft)
{
    if (!fft)
        return;
    fft->engine->plan_free(fft->plan);
    free(fft);
}

void pinna_fft_forward(pinna_fft *fft, const float *x, float complex *spectrum)
{
    fft->engine->forward(fft->plan, x, spectrum);
}

void pinna_fft_inverse(pinna_fft *fft, const float complex *spectrum, float *x)
{
    fft->engine->inverse(fft->plan, spectrum, x);
}
