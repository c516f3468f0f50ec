#include "tools/wer.h"

#include "dsp/rng.h"
#include "tests/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The alignment as a string: C, S, I, D. */
static void assert_alignment(const char *reference, const char *hypothesis,
                             const char *want)
{
    pinna_words ref, hyp;
    pinna_edit edits[64];
    char got[65] = "";
    size_t n;

    assert_int_equal(pinna_words_split(reference, &ref), 0);
    assert_int_equal(pinna_words_split(hypothesis, &hyp), 0);
    assert_int_equal(
        pinna_align_words(&ref, &hyp, &pinna_fewest_errors, edits, &n), 0);
    for (size_t i = 0; i < n; i++)
        got[i] = "CSID"[edits[i]];
    assert_string_equal(got, want);
    pinna_words_free(&ref);
    pinna_words_free(&hyp);
}

/* Four substitutions cost 16; two deletions and two insertions, with two words
 * right, 12. Either way it is four errors. */
static void costs_choose_the_alignment(void **state)
{
    (void)state;
    pinna_words ref, hyp;
    pinna_edit edits[16];
    size_t n, n_right = 0;

    assert_int_equal(pinna_words_split("a b c d", &ref), 0);
    assert_int_equal(pinna_words_split("c d e f", &hyp), 0);
    assert_int_equal(
        pinna_align_words(&ref, &hyp, &pinna_nist_costs, edits, &n), 0);
    for (size_t i = 0; i < n; i++)
        n_right += edits[i] == PINNA_EDIT_CORRECT;
    assert_int_equal(n, 6);
    assert_int_equal(n_right, 2);
    assert_int_equal(
        pinna_align_words(&ref, &hyp, &pinna_fewest_errors, edits, &n), 0);
    assert_int_equal(n, 4);
    pinna_words_free(&ref);
    pinna_words_free(&hyp);
}

static void splits_into_characters(void **state)
{
    (void)state;
    static const char *const want[] = {"a", "é", "b", "€", "c"};
    pinna_words words;

    assert_int_equal(pinna_words_split_characters(" Aé\tb  €C ", &words), 0);
    assert_int_equal(words.n_items, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(words.items[i], want[i]);
    pinna_words_free(&words);
    assert_int_equal(pinna_words_split_characters(NULL, &words), 0);
    assert_int_equal(words.n_items, 0);
    pinna_words_free(&words);
}

static void splits_at_white_space_and_lowers_case(void **state)
{
    pinna_words words;

    (void)state;
    assert_int_equal(pinna_words_split("  One TWO\t\tthree\n", &words), 0);
    assert_int_equal(words.n_items, 3);
    assert_string_equal(words.items[0], "one");
    assert_string_equal(words.items[1], "two");
    assert_string_equal(words.items[2], "three");
    pinna_words_free(&words);

    assert_int_equal(pinna_words_split("a b c d e", &words), 0);
    assert_int_equal(words.n_items, 5);
    pinna_words_free(&words);

    assert_int_equal(pinna_words_split(NULL, &words), 0);
    assert_int_equal(words.n_items, 0);
    pinna_words_free(&words);
}

static void aligns_known_cases(void **state)
{
    (void)state;
    assert_alignment("one two three", "one two three", "CCC");
    assert_alignment("one two three", "one too three", "CSC");
    assert_alignment("one two three", "one three", "CDC");
    assert_alignment("one three", "one two three", "CIC");
    assert_alignment("one two", "", "DD");
    assert_alignment("", "one two", "II");
    assert_alignment("", "", "");
    assert_alignment("a b c d", "b c d e", "DCCCI");
}

/* The least number of errors by trying all choices. */
static size_t distance_by_recursion(const pinna_words *ref, size_t r,
                                    const pinna_words *hyp, size_t h)
{
    if (r == ref->n_items)
        return hyp->n_items - h;
    if (h == hyp->n_items)
        return ref->n_items - r;
    const size_t pair = distance_by_recursion(ref, r + 1, hyp, h + 1) +
                        (strcmp(ref->items[r], hyp->items[h]) != 0);
    const size_t drop = distance_by_recursion(ref, r + 1, hyp, h) + 1;
    const size_t add = distance_by_recursion(ref, r, hyp, h + 1) + 1;
    const size_t least = pair < drop ? pair : drop;
    return least < add ? least : add;
}

static void finds_the_fewest_errors(void **state)
{
    pinna_rng rng;

    (void)state;
    pinna_rng_seed(&rng, 7, 0);
    for (int round = 0; round < 200; round++) {
        char texts[2][16] = {"", ""};
        for (int side = 0; side < 2; side++) {
            const size_t n = pinna_rng_below(&rng, 7);
            for (size_t i = 0; i < n; i++) {
                texts[side][2 * i] = "abc"[pinna_rng_below(&rng, 3)];
                texts[side][2 * i + 1] = ' ';
            }
        }
        pinna_words ref, hyp;
        pinna_wer wer = {0};
        assert_int_equal(pinna_words_split(texts[0], &ref), 0);
        assert_int_equal(pinna_words_split(texts[1], &hyp), 0);
        assert_int_equal(pinna_wer_add(&wer, texts[0], texts[1], NULL), 0);
        assert_int_equal(wer.n_substituted + wer.n_inserted + wer.n_deleted,
                         distance_by_recursion(&ref, 0, &hyp, 0));
        assert_int_equal(wer.n_words, ref.n_items);
        assert_int_equal(wer.n_correct + wer.n_substituted + wer.n_deleted,
                         ref.n_items);
        assert_int_equal(wer.n_correct + wer.n_substituted + wer.n_inserted,
                         hyp.n_items);
        pinna_words_free(&ref);
        pinna_words_free(&hyp);
    }
}

static void sums_over_utterances(void **state)
{
    pinna_wer wer = {0};
    bool exact;

    (void)state;
    assert_close(pinna_wer_rate(&wer), 0, 0);
    assert_int_equal(pinna_wer_add(&wer, "one two", "one two", &exact), 0);
    assert_true(exact);
    assert_int_equal(pinna_wer_add(&wer, "three four", "three", &exact), 0);
    assert_false(exact);
    assert_int_equal(wer.n_utterances, 2);
    assert_int_equal(wer.n_exact, 1);
    assert_close(pinna_wer_rate(&wer), 0.25, 1e-12);

    wer = (pinna_wer){0};
    assert_int_equal(pinna_wer_add(&wer, "", "ghost", &exact), 0);
    assert_false(exact);
    assert_true(isinf(pinna_wer_rate(&wer)));
}

static void survives_every_failed_allocation(void **state)
{
    int failed = 1;

    (void)state;
    for (size_t n = 1; failed; n++) {
        pinna_wer wer = {0};
        support_fail_allocation(n);
        const pinna_status status = pinna_wer_add(&wer, "a b", "a c", NULL);
        failed = support_alloc_failed();
        support_fail_allocation(0);
        assert_int_equal(status, failed ? PINNA_NO_MEMORY : PINNA_OK);
        assert_int_equal(wer.n_utterances, failed ? 0 : 1);
    }
}

/* Spaces are no characters. */
static void test_characters(void **state)
{
    (void)state;
    pinna_wer cer = {0};

    assert_int_equal(pinna_wer_add_characters(&cer, "one two", "on etwx"), 0);
    assert_int_equal(cer.n_words, 6);
    assert_int_equal(cer.n_substituted, 1);
    assert_int_equal(pinna_wer_errors(&cer), 1);
    assert_int_equal(pinna_wer_add_characters(&cer, "", "a b"), 0);
    assert_int_equal(cer.n_inserted, 2);
    assert_close(pinna_wer_rate(&cer), 3.0 / 6, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costs_choose_the_alignment),
        cmocka_unit_test(splits_into_characters),
        cmocka_unit_test(splits_at_white_space_and_lowers_case),
        cmocka_unit_test(aligns_known_cases),
        cmocka_unit_test(finds_the_fewest_errors),
        cmocka_unit_test(sums_over_utterances),
        cmocka_unit_test(survives_every_failed_allocation),
        cmocka_unit_test(test_characters),
    };
    return cmocka_run_group_tests_name("wer", tests, NULL, NULL);
}
