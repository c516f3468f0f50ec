#include "tools/optimiser.h"

#include "rnn_cases.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 13, N_STEPS = 5 };
static const double rate = 0.01, decay = 0.1;

static pinna_optimiser_config config_of(pinna_optimiser_kind kind)
{
    return (pinna_optimiser_config){kind, decay, 0.9, true};
}

/* The definitions, in double. */
static void expect(pinna_optimiser_kind kind, double values[N])
{
    double m[N] = {0}, v[N] = {0};

    for (size_t step = 0; step < N_STEPS; step++) {
        float *grads = random_floats(N, 10 + step, 1);
        const double t = (double)(step + 1);
        for (size_t i = 0; i < N; i++) {
            double g = (double)grads[i];
            if (kind == PINNA_ADAMW)
                values[i] -= rate * decay * values[i];
            else
                g += decay * values[i];
            if (kind == PINNA_SGD) {
                m[i] = 0.9 * m[i] + g;
                values[i] -= rate * (g + 0.9 * m[i]);
            } else if (kind == PINNA_RMSPROP) {
                v[i] = 0.99 * v[i] + 0.01 * g * g;
                values[i] -= rate * g / (sqrt(v[i]) + 1e-8);
            } else {
                m[i] = 0.9 * m[i] + 0.1 * g;
                v[i] = 0.999 * v[i] + 0.001 * g * g;
                values[i] -= rate / (1 - pow(0.9, t)) * m[i] /
                             (sqrt(v[i] / (1 - pow(0.999, t))) + 1e-8);
            }
        }
        free(grads);
    }
}

static void run(pinna_optimiser *optimiser, size_t first, size_t last,
                float *values)
{
    for (size_t step = first; step < last; step++) {
        float *grads = random_floats(N, 10 + step, 1);
        pinna_optimiser_step(optimiser, step, rate, grads, values);
        free(grads);
    }
}

static void test_each_is_what_it_says(void **state)
{
    (void)state;
    for (int kind = 0; kind < PINNA_N_OPTIMISERS; kind++) {
        const pinna_optimiser_config config =
            config_of((pinna_optimiser_kind)kind);
        float *values = random_floats(N, 1, 1);
        double want[N];
        pinna_optimiser optimiser;

        for (size_t i = 0; i < N; i++)
            want[i] = (double)values[i];
        assert_int_equal(pinna_optimiser_new(&config, N, &optimiser), 0);
        run(&optimiser, 0, N_STEPS, values);
        expect(config.kind, want);
        for (size_t i = 0; i < N; i++)
            assert_close((double)values[i], want[i], 2e-6);
        pinna_optimiser_free(&optimiser);
        free(values);
    }
}

/* What is open is all that there is: another one goes on with it to the same
 * bits. */
static void test_the_memory_is_whole(void **state)
{
    (void)state;
    for (int kind = 0; kind < PINNA_N_OPTIMISERS; kind++) {
        const pinna_optimiser_config config =
            config_of((pinna_optimiser_kind)kind);
        float *values = random_floats(N, 1, 1), *others = zeros(N);
        pinna_optimiser first, second;

        assert_int_equal(pinna_optimiser_new(&config, N, &first), 0);
        assert_int_equal(pinna_optimiser_new(&config, N, &second), 0);
        run(&first, 0, 3, values);
        assert_true(first.n_memory > 0);
        for (size_t i = 0; i < first.n_memory; i++) {
            assert_string_equal(first.memory[i].name, second.memory[i].name);
            memcpy(second.memory[i].values, first.memory[i].values,
                   N * sizeof(float));
        }
        memcpy(others, values, N * sizeof(float));
        run(&first, 3, N_STEPS, values);
        run(&second, 3, N_STEPS, others);
        assert_memory_equal(others, values, N * sizeof(float));
        pinna_optimiser_free(&first);
        pinna_optimiser_free(&second);
        free(values);
        free(others);
    }
}

static void test_bad_settings(void **state)
{
    (void)state;
    pinna_optimiser optimiser;
    for (int kind = 0; kind < PINNA_N_OPTIMISERS; kind++) {
        pinna_optimiser_config config = config_of((pinna_optimiser_kind)kind);
        config.weight_decay = -1;
        assert_int_equal(pinna_optimiser_new(&config, N, &optimiser),
                         PINNA_BAD_ARG);
        pinna_optimiser_free(&optimiser);
    }
    const pinna_optimiser_config config = {PINNA_SGD, 0, 1, false};
    assert_int_equal(pinna_optimiser_new(&config, N, &optimiser),
                     PINNA_BAD_ARG);
    pinna_optimiser_free(&optimiser);
}

static pinna_optimiser_kind kind_at_hand;

static pinna_status make(void)
{
    const pinna_optimiser_config config = config_of(kind_at_hand);
    pinna_optimiser optimiser;
    const pinna_status status = pinna_optimiser_new(&config, N, &optimiser);
    pinna_optimiser_free(&optimiser);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    for (int kind = 0; kind < PINNA_N_OPTIMISERS; kind++) {
        kind_at_hand = (pinna_optimiser_kind)kind;
        support_survives_no_memory(make);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_is_what_it_says),
        cmocka_unit_test(test_the_memory_is_whole),
        cmocka_unit_test(test_bad_settings),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("optimiser", tests, NULL, NULL);
}
