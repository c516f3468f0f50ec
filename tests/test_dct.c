#include "support.h"

#include <math.h>
#include <stdio.h>

#include "dsp/dct.h"
#include "reference.h"

enum { MAX = 80 };

/* y [n_out] = matrix [n_out, n_in] x [n_in]. */
static void multiply(const float *matrix, size_t n_out, size_t n_in,
                     const float *x, float *y)
{
    for (size_t k = 0; k < n_out; k++) {
        double sum = 0.0;
        for (size_t m = 0; m < n_in; m++)
            sum += (double)matrix[k * n_in + m] * (double)x[m];
        y[k] = (float)sum;
    }
}

static void test_equals_definition(void **state)
{
    (void)state;
    static float matrix[MAX * MAX];
    float x[MAX], got[MAX];
    support_signal(x, MAX, 1000.0);
    for (size_t n = 1; n <= MAX; n += 13) {
        for (size_t n_out = 1; n_out <= n; n_out += 4) {
            pinna_dct_matrix(n_out, n, matrix);
            multiply(matrix, n_out, n, x, got);
            for (size_t k = 0; k < n_out; k++) {
                double want = 0.0;
                for (size_t m = 0; m < n; m++)
                    want += (double)x[m] * cos(PINNA_PI * (double)k *
                                               ((double)m + 0.5) / (double)n);
                want *= sqrt((k ? 2.0 : 1.0) / (double)n);
                assert_close(got[k], want, 2e-6);
            }
        }
    }
}

static void test_rows_are_orthonormal(void **state)
{
    (void)state;
    enum { N = 23 };
    float matrix[N * N];
    pinna_dct_matrix(N, N, matrix);
    for (size_t a = 0; a < N; a++) {
        for (size_t b = 0; b < N; b++) {
            double product = 0.0;
            for (size_t m = 0; m < N; m++)
                product +=
                    (double)matrix[a * N + m] * (double)matrix[b * N + m];
            assert_close(product, a == b ? 1.0 : 0.0, 1e-6);
        }
    }
}

static void test_lifter(void **state)
{
    (void)state;
    float lifter[40];
    pinna_lifter_fill(0.0, 0, 40, lifter);
    for (size_t k = 0; k < 40; k++)
        assert_true(lifter[k] == 1.0f);

    pinna_lifter_fill(22.0, 0, 40, lifter);
    assert_true(lifter[0] == 1.0f);
    assert_close(lifter[11], 12.0, 1e-6); /* 1 + 22/2 sin(pi/2) */
    for (size_t k = 0; k < 40; k++)
        assert_close(lifter[k], 1.0 + 11.0 * sin(PINNA_PI * (double)k / 22.0),
                     1e-6);

    pinna_lifter_fill(22.0, 1, 40, lifter);
    assert_close(lifter[10], 12.0, 1e-6);
}

static void test_equals_reference(void **state)
{
    (void)state;
    reference *file = reference_open(support_fixture("dsp.safetensors"));
    static const size_t sizes[] = {13, 23, 40, 80};
    static float matrix[MAX * MAX];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const size_t n = sizes[i];
        char name[3][32];
        snprintf(name[0], sizeof name[0], "dct_%zu", n);
        snprintf(name[1], sizeof name[1], "dct_%zu.x", n);
        snprintf(name[2], sizeof name[2], "dct_%zu.dct2", n);
        const float *x = reference_floats(file, name[1], 4 * n);
        const float *want = reference_floats(file, name[2], 4 * n);
        pinna_dct_matrix(n, n, matrix);
        for (size_t row = 0; row < 4; row++) {
            float got[MAX];
            multiply(matrix, n, n, x + row * n, got);
            assert_all_close(got, want + row * n, n,
                             reference_number(file, name[0], "atol", 0), 0.0);
        }
    }
    reference_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_definition),
        cmocka_unit_test(test_rows_are_orthonormal),
        cmocka_unit_test(test_lifter),
        cmocka_unit_test(test_equals_reference),
    };
    return cmocka_run_group_tests_name("dct", tests, NULL, NULL);
}
