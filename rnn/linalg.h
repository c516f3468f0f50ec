/* rnn/linalg.h -- matrix products for training, the one door to OpenBLAS
 *
 * Never called by anything that streams. OpenBLAS is held to one thread: the
 * trainer splits the batch over threads of its own, so results do not depend
 * on what OpenBLAS would choose. */
#ifndef PINNA_RNN_LINALG_H
#define PINNA_RNN_LINALG_H

#include <stdbool.h>
#include <stddef.h>

typedef enum pinna_precision {
    PINNA_FLOAT32,
    PINNA_BFLOAT16, /* rounded to bfloat16, summed in float32: several times
                       faster where the processor has AMX, by its plain C twin
                       and slowly elsewhere (Micikevicius et al. 2018; Kalamkar
                       et al. 2019) */
} pinna_precision;

/* Call once before the first product, from the main thread. */
void pinna_linalg_init(void);

/* Of all products from now on; float32 by default. Call before the first
 * pinna_factor_new(), from the main thread. */
void pinna_linalg_set_precision(pinna_precision precision);
pinna_precision pinna_linalg_precision(void);

/* C = op(A) op(B) + beta C, row-major; op(A) is [m, k], op(B) is [k, n], C is
 * [m, n]. lda, ldb and ldc are the row lengths of A, B and C as stored. */
void pinna_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n,
                size_t k, const float *a, size_t lda, const float *b,
                size_t ldb, float beta, float *c, size_t ldc);

/* in [n_rows, n_cols] -> out [n_cols, n_rows]. */
void pinna_transpose(const float *in, size_t n_rows, size_t n_cols, float *out);

/* to [n] becomes from, or zeros for NULL. */
void pinna_copy_or_zero(const float *from, size_t n, float *to);

/* to [n] += from. */
void pinna_add(const float *from, size_t n, float *to);

/* Every row of out [n_rows, n_cols] becomes row [n_cols]. */
void pinna_fill_rows(const float *row, size_t n_rows, size_t n_cols,
                     float *out);

/* sums [n_cols] takes the sum of each column of rows [n_rows, n_cols], which
 * lie stride apart, added to. Long columns are summed in double. */
void pinna_add_column_sums(const float *rows, size_t stride, size_t n_rows,
                           size_t n_cols, float *sums);

#endif
