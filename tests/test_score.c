#include "support.h"

#include <stdio.h>
#include <string.h>

#include "tools/score.h"

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void read_both(const char *said, const char *heard, pinna_text_list *ref,
                      pinna_text_list *hyp)
{
    write_file(support_temp("ref"), said);
    write_file(support_temp("hyp"), heard);
    assert_int_equal(pinna_text_list_read(support_temp("ref"), ref, NULL),
                     PINNA_OK);
    assert_int_equal(pinna_text_list_read(support_temp("hyp"), hyp, NULL),
                     PINNA_OK);
}

static void assert_counts(const pinna_wer *wer, size_t n_words,
                          size_t n_substituted, size_t n_deleted,
                          size_t n_inserted)
{
    assert_int_equal(wer->n_words, n_words);
    assert_int_equal(wer->n_substituted, n_substituted);
    assert_int_equal(wer->n_deleted, n_deleted);
    assert_int_equal(wer->n_inserted, n_inserted);
}

/* What sclite 2.10 says of these, by words. "c bb c ..." has several best
 * alignments, and one that counts fewer errors costs as much. */
static void test_counts_of_sclite(void **state)
{
    (void)state;
    pinna_text_list ref, hyp;
    pinna_score score;

    read_both("a b c d e (x-1)\nThe cat sat (y-1)\nnull (y-2)\n"
              "c bb c aa aa bb c aa aa c c aa c aa (x_2)\n",
              "b b x d e e (x-1)\ncat sad on (y-1)\n(y-2)\n"
              "c aa bb c aa bb aa aa c aa aa (x_2)\n",
              &ref, &hyp);
    assert_int_equal(pinna_score_new(&ref, &hyp, &score), PINNA_OK);
    assert_int_equal(score.n_items, 4);
    assert_int_equal(score.speakers.n_words, 2);
    assert_counts(&score.items[0].words, 5, 2, 0, 1);
    assert_counts(&score.items[3].words, 14, 0, 4, 1);
    assert_counts(&score.by_speaker[0], 19, 2, 4, 2);
    assert_counts(&score.by_speaker[1], 4, 1, 2, 1);
    assert_counts(&score.words, 23, 3, 6, 3);
    assert_counts(&score.items[2].characters, 4, 0, 4, 0);
    /* "thecatsat" and "catsadon" */
    assert_counts(&score.items[1].characters, 9, 1, 3, 2);
    pinna_score_free(&score);
    pinna_text_list_free(&ref);
    pinna_text_list_free(&hyp);
}

static void test_missing_texts_are_deleted(void **state)
{
    (void)state;
    pinna_text_list ref, hyp;
    pinna_score score;

    read_both("a one two\nb three\n", "b three\nc four\n", &ref, &hyp);
    assert_int_equal(pinna_score_new(&ref, &hyp, &score), PINNA_OK);
    assert_counts(&score.words, 3, 0, 2, 0);
    pinna_score_free(&score);
    pinna_text_list_free(&ref);
    pinna_text_list_free(&hyp);
}

/* Of n utterances of one word, k wrong, the rate is binomial: its deviation is
 * sqrt(p (1 - p) / n), and 95 % lie within 1.96 of them. */
static void test_interval(void **state)
{
    (void)state;
    enum { N = 400, K = 80 };
    static char said[N * 16], heard[N * 16];
    pinna_text_list ref, hyp;
    pinna_score score;
    double low, high, again;
    size_t n = 0, m = 0;

    for (size_t i = 0; i < N; i++) {
        n += (size_t)sprintf(said + n, "u%zu a\n", i);
        m += (size_t)sprintf(heard + m, "u%zu %s\n", i, i < K ? "b" : "a");
    }
    read_both(said, heard, &ref, &hyp);
    assert_int_equal(pinna_score_new(&ref, &hyp, &score), PINNA_OK);
    assert_int_equal(pinna_score_interval(&score, 1000, 1, &low, &high),
                     PINNA_OK);
    assert_close(low, 0.2 - 1.96 * 0.02, 0.006);
    assert_close(high, 0.2 + 1.96 * 0.02, 0.006);
    assert_int_equal(pinna_score_interval(&score, 1000, 1, &again, &high),
                     PINNA_OK);
    assert_true(again == low);
    pinna_score_free(&score);
    pinna_text_list_free(&ref);
    pinna_text_list_free(&hyp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_of_sclite),
        cmocka_unit_test(test_missing_texts_are_deleted),
        cmocka_unit_test(test_interval),
    };
    return cmocka_run_group_tests_name("score", tests, NULL, NULL);
}
