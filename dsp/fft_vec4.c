/* dsp/fft_vec4.c -- the engine "vec4": real transforms, four floats at a time
 *
 * A real signal of n_fft samples is a complex one of half as many,
 *   z[j] = x[2j] + i x[2j+1],  j = 0 .. m-1,  m = n_fft/2,
 * whose transform is made in two steps (Cooley and Tukey, 1965): lane l takes
 * every fourth, z[4j + l], through dsp/fft_lanes.h; then
 *   Z[k + q m/4] = sum_l exp(-2i pi l (k / m + q / 4)) Y_l[k],  q = 0 .. 3
 * joins the lanes. Z splits into the spectrum by its symmetry (Sorensen et al.
 * 1987): with W = exp(-2i pi k / n_fft)
 *   E = (Z[k] + conj Z[m-k]) / 2,  O = (Z[k] - conj Z[m-k]) / 2i
 *   X[k] = E + W O,  X[m-k] = conj(E - W O).
 * The inverse goes back the same way; swapping real and imaginary parts before
 * and after makes a forward transform an inverse one. */
#include "dsp/complex4.h"
#include "dsp/fft_engine.h"
#include "dsp/fft_lanes.h"
#include "dsp/vec4.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

typedef struct vec4_plan {
    size_t n_complex; /* m */
    float scale;      /* 1/n_fft */
    pinna_fft_lanes lanes;
    const pinna_vec4 *join_turns;  /* [blocks of m/4][lanes 1 .. 3][re, im] */
    const pinna_vec4 *split_turns; /* [blocks of m/2][re, im], from k = 1 */
    pinna_vec4 *work[2];           /* [re, im][m/4] */
    pinna_vec4 block[];            /* backs the arrays above */
} vec4_plan;

_Static_assert(_Alignof(vec4_plan) <= _Alignof(max_align_t),
               "calloc aligns vectors");

/* Blocks of four among n >= 4 values: where n is no multiple of four, the last
 * one ends with the last value and overlaps the one before. */
static inline size_t n_blocks(size_t n)
{
    return (n + PINNA_LANES - 1) / PINNA_LANES;
}

static inline size_t block_begin(size_t block, size_t n)
{
    const size_t begin = block * PINNA_LANES;
    return begin + PINNA_LANES <= n ? begin : n - PINNA_LANES;
}

/* Four lanes of at least four values each. */
static bool takes(size_t n_fft)
{
    return n_fft % 8 == 0 && n_fft >= 32;
}

/* exp(-2i pi k step / n), k = first .. first + 3 */
static pinna_vec4 *make_turns(size_t first, size_t step, size_t n,
                              pinna_vec4 *turns)
{
    for (size_t lane = 0; lane < PINNA_LANES; lane++) {
        const double angle =
            2.0 * PINNA_PI * (double)((first + lane) * step) / (double)n;
        turns[0][lane] = (float)cos(angle);
        turns[1][lane] = (float)-sin(angle);
    }
    return turns + 2;
}

static void *plan_new(size_t n_fft)
{
    const size_t m = n_fft / 2, quarter = m / 4, half = m / 2;
    const size_t n_vectors = pinna_fft_lanes_n_turns(quarter) +
                             6 * n_blocks(quarter) + 2 * n_blocks(half) + m;
    vec4_plan *plan = calloc(1, sizeof *plan + n_vectors * sizeof(pinna_vec4));
    if (!plan)
        return NULL;

    plan->n_complex = m;
    plan->scale = 1.0f / (float)n_fft;
    plan->work[0] = plan->block;
    plan->work[1] = plan->work[0] + half;

    pinna_vec4 *turns = plan->work[1] + half;
    plan->join_turns = turns;
    for (size_t b = 0; b < n_blocks(quarter); b++)
        for (size_t lane = 1; lane < PINNA_LANES; lane++)
            turns = make_turns(block_begin(b, quarter), lane, m, turns);
    plan->split_turns = turns;
    for (size_t b = 0; b < n_blocks(half); b++)
        turns = make_turns(1 + block_begin(b, half), 1, n_fft, turns);
    pinna_fft_lanes_init(&plan->lanes, quarter, turns);
    return plan;
}

/* The lanes' transforms y [re, im][m/4] -> z: re [m], im [m]. */
static void join_lanes(const vec4_plan *plan, const pinna_vec4 *y, float *z)
{
    const size_t m = plan->n_complex, quarter = m / 4;
    const pinna_vec4 *turns = plan->join_turns;

    for (size_t b = 0; b < n_blocks(quarter); b++, turns += 6) {
        const size_t k = block_begin(b, quarter);
        const pinna_vec4 *y_re = y + k, *y_im = y_re + quarter;
        pinna_vec4 re[4] = {y_re[0], y_re[1], y_re[2], y_re[3]};
        pinna_vec4 im[4] = {y_im[0], y_im[1], y_im[2], y_im[3]};
        pinna_vec4_transpose(re);
        pinna_vec4_transpose(im);

        pinna_complex4 x[4] = {{re[0], im[0]}};
        for (size_t l = 1; l < 4; l++)
            x[l] = pinna_complex4_multiply(
                (pinna_complex4){re[l], im[l]},
                (pinna_complex4){turns[2 * l - 2], turns[2 * l - 1]});
        pinna_complex4_butterfly_4(x);
        for (size_t q = 0; q < 4; q++) {
            pinna_vec4_store(z + k + q * quarter, x[q].re);
            pinna_vec4_store(z + k + q * quarter + m, x[q].im);
        }
    }
}

/* Complex transform of work[0], re [m] and im [m]; gives the result, in the
 * same layout. */
static float *transform(vec4_plan *plan)
{
    pinna_vec4 *y =
        pinna_fft_lanes_process(&plan->lanes, plan->work[0], plan->work[1]);
    float *z = (float *)(y == plan->work[0] ? plan->work[1] : plan->work[0]);

    join_lanes(plan, y, z);
    return z;
}

static inline pinna_vec4 reversed(pinna_vec4 v)
{
    return PINNA_VEC4_SHUFFLE(v, v, 3, 2, 1, 0);
}

/* Four numbers whose parts alternate, from any address. */
static inline pinna_complex4 load_pairs(const float *from)
{
    const pinna_vec4 low = pinna_vec4_load(from);
    const pinna_vec4 high = pinna_vec4_load(from + PINNA_LANES);

    return (pinna_complex4){PINNA_VEC4_SHUFFLE(low, high, 0, 2, 4, 6),
                            PINNA_VEC4_SHUFFLE(low, high, 1, 3, 5, 7)};
}

static inline void store_pairs(float *to, pinna_complex4 x)
{
    pinna_vec4_store(to, PINNA_VEC4_SHUFFLE(x.re, x.im, 0, 4, 1, 5));
    pinna_vec4_store(to + PINNA_LANES,
                     PINNA_VEC4_SHUFFLE(x.re, x.im, 2, 6, 3, 7));
}

/* The same, the first number in the last lane. */
static inline pinna_complex4 load_pairs_reversed(const float *from)
{
    const pinna_vec4 low = pinna_vec4_load(from);
    const pinna_vec4 high = pinna_vec4_load(from + PINNA_LANES);

    return (pinna_complex4){PINNA_VEC4_SHUFFLE(high, low, 2, 0, 6, 4),
                            PINNA_VEC4_SHUFFLE(high, low, 3, 1, 7, 5)};
}

static inline void store_pairs_reversed(float *to, pinna_complex4 x)
{
    pinna_vec4_store(to, PINNA_VEC4_SHUFFLE(x.re, x.im, 3, 7, 2, 6));
    pinna_vec4_store(to + PINNA_LANES,
                     PINNA_VEC4_SHUFFLE(x.re, x.im, 1, 5, 0, 4));
}

/* z -> spectrum [m + 1], as above. In the middle, k = m - k, both ways to
 * compute it give the same. */
static void split(const vec4_plan *plan, const float *z,
                  float complex *spectrum)
{
    const size_t m = plan->n_complex, half = m / 2;
    const pinna_vec4 *turns = plan->split_turns;
    float *out = (float *)spectrum; /* re, im alternate (C11 6.2.5) */

    for (size_t b = 0; b < n_blocks(half); b++, turns += 2) {
        const size_t k = 1 + block_begin(b, half);
        const size_t mirror = m - k - (PINNA_LANES - 1);
        const pinna_complex4 here = {pinna_vec4_load(z + k),
                                     pinna_vec4_load(z + k + m)};
        const pinna_complex4 there = {
            reversed(pinna_vec4_load(z + mirror)),
            -reversed(pinna_vec4_load(z + mirror + m))};
        const pinna_complex4 turn = {turns[0], turns[1]};
        const pinna_complex4 even =
            pinna_complex4_scale(0.5f, pinna_complex4_add(here, there));
        /* W O but for the factor -i */
        const pinna_complex4 odd = pinna_complex4_scale(
            0.5f, pinna_complex4_multiply(
                      turn, pinna_complex4_subtract(here, there)));
        store_pairs(out + 2 * k, pinna_complex4_subtract_i(even, odd));
        store_pairs_reversed(
            out + 2 * mirror,
            pinna_complex4_conj(pinna_complex4_add_i(even, odd)));
    }
    spectrum[0] = z[0] + z[m];
    spectrum[m] = z[0] - z[m];
}

/* spectrum [m + 1] -> 2 z, real and imaginary parts swapped: im [m], re [m]. */
static void unsplit(const vec4_plan *plan, const float complex *spectrum,
                    float *z)
{
    const size_t m = plan->n_complex, half = m / 2;
    const pinna_vec4 *turns = plan->split_turns;
    const float *in = (const float *)spectrum;

    for (size_t b = 0; b < n_blocks(half); b++, turns += 2) {
        const size_t k = 1 + block_begin(b, half);
        const size_t mirror = m - k - (PINNA_LANES - 1);
        const pinna_complex4 here = load_pairs(in + 2 * k);
        const pinna_complex4 there =
            pinna_complex4_conj(load_pairs_reversed(in + 2 * mirror));
        const pinna_complex4 turn_back = {turns[0], -turns[1]};
        const pinna_complex4 even = pinna_complex4_add(here, there);
        const pinna_complex4 odd = pinna_complex4_multiply(
            turn_back, pinna_complex4_subtract(here, there));
        const pinna_complex4 low = pinna_complex4_add_i(even, odd);
        const pinna_complex4 high =
            pinna_complex4_conj(pinna_complex4_subtract_i(even, odd));
        pinna_vec4_store(z + k, low.im);
        pinna_vec4_store(z + k + m, low.re);
        pinna_vec4_store(z + mirror, reversed(high.im));
        pinna_vec4_store(z + mirror + m, reversed(high.re));
    }
    const float first = crealf(spectrum[0]), last = crealf(spectrum[m]);
    z[0] = first - last;
    z[m] = first + last;
}

static void forward(void *any, const float *x, float complex *spectrum)
{
    vec4_plan *plan = any;
    const size_t m = plan->n_complex;
    float *z = (float *)plan->work[0];

    for (size_t j = 0; j < m; j += PINNA_LANES) {
        const pinna_complex4 pairs = load_pairs(x + 2 * j);
        pinna_vec4_store(z + j, pairs.re);
        pinna_vec4_store(z + j + m, pairs.im);
    }
    split(plan, transform(plan), spectrum);
}

static void inverse(void *any, const float complex *spectrum, float *x)
{
    vec4_plan *plan = any;
    const size_t m = plan->n_complex;

    unsplit(plan, spectrum, (float *)plan->work[0]);
    const float *z = transform(plan);
    for (size_t j = 0; j < m; j += PINNA_LANES) {
        const pinna_complex4 pairs = {pinna_vec4_load(z + j + m),
                                      pinna_vec4_load(z + j)};
        store_pairs(x + 2 * j, pinna_complex4_scale(plan->scale, pairs));
    }
}

const pinna_fft_engine pinna_fft_vec4 = {
    .name = "vec4",
    .takes = takes,
    .plan_new = plan_new,
    .plan_free = free,
    .forward = forward,
    .inverse = inverse,
};
