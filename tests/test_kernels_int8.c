#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/kernels_int8.h"
#include "rnn_cases.h"

static const char *const names[] = {"c", "avx2", "avxvnni", "avx512vnni"};
enum { N_NAMES = sizeof names / sizeof *names };

/* Around every vector width, padding and panel. */
static const size_t sizes[] = {1,  2,  3,  4,  5,  7,  8,  9,  15,  16,
                               17, 31, 32, 33, 48, 63, 64, 65, 100, 129};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

enum { GUARD = 64 };

/* Run check on every set that this CPU and build have. */
static void on_every_set(void (*check)(const pinna_int8_kernels *kernels))
{
    for (size_t i = 0; i < N_NAMES; i++) {
        const pinna_int8_kernels *kernels = pinna_int8_kernels_named(names[i]);
        if (!kernels)
            continue;
        print_message("           set %s\n", kernels->name);
        assert_string_equal(kernels->name, names[i]);
        check(kernels);
    }
}

static void test_best_is_one_of_them(void **state)
{
    (void)state;
    const pinna_int8_kernels *best = pinna_int8_kernels_best();
    assert_ptr_equal(best, pinna_int8_kernels_named(best->name));
    assert_non_null(pinna_int8_kernels_named("c"));
    assert_null(pinna_int8_kernels_named("none"));
}

static void test_padding(void **state)
{
    (void)state;
    for (size_t n = 0; n < 200; n++) {
        const size_t inputs = pinna_int8_padded(n), rows = pinna_int8_rows(n);
        assert_true(inputs >= n && inputs < n + PINNA_INT8_PADDING);
        assert_int_equal(inputs % PINNA_INT8_PADDING, 0);
        assert_true(rows >= n && rows < n + PINNA_INT8_PANEL);
        assert_int_equal(rows % PINNA_INT8_PANEL, 0);
    }
}

static int8_t *random_weights(size_t n, uint64_t seed)
{
    float *x = random_floats(n, seed, 127.49);
    int8_t *weights = malloc(n);
    for (size_t i = 0; i < n; i++)
        weights[i] = (int8_t)lrintf(x[i]);
    free(x);
    return weights;
}

static void test_pack_layout(void **state)
{
    (void)state;
    enum { N_OUT = 37, N_IN = 18, PANEL = PINNA_INT8_PANEL };
    const size_t n_padded = pinna_int8_padded(N_IN);
    const size_t n_rows = pinna_int8_rows(N_OUT);
    int8_t *weights = random_weights(N_OUT * N_IN, 1);
    int8_t *packed = malloc(n_rows * n_padded);
    int32_t *row_sums = malloc(n_rows * sizeof *row_sums);

    memset(packed, 1, n_rows * n_padded);
    pinna_int8_pack(weights, N_OUT, N_IN, packed, row_sums);
    for (size_t row = 0; row < n_rows; row++) {
        int32_t sum = 0;
        for (size_t i = 0; i < n_padded; i++) {
            const int8_t want =
                row < N_OUT && i < N_IN ? weights[row * N_IN + i] : 0;
            const size_t group = row / PANEL * (n_padded / 4) + i / 4;
            assert_int_equal(packed[(group * PANEL + row % PANEL) * 4 + i % 4],
                             want);
            sum += want;
        }
        assert_int_equal(row_sums[row], sum);
    }
    free(weights);
    free(packed);
    free(row_sums);
}

/* One product with everything it takes. */
typedef struct product {
    size_t n_out, n_in;
    int8_t *weights, *packed;
    int32_t *row_sums;
    float *scales, *bias, *x;
} product;

static product new_product(size_t n_out, size_t n_in)
{
    const size_t n_rows = pinna_int8_rows(n_out);
    product p = {
        .n_out = n_out,
        .n_in = n_in,
        .weights = random_weights(n_out * n_in, n_out + n_in),
        .packed = malloc(n_rows * pinna_int8_padded(n_in)),
        .row_sums = malloc(n_rows * sizeof(int32_t)),
        .scales = random_floats(n_rows, 2, 0.01),
        .bias = random_floats(n_rows, 3, 1),
        .x = random_floats(n_in, 4, 3),
    };
    pinna_int8_pack(p.weights, n_out, n_in, p.packed, p.row_sums);
    return p;
}

static void free_product(product *p)
{
    free(p->weights);
    free(p->packed);
    free(p->row_sums);
    free(p->scales);
    free(p->bias);
    free(p->x);
}

/* y [n_out], to be freed; nothing beyond may change. */
static float *multiply(const pinna_int8_kernels *kernels, const product *p)
{
    const size_t n_padded = pinna_int8_padded(p->n_in);
    const pinna_int8_matrix matrix = {p->n_out,    p->n_in,   p->packed,
                                      p->row_sums, p->scales, p->bias};
    int8_t *q = malloc(n_padded + GUARD);
    float *y = zeros(p->n_out + GUARD);

    memset(q, 77, n_padded + GUARD);
    const float x_scale = kernels->quantise(p->x, p->n_in, q);
    kernels->matvec(&matrix, q, x_scale, y);
    for (size_t i = 0; i < GUARD; i++) {
        assert_int_equal(q[n_padded + i], 77);
        assert_close((double)y[p->n_out + i], 0, 0);
    }
    free(q);
    return y;
}

/* The definition: x rounded to 8 bits, exact sums, then floats. */
static void naive(const product *p, float *y)
{
    float peak = 0;
    for (size_t i = 0; i < p->n_in; i++)
        peak = fmaxf(peak, fabsf(p->x[i]));
    const float inverse = peak < 1e-30f ? 0 : 127 / peak;
    const float x_scale = peak < 1e-30f ? 0 : peak / 127;

    for (size_t row = 0; row < p->n_out; row++) {
        int64_t sum = 0;
        for (size_t i = 0; i < p->n_in; i++)
            sum += (int64_t)p->weights[row * p->n_in + i] *
                   lrintf(p->x[i] * inverse);
        const float scale = p->scales[row] * x_scale;
        const float scaled = (float)sum * scale;
        y[row] = scaled + p->bias[row];
    }
}

static void assert_exact(const pinna_int8_kernels *kernels, const product *p)
{
    float *want = zeros(p->n_out), *y = multiply(kernels, p);
    naive(p, want);
    assert_memory_equal(y, want, p->n_out * sizeof(float));
    free(want);
    free(y);
}

static void check_products(const pinna_int8_kernels *kernels)
{
    for (size_t i = 0; i < N_SIZES; i++)
        for (size_t j = 0; j < N_SIZES; j++) {
            product p = new_product(sizes[i], sizes[j]);
            assert_exact(kernels, &p);
            free_product(&p);
        }
}

/* Bit for bit, so that all sets agree too. */
static void test_products_are_exact(void **state)
{
    (void)state;
    on_every_set(check_products);
}

/* The largest sums, of either sign and of the widest layer: no 16 bits
 * saturate, no 32 bits overflow. */
static void check_extremes(const pinna_int8_kernels *kernels)
{
    static const size_t widths[] = {4, 100, 8 * 4096};
    for (size_t k = 0; k < 3; k++)
        for (int signs = 0; signs < 4; signs++) {
            product p = new_product(33, widths[k]);
            memset(p.weights, signs & 1 ? 127 : -127, p.n_out * p.n_in);
            pinna_int8_pack(p.weights, p.n_out, p.n_in, p.packed, p.row_sums);
            for (size_t i = 0; i < p.n_in; i++)
                p.x[i] = signs & 2 ? 2.0f : -2.0f;
            assert_exact(kernels, &p);
            free_product(&p);
        }
}

static void test_extremes_are_exact(void **state)
{
    (void)state;
    on_every_set(check_extremes);
}

/* Silence, and the least that is not: y is the bias, or exact; numbers that
 * tie between two integers go to the even one. */
static void check_small(const pinna_int8_kernels *kernels)
{
    static const float peaks[] = {0,        -0.0f,  1e-45f, 1e-38f,
                                  9.9e-31f, 1e-30f, 3e-30f};
    for (size_t k = 0; k < sizeof peaks / sizeof *peaks; k++) {
        product p = new_product(17, 19);
        for (size_t i = 0; i < p.n_in; i++)
            p.x[i] = i % 3 == 0 ? peaks[k] : 0.25f * peaks[k];
        float *y = multiply(kernels, &p);
        if (peaks[k] < 1e-30f)
            assert_memory_equal(y, p.bias, p.n_out * sizeof(float));
        free(y);
        assert_exact(kernels, &p);
        free_product(&p);
    }
    product p = new_product(17, 8);
    for (size_t i = 0; i < 8; i++)
        p.x[i] = i == 0 ? 127 : (float)i - 4.5f;
    assert_exact(kernels, &p);
    free_product(&p);
}

static void test_small_inputs(void **state)
{
    (void)state;
    on_every_set(check_small);
}

/* What is no number anywhere in the input shows in every output, as with
 * float32. */
static void check_not_finite(const pinna_int8_kernels *kernels)
{
    static const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
    for (size_t k = 0; k < 4; k++)
        for (size_t at = 0; at < 19; at++) {
            product p = new_product(5, 19);
            p.x[at] = bad[k];
            float *y = multiply(kernels, &p);
            for (size_t i = 0; i < p.n_out; i++)
                assert_true(isnan(y[i]));
            free(y);
            free_product(&p);
        }
}

static void test_what_is_no_number_shows(void **state)
{
    (void)state;
    on_every_set(check_not_finite);
}

static void check_no_allocation(const pinna_int8_kernels *kernels)
{
    product p = new_product(65, 33);
    const pinna_int8_matrix matrix = {p.n_out,    p.n_in,   p.packed,
                                      p.row_sums, p.scales, p.bias};
    int8_t q[48];
    float y[65];

    support_count_allocations();
    kernels->matvec(&matrix, q, kernels->quantise(p.x, p.n_in, q), y);
    assert_int_equal(support_allocations(), 0);
    free_product(&p);
}

static void test_allocates_nothing(void **state)
{
    (void)state;
    on_every_set(check_no_allocation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best_is_one_of_them),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_pack_layout),
        cmocka_unit_test(test_products_are_exact),
        cmocka_unit_test(test_extremes_are_exact),
        cmocka_unit_test(test_small_inputs),
        cmocka_unit_test(test_what_is_no_number_shows),
        cmocka_unit_test(test_allocates_nothing),
    };
    return cmocka_run_group_tests_name("kernels_int8", tests, NULL, NULL);
}
