/* rnn/kernels_int8_c.c -- the plain C twin of the int8 kernels, for every
 * machine */
#include "rnn/kernels_int8_sets.h"

#define KERNELS_NAME   "c"
#define KERNELS_SYMBOL pinna_int8_kernels_c
#define KERNELS_LANES  4
#define KERNELS_BESIDE 1
#define KERNELS_UNROLL 1
#define KERNELS_OFFSET 0

typedef int32_t lanes32 __attribute__((vector_size(16)));
typedef int16_t lanes16 __attribute__((vector_size(16)));
typedef uint16_t bits16 __attribute__((vector_size(16)));
typedef uint32_t bits32 __attribute__((vector_size(16)));

/* One byte of each 16 bits, with its sign. */
static inline lanes16 low_bytes(lanes32 v)
{
    return (lanes16)((bits16)v << 8) >> 8;
}

static inline lanes16 high_bytes(lanes32 v)
{
    return (lanes16)v >> 8;
}

static inline lanes32 dot(lanes32 sums, lanes32 weights, lanes32 inputs)
{
    /* At most 2 * 127^2 = 32258, which 16 bits hold. */
    const lanes16 pairs = low_bytes(weights) * low_bytes(inputs) +
                          high_bytes(weights) * high_bytes(inputs);
    return sums + ((lanes32)pairs >> 16) +
           ((lanes32)((bits32)pairs << 16) >> 16);
}

#include "rnn/kernels_int8_body.h"
