#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/delta.h"
#include "reference.h"

enum { DIM = 3 };

static const pinna_delta_kind kinds[] = {PINNA_DELTA_KALDI, PINNA_DELTA_HTK,
                                         PINNA_DELTA_SAVGOL};

/* All frames of x [n, dim] through a stream; *out [n, n_out] is to be freed.
 * Allocates nothing on the way. */
static void stream(pinna_delta *delta, const float *x, size_t n, size_t dim,
                   float *out)
{
    const size_t n_out = pinna_delta_n_out(delta);
    const size_t delay = pinna_delta_delay(delta);
    size_t n_pulled = 0;
    support_count_allocations();
    for (size_t t = 0; t < n; t++) {
        pinna_delta_push(delta, x + t * dim);
        while (pinna_delta_pull(delta, out + n_pulled * n_out))
            n_pulled++;
        assert_true(n_pulled + delay == t + 1 ||
                    (n_pulled == 0 && t < 2 * delay));
    }
    pinna_delta_finish(delta);
    while (pinna_delta_pull(delta, out + n_pulled * n_out))
        n_pulled++;
    assert_int_equal(support_allocations(), 0);
    assert_int_equal(n_pulled, n);
}

static float *run(pinna_delta_kind kind, size_t order, size_t window,
                  const float *x, size_t n, size_t dim)
{
    const pinna_delta_config config = {kind, order, window};
    pinna_delta *delta;
    assert_int_equal(pinna_delta_new(dim, &config, &delta), PINNA_OK);
    const size_t n_out = pinna_delta_n_out(delta);
    assert_int_equal(n_out, (order + 1) * dim);
    float *out = calloc(n * n_out + 1, sizeof *out);
    assert_non_null(out);
    stream(delta, x, n, dim, out);
    pinna_delta_free(delta);
    return out;
}

static double clamped(const double *x, long t, size_t n)
{
    return x[t < 0 ? 0 : t >= (long)n ? (long)n - 1 : t];
}

/* One feature: y = delta of x, both [n], the ends repeated. */
static void define_delta(const double *x, size_t n, size_t window, double *y)
{
    for (size_t t = 0; t < n; t++) {
        double sum = 0, square = 0;
        for (long j = -(long)window; j <= (long)window; j++) {
            sum += (double)j * clamped(x, (long)t + j, n);
            square += (double)(j * j);
        }
        y[t] = sum / square;
    }
}

/* One feature of all kinds against the definitions: HTK's by its words;
 * Kaldi's is the same on x with enough of its ends repeated. */
static void check_definition(size_t order, size_t window, size_t n)
{
    enum { MAX_N = 60, PAD = 100 };
    float x[MAX_N * DIM];
    support_signal(x, n * DIM, 8000);
    float *kaldi = run(PINNA_DELTA_KALDI, order, window, x, n, DIM);
    float *htk = run(PINNA_DELTA_HTK, order, window, x, n, DIM);
    const size_t n_out = (order + 1) * DIM, n_padded = n + 2 * PAD;

    for (size_t d = 0; d < DIM; d++) {
        double plain[2][MAX_N], padded[2][MAX_N + 2 * PAD];
        for (size_t t = 0; t < n; t++)
            plain[0][t] = (double)x[t * DIM + d];
        for (size_t t = 0; t < n_padded; t++)
            padded[0][t] = clamped(plain[0], (long)t - PAD, n);
        for (size_t k = 0; k <= order; k++) {
            for (size_t t = 0; t < n; t++) {
                const size_t at = t * n_out + k * DIM + d;
                assert_close(htk[at], plain[k % 2][t], 1e-6);
                assert_close(kaldi[at], padded[k % 2][t + PAD], 1e-6);
            }
            define_delta(plain[k % 2], n, window, plain[(k + 1) % 2]);
            define_delta(padded[k % 2], n_padded, window, padded[(k + 1) % 2]);
        }
    }
    free(kaldi);
    free(htk);
}

static void test_equals_definition(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 2, 3, 5, 8, 13, 60};
    for (size_t order = 0; order <= 4; order++)
        for (size_t window = 1; window <= 5; window++)
            for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
                check_definition(order, window, lengths[i]);
    check_definition(8, 9, 60);
}

/* Savitzky and Golay: exact on polynomials of the order's degree, at the ends
 * too; orthogonal to all of lower degree; equal to the slope where the window
 * fits. */
static void test_savgol_on_polynomials(void **state)
{
    (void)state;
    enum { N = 30 };
    static const double derivatives[][4] = {
        {0, 3, 0, 0}, {0, 0, 2 * 0.5, 0}, {0, 0, 0, 6 * 0.02}};
    for (size_t degree = 1; degree <= 3; degree++) {
        float x[N];
        for (size_t t = 0; t < N; t++) {
            const double u = (double)t;
            x[t] = (float)(degree == 1   ? 2 + 3 * u
                           : degree == 2 ? 0.5 * u * u - u
                                         : 0.02 * u * u * u + u);
        }
        float *y = run(PINNA_DELTA_SAVGOL, 4, 3, x, N, 1);
        for (size_t t = 0; t < N; t++) {
            assert_close(y[t * 5 + degree], derivatives[degree - 1][degree],
                         1e-4);
            for (size_t k = degree + 1; k <= 4; k++)
                assert_close(y[t * 5 + k], 0, 1e-4);
        }
        free(y);
    }
}

static void test_savgol_ends(void **state)
{
    (void)state;
    enum { N = 20, W = 4 };
    float x[N * DIM];
    support_signal(x, N * DIM, 8000);
    float *fitted = run(PINNA_DELTA_SAVGOL, 1, W, x, N, DIM);
    float *slope = run(PINNA_DELTA_HTK, 1, W, x, N, DIM);
    for (size_t t = 0; t < N; t++) {
        const size_t centre = t < W ? W : t >= N - W ? N - 1 - W : t;
        for (size_t d = 0; d < DIM; d++) {
            const size_t at = DIM + d;
            assert_close(fitted[t * 2 * DIM + at], slope[centre * 2 * DIM + at],
                         1e-6);
        }
    }
    free(slope);
    free(fitted);

    /* Too short for the window. */
    fitted = run(PINNA_DELTA_SAVGOL, 2, W, x, 2 * W, DIM);
    for (size_t t = 0; t < 2 * W; t++) {
        assert_memory_equal(fitted + t * 3 * DIM, x + t * DIM, sizeof(float));
        for (size_t i = DIM; i < 3 * DIM; i++)
            assert_true(fitted[t * 3 * DIM + i] == 0.0f);
    }
    free(fitted);
}

static void test_reset_equals_new(void **state)
{
    (void)state;
    enum { N = 25 };
    float x[N * DIM], first[N * 3 * DIM], second[N * 3 * DIM];
    support_signal(x, N * DIM, 8000);
    for (size_t i = 0; i < 3; i++) {
        const pinna_delta_config config = pinna_delta_config_default(kinds[i]);
        pinna_delta *delta;
        assert_int_equal(pinna_delta_new(DIM, &config, &delta), PINNA_OK);
        stream(delta, x, N, DIM, first);
        pinna_delta_reset(delta);
        pinna_delta_push(delta, x + 7); /* a stream broken off */
        pinna_delta_reset(delta);
        stream(delta, x, N, DIM, second);
        assert_memory_equal(first, second, sizeof first);
        pinna_delta_reset(delta);
        stream(delta, x, 0, DIM, second); /* and one of no frame */
        pinna_delta_free(delta);
    }
}

static void test_bad_arguments(void **state)
{
    (void)state;
    static const struct {
        size_t dim;
        pinna_delta_config config;
    } bad[] = {
        {0, {PINNA_DELTA_KALDI, 2, 2}},     {3, {PINNA_DELTA_KALDI, 9, 2}},
        {3, {PINNA_DELTA_HTK, 2, 0}},       {3, {PINNA_DELTA_HTK, 2, 1001}},
        {65537, {PINNA_DELTA_KALDI, 2, 2}}, {3, {PINNA_DELTA_SAVGOL, 3, 1}},
        {3, {(pinna_delta_kind)7, 2, 2}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pinna_delta *delta = (pinna_delta *)&delta;
        assert_int_equal(pinna_delta_new(bad[i].dim, &bad[i].config, &delta),
                         PINNA_BAD_ARG);
        assert_null(delta);
    }
    pinna_delta_free(NULL);
}

static pinna_status make(void)
{
    const pinna_delta_config config =
        pinna_delta_config_default(PINNA_DELTA_HTK);
    pinna_delta *delta;
    const pinna_status status = pinna_delta_new(DIM, &config, &delta);
    assert_true(status == PINNA_OK || !delta);
    pinna_delta_free(delta);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

/* Order k of our output [n, n_out] against want [n, dim], frames as rows. */
static void check_order(const reference *file, const char *name,
                        const char *tensor, const float *got, size_t order,
                        size_t k)
{
    const reference_tensor *want = reference_find(file, tensor);
    assert_non_null(want);
    const size_t n = want->shape[0], dim = want->shape[1];
    for (size_t t = 0; t < n; t++)
        assert_all_close(got + (t * (order + 1) + k) * dim, want->f32 + t * dim,
                         dim, reference_number(file, name, "atol", 0), 0.0);
}

static void check_torchaudio(const reference *file, const char *name)
{
    char key[3][32];
    snprintf(key[0], sizeof key[0], "%s.x", name);
    snprintf(key[1], sizeof key[1], "%s.delta", name);
    snprintf(key[2], sizeof key[2], "%s.accel", name);
    const reference_tensor *x = reference_find(file, key[0]);
    assert_non_null(x);
    const size_t n = x->shape[0], dim = x->shape[1];
    float *y =
        run(PINNA_DELTA_HTK, 2, (size_t)reference_number(file, name, "N", 0),
            x->f32, n, dim);
    check_order(file, name, key[1], y, 2, 1);
    if (reference_find(file, key[2]))
        check_order(file, name, key[2], y, 2, 2);
    free(y);
}

static void check_kaldi(const reference *file, const char *name, const char *in,
                        const char *out)
{
    const reference_tensor *x = reference_find(file, in);
    assert_non_null(x);
    const size_t n = x->shape[0], dim = x->shape[1];
    float *y = run(PINNA_DELTA_KALDI, 2, 2, x->f32, n, dim);
    assert_all_close(y, reference_floats(file, out, n * 3 * dim), n * 3 * dim,
                     reference_number(file, name, "atol", 0), 0.0);
    free(y);
}

static void test_equals_reference(void **state)
{
    (void)state;
    const char *path = support_reference("dsp/delta_cmvn.safetensors");
    if (!path)
        skip();
    reference *file = reference_open(path);
    check_torchaudio(file, "delta_N2");
    check_torchaudio(file, "delta_N3");
    check_torchaudio(file, "delta_short");
    check_kaldi(file, "kaldi_add_deltas", "kaldi_add_deltas.x",
                "kaldi_add_deltas.y");
    check_kaldi(file, "delta_short", "delta_short.x", "delta_short.kaldi");

    path = support_reference("dsp/librosa.safetensors");
    if (path) {
        reference *librosa = reference_open(path);
        const reference_tensor *x = reference_find(file, "delta_N2.x");
        assert_non_null(x);
        float *y =
            run(PINNA_DELTA_SAVGOL, 1, 4, x->f32, x->shape[0], x->shape[1]);
        check_order(librosa, "delta_savgol9", "delta_savgol9.y", y, 1, 1);
        free(y);
        reference_close(librosa);
    }
    reference_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_definition),
        cmocka_unit_test(test_savgol_on_polynomials),
        cmocka_unit_test(test_savgol_ends),
        cmocka_unit_test(test_reset_equals_new),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
        cmocka_unit_test(test_equals_reference),
    };
    return cmocka_run_group_tests_name("delta", tests, NULL, NULL);
}
