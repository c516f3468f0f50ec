/* dsp/fft_single.c -- the engine "single": real transforms of every size, one
 * number at a time
 *
 * For the sizes that "vec4" does not take, in plugins; nothing but our own
 * code, so that they find no other library's functions under the names they
 * call. As in dsp/fft_vec4.c the signal is a complex one of half as many
 * points,
 *
 *   z[j] = x[2j] + i x[2j+1],  j = 0 .. m-1,  m = n_fft/2;
 *
 * its transform goes through the first lane of dsp/fft_lanes.h, the others
 * being zero, and splits into the spectrum: with W = exp(-2i pi k / n_fft)
 *
 *   E = (Z[k] + conj Z[m-k]) / 2,  O = (Z[k] - conj Z[m-k]) / 2i
 *   X[k] = E + W O.
 *
 * The inverse goes back the same way; swapping real and imaginary parts before
 * and after makes a forward transform an inverse one. */
#include "dsp/fft_engine.h"
#include "dsp/fft_lanes.h"
#include "dsp/vec4.h"

#include <math.h>
#include <stdlib.h>

typedef struct single_plan {
    size_t n_complex; /* m */
    float scale;      /* 1/n_fft */
    pinna_fft_lanes lanes;
    const float complex *split_turns; /* [m] W */
    pinna_vec4 *work[2];              /* [re, im][m] */
    pinna_vec4 block[];               /* backs the arrays above */
} single_plan;

static bool takes(size_t n_fft)
{
    (void)n_fft;
    return true;
}

static void *plan_new(size_t n_fft)
{
    const size_t m = n_fft / 2;
    const size_t n_split = (m + 1) / 2; /* two complex numbers in a vector */
    const size_t n_turns = pinna_fft_lanes_n_turns(m);
    single_plan *plan = calloc(1, sizeof *plan + (4 * m + n_turns + n_split) *
                                                     sizeof(pinna_vec4));
    if (!plan)
        return NULL;

    plan->n_complex = m;
    plan->scale = 1.0f / (float)n_fft;
    plan->work[0] = plan->block;
    plan->work[1] = plan->work[0] + 2 * m;
    pinna_vec4 *turns = plan->work[1] + 2 * m;
    pinna_fft_lanes_init(&plan->lanes, m, turns);

    float complex *split_turns = (float complex *)(turns + n_turns);
    plan->split_turns = split_turns;
    for (size_t k = 0; k < m; k++) {
        const double angle = 2.0 * PINNA_PI * (double)k / (double)n_fft;
        split_turns[k] =
            (float)cos(angle) - (float)sin(angle) * (float complex)I;
    }
    return plan;
}

static void put(pinna_vec4 *z, size_t m, size_t j, float re, float im)
{
    z[j] = (pinna_vec4){re};
    z[j + m] = (pinna_vec4){im};
}

static float complex get(const pinna_vec4 *z, size_t m, size_t k)
{
    return z[k][0] + z[k + m][0] * (float complex)I;
}

/* a b, written out: C's product looks for infinities. */
static float complex multiply(float complex a, float complex b)
{
    return crealf(a) * crealf(b) - cimagf(a) * cimagf(b) +
           (crealf(a) * cimagf(b) + cimagf(a) * crealf(b)) * (float complex)I;
}

static const pinna_vec4 *transform(const single_plan *plan)
{
    return pinna_fft_lanes_process(&plan->lanes, plan->work[0], plan->work[1]);
}

static void forward(void *any, const float *x, float complex *spectrum)
{
    single_plan *plan = any;
    const size_t m = plan->n_complex;

    for (size_t j = 0; j < m; j++)
        put(plan->work[0], m, j, x[2 * j], x[2 * j + 1]);
    const pinna_vec4 *z = transform(plan);

    for (size_t k = 1; k < m; k++) {
        const float complex here = get(z, m, k);
        const float complex there = conjf(get(z, m, m - k));
        /* W O but for the factor -i */
        const float complex odd =
            0.5f * multiply(plan->split_turns[k], here - there);
        spectrum[k] = 0.5f * (here + there) + cimagf(odd) -
                      crealf(odd) * (float complex)I;
    }
    spectrum[0] = z[0][0] + z[m][0];
    spectrum[m] = z[0][0] - z[m][0];
}

static void inverse(void *any, const float complex *spectrum, float *x)
{
    single_plan *plan = any;
    const size_t m = plan->n_complex;
    pinna_vec4 *z = plan->work[0];

    /* 2 Z, real and imaginary parts swapped */
    for (size_t k = 1; k < m; k++) {
        const float complex here = spectrum[k];
        const float complex there = conjf(spectrum[m - k]);
        const float complex even = here + there;
        const float complex odd =
            multiply(conjf(plan->split_turns[k]), here - there);
        put(z, m, k, cimagf(even) + crealf(odd), crealf(even) - cimagf(odd));
    }
    const float first = crealf(spectrum[0]), last = crealf(spectrum[m]);
    put(z, m, 0, first - last, first + last);

    const pinna_vec4 *back = transform(plan);
    for (size_t j = 0; j < m; j++) {
        x[2 * j] = plan->scale * back[j + m][0];
        x[2 * j + 1] = plan->scale * back[j][0];
    }
}

const pinna_fft_engine pinna_fft_single = {
    .name = "single",
    .takes = takes,
    .plan_new = plan_new,
    .plan_free = free,
    .forward = forward,
    .inverse = inverse,
};
