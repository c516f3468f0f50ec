#include "rnn/factor.h"

#include "rnn/bf16_gemm.h"
#include "rnn/linalg.h"

#include <stdint.h>
#include <stdlib.h>

#define ALIGNMENT 64

struct pinna_factor {
    size_t n_rows, n_cols;
    const float *plain;
    float *transposed; /* [n_rows, n_cols], in float32 */
    uint16_t *packed;  /* in bfloat16 */
};

pinna_status pinna_factor_new(size_t n_rows, size_t n_cols, pinna_factor **out)
{
    *out = NULL;
    pinna_factor *factor = calloc(1, sizeof *factor);
    if (!factor)
        return PINNA_NO_MEMORY;
    factor->n_rows = n_rows;
    factor->n_cols = n_cols;
    if (pinna_linalg_precision() == PINNA_BFLOAT16)
        factor->packed =
            aligned_alloc(ALIGNMENT, pinna_bf16_packed_size(n_rows, n_cols) *
                                         sizeof *factor->packed);
    else
        factor->transposed =
            malloc(n_rows * n_cols * sizeof *factor->transposed);
    if (!factor->packed && !factor->transposed) {
        pinna_factor_free(factor);
        return PINNA_NO_MEMORY;
    }
    *out = factor;
    return PINNA_OK;
}

void pinna_factor_free(pinna_factor *factor)
{
    if (!factor)
        return;
    free(factor->transposed);
    free(factor->packed);
    free(factor);
}

void pinna_factor_set(pinna_factor *factor, bool transpose, const float *b)
{
    const size_t K = factor->n_rows, N = factor->n_cols;

    if (factor->packed) {
        pinna_bf16_pack(transpose, K, N, b, transpose ? K : N, factor->packed);
        return;
    }
    factor->plain = b;
    if (transpose) {
        pinna_transpose(b, N, K, factor->transposed);
        factor->plain = factor->transposed;
    }
}

void pinna_factor_multiply(const pinna_factor *factor, size_t m, const float *a,
                           size_t lda, float *c, size_t ldc)
{
    const size_t K = factor->n_rows, N = factor->n_cols;

    if (factor->packed)
        pinna_bf16_gemm_packed(m, N, K, a, lda, factor->packed, 1.0f, c, ldc);
    else
        pinna_gemm(false, false, m, N, K, a, lda, factor->plain, N, 1.0f, c,
                   ldc);
}
