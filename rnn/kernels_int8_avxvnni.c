/* rnn/kernels_int8_avxvnni.c -- the int8 kernels for CPUs with AVX-VNNI */
#include "rnn/kernels_int8_sets.h"

#include <immintrin.h>

#define KERNELS_NAME   "avxvnni"
#define KERNELS_SYMBOL pinna_int8_kernels_avxvnni
#define KERNELS_LANES  8
#define KERNELS_BESIDE 2
#define KERNELS_UNROLL 1
#define KERNELS_OFFSET 128

typedef int32_t lanes32 __attribute__((vector_size(32)));

/* Unsigned inputs times signed weights; nothing saturates. */
static inline lanes32 dot(lanes32 sums, lanes32 weights, lanes32 inputs)
{
    return (lanes32)_mm256_dpbusd_avx_epi32((__m256i)sums, (__m256i)inputs,
                                            (__m256i)weights);
}

#include "rnn/kernels_int8_body.h"
