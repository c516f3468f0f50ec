/* tests/test_small_tasks.c -- the training tasks of forecasts, texts, classes
 * and encoder-decoders: their gradients, and what they say of a network,
 * against the network itself */
#include "rnn_cases.h"
#include "small_models.h"
#include "support.h"
#include "task_slopes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/linalg.h"
#include "rnn/loss.h"
#include "tools/classify_task.h"
#include "tools/generate_task.h"
#include "tools/regress_task.h"
#include "tools/seq2seq_task.h"

enum { BATCH = 5 };

/* The gradient of the whole batch is that of its shares together. */
static void assert_shares_add_up(const pinna_train_task *task,
                                 const pinna_network *network)
{
    const size_t n = network->params.n_values;
    float *whole = zeros(n), *shares = zeros(n);
    const double loss = task_loss(task, network, 0, 2, 0, BATCH, whole);

    const double first = task_loss(task, network, 0, 2, 0, 2, shares);
    const double rest = task_loss(task, network, 0, 2, 2, BATCH - 2, shares);
    assert_close(first + rest, loss, 1e-5);
    assert_near(shares, whole, n, 1e-5);
    free(whole);
    free(shares);
}

/* ---- forecasts ---- */

static pinna_series new_series(void)
{
    enum { N = 40, C = 3 };
    pinna_series series = {
        .values = random_floats(N * C, 3, 2), .n_rows = N, .n_columns = C};
    for (size_t i = 0; i < N * C; i++)
        series.values[i] += 10;
    return series;
}

static void test_regress(void **state)
{
    (void)state;
    pinna_series series = new_series();
    pinna_model *model = new_regress_model();
    const size_t window = model->forecast.window;
    const size_t n = pinna_series_n_items(&series, window, 2);
    const pinna_regress_task_config config = {
        .series = &series, .n_learned = n - 10, .plan = {BATCH, 1, 1, 1}};
    pinna_regress_task *task;
    pinna_forecast_error got, want = {0};
    pinna_stream_state *stream;

    free(model->offset);
    free(model->scale);
    assert_int_equal(pinna_regress_normalise(&series, 30, model), PINNA_OK);
    assert_int_equal(pinna_regress_task_new(&config, model, &task), PINNA_OK);
    const pinna_train_task interface = pinna_regress_task_interface(task);
    assert_slopes(&interface, &model->network, 3, BATCH);
    assert_shares_add_up(&interface, &model->network);
    assert_int_equal(interface.n_frames(interface.self, 0),
                     (BATCH - 2) * window);

    /* Frame by frame, in the units of the series. */
    make_streamable(model);
    assert_int_equal(pinna_stream_state_new(model->stream, &stream), PINNA_OK);
    for (size_t i = n - 10; i < n; i++) {
        float x[3], y;
        pinna_stream_state_reset(stream);
        for (size_t t = 0; t < window; t++) {
            for (size_t c = 0; c < 3; c++)
                x[c] = (series.values[(i + t) * 3 + c] + model->offset[c]) *
                       model->scale[c];
            pinna_stream_step(model->stream, stream, x, &y);
        }
        pinna_forecast_error_add(
            &want, (double)(y / model->scale[0] - model->offset[0]),
            (double)series.values[(i + window + 1) * 3]);
    }
    assert_int_equal(pinna_regress_error(model, &series, n - 10, n, &got),
                     PINNA_OK);
    assert_int_equal(got.n, 10);
    assert_close(pinna_forecast_rmse(&got), pinna_forecast_rmse(&want), 1e-4);
    pinna_validation result = {0};
    assert_int_equal(
        interface.validate(interface.self, &model->network, &result, NULL),
        PINNA_OK);
    assert_close(result.score, pinna_forecast_mse(&want), 1e-3);

    pinna_stream_state_free(stream);
    pinna_regress_task_free(task);
    pinna_series_free(&series);
    pinna_model_free(model);
}

/* ---- texts ---- */

enum { T = 7, N_TEXT = 83, N_TOKENS = 4 };

static pinna_train_task carrying;

/* gradient() as if nothing had been carried. */
static pinna_status fresh_gradient(void *self, const pinna_network *network,
                                   size_t thread, size_t step, size_t first,
                                   size_t n, float *grads, double *loss,
                                   pinna_error *error)
{
    memset(carrying.carried, 0, carrying.n_carried * sizeof(float));
    return carrying.gradient(self, network, thread, step, first, n, grads, loss,
                             error);
}

/* -log p of tokens [from, to) of a text, which the stream reads from begin. */
static double stream_loss(const pinna_model *model, const int *ids,
                          size_t begin, size_t from, size_t to)
{
    pinna_stream_state *stream;
    double sum = 0;

    assert_int_equal(pinna_stream_state_new(model->stream, &stream), PINNA_OK);
    for (size_t i = begin; i + 1 < to; i++) {
        float x[N_TOKENS] = {0}, y[N_TOKENS];
        x[ids[i % N_TEXT]] = 1;
        pinna_stream_step(model->stream, stream, x, y);
        if (i + 1 >= from)
            sum += pinna_cross_entropy_loss(y, &ids[(i + 1) % N_TEXT], 1,
                                            N_TOKENS, 0, NULL);
    }
    pinna_stream_state_free(stream);
    return sum;
}

static void test_generate(void **state)
{
    (void)state;
    pinna_model *model = new_generate_model();
    int ids[N_TEXT];
    pinna_rng rng;
    const pinna_generate_task_config config = {.training = {ids, N_TEXT},
                                               .validation = {ids, N_TEXT},
                                               .n_frames = T,
                                               .plan = {BATCH, 1, 1, 1}};
    pinna_generate_task *task;

    pinna_rng_seed(&rng, 1, 1);
    for (size_t i = 0; i < N_TEXT; i++)
        ids[i] = (int)pinna_rng_below(&rng, N_TOKENS);
    make_streamable(model);
    assert_int_equal(pinna_generate_task_new(&config, model, &task), PINNA_OK);
    carrying = pinna_generate_task_interface(task);
    pinna_train_task fresh = carrying;
    fresh.gradient = fresh_gradient;
    assert_slopes(&fresh, &model->network, 3, BATCH);

    /* The second and third part go on where the ones before ended. */
    memset(carrying.carried, 0, carrying.n_carried * sizeof(float));
    for (size_t step = 0; step < 3; step++) {
        double want = 0;
        for (size_t b = 0; b < BATCH; b++) {
            const size_t begin = b * (N_TEXT / BATCH);
            want += stream_loss(model, ids, begin, begin + step * T + 1,
                                begin + (step + 1) * T + 1);
        }
        double loss = 0;
        /* In two shares, as two threads would. */
        loss += task_loss(&carrying, &model->network, 0, step, 3, 2, NULL);
        loss += task_loss(&carrying, &model->network, 0, step, 0, 3, NULL);
        assert_close(loss, want / (BATCH * T), 1e-5);
    }

    double want = 0;
    const size_t n_each = (N_TEXT - 1) / BATCH;
    for (size_t b = 0; b < BATCH; b++)
        want += stream_loss(model, ids, b * n_each, b * n_each + 1,
                            (b + 1) * n_each + 1);
    pinna_validation result = {0};
    assert_int_equal(
        carrying.validate(carrying.self, &model->network, &result, NULL),
        PINNA_OK);
    assert_close(result.score, want / (double)(BATCH * n_each), 1e-5);

    pinna_generate_task_free(task);
    pinna_model_free(model);
}

static size_t fail_step;

static pinna_status failing_gradient(void *self, const pinna_network *network,
                                     size_t thread, size_t step, size_t first,
                                     size_t n, float *grads, double *loss,
                                     pinna_error *error)
{
    if (step == fail_step)
        return pinna_fail(error, PINNA_IO, "as asked");
    return carrying.gradient(self, network, thread, step, first, n, grads, loss,
                             error);
}

/* A training of 20 steps that fails at `fail`; the weights go to values. */
static pinna_status train_text(const char *output, size_t fail, bool resume,
                               float *values)
{
    pinna_model *model = new_generate_model();
    int ids[N_TEXT];
    const pinna_generate_task_config config = {.training = {ids, N_TEXT},
                                               .validation = {ids, N_TEXT},
                                               .n_frames = T,
                                               .plan = {BATCH, 1, 1, 1}};
    const pinna_train_options options = {
        .n_steps = 20,
        .batch_size = BATCH,
        .n_threads = 1,
        .schedule = {.learning_rate = 0.01},
        .clip = 1,
        .ema = 0.5,
        .validate_every = 5,
        .output = output,
        .resume = resume,
        .quiet = true,
    };
    pinna_generate_task *task;

    for (size_t i = 0; i < N_TEXT; i++)
        ids[i] = (int)(i * i % 7 % N_TOKENS);
    fail_step = fail;
    assert_int_equal(pinna_generate_task_new(&config, model, &task), PINNA_OK);
    carrying = pinna_generate_task_interface(task);
    pinna_train_task failing = carrying;
    failing.gradient = failing_gradient;
    const pinna_status status = pinna_train(&options, &failing, model, NULL);
    memcpy(values, model->network.params.values,
           model->network.params.n_values * sizeof(float));
    pinna_generate_task_free(task);
    pinna_model_free(model);
    return status;
}

/* What is carried is in the checkpoint: a run that goes on ends with the same
 * bits. */
static void test_generate_resumes(void **state)
{
    (void)state;
    pinna_model *model = new_generate_model();
    const size_t n = model->network.params.n_values;
    float *whole = zeros(n), *resumed = zeros(n);

    pinna_model_free(model);
    assert_int_equal(
        train_text(support_temp("a.safetensors"), 99, false, whole), PINNA_OK);
    assert_int_equal(
        train_text(support_temp("b.safetensors"), 12, false, resumed),
        PINNA_IO);
    assert_int_equal(
        train_text(support_temp("b.safetensors"), 99, true, resumed), PINNA_OK);
    assert_memory_equal(resumed, whole, n * sizeof(float));
    free(whole);
    free(resumed);
}

/* ---- examples ---- */

/* Texts of 1 to 4 tokens with answers "b" or "c", or seven of both. */
static pinna_examples new_examples(bool long_answers)
{
    pinna_examples examples = {.n_items = 7};
    pinna_rng rng;

    pinna_rng_seed(&rng, 2, 2);
    examples.items = calloc(examples.n_items, sizeof *examples.items);
    for (size_t i = 0; i < examples.n_items; i++) {
        pinna_example *example = &examples.items[i];
        example->n = 1 + i % 4;
        example->ids = calloc(example->n, sizeof *example->ids);
        for (size_t t = 0; t < example->n; t++)
            example->ids[t] = (int)pinna_rng_below(&rng, 4);
        example->answer = strdup(long_answers && i % 3 ? &"bcbcc"[i % 3]
                                 : i % 2               ? "b"
                                                       : "c");
    }
    return examples;
}

static void check_classify(bool mean_pooling)
{
    pinna_examples examples = new_examples(false);
    pinna_model *model = new_classify_model();
    const pinna_classify_task_config config = {.training = &examples,
                                               .validation = &examples,
                                               .plan = {BATCH, 1, 1, 1}};
    pinna_classify_task *task;
    pinna_stream_state *stream;
    size_t classes[7];

    model->mean_pooling = mean_pooling;
    make_streamable(model);
    assert_int_equal(pinna_stream_state_new(model->stream, &stream), PINNA_OK);
    assert_int_equal(pinna_classify_task_new(&config, model, &task, NULL),
                     PINNA_OK);
    const pinna_train_task interface = pinna_classify_task_interface(task);
    assert_slopes(&interface, &model->network, 3, BATCH);
    assert_shares_add_up(&interface, &model->network);

    double want = 0;
    assert_int_equal(pinna_classify_all(model, &examples, classes), PINNA_OK);
    for (size_t i = 0; i < examples.n_items; i++) {
        const pinna_example *example = &examples.items[i];
        float y[3], pooled[3] = {0};
        size_t best = 0;
        pinna_stream_state_reset(stream);
        for (size_t t = 0; t < example->n; t++) {
            float x[4] = {0};
            x[example->ids[t]] = 1;
            pinna_stream_step(model->stream, stream, x, y);
            for (size_t v = 0; v < 3; v++)
                pooled[v] =
                    mean_pooling ? pooled[v] + y[v] / (float)example->n : y[v];
        }
        for (size_t v = 1; v < 3; v++)
            best = pooled[v] > pooled[best] ? v : best;
        assert_int_equal(classes[i], best);
        const int answer = (int)pinna_class_of(model, example->answer);
        want += pinna_cross_entropy_loss(pooled, &answer, 1, 3, 0, NULL);
    }
    pinna_validation result = {0};
    assert_int_equal(
        interface.validate(interface.self, &model->network, &result, NULL),
        PINNA_OK);
    assert_close(result.score, want / 7, 1e-5);

    pinna_stream_state_free(stream);
    pinna_classify_task_free(task);
    pinna_examples_free(&examples);
    pinna_model_free(model);
}

static void test_classify(void **state)
{
    (void)state;
    check_classify(true);
    check_classify(false);

    pinna_examples examples = new_examples(false);
    pinna_model *model = new_classify_model();
    const pinna_classify_task_config config = {.training = &examples,
                                               .validation = &examples,
                                               .plan = {BATCH, 1, 1, 0}};
    pinna_classify_task *task;
    pinna_error error;
    examples.items[3].answer[0] = 'x';
    assert_int_equal(pinna_classify_task_new(&config, model, &task, &error),
                     PINNA_BAD_ARG);
    assert_non_null(strstr(error.text, "\"x\""));
    assert_null(task);
    pinna_examples_free(&examples);
    pinna_model_free(model);
}

static void test_seq2seq(void **state)
{
    (void)state;
    pinna_examples examples = new_examples(true);
    pinna_model *model = new_seq2seq_model();
    const pinna_seq2seq_task_config config = {.training = &examples,
                                              .validation = &examples,
                                              .n_steps = 100,
                                              .plan = {BATCH, 1, 1, 1}};
    pinna_seq2seq_task *task;
    char *greedy[7] = {NULL}, *wide[7] = {NULL};
    size_t n_exact = 0;

    assert_int_equal(pinna_seq2seq_task_new(&config, model, &task), PINNA_OK);
    const pinna_train_task interface = pinna_seq2seq_task_interface(task);
    assert_slopes(&interface, &model->network, 3, BATCH);
    assert_shares_add_up(&interface, &model->network);

    /* Gradient descent until every answer is exact. */
    pinna_params *params = &model->network.params;
    float *grads = zeros(params->n_values);
    for (size_t step = 0; step < 1500; step++) {
        memset(grads, 0, params->n_values * sizeof(float));
        task_loss(&interface, &model->network, 0, step, 0, BATCH, grads);
        for (size_t i = 0; i < params->n_values; i++)
            params->values[i] -= 0.5f * grads[i];
    }
    assert_int_equal(pinna_seq2seq_answers(model, &examples, 1, greedy),
                     PINNA_OK);
    assert_int_equal(pinna_seq2seq_answers(model, &examples, 4, wide),
                     PINNA_OK);
    for (size_t i = 0; i < 7; i++) {
        n_exact += strcmp(greedy[i], examples.items[i].answer) == 0;
        assert_string_equal(greedy[i], wide[i]);
        free(greedy[i]);
        free(wide[i]);
    }
    assert_in_range(n_exact, 5, 7);
    pinna_validation result = {0};
    assert_int_equal(
        interface.validate(interface.self, &model->network, &result, NULL),
        PINNA_OK);
    assert_close(result.score, 1 - (double)n_exact / 7, 1e-9);

    free(grads);
    pinna_seq2seq_task_free(task);
    pinna_examples_free(&examples);
    pinna_model_free(model);
}

/* ---- what tells the data of a run ---- */

static uint64_t regress_hash(const pinna_series *series, size_t n_learned,
                             size_t window, size_t horizon)
{
    pinna_model *model = new_regress_model();
    const pinna_regress_task_config config = {
        .series = series, .n_learned = n_learned, .plan = {BATCH, 1, 1, 0}};
    pinna_regress_task *task;

    model->forecast = (pinna_forecast){window, horizon};
    assert_int_equal(pinna_regress_task_new(&config, model, &task), PINNA_OK);
    const uint64_t hash = pinna_regress_task_interface(task).data_hash;
    pinna_regress_task_free(task);
    pinna_model_free(model);
    return hash;
}

static void test_regress_hash(void **state)
{
    (void)state;
    pinna_series series = new_series();
    const uint64_t hash = regress_hash(&series, 20, 4, 2);

    assert_true(hash == regress_hash(&series, 20, 4, 2));
    assert_true(hash != regress_hash(&series, 21, 4, 2));
    assert_true(hash != regress_hash(&series, 20, 3, 3)); /* as many rows */
    series.values[25 * 3] += 1;                           /* of held-out rows */
    assert_true(hash == regress_hash(&series, 20, 4, 2));
    series.values[24 * 3 + 2] += 1; /* the last that an answer stands in */
    assert_true(hash != regress_hash(&series, 20, 4, 2));
    pinna_series_free(&series);
}

static uint64_t generate_hash(int *ids, size_t n_frames, char letter)
{
    pinna_model *model = new_generate_model();
    const pinna_generate_task_config config = {.training = {ids, N_TEXT},
                                               .validation = {ids, 2},
                                               .n_frames = n_frames,
                                               .plan = {BATCH, 1, 1, 0}};
    pinna_generate_task *task;

    model->tokens[1][0] = letter;
    assert_int_equal(pinna_generate_task_new(&config, model, &task), PINNA_OK);
    const uint64_t hash = pinna_generate_task_interface(task).data_hash;
    pinna_generate_task_free(task);
    pinna_model_free(model);
    return hash;
}

static void test_generate_hash(void **state)
{
    (void)state;
    int ids[N_TEXT] = {0};
    const uint64_t hash = generate_hash(ids, T, 'x');

    assert_true(hash == generate_hash(ids, T, 'x'));
    assert_true(hash != generate_hash(ids, T + 1, 'x'));
    assert_true(hash != generate_hash(ids, T, 'y'));
    ids[N_TEXT - 1] = 1;
    assert_true(hash != generate_hash(ids, T, 'x'));
}

static uint64_t examples_hash(const pinna_examples *examples, bool classify)
{
    uint64_t hash;

    if (classify) {
        pinna_model *model = new_classify_model();
        const pinna_classify_task_config config = {.training = examples,
                                                   .validation = examples,
                                                   .plan = {BATCH, 1, 1, 0}};
        pinna_classify_task *task;
        assert_int_equal(pinna_classify_task_new(&config, model, &task, NULL),
                         PINNA_OK);
        hash = pinna_classify_task_interface(task).data_hash;
        pinna_classify_task_free(task);
        pinna_model_free(model);
    } else {
        pinna_model *model = new_seq2seq_model();
        const pinna_seq2seq_task_config config = {.training = examples,
                                                  .validation = examples,
                                                  .n_steps = 100,
                                                  .plan = {BATCH, 1, 1, 0}};
        pinna_seq2seq_task *task;
        assert_int_equal(pinna_seq2seq_task_new(&config, model, &task),
                         PINNA_OK);
        hash = pinna_seq2seq_task_interface(task).data_hash;
        pinna_seq2seq_task_free(task);
        pinna_model_free(model);
    }
    return hash;
}

static void test_examples_hash(void **state)
{
    (void)state;
    for (size_t classify = 0; classify < 2; classify++) {
        pinna_examples examples = new_examples(!classify);
        const uint64_t hash = examples_hash(&examples, classify);

        assert_true(hash == examples_hash(&examples, classify));
        examples.items[6].ids[0] ^= 1;
        assert_true(hash != examples_hash(&examples, classify));
        examples.items[6].ids[0] ^= 1;
        examples.n_items--;
        assert_true(hash != examples_hash(&examples, classify));
        examples.n_items++;
        assert_true(hash == examples_hash(&examples, classify));
        for (size_t i = 1; i < 7; i++) /* two labels change places */
            if (strcmp(examples.items[i].answer, examples.items[0].answer)) {
                char *answer = examples.items[i].answer;
                examples.items[i].answer = examples.items[0].answer;
                examples.items[0].answer = answer;
                break;
            }
        assert_true(hash != examples_hash(&examples, classify));
        pinna_examples_free(&examples);
    }
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
        cmocka_unit_test(test_regress),
        cmocka_unit_test(test_generate),
        cmocka_unit_test(test_generate_resumes),
        cmocka_unit_test(test_classify),
        cmocka_unit_test(test_seq2seq),
        cmocka_unit_test(test_regress_hash),
        cmocka_unit_test(test_generate_hash),
        cmocka_unit_test(test_examples_hash),
    };
    return cmocka_run_group_tests_name("small_tasks", tests, setup, NULL);
}
