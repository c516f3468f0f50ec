/* rnn/kernels_int8_body.h -- the loops of rnn/kernels_int8.h, written once
 *
 * Included by kernels_int8_*.c, which are compiled with the flags of their CPU
 * and define before
 *   KERNELS_NAME    the set's name, a string
 *   KERNELS_SYMBOL  the pinna_int8_kernels to define
 *   KERNELS_LANES   32-bit integers in a vector: 4, 8 or 16
 *   KERNELS_BESIDE  panels to take side by side, KERNELS_UNROLL groups of
 *                   four inputs to take together (rnn/kernels_body.h says why)
 *   KERNELS_OFFSET  what is added to the inputs: 128 where dot() wants them
 *                   unsigned, else 0
 *   typedef int32_t lanes32 [KERNELS_LANES], a vector, and
 *   lanes32 dot(lanes32 sums, lanes32 weights, lanes32 inputs)
 *                   adds to each sum the products of its four bytes
 *
 * Floats are rounded alike in every set: no multiply-add is fused. */
#include <string.h>

#include "rnn/kernels_int8.h"

#define LANES     KERNELS_LANES
#define PANEL     PINNA_INT8_PANEL
#define PER_PANEL (PANEL / LANES)
#define BESIDE    KERNELS_BESIDE
#define UNROLL    KERNELS_UNROLL

typedef float floats __attribute__((vector_size(LANES * 4)));
typedef int8_t bytes __attribute__((vector_size(LANES)));

/* Inputs below are silence: 127 / 1e-30 is still finite. */
#define SILENCE 1e-30f

static inline floats load_floats(const float *x)
{
    floats v;
    memcpy(&v, x, sizeof v);
    return v;
}

/* The last n < LANES values; those behind them are 0. */
static inline floats load_last(const float *x, size_t n)
{
    floats v = {0};
    memcpy(&v, x, n * sizeof(float));
    return v;
}

static inline lanes32 larger_magnitude(lanes32 peaks, floats v)
{
    const lanes32 magnitude = (lanes32)v & 0x7fffffff;
    const lanes32 larger = magnitude > peaks;
    return (magnitude & larger) | (peaks & ~larger);
}

/* max |x|; NaN when there is one, as its bits are the largest. */
static float find_peak(const float *x, size_t n)
{
    lanes32 peaks = {0};
    int32_t peak = 0;
    float value;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        peaks = larger_magnitude(peaks, load_floats(x + i));
    if (i < n)
        peaks = larger_magnitude(peaks, load_last(x + i, n - i));
    for (size_t lane = 0; lane < LANES; lane++)
        peak = peaks[lane] > peak ? peaks[lane] : peak;
    memcpy(&value, &peak, sizeof value);
    return value;
}

/* Adding 1.5 * 2^23 rounds to an integer, which the low bits then hold. */
static inline void store_rounded(int8_t *q, floats v)
{
    const lanes32 rounded = (lanes32)(v + 12582912.0f);
    const bytes low = __builtin_convertvector(rounded + KERNELS_OFFSET, bytes);
    memcpy(q, &low, sizeof low);
}

static float quantise(const float *x, size_t n, int8_t *q)
{
    const size_t n_padded = pinna_int8_padded(n);
    const float peak = find_peak(x, n);
    const int silent = peak < SILENCE;
    const float inverse = silent ? 0 : 127 / peak;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        store_rounded(q + i, load_floats(x + i) * inverse);
    if (i < n) {
        store_rounded(q + i, load_last(x + i, n - i) * inverse);
        i += LANES;
    }
    for (; i < n_padded; i += LANES)
        store_rounded(q + i, (floats){0});
    return silent ? 0 : peak / 127;
}

static inline lanes32 load_bytes(const int8_t *w)
{
    lanes32 v;
    memcpy(&v, w, sizeof v);
    return v;
}

static inline lanes32 load_integers(const int32_t *x)
{
    lanes32 v;
    memcpy(&v, x, sizeof v);
    return v;
}

/* The same four inputs in every lane. */
static inline lanes32 splat_bytes(const int8_t *q)
{
    int32_t four;
    memcpy(&four, q, sizeof four);
    return four - (lanes32){0};
}

/* The sums of the rows from `row` on -> y. */
static inline void finish(const pinna_int8_matrix *m, size_t row, lanes32 sums,
                          float x_scale, float *y)
{
    if (row >= m->n_out)
        return;
    const lanes32 exact =
        sums - KERNELS_OFFSET * load_integers(m->row_sums + row);
    const floats scales = load_floats(m->scales + row) * x_scale;
    const floats out = __builtin_convertvector(exact, floats) * scales +
                       load_floats(m->bias + row);
    if (m->n_out - row >= LANES)
        memcpy(y + row, &out, sizeof out);
    else
        memcpy(y + row, &out, (m->n_out - row) * sizeof(float));
}

/* The rows from `row` on, in n_panels panels, a constant up to BESIDE. */
static inline __attribute__((always_inline)) void
multiply(size_t n_panels, const pinna_int8_matrix *m, size_t row,
         const int8_t *q, float x_scale, float *y)
{
    const size_t n_in = pinna_int8_padded(m->n_in);
    const int8_t *packed = m->packed + row * n_in;
    lanes32 sums[UNROLL][BESIDE][PER_PANEL] = {{{{0}}}};

    for (size_t i = 0; i < n_in; i += 4 * UNROLL)
        for (size_t u = 0; u < UNROLL; u++) {
            const lanes32 inputs = splat_bytes(q + i + 4 * u);
            for (size_t p = 0; p < n_panels; p++)
                for (size_t v = 0; v < PER_PANEL; v++)
                    sums[u][p][v] =
                        dot(sums[u][p][v],
                            load_bytes(packed + (p * n_in + i + 4 * u) * PANEL +
                                       4 * LANES * v),
                            inputs);
        }
    for (size_t u = 1; u < UNROLL; u++)
        for (size_t p = 0; p < n_panels; p++)
            for (size_t v = 0; v < PER_PANEL; v++)
                sums[0][p][v] += sums[u][p][v];
    for (size_t p = 0; p < n_panels; p++)
        for (size_t v = 0; v < PER_PANEL; v++)
            finish(m, row + p * PANEL + v * LANES, sums[0][p][v], x_scale, y);
}

static void matvec(const pinna_int8_matrix *matrix, const int8_t *q,
                   float x_scale, float *y)
{
    size_t row = 0;

    for (; row + (BESIDE - 1) * PANEL < matrix->n_out; row += BESIDE * PANEL)
        multiply(BESIDE, matrix, row, q, x_scale, y);
    if (row < matrix->n_out)
        multiply(1, matrix, row, q, x_scale, y);
}

const pinna_int8_kernels KERNELS_SYMBOL = {
    .name = KERNELS_NAME,
    .quantise = quantise,
    .matvec = matvec,
};
