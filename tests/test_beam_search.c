#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/beam_search.h"
#include "rnn/linalg.h"
#include "rnn/seq2seq_decode.h"
#include "rnn/seq2seq_run.h"
#include "rnn_cases.h"

enum { V = 3, MAX_LENGTH = 4, END = 1, BEGIN = 2, WIDE = 100, TS = 4 };

/* A small net of large weights, so that its answers differ. */
typedef struct scene {
    pinna_seq2seq net;
    pinna_params params;
    pinna_seq2seq_worker *worker;
    pinna_seq2seq_batch batch;
    int source[TS];
} scene;

static scene *scene_new(uint64_t seed)
{
    const pinna_seq2seq_config config = {
        PINNA_CELL_GRU, PINNA_ATTENTION_DOT, V, 0, V, 4, 5};
    scene *s = calloc(1, sizeof *s);
    pinna_rng rng;

    assert_non_null(s);
    assert_int_equal(pinna_seq2seq_declare(&config, &s->params, &s->net),
                     PINNA_OK);
    assert_int_equal(pinna_params_allocate(&s->params), PINNA_OK);
    assert_int_equal(
        pinna_seq2seq_worker_new(&config, TS, MAX_LENGTH + 1, WIDE, &s->worker),
        PINNA_OK);
    pinna_rng_seed(&rng, seed, 0);
    for (size_t i = 0; i < s->params.n_values; i++)
        s->params.values[i] = (float)pinna_rng_uniform(&rng, -2, 2);
    for (size_t t = 0; t < TS; t++)
        s->source[t] = (int)pinna_rng_below(&rng, V);
    s->batch = (pinna_seq2seq_batch){
        .source_ids = s->source, .n_source = TS, .n_batch = 1};
    pinna_seq2seq_encode(&s->net, s->params.values, s->worker, &s->batch);
    return s;
}

static void scene_free(scene *s)
{
    pinna_seq2seq_worker_free(s->worker);
    pinna_params_free(&s->params);
    free(s);
}

static pinna_beam_result scene_decode(scene *s, pinna_beam_search *search)
{
    return pinna_seq2seq_decode(&s->net, s->params.values, s->worker, &s->batch,
                                search);
}

/* log p of tokens and end, by teacher forcing. */
static double log_p_of(scene *s, const int *tokens, size_t n)
{
    int target[MAX_LENGTH + 1] = {BEGIN};
    pinna_seq2seq_batch batch = s->batch;
    double sum = 0;

    memcpy(target + 1, tokens, n * sizeof(int));
    batch.target = target;
    batch.n_target = n + 1;
    const float *logits = pinna_seq2seq_forward(&s->net, s->params.values,
                                                s->worker, &batch, 0, NULL);
    for (size_t t = 0; t <= n; t++) {
        double norm = 0;
        for (size_t v = 0; v < V; v++)
            norm += exp((double)logits[t * V + v]);
        sum += (double)logits[t * V + (size_t)(t < n ? tokens[t] : END)] -
               log(norm);
    }
    return sum;
}

/* All sequences that begin with tokens [n]: the best score, with its tokens. */
static void enumerate(scene *s, int *tokens, size_t n, double alpha,
                      pinna_beam_result *best, int *best_tokens)
{
    const double log_p = log_p_of(s, tokens, n);
    const double score = log_p / pow((5 + (double)n) / 6, alpha);

    if (!best->tokens || score > best->score) {
        *best = (pinna_beam_result){best_tokens, n, log_p, score};
        memcpy(best_tokens, tokens, n * sizeof(int));
    }
    for (int v = 0; n < MAX_LENGTH && v < V; v++)
        if (v != END) {
            tokens[n] = v;
            enumerate(s, tokens, n + 1, alpha, best, best_tokens);
        }
}

static pinna_beam_search *search_new(size_t beam, double alpha)
{
    const pinna_beam_config config = {beam, V, MAX_LENGTH, BEGIN, END, alpha};
    pinna_beam_search *search;

    assert_int_equal(pinna_beam_search_new(&config, &search), PINNA_OK);
    return search;
}

static void assert_same(pinna_beam_result got, pinna_beam_result want)
{
    assert_int_equal(got.n_tokens, want.n_tokens);
    assert_memory_equal(got.tokens, want.tokens, want.n_tokens * sizeof(int));
    assert_close(got.log_p, want.log_p, 1e-4);
    assert_close(got.score, want.score, 1e-4);
}

static void test_wide_beam_is_enumeration(void **state)
{
    (void)state;
    size_t n_long = 0, n_changed = 0;

    for (uint64_t seed = 0; seed < 30; seed++) {
        scene *s = scene_new(seed);
        size_t lengths[2];
        for (size_t i = 0; i < 2; i++) {
            const double alpha = i == 0 ? 0 : 2;
            int tokens[MAX_LENGTH], best_tokens[MAX_LENGTH];
            pinna_beam_result best = {0};
            pinna_beam_search *search = search_new(WIDE, alpha);
            enumerate(s, tokens, 0, alpha, &best, best_tokens);
            assert_same(scene_decode(s, search), best);
            lengths[i] = best.n_tokens;
            pinna_beam_search_free(search);
        }
        n_long += lengths[1] == MAX_LENGTH;
        n_changed += lengths[1] > lengths[0];
        assert_true(lengths[1] >= lengths[0]);
        scene_free(s);
    }
    /* The nets are of every sort. */
    assert_in_range(n_long, 1, 29);
    assert_in_range(n_changed, 1, 29);
}

static void test_beam_of_one_is_greedy(void **state)
{
    (void)state;
    size_t n_not_best = 0;

    for (uint64_t seed = 0; seed < 30; seed++) {
        scene *s = scene_new(seed);
        int tokens[MAX_LENGTH], scratch[MAX_LENGTH], best_tokens[MAX_LENGTH];
        int last = BEGIN;
        size_t n = 0;
        pinna_beam_result best = {0};
        pinna_beam_search *search = search_new(1, 0.6);

        for (; n < MAX_LENGTH; n++) {
            const float *logits =
                pinna_seq2seq_step(&s->net, s->params.values, s->worker,
                                   &s->batch, 1, NULL, &last);
            last = 0;
            for (int v = 1; v < V; v++)
                if (logits[v] > logits[last])
                    last = v;
            if (last == END)
                break;
            tokens[n] = last;
        }
        const double log_p = log_p_of(s, tokens, n);
        enumerate(s, scratch, 0, 0.6, &best, best_tokens);
        const pinna_beam_result got = scene_decode(s, search);
        assert_same(got,
                    (pinna_beam_result){tokens, n, log_p,
                                        log_p / pow((5 + (double)n) / 6, 0.6)});
        n_not_best += got.score < best.score - 1e-4;
        pinna_beam_search_free(search);
        scene_free(s);
    }
    assert_in_range(n_not_best, 1, 29);
}

/* A beam of 2 that must drop hypotheses, by hand. Without memory, the net gives
 * .5 a, .4 b, .1 end first, then after a .3 a, .3 b, .4 end, and after b .05
 * a, .05 b, .9 end. Greedy ends with "a" (.2), a beam of 2 finds "b" (.36). */
static const float *by_hand(void *user, size_t n_beams, const size_t *parents,
                            const int *tokens)
{
    static const float rows[V][V] = {
        {-1.203973f, -0.916291f, -1.203973f}, /* after a = 0 */
        {0, 0, 0},
        {-2.995732f, -0.105361f, -2.995732f}, /* after b = 2 */
    };
    static const float first[V] = {-0.693147f, -2.302585f, -0.916291f};
    static float logits[2 * V];
    (void)user;

    assert_true(n_beams <= 2);
    for (size_t i = 0; i < n_beams; i++)
        memcpy(logits + i * V, parents ? rows[tokens[i]] : first, sizeof first);
    return logits;
}

static void test_two_hypotheses(void **state)
{
    (void)state;
    static const int a[] = {0}, b[] = {2};
    pinna_beam_search *search = search_new(1, 0);

    assert_same(pinna_beam_search_run(search, by_hand, NULL),
                (pinna_beam_result){a, 1, log(0.2), log(0.2)});
    pinna_beam_search_free(search);
    search = search_new(2, 0);
    support_count_allocations();
    for (size_t i = 0; i < 2; i++)
        assert_same(pinna_beam_search_run(search, by_hand, NULL),
                    (pinna_beam_result){b, 1, log(0.36), log(0.36)});
    assert_int_equal(support_allocations(), 0);
    pinna_beam_search_free(search);
}

static void test_bad_config(void **state)
{
    (void)state;
    const pinna_beam_config bad[] = {
        {0, 3, 4, 0, 1, 0},   {2, 0, 4, 0, 0, 0},  {2, 3, 0, 0, 1, 0},
        {2, 3, 4, 0, 3, 0},   {2, 3, 4, 0, -1, 0}, {2, 3, 4, 0, 1, -1},
        {2, 3, 4, 0, 1, NAN},
    };
    pinna_beam_search *search;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(pinna_beam_search_new(&bad[i], &search),
                         PINNA_BAD_ARG);
    assert_null(search);
    pinna_beam_search_free(NULL);
}

static pinna_status make(void)
{
    const pinna_beam_config config = {2, 3, 4, 0, 1, 0};
    pinna_beam_search *search;
    const pinna_status status = pinna_beam_search_new(&config, &search);
    pinna_beam_search_free(search);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

static int setup(void **state)
{
    (void)state;
    pinna_linalg_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wide_beam_is_enumeration),
        cmocka_unit_test(test_beam_of_one_is_greedy),
        cmocka_unit_test(test_two_hypotheses),
        cmocka_unit_test(test_bad_config),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("beam_search", tests, setup, NULL);
}
