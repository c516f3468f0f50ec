#include "tools/denoise_items.h"

#include "rnn_cases.h"
#include "small_corpora.h"
#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/mix.h"
#include "dsp/level.h"

enum { N_ITEMS = 300 };

static const char *const texts[] = {"x", "y"};
static pinna_corpus wide, full, both, noise, rooms;
static pinna_denoise_material material;

static int set_up(void **state)
{
    (void)state;
    pinna_corpus more = new_speech(4, 60000, PINNA_ITEM_RATE_FULL, texts);
    wide = new_speech(6, 20000, PINNA_ITEM_RATE_WIDE, texts);
    full = new_speech(6, 60000, PINNA_ITEM_RATE_FULL, texts);
    both = new_speech(6, 20000, PINNA_ITEM_RATE_WIDE, texts);
    join_corpora(&both, &more);
    noise = new_noise(3, 12000, PINNA_ITEM_RATE_WIDE, 0);
    rooms = new_noise(2, 4000, PINNA_ITEM_RATE_WIDE, 0.05);
    material = (pinna_denoise_material){&both, &noise, &rooms, -5, 20};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pinna_corpus_free(&wide);
    pinna_corpus_free(&full);
    pinna_corpus_free(&both);
    pinna_corpus_free(&noise);
    pinna_corpus_free(&rooms);
    return 0;
}

static void test_rates_follow_the_speech(void **state)
{
    (void)state;
    const pinna_denoise_material only_wide = {.speech = &wide};
    const pinna_denoise_material only_full = {.speech = &full};
    size_t n_full = 0;
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < 2000; i++) {
        assert_int_equal(pinna_denoise_item_rate(&only_wide, &rng),
                         PINNA_ITEM_RATE_WIDE);
        assert_int_equal(pinna_denoise_item_rate(&only_full, &rng),
                         PINNA_ITEM_RATE_FULL);
        n_full +=
            pinna_denoise_item_rate(&material, &rng) == PINNA_ITEM_RATE_FULL;
    }
    assert_close((double)n_full / 2000, 0.12, 0.03);
}

typedef struct item {
    float *speech, *noisy; /* [n] */
    size_t n;
    float level;
} item;

static item new_item(const pinna_denoise_material *m, unsigned rate, size_t n,
                     uint64_t number)
{
    item it = {zeros(n + 1), zeros(n + 1), n, 0};
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, number);
    it.speech[n] = it.noisy[n] = 77; /* guards */
    assert_int_equal(
        pinna_denoise_item(m, rate, &rng, n, it.speech, it.noisy, &it.level),
        PINNA_OK);
    assert_close((double)it.speech[n], 77, 0);
    assert_close((double)it.noisy[n], 77, 0);
    return it;
}

static void item_free(item *it)
{
    free(it->speech);
    free(it->noisy);
}

static bool is_silent(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0)
            return false;
    return true;
}

static void check_items(const pinna_denoise_material *m, unsigned rate)
{
    size_t n_clean = 0, n_noise_only = 0;

    for (uint64_t number = 0; number < N_ITEMS; number++) {
        const size_t n = rate; /* a second, so that there is always speech */
        item it = new_item(m, rate, n, number);
        item same = new_item(m, rate, n, number);

        assert_memory_equal(it.speech, same.speech, n * sizeof(float));
        assert_memory_equal(it.noisy, same.noisy, n * sizeof(float));
        assert_memory_equal(&it.level, &same.level, sizeof(float));
        for (size_t i = 0; i < n; i++)
            assert_true(isfinite(it.speech[i]) && isfinite(it.noisy[i]));

        const bool silent = is_silent(it.speech, n);
        n_noise_only += silent;
        n_clean += memcmp(it.speech, it.noisy, n * sizeof(float)) == 0;
        if (it.level > 0)
            assert_close(
                pinna_gain_to_db((double)it.level),
                pinna_active_level_db(silent ? it.noisy : it.speech, n, rate),
                0.01);
        else
            assert_true(silent && is_silent(it.noisy, n));
        item_free(&it);
        item_free(&same);
    }
    assert_in_range(n_clean, N_ITEMS / 40, N_ITEMS / 7);
    assert_in_range(n_noise_only, 3, N_ITEMS / 10);
}

static void test_items(void **state)
{
    (void)state;
    check_items(&material, PINNA_ITEM_RATE_WIDE);
    pinna_denoise_material m = {&wide, NULL, NULL, 0, 10};
    check_items(&m, PINNA_ITEM_RATE_WIDE);
}

/* The noise and the rooms are at the other rate only. */
static void test_full_band(void **state)
{
    (void)state;
    for (uint64_t number = 0; number < 20; number++) {
        item it = new_item(&material, PINNA_ITEM_RATE_FULL, 30000, number);
        for (size_t i = 0; i < it.n; i++)
            assert_true(isfinite(it.noisy[i]));
        item_free(&it);
    }
}

static void test_short_items(void **state)
{
    (void)state;
    for (size_t n = 1; n < 2000; n += 37) {
        item it = new_item(&material, PINNA_ITEM_RATE_WIDE, n, n);
        for (size_t i = 0; i < n; i++)
            assert_true(isfinite(it.speech[i]) && isfinite(it.noisy[i]));
        item_free(&it);
    }
}

static void test_speech_of_the_rate_is_needed(void **state)
{
    (void)state;
    const pinna_denoise_material m = {.speech = &wide};
    float *speech = zeros(48000), *noisy = zeros(48000), level;
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, 0);
    assert_int_equal(pinna_denoise_item(&m, PINNA_ITEM_RATE_FULL, &rng, 48000,
                                        speech, noisy, &level),
                     PINNA_NOT_FOUND);
    free(speech);
    free(noisy);
}

static uint64_t number_at_hand;
static float speech_at_hand[8000], noisy_at_hand[8000];

static pinna_status make(void)
{
    float level;
    pinna_rng rng;
    pinna_rng_seed(&rng, 1, number_at_hand);
    return pinna_denoise_item(&material, PINNA_ITEM_RATE_WIDE, &rng, 8000,
                              speech_at_hand, noisy_at_hand, &level);
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    for (number_at_hand = 0; number_at_hand < 20; number_at_hand++)
        support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates_follow_the_speech),
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_full_band),
        cmocka_unit_test(test_short_items),
        cmocka_unit_test(test_speech_of_the_rate_is_needed),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("denoise_items", tests, set_up,
                                       tear_down);
}
