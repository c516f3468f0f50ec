/* dsp/vec4.h -- four floats at a time, in plain C of gcc and clang
 *
 * Vector extensions rather than intrinsics: every machine has them, and each
 * lane computes what a scalar would, to the bit. */
#ifndef PINNA_DSP_VEC4_H
#define PINNA_DSP_VEC4_H

#include <stdint.h>
#include <string.h>

typedef float pinna_vec4 __attribute__((vector_size(16)));
typedef int32_t pinna_int4 __attribute__((vector_size(16)));

enum { PINNA_LANES = 4 };

/* Four of the eight lanes of a (0 .. 3) and b (4 .. 7), by constant index.
 * gcc has clang's builtin from version 12 on. */
#if defined(__clang__) || __GNUC__ >= 12
#define PINNA_VEC4_SHUFFLE(a, b, i, j, k, l)                                   \
    __builtin_shufflevector(a, b, i, j, k, l)
#else
#define PINNA_VEC4_SHUFFLE(a, b, i, j, k, l)                                   \
    __builtin_shuffle(a, b, (pinna_int4){i, j, k, l})
#endif

/* Any address. */
static inline pinna_vec4 pinna_vec4_load(const float *from)
{
    pinna_vec4 v;
    memcpy(&v, from, sizeof v);
    return v;
}

static inline void pinna_vec4_store(float *to, pinna_vec4 v)
{
    memcpy(to, &v, sizeof v);
}

static inline pinna_vec4 pinna_vec4_all(float x)
{
    return (pinna_vec4){x, x, x, x};
}

/* Row i of the 4 x 4 matrix becomes its column i. */
static inline void pinna_vec4_transpose(pinna_vec4 rows[4])
{
    const pinna_vec4 low01 = PINNA_VEC4_SHUFFLE(rows[0], rows[1], 0, 4, 1, 5);
    const pinna_vec4 low23 = PINNA_VEC4_SHUFFLE(rows[2], rows[3], 0, 4, 1, 5);
    const pinna_vec4 high01 = PINNA_VEC4_SHUFFLE(rows[0], rows[1], 2, 6, 3, 7);
    const pinna_vec4 high23 = PINNA_VEC4_SHUFFLE(rows[2], rows[3], 2, 6, 3, 7);

    rows[0] = PINNA_VEC4_SHUFFLE(low01, low23, 0, 1, 4, 5);
    rows[1] = PINNA_VEC4_SHUFFLE(low01, low23, 2, 3, 6, 7);
    rows[2] = PINNA_VEC4_SHUFFLE(high01, high23, 0, 1, 4, 5);
    rows[3] = PINNA_VEC4_SHUFFLE(high01, high23, 2, 3, 6, 7);
}

static inline float pinna_vec4_sum(pinna_vec4 v)
{
    return (v[0] + v[1]) + (v[2] + v[3]);
}

/* a where the mask's bits are set, b elsewhere. */
static inline pinna_vec4 pinna_vec4_select(pinna_int4 mask, pinna_vec4 a,
                                           pinna_vec4 b)
{
    return (pinna_vec4)((mask & (pinna_int4)a) | (~mask & (pinna_int4)b));
}

/* fmaxf(): b where a is NaN. */
static inline pinna_vec4 pinna_vec4_max(pinna_vec4 a, pinna_vec4 b)
{
    return pinna_vec4_select(a > b, a, b);
}

/* ln x within 2e-7 + 1e-7 |ln x|, of normal numbers above 0; of what is larger
 * about 88.7. With x = m 2^e, m in [sqrt(1/2), sqrt(2)), and s = (m - 1) /
 * (m + 1): ln m = 2 atanh s = 2 (s + s^3/3 + s^5/5 + ...); |s| < 0.172, so that
 * the first term that is missing here is below 1e-9. */
static inline pinna_vec4 pinna_vec4_ln(pinna_vec4 x)
{
    const pinna_int4 bits = (pinna_int4)x;
    const pinna_int4 one_bits = {0x3f800000, 0x3f800000, 0x3f800000,
                                 0x3f800000};
    const pinna_vec4 one = pinna_vec4_all(1.0f);
    const pinna_vec4 root = pinna_vec4_all(1.41421356f);

    pinna_int4 e = (bits >> 23) - 127;
    pinna_vec4 m = (pinna_vec4)((bits & 0x7fffff) | one_bits); /* [1, 2) */
    const pinna_int4 above = m > root; /* -1 where true */
    m = pinna_vec4_select(above, m * pinna_vec4_all(0.5f), m);
    e -= above;

    const pinna_vec4 s = (m - one) / (m + one);
    const pinna_vec4 q = s * s;
    pinna_vec4 p = pinna_vec4_all(1.0f / 9.0f);
    p = p * q + pinna_vec4_all(1.0f / 7.0f);
    p = p * q + pinna_vec4_all(1.0f / 5.0f);
    p = p * q + pinna_vec4_all(1.0f / 3.0f);
    p = p * q * s + s;
    /* ln 2 in two parts: the first has few bits, so that its product with the
     * exponent is exact. */
    const pinna_vec4 n = __builtin_convertvector(e, pinna_vec4);
    return n * pinna_vec4_all(0.693359375f) +
           (n * pinna_vec4_all(-2.12194440e-4f) + (p + p));
}

#endif
