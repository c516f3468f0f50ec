#include "tools/join_strings.h"

#include "datasets/audio_file.h"
#include "datasets/mix.h"
#include "tests/support.h"

#include <math.h>
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

/* Noise less than the string, at the SNR wanted; all of it turned down where it
 * would clip. */
static void noise_has_its_level(void **state)
{
    static const double snrs_db[] = {20, 0, -20};
    enum { N_NOISE = 20000 };
    static float noise[N_NOISE];
    pinna_talkers talkers;
    pinna_joined joined;
    pinna_rng rng;

    (void)state;
    pinna_rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < N_NOISE; i++)
        noise[i] = (float)pinna_rng_uniform(&rng, -0.1, 0.1);
    const char *path = support_temp("noise");
    assert_int_equal(pinna_audio_save_mono(path, RATE, noise, N_NOISE, NULL),
                     0);
    const pinna_sound_item item = {.part.path = path};
    assert_int_equal(pinna_talkers_new(&list, &rng, &talkers), 0);
    assert_int_equal(
        pinna_join(&list, &talkers, 0, 3, RATE, &rng, &joined, NULL), 0);
    pinna_talkers_free(&talkers);
    float *noisy = malloc(joined.n_samples * sizeof *noisy);
    const double speech_db =
        pinna_active_level_db(joined.samples, joined.n_samples, RATE);
    for (size_t i = 0; i < 3; i++) {
        double power = 0, peak = 0, scale = 0;
        assert_int_equal(pinna_joined_in_noise(&joined, &item, RATE, snrs_db[i],
                                               &rng, noisy, NULL),
                         0);
        for (size_t k = 0; k < joined.n_samples; k++)
            peak = fmax(peak, fabs((double)noisy[k]));
        assert_true(peak < 0.981);
        /* What both were turned down by: the string is known. */
        double with_string = 0, of_string = 0;
        for (size_t k = 0; k < joined.n_samples; k++) {
            const double x = (double)joined.samples[k];
            with_string += x * (double)noisy[k];
            of_string += x * x;
        }
        scale = snrs_db[i] > 0 ? 1 : with_string / of_string;
        for (size_t k = 0; k < joined.n_samples; k++) {
            const double rest =
                (double)noisy[k] / scale - (double)joined.samples[k];
            power += rest * rest;
        }
        const double noise_db = 10 * log10(power / (double)joined.n_samples);
        assert_close(speech_db - noise_db, snrs_db[i],
                     snrs_db[i] > 0 ? 0.1 : 1.5);
    }
    free(noisy);
    pinna_joined_free(&joined);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_sound_agree),
        cmocka_unit_test(needs_texts),
        cmocka_unit_test(noise_has_its_level),
    };
    return cmocka_run_group_tests_name("join_strings", tests, make_files, NULL);
}
