#include "support.h"

#include "datasets/audio_mono.h"
#include "wav_files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE 16000

static void test_load_mono(void **state)
{
    (void)state;
    const char *path = put_wav("mono.wav", 2, RATE, 64000, 32000);
    const struct {
        double offset_s, duration_s;
        size_t begin, n;
    } parts[] = {
        {0, 0, 0, 16000},      {0.5, 0, 8000, 8000}, {0.25, 0.5, 4000, 8000},
        {0.9, 1, 14400, 1600}, {0, 5, 0, 16000},     {0, 0.00007, 0, 1},
    };
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        float *samples;
        size_t n;
        unsigned rate;
        assert_int_equal(pinna_audio_load_mono(path, parts[k].offset_s,
                                               parts[k].duration_s, 0, &samples,
                                               &n, &rate, NULL),
                         PINNA_OK);
        assert_int_equal(rate, RATE);
        assert_int_equal(n, parts[k].n);
        for (size_t i = 0; i < n; i++) {
            const int first = 100 + 2 * (int)(parts[k].begin + i);
            const double want =
                ((int16_t)first / 32768.0 + (int16_t)(first + 1) / 32768.0) / 2;
            assert_close(samples[i], want, 1e-7);
        }
        free(samples);
    }
}

static void test_load_resamples(void **state)
{
    (void)state;
    static float tone[48000];
    for (size_t i = 0; i < 48000; i++)
        tone[i] = (float)(0.5 * sin(2 * PINNA_PI * 440 * (double)i / 48000));
    const char *path = support_temp("48.wav");
    assert_int_equal(pinna_audio_save_mono(path, 48000, tone, 48000, NULL),
                     PINNA_OK);

    float *samples;
    size_t n;
    unsigned rate;
    assert_int_equal(
        pinna_audio_load_mono(path, 0.25, 0.5, RATE, &samples, &n, &rate, NULL),
        PINNA_OK);
    assert_int_equal(rate, RATE);
    assert_int_equal(n, 8000);
    for (size_t i = 200; i + 200 < n; i++)
        assert_close(samples[i],
                     0.5 * sin(2 * PINNA_PI * 440 * (0.25 + (double)i / RATE)),
                     1e-3);
    free(samples);
}

static void test_load_fails(void **state)
{
    (void)state;
    const char *path = put_wav("short.wav", 1, RATE, 32000, 16000);
    float *samples;
    size_t n;
    pinna_error error = {""};
    assert_int_equal(
        pinna_audio_load_mono(path, 1.5, 0, 0, &samples, &n, NULL, &error),
        PINNA_BAD_ARG);
    assert_non_null(strstr(error.text, "short.wav: no samples from 1.5 s"));
    assert_null(samples);
    assert_int_equal(n, 0);
    const double bad[] = {-1, (double)NAN};
    for (size_t k = 0; k < 2; k++) {
        assert_int_equal(
            pinna_audio_load_mono(path, bad[k], 0, 0, &samples, &n, NULL, NULL),
            PINNA_BAD_ARG);
        assert_int_equal(
            pinna_audio_load_mono(path, 0, bad[k], 0, &samples, &n, NULL, NULL),
            PINNA_BAD_ARG);
    }
    assert_int_equal(
        pinna_audio_load_mono(path, 1e300, 0, 0, &samples, &n, NULL, NULL),
        PINNA_BAD_ARG);
    assert_int_equal(
        pinna_audio_load_mono(path, 0, 0, 10000000, &samples, &n, NULL, &error),
        PINNA_BAD_ARG);
    assert_null(samples);
}

static pinna_status load_and_free(void)
{
    float *samples;
    size_t n;
    const pinna_status status = pinna_audio_load_mono(
        support_temp("memory.wav"), 0, 0, 8000, &samples, &n, NULL, NULL);
    free(samples);
    return status;
}

static pinna_status save(void)
{
    const float samples[100] = {0.5f};
    return pinna_audio_save_mono(support_temp("out.wav"), RATE, samples, 100,
                                 NULL);
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    put_wav("memory.wav", 1, RATE, 6000, 3000);
    support_survives_no_memory(load_and_free);
    support_survives_no_memory(save);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load_mono),
        cmocka_unit_test(test_load_resamples),
        cmocka_unit_test(test_load_fails),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("audio_mono", tests, NULL, NULL);
}
