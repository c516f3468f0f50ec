#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/bf16_gemm.h"
#include "rnn/bf16_kernels.h"
#include "rnn/factor.h"
#include "rnn/linalg.h"
#include "rnn_cases.h"

/* Around whole tiles and the blocks of bf16_gemm.c; the second reaches all of
 * their edges. */
static const size_t sizes[][3] = {
    {1, 1, 1},    {67, 275, 517}, {16, 16, 32},  {17, 31, 33}, {32, 64, 64},
    {33, 65, 31}, {48, 48, 1},    {15, 130, 95}, {5, 80, 512},
};
#define N_SIZES (sizeof sizes / sizeof *sizes)

/* x with 8 bits of mantissa, by its definition: the nearest, halves to even. */
static double rounded(float x)
{
    int exponent;
    const double mantissa = frexp((double)x, &exponent);
    return ldexp(nearbyint(ldexp(mantissa, 8)), exponent - 8);
}

/* C = op(A) op(B) + beta C of rounded numbers, in double. */
static void naive_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n,
                       size_t k, const float *a, size_t lda, const float *b,
                       size_t ldb, float beta, float *c, size_t ldc)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = beta != 0 ? (double)beta * (double)c[i * ldc + j] : 0;
            for (size_t l = 0; l < k; l++)
                sum += rounded(transpose_a ? a[l * lda + i] : a[i * lda + l]) *
                       rounded(transpose_b ? b[j * ldb + l] : b[l * ldb + j]);
            c[i * ldc + j] = (float)sum;
        }
}

static void check_product(bool transpose_a, bool transpose_b, const size_t *mnk,
                          float beta)
{
    /* Rows longer than needed: what lies behind them must stay. */
    const size_t m = mnk[0], n = mnk[1], k = mnk[2];
    const size_t lda = (transpose_a ? m : k) + 3;
    const size_t ldb = (transpose_b ? k : n) + 1, ldc = n + 2;
    const size_t n_c = (m + 1) * ldc;
    float *a = random_floats((transpose_a ? k : m) * lda, 1, 1);
    float *b = random_floats((transpose_b ? n : k) * ldb, 2, 1);
    float *got = random_floats(n_c, 3, 1);
    float *want = random_floats(n_c, 3, 1);

    pinna_bf16_gemm(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, beta,
                    got, ldc);
    naive_gemm(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, beta, want,
               ldc);
    assert_all_close(got, want, n_c, 1e-6 * (double)(k + 1), 0);

    free(a);
    free(b);
    free(got);
    free(want);
}

static void test_gemm_is_the_triple_loop_of_rounded_numbers(void **state)
{
    (void)state;
    static const float betas[] = {0, 1, 0.5f};

    print_message("           set %s\n", pinna_bf16_kernels_best()->name);
    for (size_t i = 0; i < N_SIZES; i++)
        for (int mode = 0; mode < 4; mode++)
            for (size_t beta = 0; beta < 3; beta++)
                check_product(mode & 1, mode & 2, sizes[i], betas[beta]);
}

static void test_packed_gemm_is_the_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SIZES; i++) {
        const size_t m = sizes[i][0], n = sizes[i][1], k = sizes[i][2];
        const size_t lda = k + 5, ldc = n + 1;
        float *a = random_floats(m * lda, 1, 1);
        float *b = random_floats(n * k, 2, 1);
        float *got = random_floats(m * ldc, 3, 1);
        float *want = random_floats(m * ldc, 3, 1);
        uint16_t *packed = calloc(pinna_bf16_packed_size(k, n), sizeof *packed);

        for (int transpose = 0; transpose < 2; transpose++) {
            const size_t ldb = transpose ? k : n;
            pinna_bf16_pack(transpose, k, n, b, ldb, packed);
            pinna_bf16_gemm_packed(m, n, k, a, lda, packed, 1, got, ldc);
            pinna_bf16_gemm(false, transpose, m, n, k, a, lda, b, ldb, 1, want,
                            ldc);
            assert_memory_equal(got, want, m * ldc * sizeof *got);
        }
        free(a);
        free(b);
        free(got);
        free(want);
        free(packed);
    }
}

/* The panels of both sets are the same bits; sums may round otherwise. */
static void check_twins(const pinna_bf16_kernels *kernels, size_t m, size_t n,
                        size_t k)
{
    const pinna_bf16_kernels *c = &pinna_bf16_kernels_c;
    const size_t n_tiles = (k + PINNA_TILE_K - 1) / PINNA_TILE_K;
    const size_t size = n_tiles * PINNA_TILE;
    const size_t n_rows = m < PINNA_TILE_ROWS ? m : PINNA_TILE_ROWS;
    const size_t n_cols = n < PINNA_TILE_ROWS ? n : PINNA_TILE_ROWS;
    float *a = random_floats(n_rows * k, 1, 1);
    float *b = random_floats(k * n_cols, 2, 1);
    uint16_t *panels = calloc(4 * size, sizeof *panels);
    uint16_t *want_a = panels + 2 * size, *want_b = panels + 3 * size;
    float got[PINNA_TILE_ROWS * PINNA_TILE_ROWS] = {0};
    float want[PINNA_TILE_ROWS * PINNA_TILE_ROWS] = {0};

    kernels->pack_rows(a, k, n_rows, k, panels);
    kernels->pack_pairs(b, n_cols, n_cols, k, panels + size);
    c->pack_rows(a, k, n_rows, k, want_a);
    c->pack_pairs(b, n_cols, n_cols, k, want_b);
    assert_memory_equal(panels, want_a, 2 * size * sizeof *panels);

    kernels->multiply(n_rows, n_cols, n_tiles, panels, n_tiles, panels + size,
                      n_tiles, got, PINNA_TILE_ROWS);
    c->multiply(n_rows, n_cols, n_tiles, want_a, n_tiles, want_b, n_tiles, want,
                PINNA_TILE_ROWS);
    assert_all_close(got, want, PINNA_TILE_ROWS * PINNA_TILE_ROWS,
                     1e-6 * (double)(k + 1), 0);

    kernels->flip(2 * n_tiles, panels);
    c->flip(2 * n_tiles, want_a);
    assert_memory_equal(panels, want_a, 2 * size * sizeof *panels);

    free(a);
    free(b);
    free(panels);
}

static void test_sets_are_twins(void **state)
{
    (void)state;
    const pinna_bf16_kernels *amx = pinna_bf16_kernels_amx();
    if (!amx)
        skip();
    for (size_t i = 0; i < N_SIZES; i++)
        check_twins(amx, sizes[i][0], sizes[i][1], sizes[i][2]);
}

/* Halves go to even; what is too large becomes infinite, NaN stays one. */
static void check_rounding(const pinna_bf16_kernels *kernels)
{
    const float from[] = {1.00390625f, 1.01171875f, -1.0f,  3.4e38f,
                          INFINITY,    NAN,         0.0f,   1.0039f,
                          -0.0f,       65535.0f,    1e-30f, 2.0f};
    const uint16_t want[] = {0x3f80, 0x3f82, 0xbf80, 0x7f80, 0x7f80, 0,
                             0,      0x3f80, 0x8000, 0x4780, 0x0da2, 0x4000};
    const size_t n = sizeof from / sizeof *from;
    uint16_t panel[PINNA_TILE];

    kernels->pack_rows(from, n, 1, n, panel);
    for (size_t i = 0; i < n; i++)
        if (isnan(from[i]))
            assert_true((panel[i] & 0x7fff) > 0x7f80);
        else
            assert_int_equal(panel[i], want[i]);
    for (size_t i = n; i < PINNA_TILE; i++)
        assert_int_equal(panel[i], 0);
}

static void test_rounding(void **state)
{
    (void)state;
    check_rounding(&pinna_bf16_kernels_c);
    if (pinna_bf16_kernels_amx())
        check_rounding(pinna_bf16_kernels_amx());
}

/* beta = 0 must not read C: scratch may hold anything. */
static void test_gemm_overwrites_nan(void **state)
{
    (void)state;
    const float a[2] = {2, 3}, b[2] = {5, 7};
    float c[1] = {NAN};
    pinna_bf16_gemm(false, false, 1, 1, 2, a, 2, b, 1, 0.0f, c, 1);
    assert_close((double)c[0], 31, 0);
}

static void check_factor(pinna_precision precision, double tolerance)
{
    enum { M = 19, K = 40, N = 33 };
    float *a = random_floats(M * K, 1, 1), *b = random_floats(K * N, 2, 1);
    float *turned = calloc(K * N, sizeof *turned);
    float *got = random_floats(M * N, 3, 1), *want = random_floats(M * N, 3, 1);
    pinna_factor *factor;

    pinna_transpose(b, K, N, turned);
    pinna_linalg_set_precision(precision);
    assert_int_equal(pinna_factor_new(K, N, &factor), PINNA_OK);
    pinna_linalg_set_precision(PINNA_FLOAT32);
    for (int transpose = 0; transpose < 2; transpose++) {
        pinna_factor_set(factor, transpose, transpose ? turned : b);
        pinna_factor_multiply(factor, M, a, K, got, N);
        pinna_gemm(false, false, M, N, K, a, K, b, N, 1, want, N);
        assert_all_close(got, want, M * N, tolerance, 0);
    }
    pinna_factor_free(factor);
    free(a);
    free(b);
    free(turned);
    free(got);
    free(want);
}

static void test_factor_multiplies(void **state)
{
    (void)state;
    check_factor(PINNA_FLOAT32, 1e-5);
    check_factor(PINNA_BFLOAT16, 0.1);
}

static pinna_precision precision_of_factor;

static pinna_status make_factor(void)
{
    pinna_factor *factor;
    pinna_linalg_set_precision(precision_of_factor);
    const pinna_status status = pinna_factor_new(3, 5, &factor);
    pinna_linalg_set_precision(PINNA_FLOAT32);
    pinna_factor_free(factor);
    return status;
}

static void test_factor_survives_no_memory(void **state)
{
    (void)state;
    precision_of_factor = PINNA_FLOAT32;
    support_survives_no_memory(make_factor);
    precision_of_factor = PINNA_BFLOAT16;
    support_survives_no_memory(make_factor);
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
        cmocka_unit_test(test_gemm_is_the_triple_loop_of_rounded_numbers),
        cmocka_unit_test(test_packed_gemm_is_the_other),
        cmocka_unit_test(test_sets_are_twins),
        cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_gemm_overwrites_nan),
        cmocka_unit_test(test_factor_multiplies),
        cmocka_unit_test(test_factor_survives_no_memory),
    };
    return cmocka_run_group_tests_name("bf16_gemm", tests, setup, NULL);
}
