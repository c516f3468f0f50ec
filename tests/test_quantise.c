#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/quantise.h"
#include "rnn_cases.h"

static void test_row_is_the_definition(void **state)
{
    (void)state;
    enum { N = 37 };
    for (size_t seed = 0; seed < 50; seed++) {
        float *row = random_floats(N, seed, 3);
        int8_t q[N + 1] = {[N] = 99};
        double peak = 0;
        int largest = 0;
        for (size_t i = 0; i < N; i++)
            peak = fmax(peak, fabs((double)row[i]));

        const double scale = (double)pinna_quantise_row(row, N, q);
        assert_close(scale, peak / 127, 1e-7 * peak);
        for (size_t i = 0; i < N; i++) {
            assert_true(abs(q[i]) <= PINNA_INT8_MAX);
            assert_close(scale * q[i], (double)row[i], 0.50001 * scale);
            largest = abs(q[i]) > largest ? abs(q[i]) : largest;
        }
        assert_int_equal(largest, PINNA_INT8_MAX);
        assert_int_equal(q[N], 99);
        free(row);
    }
}

static void test_rows_at_the_ends(void **state)
{
    (void)state;
    const float zero[3] = {0, -0.0f, 0}, tiny[2] = {1e-45f, 0};
    const float huge[2] = {3.4e38f, -3.4e38f},
                ties[4] = {127, 0.5f, 1.5f, -0.5f};
    int8_t q[4] = {9, 9, 9, 9};

    assert_close((double)pinna_quantise_row(zero, 3, q), 0, 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(q[i], 0);
    assert_true(isfinite(pinna_quantise_row(tiny, 2, q)));
    assert_int_equal(q[0], 127);
    const float scale = pinna_quantise_row(huge, 2, q);
    assert_true(isfinite(scale * 127));
    assert_int_equal(q[1], -127);
    pinna_quantise_row(ties, 4, q);
    const int8_t even[4] = {127, 0, 2, 0};
    assert_memory_equal(q, even, 4);
}

/* A vector, a matrix, a vector, a matrix. */
static pinna_params make_params(void)
{
    pinna_params params = {0};
    pinna_rng rng;

    pinna_params_add(&params, "a", 5, 0, NULL);
    pinna_params_add(&params, "b", 7, 3, NULL);
    pinna_params_add(&params, "c", 2, 0, NULL);
    pinna_params_add(&params, "d", 4, 6, NULL);
    assert_int_equal(pinna_params_allocate(&params), PINNA_OK);
    pinna_rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < params.n_items; i++)
        pinna_param_uniform(&params, i, 1, &rng);
    return params;
}

static void test_params_keep_the_vectors(void **state)
{
    (void)state;
    pinna_params params = make_params(), kept = make_params();

    assert_false(pinna_is_quantised(&params));
    assert_int_equal(pinna_quantise_params(&params), PINNA_OK);
    assert_true(pinna_is_quantised(&params));
    for (size_t i = 0; i < params.n_items; i++) {
        const pinna_param *p = &params.items[i];
        const float *now = params.values + p->offset;
        const float *before = kept.values + p->offset;
        if (p->n_dims == 1) {
            assert_null(p->int8);
            assert_null(p->scales);
            assert_memory_equal(now, before, p->n * sizeof(float));
            continue;
        }
        for (size_t row = 0; row < p->shape[0]; row++) {
            int8_t want[6];
            const size_t n = p->shape[1], at = row * n;
            const float scale = pinna_quantise_row(before + at, n, want);
            assert_memory_equal(p->int8 + at, want, n);
            assert_close((double)p->scales[row], (double)scale, 0);
            for (size_t j = 0; j < n; j++)
                assert_close((double)now[at + j],
                             (double)(scale * (float)want[j]), 0);
        }
    }
    assert_int_equal(pinna_quantise_params(&params), PINNA_BAD_ARG);

    /* Back to floats: those that the integers stand for. */
    memcpy(kept.values, params.values, params.n_values * sizeof(float));
    pinna_unquantise_params(&params);
    assert_false(pinna_is_quantised(&params));
    assert_memory_equal(params.values, kept.values,
                        params.n_values * sizeof(float));
    pinna_params_free(&params);
    pinna_params_free(&kept);
}

static pinna_status quantise_fresh(void)
{
    const size_t n_left = support_hold_failures();
    pinna_params params = make_params(), kept = make_params();
    support_release_failures(n_left);
    const pinna_status status = pinna_quantise_params(&params);
    if (status) {
        assert_false(pinna_is_quantised(&params));
        assert_memory_equal(params.values, kept.values,
                            params.n_values * sizeof(float));
    }
    pinna_params_free(&params);
    pinna_params_free(&kept);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(quantise_fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row_is_the_definition),
        cmocka_unit_test(test_rows_at_the_ends),
        cmocka_unit_test(test_params_keep_the_vectors),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("quantise", tests, NULL, NULL);
}
