/* Segments of files, whose truth is known since they are made here or ship. */
#include "tools/vad_file.h"

#include "datasets/audio_file.h"
#include "dsp/rng.h"
#include "tests/support.h"

#include <stdlib.h>
#include <string.h>

enum { RATE = 16000, N = 6 * RATE };

static float samples[N];

/* Bursts of loud noise over quiet noise, as the ear of the detector has it. */
static const char *write_bursts(const char *name, const double *begins,
                                const double *ends, size_t n_bursts)
{
    const char *path = support_temp(name);
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < N; i++) {
        double level = 0.003;
        for (size_t b = 0; b < n_bursts; b++)
            if ((double)i >= begins[b] * RATE && (double)i < ends[b] * RATE)
                level = 0.3;
        samples[i] = (float)pinna_rng_uniform(&rng, -level, level);
    }
    assert_int_equal(pinna_audio_save_mono(path, RATE, samples, N, NULL), 0);
    return path;
}

static pinna_segments find(const pinna_vad_settings *settings, const char *path)
{
    pinna_segments segments;
    pinna_error error = {""};

    if (pinna_vad_file(settings, path, NULL, &segments, &error))
        fail_msg("%s", error.text);
    return segments;
}

static void segments_lie_where_the_sound_is(void **state)
{
    static const double begins[] = {1, 3}, ends[] = {1.5, 5};
    const char *path = write_bursts("bursts.wav", begins, ends, 2);
    const pinna_vad_settings settings = pinna_vad_settings_default();
    const double before = settings.endpoint.look_back_ms / 1000;
    const double after = settings.endpoint.hang_over_ms / 1000;

    (void)state;
    pinna_segments segments = find(&settings, path);
    assert_int_equal(segments.n_items, 2);
    assert_close(segments.duration_s, 6, 1e-9);
    for (size_t i = 0; i < 2; i++) {
        assert_close(segments.items[i].start, begins[i] - before, 0.03);
        assert_close(segments.items[i].end, ends[i] + after, 0.2);
    }
    pinna_segments_free(&segments);
}

/* A second burst within hang-over and look-back of the first. */
static void segments_that_touch_are_one(void **state)
{
    static const double begins[] = {1, 1.95}, ends[] = {1.5, 2.5};
    const char *path = write_bursts("touch.wav", begins, ends, 2);
    pinna_vad_settings settings = pinna_vad_settings_default();

    (void)state;
    settings.endpoint.look_back_ms = 300;
    pinna_segments segments = find(&settings, path);
    assert_int_equal(segments.n_items, 1);
    pinna_segments_free(&segments);
    settings.endpoint.look_back_ms = 0;
    settings.endpoint.hang_over_ms = 50;
    segments = find(&settings, path);
    assert_int_equal(segments.n_items, 2);
    assert_true(segments.items[0].end < segments.items[1].start);
    pinna_segments_free(&segments);
}

static void the_end_of_the_file_is_the_last_end(void **state)
{
    static const double begins[] = {4}, ends[] = {6};
    const char *path = write_bursts("tail.wav", begins, ends, 1);
    const pinna_vad_settings settings = pinna_vad_settings_default();

    (void)state;
    pinna_segments segments = find(&settings, path);
    assert_int_equal(segments.n_items, 1);
    assert_close(segments.items[0].end, 6, 1e-9);
    pinna_segments_free(&segments);
}

/* Eight digits with pauses of about 0.35 s. */
static void spoken_digits_are_eight(void **state)
{
    const char *path = support_fixture("../../datasets/sounds/digits.flac");
    pinna_vad_settings settings = pinna_vad_settings_default();

    (void)state;
    settings.endpoint.hang_over_ms = 150;
    settings.endpoint.look_back_ms = 0;
    pinna_segments segments = find(&settings, path);
    assert_int_equal(segments.n_items, 8);
    pinna_segments_free(&segments);
}

static void failures_name_the_file(void **state)
{
    const pinna_vad_settings settings = pinna_vad_settings_default();
    const char *slow = support_temp("slow.wav");
    pinna_segments segments;
    pinna_error error;

    (void)state;
    assert_int_not_equal(
        pinna_vad_file(&settings, "lost.wav", NULL, &segments, &error), 0);
    assert_non_null(strstr(error.text, "lost.wav"));
    assert_int_equal(pinna_audio_save_mono(slow, 4000, samples, 400, NULL), 0);
    assert_int_equal(pinna_vad_file(&settings, slow, NULL, &segments, &error),
                     PINNA_BAD_ARG);
    assert_non_null(strstr(error.text, "slow.wav"));
    assert_int_equal(segments.n_items, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_lie_where_the_sound_is),
        cmocka_unit_test(segments_that_touch_are_one),
        cmocka_unit_test(the_end_of_the_file_is_the_last_end),
        cmocka_unit_test(spoken_digits_are_eight),
        cmocka_unit_test(failures_name_the_file),
    };
    return cmocka_run_group_tests_name("vad_file", tests, NULL, NULL);
}
