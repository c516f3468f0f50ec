#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/packed_dense.h"
#include "rnn/quantise.h"
#include "rnn_cases.h"

/* Around panels, the blocks of a sweep and the vectors of every CPU. */
static const size_t sizes[] = {1, 5, 31, 32, 33, 64, 100, 127, 128, 129, 300};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

/* The kernels of each kind of CPU. */
static const struct {
    const char *float32, *int8;
} kernel_names[] = {{"c", "c"},
                    {"avx2", "avx2"},
                    {"avx512", "avxvnni"},
                    {"avx512", "avx512vnni"}};
enum { N_KERNELS = sizeof kernel_names / sizeof *kernel_names };

/* "weight" [n_out, n_in] and "bias", neither at the front. */
static pinna_params make_params(size_t n_out, size_t n_in)
{
    pinna_params params = {0};
    pinna_rng rng;

    pinna_params_add(&params, "first", 3, 0, NULL);
    pinna_params_add(&params, "weight", n_out, n_in, NULL);
    pinna_params_add(&params, "bias", n_out, 0, NULL);
    assert_int_equal(pinna_params_allocate(&params), PINNA_OK);
    pinna_rng_seed(&rng, n_out, n_in);
    for (size_t i = 0; i < params.n_items; i++)
        pinna_param_uniform(&params, i, 1, &rng);
    return params;
}

static pinna_status pack(const pinna_params *params,
                         pinna_dense_kernels kernels, pinna_packed_dense *dense)
{
    return pinna_packed_dense_new(params, params->items[1].offset,
                                  params->items[2].offset, kernels, dense);
}

/* W x + b in double, x rounded to 8 bits as W is. */
static void naive(const pinna_params *params, const float *x, float *y)
{
    const pinna_param *matrix = &params->items[1];
    const size_t n_out = matrix->shape[0], n_in = matrix->shape[1];
    const float *weight = params->values + matrix->offset;
    const float *bias = params->values + params->items[2].offset;
    double step = 0;

    for (size_t i = 0; matrix->int8 && i < n_in; i++)
        step = fmax(step, fabs((double)x[i]) / 127);
    for (size_t row = 0; row < n_out; row++) {
        double sum = (double)bias[row];
        for (size_t i = 0; i < n_in; i++) {
            const double input =
                step > 0 ? step * nearbyint((double)x[i] / step) : (double)x[i];
            sum += (double)weight[row * n_in + i] * input;
        }
        y[row] = (float)sum;
    }
}

/* Both ways give the same bits, of one product and of two at once. */
static void check_sweeps(const pinna_packed_dense *dense, const float *x,
                         const float *want_x, const float *h,
                         const float *want_h)
{
    const size_t n_out = dense->n_out, n_bytes = n_out * sizeof(float);
    float *xp = zeros(n_out), *hp = zeros(n_out);
    int8_t *scratch = malloc(pinna_int8_padded(dense->n_in));

    for (int i = PINNA_SWEEP_DOWN; i <= PINNA_SWEEP_UP; i++) {
        const pinna_sweep sweep = (pinna_sweep)i;
        memset(xp, 0, n_bytes);
        pinna_packed_dense_apply(dense, sweep, x, scratch, xp);
        assert_memory_equal(xp, want_x, n_bytes);
        memset(xp, 0, n_bytes);
        memset(hp, 0, n_bytes);
        pinna_packed_dense_apply_two(dense, dense, sweep, x, h, scratch, xp,
                                     hp);
        assert_memory_equal(xp, want_x, n_bytes);
        assert_memory_equal(hp, want_h, n_bytes);
    }
    free(scratch);
    free(xp);
    free(hp);
}

static void check(pinna_dense_kernels kernels, size_t n_out, size_t n_in,
                  bool int8)
{
    pinna_params params = make_params(n_out, n_in);
    pinna_packed_dense dense;
    float *x = random_floats(n_in, 7, 1), *h = random_floats(n_in, 8, 1);
    float *want = zeros(n_out), *of_x = zeros(n_out), *of_h = zeros(n_out);
    int8_t *scratch = malloc(pinna_int8_padded(n_in));

    if (int8)
        assert_int_equal(pinna_quantise_params(&params), PINNA_OK);
    naive(&params, x, want);
    assert_int_equal(pack(&params, kernels, &dense), PINNA_OK);
    pinna_params_free(&params); /* it stands alone */
    support_count_allocations();
    pinna_packed_dense_apply(&dense, PINNA_SWEEP_DOWN, x, scratch, of_x);
    pinna_packed_dense_apply(&dense, PINNA_SWEEP_DOWN, h, scratch, of_h);
    assert_int_equal(support_allocations(), 0);
    /* Rounding grows at most with the number of terms. */
    assert_all_close(of_x, want, n_out, 6e-8 * (double)(n_in + 16), 0);
    check_sweeps(&dense, x, of_x, h, of_h);

    float *const arrays[] = {x, h, want, of_x, of_h};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    free(scratch);
    pinna_packed_dense_free(&dense);
}

static void test_apply_is_the_sum(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_KERNELS; k++) {
        const pinna_dense_kernels kernels = {
            pinna_kernels_named(kernel_names[k].float32),
            pinna_int8_kernels_named(kernel_names[k].int8)};
        if (!kernels.float32 || !kernels.int8)
            continue;
        for (size_t i = 0; i < N_SIZES; i++)
            for (size_t j = 0; j < N_SIZES; j += 3) {
                check(kernels, sizes[i], sizes[j], false);
                check(kernels, sizes[i], sizes[j], true);
            }
    }
}

/* Some rows alone give what they give among all, bit for bit. */
static void check_rows(bool int8)
{
    enum { N_OUT = 100, N_IN = 37, FIRST = 41, END = 97 };
    pinna_params params = make_params(N_OUT, N_IN);
    const size_t weight = params.items[1].offset, bias = params.items[2].offset;
    const pinna_dense_kernels kernels = pinna_dense_kernels_best();
    pinna_packed_dense all, part;
    float *x = random_floats(N_IN, 7, 1);
    float of_all[N_OUT], of_part[END - FIRST];
    int8_t scratch[48];

    if (int8)
        assert_int_equal(pinna_quantise_params(&params), PINNA_OK);
    assert_int_equal(pack(&params, kernels, &all), PINNA_OK);
    assert_int_equal(pinna_packed_dense_new_rows(&params, weight, bias, FIRST,
                                                 END, kernels, &part),
                     PINNA_OK);
    pinna_packed_dense_apply(&all, PINNA_SWEEP_DOWN, x, scratch, of_all);
    pinna_packed_dense_apply(&part, PINNA_SWEEP_DOWN, x, scratch, of_part);
    assert_memory_equal(of_part, of_all + FIRST, sizeof of_part);
    pinna_packed_dense_free(&all);
    pinna_packed_dense_free(&part);
    pinna_params_free(&params);
    free(x);
}

static void test_rows_of_a_matrix(void **state)
{
    (void)state;
    check_rows(false);
    check_rows(true);
}

static void test_sweeps_alternate(void **state)
{
    (void)state;
    assert_int_equal(pinna_sweep_back(PINNA_SWEEP_DOWN), PINNA_SWEEP_UP);
    assert_int_equal(pinna_sweep_back(PINNA_SWEEP_UP), PINNA_SWEEP_DOWN);
}

static const pinna_params *to_pack;

static pinna_status make_dense(void)
{
    pinna_packed_dense dense;
    const pinna_status status =
        pack(to_pack, pinna_dense_kernels_best(), &dense);
    pinna_packed_dense_free(&dense);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    pinna_params params = make_params(5, 7);
    to_pack = &params;
    support_survives_no_memory(make_dense);
    assert_int_equal(pinna_quantise_params(&params), PINNA_OK);
    support_survives_no_memory(make_dense);
    pinna_params_free(&params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apply_is_the_sum),
        cmocka_unit_test(test_rows_of_a_matrix),
        cmocka_unit_test(test_sweeps_alternate),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("packed_dense", tests, NULL, NULL);
}
