#include "tools/sound_blocks.h"

#include "tests/support.h"

#include <stdlib.h>
#include <string.h>

enum { RATE = 8000, N = 3 * RATE + 17 };

static float left[N], right[N];
static char path[256];

static int make_file(void **state)
{
    const float *const channels[] = {left, right};
    pinna_audio_writer *writer;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        left[i] = (float)(i % 1000) / 1024;
        right[i] = -(float)(i % 100) / 128;
    }
    strcpy(path, support_temp("stereo.wav"));
    return pinna_audio_writer_open(path, RATE, 2, 0, &writer, NULL) ||
           pinna_audio_writer_write(writer, channels, N, NULL) ||
           pinna_audio_writer_commit(writer, NULL);
}

/* Reads the part and compares it with samples `first` .. `first + n - 1`. */
static void check_part(double offset_s, double duration_s, size_t first,
                       size_t n)
{
    pinna_sound_blocks *blocks;
    float mono[PINNA_SOUND_BLOCK];
    double share = 0;
    size_t at = first;

    assert_int_equal(
        pinna_sound_blocks_open(path, offset_s, duration_s, &blocks, NULL), 0);
    while (!pinna_sound_blocks_next(blocks, NULL) && blocks->n > 0) {
        pinna_sound_blocks_mix(blocks, mono);
        for (size_t i = 0; i < blocks->n; i++, at++) {
            assert_close(blocks->channels[0][i], left[at], 0);
            assert_close(blocks->channels[1][i], right[at], 0);
            assert_close(mono[i], (left[at] + right[at]) / 2, 1e-7);
        }
        share += blocks->share;
    }
    assert_int_equal(at - first, n);
    assert_int_equal(blocks->n_done, n);
    if (offset_s == 0)
        assert_close(share, 1, 1e-9);
    pinna_sound_blocks_close(blocks);
}

static void reads_all_or_a_part(void **state)
{
    (void)state;
    check_part(0, 0, 0, N);
    check_part(0, 1, 0, RATE);
    check_part(1.5, 1, RATE * 3 / 2, RATE);
    check_part(1, 0, RATE, N - RATE);
    check_part(2.5, 9, RATE * 5 / 2, N - RATE * 5 / 2); /* beyond the end */
}

static void an_offset_past_the_end_is_an_error(void **state)
{
    pinna_sound_blocks *blocks;
    pinna_error error;

    (void)state;
    assert_int_equal(pinna_sound_blocks_open(path, 10, 1, &blocks, &error),
                     PINNA_BAD_FORMAT);
    assert_null(blocks);
    assert_non_null(strstr(error.text, path));
    /* Nor is there a part where the file ends. */
    assert_int_equal(
        pinna_sound_blocks_open(path, (double)N / RATE, 0, &blocks, &error),
        PINNA_OK);
    assert_int_equal(pinna_sound_blocks_next(blocks, &error), PINNA_BAD_FORMAT);
    pinna_sound_blocks_close(blocks);
    assert_int_equal(
        pinna_sound_blocks_open(path, 1e300, 1e300, &blocks, &error),
        PINNA_BAD_FORMAT);
    pinna_sound_blocks_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_or_a_part),
        cmocka_unit_test(an_offset_past_the_end_is_an_error),
    };
    return cmocka_run_group_tests_name("sound_blocks", tests, make_file, NULL);
}
