#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/linalg.h"
#include "rnn_cases.h"

/* C = op(A) op(B) + beta C by its definition, in double. */
static void naive_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n,
                       size_t k, const float *a, size_t lda, const float *b,
                       size_t ldb, float beta, float *c, size_t ldc)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = beta != 0 ? (double)beta * (double)c[i * ldc + j] : 0;
            for (size_t l = 0; l < k; l++)
                sum += (double)(transpose_a ? a[l * lda + i] : a[i * lda + l]) *
                       (double)(transpose_b ? b[j * ldb + l] : b[l * ldb + j]);
            c[i * ldc + j] = (float)sum;
        }
}

static void check_product(bool transpose_a, bool transpose_b, size_t m,
                          size_t n, size_t k, float beta)
{
    /* Rows longer than needed: what lies behind them must stay. */
    const size_t lda = (transpose_a ? m : k) + 3;
    const size_t ldb = (transpose_b ? k : n) + 1, ldc = n + 2;
    const size_t n_c = (m + 1) * ldc;
    float *a = random_floats((transpose_a ? k : m) * lda, 1, 1);
    float *b = random_floats((transpose_b ? n : k) * ldb, 2, 1);
    float *got = random_floats(n_c, 3, 1);
    float *want = random_floats(n_c, 3, 1);

    pinna_gemm(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, beta, got,
               ldc);
    naive_gemm(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, beta, want,
               ldc);
    assert_all_close(got, want, n_c, 1e-6 * (double)(k + 1), 0);

    free(a);
    free(b);
    free(got);
    free(want);
}

static void test_gemm_is_the_triple_loop(void **state)
{
    (void)state;
    /* The last four reach the cutting along k. */
    static const size_t sizes[][3] = {
        {1, 1, 1},   {1, 5, 3},     {3, 1, 7},     {2, 3, 1},     {33, 17, 65},
        {65, 48, 9}, {16, 96, 700}, {64, 300, 67}, {63, 511, 39}, {9, 768, 256},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int mode = 0; mode < 8; mode++)
            check_product(mode & 1, mode & 2, sizes[i][0], sizes[i][1],
                          sizes[i][2], mode & 4 ? 0.0f : 1.0f);
}

static void test_gemm_of_nothing(void **state)
{
    (void)state;
    float a[2] = {1, 2}, c[4] = {1, 2, 3, 4};
    const float kept[4] = {1, 2, 3, 4}, none[4] = {0};

    pinna_gemm(false, false, 0, 2, 2, a, 2, a, 2, 0.0f, c, 2);
    pinna_gemm(false, false, 2, 0, 2, a, 2, a, 2, 0.0f, c, 2);
    pinna_gemm(false, false, 2, 2, 0, a, 2, a, 2, 1.0f, c, 2);
    assert_memory_equal(c, kept, sizeof c);

    /* An empty sum is 0. */
    pinna_gemm(false, false, 2, 2, 0, a, 2, a, 2, 0.0f, c, 2);
    assert_memory_equal(c, none, sizeof c);
}

/* beta = 0 must not read C: scratch may hold anything. */
static void test_gemm_overwrites_nan(void **state)
{
    (void)state;
    const float a[2] = {2, 3}, b[2] = {5, 7};
    float c[1] = {NAN};
    pinna_gemm(false, false, 1, 1, 2, a, 2, b, 1, 0.0f, c, 1);
    assert_close((double)c[0], 31, 0);
}

static void test_fill_rows(void **state)
{
    (void)state;
    const float row[3] = {1, 2, 3}, want[9] = {1, 2, 3, 1, 2, 3, 9, 9, 9};
    float out[9] = {9, 9, 9, 9, 9, 9, 9, 9, 9};
    pinna_fill_rows(row, 2, 3, out);
    assert_memory_equal(out, want, sizeof out);
}

static void test_column_sums(void **state)
{
    (void)state;
    const size_t n_rows = 1003, n_cols = 601;
    float *rows = random_floats(n_rows * n_cols, 4, 1);
    float *got = random_floats(n_cols, 5, 1);
    float *want = random_floats(n_cols, 5, 1);

    for (size_t j = 0; j < n_cols; j++) {
        double sum = (double)want[j];
        for (size_t i = 0; i < n_rows; i++)
            sum += (double)rows[i * n_cols + j];
        want[j] = (float)sum;
    }
    pinna_add_column_sums(rows, n_cols, n_rows, n_cols, got);
    assert_all_close(got, want, n_cols, 1e-5, 0);

    free(rows);
    free(got);
    free(want);
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
        cmocka_unit_test(test_gemm_is_the_triple_loop),
        cmocka_unit_test(test_gemm_of_nothing),
        cmocka_unit_test(test_gemm_overwrites_nan),
        cmocka_unit_test(test_fill_rows),
        cmocka_unit_test(test_column_sums),
    };
    return cmocka_run_group_tests_name("linalg", tests, setup, NULL);
}
