#include "support.h"

#include "datasets/subwords.h"
#include "dsp/rng.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK PINNA_SUBWORD_MARK

static void check_tokens(const char *const *texts, size_t n_texts,
                         size_t n_pieces, const char *const *want,
                         size_t n_want)
{
    pinna_labels labels;
    pinna_error error = {""};

    if (pinna_subwords_learn(texts, n_texts, n_pieces, &labels, &error))
        fail_msg("%s", error.text);
    assert_int_equal(labels.unit, PINNA_UNIT_SUBWORD);
    assert_int_equal(labels.n_tokens, n_want);
    for (size_t i = 0; i < n_want; i++)
        assert_string_equal(labels.tokens[i], want[i]);
    pinna_labels_free(&labels);
    assert_null(labels.tokens);
}

/* By hand. */
static void test_counts_pairs_within_words(void **state)
{
    (void)state;
    /* Pairs: a-b thrice, mark-a twice, b-c twice, mark-d once, d-a once. */
    static const char *const texts[] = {"abc Abc", NULL, " dab\n"};
    static const char *const want[] = {
        "<blank>", MARK, "a", "b", "c", "d", "ab", MARK "ab", MARK "abc"};
    check_tokens(texts, 3, 8, want, 9);
    check_tokens(texts, 3, 7, want, 8);
    check_tokens(texts, 3, 5, want, 6);
    /* What is there once is no unit. */
    check_tokens(texts, 3, 100, want, 9);
}

static void test_characters_are_utf8(void **state)
{
    (void)state;
    static const char *const texts[] = {"\xC3\xA9t\xC3\xA9 \xC3\xA9t\xC3\xA9"};
    static const char *const want[] = {"<blank>", MARK, "t", "\xC3\xA9"};
    check_tokens(texts, 1, 3, want, 4);
}

static void test_words_with_marks_do_not_count(void **state)
{
    (void)state;
    static const char *const texts[] = {"a<b <unk> x" MARK "y ba"};
    static const char *const want[] = {"<blank>", MARK, "a", "b"};
    check_tokens(texts, 1, 10, want, 4);
}

static void check_refused(const char *text, size_t n_pieces, const char *want)
{
    pinna_labels labels;
    pinna_error error = {""};

    assert_int_equal(pinna_subwords_learn(&text, 1, n_pieces, &labels, &error),
                     PINNA_BAD_ARG);
    assert_string_equal(error.text, want);
    assert_null(labels.tokens);
}

static void test_refuses(void **state)
{
    (void)state;
    check_refused(" \n", 10, "no text has a word");
    check_refused("abc", 3,
                  "3 pieces are too few: the texts have at least 3 different "
                  "characters");
}

/* ---- the definition, with all pairs counted anew each time ---- */

#define MAX_WORDS  200
#define MAX_LENGTH 24
#define MAX_TOKENS 200

typedef struct naive_word {
    char pieces[MAX_LENGTH][MAX_LENGTH];
    size_t n;
} naive_word;

typedef struct naive {
    naive_word words[MAX_WORDS];
    size_t n_words;
    char tokens[MAX_TOKENS][MAX_LENGTH];
    size_t n_tokens;
} naive;

static size_t index_of(const naive *s, const char *text)
{
    for (size_t i = 0; i < s->n_tokens; i++)
        if (strcmp(s->tokens[i], text) == 0)
            return i;
    return s->n_tokens;
}

static size_t count_pair(const naive *s, const char *left, const char *right)
{
    size_t n = 0;
    for (size_t w = 0; w < s->n_words; w++)
        for (size_t i = 0; i + 1 < s->words[w].n; i++)
            n += strcmp(s->words[w].pieces[i], left) == 0 &&
                 strcmp(s->words[w].pieces[i + 1], right) == 0;
    return n;
}

static bool join_best(naive *s)
{
    size_t best = 1, left = 0, right = 0;

    for (size_t a = 1; a < s->n_tokens; a++)
        for (size_t b = 1; b < s->n_tokens; b++) {
            const size_t n = count_pair(s, s->tokens[a], s->tokens[b]);
            if (n > best) {
                best = n;
                left = a;
                right = b;
            }
        }
    if (best < 2)
        return false;
    char joined[2 * MAX_LENGTH];
    snprintf(joined, sizeof joined, "%s%s", s->tokens[left], s->tokens[right]);
    assert_true(strlen(joined) < MAX_LENGTH);
    for (size_t w = 0; w < s->n_words; w++) {
        naive_word *word = &s->words[w];
        for (size_t i = 0; i + 1 < word->n; i++) {
            if (strcmp(word->pieces[i], s->tokens[left]) != 0 ||
                strcmp(word->pieces[i + 1], s->tokens[right]) != 0)
                continue;
            strcpy(word->pieces[i], joined);
            memmove(word->pieces[i + 1], word->pieces[i + 2],
                    (word->n - i - 2) * sizeof *word->pieces);
            word->n--;
        }
    }
    if (index_of(s, joined) == s->n_tokens)
        strcpy(s->tokens[s->n_tokens++], joined);
    return true;
}

static void test_equals_the_definition(void **state)
{
    (void)state;
    static naive s;

    for (uint64_t seed = 0; seed < 30; seed++) {
        char text[MAX_WORDS * MAX_LENGTH] = "";
        const size_t n_letters = 2 + seed % 4, n_pieces = 10 + 3 * seed;
        pinna_rng rng;
        size_t used = 0;

        memset(&s, 0, sizeof s);
        strcpy(s.tokens[s.n_tokens++], "<blank>");
        strcpy(s.tokens[s.n_tokens++], MARK);
        for (char c = 'a'; c < (char)('a' + (char)n_letters); c++)
            s.tokens[s.n_tokens++][0] = c;
        pinna_rng_seed(&rng, seed, 0);
        s.n_words = 20 + 6 * (size_t)seed;
        for (size_t w = 0; w < s.n_words; w++) {
            const size_t length =
                w == 0 ? n_letters : 1 + pinna_rng_below(&rng, 8);
            naive_word *word = &s.words[w];
            strcpy(word->pieces[word->n++], MARK);
            for (size_t i = 0; i < length; i++) {
                /* All letters in the first word. */
                const size_t c = w == 0 ? i : pinna_rng_below(&rng, n_letters);
                text[used++] = (char)((i % 2 ? 'A' : 'a') + (char)c);
                word->pieces[word->n++][0] = (char)('a' + (char)c);
            }
            text[used++] = ' ';
        }
        while (s.n_tokens < n_pieces + 1 && join_best(&s))
            ;
        const char *const texts[] = {text};
        const char *want[MAX_TOKENS];
        for (size_t i = 0; i < s.n_tokens; i++)
            want[i] = s.tokens[i];
        check_tokens(texts, 1, n_pieces, want, s.n_tokens);
    }
}

/* Every word of the texts can be spelled, and the spelling reads as it. */
static void test_spells_its_texts(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "may i have a large dark roast house coffee with sweetener",
        "make me a double shot large espresso with whole milk",
        "can i get a dark roast cappuccino with a bit of brown sugar"};

    for (size_t n_pieces = 24; n_pieces < 90; n_pieces += 13) {
        pinna_labels labels;
        assert_int_equal(
            pinna_subwords_learn(texts, 3, n_pieces, &labels, NULL), PINNA_OK);
        for (size_t i = 0; i < 3; i++) {
            int ids[100];
            size_t n, used = 0;
            char text[400] = "";
            assert_int_equal(
                pinna_labels_encode(&labels, texts[i], ids, 100, &n, NULL),
                PINNA_OK);
            for (size_t k = 0; k < n; k++) {
                const char *piece = labels.tokens[ids[k]];
                const bool begins = strncmp(piece, MARK, strlen(MARK)) == 0;
                used += (size_t)sprintf(text + used, "%s%s",
                                        begins && k > 0 ? " " : "",
                                        begins ? piece + strlen(MARK) : piece);
            }
            assert_string_equal(text, texts[i]);
        }
        pinna_labels_free(&labels);
    }
}

static pinna_status learn_and_free(void)
{
    static const char *const texts[] = {"abcabcab abc", "cab cab"};
    pinna_labels labels;
    const pinna_status status =
        pinna_subwords_learn(texts, 2, 20, &labels, NULL);
    pinna_labels_free(&labels);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(learn_and_free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_pairs_within_words),
        cmocka_unit_test(test_characters_are_utf8),
        cmocka_unit_test(test_words_with_marks_do_not_count),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_equals_the_definition),
        cmocka_unit_test(test_spells_its_texts),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("subwords", tests, NULL, NULL);
}
