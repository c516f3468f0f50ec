#include "support.h"

#include "datasets/noise_maker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void check_noise(uint64_t seed, double sample_rate, size_t n)
{
    float *out = malloc((n + 1) * sizeof *out);
    assert_non_null(out);
    out[n] = 123;

    pinna_rng rng;
    pinna_rng_seed(&rng, seed, 0);
    assert_int_equal(pinna_noise_make(&rng, sample_rate, out, n), PINNA_OK);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(isfinite(out[i]));
        sum += (double)out[i] * (double)out[i];
    }
    assert_close(sqrt(sum / (double)n), 0.1, 1e-4);
    assert_true(out[n] == 123.0f);
    free(out);
}

static void test_finite_and_of_given_level(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        check_noise(seed, 16000, 16000);
        check_noise(seed, 48000, 24000);
        check_noise(seed, 8000, 4000);
        check_noise(seed, 1000, 1000);
        check_noise(seed, 192000, 4000);
    }
}

static void test_short_stretches(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++)
        for (size_t n = 1; n <= 64; n *= 4)
            check_noise(seed, 16000, n);

    pinna_rng rng;
    pinna_rng_seed(&rng, 1, 0);
    assert_int_equal(pinna_noise_make(&rng, 16000, NULL, 0), PINNA_OK);
}

static void test_same_seed_same_noise(void **state)
{
    (void)state;
    float a[4000], b[4000];
    for (uint64_t seed = 0; seed < 50; seed++) {
        pinna_rng rng;
        pinna_rng_seed(&rng, seed, 0);
        assert_int_equal(pinna_noise_make(&rng, 16000, a, 4000), PINNA_OK);
        pinna_rng_seed(&rng, seed, 0);
        assert_int_equal(pinna_noise_make(&rng, 16000, b, 4000), PINNA_OK);
        assert_memory_equal(a, b, sizeof a);
        pinna_rng_seed(&rng, seed, 1);
        assert_int_equal(pinna_noise_make(&rng, 16000, b, 4000), PINNA_OK);
        assert_memory_not_equal(a, b, sizeof a);
    }
}

/* Two crude measures that differ between kinds of noise: the share of energy
 * above half the Nyquist frequency (by the difference of neighbours), and the
 * crest factor. Both must spread widely. */
static void test_noises_vary(void **state)
{
    (void)state;
    const size_t n = 32000;
    size_t n_dark = 0, n_bright = 0, n_steady = 0, n_peaky = 0;
    float *out = malloc(n * sizeof *out);
    assert_non_null(out);

    for (uint64_t seed = 0; seed < 100; seed++) {
        pinna_rng rng;
        pinna_rng_seed(&rng, seed, 0);
        assert_int_equal(pinna_noise_make(&rng, 16000, out, n), PINNA_OK);
        double steps = 0, peak = 0;
        for (size_t i = 1; i < n; i++) {
            const double step = (double)out[i] - (double)out[i - 1];
            steps += step * step;
            peak = fmax(peak, fabs((double)out[i]));
        }
        /* White noise has twice its energy in the steps. */
        const double brightness = steps / (0.01 * (double)n);
        n_dark += brightness < 0.05;
        n_bright += brightness > 0.7;
        n_steady += peak < 0.6;
        n_peaky += peak > 1.2;
    }
    free(out);
    assert_in_range(n_dark, 10, 90);
    assert_in_range(n_bright, 10, 90);
    assert_in_range(n_steady, 10, 90);
    assert_in_range(n_peaky, 10, 90);
}

static void test_bad_rates(void **state)
{
    (void)state;
    float out[1];
    pinna_rng rng;
    pinna_rng_seed(&rng, 1, 0);
    const double bad[] = {0, -1, 999, 1e9, (double)NAN};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(pinna_noise_make(&rng, bad[i], out, 1), PINNA_BAD_ARG);
}

static pinna_status make(void)
{
    float out[100];
    pinna_rng rng;
    pinna_rng_seed(&rng, 1, 0);
    return pinna_noise_make(&rng, 16000, out, 100);
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finite_and_of_given_level),
        cmocka_unit_test(test_short_stretches),
        cmocka_unit_test(test_same_seed_same_noise),
        cmocka_unit_test(test_noises_vary),
        cmocka_unit_test(test_bad_rates),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("noise_maker", tests, NULL, NULL);
}
