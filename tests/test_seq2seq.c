#include "support.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "naive_seq2seq.h"
#include "rnn/linalg.h"
#include "rnn/loss.h"
#include "rnn/seq2seq_run.h"
#include "rnn_cases.h"

enum { TS = 6, TT = 5, B = 3, N_SOURCE = 5, N_TARGET = 7, N_IN = 3 };

/* A small net, a batch for it, and what comes out. */
typedef struct scene {
    pinna_seq2seq net;
    pinna_params params;
    pinna_seq2seq_worker *worker;
    pinna_seq2seq_batch batch;
    int source[TS * B], target[TT * B];
    size_t source_lengths[B], target_lengths[B];
    float *frames, *dlogits, *grads;
} scene;

static scene *scene_new(pinna_cell_kind cell, pinna_attention_score score,
                        size_t n_source)
{
    const pinna_seq2seq_config config = {cell,     score, n_source, N_IN,
                                         N_TARGET, 3,     5};
    scene *s = calloc(1, sizeof *s);
    pinna_rng rng;

    assert_non_null(s);
    assert_int_equal(pinna_seq2seq_declare(&config, &s->params, &s->net),
                     PINNA_OK);
    assert_int_equal(pinna_params_allocate(&s->params), PINNA_OK);
    assert_int_equal(pinna_seq2seq_worker_new(&config, TS, TT, B, &s->worker),
                     PINNA_OK);
    pinna_rng_seed(&rng, 1, 2);
    for (size_t i = 0; i < s->params.n_values; i++)
        s->params.values[i] = (float)pinna_rng_uniform(&rng, -0.9, 0.9);
    for (size_t b = 0; b < B; b++) {
        s->source_lengths[b] = TS - 2 * b;
        s->target_lengths[b] = b == 1 ? TT : TT - 1 - b;
    }
    for (size_t i = 0; i < TS * B; i++)
        s->source[i] = i / B < s->source_lengths[i % B]
                           ? (int)pinna_rng_below(&rng, N_SOURCE)
                           : -1;
    for (size_t i = 0; i < TT * B; i++)
        s->target[i] = i / B < s->target_lengths[i % B]
                           ? (int)pinna_rng_below(&rng, N_TARGET)
                           : -1;
    s->frames = random_floats(TS * B * N_IN, 3, 1);
    s->dlogits = random_floats(TT * B * N_TARGET, 4, 1);
    for (size_t i = 0; i < TT * B * N_TARGET; i++)
        if (s->target[i / N_TARGET] < 0)
            s->dlogits[i] = 0;
    s->grads = zeros(s->params.n_values);
    s->batch = (pinna_seq2seq_batch){s->source,
                                     s->frames,
                                     s->source_lengths,
                                     s->target,
                                     s->target_lengths,
                                     TS,
                                     TT,
                                     B};
    return s;
}

static void scene_free(scene *s)
{
    pinna_seq2seq_worker_free(s->worker);
    pinna_params_free(&s->params);
    free(s->frames);
    free(s->dlogits);
    free(s->grads);
    free(s);
}

static const float *scene_forward(scene *s, double sampling, pinna_rng *rng)
{
    return pinna_seq2seq_forward(&s->net, s->params.values, s->worker,
                                 &s->batch, sampling, rng);
}

static void scene_run(scene *s)
{
    scene_forward(s, 0, NULL);
    pinna_seq2seq_backward(&s->net, s->params.values, s->worker, &s->batch,
                           s->dlogits, s->grads);
}

/* ---- against the definition ---- */

typedef struct naive_scene {
    const scene *scene;
    const double *values;
} naive_scene;

/* sum(logits dlogits). */
static double naive_loss(const void *context)
{
    const naive_scene *v = context;
    const scene *s = v->scene;
    naive_seq2seq naive = {.net = &s->net, .values = v->values};
    double loss = 0, logits[N_TARGET];

    for (size_t b = 0; b < B; b++) {
        naive_encode(&naive, &s->batch, b);
        for (size_t t = 0; t < s->target_lengths[b]; t++) {
            const size_t row = t * B + b;
            naive_step(&naive, s->target[row], logits);
            for (size_t k = 0; k < N_TARGET; k++)
                loss += logits[k] * (double)s->dlogits[row * N_TARGET + k];
        }
    }
    return loss;
}

static void check_definition(pinna_cell_kind cell, pinna_attention_score score,
                             size_t n_source)
{
    scene *s = scene_new(cell, score, n_source);
    const size_t n = s->params.n_values;
    double *values = to_doubles(s->params.values, n), loss = 0;
    const naive_scene naive = {s, values};

    scene_run(s);
    const float *logits = scene_forward(s, 0, NULL);
    for (size_t i = 0; i < TT * B * N_TARGET; i++)
        if (s->dlogits[i] != 0)
            loss += (double)logits[i] * (double)s->dlogits[i];
    assert_close(loss, naive_loss(&naive), 2e-5);

    float *want = central_differences(naive_loss, &naive, values, n);
    assert_near(s->grads, want, n, GRADIENT_TOLERANCE);
    free(want);
    free(values);
    scene_free(s);
}

static void test_is_the_definition(void **state)
{
    (void)state;
    check_definition(PINNA_CELL_GRU, PINNA_ATTENTION_DOT, N_SOURCE);
    check_definition(PINNA_CELL_RNN_TANH, PINNA_ATTENTION_SCALED, 0);
    check_definition(PINNA_CELL_GRU_RESET_BEFORE, PINNA_ATTENTION_ADDITIVE,
                     N_SOURCE);
    check_definition(PINNA_CELL_LSTM, PINNA_ATTENTION_GENERAL, N_SOURCE);
    check_definition(PINNA_CELL_LSTM, PINNA_ATTENTION_ADDITIVE, 0);
}

/* ---- a token at a time ---- */

static void check_steps(pinna_cell_kind cell)
{
    scene *s = scene_new(cell, PINNA_ATTENTION_GENERAL, N_SOURCE);
    const size_t n = TT * B * N_TARGET;
    float *all = zeros(n);

    memcpy(all, scene_forward(s, 0, NULL), n * sizeof(float));
    pinna_seq2seq_encode(&s->net, s->params.values, s->worker, &s->batch);
    for (size_t t = 0; t < TT; t++) {
        const float *logits =
            pinna_seq2seq_step(&s->net, s->params.values, s->worker, &s->batch,
                               1, NULL, s->target + t * B);
        for (size_t b = 0; b < B; b++)
            if (t < s->target_lengths[b])
                assert_near(logits + b * N_TARGET, all + (t * B + b) * N_TARGET,
                            N_TARGET, OUTPUT_TOLERANCE);
    }
    free(all);
    scene_free(s);
}

static void test_steps_equal_forward(void **state)
{
    (void)state;
    check_steps(PINNA_CELL_GRU);
    check_steps(PINNA_CELL_LSTM);
}

/* Hypotheses that part and go on from one another: each gives what its own
 * tokens give by the definition. */
static void check_beams(pinna_cell_kind cell)
{
    scene *s = scene_new(cell, PINNA_ATTENTION_DOT, N_SOURCE);
    static const int first[] = {1}, second[] = {2, 3, 4}, third[] = {5, 6, 0};
    static const size_t from_one[] = {0, 0, 0}, parents[] = {2, 0, 2};
    static const int paths[3][3] = {{1, 4, 5}, {1, 2, 6}, {1, 4, 0}};
    double *values = to_doubles(s->params.values, s->params.n_values);
    naive_seq2seq naive = {.net = &s->net, .values = values};
    pinna_seq2seq_batch one = s->batch;
    int source[TS];

    for (size_t t = 0; t < TS; t++)
        source[t] = s->source[t * B];
    one.source_ids = source;
    one.n_batch = 1;
    pinna_seq2seq_encode(&s->net, s->params.values, s->worker, &one);
    pinna_seq2seq_step(&s->net, s->params.values, s->worker, &one, 1, NULL,
                       first);
    pinna_seq2seq_step(&s->net, s->params.values, s->worker, &one, 3, from_one,
                       second);
    const float *logits = pinna_seq2seq_step(
        &s->net, s->params.values, s->worker, &one, 3, parents, third);
    for (size_t k = 0; k < 3; k++) {
        double want[N_TARGET];
        naive_encode(&naive, &one, 0);
        for (size_t t = 0; t < 3; t++)
            naive_step(&naive, paths[k][t], want);
        for (size_t i = 0; i < N_TARGET; i++)
            assert_close((double)logits[k * N_TARGET + i], want[i],
                         OUTPUT_TOLERANCE);
    }
    free(values);
    scene_free(s);
}

static void test_hypotheses_part(void **state)
{
    (void)state;
    check_beams(PINNA_CELL_GRU);
    check_beams(PINNA_CELL_LSTM);
}

/* ---- scheduled sampling ---- */

/* A net that, whatever it is told, is sure of token k after k - 1. */
static void make_counter(scene *s)
{
    const pinna_seq2seq_config *config = &s->net.config;

    memset(s->params.values, 0, s->params.n_values * sizeof(float));
    for (size_t i = 0; i < config->n_target; i++)
        s->params.values[s->net.out_bias + i] = i == 3 ? 50 : 0;
}

static void test_sampling_takes_own_answers(void **state)
{
    (void)state;
    scene *s = scene_new(PINNA_CELL_LSTM, PINNA_ATTENTION_DOT, N_SOURCE);
    pinna_rng rng;
    float *kept = zeros(s->params.n_values);
    const size_t n_table = N_TARGET * s->net.config.n_embed;

    pinna_rng_seed(&rng, 1, 1);
    make_counter(s);
    for (size_t i = 0; i < n_table; i++) /* inputs matter to the gradient */
        s->params.values[s->net.embed_target + i] = (float)i;
    scene_forward(s, 1, &rng);
    pinna_seq2seq_backward(&s->net, s->params.values, s->worker, &s->batch,
                           s->dlogits, s->grads);
    memcpy(kept, s->grads, s->params.n_values * sizeof(float));

    for (size_t i = B; i < TT * B; i++)
        if (s->target[i] >= 0)
            s->target[i] = 3;
    memset(s->grads, 0, s->params.n_values * sizeof(float));
    scene_run(s);
    assert_memory_equal(kept, s->grads, s->params.n_values * sizeof(float));
    free(kept);
    scene_free(s);
}

/* How often the second answer to sequence 0 is not that of teacher forcing:
 * when a token is drawn, and drawn otherwise. The same seed gives the same
 * bits. */
static void test_sampling_has_its_share(void **state)
{
    (void)state;
    enum { N_DRAWS = 4000 };
    scene *s = scene_new(PINNA_CELL_LSTM, PINNA_ATTENTION_DOT, N_SOURCE);
    const size_t n = TT * B * N_TARGET, second = B * N_TARGET;
    float *forced = zeros(n), chances[N_TARGET];
    float last[N_TARGET];
    size_t n_differ = 0;
    pinna_rng rng, again;

    memcpy(forced, scene_forward(s, 0, NULL), n * sizeof(float));
    memcpy(chances, forced, sizeof chances);
    pinna_log_softmax(chances, 1, N_TARGET);
    pinna_rng_seed(&rng, 7, 0);
    for (size_t i = 0; i < N_DRAWS; i++) {
        again = rng;
        const float *logits = scene_forward(s, 0.4, &rng);
        assert_near(logits, forced, N_TARGET, OUTPUT_TOLERANCE);
        n_differ += memcmp(logits + second, forced + second,
                           N_TARGET * sizeof(float)) != 0;
        memcpy(last, logits + second, sizeof last);
    }
    const double want = 0.4 * (1 - exp((double)chances[s->target[B]]));
    assert_close((double)n_differ / N_DRAWS, want,
                 4 * sqrt(want * (1 - want) / N_DRAWS));

    assert_memory_equal(scene_forward(s, 0.4, &again) + second, last,
                        sizeof last);
    free(forced);
    scene_free(s);
}

/* ---- the reference case ---- */

static void take(const reference *file, const char *name, float *to, size_t n)
{
    memcpy(to, reference_floats(file, name, n), n * sizeof(float));
}

/* The names of the case beside ours. */
static const struct {
    const char *ours, *theirs;
} names[] = {
    {"embed_src.weight", "embed_src"},
    {"embed_tgt.weight", "embed_tgt"},
    {"combine.weight", "W_combine"},
    {"out.weight", "W_out"},
    {"out.bias", "b_out"},
};

static const char *their_name(const char *ours)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].ours, ours) == 0)
            return names[i].theirs;
    return ours;
}

static void test_reference(void **state)
{
    (void)state;
    reference *file = rnn_case("seq2seq_gru_luong");
    if (!file)
        return;

    const size_t Ts = 6, Tt = 5, n_batch = 2, n_target = 9;
    const pinna_seq2seq_config config = {
        PINNA_CELL_GRU, PINNA_ATTENTION_DOT, 9, 0, n_target, 7, 8};
    const int32_t *wanted = reference_ints(file, "target_out", Tt * n_batch);
    const float *weights = reference_floats(file, "weights", 0);
    const float *loss = reference_floats(file, "loss", 1);
    const pinna_seq2seq_batch batch = {
        .source_ids = reference_ints(file, "source", Ts * n_batch),
        .target = reference_ints(file, "target_in", Tt * n_batch),
        .n_source = Ts,
        .n_target = Tt,
        .n_batch = n_batch};
    const size_t n = Tt * n_batch * n_target;
    float *dlogits = zeros(n);
    pinna_params params = {0};
    pinna_seq2seq net;
    pinna_seq2seq_worker *worker;

    assert_int_equal(pinna_seq2seq_declare(&config, &params, &net), PINNA_OK);
    assert_int_equal(pinna_params_allocate(&params), PINNA_OK);
    assert_int_equal(
        pinna_seq2seq_worker_new(&config, Ts, Tt, n_batch, &worker), PINNA_OK);
    for (size_t i = 0; i < params.n_items; i++)
        take(file, their_name(params.items[i].name),
             params.values + params.items[i].offset, params.items[i].n);
    float *grads = zeros(params.n_values);

    const float *logits =
        pinna_seq2seq_forward(&net, params.values, worker, &batch, 0, NULL);
    assert_near(logits, reference_floats(file, "logits", n), n,
                OUTPUT_TOLERANCE);
    for (size_t t = 0; t < Tt; t++) /* [Tt, B, Ts] */
        for (size_t b = 0; b < n_batch; b++)
            assert_near(pinna_seq2seq_attention(worker, b) + t * Ts,
                        weights + (t * n_batch + b) * Ts, Ts, OUTPUT_TOLERANCE);
    const double sum = pinna_cross_entropy_loss(logits, wanted, Tt * n_batch,
                                                n_target, 0, dlogits);
    assert_close(sum / (double)(Tt * n_batch), (double)loss[0],
                 OUTPUT_TOLERANCE);
    for (size_t i = 0; i < n; i++)
        dlogits[i] /= (float)(Tt * n_batch);
    pinna_seq2seq_backward(&net, params.values, worker, &batch, dlogits, grads);
    for (size_t i = 0; i < params.n_items; i++) {
        char name[2 * PINNA_PARAM_NAME_MAX];
        snprintf(name, sizeof name, "grad.%s",
                 their_name(params.items[i].name));
        assert_near(grads + params.items[i].offset,
                    reference_floats(file, name, params.items[i].n),
                    params.items[i].n, GRADIENT_TOLERANCE);
    }
    free(dlogits);
    free(grads);
    pinna_seq2seq_worker_free(worker);
    pinna_params_free(&params);
    reference_close(file);
}

/* ---- the rest ---- */

static void test_init(void **state)
{
    (void)state;
    scene *s = scene_new(PINNA_CELL_LSTM, PINNA_ATTENTION_GENERAL, N_SOURCE);
    const size_t H = s->net.config.n_hidden;
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, 1);
    pinna_seq2seq_init(&s->net, &s->params, &rng);
    const float *bias = s->params.values + s->net.decoder.bias_ih;
    for (size_t i = 0; i < 4 * H; i++)
        assert_true(bias[i] == (i / H == 1 ? 1.0f : 0.0f));
    const float *recurrent = s->params.values + s->net.encoder.weight_hh;
    double largest = 0;
    for (size_t i = 0; i < 4 * H * H; i++)
        largest = fmax(largest, fabs((double)recurrent[i]));
    assert_in_range(1000 * largest, 1000 * 0.9 * sqrt(6.0 / 10),
                    1000 * sqrt(6.0 / 10));
    scene_free(s);
}

static void test_runs_without_allocation(void **state)
{
    (void)state;
    scene *s = scene_new(PINNA_CELL_GRU, PINNA_ATTENTION_ADDITIVE, 0);
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, 1);
    scene_run(s);
    support_count_allocations();
    scene_forward(s, 0.5, &rng);
    pinna_seq2seq_backward(&s->net, s->params.values, s->worker, &s->batch,
                           s->dlogits, s->grads);
    assert_int_equal(support_own_allocations(), 0);
    scene_free(s);
}

static void test_bad_config(void **state)
{
    (void)state;
    const pinna_seq2seq_config good = {
        PINNA_CELL_GRU, PINNA_ATTENTION_DOT, 0, 3, 4, 5, 6};
    pinna_seq2seq_config bad[6];
    pinna_seq2seq_worker *worker;

    for (size_t i = 0; i < 6; i++)
        bad[i] = good;
    bad[0].cell = (pinna_cell_kind)9;
    bad[1].score = (pinna_attention_score)9;
    bad[2].n_in = 0;
    bad[3].n_target = 0;
    bad[4].n_embed = 0;
    bad[5].n_hidden = 0;
    for (size_t i = 0; i < 6; i++) {
        pinna_params params = {0};
        pinna_seq2seq net;
        assert_int_equal(pinna_seq2seq_declare(&bad[i], &params, &net),
                         PINNA_BAD_ARG);
        pinna_params_free(&params);
    }
    assert_int_equal(pinna_seq2seq_worker_new(&good, 0, 1, 1, &worker),
                     PINNA_BAD_ARG);
    assert_null(worker);
    pinna_seq2seq_worker_free(NULL);
}

static pinna_status make(void)
{
    const pinna_seq2seq_config config = {
        PINNA_CELL_LSTM, PINNA_ATTENTION_ADDITIVE, 2, 0, 4, 5, 6};
    pinna_params params = {0};
    pinna_seq2seq net;
    pinna_seq2seq_worker *worker = NULL;

    pinna_status status = pinna_seq2seq_declare(&config, &params, &net);
    if (!status)
        status = pinna_params_allocate(&params);
    if (!status)
        status = pinna_seq2seq_worker_new(&config, 3, 2, 2, &worker);
    pinna_seq2seq_worker_free(worker);
    pinna_params_free(&params);
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
        cmocka_unit_test(test_is_the_definition),
        cmocka_unit_test(test_steps_equal_forward),
        cmocka_unit_test(test_hypotheses_part),
        cmocka_unit_test(test_sampling_takes_own_answers),
        cmocka_unit_test(test_sampling_has_its_share),
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_init),
        cmocka_unit_test(test_runs_without_allocation),
        cmocka_unit_test(test_bad_config),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("seq2seq", tests, setup, NULL);
}
