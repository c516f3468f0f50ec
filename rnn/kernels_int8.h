/* rnn/kernels_int8.h -- products with weights of 8 bits, one set per CPU
 *
 * Both factors are integers within +-127 with a scale: of each row of the
 * weights, and of the whole input, which changes from frame to frame:
 *   y[o] = scales[o] x_scale sum_i W[o][i] q[i] + bias[o],  x[i] ~ x_scale q[i]
 * The sums are exact 32-bit integers, so that every set gives the same bits.
 * All are realtime-safe, keep no state, and may be called from any thread. */
#ifndef PINNA_RNN_KERNELS_INT8_H
#define PINNA_RNN_KERNELS_INT8_H

#include "dsp/status.h"

#include <stddef.h>
#include <stdint.h>

/* Rows of a panel, and what inputs are padded to a multiple of. */
#define PINNA_INT8_PANEL   32
#define PINNA_INT8_PADDING 16

/* A packed matrix, or panels of one. The vectors are read to the end of the
 * last panel. */
typedef struct pinna_int8_matrix {
    size_t n_out, n_in;
    const int8_t *packed;    /* by pinna_int8_pack() */
    const int32_t *row_sums; /* of the weights */
    const float *scales, *bias;
} pinna_int8_matrix;

typedef struct pinna_int8_kernels {
    const char *name; /* "c", "avx2", "avxvnni", "avx512vnni" */

    /* x [n] -> q [pinna_int8_padded(n)], in a form that only matvec() of the
     * same set reads; gives x_scale = max |x| / 127, which is 0 for silence.
     * NaN or infinity in x make it one of them, and with it all of y NaN. */
    float (*quantise)(const float *x, size_t n, int8_t *q);

    /* y [n_out] */
    void (*matvec)(const pinna_int8_matrix *matrix, const int8_t *q,
                   float x_scale, float *y);
} pinna_int8_kernels;

/* The best set for this CPU. */
const pinna_int8_kernels *pinna_int8_kernels_best(void);

/* By name, or NULL when this CPU or build lacks it; for tests and benchmarks.
 */
const pinna_int8_kernels *pinna_int8_kernels_named(const char *name);

/* Inputs with their padding, rows with theirs. */
static inline size_t pinna_int8_padded(size_t n_in)
{
    return (n_in + PINNA_INT8_PADDING - 1) / PINNA_INT8_PADDING *
           PINNA_INT8_PADDING;
}

static inline size_t pinna_int8_rows(size_t n_out)
{
    return (n_out + PINNA_INT8_PANEL - 1) / PINNA_INT8_PANEL * PINNA_INT8_PANEL;
}

/* weight [n_out, n_in] row-major, within +-127 -> packed [n_out / PANEL]
 * [padded n_in / 4][PANEL][4], and row_sums [pinna_int8_rows(n_out)]. */
void pinna_int8_pack(const int8_t *weight, size_t n_out, size_t n_in,
                     int8_t *packed, int32_t *row_sums);

#endif
