#include "dsp/fft_lanes.h"

#include "dsp/complex4.h"

#include <math.h>

/* 4, 2, 3, 5, so that the first pass, whose turns are the most, is of a high
 * radix. Gives 0 for n = 1. */
static size_t radix_of(size_t n)
{
    static const size_t radices[] = {4, 2, 3, 5};

    for (size_t i = 0; i < sizeof radices / sizeof radices[0]; i++)
        if (n % radices[i] == 0)
            return radices[i];
    return 0;
}

size_t pinna_fft_lanes_n_turns(size_t n)
{
    size_t n_turns = 0, radix;

    for (; (radix = radix_of(n)) > 0; n /= radix)
        n_turns += 2 * (n / radix) * (radix - 1);
    return n_turns;
}

void pinna_fft_lanes_init(pinna_fft_lanes *lanes, size_t n, pinna_vec4 *turns)
{
    size_t radix, stride = 1;

    *lanes = (pinna_fft_lanes){.n = n};
    for (size_t left = n; (radix = radix_of(left)) > 0; left /= radix) {
        const size_t n_rest = left / radix;
        lanes->passes[lanes->n_passes++] =
            (pinna_fft_pass){radix, n_rest, stride, turns};
        for (size_t p = 0; p < n_rest; p++)
            for (size_t j = 1; j < radix; j++) {
                const double angle =
                    2.0 * PINNA_PI * (double)(p * j) / (double)left;
                *turns++ = pinna_vec4_all((float)cos(angle));
                *turns++ = pinna_vec4_all((float)-sin(angle));
            }
        stride *= radix;
    }
}

/* The transforms of few points, in place; the one of 4 is in dsp/complex4.h. */
static inline void butterfly_2(pinna_complex4 *x)
{
    const pinna_complex4 a = x[0], b = x[1];

    x[0] = pinna_complex4_add(a, b);
    x[1] = pinna_complex4_subtract(a, b);
}

static inline void butterfly_3(pinna_complex4 *x)
{
    const pinna_complex4 a = x[0], sum = pinna_complex4_add(x[1], x[2]);
    const pinna_complex4 middle =
        pinna_complex4_subtract(a, pinna_complex4_scale(0.5f, sum));
    const pinna_complex4 side = /* sin(2 pi / 3) */
        pinna_complex4_scale(0.866025403784f,
                             pinna_complex4_subtract(x[1], x[2]));

    x[0] = pinna_complex4_add(a, sum);
    x[1] = pinna_complex4_subtract_i(middle, side);
    x[2] = pinna_complex4_add_i(middle, side);
}

static inline void butterfly_5(pinna_complex4 *x)
{
    /* of 2 pi / 5 and 4 pi / 5 */
    const float cos_1 = 0.309016994375f, sin_1 = 0.951056516295f;
    const float cos_2 = -0.809016994375f, sin_2 = 0.587785252292f;
    const pinna_complex4 a = x[0];
    const pinna_complex4 sum_1 = pinna_complex4_add(x[1], x[4]);
    const pinna_complex4 sum_2 = pinna_complex4_add(x[2], x[3]);
    const pinna_complex4 less_1 = pinna_complex4_subtract(x[1], x[4]);
    const pinna_complex4 less_2 = pinna_complex4_subtract(x[2], x[3]);
    const pinna_complex4 middle_1 = pinna_complex4_add(
        a, pinna_complex4_add(pinna_complex4_scale(cos_1, sum_1),
                              pinna_complex4_scale(cos_2, sum_2)));
    const pinna_complex4 middle_2 = pinna_complex4_add(
        a, pinna_complex4_add(pinna_complex4_scale(cos_2, sum_1),
                              pinna_complex4_scale(cos_1, sum_2)));
    const pinna_complex4 side_1 =
        pinna_complex4_add(pinna_complex4_scale(sin_1, less_1),
                           pinna_complex4_scale(sin_2, less_2));
    const pinna_complex4 side_2 =
        pinna_complex4_subtract(pinna_complex4_scale(sin_2, less_1),
                                pinna_complex4_scale(sin_1, less_2));

    x[0] = pinna_complex4_add(a, pinna_complex4_add(sum_1, sum_2));
    x[1] = pinna_complex4_subtract_i(middle_1, side_1);
    x[2] = pinna_complex4_subtract_i(middle_2, side_2);
    x[3] = pinna_complex4_add_i(middle_2, side_2);
    x[4] = pinna_complex4_add_i(middle_1, side_1);
}

/* Inlined into a copy for each radix, with and without turns, or the loops over
 * legs would be loops. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* One group of butterflies: leg j of butterfly q is in[j * n / radix + q], its
 * result goes to out[j * stride + q]. turns [radix - 1][2], NULL for none;
 * imaginary parts are n behind the real ones. */
ALWAYS_INLINE void do_group(const pinna_vec4 *in, pinna_vec4 *out, size_t n,
                            size_t stride, const pinna_vec4 *turns,
                            size_t radix, void (*butterfly)(pinna_complex4 *))
{
    const size_t in_step = n / radix;

    for (size_t q = 0; q < stride; q++) {
        pinna_complex4 x[5];
        for (size_t j = 0; j < radix; j++)
            x[j] =
                (pinna_complex4){in[j * in_step + q], in[j * in_step + q + n]};
        butterfly(x);
        for (size_t j = 1; turns && j < radix; j++) {
            const pinna_complex4 turn = {turns[2 * j - 2], turns[2 * j - 1]};
            x[j] = pinna_complex4_multiply(x[j], turn);
        }
        for (size_t j = 0; j < radix; j++) {
            out[j * stride + q] = x[j].re;
            out[j * stride + q + n] = x[j].im;
        }
    }
}

/* The first group of a pass needs no turns. */
ALWAYS_INLINE void do_pass(const pinna_fft_pass *pass, size_t n,
                           const pinna_vec4 *in, pinna_vec4 *out, size_t radix,
                           void (*butterfly)(pinna_complex4 *))
{
    const size_t stride = pass->stride;

    do_group(in, out, n, stride, NULL, radix, butterfly);
    for (size_t p = 1; p < pass->n_rest; p++)
        do_group(in + p * stride, out + p * radix * stride, n, stride,
                 pass->turns + 2 * p * (radix - 1), radix, butterfly);
}

pinna_vec4 *pinna_fft_lanes_process(const pinna_fft_lanes *lanes, pinna_vec4 *x,
                                    pinna_vec4 *spare)
{
    const size_t n = lanes->n;

    for (size_t i = 0; i < lanes->n_passes; i++) {
        const pinna_fft_pass *pass = &lanes->passes[i];
        switch (pass->radix) {
        case 2:
            do_pass(pass, n, x, spare, 2, butterfly_2);
            break;
        case 3:
            do_pass(pass, n, x, spare, 3, butterfly_3);
            break;
        case 4:
            do_pass(pass, n, x, spare, 4, pinna_complex4_butterfly_4);
            break;
        default:
            do_pass(pass, n, x, spare, 5, butterfly_5);
            break;
        }
        pinna_vec4 *done = spare;
        spare = x;
        x = done;
    }
    return x;
}
