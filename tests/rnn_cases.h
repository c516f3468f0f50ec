/* tests/rnn_cases.h -- reference cases, random data and comparisons shared by
 * the tests of rnn/ */
#ifndef PINNA_TESTS_RNN_CASES_H
#define PINNA_TESTS_RNN_CASES_H

#include <stddef.h>
#include <stdint.h>

#include "reference.h"

/* Tolerances of float32 code against the reference cases. */
#define OUTPUT_TOLERANCE   1e-5
#define GRADIENT_TOLERANCE 2e-5

/* The case rnn/NAME.safetensors: the copy in tests/reference/ where there is
 * one, else from the shared folder; NULL when that is absent too. */
reference *rnn_case(const char *name);

/* |got - want| <= tolerance * max(1, max |want|) everywhere. */
#define assert_near(got, want, n, tolerance)                                   \
    rnn_assert_near((got), (want), (n), (tolerance), #got, __FILE__, __LINE__)

void rnn_assert_near(const float *got, const float *want, size_t n,
                     double tolerance, const char *what, const char *file,
                     int line);

/* [n] uniform in +-scale, or zeros; to be freed. */
float *random_floats(size_t n, uint64_t seed, double scale);
float *zeros(size_t n);

/* Central differences of f with respect to x [n], which f reads through
 * context; [n], to be freed. */
float *central_differences(double (*f)(const void *context),
                           const void *context, double *x, size_t n);

/* [n] in double, to be freed. */
double *to_doubles(const float *x, size_t n);

#endif
