/* rnn/bf16_kernels.h -- products of matrices in bfloat16, summed in float32,
 * by tiles
 *
 * A tile holds 16 rows of A, or 16 columns of B, over 32 steps of k, as the
 * matrix unit of newer x86-64 processors wants them (AMX; Intel Architecture
 * Instruction Set Extensions Programming Reference, TDPBF16PS):
 *   A [16 rows][32 k]    B [16 k/2][16 columns][2 k]
 * Either is the other with its 16 x 16 pairs transposed. What is missing to a
 * whole tile is 0. Numbers round to the nearest bfloat16, halves to even. A
 * panel is the tiles of the same 16 rows or columns, along k. */
#ifndef PINNA_RNN_BF16_KERNELS_H
#define PINNA_RNN_BF16_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#define PINNA_TILE_ROWS 16
#define PINNA_TILE_K    32
#define PINNA_TILE      (PINNA_TILE_ROWS * PINNA_TILE_K) /* numbers of a tile */

typedef struct pinna_bf16_kernels {
    const char *name;

    /* One panel of A from [n_rows][k], rows stride apart; n_rows <= 16. */
    void (*pack_rows)(const float *from, size_t stride, size_t n_rows, size_t k,
                      uint16_t *panel);

    /* One panel of B from [k][n_cols], rows stride apart; n_cols <= 16. */
    void (*pack_pairs)(const float *from, size_t stride, size_t n_cols,
                       size_t k, uint16_t *panel);

    /* Make panels of A into panels of B, or back: n tiles. */
    void (*flip)(size_t n, uint16_t *tiles);

    /* C [m, n] += A B over n_tiles tiles of k. Panels of A and of B lie
     * a_stride and b_stride tiles apart, rows of C ldc numbers. */
    void (*multiply)(size_t m, size_t n, size_t n_tiles, const uint16_t *a,
                     size_t a_stride, const uint16_t *b, size_t b_stride,
                     float *c, size_t ldc);
} pinna_bf16_kernels;

extern const pinna_bf16_kernels pinna_bf16_kernels_c;

/* NULL where the build, the processor or the system has none. */
const pinna_bf16_kernels *pinna_bf16_kernels_amx(void);

/* The fastest that run here. */
const pinna_bf16_kernels *pinna_bf16_kernels_best(void);

#endif
