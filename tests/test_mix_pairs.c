#include "tools/mix_pairs.h"

#include "datasets/audio_file.h"
#include "datasets/mix.h"
#include "dsp/level.h"
#include "tests/support.h"
#include "tools/output_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 16000, N_CLIP = RATE };

static pinna_sound_item speech_items[4], noise_items[2];
static const pinna_sound_list speech = {.items = speech_items, .n_items = 4};
static const pinna_sound_list noise = {.items = noise_items, .n_items = 2};
static const pinna_sound_list rooms = {0};
static char paths[7][256];

static pinna_mix_settings settings = {
    .speech = &speech,
    .noise = &noise,
    .rooms = &rooms,
    .snrs_db = {-5, 10},
    .n_snrs = 2,
    .seconds = 3,
    .level_db = -26,
    .sample_rate = RATE,
    .seed = 9,
    .n_pairs = 4,
    .n_noise_only = 1,
    .n_clean_only = 1,
};

/* Two talkers with two clips each, two noises. */
static int make_files(void **state)
{
    static float samples[N_CLIP];
    pinna_rng rng;

    (void)state;
    pinna_rng_seed(&rng, 5, 0);
    for (size_t f = 0; f < 6; f++) {
        char name[32];
        snprintf(name, sizeof name, "%zu.wav", f);
        snprintf(paths[f], sizeof paths[f], "%s", support_temp(name));
        support_signal(samples, N_CLIP, RATE);
        for (size_t i = 0; i < N_CLIP; i++)
            samples[i] = f < 4 ? samples[i] * (float)(f + 1) / 5
                               : 0.1f * (float)pinna_rng_uniform(&rng, -1, 1);
        if (pinna_audio_save_mono(paths[f], RATE, samples, N_CLIP, NULL))
            return -1;
    }
    for (size_t i = 0; i < 4; i++)
        speech_items[i] = (pinna_sound_item){.part.path = paths[i],
                                             .speaker = i < 2 ? "a" : "b"};
    for (size_t i = 0; i < 2; i++)
        noise_items[i] = (pinna_sound_item){.part.path = paths[4 + i],
                                            .label = i == 0 ? "rain" : NULL};
    snprintf(paths[6], sizeof paths[6], "%s", support_temp("set"));
    settings.folder = paths[6];
    return 0;
}

static void make_set(void)
{
    pinna_mix_plan plan;

    assert_int_equal(pinna_make_folder(settings.folder, NULL), 0);
    for (int side = 0; side < 2; side++) {
        char path[300];
        snprintf(path, sizeof path, "%s/%s", settings.folder,
                 side ? "noisy" : "clean");
        assert_int_equal(pinna_make_folder(path, NULL), 0);
    }
    assert_int_equal(pinna_mix_plan_new(&settings, &plan), 0);
    for (size_t pair = 0; pair < pinna_mix_count(&settings); pair++) {
        char name[32];
        pinna_error error = {""};
        snprintf(name, sizeof name, "%zu.wav", pair);
        pinna_mix_pair(&settings, &plan, pair, name, &error);
        assert_string_equal(error.text, "");
    }
    pinna_mix_plan_free(&plan);
}

/* One side of a pair, to be freed. */
static float *load(const char *side, size_t pair)
{
    char path[300];
    float *samples;
    size_t n;

    snprintf(path, sizeof path, "%s/%s/%zu.wav", settings.folder, side, pair);
    assert_int_equal(
        pinna_audio_load_mono(path, 0, 0, 0, &samples, &n, NULL, NULL), 0);
    assert_int_equal(n, 3 * RATE);
    return samples;
}

static double mean_db(const float *samples)
{
    pinna_level level = {0};

    pinna_level_process(&level, samples, 3 * RATE);
    return pinna_level_rms_db(&level);
}

static void pairs_have_the_snr_and_the_level(void **state)
{
    (void)state;
    make_set();
    for (size_t pair = 0; pair < 4; pair++) {
        float *clean = load("clean", pair), *noisy = load("noisy", pair);
        const double speech_db = pinna_active_level_db(clean, 3 * RATE, RATE);
        assert_close(speech_db, -26, 0.1);
        for (size_t i = 0; i < 3 * RATE; i++)
            noisy[i] -= clean[i];
        assert_close(speech_db - mean_db(noisy),
                     pinna_mix_snr_db(&settings, pair), 0.1);
        free(clean);
        free(noisy);
    }
}

static void one_material_serves_every_snr(void **state)
{
    (void)state;
    make_set();
    float *first = load("clean", 0), *second = load("clean", 1),
          *third = load("clean", 2);
    assert_memory_equal(first, second, 3 * RATE * sizeof *first);
    assert_memory_not_equal(first, third, 3 * RATE * sizeof *first);
    free(first);
    free(second);
    free(third);
}

static void extras_are_noise_alone_and_speech_alone(void **state)
{
    (void)state;
    make_set();
    assert_int_equal(pinna_mix_kind(&settings, 3), PINNA_PAIR_MIXED);
    assert_int_equal(pinna_mix_kind(&settings, 4), PINNA_PAIR_NOISE);
    assert_int_equal(pinna_mix_kind(&settings, 5), PINNA_PAIR_CLEAN);
    float *clean = load("clean", 4), *noisy = load("noisy", 4);
    assert_close(mean_db(clean), PINNA_SILENCE_DB, 0);
    assert_close(mean_db(noisy), -26, 0.5);
    free(clean);
    free(noisy);
    clean = load("clean", 5);
    noisy = load("noisy", 5);
    assert_memory_equal(clean, noisy, 3 * RATE * sizeof *clean);
    assert_true(mean_db(clean) > -60);
    free(clean);
    free(noisy);
}

/* One noise has a class, the other one none; both are in the first four pairs,
 * and clean speech has no noise. */
static void pairs_know_their_noise(void **state)
{
    pinna_mix_plan plan;
    size_t n_rain = 0;

    (void)state;
    assert_int_equal(pinna_mix_plan_new(&settings, &plan), 0);
    for (size_t pair = 0; pair < 4; pair++) {
        const char *label = pinna_mix_label(&settings, &plan, pair);
        const char *other = pinna_mix_label(&settings, &plan, pair / 2 * 2);
        assert_ptr_equal(label, other); /* the same material */
        n_rain += label && strcmp(label, "rain") == 0;
    }
    assert_int_equal(n_rain, 2);
    assert_null(pinna_mix_label(&settings, &plan, 5));
    pinna_mix_plan_free(&plan);
}

static void the_seed_decides(void **state)
{
    (void)state;
    make_set();
    float *before = load("noisy", 0);
    make_set();
    float *again = load("noisy", 0);
    settings.seed++;
    make_set();
    settings.seed--;
    float *other = load("noisy", 0);
    assert_memory_equal(before, again, 3 * RATE * sizeof *before);
    assert_memory_not_equal(before, other, 3 * RATE * sizeof *before);
    free(before);
    free(again);
    free(other);
}

static void a_missing_clip_is_named(void **state)
{
    pinna_mix_plan plan;
    pinna_error error = {""};

    (void)state;
    noise_items[0].part.path = noise_items[1].part.path = "lost.wav";
    assert_int_equal(pinna_mix_plan_new(&settings, &plan), 0);
    assert_int_not_equal(pinna_mix_pair(&settings, &plan, 0, "x.wav", &error),
                         0);
    assert_non_null(strstr(error.text, "lost.wav"));
    pinna_mix_plan_free(&plan);
    for (size_t i = 0; i < 2; i++)
        noise_items[i].part.path = paths[4 + i];
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_have_the_snr_and_the_level),
        cmocka_unit_test(one_material_serves_every_snr),
        cmocka_unit_test(extras_are_noise_alone_and_speech_alone),
        cmocka_unit_test(pairs_know_their_noise),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(a_missing_clip_is_named),
    };
    return cmocka_run_group_tests_name("mix_pairs", tests, make_files, NULL);
}
