#include "rnn/linalg.h"

#include "rnn/bf16_gemm.h"

#include <cblas.h>

#include <assert.h>
#include <limits.h>
#include <string.h>

/* Column sums go by blocks: few enough rows for float, then double; few enough
 * columns for their sums to stay in the first-level cache. */
#define SUM_ROWS 16
#define SUM_COLS 256

/* OpenBLAS multiplies without packing up to this many multiply-adds
 * (sgemm_small_kernel_permit of its SkylakeX kernels). */
#define UNPACKED_MAX 1000000

/* Products of few rows, as of a recurrent step, gain from being cut along k to
 * that size: 16 x 256 by 256 x 768 takes 39 us instead of 109 (AVX-512 kernels;
 * 72 instead of 80 with those for AVX2). */
#define FEW_ROWS 64
#define K_STEP   16

static pinna_precision precision_now = PINNA_FLOAT32;

void pinna_linalg_init(void)
{
    openblas_set_num_threads(1);
}

void pinna_linalg_set_precision(pinna_precision precision)
{
    precision_now = precision;
}

pinna_precision pinna_linalg_precision(void)
{
    return precision_now;
}

static blasint to_int(size_t n)
{
    assert(n <= INT_MAX);
    return (blasint)n;
}

static size_t divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

/* How much of k goes into one call of OpenBLAS: parts as equal as K_STEP
 * allows, for short ones spend their time on C. */
static size_t k_at_once(size_t m, size_t n, size_t k)
{
    const size_t fits = UNPACKED_MAX / (m * n) / K_STEP * K_STEP;
    if (m > FEW_ROWS || fits == 0 || fits >= k)
        return k;

    const size_t n_parts = divide_up(k, fits);
    return divide_up(divide_up(k, n_parts), K_STEP) * K_STEP;
}

void pinna_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n,
                size_t k, const float *a, size_t lda, const float *b,
                size_t ldb, float beta, float *c, size_t ldc)
{
    if (m == 0 || n == 0)
        return;
    if (precision_now == PINNA_BFLOAT16) {
        pinna_bf16_gemm(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, beta,
                        c, ldc);
        return;
    }

    size_t done = 0;
    const size_t step = transpose_a || transpose_b ? k : k_at_once(m, n, k);
    do {
        const size_t k_now = k - done < step ? k - done : step;
        cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                    transpose_b ? CblasTrans : CblasNoTrans, to_int(m),
                    to_int(n), to_int(k_now), 1.0f, a + done, to_int(lda),
                    b + done * ldb, to_int(ldb), done > 0 ? 1.0f : beta, c,
                    to_int(ldc));
        done += k_now;
    } while (done < k);
}

/* In tiles that fit the first-level cache. */
void pinna_transpose(const float *in, size_t n_rows, size_t n_cols, float *out)
{
    const size_t tile = 32;
    for (size_t i0 = 0; i0 < n_rows; i0 += tile)
        for (size_t j0 = 0; j0 < n_cols; j0 += tile)
            for (size_t i = i0; i < n_rows && i < i0 + tile; i++)
                for (size_t j = j0; j < n_cols && j < j0 + tile; j++)
                    out[j * n_rows + i] = in[i * n_cols + j];
}

void pinna_copy_or_zero(const float *from, size_t n, float *to)
{
    if (from)
        memcpy(to, from, n * sizeof(float));
    else
        memset(to, 0, n * sizeof(float));
}

void pinna_add(const float *from, size_t n, float *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] += from[i];
}

void pinna_fill_rows(const float *row, size_t n_rows, size_t n_cols, float *out)
{
    for (size_t i = 0; i < n_rows; i++)
        memcpy(out + i * n_cols, row, n_cols * sizeof(float));
}

/* sum [n] takes the sum over the rows, n <= SUM_COLS columns of stride. */
static void sum_rows(const float *rows, size_t n_rows, size_t stride, size_t n,
                     double *sum)
{
    for (size_t first = 0; first < n_rows; first += SUM_ROWS) {
        const size_t end =
            n_rows - first < SUM_ROWS ? n_rows : first + SUM_ROWS;
        float few[SUM_COLS] = {0};

        for (size_t i = first; i < end; i++)
            for (size_t j = 0; j < n; j++)
                few[j] += rows[i * stride + j];
        for (size_t j = 0; j < n; j++)
            sum[j] += (double)few[j];
    }
}

void pinna_add_column_sums(const float *rows, size_t stride, size_t n_rows,
                           size_t n_cols, float *sums)
{
    for (size_t first = 0; first < n_cols; first += SUM_COLS) {
        const size_t n = n_cols - first < SUM_COLS ? n_cols - first : SUM_COLS;
        double sum[SUM_COLS] = {0};

        sum_rows(rows + first, n_rows, stride, n, sum);
        for (size_t j = 0; j < n; j++)
            sums[first + j] += (float)sum[j];
    }
}
