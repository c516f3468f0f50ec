#include "tools/noise_levels.h"

#include "support.h"

#include <math.h>

static pinna_wer utterance(size_t n_words, size_t n_wrong)
{
    return (pinna_wer){.n_utterances = 1,
                       .n_exact = n_wrong == 0,
                       .n_words = n_words,
                       .n_correct = n_words - n_wrong,
                       .n_deleted = n_wrong};
}

static void add(pinna_noise_levels *levels, double snr_db, size_t n_words,
                size_t n_wrong)
{
    const pinna_wer wer = utterance(n_words, n_wrong);
    assert_int_equal(pinna_noise_levels_add(levels, snr_db, &wer), PINNA_OK);
}

static void test_counts_by_level(void **state)
{
    (void)state;
    pinna_noise_levels levels = {0};

    add(&levels, 0, 4, 2);
    add(&levels, 10, 4, 1);
    add(&levels, -5, 3, 3);
    add(&levels, NAN, 5, 0);
    add(&levels, 0.4, 6, 3); /* the same whole number */
    add(&levels, -0.4, 1, 0);
    add(&levels, NAN, 2, 1);
    assert_int_equal(levels.n_levels, 4);
    static const double snrs_db[] = {NAN, 10, 0, -5};
    static const size_t n_words[] = {7, 4, 11, 3}, n_deleted[] = {1, 1, 5, 3};
    static const size_t n_utterances[] = {2, 1, 3, 1}, n_exact[] = {1, 0, 1, 0};
    for (size_t i = 0; i < 4; i++) {
        const pinna_noise_level *level = &levels.levels[i];
        assert_true(isnan(snrs_db[i]) ? isnan(level->snr_db)
                                      : level->snr_db == snrs_db[i]);
        assert_int_equal(level->wer.n_words, n_words[i]);
        assert_int_equal(level->wer.n_deleted, n_deleted[i]);
        assert_int_equal(level->wer.n_utterances, n_utterances[i]);
        assert_int_equal(level->wer.n_exact, n_exact[i]);
    }
    pinna_noise_levels_free(&levels);
    assert_int_equal(levels.n_levels, 0);
}

static pinna_status add_two(void)
{
    pinna_noise_levels levels = {0};
    const pinna_wer wer = utterance(1, 0);

    pinna_status status = pinna_noise_levels_add(&levels, 3, &wer);
    if (!status)
        status = pinna_noise_levels_add(&levels, 7, &wer);
    pinna_noise_levels_free(&levels);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(add_two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_by_level),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("noise_levels", tests, NULL, NULL);
}
