#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "dsp/fft.h"
#include "reference.h"

static bool has_small_factors(size_t n)
{
    for (size_t p = 2; p <= n; p++)
        for (; n % p == 0; n /= p)
            if (p > 5)
                return false;
    return true;
}

static void test_size_ok(void **state)
{
    (void)state;
    for (size_t n = 0; n < 3000; n++) {
        const bool want = n >= 2 && n % 2 == 0 && has_small_factors(n);
        assert_int_equal(pinna_fft_size_ok(n), want);
    }
    assert_true(pinna_fft_size_ok(PINNA_FFT_MAX));
    assert_false(pinna_fft_size_ok(2 * PINNA_FFT_MAX));
    assert_false(pinna_fft_size_ok(SIZE_MAX));
}

static void test_nearest_size(void **state)
{
    (void)state;
    for (size_t n = 0; n < 2000; n++) {
        size_t want = 0, best = SIZE_MAX;
        for (size_t size = 2; size < 4000; size += 2) {
            const size_t distance = size > n ? size - n : n - size;
            if (has_small_factors(size) && distance <= best) {
                best = distance;
                want = size; /* the larger of two comes later */
            }
        }
        assert_int_equal(pinna_fft_nearest_size(n), want);
    }
    assert_int_equal(pinna_fft_nearest_size(PINNA_FFT_MAX), PINNA_FFT_MAX);
    assert_int_equal(pinna_fft_nearest_size(SIZE_MAX), PINNA_FFT_MAX);
}

/* X[k] = sum_n x[n] exp(-2i pi k n / N), in double. */
static void naive_dft(const float *x, size_t n_fft, double complex *spectrum)
{
    for (size_t k = 0; k <= n_fft / 2; k++) {
        spectrum[k] = 0.0;
        for (size_t n = 0; n < n_fft; n++) {
            const double turns = (double)(k * n % n_fft) / (double)n_fft;
            spectrum[k] += (double)x[n] * cexp(-2.0 * PINNA_PI * I * turns);
        }
    }
}

static void check_against_naive(size_t n_fft)
{
    pinna_fft *fft;
    assert_int_equal(pinna_fft_new(n_fft, &fft), PINNA_OK);
    float *x = malloc(n_fft * sizeof *x);
    float *back = malloc(n_fft * sizeof *back);
    float complex *got = malloc((n_fft / 2 + 1) * sizeof *got);
    double complex *want = malloc((n_fft / 2 + 1) * sizeof *want);
    support_signal(x, n_fft, 16000.0);
    naive_dft(x, n_fft, want);

    support_count_allocations();
    pinna_fft_forward(fft, x, got);
    pinna_fft_inverse(fft, got, back);
    assert_int_equal(support_allocations(), 0);

    const double tolerance = 1e-6 * sqrt((double)n_fft) * log2((double)n_fft);
    for (size_t k = 0; k <= n_fft / 2; k++) {
        assert_close(crealf(got[k]), creal(want[k]), tolerance);
        assert_close(cimagf(got[k]), cimag(want[k]), tolerance);
    }
    assert_all_close(back, x, n_fft, 2e-6, 0.0);

    free(want);
    free(got);
    free(back);
    free(x);
    pinna_fft_free(fft);
}

static void test_equals_naive_dft(void **state)
{
    (void)state;
    for (size_t n_fft = 2; n_fft <= 200; n_fft += 2)
        if (pinna_fft_size_ok(n_fft))
            check_against_naive(n_fft);
    static const size_t sizes[] = {320, 400, 480, 512, 864, 960, 1024, 1250};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        check_against_naive(sizes[i]);
}

static void test_no_size_allocates_when_used(void **state)
{
    (void)state;
    float *x = calloc(PINNA_FFT_MAX, sizeof *x);
    float complex *spectrum = calloc(PINNA_FFT_MAX / 2 + 1, sizeof *spectrum);
    for (size_t n_fft = 2; n_fft <= PINNA_FFT_MAX; n_fft += 2) {
        if (!pinna_fft_size_ok(n_fft))
            continue;
        pinna_fft *fft;
        assert_int_equal(pinna_fft_new(n_fft, &fft), PINNA_OK);
        support_count_allocations();
        pinna_fft_forward(fft, x, spectrum);
        pinna_fft_inverse(fft, spectrum, x);
        assert_int_equal(support_allocations(), 0);
        pinna_fft_free(fft);
    }
    free(spectrum);
    free(x);
}

static void test_inverse_ignores_edge_phases(void **state)
{
    (void)state;
    static const size_t sizes[] = {2, 4, 30, 64};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const size_t n_fft = sizes[i];
        pinna_fft *fft;
        assert_int_equal(pinna_fft_new(n_fft, &fft), PINNA_OK);
        float x[64], got[64];
        float complex spectrum[33];
        support_signal(x, n_fft, 16000.0);
        pinna_fft_forward(fft, x, spectrum);
        assert_true(cimagf(spectrum[0]) == 0.0f);
        assert_true(cimagf(spectrum[n_fft / 2]) == 0.0f);
        spectrum[0] += 3.0f * (float complex)I;
        spectrum[n_fft / 2] -= 5.0f * (float complex)I;
        pinna_fft_inverse(fft, spectrum, got);
        assert_all_close(got, x, n_fft, 1e-6, 0.0);
        pinna_fft_free(fft);
    }
}

static void test_silence_and_impulse(void **state)
{
    (void)state;
    enum { N = 48 };
    pinna_fft *fft;
    assert_int_equal(pinna_fft_new(N, &fft), PINNA_OK);
    float x[N] = {0.0f};
    float complex spectrum[N / 2 + 1];
    pinna_fft_forward(fft, x, spectrum);
    for (size_t k = 0; k <= N / 2; k++)
        assert_true(spectrum[k] == 0.0f);

    x[0] = 1.0f;
    pinna_fft_forward(fft, x, spectrum);
    for (size_t k = 0; k <= N / 2; k++) {
        assert_close(crealf(spectrum[k]), 1.0, 1e-6);
        assert_close(cimagf(spectrum[k]), 0.0, 1e-6);
    }
    pinna_fft_free(fft);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    static const size_t bad[] = {0, 1, 3, 7, 14, 22, 131072, SIZE_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pinna_fft *fft = (pinna_fft *)&fft;
        assert_int_equal(pinna_fft_new(bad[i], &fft), PINNA_BAD_ARG);
        assert_null(fft);
    }
    pinna_fft_free(NULL);
}

static pinna_status make(void)
{
    pinna_fft *fft;
    const pinna_status status = pinna_fft_new(512, &fft);
    assert_true(status == PINNA_OK || !fft);
    pinna_fft_free(fft);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

static void test_equals_reference(void **state)
{
    (void)state;
    reference *file = reference_open(support_fixture("dsp.safetensors"));
    static const size_t sizes[] = {8, 320, 400, 480, 512, 960, 1024};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const size_t n_fft = sizes[i];
        char name[4][32];
        snprintf(name[0], sizeof name[0], "rfft_%zu", n_fft);
        snprintf(name[1], sizeof name[1], "rfft_%zu.x", n_fft);
        snprintf(name[2], sizeof name[2], "rfft_%zu.re", n_fft);
        snprintf(name[3], sizeof name[3], "rfft_%zu.im", n_fft);
        const float *x = reference_floats(file, name[1], n_fft);
        const float *re = reference_floats(file, name[2], n_fft / 2 + 1);
        const float *im = reference_floats(file, name[3], n_fft / 2 + 1);
        const double atol = reference_number(file, name[0], "atol", 0.0);

        pinna_fft *fft;
        float complex spectrum[513];
        assert_int_equal(pinna_fft_new(n_fft, &fft), PINNA_OK);
        pinna_fft_forward(fft, x, spectrum);
        for (size_t k = 0; k <= n_fft / 2; k++) {
            assert_close(crealf(spectrum[k]), re[k], atol);
            assert_close(cimagf(spectrum[k]), im[k], atol);
        }
        pinna_fft_free(fft);
    }
    reference_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size_ok),
        cmocka_unit_test(test_nearest_size),
        cmocka_unit_test(test_equals_naive_dft),
        cmocka_unit_test(test_no_size_allocates_when_used),
        cmocka_unit_test(test_inverse_ignores_edge_phases),
        cmocka_unit_test(test_silence_and_impulse),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
        cmocka_unit_test(test_equals_reference),
    };
    return cmocka_run_group_tests_name("fft", tests, NULL, NULL);
}
