#include "tools/stopwatch.h"

#include "support.h"

#include <math.h>

static void test_quantile(void **state)
{
    (void)state;
    double values[] = {5.0, 1.0, 4.0, 2.0, 3.0};
    assert_true(pinna_quantile(values, 5, 0.5) == 3.0);
    assert_true(pinna_quantile(values, 5, 1.0) == 5.0);
    assert_true(pinna_quantile(values, 5, 0.99) == 5.0);
    assert_true(pinna_quantile(values, 5, 0.2) == 1.0);
    assert_true(pinna_quantile(values, 5, 0.0) == 1.0);
    for (size_t i = 0; i < 5; i++)
        assert_true(values[i] == (double)(i + 1));
    assert_true(pinna_quantile(values + 3, 1, 0.5) == 4.0);

    double many[200];
    for (size_t i = 0; i < 200; i++)
        many[i] = (double)(200 - i);
    assert_true(pinna_quantile(many, 200, 0.99) == 198.0);
}

/* Works for `amount` sines and counts how often it was called. */
struct work {
    size_t amount, n_calls;
    double sum;
};

static void run(void *context)
{
    struct work *work = context;

    work->n_calls++;
    for (size_t i = 0; i < work->amount; i++)
        work->sum += sin((double)i + work->sum);
}

/* Ten times the work takes longer, also where other programs run beside. */
static void test_measures(void **state)
{
    (void)state;
    struct work little = {.amount = 20000}, much = {.amount = 200000};
    pinna_timed things[] = {
        {.run = run, .context = &little},
        {.run = run, .context = &much},
    };
    const double begin = pinna_stopwatch_ns();
    pinna_stopwatch_measure(things, 2);
    const double whole = pinna_stopwatch_ns() - begin;
    assert_int_equal(little.n_calls, 1 + PINNA_REPETITIONS);
    assert_int_equal(much.n_calls, 1 + PINNA_REPETITIONS);
    assert_true(isfinite(little.sum) && isfinite(much.sum));
    assert_true(things[0].ns > 0.0);
    assert_true(things[1].ns > 2.0 * things[0].ns);
    assert_true(whole > things[0].ns + things[1].ns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantile),
        cmocka_unit_test(test_measures),
    };
    return cmocka_run_group_tests_name("stopwatch", tests, NULL, NULL);
}
