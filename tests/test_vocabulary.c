#include "datasets/vocabulary.h"

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The linker puts this in place of qsort(), which does without memory when
 * there is none. */
typedef int compare(const void *left, const void *right);
void __wrap_qsort(void *items, size_t n, size_t size, compare *by);
void __real_qsort(void *items, size_t n, size_t size, compare *by);

void __wrap_qsort(void *items, size_t n, size_t size, compare *by)
{
    const size_t n_left = support_hold_failures();
    __real_qsort(items, n, size, by);
    support_release_failures(n_left);
}

static pinna_vocabulary make_set(bool words, const char *text,
                                 size_t max_tokens)
{
    pinna_vocabulary set;
    assert_int_equal(
        pinna_vocabulary_new(words, "<unk>", &text, 1, max_tokens, &set),
        PINNA_OK);
    return set;
}

/* The tokens of a text, as the set spells them, each ended by a bar. */
static void assert_spelled(const pinna_vocabulary *set, const char *text,
                           const char *want)
{
    char got[512] = "";
    int ids[32];
    const size_t n = pinna_vocabulary_encode(set, text, ids, 32);
    assert_true(n <= 32);
    for (size_t i = 0; i < n; i++) {
        assert_in_range(ids[i], 0, set->n_tokens - 1);
        strcat(got, set->tokens[ids[i]]);
        strcat(got, "|");
    }
    assert_string_equal(got, want);
}

static void test_characters(void **state)
{
    (void)state;
    pinna_vocabulary set = make_set(false, "bé\na\xF0\x9F\x90\x9B B", 100);
    assert_int_equal(set.n_tokens, 8);
    for (size_t i = 2; i < set.n_tokens; i++)
        assert_true(strcmp(set.tokens[i - 1], set.tokens[i]) < 0);
    assert_spelled(&set, "ab\xF0\x9F\x90\x9B\né ",
                   "a|b|\xF0\x9F\x90\x9B|\n|é| |");
    assert_spelled(&set, "A<unk>è",
                   "<unk>|<unk>|<unk>|<unk>|<unk>|<unk>|"
                   "<unk>|");
    assert_spelled(&set, "", "");
    pinna_vocabulary_free(&set);
}

static void test_words(void **state)
{
    (void)state;
    pinna_vocabulary set =
        make_set(true, " It's  GOOD, gut 3x;\tdéjà-vu\n!", 100);
    assert_spelled(&set, "it's good,gut ! 3X DÉJà déjà vu;-",
                   "it's|good|,|gut|!|3x|<unk>|déjà|vu|;|-|");
    pinna_vocabulary_free(&set);
}

static void test_keeps_the_frequent(void **state)
{
    (void)state;
    pinna_vocabulary set = make_set(true, "d d d c b b a a e", 4);
    assert_int_equal(set.n_tokens, 4);
    assert_spelled(&set, "a b c d e", "a|b|<unk>|d|<unk>|");
    pinna_vocabulary_free(&set);
}

static void test_long_words(void **state)
{
    (void)state;
    char text[2 * PINNA_TOKEN_MAX], cut[PINNA_TOKEN_MAX + 8];
    memset(text, 'x', sizeof text);
    memcpy(text + PINNA_TOKEN_MAX - 1, "é", 2); /* would be cut in two */
    text[sizeof text - 1] = '\0';
    pinna_vocabulary set = make_set(true, text, 10);
    snprintf(cut, sizeof cut, "%.*s|", PINNA_TOKEN_MAX - 1, text);
    assert_int_equal(set.n_tokens, 2);
    assert_spelled(&set, text, cut);
    pinna_vocabulary_free(&set);
}

static void test_many(void **state)
{
    (void)state;
    enum { N = 3000 };
    char(*texts)[8] = calloc(N, sizeof *texts);
    const char **list = calloc(N, sizeof *list);
    pinna_vocabulary set;

    assert_true(texts && list);
    for (size_t i = 0; i < N; i++) {
        snprintf(texts[i], sizeof texts[i], "w%zu", i);
        list[i] = texts[i];
    }
    assert_int_equal(pinna_vocabulary_new(true, "<unk>", list, N, N + 1, &set),
                     PINNA_OK);
    assert_int_equal(set.n_tokens, N + 1);
    for (size_t i = 0; i < N; i++) {
        int id;
        assert_int_equal(pinna_vocabulary_encode(&set, texts[i], &id, 1), 1);
        assert_string_equal(set.tokens[id], texts[i]);
    }
    pinna_vocabulary_free(&set);
    free(texts);
    free(list);
}

static void test_room_and_bad_arguments(void **state)
{
    (void)state;
    const char *text = "abc";
    char first[PINNA_TOKEN_MAX + 2];
    int ids[2] = {-1, -1};
    pinna_vocabulary set = make_set(false, text, 10);
    assert_int_equal(pinna_vocabulary_encode(&set, text, ids, 1), 3);
    assert_int_equal(ids[0], 1);
    assert_int_equal(ids[1], -1);
    pinna_vocabulary_free(&set);

    memset(first, 'x', sizeof first);
    first[sizeof first - 1] = '\0';
    assert_int_equal(pinna_vocabulary_new(true, first, &text, 1, 9, &set),
                     PINNA_BAD_ARG);
    assert_int_equal(pinna_vocabulary_new(true, "x", &text, 1, 1, &set),
                     PINNA_BAD_ARG);
    assert_int_equal(pinna_vocabulary_new(true, "x", NULL, 0, 9, &set),
                     PINNA_OK);
    assert_int_equal(set.n_tokens, 1);
    pinna_vocabulary_free(&set);
}

static pinna_status make(void)
{
    const char *text = "some words and some more";
    pinna_vocabulary set;
    const pinna_status status =
        pinna_vocabulary_new(true, "<unk>", &text, 1, 4, &set);
    pinna_vocabulary_free(&set);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_keeps_the_frequent),
        cmocka_unit_test(test_long_words),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_room_and_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("vocabulary", tests, NULL, NULL);
}
