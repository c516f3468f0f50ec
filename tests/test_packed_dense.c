#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "rnn/packed_dense.h"
#include "rnn_cases.h"

/* Around panels, the blocks of a sweep and the vectors of every CPU. */
static const size_t sizes[] = {1, 5, 31, 32, 33, 64, 100, 127, 128, 129, 300};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

static const char *const kernel_names[] = {"c", "avx2", "avx512"};
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
                         const pinna_kernels *kernels,
                         pinna_packed_dense *dense)
{
    return pinna_packed_dense_new(params, params->items[1].offset,
                                  params->items[2].offset, kernels, dense);
}

/* W x + b in double. */
static void naive(const pinna_params *params, const float *x, float *y)
{
    const size_t n_out = params->items[1].shape[0];
    const size_t n_in = params->items[1].shape[1];
    const float *weight = params->values + params->items[1].offset;
    const float *bias = params->values + params->items[2].offset;

    for (size_t row = 0; row < n_out; row++) {
        double sum = (double)bias[row];
        for (size_t i = 0; i < n_in; i++)
            sum += (double)weight[row * n_in + i] * (double)x[i];
        y[row] = (float)sum;
    }
}

static void check(const pinna_kernels *kernels, size_t n_out, size_t n_in)
{
    const size_t n_bytes = n_out * sizeof(float);
    pinna_params params = make_params(n_out, n_in);
    pinna_packed_dense dense;
    float *x = random_floats(n_in, 7, 1), *want = zeros(n_out);
    float *down = zeros(n_out), *up = zeros(n_out);

    naive(&params, x, want);
    assert_int_equal(pack(&params, kernels, &dense), PINNA_OK);
    pinna_params_free(&params); /* it stands alone */
    support_count_allocations();
    pinna_packed_dense_apply(&dense, PINNA_SWEEP_DOWN, x, down);
    pinna_packed_dense_apply(&dense, PINNA_SWEEP_UP, x, up);
    assert_int_equal(support_allocations(), 0);
    assert_all_close(down, want, n_out, 6e-8 * (double)(n_in + 4), 0);
    assert_memory_equal(up, down, n_bytes);

    /* Two at once, either way. */
    float *xp = zeros(n_out), *hp = zeros(n_out);
    float *h = random_floats(n_in, 8, 1), *of_h = zeros(n_out);
    pinna_packed_dense_apply(&dense, PINNA_SWEEP_DOWN, h, of_h);
    for (int sweep = PINNA_SWEEP_DOWN; sweep <= PINNA_SWEEP_UP; sweep++) {
        memset(xp, 0, n_bytes);
        memset(hp, 0, n_bytes);
        pinna_packed_dense_apply_two(&dense, &dense, (pinna_sweep)sweep, x, h,
                                     xp, hp);
        assert_memory_equal(xp, down, n_bytes);
        assert_memory_equal(hp, of_h, n_bytes);
    }
    float *const arrays[] = {x, want, down, up, xp, hp, h, of_h};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    pinna_packed_dense_free(&dense);
}

static void test_apply_is_the_sum(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_KERNELS; k++) {
        const pinna_kernels *kernels = pinna_kernels_named(kernel_names[k]);
        for (size_t i = 0; kernels && i < N_SIZES; i++)
            for (size_t j = 0; j < N_SIZES; j += 3)
                check(kernels, sizes[i], sizes[j]);
    }
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
    const pinna_status status = pack(to_pack, pinna_kernels_best(), &dense);
    pinna_packed_dense_free(&dense);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    pinna_params params = make_params(5, 7);
    to_pack = &params;
    support_survives_no_memory(make_dense);
    pinna_params_free(&params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apply_is_the_sum),
        cmocka_unit_test(test_sweeps_alternate),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("packed_dense", tests, NULL, NULL);
}
