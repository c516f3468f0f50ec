#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/layer_norm.h"
#include "rnn_cases.h"

typedef struct naive {
    size_t n_rows, n;
    double *weight, *bias, *x, *dy;
} naive;

/* sum(y dy) of the definition. */
static double naive_loss(const void *context)
{
    const naive *v = context;
    double loss = 0;

    for (size_t row = 0; row < v->n_rows; row++) {
        const double *x = v->x + row * v->n;
        double mean = 0, variance = 0;
        for (size_t i = 0; i < v->n; i++)
            mean += x[i] / (double)v->n;
        for (size_t i = 0; i < v->n; i++)
            variance += (x[i] - mean) * (x[i] - mean) / (double)v->n;
        for (size_t i = 0; i < v->n; i++)
            loss += v->dy[row * v->n + i] *
                    ((x[i] - mean) / sqrt(variance + PINNA_LAYER_NORM_EPS) *
                         v->weight[i] +
                     v->bias[i]);
    }
    return loss;
}

static void check_gradient(const naive *v, double *x, const float *got,
                           size_t n)
{
    float *want = central_differences(naive_loss, v, x, n);
    assert_near(got, want, n, GRADIENT_TOLERANCE);
    free(want);
}

static void check_differences(size_t n_rows, size_t n)
{
    float *weight = random_floats(n, 1, 1), *bias = random_floats(n, 2, 1);
    float *x = random_floats(n_rows * n, 3, 2);
    float *dy = random_floats(n_rows * n, 4, 1), *y = zeros(n_rows * n);
    float *dx = zeros(n_rows * n), *dweight = zeros(n), *dbias = zeros(n);
    naive v = {n_rows,
               n,
               to_doubles(weight, n),
               to_doubles(bias, n),
               to_doubles(x, n_rows * n),
               to_doubles(dy, n_rows * n)};
    double loss = 0;

    pinna_layer_norm_forward(weight, bias, x, n_rows, n, y);
    for (size_t i = 0; i < n_rows * n; i++)
        loss += (double)y[i] * (double)dy[i];
    assert_close(loss, naive_loss(&v), 1e-5 * fmax(1, fabs(loss)));
    pinna_layer_norm_backward(weight, x, dy, n_rows, n, dx, dweight, dbias);
    check_gradient(&v, v.x, dx, n_rows * n);
    check_gradient(&v, v.weight, dweight, n);
    check_gradient(&v, v.bias, dbias, n);

    /* Added to; dx only when wanted; in place. */
    pinna_layer_norm_backward(weight, x, dy, n_rows, n, NULL, dweight, dbias);
    for (size_t i = 0; i < n; i++)
        dbias[i] /= 2;
    check_gradient(&v, v.bias, dbias, n);
    pinna_layer_norm_forward(weight, bias, x, n_rows, n, x);
    assert_memory_equal(x, y, n_rows * n * sizeof(float));

    float *const arrays[] = {weight, bias, x, dy, y, dx, dweight, dbias};
    double *const doubles[] = {v.weight, v.bias, v.x, v.dy};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++)
        free(doubles[i]);
}

static void test_is_the_definition(void **state)
{
    (void)state;
    check_differences(1, 2);
    check_differences(3, 19);
    check_differences(2, 64);
}

static void test_reference(void **state)
{
    (void)state;
    reference *file = rnn_case("layer_norm");
    if (!file)
        skip();

    const reference_tensor *x = reference_find(file, "x");
    const size_t n_rows = x->shape[0], n = x->shape[1];
    const float *weight = reference_floats(file, "weight", n);
    float *y = zeros(x->n), *dx = zeros(x->n);
    float *dweight = zeros(n), *dbias = zeros(n);

    pinna_layer_norm_forward(weight, reference_floats(file, "bias", n), x->f32,
                             n_rows, n, y);
    assert_near(y, reference_floats(file, "y", x->n), x->n, OUTPUT_TOLERANCE);
    pinna_layer_norm_backward(weight, x->f32,
                              reference_floats(file, "dy", x->n), n_rows, n, dx,
                              dweight, dbias);
    assert_near(dx, reference_floats(file, "grad.x", x->n), x->n, 5e-5);
    assert_near(dweight, reference_floats(file, "grad.weight", n), n, 5e-5);
    assert_near(dbias, reference_floats(file, "grad.bias", n), n, 5e-5);

    free(y);
    free(dx);
    free(dweight);
    free(dbias);
    reference_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_the_definition),
        cmocka_unit_test(test_reference),
    };
    return cmocka_run_group_tests_name("layer_norm", tests, NULL, NULL);
}
