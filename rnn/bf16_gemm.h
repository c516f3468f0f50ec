/* rnn/bf16_gemm.h -- products of float32 matrices rounded to bfloat16
 *
 * Sums are float32. The second factor of many products may be packed once. */
#ifndef PINNA_RNN_BF16_GEMM_H
#define PINNA_RNN_BF16_GEMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As pinna_gemm(). */
void pinna_bf16_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n,
                     size_t k, const float *a, size_t lda, const float *b,
                     size_t ldb, float beta, float *c, size_t ldc);

/* Numbers that op(B) [k, n] takes when packed; best at an address that is a
 * multiple of 64. */
size_t pinna_bf16_packed_size(size_t k, size_t n);
void pinna_bf16_pack(bool transpose_b, size_t k, size_t n, const float *b,
                     size_t ldb, uint16_t *packed);

/* C [m, n] = A B + beta C with A [m, k] and packed B. */
void pinna_bf16_gemm_packed(size_t m, size_t n, size_t k, const float *a,
                            size_t lda, const uint16_t *packed, float beta,
                            float *c, size_t ldc);

#endif
