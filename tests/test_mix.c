#include "support.h"

#include "datasets/mix.h"
#include "dsp/level.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE 16000
#define N    48000

static double rms_db(const float *samples, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)samples[i] * (double)samples[i];
    return 10 * log10(sum / (double)n);
}

static float *new_tone(double hz, double gain, size_t n)
{
    float *samples = malloc(n * sizeof *samples);
    assert_non_null(samples);
    for (size_t i = 0; i < n; i++)
        samples[i] = (float)(gain * sin(2 * PINNA_PI * hz * (double)i / RATE));
    return samples;
}

/* 400 Hz fits a 20 ms frame, so each frame has the level of the tone. */
static void test_level_ignores_pauses(void **state)
{
    (void)state;
    float *tone = new_tone(400, 0.5, N);
    const double want = 20 * log10(0.5 / sqrt(2));
    assert_close(pinna_active_level_db(tone, N, RATE), want, 1e-3);

    memset(tone, 0, N / 2 * sizeof *tone);
    assert_close(pinna_active_level_db(tone, N, RATE), want, 1e-3);

    /* 29 dB below counts, 31 dB below does not. */
    float *quiet = new_tone(400, 0.5 * pow(10, -29.0 / 20), N);
    memcpy(tone, quiet, N / 2 * sizeof *tone);
    assert_close(pinna_active_level_db(tone, N, RATE), want - 3, 0.05);
    free(quiet);
    quiet = new_tone(400, 0.5 * pow(10, -31.0 / 20), N);
    memcpy(tone, quiet, N / 2 * sizeof *tone);
    assert_close(pinna_active_level_db(tone, N, RATE), want, 1e-3);
    free(quiet);
    free(tone);
}

static void test_level_of_little(void **state)
{
    (void)state;
    const float zeros[100] = {0}, one[1] = {0.1f};
    assert_close(pinna_active_level_db(zeros, 100, RATE), PINNA_SILENCE_DB, 0);
    assert_close(pinna_active_level_db(zeros, 0, RATE), PINNA_SILENCE_DB, 0);
    assert_close(pinna_active_level_db(one, 1, RATE), -20, 1e-4);
    assert_close(pinna_active_level_db(one, 1, 1), -20, 1e-4);
}

static void test_snr_after_mixing(void **state)
{
    (void)state;
    float *speech = new_tone(400, 0.3, N);
    float *noise = malloc(N * sizeof *noise);
    assert_non_null(noise);
    support_signal(noise, N, RATE);

    for (double snr_db = -10; snr_db <= 40; snr_db += 12.5) {
        const double gain = pinna_noise_gain(speech, noise, N, RATE, snr_db);
        float *scaled = malloc(N * sizeof *scaled);
        assert_non_null(scaled);
        for (size_t i = 0; i < N; i++)
            scaled[i] = (float)gain * noise[i];
        assert_close(rms_db(speech, N) - rms_db(scaled, N), snr_db, 1e-2);
        free(scaled);
    }

    /* Pauses do not change how loud the noise is under the words. */
    const double full = pinna_noise_gain(speech, noise, N, RATE, 5);
    memset(speech, 0, N / 2 * sizeof *speech);
    assert_close(pinna_noise_gain(speech, noise, N, RATE, 5) / full, 1, 1e-3);
    free(speech);
    free(noise);
}

static void test_no_gain_for_silence(void **state)
{
    (void)state;
    const float silence[400] = {0};
    float sound[400];
    support_signal(sound, 400, RATE);
    assert_close(pinna_noise_gain(silence, sound, 400, RATE, 0), 0, 0);
    assert_close(pinna_noise_gain(sound, silence, 400, RATE, 0), 0, 0);
    assert_close(pinna_noise_gain(sound, sound, 0, RATE, 0), 0, 0);
}

static void test_stretch_of_long_clip(void **state)
{
    (void)state;
    float clip[1000], out[100];
    pinna_rng rng;
    pinna_rng_seed(&rng, 3, 0);
    for (size_t i = 0; i < 1000; i++)
        clip[i] = (float)i;

    size_t lowest = 1000, highest = 0;
    for (int k = 0; k < 2000; k++) {
        pinna_take_stretch(clip, 1000, RATE, &rng, out, 100);
        const size_t begin = (size_t)out[0];
        assert_memory_equal(out, clip + begin, sizeof out);
        lowest = begin < lowest ? begin : lowest;
        highest = begin > highest ? begin : highest;
    }
    assert_in_range(lowest, 0, 10);
    assert_in_range(highest, 890, 900);

    pinna_take_stretch(clip, 100, RATE, &rng, out, 100);
    assert_memory_equal(out, clip, sizeof out);
}

/* A slow ramp has a step at its end; looped with a cross-fade it has none. */
static void test_loop_has_no_step(void **state)
{
    (void)state;
    const size_t n_clip = 4000, n = 20000;
    float *clip = malloc(n_clip * sizeof *clip);
    float *out = malloc(n * sizeof *out);
    assert_non_null(clip);
    assert_non_null(out);
    for (size_t i = 0; i < n_clip; i++)
        clip[i] = (float)i / (float)n_clip;

    pinna_rng rng;
    pinna_rng_seed(&rng, 3, 0);
    pinna_take_stretch(clip, n_clip, RATE, &rng, out, n);
    /* 50 ms are 800 samples: the step of 1 - 800/4000 is spread over them with
     * a slope of at most pi/2 / 800 for each of the two parts. */
    for (size_t i = 1; i < n; i++)
        assert_close(out[i], out[i - 1], PINNA_PI / 800);
    /* It repeats after the clip less the fade. */
    assert_memory_equal(out, out + 3200, 4000 * sizeof *out);
    free(clip);
    free(out);
}

/* Noise keeps its level in the fades. */
static void test_loop_keeps_level(void **state)
{
    (void)state;
    const size_t n_clip = 1600, n = 160000;
    float *clip = malloc(n_clip * sizeof *clip);
    float *out = malloc(n * sizeof *out);
    assert_non_null(clip);
    assert_non_null(out);
    pinna_rng rng;
    pinna_rng_seed(&rng, 3, 0);
    for (size_t i = 0; i < n_clip; i++)
        clip[i] = (float)pinna_rng_normal(&rng);
    pinna_take_stretch(clip, n_clip, RATE, &rng, out, n);
    assert_close(rms_db(out, n), 0, 0.5);
    free(clip);
    free(out);
}

static void test_stretch_of_tiny_clips(void **state)
{
    (void)state;
    const float clip[3] = {0.5f, -0.25f, 0.125f};
    float out[50];
    pinna_rng rng;
    pinna_rng_seed(&rng, 1, 0);
    for (size_t n_clip = 0; n_clip <= 3; n_clip++) {
        pinna_take_stretch(clip, n_clip, RATE, &rng, out, 50);
        for (size_t i = 0; i < 50; i++)
            assert_close(out[i], 0, 1);
    }
    pinna_take_stretch(clip, 1, RATE, &rng, out, 50);
    assert_close(out[49], 0.5, 0);
    pinna_take_stretch(clip, 0, RATE, &rng, out, 50);
    assert_close(out[49], 0, 0);
    out[0] = 7;
    pinna_take_stretch(clip, 3, RATE, &rng, out, 0);
    assert_close(out[0], 7, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_level_ignores_pauses),
        cmocka_unit_test(test_level_of_little),
        cmocka_unit_test(test_snr_after_mixing),
        cmocka_unit_test(test_no_gain_for_silence),
        cmocka_unit_test(test_stretch_of_long_clip),
        cmocka_unit_test(test_loop_has_no_step),
        cmocka_unit_test(test_loop_keeps_level),
        cmocka_unit_test(test_stretch_of_tiny_clips),
    };
    return cmocka_run_group_tests_name("mix", tests, NULL, NULL);
}
