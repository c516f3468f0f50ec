/* rnn/kernels_body.h -- the loops of rnn/kernels.h, written once
 *
 * Included by kernels_c.c, kernels_avx2.c and kernels_avx512.c, which define
 *   KERNELS_NAME   the set's name, a string
 *   KERNELS_SYMBOL the pinna_kernels to define
 *   KERNELS_WIDTH  floats in a vector: 4, 8 or 16
 * and are compiled with the flags of their CPU. */
#include <stdint.h>
#include <string.h>

#include "rnn/kernels.h"

#define WIDTH KERNELS_WIDTH
/* Vectors in a panel; panels taken side by side, since two streams of weights
 * keep the prefetchers of the caches busier than one; and inputs taken
 * together, so that enough independent sums hide the latency of the
 * multiply-add without spilling registers. */
#define PER_PANEL (PINNA_PANEL / WIDTH)
#define BESIDE    (WIDTH == 4 ? 1 : 2)
#define UNROLL    (WIDTH == 16 ? 2 : 1)

typedef float vec __attribute__((vector_size(WIDTH * 4)));
typedef uint32_t bits __attribute__((vector_size(WIDTH * 4)));
/* Half as many floats, and as many doubles as that. */
typedef float half __attribute__((vector_size(WIDTH * 2)));
typedef double doubles __attribute__((vector_size(WIDTH * 4)));

static inline vec splat(float x)
{
    return x - (vec){0};
}

/* n <= WIDTH floats; the lanes behind them are 0. */
static inline vec load(const float *x, size_t n)
{
    vec v = {0};
    if (n == WIDTH)
        memcpy(&v, x, sizeof v);
    else
        memcpy(&v, x, n * sizeof(float));
    return v;
}

static inline void store(float *x, vec v, size_t n)
{
    if (n == WIDTH)
        memcpy(x, &v, sizeof v);
    else
        memcpy(x, &v, n * sizeof(float));
}

static inline vec clamp(vec x, float low, float high)
{
    const bits below = (bits)(x < splat(low));
    const bits above = (bits)(x > splat(high));
    return (vec)(((bits)x & ~(below | above)) | ((bits)splat(low) & below) |
                 ((bits)splat(high) & above));
}

/* exp(x) = 2^n exp(r), |r| <= ln(2)/2, exp(r) by the polynomial of Cephes'
 * expf (Moshier). Adding 1.5 * 2^23 rounds to an integer, which the low bits
 * then hold. The ends of the range keep 2^n a normal number. */
static inline vec exp_vec(vec x)
{
    x = clamp(x, -87.0f, 88.0f);
    const vec shifted = x * 1.44269504088896341f + 12582912.0f;
    const vec n = shifted - 12582912.0f;
    const vec r = x - n * 0.693359375f + n * 2.12194440e-4f;
    vec p = splat(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    return (vec)((bits)p + ((bits)shifted << 23));
}

static inline vec sigmoid_vec(vec x)
{
    return 1.0f / (1.0f + exp_vec(-x));
}

static inline vec tanh_vec(vec x)
{
    return 1.0f - 2.0f / (1.0f + exp_vec(2.0f * x));
}

static inline size_t lanes(size_t i, size_t n)
{
    return n - i < WIDTH ? n - i : WIDTH;
}

/* The first n_panels panels, a constant up to BESIDE, of which n_rows rows are
 * wanted. */
static inline __attribute__((always_inline)) void
multiply(size_t n_panels, const float *packed, const float *bias,
         const float *x, size_t n_rows, size_t n_in, float *y)
{
    vec sums[UNROLL][BESIDE][PER_PANEL] = {{{{0}}}};
    size_t i = 0;

    for (; i + UNROLL <= n_in; i += UNROLL)
        for (size_t u = 0; u < UNROLL; u++)
            for (size_t p = 0; p < n_panels; p++)
                for (size_t v = 0; v < PER_PANEL; v++)
                    sums[u][p][v] +=
                        load(packed +
                                 ((p * n_in + i + u) * PER_PANEL + v) * WIDTH,
                             WIDTH) *
                        x[i + u];
    for (; i < n_in; i++)
        for (size_t p = 0; p < n_panels; p++)
            for (size_t v = 0; v < PER_PANEL; v++)
                sums[0][p][v] +=
                    load(packed + ((p * n_in + i) * PER_PANEL + v) * WIDTH,
                         WIDTH) *
                    x[i];

    for (size_t p = 0; p < n_panels; p++)
        for (size_t v = 0; v < PER_PANEL; v++) {
            const size_t first = p * PINNA_PANEL + v * WIDTH;
            if (first >= n_rows)
                break;
            const size_t n = lanes(first, n_rows);
            vec sum = sums[0][p][v];
            for (size_t u = 1; u < UNROLL; u++)
                sum += sums[u][p][v];
            store(y + first, bias ? sum + load(bias + first, n) : sum, n);
        }
}

static void matvec(const float *packed, const float *bias, const float *x,
                   size_t n_out, size_t n_in, float *y)
{
    size_t row = 0;

    for (; row + (BESIDE - 1) * PINNA_PANEL < n_out;
         row += BESIDE * PINNA_PANEL)
        multiply(BESIDE, packed + row * n_in, bias ? bias + row : NULL, x,
                 n_out - row, n_in, y + row);
    if (row < n_out)
        multiply(1, packed + row * n_in, bias ? bias + row : NULL, x,
                 n_out - row, n_in, y + row);
}

static void exp_all(float *x, size_t n)
{
    for (size_t i = 0; i < n; i += WIDTH)
        store(x + i, exp_vec(load(x + i, lanes(i, n))), lanes(i, n));
}

static void sigmoid_all(float *x, size_t n)
{
    for (size_t i = 0; i < n; i += WIDTH)
        store(x + i, sigmoid_vec(load(x + i, lanes(i, n))), lanes(i, n));
}

static void tanh_all(float *x, size_t n)
{
    for (size_t i = 0; i < n; i += WIDTH)
        store(x + i, tanh_vec(load(x + i, lanes(i, n))), lanes(i, n));
}

/* Where the vector at i begins when the last one, n >= WIDTH, goes over some of
 * what the one before it did. */
static inline size_t back_off(size_t i, size_t n)
{
    return n - i < WIDTH ? n - WIDTH : i;
}

static float max_of(const float *x, size_t n)
{
    float max = x[0];
    size_t i = 0;

    if (n >= WIDTH) {
        vec best = load(x, WIDTH);
        for (; i < n; i += WIDTH) {
            const vec v = load(x + back_off(i, n), WIDTH);
            const bits above = (bits)(v > best);
            best = (vec)(((bits)v & above) | ((bits)best & ~above));
        }
        for (size_t j = 0; j < WIDTH; j++)
            max = best[j] > max ? best[j] : max;
    }
    for (; i < n; i++)
        max = x[i] > max ? x[i] : max;
    return max;
}

static double sum_of(const float *x, size_t n)
{
    doubles sums[2] = {{0}, {0}};
    size_t i = 0;

    for (; i + WIDTH <= n; i += WIDTH)
        for (size_t j = 0; j < 2; j++) {
            half v;
            memcpy(&v, x + i + j * (WIDTH / 2), sizeof v);
            sums[j] += __builtin_convertvector(v, doubles);
        }
    if (i + WIDTH / 2 <= n) {
        half v;
        memcpy(&v, x + i, sizeof v);
        sums[0] += __builtin_convertvector(v, doubles);
        i += WIDTH / 2;
    }
    sums[0] += sums[1];
    double sum = 0;
    for (; i < n; i++)
        sum += (double)x[i];
    for (size_t j = 0; j < WIDTH / 2; j++)
        sum += sums[0][j];
    return sum;
}

static double exp_sum(const float *x, float shift, size_t n, float *y)
{
    for (size_t i = 0; i < n; i += WIDTH) {
        const size_t first = n < WIDTH ? i : back_off(i, n);
        const size_t n_now = lanes(first, n);
        store(y + first, exp_vec(load(x + first, n_now) - shift), n_now);
    }
    return sum_of(y, n);
}

static void scale(float *x, size_t n, float factor)
{
    for (size_t i = 0; i < n; i++)
        x[i] *= factor;
}

/* n <= WIDTH cells, whose arrays begin at gates and h, from the sums before the
 * gates. */
static inline void gru_cells(vec a_r, vec a_z, vec xp_n, vec hp_n, vec h_prev,
                             size_t n_hidden, size_t n, float *gates, float *h)
{
    const size_t H = n_hidden;
    const vec r = sigmoid_vec(a_r);
    const vec z = sigmoid_vec(a_z);
    const vec c = tanh_vec(xp_n + r * hp_n);

    store(gates, r, n);
    store(gates + H, z, n);
    store(gates + 2 * H, c, n);
    store(h, c + z * (h_prev - c), n);
}

static void gru_gates(size_t n_hidden, const float *xp, const float *hp,
                      const float *h_prev, float *gates, float *h)
{
    const size_t H = n_hidden;

    for (size_t i = 0; i < H; i += WIDTH) {
        const size_t n = lanes(i, H);
        gru_cells(load(xp + i, n) + load(hp + i, n),
                  load(xp + H + i, n) + load(hp + H + i, n),
                  load(xp + 2 * H + i, n), load(hp + 2 * H + i, n),
                  load(h_prev + i, n), H, n, gates + i, h + i);
    }
}

static void gru_gates_forward(size_t n_hidden, float *gates, const float *hp_n,
                              const float *h_prev, float *h)
{
    const size_t H = n_hidden;

    for (size_t i = 0; i < H; i += WIDTH) {
        const size_t n = lanes(i, H);
        gru_cells(load(gates + i, n), load(gates + H + i, n),
                  load(gates + 2 * H + i, n), load(hp_n + i, n),
                  load(h_prev + i, n), H, n, gates + i, h + i);
    }
}

static void gru_gates_backward(size_t n_hidden, float *gates, float *hp_n,
                               const float *h_prev, float *dh)
{
    const size_t H = n_hidden;

    for (size_t i = 0; i < H; i += WIDTH) {
        const size_t n = lanes(i, H);
        const vec r = load(gates + i, n);
        const vec z = load(gates + H + i, n);
        const vec c = load(gates + 2 * H + i, n);
        const vec dy = load(dh + i, n);

        const vec dc = dy * (1.0f - z) * (1.0f - c * c);
        const vec dz = dy * (load(h_prev + i, n) - c) * z * (1.0f - z);
        const vec dr = dc * load(hp_n + i, n) * r * (1.0f - r);

        store(gates + i, dr, n);
        store(gates + H + i, dz, n);
        store(gates + 2 * H + i, dc, n);
        store(hp_n + i, dc * r, n);
        store(dh + i, dy * z, n);
    }
}

static void lstm_gates(size_t n_hidden, float *gates, const float *c_prev,
                       float *c, float *h)
{
    const size_t H = n_hidden;

    for (size_t k = 0; k < H; k += WIDTH) {
        const size_t n = lanes(k, H);
        const vec i = sigmoid_vec(load(gates + k, n));
        const vec f = sigmoid_vec(load(gates + H + k, n));
        const vec g = tanh_vec(load(gates + 2 * H + k, n));
        const vec o = sigmoid_vec(load(gates + 3 * H + k, n));
        const vec cell = f * load(c_prev + k, n) + i * g;
        store(gates + k, i, n);
        store(gates + H + k, f, n);
        store(gates + 2 * H + k, g, n);
        store(gates + 3 * H + k, o, n);
        store(c + k, cell, n);
        store(h + k, o * tanh_vec(cell), n);
    }
}

static void lstm_gates_backward(size_t n_hidden, float *gates,
                                const float *c_prev, const float *c,
                                const float *dh, float *dc)
{
    const size_t H = n_hidden;

    for (size_t k = 0; k < H; k += WIDTH) {
        const size_t n = lanes(k, H);
        const vec i = load(gates + k, n);
        const vec f = load(gates + H + k, n);
        const vec g = load(gates + 2 * H + k, n);
        const vec o = load(gates + 3 * H + k, n);
        const vec dy = load(dh + k, n);
        const vec tanh_c = tanh_vec(load(c + k, n));
        const vec dcell = load(dc + k, n) + dy * o * (1.0f - tanh_c * tanh_c);

        store(gates + k, dcell * g * i * (1.0f - i), n);
        store(gates + H + k, dcell * load(c_prev + k, n) * f * (1.0f - f), n);
        store(gates + 2 * H + k, dcell * i * (1.0f - g * g), n);
        store(gates + 3 * H + k, dy * tanh_c * o * (1.0f - o), n);
        store(dc + k, dcell * f, n);
    }
}

const pinna_kernels KERNELS_SYMBOL = {
    .name = KERNELS_NAME,
    .matvec = matvec,
    .exp = exp_all,
    .sigmoid = sigmoid_all,
    .tanh = tanh_all,
    .max = max_of,
    .exp_sum = exp_sum,
    .scale = scale,
    .gru_gates = gru_gates,
    .gru_gates_forward = gru_gates_forward,
    .gru_gates_backward = gru_gates_backward,
    .lstm_gates = lstm_gates,
    .lstm_gates_backward = lstm_gates_backward,
};
