#include "support.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/network.h"
#include "rnn/safetensors.h"
#include "rnn_cases.h"
#include "tools/import_weights.h"

/* ---- files in the making ---- */

enum { MAX_TENSORS = 40, MAX_NAME = 80 };

typedef struct parts {
    pinna_tensor tensors[MAX_TENSORS];
    char names[MAX_TENSORS][MAX_NAME];
    float *values[MAX_TENSORS]; /* those that are ours */
    size_t n;
} parts;

/* A tensor of n_dims sizes; data NULL: filled with value. */
static void add(parts *p, const char *name, size_t n_dims, const size_t *shape,
                const float *data, float value)
{
    pinna_tensor *tensor = &p->tensors[p->n];
    assert_true(p->n < MAX_TENSORS && strlen(name) < MAX_NAME);

    strcpy(p->names[p->n], name);
    *tensor = (pinna_tensor){
        .name = p->names[p->n], .dtype = PINNA_F32, .n_dims = n_dims, .n = 1};
    for (size_t i = 0; i < n_dims; i++) {
        tensor->shape[i] = shape[i];
        tensor->n *= shape[i];
    }
    if (!data) {
        float *filled = zeros(tensor->n);
        for (size_t i = 0; i < tensor->n; i++)
            filled[i] = value;
        p->values[p->n] = filled;
        data = filled;
    }
    tensor->data = data;
    p->n++;
}

#define SHAPE(...)                                                             \
    sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t), (size_t[])               \
    {                                                                          \
        __VA_ARGS__                                                            \
    }

static void add_case(parts *p, const char *name, const reference *file,
                     const char *from)
{
    const reference_tensor *tensor = reference_find(file, from);
    assert_non_null(tensor);
    add(p, name, tensor->n_dims, tensor->shape, tensor->f32, 0);
}

static void parts_free(parts *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->values[i]);
    *p = (parts){.n = 0};
}

static pinna_status import(const parts *p, pinna_weight_layout layout,
                           pinna_network *network, pinna_error *error)
{
    const char *path = support_temp("weights.safetensors");
    pinna_safetensors *file;

    assert_int_equal(
        pinna_safetensors_write(path, p->tensors, p->n, NULL, 0, error),
        PINNA_OK);
    assert_int_equal(pinna_safetensors_read(path, &file, error), PINNA_OK);
    const pinna_status status =
        pinna_import_weights(file, layout, network, error);
    pinna_safetensors_free(file);
    return status;
}

static void assert_imports(const parts *p, pinna_weight_layout layout,
                           pinna_network *network)
{
    pinna_error error = {{0}};
    if (import(p, layout, network, &error))
        fail_msg("%s", error.text);
}

static void assert_refused(const parts *p, pinna_weight_layout layout,
                           pinna_network *network, const char *words)
{
    pinna_error error = {{0}};
    assert_int_equal(import(p, layout, network, &error), PINNA_BAD_FORMAT);
    if (!strstr(error.text, words) || strchr(error.text, '\n') ||
        !strstr(error.text, "weights.safetensors: tensor \""))
        fail_msg("\"%s\" does not say \"%s\"", error.text, words);
}

static pinna_network network_of(pinna_network_config config)
{
    pinna_network network;
    assert_int_equal(pinna_network_new(&config, &network), PINNA_OK);
    return network;
}

/* ---- the reference cases ---- */

enum { N_OUT = 3 };

static void check_values(const pinna_network *network, size_t offset,
                         const reference *file, const char *name)
{
    const reference_tensor *want = reference_find(file, name);
    assert_memory_equal(network->params.values + offset, want->f32,
                        want->n * sizeof(float));
}

/* Both biases come in one sum where there is a single row. */
static void check_biases(const pinna_network *network, const reference *file)
{
    const pinna_network_cell *cell = &network->cells[0][0];
    const float *values = network->params.values;
    const reference_tensor *a = reference_find(file, "bias_ih_l0");
    const float *b = reference_floats(file, "bias_hh_l0", a->n);

    for (size_t i = 0; i < a->n; i++)
        assert_close((double)values[cell->bias_ih + i] +
                         (double)values[cell->bias_hh + i],
                     (double)a->f32[i] + (double)b[i], 1e-6);
}

static void check_case(pinna_cell_kind kind, pinna_weight_layout layout)
{
    char name[64];
    snprintf(name, sizeof name, "%s_layouts", pinna_cell_name(kind));
    reference *file = rnn_case(name);
    if (!file)
        return;
    const size_t I = reference_find(file, "x")->shape[2];
    const size_t H = reference_find(file, "y")->shape[2];
    parts p = {.n = 0};
    pinna_network network =
        network_of((pinna_network_config){I, 0, H, 1, N_OUT, .cell = kind});
    float *dense = random_floats(N_OUT * H, 1, 1);
    float *dense_bias = random_floats(N_OUT, 2, 1);
    const bool keras = layout == PINNA_WEIGHTS_KERAS;

    if (layout == PINNA_WEIGHTS_PYTORCH) {
        add_case(&p, "net.rnn.weight_ih_l0", file, "weight_ih_l0");
        add_case(&p, "net.rnn.weight_hh_l0", file, "weight_hh_l0");
        add_case(&p, "net.rnn.bias_ih_l0", file, "bias_ih_l0");
        add_case(&p, "net.rnn.bias_hh_l0", file, "bias_hh_l0");
    } else if (layout == PINNA_WEIGHTS_ONNX) {
        add_case(&p, "B", file, "onnx.B");
        add_case(&p, "R", file, "onnx.R");
        add_case(&p, "W", file, "onnx.W");
    } else {
        add_case(&p, "a/cell/bias:0", file, "keras.bias");
        add_case(&p, "a/cell/kernel:0", file, "keras.kernel");
        add_case(&p, "a/cell/recurrent_kernel:0", file,
                 "keras.recurrent_kernel");
    }
    if (keras)
        add(&p, "b/kernel:0", SHAPE(H, N_OUT), dense, 0);
    else
        add(&p, "fc.weight", SHAPE(N_OUT, H), dense, 0);
    add(&p, keras ? "b/bias:0" : "fc.bias", SHAPE(N_OUT), dense_bias, 0);

    assert_imports(&p, layout, &network);
    check_values(&network, network.cells[0][0].weight_ih, file, "weight_ih_l0");
    check_values(&network, network.cells[0][0].weight_hh, file, "weight_hh_l0");
    check_biases(&network, file);
    const float *values = network.params.values;
    for (size_t i = 0; i < N_OUT; i++)
        for (size_t j = 0; j < H; j++)
            assert_close((double)values[network.dense_out_weight + i * H + j],
                         (double)dense[keras ? j * N_OUT + i : i * H + j], 0);
    assert_memory_equal(values + network.dense_out_bias, dense_bias,
                        N_OUT * sizeof(float));
    free(dense);
    free(dense_bias);
    parts_free(&p);
    pinna_network_free(&network);
    reference_close(file);
}

static void test_references(void **state)
{
    (void)state;
    for (size_t k = 0; k < PINNA_N_CELL_KINDS; k++) {
        check_case((pinna_cell_kind)k, PINNA_WEIGHTS_PYTORCH);
        check_case((pinna_cell_kind)k, PINNA_WEIGHTS_ONNX);
        check_case((pinna_cell_kind)k, PINNA_WEIGHTS_KERAS);
    }
}

/* ---- several layers, both ways ---- */

enum { I = 5, H = 3, D = 2, L = 2, N = 4 * H };

static pinna_network big_network(void)
{
    return network_of((pinna_network_config){
        I, 4, H, L, N_OUT, .skip = true, .cell = PINNA_CELL_LSTM,
        .bidirectional = true, .learned_state = true, .layer_norm = true});
}

/* The same with streams of one shape. */
static pinna_network network_of_streams(void)
{
    return network_of(
        (pinna_network_config){4, 4, H, L, N_OUT, .cell = PINNA_CELL_LSTM,
                               .n_streams = 2, .stream_widths = {2, 2}});
}

/* All parameters by pinna's own names, modules renamed; no learned state. */
static void check_everything(pinna_network (*new_network)(void))
{
    pinna_network from = new_network(), to = new_network();
    pinna_rng rng;
    parts p = {.n = 0};

    pinna_rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < from.params.n_items; i++) {
        const pinna_param *param = &from.params.items[i];
        char name[MAX_NAME];
        pinna_param_uniform(&to.params, i, 1, &rng);
        if (strstr(param->name, "0_l"))
            continue;
        pinna_param_uniform(&from.params, i, 1, &rng);
        snprintf(name, sizeof name, "%s%s",
                 strncmp(param->name, "lstm.", 5) == 0 ? "model.encoder." : "",
                 param->name);
        add(&p, name, param->n_dims, param->shape,
            from.params.values + param->offset, 0);
    }
    assert_imports(&p, PINNA_WEIGHTS_PYTORCH, &to);
    assert_memory_equal(to.params.values, from.params.values,
                        from.params.n_values * sizeof(float));
    if (to.config.n_streams > 0) { /* not by those of another stream */
        strcpy(p.names[0], "other");
        assert_refused(&p, PINNA_WEIGHTS_PYTORCH, &to, "missing");
    }
    parts_free(&p);
    pinna_network_free(&from);
    pinna_network_free(&to);
}

static void test_torch_takes_everything(void **state)
{
    (void)state;
    check_everything(big_network);
    check_everything(network_of_streams);
}

static void add_outer(parts *p, bool keras)
{
    const char *last = keras ? "kernel" : "weight";
    char in[MAX_NAME], out[MAX_NAME];

    snprintf(in, sizeof in, "dense_in.%s", last);
    snprintf(out, sizeof out, "dense_out.%s", last);
    if (keras) {
        add(p, in, SHAPE(I, 4), NULL, 7);
        add(p, out, SHAPE(L * D * H, N_OUT), NULL, 8);
    } else {
        add(p, in, SHAPE(4, I), NULL, 7);
        add(p, out, SHAPE(N_OUT, L * D * H), NULL, 8);
    }
    add(p, "dense_in.bias", SHAPE(4), NULL, 9);
    add(p, "dense_out.bias", SHAPE(N_OUT), NULL, 10);
    for (size_t layer = 0; layer < L; layer++) {
        char name[MAX_NAME];
        snprintf(name, sizeof name, "layer_norm.%zu.weight", layer);
        add(p, name, SHAPE(D * H), NULL, 11);
        snprintf(name, sizeof name, "layer_norm.%zu.bias", layer);
        add(p, name, SHAPE(D * H), NULL, 12);
    }
}

static size_t layer_in(size_t layer)
{
    return layer > 0 ? D * H : 4;
}

static void onnx_layers(parts *p)
{
    for (size_t layer = 0; layer < L; layer++) {
        const size_t n_in = layer_in(layer), place = p->n;
        char name[MAX_NAME];
        snprintf(name, sizeof name, "lstm_%zu.R", layer);
        add(p, name, SHAPE(D, N, H), NULL, 100 * (float)layer + 2);
        snprintf(name, sizeof name, "lstm_%zu.W", layer);
        add(p, name, SHAPE(D, N, n_in), NULL, 100 * (float)layer + 1);
        for (size_t i = 0; i < N * H; i++) /* of direction 1 */
            p->values[place][N * H + i] += 10;
        for (size_t i = 0; i < N * n_in; i++)
            p->values[place + 1][N * n_in + i] += 10;
    }
}

static void keras_layers(parts *p)
{
    for (size_t layer = 0; layer < L; layer++)
        for (size_t d = 0; d < D; d++) {
            const float base = 100 * (float)layer + 10 * (float)d;
            char name[MAX_NAME];
            snprintf(name, sizeof name, "layer_%zu/%zu/kernel", layer, d);
            add(p, name, SHAPE(layer_in(layer), N), NULL, base + 1);
            snprintf(name, sizeof name, "layer_%zu/%zu/recurrent_kernel", layer,
                     d);
            add(p, name, SHAPE(H, N), NULL, base + 2);
        }
}

static void test_layers_come_in_order(void **state)
{
    (void)state;
    for (int keras = 0; keras < 2; keras++) {
        pinna_network network = big_network();
        const float *values = network.params.values;
        parts p = {.n = 0};

        add_outer(&p, keras);
        if (keras)
            keras_layers(&p);
        else
            onnx_layers(&p);
        assert_imports(&p, keras ? PINNA_WEIGHTS_KERAS : PINNA_WEIGHTS_ONNX,
                       &network);
        for (size_t layer = 0; layer < L; layer++)
            for (size_t d = 0; d < D; d++) {
                const pinna_network_cell *cell = &network.cells[layer][d];
                const double base = 100 * (double)layer + 10 * (double)d;
                for (size_t i = 0; i < N * layer_in(layer); i++)
                    assert_close((double)values[cell->weight_ih + i], base + 1,
                                 0);
                for (size_t i = 0; i < N * H; i++)
                    assert_close((double)values[cell->weight_hh + i], base + 2,
                                 0);
                for (size_t i = 0; i < N; i++)
                    assert_close((double)values[cell->bias_ih + i], 0, 0);
            }
        assert_close((double)values[network.in_weight[0]], 7, 0);
        assert_close((double)values[network.dense_out_weight], 8, 0);
        assert_close((double)values[network.norm_bias[1]], 12, 0);
        parts_free(&p);
        pinna_network_free(&network);
    }
}

/* ---- what does not fit ---- */

static void small_torch(parts *p)
{
    parts_free(p);
    add(p, "gru.weight_ih_l0", SHAPE(9, 5), NULL, 1);
    add(p, "gru.weight_hh_l0", SHAPE(9, 3), NULL, 1);
    add(p, "gru.bias_ih_l0", SHAPE(9), NULL, 1);
    add(p, "gru.bias_hh_l0", SHAPE(9), NULL, 1);
    add(p, "fc.weight", SHAPE(N_OUT, 3), NULL, 1);
    add(p, "fc.bias", SHAPE(N_OUT), NULL, 1);
}

static void test_what_does_not_fit(void **state)
{
    (void)state;
    pinna_network network =
        network_of((pinna_network_config){5, 0, 3, 1, N_OUT, .skip = false});
    parts p = {.n = 0};

    small_torch(&p);
    assert_imports(&p, PINNA_WEIGHTS_PYTORCH, &network);
    for (size_t i = 0; i < 6; i++) { /* one is gone, or not F32, or short */
        small_torch(&p);
        strcpy(p.names[i], "other");
        assert_refused(&p, PINNA_WEIGHTS_PYTORCH, &network, "missing");
        small_torch(&p);
        p.tensors[i].dtype = PINNA_I32;
        assert_refused(&p, PINNA_WEIGHTS_PYTORCH, &network, "not F32");
        small_torch(&p);
        p.tensors[i].shape[0]--;
        p.tensors[i].n -= p.tensors[i].n_dims > 1 ? p.tensors[i].shape[1] : 1;
        assert_refused(&p, PINNA_WEIGHTS_PYTORCH, &network,
                       i == 4 ? "missing" : "needs the shape");
    }
    small_torch(&p);
    add(&p, "decoder.bias_hh_l0", SHAPE(9), NULL, 1);
    assert_refused(&p, PINNA_WEIGHTS_PYTORCH, &network, "two of that kind");
    small_torch(&p);
    add(&p, "fc2.weight", SHAPE(N_OUT, 3), NULL, 1);
    assert_refused(&p, PINNA_WEIGHTS_PYTORCH, &network, "two of that shape");
    assert_refused(&p, PINNA_WEIGHTS_KERAS, &network, "missing");
    parts_free(&p);

    add(&p, "a.W", SHAPE(1, 9, 5), NULL, 1);
    add(&p, "a.R", SHAPE(1, 9, 3), NULL, 1);
    add(&p, "fc.weight", SHAPE(N_OUT, 3), NULL, 1);
    add(&p, "fc.bias", SHAPE(N_OUT), NULL, 1);
    assert_imports(&p, PINNA_WEIGHTS_ONNX, &network);
    add(&p, "b.W", SHAPE(1, 9, 5), NULL, 1);
    assert_refused(&p, PINNA_WEIGHTS_ONNX, &network, "no more layers");
    parts_free(&p);
    pinna_network_free(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_torch_takes_everything),
        cmocka_unit_test(test_layers_come_in_order),
        cmocka_unit_test(test_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
