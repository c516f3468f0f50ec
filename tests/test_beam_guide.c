#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ctc_texts.h"
#include "rnn/beam_guide.h"
#include "rnn/ctc_beam.h"
#include "rnn_cases.h"

/* What follows from logits, by enumeration and by the beam, for models that
 * have no net. */

static char *letters[] = {"<blank>", " ", "a", "b"};
static char *words[] = {"<blank>", "<noise>", "a", "b"};
static char *phones[] = {"<blank>", "t", "u", "n"};
static const pinna_model writes_letters = {.tokens = letters, .n_tokens = 4};
static const pinna_model writes_words = {
    .tokens = words, .n_tokens = 4, .word_tokens = true};
static const pinna_model writes_phones = {
    .tokens = phones, .n_tokens = 4, .word_tokens = true};

static const char arpa[] = "\\data\\\nngram 1=6\nngram 2=4\n\\1-grams:\n"
                           "-99 <s> -0.3\n-0.9 </s>\n-1.1 a -0.2\n"
                           "-0.8 ab -0.5\n-0.6 b\n-1.7 <unk>\n\\2-grams:\n"
                           "-0.4 <s> a\n-0.2 a ab\n-0.7 ab </s>\n-0.1 b b\n"
                           "\\end\\\n";

static const double weight = 0.7, bonus = 0.4, boost = 1.3;

static pinna_ngram_lm *new_lm(void)
{
    pinna_ngram_lm *lm;
    assert_int_equal(
        pinna_ngram_lm_parse(arpa, sizeof arpa - 1, "a", &lm, NULL), PINNA_OK);
    return lm;
}

/* Words to the lexicon: "a", or with a spelling "two=t u". */
static pinna_token_graph *new_graph(const pinna_model *model,
                                    const char *const *lexicon, size_t n)
{
    pinna_token_graph *graph;
    assert_int_equal(pinna_token_graph_new(model, &graph), PINNA_OK);
    for (size_t i = 0; i < n; i++) {
        char text[32];
        strcpy(text, lexicon[i]);
        char *spelling = strchr(text, '=');
        if (spelling)
            *spelling++ = '\0';
        assert_int_equal(
            pinna_token_graph_add_word(
                graph, text, spelling ? spelling : text + strlen(text)),
            PINNA_OK);
    }
    assert_int_equal(pinna_token_graph_finish(graph), PINNA_OK);
    return graph;
}

static pinna_ctc_beam *new_beam(const pinna_beam_guide *guide, size_t width)
{
    pinna_ctc_beam_config config = pinna_ctc_beam_config_default();
    pinna_ctc_beam *beam;
    config.width = width;
    config.score_beam = INFINITY;
    config.guide = guide;
    assert_int_equal(pinna_ctc_beam_new(&config, 4, 0, &beam), PINNA_OK);
    return beam;
}

/* What the words of a text add to its score, and its end. */
static double score_words(const pinna_ngram_lm *lm, char *const *said, size_t n)
{
    pinna_lm_state state = pinna_ngram_lm_begin(lm);
    double score = 0;

    for (size_t i = 0; i < n; i++)
        score += bonus + (strcmp(said[i], "b") == 0 ? boost : 0) +
                 weight * pinna_ngram_lm_score(lm, state,
                                               pinna_ngram_lm_word(lm, said[i]),
                                               &state);
    return score + weight * pinna_ngram_lm_score_end(lm, state);
}

/* The words of a text of letters; false when one is not of the lexicon. */
static bool split_letters(const ctc_text *text, char (*said)[MAX_LENGTH + 1],
                          size_t *n)
{
    static const char *const lexicon[] = {"a", "ab", "bba", "b"};
    size_t length = 0;

    *n = 0;
    for (size_t i = 0; i <= text->n; i++) {
        const int token = i < text->n ? text->tokens[i] : 1;
        if (token != 1) {
            said[*n][length++] = letters[token][0];
            continue;
        }
        if (length == 0)
            continue;
        said[*n][length] = '\0';
        bool known = false;
        for (size_t k = 0; k < 4; k++)
            known = known || strcmp(said[*n], lexicon[k]) == 0;
        if (!known)
            return false;
        (*n)++;
        length = 0;
    }
    return true;
}

/* Scores of all texts, -INFINITY where the graph does not have one. */
static void score_texts(const ctc_texts *texts, const pinna_ngram_lm *lm,
                        bool of_letters, double *scores)
{
    for (size_t i = 0; i < texts->n; i++) {
        const ctc_text *text = &texts->items[i];
        char split[MAX_LENGTH][MAX_LENGTH + 1];
        char *said[MAX_LENGTH];
        size_t n = 0;
        bool known = true;

        if (of_letters) {
            known = split_letters(text, split, &n);
            for (size_t k = 0; k < n; k++)
                said[k] = split[k];
        } else {
            for (size_t k = 0; k < text->n; k++)
                if (text->tokens[k] != 1)
                    said[n++] = words[text->tokens[k]];
        }
        scores[i] = known ? log(text->p) + score_words(lm, said, n) : -INFINITY;
    }
}

/* Every hypothesis of the beam has the score of its text, and no text is
 * missing. */
static void check_all(const pinna_beam_guide *guide, const pinna_ngram_lm *lm,
                      bool of_letters)
{
    enum { T = 6, V = 4 };
    double *want = malloc(MAX_TEXTS * sizeof *want);

    for (uint64_t seed = 1; seed < 4; seed++) {
        float *logits = random_floats(T * V, seed, 3);
        ctc_texts *texts = enumerate_texts(logits, T, V, 0);
        pinna_ctc_beam *beam = new_beam(guide, 3000);
        size_t n_want = 0, n_got = 0;
        double before = INFINITY;

        score_texts(texts, lm, of_letters, want);
        for (size_t i = 0; i < texts->n; i++)
            n_want += want[i] > -INFINITY;
        for (size_t t = 0; t < T; t++)
            pinna_ctc_beam_process(beam, logits + t * V);
        pinna_ctc_beam_finish(beam);
        for (size_t r = 0; r < pinna_ctc_beam_n_best(beam); r++) {
            pinna_ctc_token got[MAX_LENGTH + 1];
            double score;
            size_t i = 0, n = pinna_ctc_beam_tail(beam, r, got, NULL,
                                                  MAX_LENGTH + 1, &score);
            if (score == -INFINITY)
                continue;
            assert_true(score <= before);
            before = score;
            n -= n > 0 && got[n - 1].token == 0; /* the end */
            for (; i < texts->n; i++) {
                const ctc_text *text = &texts->items[i];
                bool same = text->n == n;
                for (size_t k = 0; same && k < n; k++)
                    same = text->tokens[k] == got[k].token;
                if (same)
                    break;
            }
            assert_true(i < texts->n);
            assert_close(score, want[i], 1e-9);
            n_got++;
        }
        assert_int_equal(n_got, n_want);
        assert_true(n_want > 20);
        pinna_ctc_beam_free(beam);
        free(texts);
        free(logits);
    }
    free(want);
}

static void test_letters_equal_enumeration(void **state)
{
    (void)state;
    static const char *const lexicon[] = {"a", "ab", "bba", "b"};
    pinna_ngram_lm *lm = new_lm();
    pinna_token_graph *graph = new_graph(&writes_letters, lexicon, 4);
    pinna_beam_guide *guide;

    assert_false(pinna_lm_is_of_tokens(lm, &writes_letters));
    assert_int_equal(
        pinna_beam_guide_new(&writes_letters, graph, lm, weight, bonus, &guide),
        PINNA_OK);
    assert_int_equal(pinna_beam_guide_boost(guide, "b", boost), PINNA_OK);
    assert_int_equal(pinna_beam_guide_boost(guide, "c", 1), PINNA_NOT_FOUND);
    check_all(guide, lm, true);
    pinna_beam_guide_free(guide);
    pinna_token_graph_free(graph);
    pinna_ngram_lm_free(lm);
}

static void test_words_equal_enumeration(void **state)
{
    (void)state;
    static const char *const lexicon[] = {"a", "b"};
    pinna_ngram_lm *lm = new_lm();
    pinna_token_graph *graph = new_graph(&writes_words, lexicon, 2);

    /* Every token is a word, so that a graph of all changes nothing. */
    for (size_t with_graph = 0; with_graph < 2; with_graph++) {
        pinna_beam_guide *guide;
        assert_int_equal(pinna_beam_guide_new(&writes_words,
                                              with_graph ? graph : NULL, lm,
                                              weight, bonus, &guide),
                         PINNA_OK);
        assert_int_equal(pinna_beam_guide_boost(guide, "b", boost), PINNA_OK);
        check_all(guide, lm, false);
        pinna_beam_guide_free(guide);
    }
    pinna_token_graph_free(graph);
    pinna_ngram_lm_free(lm);
}

/* Logits that are sure of a token in each frame. */
static void say(pinna_ctc_beam *beam, const int *tokens, size_t n)
{
    for (size_t t = 0; t < n; t++) {
        float logits[4] = {0, 0, 0, 0};
        logits[tokens[t]] = 6;
        pinna_ctc_beam_process(beam, logits);
    }
    pinna_ctc_beam_finish(beam);
}

static void assert_pulls(pinna_ctc_beam *beam, const pinna_token_graph *graph,
                         const char *want)
{
    char got[100] = "";
    pinna_ctc_token token;
    uint32_t word;

    while (pinna_ctc_beam_pull(beam, &token, &word))
        if (word != PINNA_NO_WORD) {
            strcat(got, pinna_word_table_text(&graph->words, word));
            strcat(got, ".");
        }
    assert_string_equal(got, want);
}

/* Words that sound the same, and one that begins another: what is expected
 * decides. */
static void test_spellings_and_boosts(void **state)
{
    (void)state;
    static const char *const lexicon[] = {"two=t u", "too=t u", "tune=t u n",
                                          "in=n"};
    static const char *const boosted[] = {"two", "too"};
    static const char *const want[] = {"two.two.in.", "too.too.in."};
    pinna_token_graph *graph = new_graph(&writes_phones, lexicon, 4);

    for (size_t i = 0; i < 2; i++) {
        pinna_beam_guide *guide;
        assert_int_equal(
            pinna_beam_guide_new(&writes_phones, graph, NULL, 1, 0, &guide),
            PINNA_OK);
        assert_int_equal(pinna_beam_guide_boost(guide, boosted[i], 2),
                         PINNA_OK);
        pinna_ctc_beam *beam = new_beam(guide, 50);
        say(beam, (const int[]){1, 2, 0, 1, 1, 2, 3}, 7);
        assert_pulls(beam, graph, want[i]);
        pinna_ctc_beam_free(beam);
        pinna_beam_guide_free(guide);
    }
    pinna_token_graph_free(graph);
}

/* The last word needs no space after it; nothing but words is written, whatever
 * is heard. */
static void test_words_of_letters(void **state)
{
    (void)state;
    static const char *const lexicon[] = {"ab", "a"};
    pinna_token_graph *graph = new_graph(&writes_letters, lexicon, 2);
    pinna_beam_guide *guide;

    assert_int_equal(
        pinna_beam_guide_new(&writes_letters, graph, NULL, 1, 0, &guide),
        PINNA_OK);
    pinna_ctc_beam *beam = new_beam(guide, 50);
    say(beam, (const int[]){1, 2, 1, 0, 1, 2, 3}, 7);
    assert_pulls(beam, graph, "a.ab.");
    pinna_ctc_beam_reset(beam);
    say(beam, (const int[]){2, 3, 1}, 3);
    assert_pulls(beam, graph, "ab.");
    pinna_ctc_beam_reset(beam);
    say(beam, (const int[]){3, 3, 0}, 3);
    assert_pulls(beam, graph, "ab."); /* one sound changed, not two */
    pinna_ctc_beam_free(beam);
    pinna_beam_guide_free(guide);
    pinna_token_graph_free(graph);
}

/* A beam of one hypothesis finds an expected word that begins worse. */
static void test_looks_ahead(void **state)
{
    (void)state;
    static const char *const lexicon[] = {"tn=t n", "un=u n"};
    pinna_token_graph *graph = new_graph(&writes_phones, lexicon, 2);
    pinna_beam_guide *guide;
    const float first[4] = {0, 6, 5, 0}, second[4] = {0, 0, 0, 6};

    assert_int_equal(
        pinna_beam_guide_new(&writes_phones, graph, NULL, 1, 0, &guide),
        PINNA_OK);
    for (size_t i = 0; i < 2; i++) {
        if (i == 1)
            assert_int_equal(pinna_beam_guide_boost(guide, "un", 3), PINNA_OK);
        pinna_ctc_beam *beam = new_beam(guide, 1);
        pinna_ctc_beam_process(beam, first);
        pinna_ctc_beam_process(beam, second);
        pinna_ctc_beam_finish(beam);
        assert_pulls(beam, graph, i == 0 ? "tn." : "un.");
        pinna_ctc_beam_free(beam);
    }
    /* The prospect stays while the sound does. */
    pinna_ctc_beam *beam = new_beam(guide, 2);
    pinna_ctc_token token;
    pinna_ctc_beam_process(beam, first);
    pinna_ctc_beam_process(beam, first);
    pinna_ctc_beam_tail(beam, 0, &token, NULL, 1, NULL);
    assert_int_equal(token.token, 2);
    pinna_ctc_beam_free(beam);
    /* Between words and within them. */
    assert_close(guide->outlook[0], 0, 0);
    assert_close(guide->outlook[1], 0, 0);
    assert_close(guide->outlook[2], 3, 0);
    pinna_beam_guide_free(guide);
    pinna_token_graph_free(graph);
}

/* What seems too unlikely before its boost counts is not dropped. */
static void test_boosts_count_before_pruning(void **state)
{
    (void)state;
    const float logits[4] = {0, 0, 6, 5};
    pinna_beam_guide *guide;
    pinna_ctc_token token;

    assert_int_equal(
        pinna_beam_guide_new(&writes_words, NULL, NULL, 1, 0, &guide),
        PINNA_OK);
    assert_int_equal(pinna_beam_guide_boost(guide, "b", 3), PINNA_OK);
    pinna_ctc_beam *beam = new_beam(guide, 1);
    pinna_ctc_beam_process(beam, logits);
    pinna_ctc_beam_finish(beam);
    assert_true(pinna_ctc_beam_pull(beam, &token, NULL));
    assert_int_equal(token.token, 3);
    pinna_ctc_beam_free(beam);
    pinna_beam_guide_free(guide);
}

static void test_letters_as_words_of_a_model(void **state)
{
    (void)state;
    static const char text[] = "\\data\\\nngram 1=4\n\\1-grams:\n-99 <s>\n"
                               "-0.5 a\n-0.6 b\n-0.7 <space>\n\\end\\\n";
    pinna_ngram_lm *lm;
    pinna_beam_guide *guide;

    assert_int_equal(
        pinna_ngram_lm_parse(text, sizeof text - 1, "a", &lm, NULL), PINNA_OK);
    assert_true(pinna_lm_is_of_tokens(lm, &writes_letters));
    assert_false(pinna_lm_is_of_tokens(lm, &writes_phones));
    assert_int_equal(
        pinna_beam_guide_new(&writes_letters, NULL, lm, 1, 0, &guide),
        PINNA_OK);
    pinna_guide_place place = pinna_beam_guide_begin(guide);
    assert_close(pinna_beam_guide_take(guide, &place, 1), -0.7 * log(10), 1e-6);
    assert_close(pinna_beam_guide_take(guide, &place, 3), -0.6 * log(10), 1e-6);
    pinna_beam_guide_free(guide);
    pinna_ngram_lm_free(lm);
}

/* Whole words that are pieces within others make no model of pieces. */
static void test_lm_of_pieces(void **state)
{
    (void)state;
    static char *pieces[] = {"<blank>", PINNA_WORD_MARK "a", "a", "b"};
    static const pinna_model writes_pieces = {
        .tokens = pieces, .n_tokens = 4, .subword_tokens = true};
    static const char of_words[] = "\\data\\\nngram 1=4\n\\1-grams:\n-99 <s>\n"
                                   "-0.9 </s>\n-0.7 a\n-0.6 b\n\\end\\\n",
                      of_pieces[] = "\\data\\\nngram 1=4\n\\1-grams:\n-99 "
                                    "<s>\n-0.9 </s>\n-0.7 " PINNA_WORD_MARK
                                    "a\n-0.6 b\n\\end\\\n";
    pinna_ngram_lm *lm;

    assert_int_equal(
        pinna_ngram_lm_parse(of_words, sizeof of_words - 1, "a", &lm, NULL),
        PINNA_OK);
    assert_false(pinna_lm_is_of_tokens(lm, &writes_pieces));
    pinna_ngram_lm_free(lm);
    assert_int_equal(
        pinna_ngram_lm_parse(of_pieces, sizeof of_pieces - 1, "a", &lm, NULL),
        PINNA_OK);
    assert_true(pinna_lm_is_of_tokens(lm, &writes_pieces));
    pinna_ngram_lm_free(lm);
}

static pinna_status make(void)
{
    pinna_beam_guide *guide;
    const pinna_status status =
        pinna_beam_guide_new(&writes_words, NULL, NULL, 1, 0, &guide);
    pinna_beam_guide_free(guide);
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
        cmocka_unit_test(test_letters_equal_enumeration),
        cmocka_unit_test(test_words_equal_enumeration),
        cmocka_unit_test(test_spellings_and_boosts),
        cmocka_unit_test(test_words_of_letters),
        cmocka_unit_test(test_looks_ahead),
        cmocka_unit_test(test_boosts_count_before_pruning),
        cmocka_unit_test(test_letters_as_words_of_a_model),
        cmocka_unit_test(test_lm_of_pieces),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("beam_guide", tests, NULL, NULL);
}
