/* The panels of a known sound: 111 rows of waveform from 24 on, spectrogram
 * from 145, log-mel from 411, speech from 559; columns from 60 on. */
#include "tools/report_picture.h"

#include "datasets/audio_file.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

enum { RATE = 16000, N = 4 * RATE };

static float samples[N];

/* Silence, then a tone of 2000 Hz between 1 and 2 s. */
static const char *write_tone(void)
{
    const char *path = support_temp("tone.wav");

    for (size_t i = RATE; i < 2 * RATE; i++)
        samples[i] = (float)(0.5 * sin(2 * PINNA_PI * 2000 * (double)i / RATE));
    assert_int_equal(pinna_audio_save_mono(path, RATE, samples, N, NULL), 0);
    return path;
}

static const pinna_colour *at(const pinna_picture *picture, size_t x, size_t y)
{
    return &picture->pixels[y * picture->width + x];
}

static int brightness(const pinna_picture *picture, size_t x, size_t y)
{
    const pinna_colour *pixel = at(picture, x, y);
    return pixel->red + pixel->green + pixel->blue;
}

static void assert_colour(const pinna_picture *picture, size_t x, size_t y,
                          pinna_colour want)
{
    assert_memory_equal(at(picture, x, y), &want, sizeof want);
}

static void panels_show_the_tone(void **state)
{
    const pinna_colour wave = {36, 84, 140}, speech = {40, 140, 80};
    const pinna_colour ground = {244, 244, 244};
    const char *path = write_tone();
    pinna_segments segments = {0};
    pinna_picture picture;
    pinna_error error = {""};

    (void)state;
    assert_int_equal(pinna_segments_add(&segments, 1, 2), 0);
    assert_int_equal(pinna_segments_add(&segments, 3.5, 4), 0);
    if (pinna_report_picture(path, N, &segments, &picture, &error))
        fail_msg("%s", error.text);
    assert_int_equal(picture.width, PINNA_REPORT_WIDTH);
    const size_t quiet = 60 + 100, loud = 60 + 375;

    /* The tone reaches from edge to edge. */
    assert_colour(&picture, loud, 24, wave);
    assert_colour(&picture, loud, 134, wave);
    assert_colour(&picture, quiet, 30, ground);
    assert_colour(&picture, quiet, 79, wave);
    /* 2000 of 8000 Hz: a quarter of 256 rows from below. */
    assert_true(brightness(&picture, loud, 145 + 191) > 500);
    assert_true(brightness(&picture, quiet, 145 + 191) < 30);
    assert_true(brightness(&picture, loud, 145 + 100) < 30);
    size_t lit = 0;
    for (size_t y = 411; y < 411 + 138; y++)
        lit += brightness(&picture, loud, y) > 600;
    assert_in_range(lit, 6, 24); /* one to four bands of 6 rows */
    /* Segments to the pixel. */
    assert_colour(&picture, 60 + 249, 566, ground);
    assert_colour(&picture, 60 + 250, 566, speech);
    assert_colour(&picture, 60 + 499, 566, speech);
    assert_colour(&picture, 60 + 500, 566, ground);
    assert_colour(&picture, 60 + 999, 566, speech);
    assert_int_equal(brightness(&picture, 60 + 1000, 566), 3 * 255);
    pinna_picture_free(&picture);
    pinna_segments_free(&segments);
}

/* One sample, less than a frame, more columns than samples. */
static void short_sounds_have_pictures(void **state)
{
    static const size_t lengths[] = {1, 100, 399, 999, 2000};
    const pinna_segments nothing = {0};
    const char *path = support_temp("short.wav");
    pinna_picture picture;

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(
            pinna_audio_save_mono(path, RATE, samples + RATE, lengths[i], NULL),
            0);
        assert_int_equal(
            pinna_report_picture(path, lengths[i], &nothing, &picture, NULL),
            0);
        pinna_picture_free(&picture);
    }
}

static void failures_name_the_file(void **state)
{
    const pinna_segments nothing = {0};
    pinna_picture picture;
    pinna_error error;

    (void)state;
    assert_int_not_equal(
        pinna_report_picture("lost.wav", 5, &nothing, &picture, &error), 0);
    assert_non_null(strstr(error.text, "lost.wav"));
    assert_null(picture.pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(panels_show_the_tone),
        cmocka_unit_test(short_sounds_have_pictures),
        cmocka_unit_test(failures_name_the_file),
    };
    return cmocka_run_group_tests_name("report_picture", tests, NULL, NULL);
}
