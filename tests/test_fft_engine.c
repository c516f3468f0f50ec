#include "support.h"

#include <complex.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/fft_engine.h"
#include "dsp/rng.h"

enum { MOST = 4096 };

static const pinna_fft_engine *const engines[] = {
    &pinna_fft_kiss, &pinna_fft_single, &pinna_fft_vec4};
enum { N_ENGINES = 3 };

/* Sizes of every kind of last block and of every radix; the tests take all of
 * them to the definition. */
static const size_t sizes[] = {32,   40,  48,  64,  72,  80,  96,   120,
                               200,  320, 360, 400, 480, 512, 1000, 960,
                               1024, 2,   4,   6,   30,  450, 900,  1250};
enum { N_SIZES = sizeof sizes / sizeof sizes[0] };

static void random_signal(float *x, size_t n)
{
    pinna_rng rng;

    pinna_rng_seed(&rng, 2, n);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)pinna_rng_normal(&rng);
}

/* One that belongs to no transform's edge rules: bins 0 and n/2 have phases. */
static void random_spectrum(float complex *spectrum, size_t n_bins)
{
    pinna_rng rng;

    pinna_rng_seed(&rng, 3, n_bins);
    for (size_t k = 0; k < n_bins; k++) {
        const float re = (float)pinna_rng_normal(&rng);
        spectrum[k] = re + (float)pinna_rng_normal(&rng) * (float complex)I;
    }
}

/* All engines are off by 0.24 to 0.43 of what floats of a transform of n
 * points may be: roundings in log2 n steps that add up like random ones. */
#define MOST_ERROR      0.6
#define MOST_DIFFERENCE 0.85 /* sqrt(2) times that */

/* Root mean square error of x as a part of its own root mean square, in float
 * roundings times sqrt(log2 n_fft). */
static double relative_error(const float *x, const double *want, size_t n,
                             size_t n_fft)
{
    double error = 0.0, power = 0.0;

    for (size_t i = 0; i < n; i++) {
        assert_true(isfinite(x[i]));
        error += ((double)x[i] - want[i]) * ((double)x[i] - want[i]);
        power += want[i] * want[i];
    }
    return sqrt(error / power) /
           ((double)FLT_EPSILON * sqrt(log2((double)n_fft)));
}

static void test_choice(void **state)
{
    (void)state;
    for (size_t n = 2; n <= MOST; n += 2) {
        const bool wide = n % 8 == 0 && n >= 32;
        assert_int_equal(pinna_fft_vec4.takes(n), wide);
        assert_true(pinna_fft_kiss.takes(n));
        assert_true(pinna_fft_single.takes(n));
        assert_ptr_equal(pinna_fft_engine_for(n),
                         wide ? &pinna_fft_vec4 : &pinna_fft_single);
    }
    pinna_fft *fft = (pinna_fft *)&fft;
    assert_int_equal(pinna_fft_new_with(&pinna_fft_vec4, 12, &fft),
                     PINNA_UNSUPPORTED);
    assert_null(fft);
    assert_int_equal(pinna_fft_new_with(&pinna_fft_vec4, 56, &fft),
                     PINNA_BAD_ARG);
}

static void check_forward(const pinna_fft_engine *engine, size_t n)
{
    float x[MOST];
    float complex got[MOST / 2 + 1];
    double want[MOST + 2];
    pinna_fft *fft;

    random_signal(x, n);
    for (size_t k = 0; k <= n / 2; k++) {
        double complex sum = 0.0;
        for (size_t j = 0; j < n; j++) {
            const double turns = (double)(k * j % n) / (double)n;
            sum += (double)x[j] * cexp(-2.0 * PINNA_PI * I * turns);
        }
        want[2 * k] = creal(sum);
        want[2 * k + 1] = cimag(sum);
    }
    assert_int_equal(pinna_fft_new_with(engine, n, &fft), PINNA_OK);
    pinna_fft_forward(fft, x, got);
    const double error = relative_error((const float *)got, want, n + 2, n);
    assert_true(error < MOST_ERROR);
    pinna_fft_free(fft);
}

/* x[j] = (X[0] + (-1)^j X[n/2] + 2 Re sum_k X[k] exp(2i pi k j / n)) / n */
static void check_inverse(const pinna_fft_engine *engine, size_t n)
{
    float got[MOST];
    float complex spectrum[MOST / 2 + 1];
    double want[MOST];
    pinna_fft *fft;

    random_spectrum(spectrum, n / 2 + 1);
    for (size_t j = 0; j < n; j++) {
        double sum = (double)crealf(spectrum[0]) +
                     (j % 2 ? -1.0 : 1.0) * (double)crealf(spectrum[n / 2]);
        for (size_t k = 1; k < n / 2; k++) {
            const double turns = (double)(k * j % n) / (double)n;
            sum += 2.0 * creal((double complex)spectrum[k] *
                               cexp(2.0 * PINNA_PI * I * turns));
        }
        want[j] = sum / (double)n;
    }
    assert_int_equal(pinna_fft_new_with(engine, n, &fft), PINNA_OK);
    pinna_fft_inverse(fft, spectrum, got);
    assert_true(relative_error(got, want, n, n) < MOST_ERROR);
    pinna_fft_free(fft);
}

static void test_all_equal_the_definition(void **state)
{
    (void)state;
    for (size_t e = 0; e < N_ENGINES; e++)
        for (size_t i = 0; i < N_SIZES; i++) {
            if (!engines[e]->takes(sizes[i]))
                continue;
            check_forward(engines[e], sizes[i]);
            check_inverse(engines[e], sizes[i]);
        }
}

static void check_difference(const float *got, const float *reference, size_t n,
                             size_t n_fft)
{
    static double want[MOST + 2];

    for (size_t i = 0; i < n; i++)
        want[i] = (double)reference[i];
    assert_true(relative_error(got, want, n, n_fft) < MOST_DIFFERENCE);
}

/* Every size up to MOST, forward and inverse, against KissFFT. */
static void test_equal_each_other(void **state)
{
    (void)state;
    static float x[MOST], got_x[MOST], kiss_x[MOST];
    static float complex spectrum[MOST / 2 + 1];
    static float complex got[MOST / 2 + 1], kiss[MOST / 2 + 1];

    for (size_t n = 2; n <= MOST; n += 2) {
        if (!pinna_fft_size_ok(n))
            continue;
        random_signal(x, n);
        random_spectrum(spectrum, n / 2 + 1);
        for (size_t e = 0; e < N_ENGINES; e++) {
            pinna_fft *fft;
            if (!engines[e]->takes(n))
                continue;
            assert_int_equal(pinna_fft_new_with(engines[e], n, &fft), PINNA_OK);
            support_count_allocations();
            pinna_fft_forward(fft, x, e == 0 ? kiss : got);
            pinna_fft_inverse(fft, spectrum, e == 0 ? kiss_x : got_x);
            assert_int_equal(support_allocations(), 0);
            pinna_fft_free(fft);
            if (e == 0)
                continue;
            assert_true(cimagf(got[0]) == 0.0f);
            assert_true(cimagf(got[n / 2]) == 0.0f);
            check_difference((const float *)got, (const float *)kiss, n + 2, n);
            check_difference(got_x, kiss_x, n, n);
        }
    }
}

/* What is the same on a second object, from and to any address, after other
 * work, and to the bit. */
static void check_addresses(const pinna_fft_engine *engine)
{
    for (size_t i = 0; i < N_SIZES; i++) {
        if (!engine->takes(sizes[i]))
            continue;
        const size_t n = sizes[i], n_bins = n / 2 + 1;
        float x[MOST + 3], back[2][MOST + 3];
        float complex got[2][MOST / 2 + 4];
        pinna_fft *fft[2];

        for (size_t f = 0; f < 2; f++)
            assert_int_equal(pinna_fft_new_with(engine, n, &fft[f]), PINNA_OK);
        random_signal(x, n);
        pinna_fft_forward(fft[0], x, got[0]);
        pinna_fft_inverse(fft[0], got[0], back[0]);
        for (size_t offset = 0; offset < 4; offset++) {
            memmove(x + offset, x + (offset > 0 ? offset - 1 : 0),
                    n * sizeof *x);
            pinna_fft_forward(fft[1], x + offset, got[1] + offset);
            assert_memory_equal(got[1] + offset, got[0], n_bins * sizeof **got);
            pinna_fft_inverse(fft[1], got[1] + offset, back[1] + offset);
            assert_memory_equal(back[1] + offset, back[0], n * sizeof **back);
        }
        pinna_fft_free(fft[0]);
        pinna_fft_free(fft[1]);
    }
}

static void test_same_bits_at_any_address(void **state)
{
    (void)state;
    check_addresses(&pinna_fft_single);
    check_addresses(&pinna_fft_vec4);
}

/* Nothing is read or written beside the arrays: their neighbours are as they
 * were, also where blocks of four overlap. */
static void check_arrays(const pinna_fft_engine *engine)
{
    for (size_t i = 0; i < N_SIZES; i++) {
        if (!engine->takes(sizes[i]))
            continue;
        const size_t n = sizes[i], n_bins = n / 2 + 1;
        float *x = malloc(n * sizeof *x);
        float *back = malloc((n + 1) * sizeof *back);
        float complex *got = malloc((n_bins + 1) * sizeof *got);
        pinna_fft *fft;

        assert_int_equal(pinna_fft_new_with(engine, n, &fft), PINNA_OK);
        random_signal(x, n);
        back[n] = 7.0f;
        got[n_bins] = 7.0f;
        pinna_fft_forward(fft, x, got);
        pinna_fft_inverse(fft, got, back);
        assert_true(back[n] == 7.0f && got[n_bins] == 7.0f);
        pinna_fft_free(fft);
        free(got);
        free(back);
        free(x);
    }
}

static void test_keeps_to_its_arrays(void **state)
{
    (void)state;
    check_arrays(&pinna_fft_single);
    check_arrays(&pinna_fft_vec4);
}

static pinna_status make(const pinna_fft_engine *engine)
{
    pinna_fft *fft;
    const pinna_status status = pinna_fft_new_with(engine, 480, &fft);

    assert_true(status == PINNA_OK || !fft);
    pinna_fft_free(fft);
    return status;
}

static pinna_status make_vec4(void)
{
    return make(&pinna_fft_vec4);
}

static pinna_status make_single(void)
{
    return make(&pinna_fft_single);
}

static pinna_status make_kiss(void)
{
    return make(&pinna_fft_kiss);
}

static void test_survive_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make_vec4);
    support_survives_no_memory(make_single);
    support_survives_no_memory(make_kiss);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_all_equal_the_definition),
        cmocka_unit_test(test_equal_each_other),
        cmocka_unit_test(test_same_bits_at_any_address),
        cmocka_unit_test(test_keeps_to_its_arrays),
        cmocka_unit_test(test_survive_no_memory),
    };
    return cmocka_run_group_tests_name("fft_engine", tests, NULL, NULL);
}
