#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "optimiser_cases.h"
#include "rnn/sgd.h"
#include "rnn_cases.h"

static void take_step(void *optimiser, const float *grads, float *values)
{
    pinna_sgd_step(optimiser, 0.05, grads, values);
}

static void check_case(const char *name, pinna_sgd_config config, double clip)
{
    pinna_sgd sgd;
    assert_int_equal(pinna_sgd_new(&config, OPTIMISER_CASE_N, &sgd), PINNA_OK);
    check_optimiser_case(name, clip, take_step, &sgd);
    pinna_sgd_free(&sgd);
}

static void test_references(void **state)
{
    (void)state;
    check_case("optim_sgd", (pinna_sgd_config){0}, 0);
    check_case("optim_sgd_clip", (pinna_sgd_config){0}, 1.5);
    check_case("optim_sgd_momentum", (pinna_sgd_config){.momentum = 0.9}, 0);
    check_case("optim_sgd_momentum_clip", (pinna_sgd_config){.momentum = 0.9},
               1.5);
    check_case("optim_sgd_nesterov_wd", (pinna_sgd_config){0.9, 0.01, true}, 0);
    check_case("optim_sgd_nesterov_wd_clip",
               (pinna_sgd_config){0.9, 0.01, true}, 1.5);
}

/* The equations of the header over many steps, in double. */
static void test_step_is_the_formula(void **state)
{
    (void)state;
    for (int nesterov = 0; nesterov < 2; nesterov++) {
        const pinna_sgd_config config = {0.8, 0.1, nesterov};
        double value = 0.7, v = 0;
        float values[1] = {0.7f};
        pinna_sgd sgd;
        assert_int_equal(pinna_sgd_new(&config, 1, &sgd), PINNA_OK);

        for (int t = 1; t <= 200; t++) {
            const float grad = (float)(sin(t) * 0.3 + value);
            const double g = (double)grad + config.weight_decay * value;
            v = config.momentum * v + g;
            value -= 0.02 * (nesterov ? g + config.momentum * v : v);
            pinna_sgd_step(&sgd, 0.02, &grad, values);
            assert_close((double)values[0], value, 1e-5);
        }
        pinna_sgd_free(&sgd);
    }
}

static void test_bad_config(void **state)
{
    (void)state;
    const pinna_sgd_config bad[] = {
        {1, 0, false}, {-0.1, 0, false}, {0.9, -1, false}, {NAN, 0, false}};
    const pinna_sgd_config good = {0.9, 0, false};
    pinna_sgd sgd;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(pinna_sgd_new(&bad[i], 3, &sgd), PINNA_BAD_ARG);
    assert_int_equal(pinna_sgd_new(&good, 0, &sgd), PINNA_BAD_ARG);
    pinna_sgd_free(&sgd);
    pinna_sgd_free(NULL);
}

static pinna_status make(void)
{
    const pinna_sgd_config config = {0.9, 0, false};
    pinna_sgd sgd;
    const pinna_status status = pinna_sgd_new(&config, 7, &sgd);
    pinna_sgd_free(&sgd);
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
    return cmocka_run_group_tests_name("sgd", tests, NULL, NULL);
}
