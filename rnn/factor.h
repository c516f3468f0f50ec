/* rnn/factor.h -- the right factor of many products, made ready once
 *
 * In float32 OpenBLAS multiplies by rows of op(B) far faster than by columns,
 * so that a transposed one is copied; in bfloat16 all are packed. */
#ifndef PINNA_RNN_FACTOR_H
#define PINNA_RNN_FACTOR_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_factor pinna_factor;

/* Room for op(B) [n_rows, n_cols], in the precision of
 * pinna_linalg_precision(). */
pinna_status pinna_factor_new(size_t n_rows, size_t n_cols, pinna_factor **out);
void pinna_factor_free(pinna_factor *factor);

/* b [n_rows, n_cols], or [n_cols, n_rows] if it is to be transposed, its rows
 * following one another; it must hold still for the products. */
void pinna_factor_set(pinna_factor *factor, bool transpose, const float *b);

/* C [m, n_cols] += A B with A [m, n_rows]; rows of A and C are lda and ldc
 * numbers apart. */
void pinna_factor_multiply(const pinna_factor *factor, size_t m, const float *a,
                           size_t lda, float *c, size_t ldc);

#endif
