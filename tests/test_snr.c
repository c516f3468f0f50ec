/* SI-SDR and segmental SNR against a NumPy implementation that shares no code
 * with ours, on the signals of metric_signals.h. */
#include "tools/snr.h"

#include "tests/metric_signals.h"
#include "tests/support.h"

#include <math.h>
#include <stdlib.h>

static void check_rate(unsigned sample_rate, double want_si_sdr,
                       double want_segmental)
{
    const size_t n = 3 * (size_t)sample_rate;
    float *clean = calloc(2 * n, sizeof *clean);

    assert_non_null(clean);
    metric_signals(clean, clean + n, sample_rate);
    assert_close(pinna_si_sdr_db(clean, clean + n, n), want_si_sdr, 1e-5);
    assert_close(
        pinna_segmental_snr_db(clean, clean + n, n, (double)sample_rate),
        want_segmental, 1e-5);
    free(clean);
}

static void equal_the_reference(void **state)
{
    (void)state;
    check_rate(10000, 7.176383, 3.772741);
    check_rate(16000, 7.076142, 3.710925);
    check_rate(48000, 7.158203, 3.776143);
}

static void si_sdr_ignores_scale_and_offset(void **state)
{
    float clean[30000], noisy[30000];

    (void)state;
    metric_signals(clean, noisy, 10000);
    const double db = pinna_si_sdr_db(clean, noisy, 30000);
    for (size_t i = 0; i < 30000; i++)
        noisy[i] = 0.25f * noisy[i] + 0.125f;
    assert_close(pinna_si_sdr_db(clean, noisy, 30000), db, 1e-4);
}

/* Orthogonal noise of a tenth of the power: 10 dB by definition. */
static void si_sdr_of_a_known_ratio(void **state)
{
    float clean[1000], noisy[1000];

    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        const double phase = 2 * 3.14159265358979323846 * (double)i / 100;
        clean[i] = (float)sin(phase);
        noisy[i] = (float)(sin(phase) + sqrt(0.1) * cos(phase));
    }
    assert_close(pinna_si_sdr_db(clean, noisy, 1000), 10, 1e-4);
}

static void extremes_stay_numbers(void **state)
{
    float clean[30000], noisy[30000];
    const float silence[30000] = {0};

    (void)state;
    metric_signals(clean, noisy, 10000);
    assert_true(isfinite(pinna_si_sdr_db(clean, clean, 30000)));
    assert_true(pinna_si_sdr_db(clean, clean, 30000) > 100);
    assert_true(isfinite(pinna_si_sdr_db(clean, silence, 30000)));
    assert_true(isfinite(pinna_si_sdr_db(silence, clean, 30000)));
    assert_close(pinna_segmental_snr_db(clean, clean, 30000, 10000), 35, 1e-9);
    assert_close(pinna_segmental_snr_db(clean, silence, 30000, 10000), 0, 1e-9);
    assert_true(isnan(pinna_segmental_snr_db(clean, noisy, 100, 10000)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_the_reference),
        cmocka_unit_test(si_sdr_ignores_scale_and_offset),
        cmocka_unit_test(si_sdr_of_a_known_ratio),
        cmocka_unit_test(extremes_stay_numbers),
    };
    return cmocka_run_group_tests_name("snr", tests, NULL, NULL);
}
