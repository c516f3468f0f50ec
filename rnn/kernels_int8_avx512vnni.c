/* rnn/kernels_int8_avx512vnni.c -- the int8 kernels for CPUs with AVX-512 and
 * its VNNI */
#include "rnn/kernels_int8_sets.h"

#include <immintrin.h>

#define KERNELS_NAME   "avx512vnni"
#define KERNELS_SYMBOL pinna_int8_kernels_avx512vnni
#define KERNELS_LANES  16
#define KERNELS_BESIDE 2
#define KERNELS_UNROLL 2
#define KERNELS_OFFSET 128

typedef int32_t lanes32 __attribute__((vector_size(64)));

/* Unsigned inputs times signed weights; nothing saturates. */
static inline lanes32 dot(lanes32 sums, lanes32 weights, lanes32 inputs)
{
    return (lanes32)_mm512_dpbusd_epi32((__m512i)sums, (__m512i)inputs,
                                        (__m512i)weights);
}

#include "rnn/kernels_int8_body.h"
