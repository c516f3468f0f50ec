#include "support.h"

#include <math.h>
#include <stdlib.h>

#include "rnn/ctc_greedy.h"
#include "rnn_cases.h"

enum { MAX_TOKENS = 512 };

/* Decode frames [first, last) of greedy's stream, then finish when asked. */
static size_t decode(pinna_ctc_greedy *greedy, const float *logits,
                     size_t stride, size_t n_frames, size_t n_tokens,
                     bool finish, pinna_ctc_token *tokens)
{
    size_t n = 0;
    for (size_t t = 0; t < n_frames; t++)
        n += pinna_ctc_greedy_process(greedy, logits + t * stride, n_tokens,
                                      &tokens[n]);
    if (finish)
        n += pinna_ctc_greedy_finish(greedy, &tokens[n]);
    return n;
}

/* Frames whose best token is given, by log of two probabilities: p for it, the
 * rest for the others together. */
static void fill(const int *best, const double *p, size_t n_frames,
                 size_t n_tokens, float *logits)
{
    for (size_t t = 0; t < n_frames; t++)
        for (size_t v = 0; v < n_tokens; v++)
            logits[t * n_tokens + v] = (float)log(
                (int)v == best[t] ? p[t] : (1 - p[t]) / (double)(n_tokens - 1));
}

static void test_merges_and_drops(void **state)
{
    (void)state;
    const int best[] = {0, 2, 2, 1, 0, 1, 1, 1, 0, 0, 2};
    const double p[] = {.9, .5, .7, .8, .9, .6, .6, .9, .9, .9, .99};
    enum { T = sizeof best / sizeof *best, V = 3 };
    const pinna_ctc_token want[] = {
        {2, 1, 2, 0.6f}, {1, 3, 1, 0.8f}, {1, 5, 3, 0.7f}, {2, 10, 1, 0.99f}};
    float logits[T * V];
    pinna_ctc_token got[T + 1];
    pinna_ctc_greedy greedy;

    fill(best, p, T, V, logits);
    pinna_ctc_greedy_reset(&greedy, 0);
    assert_int_equal(decode(&greedy, logits, V, T, V, true, got), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(got[i].token, want[i].token);
        assert_int_equal(got[i].first_frame, want[i].first_frame);
        assert_int_equal(got[i].n_frames, want[i].n_frames);
        assert_close((double)got[i].confidence, (double)want[i].confidence,
                     1e-6);
    }
    assert_false(pinna_ctc_greedy_finish(&greedy, got));
}

/* A token is out as soon as its run ends, not later. */
static void test_gives_a_token_when_its_run_ends(void **state)
{
    (void)state;
    const float a[2] = {0, 5}, blank[2] = {5, 0};
    pinna_ctc_greedy greedy;
    pinna_ctc_token token;

    pinna_ctc_greedy_reset(&greedy, 0);
    assert_false(pinna_ctc_greedy_process(&greedy, a, 2, &token));
    assert_false(pinna_ctc_greedy_process(&greedy, a, 2, &token));
    assert_true(pinna_ctc_greedy_process(&greedy, blank, 2, &token));
    assert_int_equal(token.n_frames, 2);
    assert_false(pinna_ctc_greedy_process(&greedy, blank, 2, &token));
    assert_false(pinna_ctc_greedy_finish(&greedy, &token));
}

static void test_blank_may_be_any_token(void **state)
{
    (void)state;
    const float frames[3][2] = {{5, 0}, {0, 5}, {5, 0}};
    pinna_ctc_greedy greedy;
    pinna_ctc_token token;
    size_t n = 0;

    pinna_ctc_greedy_reset(&greedy, 1);
    for (size_t t = 0; t < 3; t++)
        n += pinna_ctc_greedy_process(&greedy, frames[t], 2, &token);
    n += pinna_ctc_greedy_finish(&greedy, &token);
    assert_int_equal(n, 2);
    assert_int_equal(token.token, 0);
}

static void test_reset_equals_new(void **state)
{
    (void)state;
    enum { T = 40, V = 5, SIZE = T * V };
    float *logits = random_floats(SIZE, 1, 4);
    pinna_ctc_token first[T + 1], again[T + 1];
    pinna_ctc_greedy greedy;

    pinna_ctc_greedy_reset(&greedy, 0);
    const size_t n = decode(&greedy, logits, V, T, V, true, first);
    assert_true(n > 5);
    decode(&greedy, logits, V, T / 2, V, false, again);
    pinna_ctc_greedy_reset(&greedy, 0);
    support_count_allocations();
    assert_int_equal(decode(&greedy, logits, V, T, V, true, again), n);
    assert_int_equal(support_allocations(), 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(first[i].token, again[i].token);
        assert_int_equal(first[i].first_frame, again[i].first_frame);
        assert_true(first[i].confidence == again[i].confidence);
        assert_true(first[i].confidence > 0 && first[i].confidence <= 1);
    }
    free(logits);
}

static void test_extreme_logits(void **state)
{
    (void)state;
    const float logits[3] = {-1e30f, 1e30f, 0};
    pinna_ctc_greedy greedy;
    pinna_ctc_token token;
    pinna_ctc_greedy_reset(&greedy, 0);
    assert_false(pinna_ctc_greedy_process(&greedy, logits, 3, &token));
    assert_true(pinna_ctc_greedy_finish(&greedy, &token));
    assert_int_equal(token.token, 1);
    assert_close((double)token.confidence, 1, 0);
}

static void check_case(const char *name)
{
    reference *file = rnn_case(name);
    if (!file)
        return;

    const reference_tensor *logits = reference_find(file, "logits");
    const reference_tensor *want = reference_find(file, "greedy");
    const size_t B = logits->shape[1], V = logits->shape[2];
    const reference_tensor *lengths = reference_find(file, "input_lengths");
    const char *blank = reference_metadata(file, "blank");

    for (size_t b = 0; b < B; b++) {
        pinna_ctc_token got[MAX_TOKENS];
        pinna_ctc_greedy greedy;
        const size_t T = lengths ? (size_t)lengths->i32[b] : logits->shape[0];
        assert_true(T < MAX_TOKENS);
        pinna_ctc_greedy_reset(&greedy, blank ? atoi(blank) : 0);
        const size_t n =
            decode(&greedy, logits->f32 + b * V, B * V, T, V, true, got);

        const size_t n_max = want->shape[1];
        assert_true(n <= n_max);
        for (size_t i = 0; i < n_max; i++)
            assert_int_equal(want->i32[b * n_max + i],
                             i < n ? got[i].token : -1);
    }
    reference_close(file);
}

static void test_references(void **state)
{
    (void)state;
    static const char *const names[] = {
        "ctc_basic_blank0", "ctc_basic_blank_last", "ctc_repeated_labels",
        "ctc_empty_label",  "ctc_too_long",         "ctc_one_frame",
        "ctc_brute_force",  "ctc_extreme_logits",   "ctc_long",
        "ctc_exact_decode"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_case(names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merges_and_drops),
        cmocka_unit_test(test_gives_a_token_when_its_run_ends),
        cmocka_unit_test(test_blank_may_be_any_token),
        cmocka_unit_test(test_reset_equals_new),
        cmocka_unit_test(test_extreme_logits),
        cmocka_unit_test(test_references),
    };
    return cmocka_run_group_tests_name("ctc_greedy", tests, NULL, NULL);
}
