/* dsp/complex4.h -- four complex numbers at a time, real and imaginary parts
 * apart */
#ifndef PINNA_DSP_COMPLEX4_H
#define PINNA_DSP_COMPLEX4_H

#include "dsp/vec4.h"

typedef struct pinna_complex4 {
    pinna_vec4 re, im;
} pinna_complex4;

static inline pinna_complex4 pinna_complex4_add(pinna_complex4 a,
                                                pinna_complex4 b)
{
    return (pinna_complex4){a.re + b.re, a.im + b.im};
}

static inline pinna_complex4 pinna_complex4_subtract(pinna_complex4 a,
                                                     pinna_complex4 b)
{
    return (pinna_complex4){a.re - b.re, a.im - b.im};
}

/* a + i b */
static inline pinna_complex4 pinna_complex4_add_i(pinna_complex4 a,
                                                  pinna_complex4 b)
{
    return (pinna_complex4){a.re - b.im, a.im + b.re};
}

/* a - i b */
static inline pinna_complex4 pinna_complex4_subtract_i(pinna_complex4 a,
                                                       pinna_complex4 b)
{
    return (pinna_complex4){a.re + b.im, a.im - b.re};
}

static inline pinna_complex4 pinna_complex4_multiply(pinna_complex4 a,
                                                     pinna_complex4 b)
{
    return (pinna_complex4){a.re * b.re - a.im * b.im,
                            a.re * b.im + a.im * b.re};
}

static inline pinna_complex4 pinna_complex4_conj(pinna_complex4 a)
{
    return (pinna_complex4){a.re, -a.im};
}

static inline pinna_complex4 pinna_complex4_scale(float x, pinna_complex4 a)
{
    return (pinna_complex4){pinna_vec4_all(x) * a.re, pinna_vec4_all(x) * a.im};
}

/* Four transforms of four points x[0] .. x[3], in place:
 *   X[k] = x[0] + (-i)^k x[1] + (-1)^k x[2] + i^k x[3] */
static inline void pinna_complex4_butterfly_4(pinna_complex4 *x)
{
    const pinna_complex4 even = pinna_complex4_add(x[0], x[2]);
    const pinna_complex4 even_less = pinna_complex4_subtract(x[0], x[2]);
    const pinna_complex4 odd = pinna_complex4_add(x[1], x[3]);
    const pinna_complex4 odd_less = pinna_complex4_subtract(x[1], x[3]);

    x[0] = pinna_complex4_add(even, odd);
    x[1] = pinna_complex4_subtract_i(even_less, odd_less);
    x[2] = pinna_complex4_subtract(even, odd);
    x[3] = pinna_complex4_add_i(even_less, odd_less);
}

#endif
