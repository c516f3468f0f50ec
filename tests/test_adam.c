#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "optimiser_cases.h"
#include "rnn/adam.h"
#include "rnn_cases.h"

static void take_step(void *optimiser, const float *grads, float *values)
{
    pinna_adam_step(optimiser, 0.01, grads, values);
}

static void check_case(const char *name, double beta2, double decay,
                       double clip)
{
    pinna_adam_config config = pinna_adam_config_default();
    config.beta2 = beta2;
    config.weight_decay = decay;
    pinna_adam adam;
    assert_int_equal(pinna_adam_new(&config, OPTIMISER_CASE_N, &adam),
                     PINNA_OK);
    check_optimiser_case(name, clip, take_step, &adam);
    pinna_adam_free(&adam);
}

static void take_small_step(void *optimiser, const float *grads, float *values)
{
    pinna_adam_step(optimiser, 0.001, grads, values);
}

/* Keras' default epsilon. */
static void check_keras_case(const char *name, double clip)
{
    pinna_adam_config config = pinna_adam_config_default();
    config.eps = 1e-7;
    pinna_adam adam;
    assert_int_equal(pinna_adam_new(&config, OPTIMISER_CASE_N, &adam),
                     PINNA_OK);
    check_optimiser_case(name, clip, take_small_step, &adam);
    pinna_adam_free(&adam);
}

static void test_references(void **state)
{
    (void)state;
    check_case("optim_adam", 0.999, 0, 0);
    check_case("optim_adam_clip", 0.999, 0, 1.5);
    check_case("optim_adamw", 0.98, 0.05, 0);
    check_case("optim_adamw_clip", 0.98, 0.05, 1.5);
    check_keras_case("optim_adam_keras_eps", 0);
    check_keras_case("optim_adam_keras_eps_clip", 1.5);
}

/* The equations of the header over many steps, in double. */
static void test_step_is_the_formula(void **state)
{
    (void)state;
    const pinna_adam_config config = {0.8, 0.95, 1e-3, 0.1};
    const double rate = 0.02;
    double value = 0.7, m = 0, v = 0;
    float values[1] = {0.7f};
    pinna_adam adam;
    assert_int_equal(pinna_adam_new(&config, 1, &adam), PINNA_OK);

    for (int t = 1; t <= 200; t++) {
        const float grad = (float)(sin(t) * 0.3 + value);
        m = config.beta1 * m + (1 - config.beta1) * (double)grad;
        v = config.beta2 * v + (1 - config.beta2) * (double)grad * (double)grad;
        value -= rate * config.weight_decay * value;
        value -= rate / (1 - pow(config.beta1, t)) * m /
                 (sqrt(v / (1 - pow(config.beta2, t))) + config.eps);
        pinna_adam_step(&adam, rate, &grad, values);
        assert_close((double)values[0], value, 1e-5);
    }
    pinna_adam_free(&adam);
}

/* A checkpoint holds values, step, m and v: going on from it gives the same
 * bits. */
static void test_goes_on_from_its_open_state(void **state)
{
    (void)state;
    enum { SIZE = 37 };
    const pinna_adam_config config = pinna_adam_config_default();
    pinna_adam adam, resumed;
    float values[SIZE] = {0}, resumed_values[SIZE];
    float *grads = random_floats(SIZE, 1, 1);
    assert_int_equal(pinna_adam_new(&config, SIZE, &adam), PINNA_OK);
    assert_int_equal(pinna_adam_new(&config, SIZE, &resumed), PINNA_OK);

    for (int i = 0; i < 5; i++)
        pinna_adam_step(&adam, 0.01, grads, values);
    resumed.step = adam.step;
    memcpy(resumed.m, adam.m, sizeof values);
    memcpy(resumed.v, adam.v, sizeof values);
    memcpy(resumed_values, values, sizeof values);
    for (int i = 0; i < 5; i++) {
        pinna_adam_step(&adam, 0.01, grads, values);
        pinna_adam_step(&resumed, 0.01, grads, resumed_values);
    }
    assert_memory_equal(values, resumed_values, sizeof values);

    free(grads);
    pinna_adam_free(&adam);
    pinna_adam_free(&resumed);
}

static void test_bad_config(void **state)
{
    (void)state;
    const pinna_adam_config bad[] = {{1, 0.9, 1e-8, 0},  {-0.1, 0.9, 1e-8, 0},
                                     {0.9, 1, 1e-8, 0},  {0.9, -1, 1e-8, 0},
                                     {0.9, 0.9, 0, 0},   {0.9, 0.9, 1e-8, -1},
                                     {NAN, 0.9, 1e-8, 0}};
    pinna_adam adam;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(pinna_adam_new(&bad[i], 3, &adam), PINNA_BAD_ARG);

    const pinna_adam_config good = pinna_adam_config_default();
    assert_int_equal(pinna_adam_new(&good, 0, &adam), PINNA_BAD_ARG);
    pinna_adam_free(&adam);
    pinna_adam_free(NULL);
}

static pinna_status make(void)
{
    const pinna_adam_config config = pinna_adam_config_default();
    pinna_adam adam;
    const pinna_status status = pinna_adam_new(&config, 7, &adam);
    pinna_adam_free(&adam);
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
        cmocka_unit_test(test_goes_on_from_its_open_state),
        cmocka_unit_test(test_bad_config),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("adam", tests, NULL, NULL);
}
