/* dsp/fft_kiss.c -- the engine "kissfft", the one door to KissFFT */
#include "dsp/fft_engine.h"

#include <kiss_fftr.h>

#include <stdlib.h>

typedef struct kiss_plan {
    size_t n_fft;
    float scale; /* 1/n_fft */
    /* Both NULL for n_fft = 2, where KissFFT would allocate in every call. */
    kiss_fftr_cfg forward, inverse;
} kiss_plan;

/* It allocates in every call when a factor of the size is above 5, but such a
 * size is not ok. */
static bool takes(size_t n_fft)
{
    (void)n_fft;
    return true;
}

static void plan_free(void *any)
{
    kiss_plan *plan = any;

    if (!plan)
        return;
    kiss_fftr_free(plan->forward);
    kiss_fftr_free(plan->inverse);
    free(plan);
}

static void *plan_new(size_t n_fft)
{
    kiss_plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return NULL;

    plan->n_fft = n_fft;
    plan->scale = 1.0f / (float)n_fft;
    if (n_fft > 2) {
        plan->forward = kiss_fftr_alloc((int)n_fft, 0, NULL, NULL);
        plan->inverse = kiss_fftr_alloc((int)n_fft, 1, NULL, NULL);
        if (!plan->forward || !plan->inverse) {
            plan_free(plan);
            return NULL;
        }
    }
    return plan;
}

static void forward(void *any, const float *x, float complex *spectrum)
{
    kiss_plan *plan = any;

    if (plan->n_fft == 2) {
        spectrum[0] = x[0] + x[1];
        spectrum[1] = x[0] - x[1];
        return;
    }
    kiss_fftr(plan->forward, x, (kiss_fft_cpx *)spectrum);
}

static void inverse(void *any, const float complex *spectrum, float *x)
{
    kiss_plan *plan = any;

    if (plan->n_fft == 2) {
        x[0] = 0.5f * (crealf(spectrum[0]) + crealf(spectrum[1]));
        x[1] = 0.5f * (crealf(spectrum[0]) - crealf(spectrum[1]));
        return;
    }
    kiss_fftri(plan->inverse, (const kiss_fft_cpx *)spectrum, x);
    for (size_t n = 0; n < plan->n_fft; n++)
        x[n] *= plan->scale;
}

const pinna_fft_engine pinna_fft_kiss = {
    .name = "kissfft",
    .takes = takes,
    .plan_new = plan_new,
    .plan_free = plan_free,
    .forward = forward,
    .inverse = inverse,
};
