#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/rng.h"
#include "rnn/ngram_lm.h"

#define LN_10 2.302585092994046

static const char small[] = "made by hand\n"
                            "\\data\\\n"
                            "ngram 1=5\n"
                            "ngram 2=4\n"
                            "ngram  3=2\n";

/* Line 1 is "\data\". */
static const char trigrams[] = "\\data\\\n"
                               "ngram 1=5\n"
                               "ngram 2=4\n"
                               "ngram 3=2\n"
                               "\n"
                               "\\1-grams:\n"
                               "-99 <s> -0.5\n"
                               "-1.0\t</s>\n"
                               "-0.7 a -0.25\n"
                               "-0.8 b -0.125\n"
                               "-2 <unk>\n"
                               "\n"
                               "\\2-grams:\n"
                               "-0.2 b a -0.0625\n"
                               "-0.3 <s> a -0.4\n"
                               "-0.6 a b\n"
                               "-0.35 a </s>\n"
                               "\n"
                               "\\3-grams:\n"
                               "-0.1 <s> a b\n"
                               "-0.15 b a b\n"
                               "\n"
                               "\\end\\\n";

static pinna_ngram_lm *parse(const char *text)
{
    pinna_ngram_lm *lm;
    pinna_error error = {""};
    if (pinna_ngram_lm_parse(text, strlen(text), "a.arpa", &lm, &error))
        fail_msg("%s", error.text);
    return lm;
}

/* log10 of each word of the text and of its end, after "<s>". */
static void assert_scores(const pinna_ngram_lm *lm, const char *text,
                          const double *want, double want_end)
{
    char copy[100];
    pinna_lm_state state = pinna_ngram_lm_begin(lm);

    strcpy(copy, text);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        assert_close(pinna_ngram_lm_score(
                         lm, state, pinna_ngram_lm_word(lm, word), &state) /
                         LN_10,
                     *want++, 1e-6);
    assert_close(pinna_ngram_lm_score_end(lm, state) / LN_10, want_end, 1e-6);
}

static void test_by_hand(void **state)
{
    (void)state;
    pinna_ngram_lm *lm = parse(trigrams);

    assert_int_equal(pinna_ngram_lm_order(lm), 3);
    assert_int_equal(pinna_ngram_lm_n_words(lm), 5);
    assert_int_equal(pinna_ngram_lm_word(lm, "b"), 3);
    assert_int_equal(pinna_ngram_lm_word(lm, "c"), 4);
    assert_string_equal(pinna_ngram_lm_text(lm, 2), "a");
    /* p(a | <s>), p(b | <s> a); backoff(a b) = 0, p(</s> | b) backs off. */
    assert_scores(lm, "a b", (const double[]){-0.3, -0.1}, -0.125 - 1.0);
    /* backoff(<s>) p(b), p(a | b): <s> b is no context; p(b | b a);
     * backoff(a b) backoff(b) p(b). */
    assert_scores(lm, "b a b b",
                  (const double[]){-0.5 - 0.8, -0.2, -0.15, -0.125 - 0.8},
                  -0.125 - 1.0);
    /* backoff(<s> a) p(</s> | a) */
    assert_scores(lm, "a", (const double[]){-0.3}, -0.4 - 0.35);
    assert_scores(lm, "a c a", (const double[]){-0.3, -0.4 - 0.25 - 2, -0.7},
                  -0.35);
    pinna_ngram_lm_free(lm);
}

static void test_without_special_words(void **state)
{
    (void)state;
    pinna_ngram_lm *lm = parse("\\data\\\nngram 1=2\n\\1-grams:\n-0.5 a\n"
                               "-0.25 b\n\\end\\\n");
    pinna_lm_state at = pinna_ngram_lm_begin(lm);

    assert_int_equal(pinna_ngram_lm_word(lm, "c"), PINNA_LM_NO_WORD);
    assert_close(pinna_ngram_lm_score(lm, at, 1, &at), -0.25 * LN_10, 1e-6);
    assert_close(pinna_ngram_lm_score(lm, at, PINNA_LM_NO_WORD, &at),
                 -100 * LN_10, 1e-4);
    assert_close(pinna_ngram_lm_score_end(lm, at), 0, 0);
    pinna_ngram_lm_free(lm);
}

/* ---- a random model, and the definition over strings ---- */

enum { N_WORDS = 9, MAX_ORDER = PINNA_LM_MAX_ORDER, MAX_NGRAMS = 3000 };

typedef struct naive_ngram {
    size_t n;
    int words[MAX_ORDER]; /* 0 is <s>, 1 </s> */
    double p, backoff;
} naive_ngram;

typedef struct naive_lm {
    naive_ngram items[MAX_NGRAMS];
    size_t n_items, order;
} naive_lm;

static const naive_ngram *lookup(const naive_lm *lm, const int *words, size_t n)
{
    for (size_t i = 0; i < lm->n_items; i++)
        if (lm->items[i].n == n &&
            memcmp(lm->items[i].words, words, n * sizeof *words) == 0)
            return &lm->items[i];
    return NULL;
}

/* words [n] of which the last one is scored. */
static double naive_score(const naive_lm *lm, const int *words, size_t n)
{
    if (n > lm->order)
        return naive_score(lm, words + 1, n - 1);
    const naive_ngram *whole = lookup(lm, words, n);
    if (whole)
        return whole->p;
    if (n == 1)
        return -100;
    const naive_ngram *context = lookup(lm, words, n - 1);
    return (context ? context->backoff : 0) + naive_score(lm, words + 1, n - 1);
}

static double uniform(pinna_rng *rng)
{
    return pinna_rng_uniform(rng, 0, 1);
}

static naive_lm *random_lm(size_t order, pinna_rng *rng)
{
    naive_lm *lm = calloc(1, sizeof *lm);
    size_t first = 0;

    lm->order = order;
    for (int w = 0; w < N_WORDS; w++)
        lm->items[lm->n_items++] = (naive_ngram){.n = 1,
                                                 .words = {w},
                                                 .p = -3 * uniform(rng),
                                                 .backoff = uniform(rng) - 0.7};
    for (size_t n = 2; n <= order; n++) {
        const size_t end = lm->n_items;
        for (size_t i = first; i < end; i++)
            for (int w = 0; w < N_WORDS; w++)
                if (uniform(rng) < 0.25) {
                    naive_ngram made = lm->items[i];
                    made.words[made.n++] = w;
                    made.p = -3 * uniform(rng);
                    made.backoff = n < order ? uniform(rng) - 0.7 : 0;
                    assert_true(lm->n_items < MAX_NGRAMS);
                    lm->items[lm->n_items++] = made;
                }
        first = end;
    }
    return lm;
}

static const char *name_of(int word)
{
    static const char *const names[N_WORDS] = {
        "<s>", "</s>", "c", "Ärger", "e", "ff", "g'h", "c1", "1"};
    return names[word];
}

/* In an order of its own: the file need not be sorted. */
static char *write_arpa(const naive_lm *lm, pinna_rng *rng)
{
    char *text = malloc(MAX_NGRAMS * 100), *at = text;
    size_t order[MAX_NGRAMS];

    for (size_t i = 0; i < lm->n_items; i++) {
        const size_t j = (size_t)(uniform(rng) * (double)(i + 1));
        order[i] = order[j];
        order[j] = i;
    }
    at += sprintf(at, "\\data\\\r\n");
    for (size_t n = 1; n <= lm->order; n++) {
        size_t count = 0;
        for (size_t i = 0; i < lm->n_items; i++)
            count += lm->items[i].n == n;
        at += sprintf(at, "ngram %zu=%zu\r\n", n, count);
    }
    for (size_t n = 1; n <= lm->order; n++) {
        at += sprintf(at, "\r\n\\%zu-grams:\r\n", n);
        for (size_t i = 0; i < lm->n_items; i++) {
            const naive_ngram *item = &lm->items[order[i]];
            if (item->n != n)
                continue;
            at += sprintf(at, "%.9g", item->p);
            for (size_t k = 0; k < n; k++)
                at += sprintf(at, "%s%s", k > 0 ? " " : "\t",
                              name_of(item->words[k]));
            if (n < lm->order)
                at += sprintf(at, "\t%.9g", item->backoff);
            at += sprintf(at, "\r\n");
        }
    }
    strcpy(at, "\r\n\\end\\");
    return text;
}

static void test_equals_definition(void **state)
{
    (void)state;
    enum { T = 60 };
    pinna_rng rng;
    pinna_rng_seed(&rng, 5, 0);

    for (size_t order = 1; order <= MAX_ORDER - 1; order++) {
        naive_lm *want = random_lm(order, &rng);
        char *text = write_arpa(want, &rng);
        pinna_ngram_lm *lm = parse(text);
        uint32_t ids[N_WORDS];
        int words[T + 1] = {0}; /* <s> */

        for (int w = 0; w < N_WORDS; w++) {
            ids[w] = pinna_ngram_lm_word(lm, name_of(w));
            assert_string_equal(pinna_ngram_lm_text(lm, ids[w]), name_of(w));
        }
        for (size_t trial = 0; trial < 20; trial++) {
            pinna_lm_state at = pinna_ngram_lm_begin(lm);
            for (size_t t = 1; t <= T; t++) {
                words[t] = (int)(uniform(&rng) * (N_WORDS + 0.3));
                const uint32_t id =
                    words[t] < N_WORDS ? ids[words[t]] : PINNA_LM_NO_WORD;
                assert_close(pinna_ngram_lm_score(lm, at, id, &at) / LN_10,
                             naive_score(want, words, t + 1), 2e-5);
            }
        }
        pinna_ngram_lm_free(lm);
        free(text);
        free(want);
    }
}

/* ---- bad files ---- */

static void test_bad_files(void **state)
{
    (void)state;
    /* Where the text is found in `trigrams`, it is replaced. */
    static const struct {
        const char *find, *replace, *message;
    } cases[] = {
        {"\\data\\", "\\date\\", "a.arpa:23: no \\data\\"},
        {"ngram 1=5", "ngram 2=5", "a.arpa:2: \"ngram 1=COUNT\" expected"},
        {"ngram 1=5", "ngram 1=-5", "a.arpa:2: \"ngram 1=COUNT\" expected"},
        {"ngram 3=2", "ngram 3=x", "a.arpa:4: \"ngram 3=COUNT\" expected"},
        {"ngram 3=2", "ngram 3=2000", "a.arpa:4: 2000 3-grams are more"},
        {"ngram 3=2", "ngram 3=99999999999999999999999", "a.arpa:4: "},
        {"ngram 1=5", "ngram 1=6", "a.arpa:13: 1 of 6 1-grams missing"},
        {"ngram 1=5", "ngram 1=4", "a.arpa:11: more than 4 1-grams"},
        {"\\2-grams:", "\\3-grams:", "a.arpa:13: \"\\2-grams:\" expected"},
        {"-0.2 b a", "+0.2 b a", "a.arpa:14: \"+0.2\" is not the logarithm"},
        {"-0.2 b a", "nan b a", "a.arpa:14: \"nan\" is not the logarithm"},
        {"-0.2 b a", "-0.2x b a", "a.arpa:14: \"-0.2x\" is not the log"},
        {"-0.2 b a", "-0.2 b x", "a.arpa:14: \"x\" is not among the 1-grams"},
        {"-0.6 a b", "-0.6 a", "a.arpa:16: 2 words expected"},
        {"-0.6 a b", "-0.6 a b c", "a.arpa:16: \"c\" is no back-off weight"},
        {"-0.6 a b", "-0.6 a b 0 1", "a.arpa:16: more than 2 words"},
        {"-0.1 <s> a b", "-0.1 <s> a b 0", "a.arpa:20: \"0\" is no back-off"},
        {"-0.6 a b", "-0.6 b a", "a.arpa:16: the same words as in line 14"},
        {"-0.8 b", "-0.8 a", "a.arpa:10: \"a\" is there twice"},
        {"-0.15 b a b", "-0.15 b b b",
         "a.arpa:21: its first 2 words are not among the 2-grams"},
        {"\\end\\", "", "a.arpa:23: \"\\end\\\" expected"},
        {"\\end\\", "\\4-grams:", "a.arpa:23: \"\\end\\\" expected"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[sizeof trigrams + 100];
        const char *at = strstr(trigrams, cases[i].find);
        pinna_ngram_lm *lm;
        pinna_error error = {""};

        assert_non_null(at);
        sprintf(text, "%.*s%s%s", (int)(at - trigrams), trigrams,
                cases[i].replace, at + strlen(cases[i].find));
        assert_int_equal(
            pinna_ngram_lm_parse(text, strlen(text), "a.arpa", &lm, &error),
            PINNA_BAD_FORMAT);
        assert_null(lm);
        if (strncmp(error.text, cases[i].message, strlen(cases[i].message)))
            fail_msg("\"%s\" instead of \"%s\"", error.text, cases[i].message);
    }
}

/* Cut anywhere, or with a byte changed: an error or a model, never a crash. */
static void test_damaged_files(void **state)
{
    (void)state;
    char text[sizeof trigrams];
    pinna_ngram_lm *lm;
    pinna_rng rng;
    pinna_rng_seed(&rng, 1, 0);

    for (size_t n = 0; n < sizeof trigrams - 2; n++) {
        assert_int_equal(pinna_ngram_lm_parse(trigrams, n, "a", &lm, NULL),
                         PINNA_BAD_FORMAT);
        assert_null(lm);
    }
    for (size_t i = 0; i < 3000; i++) {
        memcpy(text, trigrams, sizeof trigrams);
        text[(size_t)(uniform(&rng) * (double)(sizeof trigrams - 1))] =
            (char)(uniform(&rng) * 256);
        pinna_ngram_lm_parse(text, sizeof trigrams - 1, "a", &lm, NULL);
        pinna_ngram_lm_free(lm);
    }
    assert_int_equal(
        pinna_ngram_lm_parse(small, sizeof small - 1, "a", &lm, NULL),
        PINNA_BAD_FORMAT);
}

static void test_files(void **state)
{
    (void)state;
    const char *path = support_temp("a.arpa");
    FILE *file = fopen(path, "w");
    pinna_ngram_lm *lm;
    pinna_error error = {""};

    fputs(trigrams, file);
    fclose(file);
    assert_int_equal(pinna_ngram_lm_read(path, &lm, &error), PINNA_OK);
    assert_scores(lm, "a", (const double[]){-0.3}, -0.4 - 0.35);
    pinna_ngram_lm_free(lm);
    assert_int_equal(pinna_ngram_lm_read(support_temp("no.arpa"), &lm, &error),
                     PINNA_NOT_FOUND);
    assert_null(lm);
    assert_non_null(strstr(error.text, "no.arpa"));
}

static pinna_status make(void)
{
    pinna_ngram_lm *lm;
    const pinna_status status = pinna_ngram_lm_parse(
        trigrams, sizeof trigrams - 1, "a.arpa", &lm, NULL);
    pinna_ngram_lm_free(lm);
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
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_without_special_words),
        cmocka_unit_test(test_equals_definition),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("ngram_lm", tests, NULL, NULL);
}
