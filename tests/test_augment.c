#include "support.h"

#include "datasets/augment.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE 16000

static float *new_signal(size_t n)
{
    float *samples = malloc((n + 1) * sizeof *samples);
    assert_non_null(samples);
    support_signal(samples, n, RATE);
    return samples;
}

/* A tone, made `factor` faster, is the tone of factor times the frequency. */
static void check_speed_of_tone(double hz, double factor)
{
    const size_t n = 8000;
    float *tone = new_signal(n);
    for (size_t i = 0; i < n; i++)
        tone[i] = (float)(0.9 * sin(2 * PINNA_PI * hz * (double)i / RATE));

    float *out;
    size_t n_out;
    assert_int_equal(pinna_augment_speed(tone, n, factor, &out, &n_out),
                     PINNA_OK);
    assert_int_equal(n_out, (size_t)round((double)n / factor));
    /* Near the ends the kernel lacks neighbours. */
    for (size_t i = 100; i + 100 < n_out; i++)
        assert_close(out[i],
                     0.9 * sin(2 * PINNA_PI * hz * factor * (double)i / RATE),
                     2e-3);
    free(tone);
    free(out);
}

static void test_speed_moves_tones(void **state)
{
    (void)state;
    const double factors[] = {0.5, 0.9, 1, 1.1, 1.3333, 2};
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        check_speed_of_tone(1, factors[i]);
        check_speed_of_tone(440, factors[i]);
        check_speed_of_tone(2500, factors[i]);
    }
    check_speed_of_tone(6000, 0.9);
}

/* What would lie above the Nyquist frequency afterwards must be gone. */
static void test_speed_does_not_alias(void **state)
{
    (void)state;
    const size_t n = 8000;
    float *tone = new_signal(n);
    for (size_t i = 0; i < n; i++)
        tone[i] = (float)sin(2 * PINNA_PI * 5000 * (double)i / RATE);
    float *out;
    size_t n_out;
    assert_int_equal(pinna_augment_speed(tone, n, 2, &out, &n_out), PINNA_OK);
    for (size_t i = 100; i + 100 < n_out; i++)
        assert_close(out[i], 0, 2e-3);
    free(tone);
    free(out);
}

static void test_speed_of_little(void **state)
{
    (void)state;
    const float samples[3] = {0.5f, 0.5f, 0.5f};
    float *out;
    size_t n_out;
    for (size_t n = 0; n <= 3; n++) {
        assert_int_equal(pinna_augment_speed(samples, n, 0.7, &out, &n_out),
                         PINNA_OK);
        assert_int_equal(n_out, (size_t)round((double)n / 0.7));
        for (size_t i = 0; i < n_out; i++)
            assert_close(out[i], 0.3, 0.4);
        free(out);
    }
    const double bad[] = {0.49, 2.01, 0, -1, (double)NAN, (double)INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(pinna_augment_speed(samples, 3, bad[i], &out, &n_out),
                         PINNA_BAD_ARG);
        assert_null(out);
    }
}

static void test_random_filters_are_stable(void **state)
{
    (void)state;
    pinna_rng rng;
    pinna_rng_seed(&rng, 9, 0);
    for (int k = 0; k < 2000; k++) {
        const pinna_biquad f = pinna_biquad_random(&rng);
        assert_close(f.b0, 1, 0);
        const double drawn[] = {f.b1, f.b2, f.a1, f.a2};
        for (size_t i = 0; i < 4; i++)
            assert_close(drawn[i], 0, 3.0 / 8);
        /* The triangle of stability. */
        assert_true(fabs(f.a2) < 1 && fabs(f.a1) < 1 + f.a2);
    }
}

static void check_room(size_t n, size_t n_response)
{
    float *got = new_signal(n), *x = new_signal(n);
    float *response = new_signal(n_response);
    for (size_t i = 0; i < n_response; i++)
        response[i] *= (float)exp(-5.0 * (double)i / (double)n_response);

    assert_int_equal(pinna_augment_room(got, n, response, n_response),
                     PINNA_OK);
    /* By the definition; of long signals, every 97th sample. */
    for (size_t i = 0; i<n; i += n> 2000 ? 97 : 1) {
        double sum = 0;
        for (size_t k = 0; k <= i && k < n_response; k++)
            sum += (double)response[k] * (double)x[i - k];
        assert_close(got[i], sum, 2e-4);
    }
    free(got);
    free(x);
    free(response);
}

static void test_room_is_convolution(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 2, 3, 100, 1023, 1024, 1025};
    for (size_t a = 0; a < 7; a++)
        for (size_t b = 0; b < 7; b++)
            check_room(sizes[a], sizes[b]);
    check_room(40000, 3000);
    check_room(20000, 7);
    check_room(70000, 40000); /* in parts */
    check_room(5000, 90000);
}

static void test_room_of_one_is_gain(void **state)
{
    (void)state;
    float got[500], want[500];
    const float response[1] = {0.5f};
    support_signal(got, 500, RATE);
    support_signal(want, 500, RATE);
    assert_int_equal(pinna_augment_room(got, 500, response, 1), PINNA_OK);
    pinna_augment_gain(want, 500, 0.5f);
    assert_all_close(got, want, 500, 1e-6, 0);
    assert_int_equal(pinna_augment_room(got, 500, response, 0), PINNA_BAD_ARG);
    assert_int_equal(pinna_augment_room(got, 0, response, 1), PINNA_OK);
}

static void test_clip_and_gain(void **state)
{
    (void)state;
    float samples[] = {-2, -0.5f, 0, 0.25f, 0.75f};
    const float want[] = {-0.5f, -0.5f, 0, 0.25f, 0.5f};
    pinna_augment_clip(samples, 5, 0.5f);
    assert_memory_equal(samples, want, sizeof want);
    pinna_augment_gain(samples, 5, -2);
    assert_close(samples[0], 1, 0);
    assert_close(samples[3], -0.5, 0);
}

static pinna_status speed_and_free(void)
{
    float samples[100], *out;
    size_t n_out;
    support_signal(samples, 100, RATE);
    const pinna_status status =
        pinna_augment_speed(samples, 100, 1.1, &out, &n_out);
    free(out);
    return status;
}

static pinna_status room(void)
{
    float samples[100], response[20];
    support_signal(samples, 100, RATE);
    support_signal(response, 20, RATE);
    return pinna_augment_room(samples, 100, response, 20);
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(speed_and_free);
    support_survives_no_memory(room);
}

/* Against G.711's companding curve, inverted by its formula: no step is wider
 * than 2 / 127 of the curve allows, codes stay codes. */
static void test_mu_law(void **state)
{
    (void)state;
    for (int code = -127; code <= 127; code++) {
        const double size = (pow(256, abs(code) / 127.0) - 1) / 255;
        float x = (float)copysign(size, code);
        pinna_augment_mu_law(&x, 1);
        assert_close(x, copysign(size, code), 1e-6);
    }
    for (int i = -1000; i <= 1000; i++) {
        const float want = (float)i / 1000;
        float x = want;
        pinna_augment_mu_law(&x, 1);
        assert_close(x, want, 0.0221 * fabs((double)want) + 1e-4);
        assert_true(i == 0 || x == 0 || (x > 0) == (i > 0));
    }
    float over[] = {3, -3};
    pinna_augment_mu_law(over, 2);
    assert_close(over[0], 1, 1e-6);
    assert_close(over[1], -1, 1e-6);
}

/* Frames of 10 at -60, -30, 0, -20 and -50 dB, and half a frame at -50. */
static void test_tighten(void **state)
{
    (void)state;
    const float levels[] = {0.001f, 0.0316f, 1, 0.1f, 0.00316f, 0.00316f};
    const double thresholds[] = {-65, -55, -40, -25, -10};
    const size_t begins[] = {0, 10, 10, 20, 20};
    const size_t ends[] = {55, 55, 40, 40, 30};

    for (size_t t = 0; t < sizeof begins / sizeof *begins; t++) {
        float x[55], want[55];
        for (size_t i = 0; i < 55; i++) {
            x[i] = levels[i / 10];
            want[i] = i >= begins[t] && i < ends[t] ? x[i] : 0;
        }
        pinna_augment_tighten(x, 55, 10, thresholds[t]);
        assert_memory_equal(x, want, sizeof x);
    }

    float silence[7] = {0};
    pinna_augment_tighten(silence, 7, 3, -20);
    pinna_augment_tighten(silence, 0, 3, -20);
    for (size_t i = 0; i < 7; i++)
        assert_close(silence[i], 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_speed_moves_tones),
        cmocka_unit_test(test_speed_does_not_alias),
        cmocka_unit_test(test_speed_of_little),
        cmocka_unit_test(test_random_filters_are_stable),
        cmocka_unit_test(test_room_is_convolution),
        cmocka_unit_test(test_room_of_one_is_gain),
        cmocka_unit_test(test_clip_and_gain),
        cmocka_unit_test(test_mu_law),
        cmocka_unit_test(test_tighten),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("augment", tests, NULL, NULL);
}
