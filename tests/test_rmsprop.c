#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "optimiser_cases.h"
#include "rnn/rmsprop.h"
#include "rnn_cases.h"

static void take_step(void *optimiser, const float *grads, float *values)
{
    pinna_rmsprop_step(optimiser, 0.01, grads, values);
}

static void check_case(const char *name, pinna_rmsprop_config config,
                       double clip)
{
    pinna_rmsprop rmsprop;
    assert_int_equal(pinna_rmsprop_new(&config, OPTIMISER_CASE_N, &rmsprop),
                     PINNA_OK);
    check_optimiser_case(name, clip, take_step, &rmsprop);
    pinna_rmsprop_free(&rmsprop);
}

static void test_references(void **state)
{
    (void)state;
    check_case("optim_rmsprop", (pinna_rmsprop_config){0.9, 1e-8}, 0);
    check_case("optim_rmsprop_clip", (pinna_rmsprop_config){0.9, 1e-8}, 1.5);
}

/* The equations of the header over many steps, in double. */
static void test_step_is_the_formula(void **state)
{
    (void)state;
    const pinna_rmsprop_config config = pinna_rmsprop_config_default();
    double value = 0.7, v = 0;
    float values[1] = {0.7f};
    pinna_rmsprop rmsprop;
    assert_int_equal(pinna_rmsprop_new(&config, 1, &rmsprop), PINNA_OK);

    for (int t = 1; t <= 200; t++) {
        const float grad = (float)(sin(t) * 0.3 + value);
        v = config.alpha * v + (1 - config.alpha) * (double)grad * (double)grad;
        value -= 0.02 * (double)grad / (sqrt(v) + config.eps);
        pinna_rmsprop_step(&rmsprop, 0.02, &grad, values);
        assert_close((double)values[0], value, 1e-5);
    }
    pinna_rmsprop_free(&rmsprop);
}

static void test_bad_config(void **state)
{
    (void)state;
    const pinna_rmsprop_config bad[] = {
        {1, 1e-8}, {-0.1, 1e-8}, {0.9, 0}, {NAN, 1e-8}};
    const pinna_rmsprop_config good = {0.99, 1e-8};
    pinna_rmsprop rmsprop;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(pinna_rmsprop_new(&bad[i], 3, &rmsprop),
                         PINNA_BAD_ARG);
    assert_int_equal(pinna_rmsprop_new(&good, 0, &rmsprop), PINNA_BAD_ARG);
    pinna_rmsprop_free(&rmsprop);
    pinna_rmsprop_free(NULL);
}

static pinna_status make(void)
{
    const pinna_rmsprop_config config = {0.99, 1e-8};
    pinna_rmsprop rmsprop;
    const pinna_status status = pinna_rmsprop_new(&config, 7, &rmsprop);
    pinna_rmsprop_free(&rmsprop);
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
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_step_is_the_formula),
        cmocka_unit_test(test_bad_config),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("rmsprop", tests, NULL, NULL);
}
