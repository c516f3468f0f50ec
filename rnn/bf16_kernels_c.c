#include "rnn/bf16_kernels.h"

#include <math.h>
#include <string.h>

#define ROWS PINNA_TILE_ROWS
#define K    PINNA_TILE_K

static uint16_t to_bf16(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if (isnan(x))
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static float from_bf16(uint16_t x)
{
    const uint32_t bits = (uint32_t)x << 16;
    float y;
    memcpy(&y, &bits, sizeof y);
    return y;
}

static size_t count_tiles(size_t k)
{
    return (k + K - 1) / K;
}

static void pack_rows(const float *from, size_t stride, size_t n_rows, size_t k,
                      uint16_t *panel)
{
    memset(panel, 0, count_tiles(k) * PINNA_TILE * sizeof *panel);
    for (size_t row = 0; row < n_rows; row++)
        for (size_t i = 0; i < k; i++)
            panel[i / K * PINNA_TILE + row * K + i % K] =
                to_bf16(from[row * stride + i]);
}

static void pack_pairs(const float *from, size_t stride, size_t n_cols,
                       size_t k, uint16_t *panel)
{
    memset(panel, 0, count_tiles(k) * PINNA_TILE * sizeof *panel);
    for (size_t i = 0; i < k; i++)
        for (size_t col = 0; col < n_cols; col++)
            panel[i / 2 * 2 * ROWS + 2 * col + i % 2] =
                to_bf16(from[i * stride + col]);
}

static void flip(size_t n, uint16_t *tiles)
{
    for (size_t t = 0; t < n; t++) {
        uint16_t flipped[PINNA_TILE];
        for (size_t i = 0; i < ROWS; i++)
            for (size_t j = 0; j < ROWS; j++)
                memcpy(flipped + (j * ROWS + i) * 2,
                       tiles + t * PINNA_TILE + (i * ROWS + j) * 2,
                       2 * sizeof *tiles);
        memcpy(tiles + t * PINNA_TILE, flipped, sizeof flipped);
    }
}

/* sums [16][16] += one tile of A times one of B. */
static void multiply_tiles(const uint16_t *a, const uint16_t *b,
                           float sums[ROWS][ROWS])
{
    for (size_t row = 0; row < ROWS; row++)
        for (size_t i = 0; i < K; i++) {
            const float x = from_bf16(a[row * K + i]);
            for (size_t col = 0; col < ROWS; col++)
                sums[row][col] +=
                    x * from_bf16(b[i / 2 * 2 * ROWS + 2 * col + i % 2]);
        }
}

static void multiply(size_t m, size_t n, size_t n_tiles, const uint16_t *a,
                     size_t a_stride, const uint16_t *b, size_t b_stride,
                     float *c, size_t ldc)
{
    for (size_t row = 0; row < m; row += ROWS)
        for (size_t col = 0; col < n; col += ROWS) {
            const uint16_t *a_panel = a + row / ROWS * a_stride * PINNA_TILE;
            const uint16_t *b_panel = b + col / ROWS * b_stride * PINNA_TILE;
            float sums[ROWS][ROWS] = {{0}};

            for (size_t t = 0; t < n_tiles; t++)
                multiply_tiles(a_panel + t * PINNA_TILE,
                               b_panel + t * PINNA_TILE, sums);
            for (size_t i = 0; i < ROWS && row + i < m; i++)
                for (size_t j = 0; j < ROWS && col + j < n; j++)
                    c[(row + i) * ldc + col + j] += sums[i][j];
        }
}

const pinna_bf16_kernels pinna_bf16_kernels_c = {
    .name = "c",
    .pack_rows = pack_rows,
    .pack_pairs = pack_pairs,
    .flip = flip,
    .multiply = multiply,
};

const pinna_bf16_kernels *pinna_bf16_kernels_best(void)
{
    const pinna_bf16_kernels *amx = pinna_bf16_kernels_amx();
    return amx ? amx : &pinna_bf16_kernels_c;
}
