/* rnn/kernels_int8_avx2.c -- the int8 kernels for CPUs with AVX2 */
#include "rnn/kernels_int8_sets.h"

#include <immintrin.h>

#define KERNELS_NAME   "avx2"
#define KERNELS_SYMBOL pinna_int8_kernels_avx2
#define KERNELS_LANES  8
#define KERNELS_BESIDE 2
#define KERNELS_UNROLL 1
#define KERNELS_OFFSET 0

typedef int32_t lanes32 __attribute__((vector_size(32)));

/* The instruction takes unsigned times signed bytes and saturates sums of two
 * products at 32767. The input's sign goes to the weight, so that both are
 * within 127 and no sum is above 2 * 127^2 = 32258. */
static inline lanes32 dot(lanes32 sums, lanes32 weights, lanes32 inputs)
{
    const __m256i x = (__m256i)inputs;
    const __m256i pairs = _mm256_maddubs_epi16(
        _mm256_abs_epi8(x), _mm256_sign_epi8((__m256i)weights, x));
    return sums + (lanes32)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

#include "rnn/kernels_int8_body.h"
