#include "support.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/biquad.h"
#include "reference.h"

#define RATE 16000

static double complex response(const pinna_biquad *f, double hz)
{
    const double complex z = cexp(-2 * PINNA_PI * I * hz / RATE);
    return (f->b0 + f->b1 * z + f->b2 * z * z) /
           (1 + f->a1 * z + f->a2 * z * z);
}

static double gain_db(const pinna_biquad *f, double hz)
{
    return 20 * log10(cabs(response(f, hz)));
}

/* Butterworth, second order: 3 dB at the cutoff, 12 dB per octave beyond
 * (bilinear, so near the cutoff frequencies are warped). */
static void test_butterworth(void **state)
{
    (void)state;
    const pinna_biquad low =
        pinna_biquad_low_pass(1000, PINNA_BUTTERWORTH_Q, RATE);
    assert_close(gain_db(&low, 1), 0, 1e-6);
    assert_close(gain_db(&low, 1000), 20 * log10(sqrt(0.5)), 1e-9);
    const double warped =
        tan(PINNA_PI * 3000 / RATE) / tan(PINNA_PI * 1000 / RATE);
    assert_close(gain_db(&low, 3000), -10 * log10(1 + pow(warped, 4)), 1e-9);

    const pinna_biquad high =
        pinna_biquad_high_pass(1000, PINNA_BUTTERWORTH_Q, RATE);
    assert_close(gain_db(&high, 7999), 0, 1e-6);
    assert_close(gain_db(&high, 1000), 20 * log10(sqrt(0.5)), 1e-9);
    assert_true(gain_db(&high, 10) < -79);
}

enum shape { LOW_PASS, HIGH_PASS, BAND_PASS, PEAK, LOW_SHELF, HIGH_SHELF };

/* The analogue filter that the cookbook starts from, at s with the corner at
 * |s| = 1. */
static double complex prototype(enum shape shape, double complex s, double q,
                                double gain_db_)
{
    const double a = pow(10, gain_db_ / 40), root = sqrt(a);
    const double complex below = s * s + s / q + 1;
    switch (shape) {
    case LOW_PASS:
        return 1 / below;
    case HIGH_PASS:
        return s * s / below;
    case BAND_PASS:
        return s / q / below;
    case PEAK:
        return (s * s + s * a / q + 1) / (s * s + s / (a * q) + 1);
    case LOW_SHELF:
        return a * (s * s + s * root / q + a) / (a * s * s + s * root / q + 1);
    case HIGH_SHELF:
        return a * (a * s * s + s * root / q + 1) / (s * s + s * root / q + a);
    }
    return 0;
}

static pinna_biquad make(enum shape shape, double hz, double q, double gain)
{
    switch (shape) {
    case LOW_PASS:
        return pinna_biquad_low_pass(hz, q, RATE);
    case HIGH_PASS:
        return pinna_biquad_high_pass(hz, q, RATE);
    case BAND_PASS:
        return pinna_biquad_band_pass(hz, q, RATE);
    case PEAK:
        return pinna_biquad_peak(hz, q, gain, RATE);
    case LOW_SHELF:
        return pinna_biquad_low_shelf(hz, q, gain, RATE);
    case HIGH_SHELF:
        return pinna_biquad_high_shelf(hz, q, gain, RATE);
    }
    return (pinna_biquad){0};
}

/* By the bilinear transform with the corner kept where it is. */
static void test_shapes_equal_their_analogue_prototypes(void **state)
{
    (void)state;
    static const double corners[] = {30, 1000, 7000};
    static const double qs[] = {0.3, PINNA_BUTTERWORTH_Q, 4};
    static const double gains[] = {-24, 0, 7};
    for (int shape = LOW_PASS; shape <= HIGH_SHELF; shape++) {
        for (size_t i = 0; i < 27; i++) {
            const double corner = corners[i % 3], q = qs[i / 3 % 3];
            const double gain = gains[i / 9];
            const pinna_biquad f = make((enum shape)shape, corner, q, gain);
            for (double hz = 10; hz < RATE / 2; hz *= 1.7) {
                const double complex s = I * tan(PINNA_PI * hz / RATE) /
                                         tan(PINNA_PI * corner / RATE);
                const double complex want =
                    prototype((enum shape)shape, s, q, gain);
                assert_close(cabs(response(&f, hz) - want), 0, 1e-8);
            }
        }
    }
}

/* Also where there is no sense in the frequency. */
static void test_shapes_are_stable(void **state)
{
    (void)state;
    const double corners[] = {0, 1e-3, 7999, 8000, 1e6};
    for (int shape = LOW_PASS; shape <= HIGH_SHELF; shape++) {
        for (size_t i = 0; i < 5; i++) {
            const pinna_biquad f = make((enum shape)shape, corners[i], 1, 20);
            assert_true(fabs(f.a2) < 1 && fabs(f.a1) < 1 + f.a2);
        }
    }
}

static void test_filter_is_its_difference_equation(void **state)
{
    (void)state;
    enum { N = 3000 };
    const pinna_biquad f = pinna_biquad_low_pass(700, 1, RATE);
    static float got[N], x[N];
    static double y[N];
    support_signal(x, N, RATE);
    memcpy(got, x, sizeof got);
    for (size_t i = 0; i < N; i++) {
        y[i] = f.b0 * (double)x[i];
        if (i >= 1)
            y[i] += f.b1 * (double)x[i - 1] - f.a1 * y[i - 1];
        if (i >= 2)
            y[i] += f.b2 * (double)x[i - 2] - f.a2 * y[i - 2];
    }
    support_count_allocations();
    pinna_biquad_filter(&f, got, N);
    assert_int_equal(support_allocations(), 0);
    for (size_t i = 0; i < N; i++)
        assert_close(got[i], y[i], 1e-6);
}

/* With silence inside, where the state is cleared. */
static void test_any_chunking_gives_the_same_bits(void **state)
{
    (void)state;
    enum { N = 30000 };
    const pinna_biquad f = pinna_biquad_low_pass(700, 0.5, RATE);
    static float x[N], whole[N], parts[N];
    support_signal(x, 3000, RATE);
    support_signal(x + N - 3000, 3000, RATE);
    memcpy(whole, x, sizeof x);
    pinna_biquad_filter(&f, whole, N);
    static const size_t pieces[] = {1, 7, 255, 256, 1000, N};
    for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
        pinna_biquad_state filter = {0};
        for (size_t used = 0, n; used < N; used += n) {
            n = pieces[p] < N - used ? pieces[p] : N - used;
            pinna_biquad_process(&f, &filter, x + used, parts + used, n);
        }
        assert_memory_equal(parts, whole, sizeof whole);
    }
}

/* An impulse, then silence: the output ends as exact zeros. */
static void test_filter_ends_in_silence(void **state)
{
    (void)state;
    enum { N = 100000 };
    static float samples[N] = {1};
    const pinna_biquad f =
        pinna_biquad_low_pass(100, PINNA_BUTTERWORTH_Q, RATE);
    pinna_biquad_filter(&f, samples, N);
    assert_true(samples[1] > 0);
    assert_true(samples[N - 1] == 0.0f);
}

static void test_bad_samples_do_not_stay(void **state)
{
    (void)state;
    enum { N = 1000 };
    const float bad[] = {NAN, INFINITY, -INFINITY};
    const pinna_biquad f = pinna_biquad_high_pass(100, 1, RATE);
    for (size_t i = 0; i < 3; i++) {
        float samples[N];
        support_signal(samples, N, RATE);
        samples[100] = bad[i];
        pinna_biquad_filter(&f, samples, N);
        for (size_t n = 100 + 256; n < N; n++)
            assert_true(isfinite(samples[n]));
    }
}

static void test_equals_reference(void **state)
{
    (void)state;
    const char *path = support_reference("dsp/filters.safetensors");
    const char *inputs_path = support_reference("dsp/inputs.safetensors");
    if (!path || !inputs_path)
        skip();
    reference *file = reference_open(path);
    reference *inputs = reference_open(inputs_path);
    enum { N = 4000 };
    static const struct {
        const char *name, *tensor;
        enum shape shape;
        double hz, q, gain_db;
    } cases[] = {
        {"lowpass", "lowpass.y", LOW_PASS, 1000, 0.707, 0},
        {"highpass", "highpass.y", HIGH_PASS, 100, 0.707, 0},
        {"bandpass", "bandpass.y", BAND_PASS, 1500, 2, 0},
        {"equalizer", "equalizer.y", PEAK, 2000, 1, 6},
        {"bass", "bass.y", LOW_SHELF, 100, 0.707, 5},
        {"treble", "treble.y", HIGH_SHELF, 3000, 0.707, -7},
    };
    const reference_tensor *input = reference_find(inputs, "jfk_a.x");
    assert_non_null(input);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        float samples[N];
        for (size_t n = 0; n < N; n++)
            samples[n] = 0.25f * (float)input->i16[n] / 32768.0f;
        const pinna_biquad f =
            make(cases[i].shape, cases[i].hz, cases[i].q, cases[i].gain_db);
        pinna_biquad_filter(&f, samples, N);
        assert_all_close(samples, reference_floats(file, cases[i].tensor, N), N,
                         reference_number(file, cases[i].name, "atol", 0), 0.0);
    }
    reference_close(inputs);
    reference_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_butterworth),
        cmocka_unit_test(test_shapes_equal_their_analogue_prototypes),
        cmocka_unit_test(test_shapes_are_stable),
        cmocka_unit_test(test_filter_is_its_difference_equation),
        cmocka_unit_test(test_any_chunking_gives_the_same_bits),
        cmocka_unit_test(test_filter_ends_in_silence),
        cmocka_unit_test(test_bad_samples_do_not_stay),
        cmocka_unit_test(test_equals_reference),
    };
    return cmocka_run_group_tests_name("biquad", tests, NULL, NULL);
}
