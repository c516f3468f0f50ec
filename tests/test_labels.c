#include "support.h"

#include "datasets/labels.h"

#include <string.h>

#define MAX_IDS 64

static void check_ids(const pinna_labels *labels, const char *text,
                      const int *want, size_t n_want)
{
    int ids[MAX_IDS];
    size_t n_ids;
    pinna_error error = {""};
    assert_int_equal(
        pinna_labels_encode(labels, text, ids, MAX_IDS, &n_ids, &error),
        PINNA_OK);
    assert_int_equal(n_ids, n_want);
    for (size_t i = 0; i < n_want; i++)
        assert_int_equal(ids[i], want[i]);
}

static void check_fails(const pinna_labels *labels, const char *text,
                        size_t max_ids, pinna_status want, const char *message)
{
    int ids[MAX_IDS];
    size_t n_ids;
    pinna_error error = {""};
    assert_int_equal(
        pinna_labels_encode(labels, text, ids, max_ids, &n_ids, &error), want);
    assert_string_equal(error.text, message);
    assert_int_equal(n_ids, 0);
    assert_int_equal(
        pinna_labels_encode(labels, text, ids, max_ids, &n_ids, NULL), want);
}

static void test_words(void **state)
{
    (void)state;
    pinna_labels labels;
    assert_int_equal(
        pinna_labels_new(PINNA_UNIT_WORD, " zero one\ttwo\n", &labels),
        PINNA_OK);
    assert_int_equal(labels.n_tokens, 4);
    assert_string_equal(labels.tokens[0], "<blank>");
    assert_string_equal(labels.tokens[1], "zero");
    assert_string_equal(labels.tokens[3], "two");

    check_ids(&labels, "two zero one one", (const int[]){3, 1, 2, 2}, 4);
    check_ids(&labels, "  TWO \t Zero\r\n", (const int[]){3, 1}, 2);
    check_ids(&labels, "", NULL, 0);
    check_ids(&labels, " \n", NULL, 0);
    check_fails(&labels, "two three", MAX_IDS, PINNA_NOT_FOUND,
                "word not in the set: three");
    check_fails(&labels, "tw", MAX_IDS, PINNA_NOT_FOUND,
                "word not in the set: tw");
    check_fails(&labels, "<blank>", MAX_IDS, PINNA_NOT_FOUND,
                "word not in the set: <blank>");
    check_fails(&labels, "one two", 1, PINNA_BAD_ARG,
                "text has more than 1 tokens");
    check_fails(&labels, "one", 0, PINNA_BAD_ARG,
                "text has more than 0 tokens");
    pinna_labels_free(&labels);
    assert_null(labels.tokens);
}

static void test_unknown_word(void **state)
{
    (void)state;
    pinna_labels labels;
    assert_int_equal(pinna_labels_new(PINNA_UNIT_WORD, "<unk> yes", &labels),
                     PINNA_OK);
    check_ids(&labels, "yes no maybe", (const int[]){2, 1, 1}, 3);
    pinna_labels_free(&labels);
}

static void test_characters(void **state)
{
    (void)state;
    pinna_labels labels;
    assert_int_equal(pinna_labels_new(PINNA_UNIT_CHAR, NULL, &labels),
                     PINNA_OK);
    assert_int_equal(labels.n_tokens, 29);
    assert_string_equal(labels.tokens[1], "a");
    assert_string_equal(labels.tokens[26], "z");
    assert_string_equal(labels.tokens[27], "'");
    assert_string_equal(labels.tokens[28], " ");

    check_ids(&labels, " It's  a ", (const int[]){9, 20, 27, 19, 28, 1}, 6);
    check_fails(&labels, "a1", MAX_IDS, PINNA_NOT_FOUND,
                "character not in the set: 1");
    check_fails(&labels, "caf\xC3\xA9", MAX_IDS, PINNA_NOT_FOUND,
                "character not in the set: \xC3\xA9");
    check_fails(&labels, "ab cd", 4, PINNA_BAD_ARG,
                "text has more than 4 tokens");
    check_ids(&labels, "ab cd", (const int[]){1, 2, 28, 3, 4}, 5);
    pinna_labels_free(&labels);
}

static void test_chosen_characters(void **state)
{
    (void)state;
    pinna_labels labels;
    assert_int_equal(pinna_labels_new(PINNA_UNIT_CHAR, "b a", &labels),
                     PINNA_OK);
    assert_int_equal(labels.n_tokens, 4);
    check_ids(&labels, "ab a", (const int[]){2, 1, 3, 2}, 4);
    pinna_labels_free(&labels);
}

#define MARK PINNA_SUBWORD_MARK

static void test_pieces(void **state)
{
    (void)state;
    pinna_labels labels;
    /*     1    2  3  4  5  6        7    8          9    10 */
    assert_int_equal(pinna_labels_new(PINNA_UNIT_SUBWORD,
                                      MARK " o n e t " MARK "on ne " MARK
                                           "ton ton \xC3\xA9 tonone",
                                      &labels),
                     PINNA_OK);
    assert_int_equal(labels.n_tokens, 12);

    /* The longest that fits, not the best of all ways. */
    check_ids(&labels, "one", (const int[]){6, 4}, 2);
    check_ids(&labels, "  ONE \ttone\n", (const int[]){6, 4, 8, 4}, 4);
    /* What has the mark begins a word, what has none does not. */
    check_ids(&labels, "ton nton", (const int[]){8, 1, 3, 9}, 4);
    check_ids(&labels, "e", (const int[]){1, 4}, 2);
    check_ids(&labels, "one\xC3\xA9", (const int[]){6, 4, 10}, 3);
    check_ids(&labels, " ", NULL, 0);
    check_fails(&labels, "ton ox", MAX_IDS, PINNA_NOT_FOUND,
                "character not in the set: x");
    check_fails(&labels, "on\xC3\xA8", MAX_IDS, PINNA_NOT_FOUND,
                "character not in the set: \xC3\xA8");
    check_fails(&labels, "o" MARK "n", MAX_IDS, PINNA_NOT_FOUND,
                "character not in the set: " MARK);
    check_fails(&labels, "one e", 3, PINNA_BAD_ARG,
                "text has more than 3 tokens");
    pinna_labels_free(&labels);

    /* Without the mark alone, not every word can begin. */
    assert_int_equal(
        pinna_labels_new(PINNA_UNIT_SUBWORD, MARK "a a b", &labels), PINNA_OK);
    check_ids(&labels, "ab", (const int[]){1, 3}, 2);
    check_fails(&labels, "a ba", MAX_IDS, PINNA_NOT_FOUND,
                "character not in the set: b");
    pinna_labels_free(&labels);
}

static void test_bad_sets(void **state)
{
    (void)state;
    pinna_labels labels;
    const char *const words[] = {NULL,          "",        "  ",
                                 "one two one", "One one", "<blank> one"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        assert_int_equal(pinna_labels_new(PINNA_UNIT_WORD, words[i], &labels),
                         PINNA_BAD_ARG);
        assert_null(labels.tokens);
    }
    assert_int_equal(pinna_labels_new(PINNA_UNIT_CHAR, "a bc", &labels),
                     PINNA_BAD_ARG);
    pinna_labels_free(&labels);
    pinna_labels_free(NULL);
}

static void test_long_word_in_error(void **state)
{
    (void)state;
    char text[3000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';

    pinna_labels labels;
    int ids[1];
    size_t n_ids;
    pinna_error error;
    assert_int_equal(pinna_labels_new(PINNA_UNIT_WORD, "one", &labels),
                     PINNA_OK);
    assert_int_equal(pinna_labels_encode(&labels, text, ids, 1, &n_ids, &error),
                     PINNA_NOT_FOUND);
    assert_true(strlen(error.text) < 200);
    pinna_labels_free(&labels);
}

static pinna_status make_and_free(void)
{
    pinna_labels labels;
    const pinna_status status =
        pinna_labels_new(PINNA_UNIT_WORD, "zero one two", &labels);
    pinna_labels_free(&labels);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make_and_free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_unknown_word),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_chosen_characters),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_bad_sets),
        cmocka_unit_test(test_long_word_in_error),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("labels", tests, NULL, NULL);
}
