#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/kernels.h"
#include "rnn_cases.h"

/* Relative error that rnn/kernels.h promises, absolute for sigmoid and tanh. */
#define PROMISED 3e-7

/* Around every vector width and panel. */
static const size_t sizes[] = {1,  2,  3,  4,  5,  7,  8,  9,  15,  16,
                               17, 31, 32, 33, 48, 63, 64, 65, 100, 129};
#define N_SIZES (sizeof sizes / sizeof *sizes)

/* Run check on every set that this CPU and build have. */
static void on_every_set(void (*check)(const pinna_kernels *kernels))
{
    static const char *const names[] = {"c", "avx2", "avx512"};
    for (size_t i = 0; i < 3; i++) {
        const pinna_kernels *kernels = pinna_kernels_named(names[i]);
        if (!kernels)
            continue;
        print_message("           set %s\n", kernels->name);
        assert_string_equal(kernels->name, names[i]);
        check(kernels);
    }
}

/* A block of n floats with a guard behind it that must not change. */
enum { N_GUARD = 32 };

static float *guarded(size_t n, uint64_t seed, double scale)
{
    float *x = random_floats(n + N_GUARD, seed, scale);
    for (size_t i = 0; i < N_GUARD; i++)
        x[n + i] = 12345;
    return x;
}

static void free_guarded(float *x, size_t n)
{
    for (size_t i = 0; i < N_GUARD; i++)
        assert_close((double)x[n + i], 12345, 0);
    free(x);
}

static void test_best_is_one_of_them(void **state)
{
    (void)state;
    const pinna_kernels *best = pinna_kernels_best();
    assert_ptr_equal(best, pinna_kernels_best());
    assert_ptr_equal(best, pinna_kernels_named(best->name));
    assert_non_null(pinna_kernels_named("c"));
    assert_null(pinna_kernels_named("none"));
}

static void test_pack_layout(void **state)
{
    (void)state;
    const size_t n_out = 37, n_in = 3;
    float *weight = random_floats(n_out * n_in, 1, 1);
    assert_int_equal(pinna_packed_size(n_out, n_in), n_in * 2 * PINNA_PANEL);
    assert_int_equal(pinna_packed_size(PINNA_PANEL, 1), PINNA_PANEL);

    const size_t n = pinna_packed_size(n_out, n_in);
    float *packed = guarded(n, 2, 1);
    pinna_pack(weight, n_out, n_in, packed);
    for (size_t panel = 0; panel < 2; panel++)
        for (size_t i = 0; i < n_in; i++)
            for (size_t lane = 0; lane < PINNA_PANEL; lane++) {
                const size_t row = panel * PINNA_PANEL + lane;
                const double want =
                    row < n_out ? (double)weight[row * n_in + i] : 0;
                const float got =
                    packed[(panel * n_in + i) * PINNA_PANEL + lane];
                assert_close((double)got, want, 0);
            }
    free(weight);
    free_guarded(packed, n);
}

static void check_matvec(const pinna_kernels *kernels, size_t n_out,
                         size_t n_in, bool with_bias)
{
    float *weight = random_floats(n_out * n_in, 1, 1);
    float *bias = random_floats(n_out, 2, 1), *x = random_floats(n_in, 3, 1);
    float *packed = zeros(pinna_packed_size(n_out, n_in));
    float *y = guarded(n_out, 4, 1), *want = zeros(n_out);

    pinna_pack(weight, n_out, n_in, packed);
    for (size_t row = 0; row < n_out; row++) {
        double sum = with_bias ? (double)bias[row] : 0;
        for (size_t i = 0; i < n_in; i++)
            sum += (double)weight[row * n_in + i] * (double)x[i];
        want[row] = (float)sum;
    }
    kernels->matvec(packed, with_bias ? bias : NULL, x, n_out, n_in, y);
    /* Rounding grows at most with the number of terms. */
    assert_all_close(y, want, n_out, 6e-8 * (double)(n_in + 4), 0);

    free(weight);
    free(bias);
    free(x);
    free(packed);
    free(want);
    free_guarded(y, n_out);
}

static void check_matvecs(const pinna_kernels *kernels)
{
    for (size_t i = 0; i < N_SIZES; i++)
        for (size_t j = 0; j < N_SIZES; j += 3)
            check_matvec(kernels, sizes[i], sizes[j], (i + j) % 2 == 0);
    check_matvec(kernels, 768, 256, true);
    check_matvec(kernels, 5, 0, true);
    check_matvec(kernels, 0, 5, true);
}

static void test_matvec_is_the_sum(void **state)
{
    (void)state;
    on_every_set(check_matvecs);
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static void check_function(void (*kernel)(float *, size_t),
                           double (*exact)(double), double range, bool relative)
{
    enum { N = 20011 };
    float *x = guarded(N, 5, range);
    for (size_t i = 0; i < 200; i++) /* and many small ones */
        x[i] *= 1e-3f * (float)i;
    x[0] = 0;
    x[1] = -0.0f;
    x[2] = (float)range;
    x[3] = (float)-range;
    double *at = to_doubles(x, N);

    kernel(x, N);
    for (size_t i = 0; i < N; i++) {
        const double want = exact(at[i]);
        assert_close((double)x[i], want, PROMISED * (relative ? want : 1));
    }
    free(at);
    free_guarded(x, N);
}

/* The tail of a short array gives the same bits as the middle of a long one. */
static void check_lengths(void (*kernel)(float *, size_t))
{
    enum { N = 67 };
    float *whole = random_floats(N, 6, 4);
    kernel(whole, N);
    for (size_t n = 0; n <= N; n++) {
        float *part = random_floats(N, 6, 4);
        float *kept = random_floats(N, 6, 4);
        kernel(part, n);
        assert_memory_equal(part, whole, n * sizeof(float));
        assert_memory_equal(part + n, kept + n, (N - n) * sizeof(float));
        free(part);
        free(kept);
    }
    free(whole);
}

static void check_functions(const pinna_kernels *kernels)
{
    check_function(kernels->exp, exp, 87, true);
    check_function(kernels->sigmoid, sigmoid, 30, false);
    check_function(kernels->tanh, tanh, 12, false);
    check_lengths(kernels->exp);
    check_lengths(kernels->sigmoid);
    check_lengths(kernels->tanh);
}

static void test_functions_keep_their_promise(void **state)
{
    (void)state;
    on_every_set(check_functions);
}

/* What a softmax is made of. */
static void check_row_of(const pinna_kernels *kernels, size_t n)
{
    float *x = guarded(n, n, 5), *y = guarded(n, n + 1, 1);
    double max = -INFINITY, sum = 0;

    x[n / 2] = -INFINITY;
    for (size_t i = 0; i < n; i++)
        max = fmax(max, (double)x[i]);
    assert_true((double)kernels->max(x, n) == max);
    /* A place that no other rivals: it is found wherever it is. */
    for (size_t i = 0; i < n; i++) {
        const float kept = x[i];
        x[i] = 6;
        assert_true(kernels->max(x, n) == 6);
        x[i] = kept;
    }

    const double got = kernels->exp_sum(x, 1.5f, n, y);
    for (size_t i = 0; i < n; i++) {
        const double want = exp((double)(x[i] - 1.5f));
        assert_close((double)y[i], want, PROMISED * want + 1e-37);
        sum += (double)y[i];
    }
    assert_close(got, sum, 1e-14 * sum);

    float *scaled = guarded(n, n + 2, 1);
    memcpy(scaled, y, n * sizeof *y);
    kernels->scale(scaled, n, 0.3f);
    for (size_t i = 0; i < n; i++)
        assert_true(scaled[i] == y[i] * 0.3f);
    free_guarded(x, n);
    free_guarded(y, n);
    free_guarded(scaled, n);
}

static void check_rows(const pinna_kernels *kernels)
{
    for (size_t i = 0; i < N_SIZES; i++)
        check_row_of(kernels, sizes[i]);
    check_row_of(kernels, 5000);
}

static void test_rows_are_the_definition(void **state)
{
    (void)state;
    on_every_set(check_rows);
}

static void check_saturation(const pinna_kernels *kernels)
{
    float x[5] = {200, 1e30f, INFINITY, -200, -INFINITY};
    kernels->exp(x, 5);
    for (size_t i = 0; i < 3; i++)
        assert_true(isfinite(x[i]) && x[i] > 1e38f);
    for (size_t i = 3; i < 5; i++)
        assert_close((double)x[i], 0, 1e-37);

    const float big[4] = {200, INFINITY, -200, -INFINITY};
    const float step[4] = {1, 1, 0, 0}, sign[4] = {1, 1, -1, -1};
    float y[4];
    memcpy(y, big, sizeof y);
    kernels->sigmoid(y, 4);
    assert_all_close(y, step, 4, 1e-37, 0);
    memcpy(y, big, sizeof y);
    kernels->tanh(y, 4);
    assert_all_close(y, sign, 4, 0, 0);
}

static void test_functions_saturate(void **state)
{
    (void)state;
    on_every_set(check_saturation);
}

/* ---- the GRU ---- */

typedef struct gates_case {
    size_t n_hidden;
    double *xp, *hp, *h_prev; /* [3H], [3H], [H] */
    double *dh;               /* [H] */
    double *gates, *h;        /* [3H], [H] results */
} gates_case;

static double gates_loss(const void *context)
{
    const gates_case *c = context;
    const size_t H = c->n_hidden;
    double loss = 0;
    for (size_t i = 0; i < H; i++) {
        const double r = sigmoid(c->xp[i] + c->hp[i]);
        const double z = sigmoid(c->xp[H + i] + c->hp[H + i]);
        const double n = tanh(c->xp[2 * H + i] + r * c->hp[2 * H + i]);
        c->gates[i] = r;
        c->gates[H + i] = z;
        c->gates[2 * H + i] = n;
        c->h[i] = (1 - z) * n + z * c->h_prev[i];
        loss += c->h[i] * c->dh[i];
    }
    return loss;
}

static void assert_near_doubles(const float *got, const double *want, size_t n,
                                double tolerance)
{
    for (size_t i = 0; i < n; i++)
        assert_close((double)got[i], want[i], tolerance);
}

static void check_gates_of(const pinna_kernels *kernels, size_t H)
{
    float *xp = guarded(3 * H, 1, 3), *hp = guarded(3 * H, 2, 3);
    float *h_prev = guarded(H, 3, 1), *dh = guarded(H, 4, 1);
    float *gates = guarded(3 * H, 5, 1), *h = guarded(H, 6, 1);
    gates_case c = {H,
                    to_doubles(xp, 3 * H),
                    to_doubles(hp, 3 * H),
                    to_doubles(h_prev, H),
                    to_doubles(dh, H),
                    to_doubles(gates, 3 * H),
                    to_doubles(h, H)};

    gates_loss(&c);
    kernels->gru_gates(H, xp, hp, h_prev, gates, h);
    assert_near_doubles(gates, c.gates, 3 * H, 2e-6);
    assert_near_doubles(h, c.h, H, 2e-6);

    /* In place, as the header allows. */
    float *both = guarded(3 * H, 1, 3), *state = guarded(H, 3, 1);
    kernels->gru_gates(H, both, hp, state, both, state);
    assert_memory_equal(both, gates, 3 * H * sizeof(float));
    assert_memory_equal(state, h, H * sizeof(float));

    /* As training calls it. */
    float *hp_n = guarded(H, 7, 1);
    memcpy(hp_n, hp + 2 * H, H * sizeof(float));
    for (size_t i = 0; i < 3 * H; i++)
        both[i] = xp[i] + (i < 2 * H ? hp[i] : 0);
    kernels->gru_gates_forward(H, both, hp_n, h_prev, h);
    assert_near_doubles(both, c.gates, 3 * H, 2e-6);
    assert_near_doubles(h, c.h, H, 2e-6);

    float *want_dxp = central_differences(gates_loss, &c, c.xp, 3 * H);
    float *want_dhp = central_differences(gates_loss, &c, c.hp, 3 * H);
    float *want_dh = central_differences(gates_loss, &c, c.h_prev, H);
    kernels->gru_gates_backward(H, gates, hp_n, h_prev, dh);
    assert_all_close(gates, want_dxp, 3 * H, 2e-6, 0);
    assert_all_close(gates, want_dhp, 2 * H, 5e-6, 0);
    assert_all_close(hp_n, want_dhp + 2 * H, H, 5e-6, 0);
    assert_all_close(dh, want_dh, H, 2e-6, 0);

    float *const big[] = {xp, hp, gates, both};
    float *const small[] = {h_prev, dh, h, state, hp_n};
    for (size_t i = 0; i < 4; i++)
        free_guarded(big[i], 3 * H);
    for (size_t i = 0; i < 5; i++)
        free_guarded(small[i], H);
    free(want_dxp);
    free(want_dhp);
    free(want_dh);
    free(c.xp);
    free(c.hp);
    free(c.h_prev);
    free(c.dh);
    free(c.gates);
    free(c.h);
}

typedef struct lstm_case {
    size_t n_hidden;
    double *a, *c_prev, *dh, *dc; /* a [4H]; dc from the frame behind */
    double *gates, *c, *h;        /* results */
} lstm_case;

static double lstm_loss(const void *context)
{
    const lstm_case *k = context;
    const size_t H = k->n_hidden;
    double loss = 0;
    for (size_t i = 0; i < H; i++) {
        k->gates[i] = sigmoid(k->a[i]);
        k->gates[H + i] = sigmoid(k->a[H + i]);
        k->gates[2 * H + i] = tanh(k->a[2 * H + i]);
        k->gates[3 * H + i] = sigmoid(k->a[3 * H + i]);
        k->c[i] =
            k->gates[H + i] * k->c_prev[i] + k->gates[i] * k->gates[2 * H + i];
        k->h[i] = k->gates[3 * H + i] * tanh(k->c[i]);
        loss += k->h[i] * k->dh[i] + k->c[i] * k->dc[i];
    }
    return loss;
}

static void check_lstm_gates_of(const pinna_kernels *kernels, size_t H)
{
    float *gates = guarded(4 * H, 1, 3), *c_prev = guarded(H, 2, 1);
    float *dh = guarded(H, 3, 1), *dc = guarded(H, 4, 1);
    float *c = guarded(H, 5, 1), *h = guarded(H, 6, 1);
    lstm_case k = {H,
                   to_doubles(gates, 4 * H),
                   to_doubles(c_prev, H),
                   to_doubles(dh, H),
                   to_doubles(dc, H),
                   to_doubles(gates, 4 * H),
                   to_doubles(c, H),
                   to_doubles(h, H)};

    lstm_loss(&k);
    kernels->lstm_gates(H, gates, c_prev, c, h);
    assert_near_doubles(gates, k.gates, 4 * H, 2e-6);
    assert_near_doubles(c, k.c, H, 2e-6);
    assert_near_doubles(h, k.h, H, 2e-6);

    float *want_da = central_differences(lstm_loss, &k, k.a, 4 * H);
    float *want_dc = central_differences(lstm_loss, &k, k.c_prev, H);
    kernels->lstm_gates_backward(H, gates, c_prev, c, dh, dc);
    assert_all_close(gates, want_da, 4 * H, 3e-6, 0);
    assert_all_close(dc, want_dc, H, 3e-6, 0);

    float *const small[] = {c_prev, dh, dc, c, h};
    double *const naive[] = {k.a, k.c_prev, k.dh, k.dc, k.gates, k.c, k.h};
    free_guarded(gates, 4 * H);
    for (size_t i = 0; i < 5; i++)
        free_guarded(small[i], H);
    for (size_t i = 0; i < 7; i++)
        free(naive[i]);
    free(want_da);
    free(want_dc);
}

static void check_gates(const pinna_kernels *kernels)
{
    for (size_t i = 0; i < N_SIZES; i++) {
        check_gates_of(kernels, sizes[i]);
        check_lstm_gates_of(kernels, sizes[i]);
    }
}

static void test_gates_are_the_equations(void **state)
{
    (void)state;
    on_every_set(check_gates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best_is_one_of_them),
        cmocka_unit_test(test_pack_layout),
        cmocka_unit_test(test_matvec_is_the_sum),
        cmocka_unit_test(test_functions_keep_their_promise),
        cmocka_unit_test(test_functions_saturate),
        cmocka_unit_test(test_rows_are_the_definition),
        cmocka_unit_test(test_gates_are_the_equations),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
