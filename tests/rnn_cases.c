#include "rnn_cases.h"

#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dsp/rng.h"

reference *rnn_case(const char *name)
{
    char file[128];
    snprintf(file, sizeof file, "rnn/%s.safetensors", name);

    const char *path = support_fixture(file);
    if (access(path, R_OK) != 0)
        path = support_reference(file);
    return path ? reference_open(path) : NULL;
}

void rnn_assert_near(const float *got, const float *want, size_t n,
                     double tolerance, const char *what, const char *file,
                     int line)
{
    double largest = 1;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)want[i]));
    support_assert_all_close(got, want, n, tolerance * largest, 0, what, file,
                             line);
}

float *random_floats(size_t n, uint64_t seed, double scale)
{
    pinna_rng rng;
    pinna_rng_seed(&rng, seed, 0);

    float *x = zeros(n);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)pinna_rng_uniform(&rng, -scale, scale);
    return x;
}

float *zeros(size_t n)
{
    float *x = calloc(n + 1, sizeof(float));
    assert_non_null(x);
    return x;
}

float *central_differences(double (*f)(const void *context),
                           const void *context, double *x, size_t n)
{
    /* Balances the cube of the step against the rounding of double. */
    const double step = 1e-5;
    float *gradient = zeros(n);

    for (size_t i = 0; i < n; i++) {
        const double kept = x[i];
        x[i] = kept + step;
        const double above = f(context);
        x[i] = kept - step;
        const double below = f(context);
        x[i] = kept;
        gradient[i] = (float)((above - below) / (2 * step));
    }
    return gradient;
}

double *to_doubles(const float *x, size_t n)
{
    double *y = calloc(n + 1, sizeof(double));
    assert_non_null(y);
    for (size_t i = 0; i < n; i++)
        y[i] = (double)x[i];
    return y;
}
