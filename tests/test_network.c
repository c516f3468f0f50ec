#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "naive_cell.h"
#include "rnn/kernels.h"
#include "rnn/network.h"
#include "rnn/network_train.h"
#include "rnn/offline_net.h"
#include "rnn/quantise.h"
#include "rnn/stream_net.h"
#include "rnn_cases.h"

/* ---- every test of numbers runs on every set of kernels ---- */

static const char *const kernel_names[] = {"c", "avx2", "avx512"};
static const pinna_kernels *selected;

/* The linker puts this in place of pinna_kernels_best(). */
const pinna_kernels *__wrap_pinna_kernels_best(void);
const pinna_kernels *__real_pinna_kernels_best(void);

const pinna_kernels *__wrap_pinna_kernels_best(void)
{
    return selected ? selected : __real_pinna_kernels_best();
}

static const pinna_network_config configs[] = {
    /* n_in, n_dense, n_hidden, n_layers, n_out */
    {1, 0, 1, 1, 1, .skip = false},
    {7, 0, 5, 1, 3, .skip = false},
    {7, 6, 5, 2, 3, .skip = false},
    {7, 6, 5, 2, 3, .skip = true},
    {6, 0, 4, 3, 2, .skip = true},
    {4, 3, 2, PINNA_MAX_LAYERS, 2, .skip = true},
    {10, 0, 33, 3, 4, .skip = true}, /* a panel and a bit */
    {40, 17, 16, 2, 65, .skip = true},
    {7, 6, 5, 2, 3, .layer_norm = true, .learned_state = true},
    {5, 0, 4, 2, 3, .bidirectional = true},
    {5, 4, 3, 3, 2, .skip = true, .bidirectional = true, .layer_norm = true},
    {5, 0, 3, 2, 3, .bidirectional = true, .learned_state = true},
    {5, 4, 3, 2, 2, .cell = PINNA_CELL_LSTM},
    {5, 0, 7, 2, 2, true, PINNA_CELL_LSTM, .bidirectional = true,
     .learned_state = true, .layer_norm = true},
    {9, 3, 33, 2, 2, .skip = true, .cell = PINNA_CELL_LSTM,
     .learned_state = true, .layer_norm = true},
    {5, 0, 4, 2, 2, .skip = true, .cell = PINNA_CELL_GRU_RESET_BEFORE,
     .learned_state = true},
    {5, 4, 3, 2, 2, .cell = PINNA_CELL_GRU_RESET_BEFORE, .bidirectional = true},
    {5, 4, 33, 2, 2, .cell = PINNA_CELL_GRU_RESET_BEFORE, .layer_norm = true},
    {5, 4, 3, 2, 2, .cell = PINNA_CELL_RNN_TANH, .learned_state = true},
    {9, 4, 33, 2, 2, .cell = PINNA_CELL_RNN_TANH, .skip = true},
    {5, 4, 3, 2, 2, .cell = PINNA_CELL_RNN_RELU, .bidirectional = true},
    {5, 4, 7, 3, 2, .cell = PINNA_CELL_RNN_RELU, .skip = true},
    {9, 0, 33, 1, 2, .cell = PINNA_CELL_RNN_RELU, .layer_norm = true},
    {7, 3, 4, 2, 2, .n_streams = 1, .stream_widths = {7}},
    {9, 3, 5, 2, 3, .n_streams = 3, .stream_widths = {1, 6, 2}, .skip = true},
    {20, 19, 6, 1, 2, .n_streams = 2, .stream_widths = {17, 3},
     .cell = PINNA_CELL_LSTM},
    {6, 2, 3, 2, 2, .n_streams = 2, .stream_widths = {4, 2},
     .bidirectional = true, .learned_state = true},
};
enum { N_CONFIGS = sizeof configs / sizeof *configs };

static void for_all(void (*check)(const pinna_network_config *config))
{
    for (size_t k = 0; k < 3; k++) {
        selected = pinna_kernels_named(kernel_names[k]);
        for (size_t i = 0; selected && i < N_CONFIGS; i++)
            check(&configs[i]);
    }
    selected = NULL;
}

static void (*stream_check)(const pinna_network_config *config);

static void check_if_streams(const pinna_network_config *config)
{
    if (!config->bidirectional)
        stream_check(config);
}

static void for_all_that_stream(void (*check)(const pinna_network_config *))
{
    stream_check = check;
    for_all(check_if_streams);
}

/* ---- the definition, in double ---- */

typedef struct naive_net {
    const pinna_network *network; /* of which only names and shapes count */
    double *values;
    const double *x;       /* [T, B, n_in] */
    const size_t *lengths; /* [B] */
    const double *dy;      /* [T, B, n_out] */
    double *y;             /* [T, B, n_out] */
} naive_net;

/* The parameter of PyTorch's name. */
static const double *find(const naive_net *net, const char *name)
{
    const pinna_params *params = &net->network->params;
    const size_t index = pinna_params_find(params, name);
    assert_true(index < params->n_items);
    return net->values + params->items[index].offset;
}

/* "PREFIX.NAME_lLAYER", and "_reverse" for direction 1. */
static const double *find_cell(const naive_net *net, const char *name,
                               size_t layer, size_t d)
{
    const pinna_cell_kind kind = net->network->config.cell;
    char text[64];
    snprintf(text, sizeof text, "%s.%s_l%zu%s",
             kind == PINNA_CELL_LSTM       ? "lstm"
             : kind >= PINNA_CELL_RNN_TANH ? "rnn"
                                           : "gru",
             name, layer, d > 0 ? "_reverse" : "");
    return find(net, text);
}

/* y [n_out] = weight [n_out, n_in] x + bias */
static void affine(const double *weight, const double *bias, const double *x,
                   size_t n_out, size_t n_in, double *y)
{
    for (size_t i = 0; i < n_out; i++) {
        y[i] = bias[i];
        for (size_t j = 0; j < n_in; j++)
            y[i] += weight[i * n_in + j] * x[j];
    }
}

enum { T = 6, B = 3, WIDEST = 64 };

/* What a sequence gives at one place of the network, and how wide it is. */
typedef struct track {
    size_t width;
    double frames[T][WIDEST];
} track;

/* Numbers of x from `first` on by the projection of that name, behind what y
 * holds. */
static void naive_projection(const naive_net *net, const char *name,
                             const track *x, size_t first, size_t width,
                             track *y)
{
    const size_t n = net->network->config.n_dense;
    char weight[64], bias[64];

    snprintf(weight, sizeof weight, "%s.weight", name);
    snprintf(bias, sizeof bias, "%s.bias", name);
    for (size_t t = 0; t < T; t++) {
        double *out = y->frames[t] + y->width;
        affine(find(net, weight), find(net, bias), x->frames[t] + first, n,
               width, out);
        for (size_t i = 0; i < n; i++)
            out[i] = tanh(out[i]);
    }
    y->width += n;
}

static track naive_dense(const naive_net *net, const track *x)
{
    const pinna_network_config *c = &net->network->config;
    track y = {0, {{0}}};
    size_t first = 0;

    if (c->n_streams == 0)
        naive_projection(net, "dense_in", x, 0, c->n_in, &y);
    for (size_t i = 0; i < c->n_streams; first += c->stream_widths[i++]) {
        char name[32];
        snprintf(name, sizeof name, "streams.%zu", i);
        naive_projection(net, name, x, first, c->stream_widths[i], &y);
    }
    return y;
}

static void naive_norm(const naive_net *net, size_t layer, size_t n, double *x)
{
    char weight[64], bias[64];
    double mean = 0, variance = 0;

    snprintf(weight, sizeof weight, "layer_norm.%zu.weight", layer);
    snprintf(bias, sizeof bias, "layer_norm.%zu.bias", layer);
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        variance += (x[i] - mean) * (x[i] - mean) / (double)n;
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] - mean) / sqrt(variance + 1e-5) * find(net, weight)[i] +
               find(net, bias)[i];
}

static track naive_layer(const naive_net *net, size_t layer, const track *x,
                         size_t length)
{
    const pinna_network_config *c = &net->network->config;
    const size_t D = c->bidirectional ? 2 : 1, H = c->n_hidden;
    track y = {D * H, {{0}}};

    for (size_t d = 0; d < D; d++) {
        const naive_cell cell = {c->cell,
                                 x->width,
                                 H,
                                 find_cell(net, "weight_ih", layer, d),
                                 find_cell(net, "weight_hh", layer, d),
                                 find_cell(net, "bias_ih", layer, d),
                                 find_cell(net, "bias_hh", layer, d)};
        double h[WIDEST] = {0}, memory[WIDEST] = {0};
        if (c->learned_state)
            memcpy(h, find_cell(net, "h0", layer, d), H * sizeof *h);
        if (c->learned_state && c->cell == PINNA_CELL_LSTM)
            memcpy(memory, find_cell(net, "c0", layer, d), H * sizeof *h);
        for (size_t i = 0; i < length; i++) {
            const size_t t = d == 0 ? i : length - 1 - i;
            naive_cell_step(&cell, x->frames[t], h, memory);
            memcpy(y.frames[t] + d * H, h, H * sizeof *h);
        }
    }
    for (size_t t = 0; c->layer_norm && t < length; t++)
        naive_norm(net, layer, y.width, y.frames[t]);
    return y;
}

/* y of sequence b. */
static void naive_sequence(const naive_net *net, size_t b)
{
    const pinna_network_config *c = &net->network->config;
    const size_t width = c->n_hidden * (c->bidirectional ? 2 : 1);
    const size_t length = net->lengths[b];
    double seen[T][PINNA_MAX_LAYERS * WIDEST]; /* by dense_out */
    track x = {c->n_in, {{0}}};
    size_t n_seen = 0;

    for (size_t t = 0; t < T; t++)
        memcpy(x.frames[t], net->x + (t * B + b) * c->n_in,
               c->n_in * sizeof(double));
    if (c->n_dense > 0)
        x = naive_dense(net, &x);
    for (size_t layer = 0; layer < c->n_layers; layer++) {
        x = naive_layer(net, layer, &x, length);
        if (!c->skip && layer + 1 < c->n_layers)
            continue;
        for (size_t t = 0; t < T; t++)
            memcpy(seen[t] + n_seen, x.frames[t], width * sizeof(double));
        n_seen += width;
    }
    for (size_t t = 0; t < length; t++)
        affine(find(net, "dense_out.weight"), find(net, "dense_out.bias"),
               seen[t], c->n_out, n_seen, net->y + (t * B + b) * c->n_out);
}

/* y is 0 in the padding. */
static void naive_forward(const naive_net *net)
{
    memset(net->y, 0, T * B * net->network->config.n_out * sizeof(double));
    for (size_t b = 0; b < B; b++)
        naive_sequence(net, b);
}

/* sum y dy, whose gradient with respect to y is dy. */
static double naive_loss(const void *context)
{
    const naive_net *net = context;
    const size_t n = T * B * net->network->config.n_out;
    double loss = 0;

    naive_forward(net);
    for (size_t i = 0; i < n; i++)
        loss += net->y[i] * net->dy[i];
    return loss;
}

/* ---- a network with a batch ---- */

static const size_t lengths[B] = {T, T - 2, 1};

/* As by pinna_network_init(), but with no vector of zeros or ones. */
static void fill(pinna_network *network)
{
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, 0);
    pinna_network_init(network, &rng);
    for (size_t i = 0; i < network->params.n_items; i++)
        if (network->params.items[i].n_dims == 1)
            pinna_param_uniform(&network->params, i, 0.7, &rng);
}

typedef struct fixture {
    pinna_network network;
    pinna_net_worker *worker;
    float *x, *dy; /* dy is 0 in the padding, x is not */
    float *grads;
    naive_net naive;
    double *x_double, *dy_double;
} fixture;

static fixture fixture_new(const pinna_network_config *c)
{
    fixture f = {.x = random_floats(T * B * c->n_in, 2, 2),
                 .dy = random_floats(T * B * c->n_out, 3, 1)};

    assert_true(c->n_hidden <= WIDEST / 2 + 1 &&
                pinna_network_layer_in(c, 0) <= WIDEST);
    assert_int_equal(pinna_network_new(c, &f.network), PINNA_OK);
    fill(&f.network);
    assert_int_equal(pinna_net_worker_new(c, T, B, &f.worker), PINNA_OK);
    f.grads = zeros(f.network.params.n_values);

    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B; b++)
            if (t >= lengths[b])
                memset(f.dy + (t * B + b) * c->n_out, 0,
                       c->n_out * sizeof(float));

    f.x_double = to_doubles(f.x, T * B * c->n_in);
    f.dy_double = to_doubles(f.dy, T * B * c->n_out);
    f.naive = (naive_net){
        .values =
            to_doubles(f.network.params.values, f.network.params.n_values),
        .x = f.x_double,
        .lengths = lengths,
        .dy = f.dy_double,
        .y = calloc(T * B * c->n_out, sizeof(double)),
    };
    return f;
}

static void fixture_free(fixture *f)
{
    pinna_network_free(&f->network);
    pinna_net_worker_free(f->worker);
    free(f->x);
    free(f->dy);
    free(f->grads);
    free(f->x_double);
    free(f->dy_double);
    free(f->naive.values);
    free(f->naive.y);
}

static const float *forward(fixture *f)
{
    return pinna_net_forward(&f->network, f->worker, f->x, lengths, T, B, 0,
                             NULL);
}

static void backward(fixture *f)
{
    pinna_net_backward(&f->network, f->worker, f->x, lengths, T, B, f->dy,
                       f->grads);
}

/* ---- tests of the batch ---- */

static void check_forward(const pinna_network_config *c)
{
    fixture f = fixture_new(c);
    f.naive.network = &f.network;

    const float *y = forward(&f);
    naive_forward(&f.naive);
    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B; b++)
            for (size_t i = 0; t < lengths[b] && i < c->n_out; i++) {
                const size_t at = (t * B + b) * c->n_out + i;
                assert_close((double)y[at], f.naive.y[at], OUTPUT_TOLERANCE);
            }
    fixture_free(&f);
}

static void test_forward_is_the_definition(void **state)
{
    (void)state;
    for_all(check_forward);
}

static void check_gradients(const pinna_network_config *c)
{
    if (c->n_hidden > 8) /* differences would take minutes */
        return;
    fixture f = fixture_new(c);
    f.naive.network = &f.network;
    const pinna_params *params = &f.network.params;

    forward(&f);
    backward(&f);
    float *want = central_differences(naive_loss, &f.naive, f.naive.values,
                                      params->n_values);
    assert_near(f.grads, want, params->n_values, GRADIENT_TOLERANCE);

    /* Added to what is there. */
    forward(&f);
    backward(&f);
    for (size_t i = 0; i < params->n_values; i++)
        want[i] *= 2;
    assert_near(f.grads, want, params->n_values, GRADIENT_TOLERANCE);
    free(want);
    fixture_free(&f);
}

static void test_gradients_are_those_of_differences(void **state)
{
    (void)state;
    for_all(check_gradients);
}

/* sum y dy with dropout, always with the same draws, at values + step * d. */
static double dropped_loss(fixture *f, const float *d, double step)
{
    const pinna_network_config *c = &f->network.config;
    pinna_params *params = &f->network.params;
    pinna_rng rng;
    double loss = 0;

    pinna_rng_seed(&rng, 5, 0);
    for (size_t i = 0; i < params->n_values; i++)
        params->values[i] = (float)(f->naive.values[i] + step * (double)d[i]);
    const float *y = pinna_net_forward(&f->network, f->worker, f->x, lengths, T,
                                       B, 0.3, &rng);
    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B; b++)
            for (size_t i = 0; t < lengths[b] && i < c->n_out; i++) {
                const size_t at = (t * B + b) * c->n_out + i;
                loss += (double)y[at] * (double)f->dy[at];
            }
    return loss;
}

/* The derivative along one direction, as float allows no more. */
static void check_dropout(const pinna_network_config *c)
{
    fixture f = fixture_new(c);
    const size_t n = f.network.params.n_values;
    float *d = random_floats(n, 6, 1);
    double norm = 0, slope = 0;

    for (size_t i = 0; i < n; i++)
        norm += (double)d[i] * (double)d[i];
    for (size_t i = 0; i < n; i++)
        d[i] /= (float)sqrt(norm);

    /* relu has corners, which a long step would pass. */
    const double step = c->cell == PINNA_CELL_RNN_RELU ? 0.002 : 0.02;
    const double above = dropped_loss(&f, d, step);
    const double below = dropped_loss(&f, d, -step);
    assert_close(dropped_loss(&f, d, step), above, 0); /* the same draws */
    dropped_loss(&f, d, 0);
    backward(&f);
    for (size_t i = 0; i < n; i++)
        slope += (double)f.grads[i] * (double)d[i];
    const double want = (above - below) / (2 * step);
    assert_close(slope, want, 2e-3 * fmax(1, fabs(want)));
    free(d);
    fixture_free(&f);
}

static void test_gradients_with_dropout(void **state)
{
    (void)state;
    for_all(check_dropout);
}

static void test_dropout_leaves_no_trace(void **state)
{
    (void)state;
    const pinna_network_config *c = &configs[3];
    const size_t n_bytes = T * B * c->n_out * sizeof(float);
    fixture f = fixture_new(c);
    float *d = zeros(f.network.params.n_values);
    float *clean = zeros(T * B * c->n_out);

    memcpy(clean,
           pinna_net_forward(&f.network, f.worker, f.x, NULL, T, B, 0, NULL),
           n_bytes);
    dropped_loss(&f, d, 0);
    const float *again =
        pinna_net_forward(&f.network, f.worker, f.x, NULL, T, B, 0, NULL);
    assert_memory_equal(again, clean, n_bytes);
    free(d);
    free(clean);
    fixture_free(&f);
}

/* Parts with the state carried over are as the whole. */
static void check_carried(const pinna_network_config *c)
{
    enum { PART = 4 };
    const size_t n_state =
        c->n_layers * (c->bidirectional ? 2 : 1) * B * c->n_hidden;
    fixture f = fixture_new(c);
    const pinna_layer_state none = {NULL, NULL};
    pinna_layer_state state = {zeros(n_state), zeros(n_state)};
    float *want = zeros(T * B * c->n_out);

    memcpy(want,
           pinna_net_forward(&f.network, f.worker, f.x, NULL, T, B, 0, NULL),
           T * B * c->n_out * sizeof(float));
    for (size_t t = 0; t < T; t += PART) {
        const size_t n = T - t < PART ? T - t : PART;
        const float *y = pinna_net_forward_from(
            &f.network, f.worker, t > 0 ? state : none, f.x + t * B * c->n_in,
            NULL, n, B, 0, NULL, state);
        assert_all_close(y, want + t * B * c->n_out, n * B * c->n_out, 1e-6, 0);
    }
    free(state.h);
    free(state.c);
    free(want);
    fixture_free(&f);
}

static void test_carries_the_state(void **state)
{
    (void)state;
    for_all_that_stream(check_carried);
}

/* From a state that is given, in every layer and direction: sum y dy along one
 * direction of all parameters, as float allows no more, and nothing for the
 * learned state. */
static double given_loss(fixture *f, pinna_layer_state first, const float *d,
                         double step)
{
    pinna_params *params = &f->network.params;
    double loss = 0;

    for (size_t i = 0; i < params->n_values; i++)
        params->values[i] = (float)(f->naive.values[i] + step * (double)d[i]);
    const float *y =
        pinna_net_forward_from(&f->network, f->worker, first, f->x, lengths, T,
                               B, 0, NULL, (pinna_layer_state){NULL, NULL});
    for (size_t i = 0; i < T * B * f->network.config.n_out; i++)
        loss += f->dy[i] != 0 ? (double)y[i] * (double)f->dy[i] : 0;
    return loss;
}

static void check_given_state(const pinna_network_config *c)
{
    const size_t n_state =
        c->n_layers * (c->bidirectional ? 2 : 1) * B * c->n_hidden;
    fixture f = fixture_new(c);
    const size_t n = f.network.params.n_values;
    const pinna_layer_state first = {random_floats(n_state, 8, 1),
                                     random_floats(n_state, 9, 1)};
    float *d = random_floats(n, 6, 1 / sqrt((double)n));
    const double step = 0.002;
    double slope = 0;

    const double above = given_loss(&f, first, d, step);
    const double below = given_loss(&f, first, d, -step);
    given_loss(&f, first, d, 0);
    backward(&f);
    for (size_t i = 0; i < n; i++)
        slope += (double)f.grads[i] * (double)d[i];
    const double want = (above - below) / (2 * step);
    assert_close(slope, want, 5e-3 * fmax(1, fabs(want)));
    for (size_t d0 = 0; c->learned_state && d0 < c->n_hidden; d0++)
        assert_close((double)f.grads[f.network.cells[0][0].h0 + d0], 0, 0);
    free(first.h);
    free(first.c);
    free(d);
    fixture_free(&f);
}

static void test_gradients_from_a_given_state(void **state)
{
    (void)state;
    for_all(check_given_state);
}

/* ---- tests of the stream ---- */

/* Whether streams get int8 weights. */
static bool int8;

static void for_all_streams(void (*check)(const pinna_network_config *config))
{
    for_all_that_stream(check);
    int8 = true;
    for_all_that_stream(check);
    int8 = false;
}

static pinna_stream_state *new_state(const pinna_stream_net *net)
{
    pinna_stream_state *state;
    assert_int_equal(pinna_stream_state_new(net, &state), PINNA_OK);
    return state;
}

static void check_stream(const pinna_network_config *c)
{
    enum { LONG = 200 };
    pinna_network network;
    pinna_net_worker *worker;
    pinna_stream_net *net;
    float *x = random_floats(LONG * c->n_in, 7, 3), *y = zeros(c->n_out);

    assert_int_equal(pinna_network_new(c, &network), PINNA_OK);
    fill(&network);
    if (int8)
        assert_int_equal(pinna_quantise_params(&network.params), PINNA_OK);
    assert_int_equal(pinna_net_worker_new(c, LONG, 1, &worker), PINNA_OK);
    assert_int_equal(pinna_stream_net_new(&network, &net), PINNA_OK);
    pinna_stream_state *state = new_state(net);

    const float *want =
        pinna_net_forward(&network, worker, x, NULL, LONG, 1, 0, NULL);
    for (size_t t = 0; t < LONG; t++) {
        pinna_stream_step(net, state, x + t * c->n_in, y);
        /* The inputs of int8 products are rounded to 1 / 254 of the peak. */
        assert_all_close(y, want + t * c->n_out, c->n_out, int8 ? 0.05 : 1e-5,
                         0);
    }

    pinna_stream_state_free(state);
    pinna_stream_net_free(net);
    pinna_net_worker_free(worker);
    pinna_network_free(&network);
    free(x);
    free(y);
}

static void test_stream_equals_batch(void **state)
{
    (void)state;
    for_all_streams(check_stream);
}

static pinna_stream_net *new_net(const pinna_network_config *c)
{
    pinna_network network;
    pinna_stream_net *net;

    assert_int_equal(pinna_network_new(c, &network), PINNA_OK);
    fill(&network);
    if (int8)
        assert_int_equal(pinna_quantise_params(&network.params), PINNA_OK);
    assert_int_equal(pinna_stream_net_new(&network, &net), PINNA_OK);
    pinna_network_free(&network); /* the packed net stands alone */
    return net;
}

static void check_reset(const pinna_network_config *c)
{
    const size_t n_bytes = c->n_out * sizeof(float);
    pinna_stream_net *net = new_net(c);
    pinna_stream_state *used = new_state(net), *fresh = new_state(net);
    float *x = random_floats(T * c->n_in, 7, 1);
    float *y = zeros(c->n_out), *z = zeros(c->n_out);

    for (size_t t = 0; t < T; t++)
        pinna_stream_step(net, used, x + t * c->n_in, y);
    pinna_stream_state_reset(used);
    /* Side by side, so that neither may disturb the other. */
    for (size_t t = 0; t < T; t++) {
        pinna_stream_step(net, used, x + t * c->n_in, y);
        pinna_stream_step(net, fresh, x + t * c->n_in, z);
        assert_memory_equal(y, z, n_bytes);
    }
    pinna_stream_state_free(used);
    pinna_stream_state_free(fresh);
    pinna_stream_net_free(net);
    free(x);
    free(y);
    free(z);
}

static void test_reset_equals_new(void **state)
{
    (void)state;
    for_all_streams(check_reset);
}

static void test_bidirectional_cannot_stream(void **state)
{
    (void)state;
    const pinna_network_config c = {3, 0, 4, 1, 2, .bidirectional = true};
    pinna_network network;
    pinna_stream_net *net;

    assert_int_equal(pinna_network_new(&c, &network), PINNA_OK);
    assert_int_equal(pinna_stream_net_new(&network, &net), PINNA_UNSUPPORTED);
    assert_null(net);
    pinna_network_free(&network);
}

static void check_no_allocation(const pinna_network_config *c)
{
    pinna_stream_net *net = new_net(c);
    pinna_stream_state *state = new_state(net);
    float *x = random_floats(c->n_in, 7, 1), *y = zeros(c->n_out);

    support_count_allocations();
    for (size_t t = 0; t < 100; t++)
        pinna_stream_step(net, state, x, y);
    pinna_stream_state_reset(state);
    assert_int_equal(support_allocations(), 0);

    pinna_stream_state_free(state);
    pinna_stream_net_free(net);
    free(x);
    free(y);
}

static void test_step_allocates_nothing(void **state)
{
    (void)state;
    for_all_streams(check_no_allocation);
}

/* The output settles and stays a number, however long the silence. Without
 * gates a network of random weights may swing for ever, and with int8 by the
 * rounding of what it remembers. */
static void check_silence(const pinna_network_config *c)
{
    pinna_stream_net *net = new_net(c);
    pinna_stream_state *state = new_state(net);
    float *x = zeros(c->n_in), *y = zeros(c->n_out), *before = zeros(c->n_out);

    for (size_t t = 0; t < 2000; t++) {
        memcpy(before, y, c->n_out * sizeof(float));
        pinna_stream_step(net, state, x, y);
    }
    const bool has_gates = c->cell < PINNA_CELL_RNN_TANH;
    const double rest = int8 ? 0.01 : 1e-6;
    assert_all_close(y, before, c->n_out, has_gates ? rest : 100, 0);
    pinna_stream_state_free(state);
    pinna_stream_net_free(net);
    free(x);
    free(y);
    free(before);
}

static void test_silence_settles(void **state)
{
    (void)state;
    for_all_streams(check_silence);
}

/* ---- tests of whole recordings ---- */

/* Each sequence alone, twice in the same scratch. */
static void check_offline(const pinna_network_config *c)
{
    fixture f = fixture_new(c);
    float *x = zeros(T * c->n_in), *y = zeros(T * c->n_out);
    pinna_offline_net *net;
    pinna_offline_state *state;

    f.naive.network = &f.network;
    naive_forward(&f.naive);
    assert_int_equal(pinna_offline_net_new(&f.network, &net), PINNA_OK);
    assert_int_equal(pinna_offline_state_new(net, T, &state), PINNA_OK);
    for (size_t k = 0; k < 2 * B; k++) {
        const size_t b = k % B;
        for (size_t t = 0; t < lengths[b]; t++)
            memcpy(x + t * c->n_in, f.x + (t * B + b) * c->n_in,
                   c->n_in * sizeof(float));
        support_count_allocations();
        pinna_offline_run(net, state, x, lengths[b], y);
        assert_int_equal(support_allocations(), 0);
        for (size_t t = 0; t < lengths[b]; t++)
            for (size_t i = 0; i < c->n_out; i++)
                assert_close((double)y[t * c->n_out + i],
                             f.naive.y[(t * B + b) * c->n_out + i],
                             OUTPUT_TOLERANCE);
    }
    pinna_offline_state_free(state);
    pinna_offline_net_free(net);
    free(x);
    free(y);
    fixture_free(&f);
}

static void test_offline_is_the_definition(void **state)
{
    (void)state;
    for_all(check_offline);
}

/* ---- tests of making one ---- */

static void test_parameters_are_those_of_pytorch(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t rows, cols;
    } want[] = {
        {"dense_in.weight", 3, 10},  {"dense_in.bias", 3, 0},
        {"gru.weight_ih_l0", 12, 3}, {"gru.weight_hh_l0", 12, 4},
        {"gru.bias_ih_l0", 12, 0},   {"gru.bias_hh_l0", 12, 0},
        {"gru.weight_ih_l1", 12, 4}, {"gru.weight_hh_l1", 12, 4},
        {"gru.bias_ih_l1", 12, 0},   {"gru.bias_hh_l1", 12, 0},
        {"dense_out.weight", 5, 8},  {"dense_out.bias", 5, 0},
    };
    const size_t n = sizeof want / sizeof *want;
    pinna_network_config config = {10, 3, 4, 2, 5, .skip = true};
    pinna_network network;

    assert_int_equal(pinna_network_new(&config, &network), PINNA_OK);
    assert_int_equal(network.params.n_items, n);
    for (size_t i = 0; i < n; i++) {
        const pinna_param *param = &network.params.items[i];
        assert_string_equal(param->name, want[i].name);
        assert_int_equal(param->n_dims, want[i].cols > 0 ? 2 : 1);
        assert_int_equal(param->shape[0], want[i].rows);
        if (want[i].cols > 0)
            assert_int_equal(param->shape[1], want[i].cols);
    }
    for (size_t i = 0; i < network.params.n_values; i++)
        assert_close((double)network.params.values[i], 0, 0);
    pinna_network_free(&network);

    config.n_dense = 0;
    config.skip = false;
    assert_int_equal(pinna_network_new(&config, &network), PINNA_OK);
    assert_int_equal(network.params.n_items, n - 2);
    assert_int_equal(network.params.items[0].shape[1], 10);
    assert_int_equal(network.params.items[n - 4].shape[1], 4);
    pinna_network_free(&network);
    pinna_network_free(&network);
    pinna_network_free(NULL);
}

static void test_parameters_of_other_cells(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t rows, cols;
    } want[] = {
        {"lstm.weight_ih_l0", 16, 10},
        {"lstm.weight_hh_l0", 16, 4},
        {"lstm.bias_ih_l0", 16, 0},
        {"lstm.bias_hh_l0", 16, 0},
        {"lstm.h0_l0", 4, 0},
        {"lstm.c0_l0", 4, 0},
        {"lstm.weight_ih_l0_reverse", 16, 10},
        {"lstm.weight_hh_l0_reverse", 16, 4},
        {"lstm.bias_ih_l0_reverse", 16, 0},
        {"lstm.bias_hh_l0_reverse", 16, 0},
        {"lstm.h0_l0_reverse", 4, 0},
        {"lstm.c0_l0_reverse", 4, 0},
        {"layer_norm.0.weight", 8, 0},
        {"layer_norm.0.bias", 8, 0},
        {"dense_out.weight", 5, 8},
        {"dense_out.bias", 5, 0},
    };
    const size_t n = sizeof want / sizeof *want;
    const pinna_network_config config = {10,
                                         0,
                                         4,
                                         1,
                                         5,
                                         .cell = PINNA_CELL_LSTM,
                                         .bidirectional = true,
                                         .learned_state = true,
                                         .layer_norm = true};
    pinna_network network;

    assert_int_equal(pinna_network_declare(&config, &network), PINNA_OK);
    assert_null(network.params.values);
    assert_int_equal(network.params.n_items, n);
    for (size_t i = 0; i < n; i++) {
        const pinna_param *param = &network.params.items[i];
        assert_string_equal(param->name, want[i].name);
        assert_int_equal(param->n_dims, want[i].cols > 0 ? 2 : 1);
        assert_int_equal(param->shape[0], want[i].rows);
        assert_int_equal(param->shape[1], want[i].cols);
    }
    pinna_network_free(&network);
}

static void test_parameters_of_streams(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t rows, cols;
    } want[] = {
        {"streams.0.weight", 3, 6}, {"streams.0.bias", 3, 0},
        {"streams.1.weight", 3, 4}, {"streams.1.bias", 3, 0},
        {"rnn.weight_ih_l0", 2, 6}, {"rnn.weight_hh_l0", 2, 2},
    };
    const pinna_network_config config = {10,
                                         3,
                                         2,
                                         1,
                                         5,
                                         .cell = PINNA_CELL_RNN_TANH,
                                         .n_streams = 2,
                                         .stream_widths = {6, 4}};
    pinna_network network;

    assert_int_equal(pinna_network_declare(&config, &network), PINNA_OK);
    assert_int_equal(network.params.n_items, 10);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const pinna_param *param = &network.params.items[i];
        assert_string_equal(param->name, want[i].name);
        assert_int_equal(param->shape[0], want[i].rows);
        assert_int_equal(param->shape[1], want[i].cols);
    }
    pinna_network_free(&network);
}

static void test_refuses_sizes_out_of_range(void **state)
{
    (void)state;
    const size_t wide = PINNA_MAX_WIDTH + 1, deep = PINNA_MAX_LAYERS + 1;
    const pinna_network_config bad[] = {
        {0, 0, 4, 1, 2, .skip = false},
        {wide, 0, 4, 1, 2, .skip = false},
        {3, wide, 4, 1, 2, .skip = false},
        {3, 0, 0, 1, 2, .skip = false},
        {3, 0, wide, 1, 2, .skip = false},
        {3, 0, 4, 0, 2, .skip = false},
        {3, 0, 4, deep, 2, .skip = false},
        {3, 0, 4, 1, 0, .skip = false},
        {3, 0, 4, 1, 2 * wide, .skip = false},
        {SIZE_MAX, 0, 4, 1, 2, .skip = false},
        {3, 0, 4, 1, 2, .cell = (pinna_cell_kind)PINNA_N_CELL_KINDS},
        {5, 0, 4, 1, 2, .n_streams = 2, .stream_widths = {3, 2}},
        {5, 3, 4, 1, 2, .n_streams = 2, .stream_widths = {3, 1}},
        {5, 3, 4, 1, 2, .n_streams = 2, .stream_widths = {3, 3}},
        {5, 3, 4, 1, 2, .n_streams = 2, .stream_widths = {5, 0}},
        {5, 3, 4, 1, 2, .n_streams = 3, .stream_widths = {SIZE_MAX, 1, 5}},
        {5, wide / 2 + 1, 4, 1, 2, .n_streams = 2, .stream_widths = {3, 2}},
        {5, 3, 4, 1, 2, .n_streams = PINNA_MAX_STREAMS + 1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pinna_network network;
        assert_int_equal(pinna_network_new(&bad[i], &network), PINNA_BAD_ARG);
        assert_null(network.params.values);
        pinna_network_free(&network);
    }

    pinna_net_worker *worker;
    assert_int_equal(pinna_net_worker_new(&configs[0], 0, 1, &worker),
                     PINNA_BAD_ARG);
    assert_null(worker);
    pinna_net_worker_free(NULL);
    pinna_stream_net_free(NULL);
    pinna_stream_state_free(NULL);
    pinna_offline_net_free(NULL);
    pinna_offline_state_free(NULL);
}

/* Uniform in +-sqrt(6 / (fan in + fan out)), a gate at a time: never beyond,
 * and spread over all of it; biases and first states 0, layer_norm leaves all
 * as it is. */
static void check_init(const pinna_network_config *config, size_t n_gates)
{
    pinna_network network, again;
    pinna_rng rng;

    assert_int_equal(pinna_network_new(config, &network), PINNA_OK);
    assert_int_equal(pinna_network_new(config, &again), PINNA_OK);
    pinna_rng_seed(&rng, 1, 0);
    pinna_network_init(&network, &rng);
    pinna_rng_seed(&rng, 1, 0);
    pinna_network_init(&again, &rng);
    assert_memory_equal(network.params.values, again.params.values,
                        network.params.n_values * sizeof(float));

    for (size_t i = 0; i < network.params.n_items; i++) {
        const pinna_param *param = &network.params.items[i];
        const float *values = network.params.values + param->offset;
        const bool dense = strncmp(param->name, "dense", 5) == 0 ||
                           strncmp(param->name, "streams", 7) == 0;
        const double n_out =
            (double)param->shape[0] / (double)(dense ? 1 : n_gates);
        const bool ones = strncmp(param->name, "layer_norm", 10) == 0 &&
                          strstr(param->name, "weight");
        const double bound = param->n_dims > 1
                                 ? sqrt(6 / ((double)param->shape[1] + n_out))
                                 : ones;
        double largest = 0, sum = 0;
        for (size_t j = 0; j < param->n; j++) {
            largest = fmax(largest, fabs((double)values[j]));
            sum += (double)values[j];
        }
        assert_true(largest <= bound * (1 + 1e-6));
        assert_true(largest >= 0.8 * bound);
        if (ones)
            assert_close(sum, (double)param->n, 0);
    }
    pinna_network_free(&network);
    pinna_network_free(&again);
}

static void test_init_is_that_of_glorot(void **state)
{
    (void)state;
    check_init(&(pinna_network_config){36, 25, 16, 2, 40, .skip = true}, 3);
    check_init(
        &(pinna_network_config){36, 0, 16, 2, 40, .cell = PINNA_CELL_LSTM,
                                .bidirectional = true, .learned_state = true,
                                .layer_norm = true},
        4);
    check_init(
        &(pinna_network_config){36, 9, 16, 2, 40, .cell = PINNA_CELL_RNN_RELU},
        1);
    check_init(&(pinna_network_config){36, 9, 16, 2, 40, .n_streams = 2,
                                       .stream_widths = {20, 16}},
               3);
}

static const pinna_network *to_pack;
static const pinna_stream_net *to_run;

/* With all that a network may have, and one that may stream too. */
static const pinna_network_config full = {5,
                                          3,
                                          7,
                                          2,
                                          2,
                                          .skip = true,
                                          .cell = PINNA_CELL_LSTM,
                                          .bidirectional = true,
                                          .learned_state = true,
                                          .layer_norm = true,
                                          .n_streams = 2,
                                          .stream_widths = {3, 2}};
static const pinna_network_config streaming = {5,
                                               3,
                                               7,
                                               2,
                                               2,
                                               .cell =
                                                   PINNA_CELL_GRU_RESET_BEFORE,
                                               .learned_state = true,
                                               .layer_norm = true};

static pinna_status make_network(void)
{
    pinna_network network;
    const pinna_status status = pinna_network_new(&full, &network);
    pinna_network_free(&network);
    return status;
}

static pinna_status make_net(void)
{
    pinna_stream_net *net;
    const pinna_status status = pinna_stream_net_new(to_pack, &net);
    pinna_stream_net_free(net);
    return status;
}

static pinna_status make_state(void)
{
    pinna_stream_state *state;
    const pinna_status status = pinna_stream_state_new(to_run, &state);
    pinna_stream_state_free(state);
    return status;
}

static const pinna_network *to_run_whole;

static pinna_status make_offline(void)
{
    pinna_offline_net *net;
    pinna_offline_state *state = NULL;

    pinna_status status = pinna_offline_net_new(to_run_whole, &net);
    if (!status)
        status = pinna_offline_state_new(net, T, &state);
    pinna_offline_state_free(state);
    pinna_offline_net_free(net);
    return status;
}

static pinna_status make_worker(void)
{
    pinna_net_worker *worker;
    const pinna_status status = pinna_net_worker_new(&full, T, B, &worker);
    pinna_net_worker_free(worker);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    pinna_network network;
    assert_int_equal(pinna_network_new(&streaming, &network), PINNA_OK);
    pinna_stream_net *net = new_net(&streaming);

    to_pack = &network;
    to_run = net;
    support_survives_no_memory(make_network);
    support_survives_no_memory(make_net);
    support_survives_no_memory(make_state);
    support_survives_no_memory(make_worker);
    pinna_network_free(&network);
    assert_int_equal(pinna_network_new(&full, &network), PINNA_OK);
    to_run_whole = &network;
    support_survives_no_memory(make_offline);
    pinna_stream_net_free(net);
    pinna_network_free(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forward_is_the_definition),
        cmocka_unit_test(test_gradients_are_those_of_differences),
        cmocka_unit_test(test_gradients_with_dropout),
        cmocka_unit_test(test_dropout_leaves_no_trace),
        cmocka_unit_test(test_carries_the_state),
        cmocka_unit_test(test_gradients_from_a_given_state),
        cmocka_unit_test(test_stream_equals_batch),
        cmocka_unit_test(test_bidirectional_cannot_stream),
        cmocka_unit_test(test_reset_equals_new),
        cmocka_unit_test(test_step_allocates_nothing),
        cmocka_unit_test(test_silence_settles),
        cmocka_unit_test(test_offline_is_the_definition),
        cmocka_unit_test(test_parameters_are_those_of_pytorch),
        cmocka_unit_test(test_parameters_of_other_cells),
        cmocka_unit_test(test_parameters_of_streams),
        cmocka_unit_test(test_refuses_sizes_out_of_range),
        cmocka_unit_test(test_init_is_that_of_glorot),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
