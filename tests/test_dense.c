#include "support.h"

#include <stdlib.h>

#include "rnn/dense.h"
#include "rnn/linalg.h"
#include "rnn_cases.h"

/* Loss sum(y * dy) of the layer, in double. */
typedef struct dense_case {
    size_t n_rows, n_in, n_out;
    double *weight, *bias, *x, *dy;
} dense_case;

static double naive_output(const dense_case *c, size_t row, size_t out)
{
    double y = c->bias[out];
    for (size_t i = 0; i < c->n_in; i++)
        y += c->x[row * c->n_in + i] * c->weight[out * c->n_in + i];
    return y;
}

static double naive_loss(const void *context)
{
    const dense_case *c = context;
    double loss = 0;
    for (size_t row = 0; row < c->n_rows; row++)
        for (size_t out = 0; out < c->n_out; out++)
            loss += naive_output(c, row, out) * c->dy[row * c->n_out + out];
    return loss;
}

static void test_forward_is_the_formula(void **state)
{
    (void)state;
    const size_t n_rows = 7, n_in = 19, n_out = 13;
    float *weight = random_floats(n_out * n_in, 1, 1);
    float *bias = random_floats(n_out, 2, 1);
    float *x = random_floats(n_rows * n_in, 3, 1);
    float *y = random_floats(n_rows * n_out, 4, 1),
          *want = zeros(n_rows * n_out);
    dense_case c = {n_rows,
                    n_in,
                    n_out,
                    to_doubles(weight, n_out * n_in),
                    to_doubles(bias, n_out),
                    to_doubles(x, n_rows * n_in),
                    NULL};

    for (size_t row = 0; row < n_rows; row++)
        for (size_t out = 0; out < n_out; out++)
            want[row * n_out + out] = (float)naive_output(&c, row, out);
    pinna_dense_forward(weight, bias, x, n_rows, n_in, n_out, y);
    assert_all_close(y, want, n_rows * n_out, 1e-5, 0);

    free(weight);
    free(bias);
    free(x);
    free(y);
    free(want);
    free(c.weight);
    free(c.bias);
    free(c.x);
}

static void check_gradient(dense_case *c, double *x, const float *got,
                           float start, size_t n)
{
    float *want = central_differences(naive_loss, c, x, n);
    for (size_t i = 0; i < n; i++)
        want[i] += start;
    assert_near(got, want, n, GRADIENT_TOLERANCE);
    free(want);
}

static void test_backward_by_differences(void **state)
{
    (void)state;
    const size_t n_rows = 5, n_in = 6, n_out = 4;
    float *weight = random_floats(n_out * n_in, 1, 1);
    float *bias = random_floats(n_out, 2, 1);
    float *x = random_floats(n_rows * n_in, 3, 1);
    float *dy = random_floats(n_rows * n_out, 4, 1);
    float *dx = zeros(n_rows * n_in), *dweight = zeros(n_out * n_in);
    float *dbias = zeros(n_out);
    dense_case c = {n_rows,
                    n_in,
                    n_out,
                    to_doubles(weight, n_out * n_in),
                    to_doubles(bias, n_out),
                    to_doubles(x, n_rows * n_in),
                    to_doubles(dy, n_rows * n_out)};

    /* Twice, the second time on top of 1: gradients are added. */
    for (size_t i = 0; i < n_rows * n_in; i++)
        dx[i] = 1;
    for (size_t i = 0; i < n_out * n_in; i++)
        dweight[i] = 1;
    for (size_t i = 0; i < n_out; i++)
        dbias[i] = 1;
    pinna_dense_backward(weight, x, dy, n_rows, n_in, n_out, dx, dweight,
                         dbias);
    check_gradient(&c, c.weight, dweight, 1, n_out * n_in);
    check_gradient(&c, c.bias, dbias, 1, n_out);
    check_gradient(&c, c.x, dx, 1, n_rows * n_in);

    /* Without dx. */
    float *again = zeros(n_out * n_in);
    pinna_dense_backward(weight, x, dy, n_rows, n_in, n_out, NULL, again,
                         dbias);
    check_gradient(&c, c.weight, again, 0, n_out * n_in);

    free(weight);
    free(bias);
    free(x);
    free(dy);
    free(dx);
    free(dweight);
    free(dbias);
    free(again);
    free(c.weight);
    free(c.bias);
    free(c.x);
    free(c.dy);
}

static void test_reference(void **state)
{
    (void)state;
    const size_t n_rows = 11, n_in = 19, n_out = 13;
    reference *file = rnn_case("linear");
    assert_non_null(file);

    const float *weight = reference_floats(file, "weight", n_out * n_in);
    const float *bias = reference_floats(file, "bias", n_out);
    const float *x = reference_floats(file, "x", n_rows * n_in);
    const float *dy = reference_floats(file, "dy", n_rows * n_out);
    float *y = zeros(n_rows * n_out), *dx = zeros(n_rows * n_in);
    float *dweight = zeros(n_out * n_in), *dbias = zeros(n_out);

    pinna_dense_forward(weight, bias, x, n_rows, n_in, n_out, y);
    pinna_dense_backward(weight, x, dy, n_rows, n_in, n_out, dx, dweight,
                         dbias);
    assert_near(y, reference_floats(file, "y", 0), n_rows * n_out,
                OUTPUT_TOLERANCE);
    assert_near(dx, reference_floats(file, "grad.x", 0), n_rows * n_in,
                GRADIENT_TOLERANCE);
    assert_near(dweight, reference_floats(file, "grad.weight", 0), n_out * n_in,
                GRADIENT_TOLERANCE);
    assert_near(dbias, reference_floats(file, "grad.bias", 0), n_out,
                GRADIENT_TOLERANCE);

    free(y);
    free(dx);
    free(dweight);
    free(dbias);
    reference_close(file);
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
        cmocka_unit_test(test_forward_is_the_formula),
        cmocka_unit_test(test_backward_by_differences),
        cmocka_unit_test(test_reference),
    };
    return cmocka_run_group_tests_name("dense", tests, setup, NULL);
}
