#include "support.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/attention.h"
#include "rnn/linalg.h"
#include "rnn_cases.h"

enum { MAX_BATCH = 8, N_WEIGHTS = 5, N_INPUTS = 3 };

/* Everything of one call. Inputs: query, key, value. Weights: general, query,
 * key, bias, v. */
typedef struct scene {
    pinna_attention_config config;
    size_t Tq, Tk, B;
    size_t lengths[MAX_BATCH];
    size_t input_sizes[N_INPUTS], weight_sizes[N_WEIGHTS], n_context;
    float *inputs[N_INPUTS], *dinputs[N_INPUTS];
    float *weights[N_WEIGHTS], *dweights[N_WEIGHTS];
    float *context, *dcontext;
    pinna_attention_cache *cache;
} scene;

static scene scene_new(pinna_attention_config config, size_t Tq, size_t Tk,
                       size_t B)
{
    const size_t Dq = config.n_query, Dk = config.n_key, A = config.n_hidden;
    scene s = {
        .config = config,
        .Tq = Tq,
        .Tk = Tk,
        .B = B,
        .input_sizes = {Tq * B * Dq, Tk * B * Dk, Tk * B * config.n_value},
        .weight_sizes = {Dq * Dk, A * Dq, A * Dk, A, A},
        .n_context = Tq * B * config.n_value};

    assert_true(B <= MAX_BATCH);
    for (size_t b = 0; b < B; b++)
        s.lengths[b] = Tk;
    for (size_t i = 0; i < N_INPUTS; i++) {
        s.inputs[i] = random_floats(s.input_sizes[i], 1 + i, 1);
        s.dinputs[i] = zeros(s.input_sizes[i]);
    }
    for (size_t i = 0; i < N_WEIGHTS; i++) {
        s.weights[i] = random_floats(s.weight_sizes[i], 5 + i, 1);
        s.dweights[i] = zeros(s.weight_sizes[i]);
    }
    s.context = zeros(s.n_context);
    s.dcontext = random_floats(s.n_context, 11, 1);
    assert_int_equal(pinna_attention_cache_new(&config, Tq, Tk, B, &s.cache),
                     PINNA_OK);
    return s;
}

static void scene_free(scene *s)
{
    for (size_t i = 0; i < N_INPUTS; i++) {
        free(s->inputs[i]);
        free(s->dinputs[i]);
    }
    for (size_t i = 0; i < N_WEIGHTS; i++) {
        free(s->weights[i]);
        free(s->dweights[i]);
    }
    free(s->context);
    free(s->dcontext);
    pinna_attention_cache_free(s->cache);
}

static void scene_run(scene *s)
{
    const pinna_attention_weights weights = {s->weights[0], s->weights[1],
                                             s->weights[2], s->weights[3],
                                             s->weights[4]};
    const pinna_attention_grads grads = {s->dweights[0], s->dweights[1],
                                         s->dweights[2], s->dweights[3],
                                         s->dweights[4]};
    const pinna_attention_input input = {
        s->inputs[0], s->inputs[1], s->inputs[2], s->lengths,
        s->Tq,        s->Tk,        s->B};
    pinna_attention_forward(&weights, &input, s->cache, s->context);
    pinna_attention_backward(&weights, &input, s->cache, s->dcontext,
                             s->dinputs[0], s->dinputs[1], s->dinputs[2],
                             &grads);
}

/* ---- the definition, in double ---- */

typedef struct naive {
    const scene *scene;
    double *inputs[N_INPUTS], *weights[N_WEIGHTS];
} naive;

static double naive_score(const naive *v, const double *q, const double *k)
{
    const pinna_attention_config *config = &v->scene->config;
    const size_t Dq = config->n_query, Dk = config->n_key;
    double sum = 0;

    if (config->score == PINNA_ATTENTION_ADDITIVE) {
        for (size_t a = 0; a < config->n_hidden; a++) {
            double h = v->weights[3][a];
            for (size_t i = 0; i < Dq; i++)
                h += v->weights[1][a * Dq + i] * q[i];
            for (size_t i = 0; i < Dk; i++)
                h += v->weights[2][a * Dk + i] * k[i];
            sum += v->weights[4][a] * tanh(h);
        }
        return sum;
    }
    if (config->score == PINNA_ATTENTION_GENERAL) {
        for (size_t i = 0; i < Dq; i++)
            for (size_t j = 0; j < Dk; j++)
                sum += q[i] * v->weights[0][i * Dk + j] * k[j];
        return sum;
    }
    for (size_t i = 0; i < Dq; i++)
        sum += q[i] * k[i];
    return config->score == PINNA_ATTENTION_SCALED ? sum / sqrt((double)Dq)
                                                   : sum;
}

/* sum(context dcontext) of query i of sequence b. */
static double naive_query(const naive *v, size_t i, size_t b)
{
    const scene *s = v->scene;
    const pinna_attention_config *config = &s->config;
    const size_t row = i * s->B + b, n = s->lengths[b], V = config->n_value;
    const double *q = v->inputs[0] + row * config->n_query;
    double norm = 0, loss = 0;

    for (size_t j = 0; j < n; j++) {
        const double *k = v->inputs[1] + (j * s->B + b) * config->n_key;
        const double e = exp(naive_score(v, q, k));
        norm += e;
        for (size_t c = 0; c < V; c++)
            loss += e * v->inputs[2][(j * s->B + b) * V + c] *
                    (double)s->dcontext[row * V + c];
    }
    return n > 0 ? loss / norm : 0;
}

static double naive_loss(const void *context)
{
    const naive *v = context;
    double loss = 0;

    for (size_t i = 0; i < v->scene->Tq; i++)
        for (size_t b = 0; b < v->scene->B; b++)
            loss += naive_query(v, i, b);
    return loss;
}

static void check_gradient(const naive *v, double *x, const float *got,
                           size_t n)
{
    float *want = central_differences(naive_loss, v, x, n);
    assert_near(got, want, n, GRADIENT_TOLERANCE);
    free(want);
}

static void check_differences(pinna_attention_score score)
{
    scene s = scene_new((pinna_attention_config){score, 5, 5, 3, 7}, 4, 6, 3);
    naive v = {.scene = &s};
    double loss = 0;

    s.lengths[1] = 2;
    s.lengths[2] = 0;
    for (size_t i = 0; i < N_INPUTS; i++)
        v.inputs[i] = to_doubles(s.inputs[i], s.input_sizes[i]);
    for (size_t i = 0; i < N_WEIGHTS; i++)
        v.weights[i] = to_doubles(s.weights[i], s.weight_sizes[i]);

    scene_run(&s);
    for (size_t i = 0; i < s.n_context; i++)
        loss += (double)s.context[i] * (double)s.dcontext[i];
    assert_close(loss, naive_loss(&v), 1e-5);
    for (size_t i = 0; i < N_INPUTS; i++)
        check_gradient(&v, v.inputs[i], s.dinputs[i], s.input_sizes[i]);
    for (size_t i = 0; i < N_WEIGHTS; i++)
        check_gradient(&v, v.weights[i], s.dweights[i], s.weight_sizes[i]);

    for (size_t i = 0; i < N_INPUTS; i++)
        free(v.inputs[i]);
    for (size_t i = 0; i < N_WEIGHTS; i++)
        free(v.weights[i]);
    scene_free(&s);
}

static void test_is_the_definition(void **state)
{
    (void)state;
    check_differences(PINNA_ATTENTION_DOT);
    check_differences(PINNA_ATTENTION_SCALED);
    check_differences(PINNA_ATTENTION_GENERAL);
    check_differences(PINNA_ATTENTION_ADDITIVE);
}

static void test_runs_without_allocation(void **state)
{
    (void)state;
    scene s = scene_new(
        (pinna_attention_config){PINNA_ATTENTION_ADDITIVE, 5, 6, 3, 7}, 4, 6,
        3);
    scene_run(&s);
    support_count_allocations();
    scene_run(&s);
    assert_int_equal(support_own_allocations(), 0);
    scene_free(&s);
}

/* ---- reference cases, which are batch-major ---- */

/* [B, T, n] <-> [T, B, n] */
static void swap_axes(const float *from, size_t n_outer, size_t n_inner,
                      size_t n, float *to)
{
    for (size_t i = 0; i < n_outer; i++)
        for (size_t j = 0; j < n_inner; j++)
            memcpy(to + (j * n_outer + i) * n, from + (i * n_inner + j) * n,
                   n * sizeof(float));
}

/* A time-major array against a batch-major one of the file. */
static void check_array(const reference *file, const char *name,
                        const float *got, double tolerance)
{
    const reference_tensor *want = reference_find(file, name);
    assert_non_null(want);
    float *swapped = zeros(want->n);

    swap_axes(got, want->shape[1], want->shape[0], want->shape[2], swapped);
    assert_near(swapped, want->f32, want->n, tolerance);
    free(swapped);
}

static void take_array(const reference *file, const char *name, float *to)
{
    const reference_tensor *from = reference_find(file, name);
    assert_non_null(from);
    swap_axes(from->f32, from->shape[0], from->shape[1], from->shape[2], to);
}

static scene scene_of_case(const reference *file, pinna_attention_score score)
{
    const reference_tensor *query = reference_find(file, "query");
    const reference_tensor *key = reference_find(file, "key");
    const reference_tensor *value = reference_find(file, "value");
    const reference_tensor *v = reference_find(file, "v");
    const pinna_attention_config config = {
        score, query->shape[2], key->shape[2], value->shape[2], v ? v->n : 0};
    scene s =
        scene_new(config, query->shape[1], key->shape[1], query->shape[0]);
    const int32_t *lengths = reference_ints(file, "key_lengths", s.B);

    for (size_t b = 0; b < s.B; b++)
        s.lengths[b] = (size_t)lengths[b];
    take_array(file, "query", s.inputs[0]);
    take_array(file, "key", s.inputs[1]);
    take_array(file, "value", s.inputs[2]);
    take_array(file, "dcontext", s.dcontext);
    return s;
}

static void check_results(const reference *file, const scene *s)
{
    const size_t n = s->Tq * s->Tk;
    const float *weights = reference_floats(file, "weights", s->B * n);

    check_array(file, "context", s->context, OUTPUT_TOLERANCE);
    for (size_t b = 0; b < s->B; b++)
        assert_near(pinna_attention_weights_of(s->cache, b), weights + b * n, n,
                    OUTPUT_TOLERANCE);
    check_array(file, "grad.query", s->dinputs[0], GRADIENT_TOLERANCE);
    check_array(file, "grad.key", s->dinputs[1], GRADIENT_TOLERANCE);
    check_array(file, "grad.value", s->dinputs[2], GRADIENT_TOLERANCE);
}

/* Scores without weights of their own, or with W of the names given. */
static void check_case(const char *name, pinna_attention_score score,
                       const char *const weight_names[N_WEIGHTS])
{
    reference *file = rnn_case(name);
    if (!file)
        return;

    scene s = scene_of_case(file, score);
    for (size_t i = 0; i < N_WEIGHTS; i++)
        if (weight_names[i])
            memcpy(s.weights[i],
                   reference_floats(file, weight_names[i], s.weight_sizes[i]),
                   s.weight_sizes[i] * sizeof(float));
    scene_run(&s);
    check_results(file, &s);
    for (size_t i = 0; i < N_WEIGHTS; i++) {
        char grad[64] = "grad.";
        if (!weight_names[i])
            continue;
        strcat(grad, weight_names[i]);
        assert_near(s.dweights[i],
                    reference_floats(file, grad, s.weight_sizes[i]),
                    s.weight_sizes[i], GRADIENT_TOLERANCE);
    }
    scene_free(&s);
    reference_close(file);
}

/* Columns first .. first + n of the rows of W [A, n_all]. */
static void take_columns(const float *W, size_t A, size_t n_all, size_t first,
                         size_t n, float *to)
{
    for (size_t a = 0; a < A; a++)
        memcpy(to + a * n, W + a * n_all + first, n * sizeof(float));
}

/* Luong's concat is additive attention with W = [W_q W_k] and no bias. */
static void check_concat_case(void)
{
    reference *file = rnn_case("attention_luong_concat");
    if (!file)
        return;

    scene s = scene_of_case(file, PINNA_ATTENTION_ADDITIVE);
    const size_t A = s.config.n_hidden, Dq = s.config.n_query;
    const size_t Dk = s.config.n_key, n = Dq + Dk;
    const float *W = reference_floats(file, "W", A * n);
    const float *dW = reference_floats(file, "grad.W", A * n);
    float *want = zeros(A * n);

    take_columns(W, A, n, 0, Dq, s.weights[1]);
    take_columns(W, A, n, Dq, Dk, s.weights[2]);
    memset(s.weights[3], 0, A * sizeof(float));
    memcpy(s.weights[4], reference_floats(file, "v", A), A * sizeof(float));
    scene_run(&s);
    check_results(file, &s);
    take_columns(dW, A, n, 0, Dq, want);
    assert_near(s.dweights[1], want, A * Dq, GRADIENT_TOLERANCE);
    take_columns(dW, A, n, Dq, Dk, want);
    assert_near(s.dweights[2], want, A * Dk, GRADIENT_TOLERANCE);
    assert_near(s.dweights[4], reference_floats(file, "grad.v", A), A,
                GRADIENT_TOLERANCE);
    free(want);
    scene_free(&s);
    reference_close(file);
}

static void test_references(void **state)
{
    static const char *const none[N_WEIGHTS] = {NULL};
    static const char *const general[N_WEIGHTS] = {"W"};
    static const char *const additive[N_WEIGHTS] = {NULL, "W_query", "W_key",
                                                    "b", "v"};
    (void)state;
    check_case("attention_luong_dot", PINNA_ATTENTION_DOT, none);
    check_case("attention_scaled_dot", PINNA_ATTENTION_SCALED, none);
    check_case("attention_luong_general", PINNA_ATTENTION_GENERAL, general);
    check_case("attention_bahdanau", PINNA_ATTENTION_ADDITIVE, additive);
    check_concat_case();
}

static void test_bad_config(void **state)
{
    (void)state;
    const pinna_attention_config bad[] = {
        {PINNA_ATTENTION_DOT, 3, 4, 2, 0},
        {PINNA_ATTENTION_SCALED, 3, 4, 2, 0},
        {PINNA_ATTENTION_GENERAL, 0, 4, 2, 0},
        {PINNA_ATTENTION_GENERAL, 3, 0, 2, 0},
        {PINNA_ATTENTION_GENERAL, 3, 4, 0, 0},
        {PINNA_ATTENTION_ADDITIVE, 3, 4, 2, 0},
        {(pinna_attention_score)9, 3, 4, 2, 1},
    };
    const pinna_attention_config good = {PINNA_ATTENTION_DOT, 3, 3, 2, 0};
    pinna_attention_cache *cache;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(pinna_attention_cache_new(&bad[i], 1, 1, 1, &cache),
                         PINNA_BAD_ARG);
    assert_int_equal(pinna_attention_cache_new(&good, 0, 1, 1, &cache),
                     PINNA_BAD_ARG);
    assert_int_equal(
        pinna_attention_cache_new(&good, SIZE_MAX / 2, 1, 8, &cache),
        PINNA_BAD_ARG);
    assert_null(cache);
    pinna_attention_cache_free(NULL);
}

static pinna_status make(void)
{
    const pinna_attention_config config = {PINNA_ATTENTION_DOT, 3, 3, 2, 0};
    pinna_attention_cache *cache;
    const pinna_status status =
        pinna_attention_cache_new(&config, 2, 3, 4, &cache);
    pinna_attention_cache_free(cache);
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
        cmocka_unit_test(test_runs_without_allocation),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_bad_config),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("attention", tests, setup, NULL);
}
