#include "tools/join_strings.h"

#include "datasets/audio_file.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 8000, N_CLIP = 4000 };

static pinna_sound_item items[3];
static const pinna_sound_list list = {.items = items, .n_items = 3};

/* Three clips of one talker: constant 0.25, 0.5, 0.75. */
static int make_files(void **state)
{
    static char paths[3][256];
    static const char *const texts[] = {"one", "two", "three"};
    float samples[N_CLIP];

    (void)state;
    for (size_t f = 0; f < 3; f++) {
        for (size_t i = 0; i < N_CLIP; i++)
            samples[i] = 0.25f * (float)(f + 1);
        snprintf(paths[f], sizeof paths[f], "%s", support_temp(texts[f]));
        if (pinna_audio_save_mono(paths[f], RATE, samples, N_CLIP, NULL))
            return -1;
        items[f] = (pinna_sound_item){
            .part.path = paths[f], .text = texts[f], .speaker = "x"};
    }
    return 0;
}

/* The string read back from the samples: runs of level f + 1 quarters. */
static void read_levels(const pinna_joined *joined, char *text)
{
    static const char *const words[] = {"", "one ", "two ", "three "};
    int last = 0;

    *text = '\0';
    for (size_t i = 0; i < joined->n_samples; i++) {
        const int level = (int)(joined->samples[i] * 4 + 0.01f);
        const int flat = i > 0 && joined->samples[i] == joined->samples[i - 1];
        if (level != last && flat && level >= 0 && level <= 3) {
            if (level > 0)
                strcat(text, words[level]);
            last = level;
        }
    }
}

static void text_and_sound_agree(void **state)
{
    pinna_talkers talkers;
    pinna_rng rng;

    (void)state;
    pinna_rng_seed(&rng, 1, 0);
    assert_int_equal(pinna_talkers_new(&list, &rng, &talkers), 0);
    for (size_t n = 1; n <= 7; n++) {
        pinna_joined joined;
        char heard[64], said[64];
        assert_int_equal(
            pinna_join(&list, &talkers, 0, n, RATE, &rng, &joined, NULL), 0);
        assert_string_equal(joined.speaker, "x");
        read_levels(&joined, heard);
        snprintf(said, sizeof said, "%s ", joined.text);
        assert_string_equal(heard, said);
        /* n clips, n pauses of 0.15 to 0.6 s before them, 0.6 s at the end. */
        const double pauses_s =
            (double)(joined.n_samples - n * N_CLIP) / RATE - 0.6;
        assert_true(pauses_s >= 0.149 * (double)n);
        assert_true(pauses_s <= 0.6 * (double)n);
        pinna_joined_free(&joined);
    }
    pinna_talkers_free(&talkers);
}

static void needs_texts(void **state)
{
    pinna_talkers talkers;
    pinna_joined joined;
    pinna_error error;
    pinna_rng rng;

    (void)state;
    pinna_rng_seed(&rng, 1, 0);
    assert_int_equal(pinna_talkers_new(&list, &rng, &talkers), 0);
    items[1].text = NULL;
    assert_int_equal(
        pinna_join(&list, &talkers, 0, 3, RATE, &rng, &joined, &error),
        PINNA_BAD_FORMAT);
    items[1].text = "two";
    assert_non_null(strstr(error.text, items[1].part.path));
    pinna_joined_free(&joined);
    pinna_talkers_free(&talkers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_sound_agree),
        cmocka_unit_test(needs_texts),
    };
    return cmocka_run_group_tests_name("join_strings", tests, make_files, NULL);
}
