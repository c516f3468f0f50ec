/* tests/test_train_cases.c -- whole trainings of small nets against reference
 * cases: cells, output layer, loss and optimiser together */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/adam.h"
#include "rnn/clip_grad.h"
#include "rnn/ctc.h"
#include "rnn/dense.h"
#include "rnn/gru.h"
#include "rnn/kernels.h"
#include "rnn/linalg.h"
#include "rnn/loss.h"
#include "rnn/params.h"
#include "rnn/simple_rnn.h"
#include "rnn_cases.h"

/* Of losses and parameters along a training. The cases ask for 1e-4, which
 * would not see the weight decay. */
#define TRAINING_TOLERANCE 2e-5

/* The data of a case and the net that learns it. */
typedef struct training {
    const reference *file;
    pinna_params params; /* the tensors "init.NAME" by NAME */
    float *grads;
    const float *x; /* [T, B, n_in] */
    size_t T, B, n_in;
} training;

/* Adds the gradient of the loss to grads; returns the loss. */
typedef double (*gradient_function)(training *t);

static training training_new(const reference *file)
{
    const reference_tensor *x = reference_find(file, "x");
    training t = {.file = file,
                  .x = x->f32,
                  .T = x->shape[0],
                  .B = x->shape[1],
                  .n_in = x->shape[2]};

    for (size_t i = 0; i < reference_n_tensors(file); i++) {
        const reference_tensor *tensor = reference_at(file, i);
        if (strncmp(tensor->name, "init.", 5) == 0)
            assert_int_equal(
                pinna_params_add(&t.params, tensor->name + 5, tensor->shape[0],
                                 tensor->n_dims > 1 ? tensor->shape[1] : 0,
                                 NULL),
                PINNA_OK);
    }
    assert_int_equal(pinna_params_allocate(&t.params), PINNA_OK);
    t.grads = zeros(t.params.n_values);
    return t;
}

static void training_free(training *t)
{
    pinna_params_free(&t->params);
    free(t->grads);
}

/* The arrays "PREFIX.NAME" of the case, in the layout of the parameters. */
static const float *tensor_of(const training *t, const char *prefix, size_t i)
{
    char name[2 * PINNA_PARAM_NAME_MAX];
    snprintf(name, sizeof name, "%s.%s", prefix, t->params.items[i].name);
    return reference_floats(t->file, name, t->params.items[i].n);
}

static void assert_tensors(const training *t, const char *prefix,
                           const float *got, double tolerance)
{
    for (size_t i = 0; i < t->params.n_items; i++)
        assert_near(got + t->params.items[i].offset, tensor_of(t, prefix, i),
                    t->params.items[i].n, tolerance);
}

/* Where "LAYER.NAME" begins. */
static size_t offset_of(const training *t, const char *layer, const char *name)
{
    char full[2 * PINNA_PARAM_NAME_MAX];
    snprintf(full, sizeof full, "%s.%s", layer, name);
    const size_t i = pinna_params_find(&t->params, full);
    assert_true(i < t->params.n_items);
    return t->params.items[i].offset;
}

static pinna_cell_weights cell_weights(const training *t, const char *layer,
                                       size_t n_in, size_t n_hidden)
{
    const float *values = t->params.values;
    return (pinna_cell_weights){n_in,
                                n_hidden,
                                values + offset_of(t, layer, "weight_ih_l0"),
                                values + offset_of(t, layer, "weight_hh_l0"),
                                values + offset_of(t, layer, "bias_ih_l0"),
                                values + offset_of(t, layer, "bias_hh_l0")};
}

static pinna_cell_grads cell_grads(const training *t, const char *layer)
{
    return (pinna_cell_grads){t->grads + offset_of(t, layer, "weight_ih_l0"),
                              t->grads + offset_of(t, layer, "weight_hh_l0"),
                              t->grads + offset_of(t, layer, "bias_ih_l0"),
                              t->grads + offset_of(t, layer, "bias_hh_l0")};
}

static void dense_forward(const training *t, const float *x, size_t n_rows,
                          size_t n_in, size_t n_out, float *y)
{
    pinna_dense_forward(t->params.values + offset_of(t, "dense", "weight"),
                        t->params.values + offset_of(t, "dense", "bias"), x,
                        n_rows, n_in, n_out, y);
}

static void dense_backward(const training *t, const float *x, const float *dy,
                           size_t n_rows, size_t n_in, size_t n_out, float *dx)
{
    pinna_dense_backward(t->params.values + offset_of(t, "dense", "weight"), x,
                         dy, n_rows, n_in, n_out, dx,
                         t->grads + offset_of(t, "dense", "weight"),
                         t->grads + offset_of(t, "dense", "bias"));
}

/* Mean of the squared errors over [n]. */
static double mean_square(const float *y, const float *target, size_t n,
                          float *dy)
{
    float *weight = zeros(n);
    for (size_t i = 0; i < n; i++)
        weight[i] = 1 / (float)n;
    const double loss = pinna_mse_loss(y, target, weight, n, dy);
    free(weight);
    return loss;
}

static void run_case(const char *name, double learning_rate,
                     pinna_adam_config config, double clip,
                     gradient_function gradient)
{
    reference *file = rnn_case(name);
    if (!file)
        return;

    training t = training_new(file);
    const size_t n = t.params.n_values;
    const size_t n_steps = reference_find(file, "loss")->n;
    const float *losses = reference_floats(file, "loss", n_steps);
    const float *norms = reference_floats(file, "grad_norm", n_steps);
    pinna_adam adam;

    for (size_t i = 0; i < t.params.n_items; i++)
        memcpy(t.params.values + t.params.items[i].offset,
               tensor_of(&t, "init", i), t.params.items[i].n * sizeof(float));
    assert_int_equal(pinna_adam_new(&config, n, &adam), PINNA_OK);
    for (size_t step = 0; step < n_steps; step++) {
        memset(t.grads, 0, n * sizeof(float));
        const float loss = (float)gradient(&t);
        assert_near(&loss, &losses[step], 1, TRAINING_TOLERANCE);
        if (step == 0)
            assert_tensors(&t, "grad1", t.grads, GRADIENT_TOLERANCE);
        const float norm = (float)pinna_clip_grad_norm(t.grads, n, clip);
        assert_near(&norm, &norms[step], 1, TRAINING_TOLERANCE);
        pinna_adam_step(&adam, learning_rate, t.grads, t.params.values);
    }
    assert_tensors(&t, "final", t.params.values, TRAINING_TOLERANCE);

    pinna_adam_free(&adam);
    training_free(&t);
    reference_close(file);
}

/* ---- simple RNN, its last state to one number ---- */

enum { RNN_HIDDEN = 32 };

static double last_state_gradient(training *t)
{
    const pinna_cell_weights weights =
        cell_weights(t, "rnn", t->n_in, RNN_HIDDEN);
    const pinna_cell_grads grads = cell_grads(t, "rnn");
    const pinna_cell_room room = {t->n_in, RNN_HIDDEN, t->T, t->B};
    pinna_simple_rnn_cache *cache;
    float *states = zeros(t->T * t->B * RNN_HIDDEN);
    float *dstates = zeros(t->T * t->B * RNN_HIDDEN);
    float *last = zeros(t->B * RNN_HIDDEN), *dlast = zeros(t->B * RNN_HIDDEN);
    float *y = zeros(t->B), *dy = zeros(t->B);

    assert_int_equal(pinna_simple_rnn_cache_new(PINNA_RNN_TANH, &room, &cache),
                     PINNA_OK);
    pinna_simple_rnn_forward(&weights, t->x, NULL, NULL, t->T, t->B, cache,
                             states, last);
    dense_forward(t, last, t->B, RNN_HIDDEN, 1, y);
    const double loss =
        mean_square(y, reference_floats(t->file, "target", t->B), t->B, dy);
    dense_backward(t, last, dy, t->B, RNN_HIDDEN, 1, dlast);
    pinna_simple_rnn_backward(&weights, t->x, NULL, t->T, t->B, cache, dstates,
                              dlast, NULL, NULL, &grads);

    pinna_simple_rnn_cache_free(cache);
    float *const arrays[] = {states, dstates, last, dlast, y, dy};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    return loss;
}

static void test_simple_rnn_mse_adam(void **state)
{
    (void)state;
    const pinna_adam_config adam = {0.9, 0.999, 1e-7, 0};
    run_case("train_simplernn_dense_mse_adam", 0.001, adam, 1e30,
             last_state_gradient);
}

/* ---- GRU, every frame to gains ---- */

enum { GRU_HIDDEN = 12, N_GAINS = 6, N_TOKENS = 6 };

static double gains_gradient(training *t)
{
    const size_t n_rows = t->T * t->B;
    const pinna_cell_weights weights =
        cell_weights(t, "gru", t->n_in, GRU_HIDDEN);
    const pinna_cell_grads grads = cell_grads(t, "gru");
    const pinna_cell_room room = {t->n_in, GRU_HIDDEN, t->T, t->B};
    pinna_gru_cache *cache;
    float *h = zeros(n_rows * GRU_HIDDEN), *dh = zeros(n_rows * GRU_HIDDEN);
    float *gains = zeros(n_rows * N_GAINS), *dgains = zeros(n_rows * N_GAINS);

    assert_int_equal(pinna_gru_cache_new(&room, &cache), PINNA_OK);
    pinna_gru_forward(&weights, t->x, NULL, NULL, t->T, t->B, cache, h, NULL);
    dense_forward(t, h, n_rows, GRU_HIDDEN, N_GAINS, gains);
    pinna_kernels_best()->sigmoid(gains, n_rows * N_GAINS);
    const double loss = mean_square(
        gains, reference_floats(t->file, "target", n_rows * N_GAINS),
        n_rows * N_GAINS, dgains);
    for (size_t i = 0; i < n_rows * N_GAINS; i++)
        dgains[i] *= gains[i] * (1 - gains[i]);
    dense_backward(t, h, dgains, n_rows, GRU_HIDDEN, N_GAINS, dh);
    pinna_gru_backward(&weights, t->x, NULL, t->T, t->B, cache, dh, NULL, NULL,
                       NULL, &grads);

    pinna_gru_cache_free(cache);
    free(h);
    free(dh);
    free(gains);
    free(dgains);
    return loss;
}

static void test_gru_gains_mse_adamw(void **state)
{
    (void)state;
    const pinna_adam_config adamw = {0.9, 0.999, 1e-8, 0.01};
    run_case("train_gru_gains_mse_adamw", 0.002, adamw, 1e30, gains_gradient);
}

/* ---- two GRU layers, every frame to tokens, CTC ---- */

/* Sum of the losses of all sequences, divided by their number. */
static double ctc_losses(const training *t, const float *logits,
                         const int32_t *lengths, float *dlogits)
{
    const int32_t *targets = reference_ints(t->file, "targets", 0);
    const int32_t *n_labels = reference_ints(t->file, "target_lengths", t->B);
    const size_t max_labels = reference_find(t->file, "targets")->shape[1];
    const size_t stride = t->B * N_TOKENS;
    double sum = 0;
    pinna_ctc *ctc;

    assert_int_equal(pinna_ctc_new(t->T, N_TOKENS, max_labels, &ctc), PINNA_OK);
    for (size_t b = 0; b < t->B; b++) {
        double loss;
        assert_int_equal(pinna_ctc_loss(ctc, logits + b * N_TOKENS, stride,
                                        (size_t)lengths[b],
                                        targets + b * max_labels,
                                        (size_t)n_labels[b], 0, 1 / (float)t->B,
                                        dlogits + b * N_TOKENS, &loss),
                         PINNA_OK);
        sum += loss / (double)t->B;
    }
    pinna_ctc_free(ctc);
    return sum;
}

static double ctc_gradient(training *t)
{
    const size_t n_rows = t->T * t->B;
    const int32_t *lengths = reference_ints(t->file, "input_lengths", t->B);
    const pinna_cell_weights w0 = cell_weights(t, "gru0", t->n_in, GRU_HIDDEN);
    const pinna_cell_weights w1 =
        cell_weights(t, "gru1", GRU_HIDDEN, GRU_HIDDEN);
    const pinna_cell_grads g0 = cell_grads(t, "gru0");
    const pinna_cell_grads g1 = cell_grads(t, "gru1");
    const pinna_cell_room room0 = {t->n_in, GRU_HIDDEN, t->T, t->B};
    const pinna_cell_room room1 = {GRU_HIDDEN, GRU_HIDDEN, t->T, t->B};
    pinna_gru_cache *c0, *c1;
    float *h0 = zeros(n_rows * GRU_HIDDEN), *dh0 = zeros(n_rows * GRU_HIDDEN);
    float *h1 = zeros(n_rows * GRU_HIDDEN), *dh1 = zeros(n_rows * GRU_HIDDEN);
    float *y = zeros(n_rows * N_TOKENS), *dy = zeros(n_rows * N_TOKENS);

    assert_int_equal(pinna_gru_cache_new(&room0, &c0), PINNA_OK);
    assert_int_equal(pinna_gru_cache_new(&room1, &c1), PINNA_OK);
    pinna_gru_forward(&w0, t->x, NULL, NULL, t->T, t->B, c0, h0, NULL);
    pinna_gru_forward(&w1, h0, NULL, NULL, t->T, t->B, c1, h1, NULL);
    dense_forward(t, h1, n_rows, GRU_HIDDEN, N_TOKENS, y);
    const double loss = ctc_losses(t, y, lengths, dy);
    dense_backward(t, h1, dy, n_rows, GRU_HIDDEN, N_TOKENS, dh1);
    pinna_gru_backward(&w1, h0, NULL, t->T, t->B, c1, dh1, NULL, dh0, NULL,
                       &g1);
    pinna_gru_backward(&w0, t->x, NULL, t->T, t->B, c0, dh0, NULL, NULL, NULL,
                       &g0);

    pinna_gru_cache_free(c0);
    pinna_gru_cache_free(c1);
    float *const arrays[] = {h0, dh0, h1, dh1, y, dy};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    return loss;
}

static void test_two_gru_ctc_adam_clip(void **state)
{
    (void)state;
    const pinna_adam_config adam = {0.9, 0.999, 1e-8, 0};
    run_case("train_gru2_ctc_adam_clip", 0.003, adam, 1, ctc_gradient);
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
        cmocka_unit_test(test_simple_rnn_mse_adam),
        cmocka_unit_test(test_gru_gains_mse_adamw),
        cmocka_unit_test(test_two_gru_ctc_adam_clip),
    };
    return cmocka_run_group_tests_name("train_cases", tests, setup, NULL);
}
