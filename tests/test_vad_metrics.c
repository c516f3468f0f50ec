/* Pairs whose speech and pauses are known to the frame. */
#include "tools/vad_metrics.h"

#include "datasets/audio_file.h"
#include "dsp/rng.h"
#include "tests/support.h"

#include <string.h>

enum { RATE = 16000, N = 6 * RATE };

static float clean[N], noisy[N];

/* Clean: one second of sound from 2 s on, `level` loud. Noisy: the same over
 * noise, which bursts for half a second at 4 s. */
static pinna_vad_metrics measure(double level, double burst)
{
    char clean_path[512], noisy_path[512];
    const pinna_manifest_entry pair = {.clean_path = clean_path,
                                       .noisy_path = noisy_path};
    const pinna_vad_settings settings = pinna_vad_settings_default();
    pinna_vad_metrics metrics;
    pinna_error error = {""};
    pinna_rng rng;

    strcpy(clean_path, support_temp("clean.wav"));
    strcpy(noisy_path, support_temp("noisy.wav"));
    pinna_rng_seed(&rng, 2, 0);
    for (size_t i = 0; i < N; i++) {
        const double t = (double)i / RATE;
        const double speech = t >= 2 && t < 3 ? level : 0;
        const double noise = t >= 4 && t < 4.5 ? burst : 0.001;
        clean[i] = (float)pinna_rng_uniform(&rng, -speech, speech);
        noisy[i] = clean[i] + (float)pinna_rng_uniform(&rng, -noise, noise);
    }
    assert_int_equal(pinna_audio_save_mono(clean_path, RATE, clean, N, NULL),
                     0);
    assert_int_equal(pinna_audio_save_mono(noisy_path, RATE, noisy, N, NULL),
                     0);
    if (pinna_measure_vad(&settings, &pair, &metrics, &error))
        fail_msg("%s", error.text);
    return metrics;
}

static void counts_are_those_of_the_clean_side(void **state)
{
    (void)state;
    const pinna_vad_metrics quiet = measure(0.3, 0.001);
    const pinna_vad_counts *counts = &quiet.counts;

    assert_false(quiet.silent);
    assert_close(quiet.duration_s, 6, 1e-9);
    assert_in_range(counts->n_speech, 100, 103); /* frames reach over */
    assert_int_equal(counts->n_speech + counts->n_pause, 600);
    assert_in_range(counts->n_hits, 97, counts->n_speech);
    assert_in_range(counts->n_segment_hits, 100, counts->n_speech);
    assert_in_range(counts->n_false, 0, 20); /* the detector's own tail */
    assert_in_range(counts->n_segment_false, 35, 60); /* its pads */

    const pinna_vad_metrics noise = measure(0.3, 0.3);
    assert_int_equal(noise.counts.n_speech, counts->n_speech);
    assert_in_range(noise.counts.n_false, counts->n_false + 45,
                    counts->n_false + 80);
}

static void without_speech_all_is_pause(void **state)
{
    (void)state;
    const pinna_vad_metrics metrics = measure(0, 0.3);

    assert_true(metrics.silent);
    assert_int_equal(metrics.counts.n_speech, 0);
    assert_int_equal(metrics.counts.n_pause, 600);
    assert_in_range(metrics.counts.n_false, 45, 80);
}

static void failures_name_the_file(void **state)
{
    char lost[] = "lost.wav";
    const pinna_manifest_entry pair = {.clean_path = lost, .noisy_path = lost};
    const pinna_vad_settings settings = pinna_vad_settings_default();
    pinna_vad_metrics metrics;
    pinna_error error;

    (void)state;
    assert_int_not_equal(pinna_measure_vad(&settings, &pair, &metrics, &error),
                         0);
    assert_non_null(strstr(error.text, "lost.wav"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_the_clean_side),
        cmocka_unit_test(without_speech_all_is_pause),
        cmocka_unit_test(failures_name_the_file),
    };
    return cmocka_run_group_tests_name("vad_metrics", tests, NULL, NULL);
}
