#include "rnn/bf16_gemm.h"

#include "rnn/bf16_kernels.h"

#include <stdalign.h>
#include <string.h>

#define ROWS PINNA_TILE_ROWS

/* What of A and B is packed at a time: 32 kB and 256 kB, of the size of the
 * first and the second-level cache. */
#define A_ROWS  64
#define B_COLS  512
#define BLOCK_K 256

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t count_tiles(size_t k)
{
    return (k + PINNA_TILE_K - 1) / PINNA_TILE_K;
}

/* C = beta C. */
static void scale(size_t m, size_t n, float beta, float *c, size_t ldc)
{
    for (size_t i = 0; beta != 1 && i < m; i++)
        for (size_t j = 0; j < n; j++)
            c[i * ldc + j] = beta == 0 ? 0 : beta * c[i * ldc + j];
}

/* Panels of n rows [n][k], or of n columns [k][n], whole ones one behind the
 * other. Rows make panels of A and columns those of B; flipped, the others. */
static void pack(const pinna_bf16_kernels *kernels, bool rows, bool flip,
                 size_t n, size_t k, const float *from, size_t stride,
                 uint16_t *panels)
{
    const size_t n_tiles = count_tiles(k);

    for (size_t first = 0; first < n; first += ROWS) {
        uint16_t *panel = panels + first / ROWS * n_tiles * PINNA_TILE;
        const size_t n_now = smaller(ROWS, n - first);
        if (rows)
            kernels->pack_rows(from + first * stride, stride, n_now, k, panel);
        else
            kernels->pack_pairs(from + first, stride, n_now, k, panel);
        if (flip)
            kernels->flip(n_tiles, panel);
    }
}

/* Panels of op(A) [m, k]. */
static void pack_a(const pinna_bf16_kernels *kernels, bool transpose, size_t m,
                   size_t k, const float *a, size_t lda, uint16_t *panels)
{
    pack(kernels, !transpose, transpose, m, k, a, lda, panels);
}

/* Panels of op(B) [k, n]. */
static void pack_b(const pinna_bf16_kernels *kernels, bool transpose, size_t n,
                   size_t k, const float *b, size_t ldb, uint16_t *panels)
{
    pack(kernels, transpose, transpose, n, k, b, ldb, panels);
}

void pinna_bf16_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n,
                     size_t k, const float *a, size_t lda, const float *b,
                     size_t ldb, float beta, float *c, size_t ldc)
{
    alignas(64) uint16_t a_panels[A_ROWS * BLOCK_K];
    alignas(64) uint16_t b_panels[B_COLS * BLOCK_K];
    const pinna_bf16_kernels *kernels = pinna_bf16_kernels_best();

    scale(m, n, beta, c, ldc);
    for (size_t k0 = 0; k0 < k; k0 += BLOCK_K) {
        const size_t k_now = smaller(BLOCK_K, k - k0);
        const size_t n_tiles = count_tiles(k_now);
        for (size_t n0 = 0; n0 < n; n0 += B_COLS) {
            const size_t n_now = smaller(B_COLS, n - n0);
            pack_b(kernels, transpose_b, n_now, k_now,
                   transpose_b ? b + n0 * ldb + k0 : b + k0 * ldb + n0, ldb,
                   b_panels);
            for (size_t m0 = 0; m0 < m; m0 += A_ROWS) {
                const size_t m_now = smaller(A_ROWS, m - m0);
                pack_a(kernels, transpose_a, m_now, k_now,
                       transpose_a ? a + k0 * lda + m0 : a + m0 * lda + k0, lda,
                       a_panels);
                kernels->multiply(m_now, n_now, n_tiles, a_panels, n_tiles,
                                  b_panels, n_tiles, c + m0 * ldc + n0, ldc);
            }
        }
    }
}

size_t pinna_bf16_packed_size(size_t k, size_t n)
{
    return (n + ROWS - 1) / ROWS * count_tiles(k) * PINNA_TILE;
}

void pinna_bf16_pack(bool transpose_b, size_t k, size_t n, const float *b,
                     size_t ldb, uint16_t *packed)
{
    pack_b(pinna_bf16_kernels_best(), transpose_b, n, k, b, ldb, packed);
}

void pinna_bf16_gemm_packed(size_t m, size_t n, size_t k, const float *a,
                            size_t lda, const uint16_t *packed, float beta,
                            float *c, size_t ldc)
{
    alignas(64) uint16_t panels[A_ROWS * BLOCK_K];
    const pinna_bf16_kernels *kernels = pinna_bf16_kernels_best();

    scale(m, n, beta, c, ldc);
    for (size_t k0 = 0; k0 < k; k0 += BLOCK_K) {
        const size_t k_now = smaller(BLOCK_K, k - k0);
        const size_t n_tiles = count_tiles(k_now);
        for (size_t m0 = 0; m0 < m; m0 += A_ROWS) {
            const size_t m_now = smaller(A_ROWS, m - m0);
            pack_a(kernels, false, m_now, k_now, a + m0 * lda + k0, lda,
                   panels);
            kernels->multiply(m_now, n, n_tiles, panels, n_tiles,
                              packed + k0 / PINNA_TILE_K * PINNA_TILE,
                              count_tiles(k), c + m0 * ldc, ldc);
        }
    }
}
