/* The picture of known sounds, read back with libpng. */
#include "tools/spectrogram_picture.h"

#include "datasets/audio_file.h"
#include "tests/support.h"
#include "tools/picture.h"
#include "tools/png_file.h"

#include <png.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 16000, N = 2 * RATE };

static unsigned char *read_png(const char *path, size_t *width, size_t *height)
{
    png_image image = {.version = PNG_IMAGE_VERSION};

    assert_true(png_image_begin_read_from_file(&image, path));
    image.format = PNG_FORMAT_RGB;
    unsigned char *pixels = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(pixels);
    assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL));
    *width = image.width;
    *height = image.height;
    return pixels;
}

static void png_keeps_every_pixel(void **state)
{
    const pinna_colour grey = {10, 20, 30}, red = {255, 0, 1};
    const char *path = support_temp("small.png");
    pinna_picture picture;
    size_t width, height;

    (void)state;
    assert_int_equal(pinna_picture_new(7, 5, grey, &picture), 0);
    pinna_picture_fill(&picture, 5, 3, 100, 100, red); /* cut at the edges */
    assert_int_equal(pinna_png_write(path, &picture, NULL), 0);
    unsigned char *pixels = read_png(path, &width, &height);
    assert_int_equal(width, 7);
    assert_int_equal(height, 5);
    assert_memory_equal(pixels, picture.pixels, 3 * 7 * 5);
    assert_memory_equal(pixels + 3 * (3 * 7 + 5), "\xff\x00\x01", 3);
    assert_memory_equal(pixels + 3 * (3 * 7 + 4), "\x0a\x14\x1e", 3);
    free(pixels);
    pinna_picture_free(&picture);
}

/* More than 256 colours: no palette, the same pixels. */
static void png_keeps_many_colours(void **state)
{
    const char *path = support_temp("many.png");
    pinna_picture picture;
    size_t width, height;

    (void)state;
    assert_int_equal(
        pinna_picture_new(20, 20, (pinna_colour){0, 0, 0}, &picture), 0);
    for (size_t i = 0; i < 400; i++)
        picture.pixels[i] = (pinna_colour){(uint8_t)(i / 2), (uint8_t)i, 7};
    assert_int_equal(pinna_png_write(path, &picture, NULL), 0);
    unsigned char *pixels = read_png(path, &width, &height);
    assert_memory_equal(pixels, picture.pixels, 3 * 400);
    free(pixels);
    pinna_picture_free(&picture);
}

static void text_stays_inside(void **state)
{
    const pinna_colour white = {255, 255, 255}, black = {0, 0, 0};
    pinna_picture picture;
    size_t n_black = 0;

    (void)state;
    assert_int_equal(pinna_picture_new(20, 9, white, &picture), 0);
    pinna_picture_text(&picture, 1, 1, "1\xff longer than the picture", black);
    for (size_t i = 0; i < 20 * 9; i++)
        n_black += picture.pixels[i].red == 0;
    assert_in_range(n_black, 10, 100);
    pinna_picture_free(&picture);
}

/* The brightest row of a panel lies where the tone is. Panels are 256 rows for
 * 0 .. 8000 Hz; they begin at 24 and 328 pixels from the top, 60 from the
 * left. */
static void tone_lies_at_its_frequency(void **state)
{
    static float tone[N], quiet[N];
    const char *before = support_temp("before.wav");
    const char *after = support_temp("after.wav");
    const char *png = support_temp("tone.png");
    pinna_picture picture;
    size_t width, height;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        tone[i] = (float)(0.5 * sin(2 * PINNA_PI * 2000 * (double)i / RATE));
        quiet[i] = 0.001f * tone[i];
    }
    assert_int_equal(pinna_audio_save_mono(before, RATE, tone, N, NULL), 0);
    assert_int_equal(pinna_audio_save_mono(after, RATE, quiet, N, NULL), 0);
    assert_int_equal(pinna_spectrogram_picture(before, after, &picture, NULL),
                     0);
    assert_int_equal(picture.width, PINNA_SPECTROGRAM_WIDTH);
    assert_int_equal(pinna_png_write(png, &picture, NULL), 0);
    pinna_picture_free(&picture);
    unsigned char *pixels = read_png(png, &width, &height);

    int brightness[2];
    for (size_t panel = 0; panel < 2; panel++) {
        const size_t top = panel == 0 ? 24 : 328;
        size_t best = 0;
        int most = -1;
        for (size_t row = 0; row < 256; row++) {
            const unsigned char *p = pixels + 3 * ((top + row) * width + 560);
            if (p[0] + p[1] + p[2] > most) {
                most = p[0] + p[1] + p[2];
                best = row;
            }
        }
        brightness[panel] = most;
        assert_in_range(best, 190, 193); /* 256 - 2000 / 31.25 = 192 */
    }
    assert_true(brightness[0] > brightness[1]); /* 60 dB apart */
    free(pixels);
}

static void failures_name_the_file(void **state)
{
    pinna_error error;
    const char *lost = support_temp("lost.wav");
    pinna_picture picture;

    (void)state;
    assert_int_not_equal(
        pinna_spectrogram_picture(lost, lost, &picture, &error), 0);
    assert_non_null(strstr(error.text, "lost.wav"));
    pinna_picture_free(&picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png_keeps_every_pixel),
        cmocka_unit_test(png_keeps_many_colours),
        cmocka_unit_test(text_stays_inside),
        cmocka_unit_test(tone_lies_at_its_frequency),
        cmocka_unit_test(failures_name_the_file),
    };
    return cmocka_run_group_tests_name("spectrogram_picture", tests, NULL,
                                       NULL);
}
