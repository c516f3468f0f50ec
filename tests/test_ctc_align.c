#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/ctc_align.h"
#include "rnn_cases.h"

static double probability(const float *logits, size_t V, int token)
{
    double sum = 0;
    for (size_t v = 0; v < V; v++)
        sum += exp((double)logits[v]);
    return exp((double)logits[token]) / sum;
}

/* Does the path write the labels? Then the runs of each are in tokens. */
static bool writes(const int *path, size_t T, const int *labels, size_t n,
                   int blank, pinna_ctc_token *tokens)
{
    size_t k = 0;
    for (size_t t = 0; t < T; t++) {
        if (path[t] == blank)
            continue;
        if (t > 0 && path[t] == path[t - 1]) {
            tokens[k - 1].n_frames++;
            continue;
        }
        if (k == n || path[t] != labels[k])
            return false;
        tokens[k++] = (pinna_ctc_token){path[t], t, 1, 0};
    }
    return k == n;
}

/* The best of all V^T paths. */
static double best_path(const float *logits, size_t T, size_t V, int blank,
                        const int *labels, size_t n, pinna_ctc_token *best)
{
    int path[8] = {0};
    double highest = -INFINITY;

    for (;;) {
        pinna_ctc_token tokens[8];
        if (writes(path, T, labels, n, blank, tokens)) {
            double log_p = 0;
            for (size_t t = 0; t < T; t++)
                log_p += log(probability(logits + t * V, V, path[t]));
            if (log_p > highest) {
                highest = log_p;
                memcpy(best, tokens, n * sizeof *best);
            }
        }
        size_t i = 0;
        while (i < T && ++path[i] == (int)V)
            path[i++] = 0;
        if (i == T)
            return highest;
    }
}

static void test_equals_enumeration(void **state)
{
    (void)state;
    static const struct {
        int labels[4];
        size_t n;
        int blank;
    } cases[] = {{{1}, 1, 0},       {{1, 1}, 2, 0},    {{2, 1, 2}, 3, 0},
                 {{1, 1, 1}, 3, 2}, {{0, 1, 1}, 3, 2}, {{0}, 0, 1}};
    enum { T = 7, V = 3 };

    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (uint64_t seed = 0; seed < 6; seed++) {
            float *logits = random_floats(T * V, seed + 10 * c + 1, 3);
            pinna_ctc_token want[4], got[4];
            const size_t n = cases[c].n;
            double log_p;
            const double want_p = best_path(logits, T, V, cases[c].blank,
                                            cases[c].labels, n, want);

            assert_int_equal(pinna_ctc_align(logits, T, V, cases[c].labels, n,
                                             cases[c].blank, got, &log_p),
                             PINNA_OK);
            assert_close(log_p, want_p, 1e-9);
            for (size_t k = 0; k < n; k++) {
                double sum = 0;
                assert_int_equal(got[k].token, cases[c].labels[k]);
                assert_int_equal(got[k].first_frame, want[k].first_frame);
                assert_int_equal(got[k].n_frames, want[k].n_frames);
                for (size_t t = 0; t < want[k].n_frames; t++)
                    sum += probability(logits + (want[k].first_frame + t) * V,
                                       V, got[k].token);
                assert_close((double)got[k].confidence,
                             sum / (double)want[k].n_frames, 1e-6);
            }
            free(logits);
        }
}

static void test_too_few_frames(void **state)
{
    (void)state;
    const float logits[9] = {0};
    pinna_ctc_token tokens[3];

    assert_int_equal(
        pinna_ctc_align(logits, 3, 3, (const int[]){1, 1}, 2, 0, tokens, NULL),
        PINNA_OK);
    assert_int_equal(
        pinna_ctc_align(logits, 2, 3, (const int[]){1, 1}, 2, 0, tokens, NULL),
        PINNA_BAD_ARG);
    assert_int_equal(
        pinna_ctc_align(logits, 0, 3, (const int[]){1}, 1, 0, tokens, NULL),
        PINNA_BAD_ARG);
    assert_int_equal(pinna_ctc_align(NULL, 0, 3, NULL, 0, 0, NULL, NULL),
                     PINNA_OK);
}

static pinna_status make(void)
{
    const float logits[4] = {0};
    pinna_ctc_token token;
    return pinna_ctc_align(logits, 2, 2, (const int[]){1}, 1, 0, &token, NULL);
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_enumeration),
        cmocka_unit_test(test_too_few_frames),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("ctc_align", tests, NULL, NULL);
}
