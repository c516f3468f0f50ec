#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/level.h"
#include "dsp/loudness.h"
#include "dsp/rng.h"
#include "reference.h"

static double measure(const float *samples, size_t n, unsigned rate)
{
    pinna_loudness *loudness;
    assert_int_equal(pinna_loudness_new(rate, &loudness), PINNA_OK);
    pinna_loudness_process(loudness, samples, n);
    const double lufs = pinna_loudness_integrated(loudness);
    pinna_loudness_free(loudness);
    return lufs;
}

/* A sine of 997 Hz of this peak level for so many seconds, appended at
 * samples; returns how many samples. */
static size_t add_sine(float *samples, double level_db, double seconds,
                       unsigned rate)
{
    const double peak = pow(10, level_db / 20);
    const size_t n = (size_t)(seconds * rate);
    for (size_t i = 0; i < n; i++)
        samples[i] = (float)(peak * sin(2 * PINNA_PI * 997 * (double)i / rate));
    return n;
}

/* The calibration of BS.1770: a full-scale sine of 997 Hz in one channel has
 * -3.01. Rates where the shelf is far below the Nyquist frequency. */
static void test_full_scale_sine(void **state)
{
    (void)state;
    static const unsigned rates[] = {16000, 22050, 32000, 44100,
                                     48000, 96000, 192000};
    float *x = malloc(2 * 192000 * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        const size_t n = add_sine(x, 0, 2, rates[i]);
        assert_close(measure(x, n, rates[i]), -3.01, 0.05);
    }
    free(x);
}

/* EBU Tech 3341, cases 3 and 4 (mono, so 3 dB less than its two channels give;
 * shorter, in the same proportions): the quiet parts fall to the relative and
 * the absolute gate. */
static void test_gates(void **state)
{
    (void)state;
    enum { RATE = 48000 };
    float *x = malloc(60 * RATE * sizeof *x);
    assert_non_null(x);
    size_t n = add_sine(x, -36, 3, RATE);
    n += add_sine(x + n, -23, 20, RATE);
    n += add_sine(x + n, -36, 3, RATE);
    assert_close(measure(x, n, RATE), -26.01, 0.1);

    n = add_sine(x, -72, 10, RATE);
    n += add_sine(x + n, -36, 3, RATE);
    n += add_sine(x + n, -23, 20, RATE);
    n += add_sine(x + n, -36, 3, RATE);
    n += add_sine(x + n, -72, 10, RATE);
    assert_close(measure(x, n, RATE), -26.01, 0.1);
    free(x);
}

/* The definition, with every block in memory. x is K-weighted by the tables
 * that the standard has for 48 kHz. */
static double definition_at_48k(const float *samples, size_t n)
{
    static const double head[] = {1.53512485958697, -2.69169618940638,
                                  1.19839281085285, -1.69065929318241,
                                  0.73248077421585};
    static const double high[] = {1, -2, 1, -1.99004745483398,
                                  0.99007225036621};
    const double *const filters[] = {head, high};
    double *x = malloc(n * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = (double)samples[i];
    for (size_t f = 0; f < 2; f++) {
        const double *c = filters[f];
        double x1 = 0, x2 = 0, y1 = 0, y2 = 0;
        for (size_t i = 0; i < n; i++) {
            const double y =
                c[0] * x[i] + c[1] * x1 + c[2] * x2 - c[3] * y1 - c[4] * y2;
            x2 = x1;
            x1 = x[i];
            y2 = y1;
            y1 = y;
            x[i] = y;
        }
    }

    double gate = -70;
    for (int pass = 0;; pass++) {
        double sum = 0, n_blocks = 0;
        for (size_t begin = 0; begin + 19200 <= n; begin += 4800) {
            double energy = 0;
            for (size_t i = begin; i < begin + 19200; i++)
                energy += x[i] * x[i] / 19200;
            if (-0.691 + 10 * log10(energy + 1e-300) > gate) {
                sum += energy;
                n_blocks++;
            }
        }
        const double lufs = -0.691 + 10 * log10(sum / n_blocks);
        if (pass == 1) {
            free(x);
            return lufs;
        }
        gate = lufs - 10;
    }
}

static void test_equals_definition(void **state)
{
    (void)state;
    enum { N = 48000 * 8 };
    float *x = malloc(N * sizeof *x);
    assert_non_null(x);
    pinna_rng rng;
    for (uint64_t seed = 0; seed < 3; seed++) {
        /* Noise whose level wanders over 50 dB. */
        pinna_rng_seed(&rng, seed, 0);
        double level_db = -20;
        for (size_t i = 0; i < N; i++) {
            if (i % 2400 == 0)
                level_db = pinna_rng_uniform(&rng, -60, -10);
            x[i] = (float)(pow(10, level_db / 20) *
                           pinna_rng_uniform(&rng, -1, 1));
        }
        assert_close(measure(x, N, 48000), definition_at_48k(x, N), 0.02);
    }
    free(x);
}

static void test_any_chunking_and_reset_give_the_same(void **state)
{
    (void)state;
    enum { N = 60000 };
    static float x[N];
    support_signal(x, N, 22050);
    pinna_loudness *loudness;
    assert_int_equal(pinna_loudness_new(22050, &loudness), PINNA_OK);
    pinna_loudness_process(loudness, x, N);
    const double whole = pinna_loudness_integrated(loudness);
    support_count_allocations();
    static const size_t pieces[] = {1, 255, 257, 2205, 10000};
    for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
        pinna_loudness_reset(loudness);
        for (size_t used = 0, n; used < N; used += n) {
            n = pieces[p] < N - used ? pieces[p] : N - used;
            pinna_loudness_process(loudness, x + used, n);
        }
        assert_true(pinna_loudness_integrated(loudness) == whole);
    }
    assert_int_equal(support_allocations(), 0);
    pinna_loudness_free(loudness);
}

static void test_no_block_is_silence(void **state)
{
    (void)state;
    enum { N = 8000 };
    static float x[N];
    assert_close(measure(x, 0, 8000), PINNA_SILENCE_DB, 0);
    assert_close(measure(x, N, 8000), PINNA_SILENCE_DB, 0);
    for (size_t i = 0; i < N; i++)
        x[i] = i % 2 ? NAN : INFINITY;
    assert_close(measure(x, N, 8000), PINNA_SILENCE_DB, 0);
    support_signal(x, N, 8000);
    assert_close(measure(x, 3199, 8000), PINNA_SILENCE_DB, 0);
    assert_true(measure(x, 3200, 8000) > -30); /* the first whole block */
}

static void test_very_loud(void **state)
{
    (void)state;
    enum { N = 16000 };
    static float x[N];
    add_sine(x, 60, 1, N);
    assert_close(measure(x, N, N), 57, 0.1);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    static const unsigned bad[] = {0, 99, 768001};
    for (size_t i = 0; i < 3; i++) {
        pinna_loudness *loudness = (pinna_loudness *)&loudness;
        assert_int_equal(pinna_loudness_new(bad[i], &loudness), PINNA_BAD_ARG);
        assert_null(loudness);
    }
    float x[200];
    support_signal(x, 200, 100);
    assert_true(measure(x, 200, 100) < 0);
    pinna_loudness_free(NULL);
}

static pinna_status make(void)
{
    pinna_loudness *loudness;
    const pinna_status status = pinna_loudness_new(48000, &loudness);
    assert_true(status == PINNA_OK || !loudness);
    pinna_loudness_free(loudness);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

static void check_reference_case(const reference *file, const reference *inputs,
                                 const char *input)
{
    char name[32], key[64];
    snprintf(name, sizeof name, "loudness_%s", input);
    snprintf(key, sizeof key, "%s.x", input);
    const reference_tensor *x = reference_find(inputs, key);
    snprintf(key, sizeof key, "%s.lkfs", name);
    const reference_tensor *want = reference_find(file, key);
    assert_non_null(x);
    assert_non_null(want);

    pinna_loudness *loudness;
    assert_int_equal(pinna_loudness_new(16000, &loudness), PINNA_OK);
    float *samples = malloc(x->n * sizeof *samples);
    assert_non_null(samples);
    for (size_t i = 0; i < x->n; i++)
        samples[i] = (float)x->i16[i] / 32768.0f;
    const size_t repeat = (size_t)reference_number(file, name, "repeat", 0);
    for (size_t r = 0; r < repeat; r++)
        pinna_loudness_process(loudness, samples, x->n);
    assert_close(pinna_loudness_integrated(loudness),
                 want->f64 ? want->f64[0] : (double)want->f32[0],
                 reference_number(file, name, "atol", 0));
    free(samples);
    pinna_loudness_free(loudness);
}

static void test_equals_fixture(void **state)
{
    (void)state;
    reference *file = reference_open(support_fixture("dsp.safetensors"));
    check_reference_case(file, file, "tone16");
    reference_close(file);
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
    check_reference_case(file, inputs, "jfk_a");
    reference_close(inputs);
    reference_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_scale_sine),
        cmocka_unit_test(test_gates),
        cmocka_unit_test(test_equals_definition),
        cmocka_unit_test(test_any_chunking_and_reset_give_the_same),
        cmocka_unit_test(test_no_block_is_silence),
        cmocka_unit_test(test_very_loud),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
        cmocka_unit_test(test_equals_fixture),
        cmocka_unit_test(test_equals_reference),
    };
    return cmocka_run_group_tests_name("loudness", tests, NULL, NULL);
}
