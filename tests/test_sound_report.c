/* The figures of known sounds, and the sound that is kept to be played. */
#include "tools/sound_report.h"

#include "tests/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 16000, N = 2 * RATE };

static float samples[3][N];

static const char *write_channels(const char *name, size_t n_channels)
{
    const char *path = support_temp(name);
    const float *const channels[] = {samples[0], samples[1], samples[2]};
    pinna_audio_writer *writer;

    for (size_t i = 0; i < N; i++) {
        const double t = (double)i / RATE;
        samples[0][i] = (float)(0.5 * sin(2 * PINNA_PI * 300 * t));
        samples[1][i] = i % 2000 == 0 ? 1.0f : 0;
        samples[2][i] = 0.25f;
    }
    assert_int_equal(
        pinna_audio_writer_open(path, RATE, n_channels, 0, &writer, NULL), 0);
    assert_int_equal(pinna_audio_writer_write(writer, channels, N, NULL), 0);
    assert_int_equal(pinna_audio_writer_commit(writer, NULL), 0);
    return path;
}

static pinna_sound_report make(const char *path, double max_sound_s)
{
    const pinna_report_settings settings = {pinna_vad_settings_default(),
                                            max_sound_s};
    pinna_sound_report report;
    pinna_error error = {""};

    if (pinna_sound_report_make(&settings, path, &report, &error))
        fail_msg("%s", error.text);
    return report;
}

/* What is to be played, read back: channels and samples. */
static void assert_sound(const pinna_sound_report *report, size_t n_channels,
                         size_t n)
{
    const char *path = support_temp("played.flac");
    float *channels[2] = {malloc((n + 1) * sizeof(float)),
                          malloc((n + 1) * sizeof(float))};
    pinna_audio_reader *reader;
    pinna_audio_info info;
    char block[4096];
    size_t n_read;
    FILE *copy = fopen(path, "wb");

    while ((n_read = fread(block, 1, sizeof block, report->sound.flac)) > 0)
        fwrite(block, 1, n_read, copy);
    fclose(copy);
    assert_int_equal(pinna_audio_reader_open(path, &reader, &info, NULL), 0);
    assert_int_equal(info.n_channels, n_channels);
    assert_int_equal(info.n_samples, n);
    assert_int_equal(
        pinna_audio_reader_read(reader, channels, n + 1, &n_read, NULL), 0);
    assert_int_equal(n_read, n);
    if (n_channels == 2)
        assert_all_close(channels[0], samples[0], n, 1e-4, 0);
    else
        for (size_t i = 0; i < n; i++)
            assert_close(channels[0][i],
                         ((double)samples[0][i] + (double)samples[1][i] +
                          (double)samples[2][i]) /
                             3,
                         1e-4);
    pinna_audio_reader_close(reader);
    free(channels[0]);
    free(channels[1]);
}

static void figures_are_those_of_the_sound(void **state)
{
    (void)state;
    pinna_sound_report report = make(write_channels("two.wav", 2), 100);

    assert_int_equal(report.n_samples, N);
    assert_close(report.duration_s, 2, 1e-12);
    assert_close(report.peak_db, 0, 0.01);
    /* Half the power of a sine of 0.5, and 16 clicks. */
    assert_close(report.rms_db, 10 * log10(0.0625 + 8.0 / N), 0.01);
    assert_close(report.sound.duration_s, 2, 1e-12);
    assert_non_null(report.picture.pixels);
    assert_sound(&report, 2, N);
    pinna_sound_report_free(&report);
}

static void long_sounds_are_cut_and_many_channels_mixed(void **state)
{
    (void)state;
    const char *path = write_channels("three.wav", 3);
    pinna_sound_report report = make(path, 0.75);

    assert_close(report.sound.duration_s, 0.75, 1e-12);
    assert_close(report.duration_s, 2, 1e-12);
    assert_sound(&report, 1, 3 * RATE / 4);
    pinna_sound_report_free(&report);

    report = make(path, 0);
    assert_null(report.sound.flac);
    assert_close(report.sound.duration_s, 0, 0);
    pinna_sound_report_free(&report);
}

static void failures_name_the_file(void **state)
{
    const pinna_report_settings settings = {pinna_vad_settings_default(), 10};
    const char *slow = support_temp("slow.wav");
    pinna_sound_report report;
    pinna_error error;

    (void)state;
    assert_int_not_equal(
        pinna_sound_report_make(&settings, "lost.wav", &report, &error), 0);
    assert_non_null(strstr(error.text, "lost.wav"));
    pinna_sound_report_free(&report);
    assert_int_equal(pinna_audio_save_mono(slow, 4000, samples[0], 400, NULL),
                     0);
    assert_int_equal(pinna_sound_report_make(&settings, slow, &report, &error),
                     PINNA_BAD_ARG);
    assert_non_null(strstr(error.text, "slow.wav"));
    pinna_sound_report_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_of_the_sound),
        cmocka_unit_test(long_sounds_are_cut_and_many_channels_mixed),
        cmocka_unit_test(failures_name_the_file),
    };
    return cmocka_run_group_tests_name("sound_report", tests, NULL, NULL);
}
