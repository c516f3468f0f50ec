#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/layer.h"
#include "rnn/linalg.h"
#include "rnn/weight_layout.h"
#include "rnn_cases.h"

/* Room for the weights of a layer, full of what no conversion leaves. */
typedef struct layer {
    pinna_cell_kind kind;
    size_t n; /* G H */
    pinna_layout_cell to;
} layer;

static layer layer_new(pinna_cell_kind kind, size_t I, size_t H)
{
    const size_t n = pinna_cell_n_gates(kind) * H;
    layer l = {kind,
               n,
               {I, H, random_floats(n * I, 1, 9), random_floats(n * H, 2, 9),
                random_floats(n, 3, 9), random_floats(n, 4, 9)}};
    return l;
}

static void layer_free(layer *l)
{
    free(l->to.weight_ih);
    free(l->to.weight_hh);
    free(l->to.bias_ih);
    free(l->to.bias_hh);
}

static void assert_same(const float *got, const reference *file,
                        const char *name, size_t n)
{
    assert_memory_equal(got, reference_floats(file, name, n),
                        n * sizeof(float));
}

static void check_matrices(const layer *l, const reference *file)
{
    assert_same(l->to.weight_ih, file, "weight_ih_l0", l->n * l->to.n_in);
    assert_same(l->to.weight_hh, file, "weight_hh_l0", l->n * l->to.n_hidden);
}

static void check_biases(const layer *l, const reference *file)
{
    assert_same(l->to.bias_ih, file, "bias_ih_l0", l->n);
    assert_same(l->to.bias_hh, file, "bias_hh_l0", l->n);
}

/* The layer computes what the case says. */
static void check_outputs(const layer *l, const reference *file)
{
    const reference_tensor *y = reference_find(file, "y");
    const size_t T = y->shape[0], B = y->shape[1];
    const pinna_cell_room room = {l->to.n_in, l->to.n_hidden, T, B};
    const pinna_cell_weights weights = {l->to.n_in,      l->to.n_hidden,
                                        l->to.weight_ih, l->to.weight_hh,
                                        l->to.bias_ih,   l->to.bias_hh};
    const size_t n_state = B * l->to.n_hidden;
    const pinna_layer_state none = {NULL, NULL};
    pinna_layer_state first = {zeros(n_state), zeros(n_state)};
    pinna_layer_cache *cache;
    float *got = zeros(y->n);

    memcpy(first.h, reference_floats(file, "h0", n_state),
           n_state * sizeof(float));
    if (pinna_cell_has_c(l->kind))
        memcpy(first.c, reference_floats(file, "c0", n_state),
               n_state * sizeof(float));

    assert_int_equal(pinna_layer_cache_new(l->kind, false, &room, &cache),
                     PINNA_OK);
    pinna_layer_forward(&weights, reference_floats(file, "x", 0), first, NULL,
                        T, B, cache, got, none);
    assert_near(got, y->f32, y->n, OUTPUT_TOLERANCE);
    pinna_layer_cache_free(cache);
    free(first.h);
    free(first.c);
    free(got);
}

static void check_case(pinna_cell_kind kind)
{
    char name[64];
    snprintf(name, sizeof name, "%s_layouts", pinna_cell_name(kind));
    reference *file = rnn_case(name);
    if (!file)
        return;
    const size_t I = reference_find(file, "x")->shape[2];
    const size_t H = reference_find(file, "y")->shape[2];
    layer l = layer_new(kind, I, H);

    pinna_layout_from_onnx(kind, reference_floats(file, "onnx.W", l.n * I),
                           reference_floats(file, "onnx.R", l.n * H),
                           reference_floats(file, "onnx.B", 2 * l.n), &l.to);
    check_matrices(&l, file);
    check_biases(&l, file);
    check_outputs(&l, file);

    layer_free(&l);
    l = layer_new(kind, I, H);
    const reference_tensor *bias = reference_find(file, "keras.bias");
    const size_t n_rows = bias->n_dims == 2 ? bias->shape[0] : 1;
    pinna_layout_from_keras(
        kind, reference_floats(file, "keras.kernel", I * l.n),
        reference_floats(file, "keras.recurrent_kernel", H * l.n), bias->f32,
        n_rows, &l.to);
    check_matrices(&l, file);
    if (n_rows == 2)
        check_biases(&l, file);
    check_outputs(&l, file);
    layer_free(&l);
    reference_close(file);
}

static void test_references(void **state)
{
    (void)state;
    for (size_t k = 0; k < PINNA_N_CELL_KINDS; k++)
        check_case((pinna_cell_kind)k);
}

/* Every number tells its place: gate, unit, column. */
static void test_gates_by_name(void **state)
{
    (void)state;
    static const char *const torch[] = {"rzn", "rzn", "ifgo", "a", "a"};
    static const char *const onnx[] = {"zrn", "zrn", "iofg", "a", "a"};
    static const char *const keras[] = {"zrn", "zrn", "ifgo", "a", "a"};
    enum { I = 3, H = 2 };
    float rows[4 * H * I], columns[I * 4 * H], state_rows[4 * H * H] = {0};
    float state_columns[H * 4 * H] = {0};

    for (size_t k = 0; k < PINNA_N_CELL_KINDS; k++) {
        const pinna_cell_kind kind = (pinna_cell_kind)k;
        const size_t G = strlen(torch[k]);
        layer l = layer_new(kind, I, H);
        for (size_t gate = 0; gate < G; gate++)
            for (size_t i = 0; i < H; i++)
                for (size_t j = 0; j < I; j++) {
                    const size_t row = gate * H + i;
                    const float place = (float)(10 * i + j);
                    rows[row * I + j] = (float)(100 * onnx[k][gate]) + place;
                    columns[j * G * H + row] =
                        (float)(100 * keras[k][gate]) + place;
                }
        for (int way = 0; way < 2; way++) {
            if (way == 0)
                pinna_layout_from_onnx(kind, rows, state_rows, NULL, &l.to);
            else
                pinna_layout_from_keras(kind, columns, state_columns, NULL, 0,
                                        &l.to);
            for (size_t gate = 0; gate < G; gate++)
                for (size_t i = 0; i < H; i++)
                    for (size_t j = 0; j < I; j++)
                        assert_close(
                            (double)l.to.weight_ih[(gate * H + i) * I + j],
                            (double)(100 * torch[k][gate]) +
                                (double)(10 * i + j),
                            0);
            for (size_t i = 0; i < l.n; i++)
                assert_true(l.to.bias_ih[i] == 0 && l.to.bias_hh[i] == 0);
        }
        layer_free(&l);
    }
}

static void test_dense(void **state)
{
    (void)state;
    const float kernel[2 * 3] = {1, 2, 3, 4, 5, 6};
    const float want[3 * 2] = {1, 4, 2, 5, 3, 6};
    float weight[6] = {0};

    pinna_layout_dense_from_keras(kernel, 2, 3, weight);
    assert_memory_equal(weight, want, sizeof want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_gates_by_name),
        cmocka_unit_test(test_dense),
    };
    pinna_linalg_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
