#include "support.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "rnn/params.h"

static void test_layout(void **state)
{
    (void)state;
    pinna_params params = {0};
    size_t weight, bias;

    assert_int_equal(pinna_params_add(&params, "dense.weight", 3, 5, &weight),
                     PINNA_OK);
    assert_int_equal(pinna_params_add(&params, "dense.bias", 3, 0, &bias),
                     PINNA_OK);
    assert_int_equal(pinna_params_add(&params, "scale", 1, 1, NULL), PINNA_OK);
    assert_int_equal(pinna_params_allocate(&params), PINNA_OK);

    assert_int_equal(params.n_items, 3);
    assert_int_equal(params.n_values, 19);
    assert_int_equal((uintptr_t)params.values % 64, 0);
    for (size_t i = 0; i < params.n_values; i++)
        assert_close((double)params.values[i], 0, 0);

    const pinna_param *item = &params.items[weight];
    assert_string_equal(item->name, "dense.weight");
    assert_int_equal(item->n_dims, 2);
    assert_int_equal(item->shape[0], 3);
    assert_int_equal(item->shape[1], 5);
    assert_int_equal(item->n, 15);
    assert_int_equal(item->offset, 0);

    item = &params.items[bias];
    assert_int_equal(item->n_dims, 1);
    assert_int_equal(item->n, 3);
    assert_int_equal(item->offset, 15);
    assert_int_equal(params.items[2].n_dims, 2);

    assert_int_equal(pinna_params_find(&params, "dense.bias"), bias);
    assert_int_equal(pinna_params_find(&params, "dense.bia"), params.n_items);

    pinna_params_free(&params);
    assert_null(params.values);
    pinna_params_free(&params);
    pinna_params_free(NULL);
}

static void test_refuses_bad_declarations(void **state)
{
    (void)state;
    pinna_params params = {0};
    char name[PINNA_PARAM_NAME_MAX + 1] = {0};

    assert_int_equal(pinna_params_allocate(&params), PINNA_BAD_ARG);

    memset(name, 'x', PINNA_PARAM_NAME_MAX);
    assert_int_equal(pinna_params_add(&params, name, 1, 0, NULL),
                     PINNA_BAD_ARG);
    name[PINNA_PARAM_NAME_MAX - 1] = '\0'; /* just fits */
    assert_int_equal(pinna_params_add(&params, name, 1, 0, NULL), PINNA_OK);
    assert_string_equal(params.items[0].name, name);

    assert_int_equal(pinna_params_add(&params, name, 1, 0, NULL),
                     PINNA_BAD_ARG);
    assert_int_equal(pinna_params_add(&params, "", 1, 0, NULL), PINNA_BAD_ARG);
    assert_int_equal(pinna_params_add(&params, "a", 0, 3, NULL), PINNA_BAD_ARG);
    assert_int_equal(pinna_params_add(&params, "a", SIZE_MAX, 0, NULL),
                     PINNA_BAD_ARG);
    assert_int_equal(pinna_params_add(&params, "a", SIZE_MAX / 2, 3, NULL),
                     PINNA_BAD_ARG);
    assert_int_equal(params.n_items, 1);
    assert_int_equal(params.n_values, 1);

    assert_int_equal(pinna_params_allocate(&params), PINNA_OK);
    assert_int_equal(pinna_params_allocate(&params), PINNA_BAD_ARG);
    assert_int_equal(pinna_params_add(&params, "late", 1, 0, NULL),
                     PINNA_BAD_ARG);
    pinna_params_free(&params);
}

static void test_uniform_fills_one_parameter(void **state)
{
    (void)state;
    pinna_params params = {0};
    pinna_rng rng, again;
    size_t middle;

    assert_int_equal(pinna_params_add(&params, "a", 10, 0, NULL), PINNA_OK);
    assert_int_equal(pinna_params_add(&params, "b", 100, 100, &middle),
                     PINNA_OK);
    assert_int_equal(pinna_params_add(&params, "c", 10, 0, NULL), PINNA_OK);
    assert_int_equal(pinna_params_allocate(&params), PINNA_OK);
    pinna_rng_seed(&rng, 1, 0);
    again = rng;
    pinna_param_uniform(&params, middle, 0.25, &rng);

    const pinna_param *item = &params.items[middle];
    double sum = 0, squares = 0;
    for (size_t i = 0; i < params.n_values; i++) {
        const double x = (double)params.values[i];
        if (i < item->offset || i >= item->offset + item->n)
            assert_close(x, 0, 0);
        assert_true(fabs(x) <= 0.25);
        sum += x;
        squares += x * x;
    }
    /* Five deviations of the means of 10,000 draws; variance bound^2 / 3. */
    assert_close(sum / 1e4, 0, 5 * 0.25 / sqrt(3) / 100);
    assert_close(squares / 1e4, 0.0625 / 3, 5 * 0.0625 * 0.3 / 100);

    const float first = params.values[item->offset];
    pinna_param_uniform(&params, middle, 0.25, &again);
    assert_close((double)params.values[item->offset], (double)first, 0);
    pinna_params_free(&params);
}

static pinna_status make(void)
{
    pinna_params params = {0};
    pinna_status status = pinna_params_add(&params, "a", 3, 4, NULL);
    if (!status)
        status = pinna_params_add(&params, "b", 3, 0, NULL);
    if (!status)
        status = pinna_params_allocate(&params);
    pinna_params_free(&params);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_refuses_bad_declarations),
        cmocka_unit_test(test_uniform_fills_one_parameter),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
