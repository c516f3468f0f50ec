#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ctc_texts.h"
#include "rnn/ctc_beam.h"
#include "rnn_cases.h"

enum { MAX_TOKENS = 512 };

static pinna_ctc_beam *new_beam(size_t width, size_t V, int blank)
{
    pinna_ctc_beam_config config = pinna_ctc_beam_config_default();
    pinna_ctc_beam *beam;
    config.width = width;
    config.score_beam = INFINITY;
    assert_int_equal(pinna_ctc_beam_new(&config, V, blank, &beam), PINNA_OK);
    return beam;
}

static void process_all(pinna_ctc_beam *beam, const float *logits, size_t V,
                        size_t T)
{
    for (size_t t = 0; t < T; t++)
        pinna_ctc_beam_process(beam, logits + t * V);
}

static size_t pull_all(pinna_ctc_beam *beam, pinna_ctc_token *tokens)
{
    size_t n = 0;
    while (pinna_ctc_beam_pull(beam, &tokens[n], NULL))
        assert_true(++n < MAX_TOKENS);
    return n;
}

/* Pulling after each frame, as a stream does. */
static size_t decode(pinna_ctc_beam *beam, const float *logits, size_t V,
                     size_t T, pinna_ctc_token *tokens)
{
    size_t n = 0;
    for (size_t t = 0; t < T; t++) {
        pinna_ctc_beam_process(beam, logits + t * V);
        n += pull_all(beam, tokens + n);
    }
    pinna_ctc_beam_finish(beam);
    return n + pull_all(beam, tokens + n);
}

static void assert_tokens(const pinna_ctc_token *got, const ctc_text *want)
{
    for (size_t i = 0; i < want->n; i++)
        assert_int_equal(got[i].token, want->tokens[i]);
}

/* A beam that never drops a prefix knows the exact probability of every text.
 */
static void test_equals_enumeration(void **state)
{
    (void)state;
    static const struct {
        size_t T, V;
        int blank;
    } cases[] = {{1, 2, 0}, {2, 2, 1}, {6, 3, 0}, {6, 3, 2},
                 {5, 4, 1}, {7, 2, 0}, {4, 5, 0}};

    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const size_t T = cases[c].T, V = cases[c].V;
        for (uint64_t seed = 0; seed < 5; seed++) {
            float *logits = random_floats(T * V, seed + 1, 3);
            ctc_texts *want = enumerate_texts(logits, T, V, cases[c].blank);
            pinna_ctc_beam *beam = new_beam(want->n + 3, V, cases[c].blank);
            pinna_ctc_token tokens[MAX_TOKENS];
            double score;

            process_all(beam, logits, V, T);
            pinna_ctc_beam_finish(beam);
            assert_int_equal(pinna_ctc_beam_n_best(beam), want->n);
            for (size_t i = 0; i < want->n; i++) {
                assert_int_equal(pinna_ctc_beam_tail(beam, i, tokens, NULL,
                                                     MAX_TOKENS, &score),
                                 want->items[i].n);
                assert_tokens(tokens, &want->items[i]);
                assert_close(score, log(want->items[i].p), 1e-9);
            }
            assert_int_equal(pull_all(beam, tokens), want->items[0].n);
            assert_tokens(tokens, &want->items[0]);
            pinna_ctc_beam_free(beam);
            free(want);
            free(logits);
        }
    }
}

/* The best labelling of each sequence, found elsewhere by enumeration; greedy
 * search misses five of the six. */
static void test_reference(void **state)
{
    (void)state;
    reference *file = rnn_case("ctc_exact_decode");
    if (!file)
        skip();
    const reference_tensor *logits = reference_find(file, "logits");
    const reference_tensor *best = reference_find(file, "best");
    const int32_t *lengths = reference_ints(file, "best_lengths", 0);
    const reference_tensor *log_p =
        reference_find(file, "logprob_best_and_second");
    const size_t T = logits->shape[0], B = logits->shape[1],
                 V = logits->shape[2];

    for (size_t b = 0; b < B; b++) {
        pinna_ctc_beam *beam = new_beam(2000, V, 0);
        pinna_ctc_token tokens[MAX_TOKENS];
        double score;
        for (size_t t = 0; t < T; t++)
            pinna_ctc_beam_process(beam, logits->f32 + (t * B + b) * V);
        pinna_ctc_beam_finish(beam);
        const size_t n =
            pinna_ctc_beam_tail(beam, 0, tokens, NULL, MAX_TOKENS, &score);
        assert_int_equal(n, lengths[b]);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(tokens[i].token,
                             best->i32[b * best->shape[1] + i]);
        for (size_t i = 0; i < 2; i++) {
            pinna_ctc_beam_tail(beam, i, tokens, NULL, MAX_TOKENS, &score);
            assert_close(score,
                         log_p->f64 ? log_p->f64[2 * b + i]
                                    : (double)log_p->f32[2 * b + i],
                         1e-5);
        }
        pinna_ctc_beam_free(beam);
    }
    reference_close(file);
}

/* Random frames in each of which one token has most of the probability, so
 * that the best path and the best text are the same. Runs of each are a few
 * frames long. */
static float *sure_logits(size_t T, size_t V, uint64_t seed)
{
    float *logits = random_floats(T * V, seed, 0.5);
    float *choice = random_floats(T, seed + 100, 1);
    size_t sure = 0;
    for (size_t t = 0; t < T; t++) {
        if (choice[t] > 0)
            sure = (size_t)(choice[t] * (float)V);
        logits[t * V + sure] += 9;
    }
    free(choice);
    return logits;
}

static void test_is_greedy_where_nets_are_sure(void **state)
{
    (void)state;
    enum { T = 200, V = 7 };
    static const size_t widths[] = {1, 2, 9};

    for (size_t w = 0; w < 3; w++) {
        float *logits = sure_logits(T, V, 5 + w);
        pinna_ctc_beam *beam = new_beam(widths[w], V, 2);
        pinna_ctc_greedy greedy;
        pinna_ctc_token got[MAX_TOKENS], want[MAX_TOKENS];
        size_t n = 0;

        pinna_ctc_greedy_reset(&greedy, 2);
        for (size_t t = 0; t < T; t++)
            n += pinna_ctc_greedy_process(&greedy, logits + t * V, V, &want[n]);
        n += pinna_ctc_greedy_finish(&greedy, &want[n]);
        assert_true(n > 50);
        assert_int_equal(decode(beam, logits, V, T, got), n);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(got[i].token, want[i].token);
            assert_int_equal(got[i].first_frame, want[i].first_frame);
            assert_int_equal(got[i].n_frames, want[i].n_frames);
            assert_close((double)got[i].confidence, (double)want[i].confidence,
                         1e-5);
        }
        pinna_ctc_beam_free(beam);
        free(logits);
    }
}

/* Committing early changes neither the text nor its frames, and what was pulled
 * is the beginning of every prefix at hand. */
static void test_committed_text_stays(void **state)
{
    (void)state;
    enum { T = 150, V = 4 };

    for (uint64_t seed = 0; seed < 4; seed++) {
        float *logits = sure_logits(T, V, 40 + seed);
        for (size_t i = 0; i < T * V; i++)
            logits[i] *= 0.6f; /* not so sure: prefixes compete */
        pinna_ctc_beam_config config = pinna_ctc_beam_config_default();
        pinna_ctc_beam *beam;
        pinna_ctc_token at_once[MAX_TOKENS], streamed[MAX_TOKENS];
        size_t n_early = 0;

        config.score_beam = 4;
        assert_int_equal(pinna_ctc_beam_new(&config, V, 0, &beam), PINNA_OK);
        process_all(beam, logits, V, T);
        pinna_ctc_beam_finish(beam);
        const size_t n = pull_all(beam, at_once);
        pinna_ctc_beam_reset(beam);
        for (size_t t = 0; t < T; t++) {
            pinna_ctc_beam_process(beam, logits + t * V);
            n_early += pull_all(beam, streamed + n_early);
        }
        assert_true(n_early > n / 2);
        pinna_ctc_beam_finish(beam);
        assert_int_equal(n_early + pull_all(beam, streamed + n_early), n);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(streamed[i].token, at_once[i].token);
            assert_int_equal(streamed[i].first_frame, at_once[i].first_frame);
            assert_int_equal(streamed[i].n_frames, at_once[i].n_frames);
            assert_true(streamed[i].confidence == at_once[i].confidence);
        }
        pinna_ctc_beam_free(beam);
        free(logits);
    }
}

/* Of a token whose run goes on, pull() gives nothing yet. */
static void test_waits_for_the_end_of_a_run(void **state)
{
    (void)state;
    const float a[2] = {-9, 9}, blank[2] = {9, -9};
    pinna_ctc_beam_config config = pinna_ctc_beam_config_default();
    pinna_ctc_beam *beam;
    pinna_ctc_token token;

    config.score_beam = 5;
    assert_int_equal(pinna_ctc_beam_new(&config, 2, 0, &beam), PINNA_OK);
    pinna_ctc_beam_process(beam, a);
    assert_false(pinna_ctc_beam_pull(beam, &token, NULL));
    pinna_ctc_beam_process(beam, a);
    assert_false(pinna_ctc_beam_pull(beam, &token, NULL));
    assert_int_equal(pinna_ctc_beam_tail(beam, 0, &token, NULL, 1, NULL), 1);
    assert_int_equal(token.n_frames, 2);
    pinna_ctc_beam_process(beam, blank);
    assert_true(pinna_ctc_beam_pull(beam, &token, NULL));
    assert_int_equal(token.n_frames, 2);
    assert_false(pinna_ctc_beam_pull(beam, &token, NULL));
    assert_int_equal(pinna_ctc_beam_tail(beam, 0, &token, NULL, 1, NULL), 0);
    pinna_ctc_beam_free(beam);
}

/* Where nothing is ever sure, one of the limits decides. */
static void check_bounds(size_t max_tail, size_t max_delay)
{
    enum { T = 3000, V = 4 };
    float *logits = random_floats(T * V, 3, 1);
    pinna_ctc_beam_config config = pinna_ctc_beam_config_default();
    pinna_ctc_beam *beam;
    pinna_ctc_token token, tail[MAX_TOKENS];
    size_t last_frame = 0, n = 0;

    config.score_beam = INFINITY;
    config.max_tail = max_tail;
    config.max_delay = max_delay;
    assert_int_equal(pinna_ctc_beam_new(&config, V, 0, &beam), PINNA_OK);
    support_count_allocations();
    for (size_t t = 0; t < T; t++) {
        pinna_ctc_beam_process(beam, logits + t * V);
        while (pinna_ctc_beam_pull(beam, &token, NULL)) {
            assert_true(n == 0 || token.first_frame > last_frame);
            assert_true(token.first_frame <= t);
            last_frame = token.first_frame;
            n++;
        }
        const size_t n_tail =
            pinna_ctc_beam_tail(beam, 0, tail, NULL, MAX_TOKENS, NULL);
        assert_true(n_tail < max_tail);
        for (size_t i = 0; i < n_tail; i++) {
            assert_true(t + 1 - tail[i].first_frame < max_delay);
            assert_true(tail[i].first_frame >= last_frame);
        }
    }
    assert_int_equal(support_allocations(), 0);
    assert_true(n > T / 10);

    /* Nobody pulls: the oldest tokens are lost, and nothing else. */
    pinna_ctc_beam_reset(beam);
    process_all(beam, logits, V, T);
    pinna_ctc_beam_finish(beam);
    for (n = 0; pinna_ctc_beam_pull(beam, &token, NULL); n++)
        assert_true(token.first_frame >= T - 8 * max_tail);
    assert_true(n > 0 && n <= max_tail);
    pinna_ctc_beam_free(beam);
    free(logits);
}

static void test_bounds_of_the_tail(void **state)
{
    (void)state;
    check_bounds(5, 1000);
    check_bounds(200, 40);
}

/* The wider beam has what the narrow one has, and only the narrow one keeps to
 * its limit. */
static void test_score_beam_drops(void **state)
{
    (void)state;
    enum { T = 30, V = 5 };
    float *logits = random_floats(T * V, 8, 4);
    pinna_ctc_beam_config config = pinna_ctc_beam_config_default();
    pinna_ctc_token token;
    size_t n_fewer = 0;

    config.score_beam = 3;
    config.width = 50;
    pinna_ctc_beam *narrow, *wide = new_beam(50, V, 0);
    assert_int_equal(pinna_ctc_beam_new(&config, V, 0, &narrow), PINNA_OK);
    for (size_t t = 0; t < T; t++) {
        double best, worst;
        pinna_ctc_beam_process(narrow, logits + t * V);
        pinna_ctc_beam_process(wide, logits + t * V);
        const size_t n = pinna_ctc_beam_n_best(narrow);
        pinna_ctc_beam_tail(narrow, 0, &token, NULL, 1, &best);
        pinna_ctc_beam_tail(narrow, n - 1, &token, NULL, 1, &worst);
        assert_true(worst >= best - 3);
        n_fewer += n < pinna_ctc_beam_n_best(wide);
    }
    assert_true(n_fewer > T / 4);
    pinna_ctc_beam_free(narrow);
    pinna_ctc_beam_free(wide);
    free(logits);
}

static void test_impossible_frames(void **state)
{
    (void)state;
    const float a[3] = {-INFINITY, 0, -INFINITY};
    const float nothing[3] = {-INFINITY, -INFINITY, -INFINITY};
    const float nan[3] = {NAN, NAN, NAN}, huge[3] = {-1e30f, 1e30f, 0};
    pinna_ctc_beam *beam = new_beam(4, 3, 0);
    pinna_ctc_token tokens[MAX_TOKENS];
    double score;

    pinna_ctc_beam_process(beam, a);
    pinna_ctc_beam_process(beam, nothing);
    pinna_ctc_beam_process(beam, nan);
    pinna_ctc_beam_process(beam, huge);
    pinna_ctc_beam_finish(beam);
    assert_int_equal(pinna_ctc_beam_tail(beam, 0, tokens, NULL, 1, &score), 1);
    assert_close(score, 0, 1e-12);
    assert_int_equal(pull_all(beam, tokens), 1);
    assert_int_equal(tokens[0].token, 1);
    assert_int_equal(tokens[0].first_frame, 0);
    pinna_ctc_beam_free(beam);
}

static void test_nothing_heard(void **state)
{
    (void)state;
    pinna_ctc_beam *beam = new_beam(4, 3, 0);
    pinna_ctc_token token;
    double score;

    assert_int_equal(pinna_ctc_beam_n_best(beam), 1);
    assert_int_equal(pinna_ctc_beam_tail(beam, 0, &token, NULL, 1, &score), 0);
    assert_close(score, 0, 0);
    pinna_ctc_beam_finish(beam);
    assert_false(pinna_ctc_beam_pull(beam, &token, NULL));
    pinna_ctc_beam_free(beam);
}

static void test_reset_equals_new(void **state)
{
    (void)state;
    enum { T = 60, V = 6 };
    float *logits = random_floats(T * V, 1, 3);
    pinna_ctc_beam *beam = new_beam(7, V, 5);
    pinna_ctc_token first[MAX_TOKENS], again[MAX_TOKENS];

    const size_t n = decode(beam, logits, V, T, first);
    assert_true(n > 5);
    pinna_ctc_beam_reset(beam);
    decode(beam, logits, V, T / 2, again);
    pinna_ctc_beam_reset(beam);
    assert_int_equal(decode(beam, logits, V, T, again), n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(first[i].token, again[i].token);
        assert_int_equal(first[i].first_frame, again[i].first_frame);
        assert_true(first[i].confidence == again[i].confidence);
    }
    pinna_ctc_beam_free(beam);
    free(logits);
}

static pinna_status make(void)
{
    const pinna_ctc_beam_config config = pinna_ctc_beam_config_default();
    pinna_ctc_beam *beam;
    const pinna_status status = pinna_ctc_beam_new(&config, 5, 0, &beam);
    pinna_ctc_beam_free(beam);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    const pinna_ctc_beam_config good = pinna_ctc_beam_config_default();
    pinna_ctc_beam_config bad[7];
    pinna_ctc_beam *beam;

    for (size_t i = 0; i < 7; i++)
        bad[i] = good;
    bad[0].width = 0;
    bad[1].width = PINNA_BEAM_MAX_WIDTH + 1;
    bad[2].score_beam = 0;
    bad[3].score_beam = NAN;
    bad[4].max_tail = 0;
    bad[5].max_tail = SIZE_MAX;
    bad[6].max_delay = 0;
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(pinna_ctc_beam_new(&bad[i], 3, 0, &beam),
                         PINNA_BAD_ARG);
        assert_null(beam);
    }
    assert_int_equal(pinna_ctc_beam_new(&good, 3, 3, &beam), PINNA_BAD_ARG);
    assert_int_equal(pinna_ctc_beam_new(&good, 3, -1, &beam), PINNA_BAD_ARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_enumeration),
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_is_greedy_where_nets_are_sure),
        cmocka_unit_test(test_committed_text_stays),
        cmocka_unit_test(test_waits_for_the_end_of_a_run),
        cmocka_unit_test(test_bounds_of_the_tail),
        cmocka_unit_test(test_score_beam_drops),
        cmocka_unit_test(test_impossible_frames),
        cmocka_unit_test(test_nothing_heard),
        cmocka_unit_test(test_reset_equals_new),
        cmocka_unit_test(test_survives_no_memory),
        cmocka_unit_test(test_bad_arguments),
    };
    return cmocka_run_group_tests_name("ctc_beam", tests, NULL, NULL);
}
