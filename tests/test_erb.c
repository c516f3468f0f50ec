#include "support.h"

#include <math.h>

#include "dsp/erb.h"

/* A layout like that of the denoiser: 8 linear bands, then ERB to 20 kHz. */
enum { N_BANDS = 32, MAX_BINS = 1025 };

static void fill_centres(double *centres_hz)
{
    assert_int_equal(
        pinna_erb_centres(N_BANDS, 50.0, 400.0, 20000.0, centres_hz), PINNA_OK);
}

static void test_scale(void **state)
{
    (void)state;
    assert_close(pinna_hz_to_erb(0.0), 0.0, 0.0);
    assert_close(pinna_hz_to_erb(1000.0), 15.62, 0.01);
    for (int hz = 0; hz <= 24000; hz += 371)
        assert_close(pinna_erb_to_hz(pinna_hz_to_erb(hz)), hz, 1e-8);
}

static void test_centres(void **state)
{
    (void)state;
    double centres[N_BANDS];
    fill_centres(centres);
    for (size_t b = 0; b < 8; b++)
        assert_close(centres[b], 50.0 * (double)(b + 1), 0.0);
    assert_close(centres[N_BANDS - 1], 20000.0, 0.0);

    const double step = pinna_hz_to_erb(centres[8]) - pinna_hz_to_erb(400.0);
    for (size_t b = 8; b < N_BANDS; b++)
        assert_close(pinna_hz_to_erb(centres[b]) -
                         pinna_hz_to_erb(centres[b - 1]),
                     step, 1e-9);
}

static void test_centres_bad_arguments(void **state)
{
    (void)state;
    double c[8];
    assert_int_equal(pinna_erb_centres(8, 50, 400, 8000, c), PINNA_BAD_ARG);
    assert_int_equal(pinna_erb_centres(0, 50, 0, 8000, c), PINNA_BAD_ARG);
    assert_int_equal(pinna_erb_centres(8, 0, 100, 8000, c), PINNA_BAD_ARG);
    assert_int_equal(pinna_erb_centres(8, 50, 100, 100, c), PINNA_BAD_ARG);
    assert_int_equal(pinna_erb_centres(8, 50, NAN, 8000, c), PINNA_BAD_ARG);
    assert_int_equal(pinna_erb_centres(8, 50, 100, INFINITY, c), PINNA_BAD_ARG);
    assert_int_equal(pinna_erb_centres(8, 50, 350, 8000, c), PINNA_OK);
    assert_int_equal(pinna_erb_centres(1, 50, 0, 8000, c), PINNA_OK);
    assert_close(c[0], 8000.0, 0.0);
}

/* The triangle of band b at hz, flat before the first centre and after the
 * last. */
static double triangle(const double *centres, size_t n_bands, size_t b,
                       double hz)
{
    if (hz <= centres[b])
        return b == 0 ? 1.0
                      : fmax(0.0, (hz - centres[b - 1]) /
                                      (centres[b] - centres[b - 1]));
    return b == n_bands - 1 ? 1.0
                            : fmax(0.0, (centres[b + 1] - hz) /
                                            (centres[b + 1] - centres[b]));
}

static void check_bank(size_t n_fft, double sample_rate)
{
    double centres[N_BANDS];
    fill_centres(centres);
    pinna_erb_bank *bank;
    assert_int_equal(
        pinna_erb_bank_new(centres, N_BANDS, n_fft, sample_rate, &bank),
        PINNA_OK);

    const size_t n_bins = n_fft / 2 + 1;
    float power[MAX_BINS], gains[N_BANDS], bands[N_BANDS], bins[MAX_BINS];
    support_signal(power, n_bins, 1000.0);
    support_signal(gains, N_BANDS, 300.0);
    const size_t n_used = pinna_erb_bank_n_used(bank);
    for (size_t b = n_used; b < N_BANDS; b++)
        gains[b] = NAN; /* not to be read */

    support_count_allocations();
    pinna_erb_bank_gather(bank, power, bands);
    pinna_erb_bank_spread(bank, gains, bins);
    assert_int_equal(support_allocations(), 0);

    size_t want_used = 0;
    for (size_t b = 0; b < N_BANDS; b++) {
        double sum = 0.0, weights = 0.0;
        for (size_t k = 0; k < n_bins; k++) {
            const double hz = (double)k * sample_rate / (double)n_fft;
            const double w = triangle(centres, N_BANDS, b, hz);
            sum += w * (double)power[k];
            weights += w;
        }
        assert_close(bands[b], weights > 0.0 ? sum / weights : 0.0, 1e-5);
        if (weights > 0.0)
            want_used = b + 1;
    }
    assert_int_equal(n_used, want_used);

    for (size_t k = 0; k < n_bins; k++) {
        const double hz = (double)k * sample_rate / (double)n_fft;
        double want = 0.0;
        for (size_t b = 0; b < n_used; b++)
            want += triangle(centres, N_BANDS, b, hz) * (double)gains[b];
        assert_close(bins[k], want, 1e-6);
    }
    pinna_erb_bank_free(bank);
}

static void test_bank_equals_triangles(void **state)
{
    (void)state;
    check_bank(960, 48000.0);
    check_bank(320, 16000.0);
    check_bank(160, 8000.0);
    check_bank(864, 44100.0);
    check_bank(1920, 96000.0);
    check_bank(64, 16000.0); /* bins coarser than the bands */
    check_bank(2, 16000.0);
}

static void test_one_band_per_bin_at_the_bottom(void **state)
{
    (void)state;
    double centres[N_BANDS];
    fill_centres(centres);
    pinna_erb_bank *bank;
    assert_int_equal(pinna_erb_bank_new(centres, N_BANDS, 320, 16000.0, &bank),
                     PINNA_OK);
    float power[161], bands[N_BANDS];
    for (size_t k = 0; k < 161; k++)
        power[k] = (float)k;
    pinna_erb_bank_gather(bank, power, bands);
    assert_close(bands[0], 0.5, 1e-7); /* bins 0 and 1 */
    for (size_t b = 1; b < 7; b++)
        assert_close(bands[b], (double)(b + 1), 1e-6);
    pinna_erb_bank_free(bank);
}

static void test_constant_gains_stay_constant(void **state)
{
    (void)state;
    double centres[N_BANDS];
    fill_centres(centres);
    pinna_erb_bank *bank;
    assert_int_equal(pinna_erb_bank_new(centres, N_BANDS, 960, 48000.0, &bank),
                     PINNA_OK);
    float gains[N_BANDS], bins[481];
    for (size_t b = 0; b < N_BANDS; b++)
        gains[b] = 0.7f;
    pinna_erb_bank_spread(bank, gains, bins);
    for (size_t k = 0; k < 481; k++)
        assert_true(bins[k] == 0.7f);
    pinna_erb_bank_free(bank);
}

/* <spread(g), d> = <g, spread_backward(d)>, and the gradient is added. */
static void test_backward_is_the_transpose(void **state)
{
    (void)state;
    double centres[N_BANDS];
    fill_centres(centres);
    pinna_erb_bank *bank;
    assert_int_equal(pinna_erb_bank_new(centres, N_BANDS, 320, 16000.0, &bank),
                     PINNA_OK);
    float gains[N_BANDS], bins[161], dbins[161], dgains[N_BANDS];
    support_signal(gains, N_BANDS, 100.0);
    support_signal(dbins, 161, 900.0);
    for (size_t b = 0; b < N_BANDS; b++)
        dgains[b] = 1.0f;
    pinna_erb_bank_spread(bank, gains, bins);
    pinna_erb_bank_spread_backward(bank, dbins, dgains);

    double left = 0.0, right = 0.0;
    for (size_t k = 0; k < 161; k++)
        left += (double)bins[k] * (double)dbins[k];
    for (size_t b = 0; b < N_BANDS; b++)
        right += (double)gains[b] * ((double)dgains[b] - 1.0);
    assert_close(left, right, 1e-5);
    pinna_erb_bank_free(bank);
}

static void test_bank_bad_arguments(void **state)
{
    (void)state;
    const double good[2] = {50.0, 100.0};
    const double falling[2] = {100.0, 50.0};
    const double equal[2] = {50.0, 50.0};
    const double zero[2] = {0.0, 50.0};
    pinna_erb_bank *bank = (pinna_erb_bank *)&bank;
    assert_int_equal(pinna_erb_bank_new(good, 0, 64, 8000, &bank),
                     PINNA_BAD_ARG);
    assert_null(bank);
    assert_int_equal(pinna_erb_bank_new(good, 2, 63, 8000, &bank),
                     PINNA_BAD_ARG);
    assert_int_equal(pinna_erb_bank_new(good, 2, 0, 8000, &bank),
                     PINNA_BAD_ARG);
    assert_int_equal(pinna_erb_bank_new(good, 2, 64, 0, &bank), PINNA_BAD_ARG);
    assert_int_equal(pinna_erb_bank_new(good, 2, 64, NAN, &bank),
                     PINNA_BAD_ARG);
    assert_int_equal(pinna_erb_bank_new(falling, 2, 64, 8000, &bank),
                     PINNA_BAD_ARG);
    assert_int_equal(pinna_erb_bank_new(equal, 2, 64, 8000, &bank),
                     PINNA_BAD_ARG);
    assert_int_equal(pinna_erb_bank_new(zero, 2, 64, 8000, &bank),
                     PINNA_BAD_ARG);
    pinna_erb_bank_free(NULL);
}

static pinna_status make(void)
{
    const double centres[2] = {50.0, 100.0};
    pinna_erb_bank *bank;
    const pinna_status status =
        pinna_erb_bank_new(centres, 2, 64, 8000.0, &bank);
    assert_true(status == PINNA_OK || !bank);
    pinna_erb_bank_free(bank);
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
        cmocka_unit_test(test_scale),
        cmocka_unit_test(test_centres),
        cmocka_unit_test(test_centres_bad_arguments),
        cmocka_unit_test(test_bank_equals_triangles),
        cmocka_unit_test(test_one_band_per_bin_at_the_bottom),
        cmocka_unit_test(test_constant_gains_stay_constant),
        cmocka_unit_test(test_backward_is_the_transpose),
        cmocka_unit_test(test_bank_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("erb", tests, NULL, NULL);
}
