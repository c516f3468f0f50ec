#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/rng.h"
#include "rnn/kneser_ney.h"
#include "rnn/ngram_lm.h"

/* ---- the definition, by counting again and again ---- */

enum { BEGIN, END, UNKNOWN, N_WORDS = 7, MAX_TEXT = 2000 };
static const char *const names[N_WORDS] = {"<s>", "</s>", "<unk>", "a",
                                           "b",   "c",    "d"};

typedef struct corpus {
    size_t order;
    int text[MAX_TEXT]; /* BEGIN and END of each sentence are in it */
    size_t n_text;
} corpus;

static size_t raw_count(const corpus *c, const int *words, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i + n <= c->n_text; i++) {
        bool same = true;
        for (size_t k = 0; k < n; k++)
            same = same && c->text[i + k] == words[k] &&
                   (k == 0 || words[k] != BEGIN);
        count += same;
    }
    return count;
}

static size_t adjusted_count(const corpus *c, const int *words, size_t n)
{
    int longer[PINNA_LM_MAX_ORDER + 1];
    size_t count = 0;

    if (n == c->order || words[0] == BEGIN)
        return raw_count(c, words, n);
    memcpy(longer + 1, words, n * sizeof *words);
    for (longer[0] = 0; longer[0] < N_WORDS; longer[0]++)
        count += raw_count(c, longer, n + 1) > 0;
    return count;
}

/* The next of all n-grams. */
static bool next_ngram(int *words, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        if (++words[i] < N_WORDS)
            return true;
        words[i] = 0;
    }
    return false;
}

static void find_discounts(const corpus *c, size_t n, double *d)
{
    int words[PINNA_LM_MAX_ORDER] = {0};
    double n_of[MAX_TEXT] = {0};

    do
        if (n > 1 || words[0] != BEGIN)
            n_of[adjusted_count(c, words, n)]++;
    while (next_ngram(words, n));
    const double y = n_of[1] / (n_of[1] + 2 * n_of[2]);
    d[0] = 0;
    d[1] = 1 - 2 * y * n_of[2] / n_of[1];
    d[2] = 2 - 3 * y * n_of[3] / n_of[2];
    d[3] = 3 - 4 * y * n_of[4] / n_of[3];
    if (n_of[1] == 0 || n_of[2] == 0 || n_of[3] == 0 || n_of[4] == 0 ||
        d[1] < 0 || d[2] < 0 || d[3] < 0) {
        d[1] = 0.5;
        d[2] = 1;
        d[3] = 1.5;
    }
}

/* Of the last of words [n] after the others. */
static double naive_p(const corpus *c, const int *words, size_t n)
{
    int other[PINNA_LM_MAX_ORDER];
    double sum = 0, kept_back = 0, d[4];

    if (n == 0)
        return 1.0 / (N_WORDS - 1);
    find_discounts(c, n, d);
    memcpy(other, words, n * sizeof *words);
    for (int w = 0; w < N_WORDS; w++) {
        other[n - 1] = w;
        const size_t count = adjusted_count(c, other, n);
        if (w == BEGIN)
            continue;
        sum += (double)count;
        kept_back += d[count < 3 ? count : 3];
    }
    const double below = naive_p(c, words + 1, n - 1);
    if (sum == 0)
        return below;
    const size_t count = adjusted_count(c, words, n);
    return ((double)count - d[count < 3 ? count : 3]) / sum +
           kept_back / sum * below;
}

/* ---- */

static pinna_ngram_lm *estimate(const corpus *c, size_t *n_guessed)
{
    const char *path = support_temp("a.arpa");
    FILE *file = fopen(path, "w");
    pinna_kneser_ney *kn;
    pinna_ngram_lm *lm;
    pinna_error error = {""};

    assert_int_equal(pinna_kneser_ney_new(c->order, &kn), PINNA_OK);
    for (size_t i = 0; i < c->n_text; i++)
        if (c->text[i] == END)
            assert_int_equal(pinna_kneser_ney_end(kn), PINNA_OK);
        else if (c->text[i] != BEGIN)
            assert_int_equal(pinna_kneser_ney_word(kn, names[c->text[i]]),
                             PINNA_OK);
    assert_int_equal(pinna_kneser_ney_estimate(kn, n_guessed), PINNA_OK);
    pinna_kneser_ney_write(kn, file);
    assert_int_equal(fclose(file), 0);
    pinna_kneser_ney_free(kn);
    if (pinna_ngram_lm_read(path, &lm, &error))
        fail_msg("%s", error.text);
    return lm;
}

static double lm_p(const pinna_ngram_lm *lm, const int *words, size_t n)
{
    pinna_lm_state state = 0;
    double log_p = 0;

    for (size_t i = 0; i < n; i++)
        log_p = pinna_ngram_lm_score(
            lm, state, pinna_ngram_lm_word(lm, names[words[i]]), &state);
    return exp(log_p);
}

static void random_corpus(corpus *c, size_t n_sentences, pinna_rng *rng)
{
    c->n_text = 0;
    for (size_t s = 0; s < n_sentences; s++) {
        const size_t n = pinna_rng_below(rng, 7);
        c->text[c->n_text++] = BEGIN;
        for (size_t i = 0; i < n; i++)
            c->text[c->n_text++] =
                3 + (int)(4 * pow(pinna_rng_uniform(rng, 0, 1), 2));
        c->text[c->n_text++] = END;
    }
}

static void check(corpus *c, bool guesses)
{
    int words[PINNA_LM_MAX_ORDER] = {0};
    size_t n_guessed;
    pinna_ngram_lm *lm = estimate(c, &n_guessed);
    double sum = 0;

    if (!guesses)
        assert_int_equal(n_guessed, 0);
    do {
        bool sensible = words[c->order - 1] != BEGIN;
        for (size_t i = 1; i < c->order; i++)
            sensible = sensible && words[i] != BEGIN && words[i - 1] != END;
        if (!sensible)
            continue;
        const double want = naive_p(c, words, c->order);
        const double got = lm_p(lm, words, c->order);
        assert_close(got, want, 1e-6);
        sum += got;
        if (words[c->order - 1] == N_WORDS - 1) { /* the last of its context */
            assert_close(sum, 1, 1e-5);
            sum = 0;
        }
    } while (next_ngram(words, c->order));
    pinna_ngram_lm_free(lm);
}

static void test_equals_definition(void **state)
{
    (void)state;
    pinna_rng rng;
    pinna_rng_seed(&rng, 3, 0);
    corpus *c = calloc(1, sizeof *c);

    for (size_t order = 1; order <= 3; order++) {
        c->order = order;
        random_corpus(c, 9, &rng);
        check(c, true);
    }
    c->order = 3;
    random_corpus(c, 40, &rng);
    check(c, true);
    free(c);
}

/* "a b", "a b", "a": c(<s> a) = 3, c(a b) = 2, c(a </s>) = 1, c(b </s>) = 2;
 * too little for D. p(b | a) = (2 - 1) / 3 + (1 + 0.5) / 3 p(b); single words:
 * a, b follow one word each and </s> two, so p(b) = (1 - 0.5) / 4 +
 * (0.5 + 0.5 + 1) / 4 / 4. */
static void test_by_hand(void **state)
{
    (void)state;
    corpus c = {.order = 2,
                .text = {BEGIN, 3, 4, END, BEGIN, 3, 4, END, BEGIN, 3, END},
                .n_text = 11};
    size_t n_guessed;
    pinna_ngram_lm *lm = estimate(&c, &n_guessed);

    assert_int_equal(n_guessed, 2);
    assert_int_equal(pinna_ngram_lm_n_words(lm), 5);
    const double p_b = 0.5 / 4 + 2.0 / 4 / 4;
    assert_close(lm_p(lm, (const int[]){4}, 1), p_b, 1e-7);
    assert_close(lm_p(lm, (const int[]){3, 4}, 2), 1.0 / 3 + 0.5 * p_b, 1e-7);
    assert_close(lm_p(lm, (const int[]){UNKNOWN}, 1), 2.0 / 4 / 4, 1e-7);
    pinna_ngram_lm_free(lm);
}

/* D that the text itself gives: of single words with counts 1, 1, 1, 2, 2, 3,
 * 4 and once "</s>" (8). */
static void test_discounts(void **state)
{
    (void)state;
    static const char *const text[] = {"a", "b", "c", "d", "d", "e", "e",
                                       "f", "f", "f", "g", "g", "g", "g"};
    pinna_kneser_ney *kn;
    size_t n_guessed;
    double d[3];

    assert_int_equal(pinna_kneser_ney_new(1, &kn), PINNA_OK);
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        assert_int_equal(pinna_kneser_ney_word(kn, text[i]), PINNA_OK);
        if (i % 2 == 0)
            assert_int_equal(pinna_kneser_ney_end(kn), PINNA_OK);
    }
    assert_int_equal(pinna_kneser_ney_end(kn), PINNA_OK);
    assert_int_equal(pinna_kneser_ney_estimate(kn, &n_guessed), PINNA_OK);
    assert_int_equal(n_guessed, 0);
    assert_int_equal(pinna_kneser_ney_count(kn, 1, d), 10);
    const double y = 3.0 / (3 + 2 * 2);
    assert_close(d[0], 1 - 2 * y * 2 / 3, 1e-12);
    assert_close(d[1], 2 - 3 * y * 1 / 2, 1e-12);
    assert_close(d[2], 3 - 4 * y * 1 / 1, 1e-12);
    pinna_kneser_ney_free(kn);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    pinna_kneser_ney *kn;
    size_t n_guessed;

    assert_int_equal(pinna_kneser_ney_new(0, &kn), PINNA_BAD_ARG);
    assert_int_equal(pinna_kneser_ney_new(PINNA_LM_MAX_ORDER + 1, &kn),
                     PINNA_BAD_ARG);
    assert_null(kn);
    assert_int_equal(pinna_kneser_ney_new(2, &kn), PINNA_OK);
    assert_int_equal(pinna_kneser_ney_estimate(kn, &n_guessed), PINNA_BAD_ARG);
    assert_int_equal(pinna_kneser_ney_word(kn, "<s>"), PINNA_BAD_ARG);
    assert_int_equal(pinna_kneser_ney_word(kn, "</s>"), PINNA_BAD_ARG);
    pinna_kneser_ney_free(kn);
}

static pinna_status make(void)
{
    pinna_kneser_ney *kn;
    size_t n_guessed;

    pinna_status status = pinna_kneser_ney_new(2, &kn);
    if (!status)
        status = pinna_kneser_ney_word(kn, "a");
    if (!status)
        status = pinna_kneser_ney_end(kn);
    if (!status)
        status = pinna_kneser_ney_estimate(kn, &n_guessed);
    pinna_kneser_ney_free(kn);
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
        cmocka_unit_test(test_equals_definition),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_discounts),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("kneser_ney", tests, NULL, NULL);
}
