#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "rnn/loss.h"
#include "rnn_cases.h"

enum { N = 531 }; /* more than two of the blocks inside, and a tail */

typedef double loss_function(const float *y, const float *target,
                             const float *weight, size_t n, float *dy);

static double naive_mse(double y, double target)
{
    return (y - target) * (y - target);
}

static double naive_bce(double x, double target)
{
    return fmax(x, 0) - x * target + log1p(exp(-fabs(x)));
}

static void check_formula(loss_function *loss, double (*naive)(double, double))
{
    const double step = 1e-5;
    float *y = random_floats(N, 1, 8), *target = random_floats(N, 2, 0.5);
    float *weight = random_floats(N, 3, 0.5);
    float *dy = random_floats(N, 4, 1), *want_dy = zeros(N);
    double want = 0;

    for (size_t i = 0; i < N; i++) {
        target[i] += 0.5f;
        weight[i] = i % 3 == 0 ? 0 : weight[i] + 0.5f;
        const double at = (double)y[i], t = (double)target[i];
        want += (double)weight[i] * naive(at, t);
        want_dy[i] =
            (float)((double)weight[i] *
                    (naive(at + step, t) - naive(at - step, t)) / (2 * step));
    }
    assert_close(loss(y, target, weight, N, dy), want, 1e-6 * want);
    assert_near(dy, want_dy, N, 2e-6);
    assert_close(loss(y, target, weight, N, NULL), want, 1e-6 * want);

    want = 0;
    for (size_t i = 0; i < N; i++)
        want += naive((double)y[i], (double)target[i]);
    assert_close(loss(y, target, NULL, N, dy), want, 1e-6 * want);
    assert_close(loss(y, target, NULL, 0, dy), 0, 0);

    free(y);
    free(target);
    free(weight);
    free(dy);
    free(want_dy);
}

static void test_mse_is_the_formula(void **state)
{
    (void)state;
    check_formula(pinna_mse_loss, naive_mse);
}

static double naive_mae(double y, double target)
{
    return fabs(y - target);
}

static void test_mae_is_the_formula(void **state)
{
    (void)state;
    check_formula(pinna_mae_loss, naive_mae);
    const float same = 0.3f;
    float dy = 1;
    assert_close(pinna_mae_loss(&same, &same, NULL, 1, &dy), 0, 0);
    assert_close((double)dy, 0, 0);
}

static void test_bce_is_the_formula(void **state)
{
    (void)state;
    check_formula(pinna_bce_loss, naive_bce);
}

/* Padding may hold anything. */
static void test_weight_of_zero_masks(void **state)
{
    (void)state;
    loss_function *const losses[] = {pinna_mse_loss, pinna_mae_loss,
                                     pinna_bce_loss};
    const float y[4] = {NAN, 1, INFINITY, 2}, target[4] = {0, 0.5f, NAN, NAN};
    const float weight[4] = {0, 1, 0, 0};

    for (size_t i = 0; i < 3; i++) {
        float dy[4] = {9, 9, 9, 9};
        const double want = losses[i](y + 1, target + 1, NULL, 1, NULL);
        assert_close(losses[i](y, target, weight, 4, dy), want, 0);
        assert_close((double)dy[0], 0, 0);
        assert_close((double)dy[2], 0, 0);
        assert_close((double)dy[3], 0, 0);
    }
}

static void test_bce_of_extreme_logits(void **state)
{
    (void)state;
    const float logits[4] = {1e4f, -1e4f, 1e4f, -1e4f};
    const float target[4] = {1, 0, 0, 1}, want[4] = {0, 0, 1, -1};
    float dlogits[4];
    assert_close(pinna_bce_loss(logits, target, NULL, 4, dlogits), 2e4, 1e-3);
    assert_all_close(dlogits, want, 4, 1e-7, 0);
}

/* The references are means over the elements. */
static void check_reference(const char *name, loss_function *loss,
                            const char *y_name, const char *dy_name)
{
    reference *file = rnn_case(name);
    assert_non_null(file);

    const reference_tensor *y = reference_find(file, y_name);
    const float *target = reference_floats(file, "target", y->n);
    float *dy = zeros(y->n);
    const double want =
        (double)reference_floats(file, "loss", 1)[0] * (double)y->n;
    assert_close(loss(y->f32, target, NULL, y->n, dy), want,
                 OUTPUT_TOLERANCE * fmax(1, want));
    for (size_t i = 0; i < y->n; i++)
        dy[i] /= (float)y->n;
    assert_near(dy, reference_floats(file, dy_name, y->n), y->n,
                GRADIENT_TOLERANCE);

    free(dy);
    reference_close(file);
}

static void test_references(void **state)
{
    (void)state;
    check_reference("mse", pinna_mse_loss, "y", "grad.y");
    check_reference("sigmoid_bce", pinna_bce_loss, "logits", "grad.logits");
}

static void test_log_softmax_is_the_formula(void **state)
{
    (void)state;
    const size_t n_rows = 3, n = 600;
    float *x = random_floats(n_rows * n, 1, 20), *want = zeros(n_rows * n);
    for (size_t row = 0; row < n_rows; row++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += exp((double)x[row * n + i]);
        for (size_t i = 0; i < n; i++)
            want[row * n + i] = (float)((double)x[row * n + i] - log(sum));
    }
    pinna_log_softmax(x, n_rows, n);
    assert_near(x, want, n_rows * n, 1e-6);
    free(x);
    free(want);

    float one[1] = {7}, extreme[3] = {1000, -1000, 1000};
    pinna_log_softmax(one, 1, 1);
    assert_close((double)one[0], 0, 0);
    pinna_log_softmax(extreme, 1, 3);
    assert_close((double)extreme[0], log(0.5), 1e-6);
    assert_close((double)extreme[1], -2000 + log(0.5), 1e-3);
    pinna_log_softmax(extreme, 1, 0);
}

static void test_log_softmax_reference(void **state)
{
    (void)state;
    reference *file = rnn_case("softmax_cross_entropy");
    if (!file)
        skip();

    const reference_tensor *logits = reference_find(file, "logits");
    float *x = zeros(logits->n);
    for (size_t i = 0; i < logits->n; i++)
        x[i] = logits->f32[i];
    pinna_log_softmax(x, logits->shape[0], logits->shape[1]);
    assert_near(x, reference_floats(file, "log_softmax", logits->n), logits->n,
                OUTPUT_TOLERANCE);
    free(x);
    reference_close(file);
}

/* ---- cross-entropy ---- */

typedef struct rows_case {
    const int *target;
    size_t n_rows, n;
    double smoothing;
    double *logits;
} rows_case;

static double naive_cross_entropy(const void *context)
{
    const rows_case *c = context;
    double loss = 0;

    for (size_t row = 0; row < c->n_rows; row++) {
        const double *x = c->logits + row * c->n;
        double sum = 0;
        for (size_t i = 0; i < c->n; i++)
            sum += exp(x[i]);
        for (size_t i = 0; c->target[row] >= 0 && i < c->n; i++) {
            double q = c->smoothing / (double)c->n;
            if (i == (size_t)c->target[row])
                q += 1 - c->smoothing;
            loss -= q * (x[i] - log(sum));
        }
    }
    return loss;
}

static void test_cross_entropy_is_the_formula(void **state)
{
    (void)state;
    const int target[] = {3, -1, 0, 18};
    const size_t n_rows = 4, n = 19;
    float *logits = random_floats(n_rows * n, 5, 3);
    float *d = random_floats(n_rows * n, 6, 1);

    for (int smooth = 0; smooth < 2; smooth++) {
        rows_case c = {target, n_rows, n, smooth * 0.1,
                       to_doubles(logits, n_rows * n)};
        const double want = naive_cross_entropy(&c);
        float *want_d =
            central_differences(naive_cross_entropy, &c, c.logits, n_rows * n);

        assert_close(
            pinna_cross_entropy_loss(logits, target, n_rows, n, c.smoothing, d),
            want, 1e-6 * want);
        assert_near(d, want_d, n_rows * n, 2e-6);
        assert_close(pinna_cross_entropy_loss(logits, target, n_rows, n,
                                              c.smoothing, NULL),
                     want, 1e-6 * want);
        free(c.logits);
        free(want_d);
    }
    free(logits);
    free(d);
}

static void check_cross_entropy_case(const char *name)
{
    reference *file = rnn_case(name);
    if (!file)
        return;

    const reference_tensor *logits = reference_find(file, "logits");
    const size_t n_rows = logits->shape[0], n = logits->shape[1];
    const int32_t *target32 = reference_ints(file, "target", n_rows);
    const reference_tensor *mask = reference_find(file, "mask");
    const double want = (double)reference_floats(file, "loss", 1)[0];
    float *d = zeros(logits->n);
    int target[16];
    size_t n_used = 0;

    assert_true(n_rows <= 16);
    for (size_t row = 0; row < n_rows; row++) {
        const bool used =
            !mask || (mask->i32 ? mask->i32[row] != 0 : mask->f32[row] > 0);
        target[row] = used ? target32[row] : -1;
        n_used += used ? 1 : 0;
    }
    const double sum =
        pinna_cross_entropy_loss(logits->f32, target, n_rows, n, 0, d);
    assert_close(sum / (double)n_used, want, OUTPUT_TOLERANCE * fmax(1, want));
    for (size_t i = 0; i < logits->n; i++)
        d[i] /= (float)n_used;
    assert_near(d, reference_floats(file, "grad.logits", logits->n), logits->n,
                GRADIENT_TOLERANCE);
    free(d);
    reference_close(file);
}

static void test_cross_entropy_references(void **state)
{
    (void)state;
    check_cross_entropy_case("softmax_cross_entropy");
    check_cross_entropy_case("softmax_cross_entropy_masked");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mse_is_the_formula),
        cmocka_unit_test(test_mae_is_the_formula),
        cmocka_unit_test(test_cross_entropy_is_the_formula),
        cmocka_unit_test(test_cross_entropy_references),
        cmocka_unit_test(test_bce_is_the_formula),
        cmocka_unit_test(test_weight_of_zero_masks),
        cmocka_unit_test(test_bce_of_extreme_logits),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_log_softmax_is_the_formula),
        cmocka_unit_test(test_log_softmax_reference),
    };
    return cmocka_run_group_tests_name("loss", tests, NULL, NULL);
}
