/* The floor against a plain minimum over the window, and its promises. */
#include "dsp/noise_floor.h"

#include "dsp/rng.h"
#include "support.h"

#include <math.h>

enum { N_BANDS = 3, PER_SECOND = 100 };

static pinna_noise_floor *open(void)
{
    pinna_noise_floor *floor;

    assert_int_equal(pinna_noise_floor_new(N_BANDS, 0.01, &floor), PINNA_OK);
    return floor;
}

/* Run for n frames of one power; the last estimate of band 0. */
static double hold(pinna_noise_floor *floor, double power, size_t n)
{
    const double powers[N_BANDS] = {power, 2 * power, 3 * power};
    double noise[N_BANDS] = {0};

    for (size_t t = 0; t < n; t++)
        pinna_noise_floor_process(floor, powers, noise);
    assert_close(noise[2] / noise[0], 3, 1e-9);
    return noise[0];
}

static void test_falls_at_once_and_rises_after_two_seconds(void **state)
{
    (void)state;
    pinna_noise_floor *floor = open();
    const double unit = hold(floor, 1, 1); /* with the bias */

    assert_in_range((int)(10 * unit), 10, 20);
    assert_close(hold(floor, 1, PER_SECOND), unit, 1e-12);
    /* Speech over it. */
    assert_close(hold(floor, 1000, 3 * PER_SECOND / 2), unit, 1e-12);
    /* It stays, so that it is noise. */
    assert_close(hold(floor, 1000, 2 * PER_SECOND), 1000 * unit, 0.2 * unit);
    assert_close(hold(floor, 1, PER_SECOND), unit, 1e-3);
    pinna_noise_floor_free(floor);
}

/* The mean of random powers, as those of noise are, within 3 dB. */
static void test_noise_is_measured(void **state)
{
    (void)state;
    pinna_noise_floor *floor = open();
    double power[N_BANDS], noise[N_BANDS];
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, 0);
    for (size_t t = 0; t < 10 * PER_SECOND; t++) {
        for (size_t b = 0; b < N_BANDS; b++) {
            /* Of 8 degrees of freedom, as a band of 4 bins has. */
            power[b] = 0;
            for (size_t i = 0; i < 4; i++)
                power[b] -= log(1 - pinna_rng_uniform(&rng, 0, 1)) / 4;
        }
        pinna_noise_floor_process(floor, power, noise);
        if (t > PER_SECOND)
            for (size_t b = 0; b < N_BANDS; b++)
                assert_close(10 * log10(noise[b]), 0, 3);
    }
    pinna_noise_floor_free(floor);
}

static void test_reset_equals_new(void **state)
{
    (void)state;
    pinna_noise_floor *floor = open();
    const double first = hold(floor, 7, 10);

    hold(floor, 0.01, 500);
    support_count_allocations();
    pinna_noise_floor_reset(floor);
    assert_close(hold(floor, 7, 10), first, 0);
    assert_int_equal(support_allocations(), 0);
    pinna_noise_floor_free(floor);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    pinna_noise_floor *floor = (pinna_noise_floor *)&floor;

    assert_int_equal(pinna_noise_floor_new(0, 0.01, &floor), PINNA_BAD_ARG);
    assert_null(floor);
    assert_int_equal(pinna_noise_floor_new(1, 0, &floor), PINNA_BAD_ARG);
    assert_int_equal(pinna_noise_floor_new(1, NAN, &floor), PINNA_BAD_ARG);
    assert_int_equal(pinna_noise_floor_new(SIZE_MAX, 1, &floor), PINNA_BAD_ARG);
    pinna_noise_floor_free(NULL);
}

static pinna_status make(void)
{
    pinna_noise_floor *floor;
    const pinna_status status = pinna_noise_floor_new(16, 0.01, &floor);
    assert_true(status == PINNA_OK || !floor);
    pinna_noise_floor_free(floor);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_falls_at_once_and_rises_after_two_seconds),
        cmocka_unit_test(test_noise_is_measured),
        cmocka_unit_test(test_reset_equals_new),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("noise_floor", tests, NULL, NULL);
}
