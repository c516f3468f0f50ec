/* STOI and ESTOI against a NumPy implementation of the papers that shares no
 * code with ours, on the signals of metric_signals.h. */
#include "tools/stoi.h"

#include "tests/metric_signals.h"
#include "tests/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void check_rate(unsigned sample_rate, double want_stoi,
                       double want_estoi, double tolerance)
{
    const size_t n = 3 * (size_t)sample_rate;
    float *clean = calloc(2 * n, sizeof *clean);
    double stoi, estoi;

    assert_non_null(clean);
    metric_signals(clean, clean + n, sample_rate);
    assert_int_equal(
        pinna_stoi(clean, clean + n, n, sample_rate, &stoi, &estoi), 0);
    assert_close(stoi, want_stoi, tolerance);
    assert_close(estoi, want_estoi, tolerance);
    free(clean);
}

static void equals_reference_at_its_own_rate(void **state)
{
    (void)state;
    check_rate(10000, 0.966273, 0.725555, 1e-5);
}

/* Here the resamplers differ: theirs is a Kaiser window of 60 dB. */
static void equals_reference_after_resampling(void **state)
{
    (void)state;
    check_rate(16000, 0.979703, 0.796645, 3e-3);
    check_rate(48000, 0.990783, 0.883120, 3e-3);
}

static void is_one_for_the_clean_signal(void **state)
{
    float clean[30000], noisy[30000];
    double stoi, estoi;

    (void)state;
    metric_signals(clean, noisy, 10000);
    assert_int_equal(pinna_stoi(clean, clean, 30000, 10000, &stoi, &estoi), 0);
    assert_close(stoi, 1, 1e-6);
    assert_close(estoi, 1, 1e-6);
}

static void does_not_care_about_level(void **state)
{
    float clean[30000], noisy[30000];
    double stoi, estoi, quiet_stoi, quiet_estoi;

    (void)state;
    metric_signals(clean, noisy, 10000);
    assert_int_equal(pinna_stoi(clean, noisy, 30000, 10000, &stoi, &estoi), 0);
    for (size_t i = 0; i < 30000; i++)
        noisy[i] *= 0.125f;
    assert_int_equal(
        pinna_stoi(clean, noisy, 30000, 10000, &quiet_stoi, &quiet_estoi), 0);
    assert_close(quiet_stoi, stoi, 1e-6);
    assert_close(quiet_estoi, estoi, 1e-6);
}

static void is_nan_without_enough_speech(void **state)
{
    float clean[30000], noisy[30000];
    double stoi, estoi;

    (void)state;
    metric_signals(clean, noisy, 10000);
    for (size_t n = 0; n < 4000; n += 333) {
        assert_int_equal(pinna_stoi(clean, noisy, n, 10000, &stoi, &estoi), 0);
        assert_true(isnan(stoi) && isnan(estoi));
    }
}

static void survives_every_failed_allocation(void **state)
{
    float clean[30000], noisy[30000];
    double stoi, estoi;
    int failed = 1;

    (void)state;
    metric_signals(clean, noisy, 10000);
    for (size_t n = 1; failed; n++) {
        support_fail_allocation(n);
        const pinna_status status =
            pinna_stoi(clean, noisy, 30000, 10000, &stoi, &estoi);
        failed = support_alloc_failed();
        support_fail_allocation(0);
        assert_int_equal(status, failed ? PINNA_NO_MEMORY : PINNA_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_reference_at_its_own_rate),
        cmocka_unit_test(equals_reference_after_resampling),
        cmocka_unit_test(is_one_for_the_clean_signal),
        cmocka_unit_test(does_not_care_about_level),
        cmocka_unit_test(is_nan_without_enough_speech),
        cmocka_unit_test(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("stoi", tests, NULL, NULL);
}
