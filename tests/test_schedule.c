#include "tools/schedule.h"

#include "support.h"

#include <math.h>

static double rate(pinna_schedule schedule, size_t step, size_t n_cuts)
{
    return pinna_schedule_rate(&schedule, step, 100, n_cuts);
}

static void test_every_schedule_warms_up(void **state)
{
    (void)state;
    for (int kind = 0; kind < PINNA_N_SCHEDULES; kind++) {
        pinna_schedule s = {(pinna_schedule_kind)kind, 0.5, 8, 10, 0.1, 3};
        for (size_t step = 0; step < 8; step++)
            assert_close(rate(s, step, 2), 0.5 * (double)(step + 1) / 8, 1e-15);
        s.warmup_steps = 0;
        assert_close(rate(s, 0, 0), 0.5, 1e-15);
    }
}

static void test_cosine(void **state)
{
    (void)state;
    const pinna_schedule s = {PINNA_SCHEDULE_COSINE, 2, 20, 1, 1, 1};
    assert_close(rate(s, 20, 0), 2, 1e-15);
    assert_close(rate(s, 60, 5), 1, 1e-12);
    assert_close(rate(s, 40, 0), 1 + sqrt(0.5), 1e-12);
    assert_true(rate(s, 99, 0) > 0 && rate(s, 99, 0) < 0.001);
}

static void test_constant(void **state)
{
    (void)state;
    const pinna_schedule s = {PINNA_SCHEDULE_CONSTANT, 2, 20, 1, 0.1, 1};
    assert_close(rate(s, 20, 3), 2, 0);
    assert_close(rate(s, 99, 3), 2, 0);
}

static void test_steps(void **state)
{
    (void)state;
    const pinna_schedule s = {PINNA_SCHEDULE_STEP, 2, 5, 10, 0.5, 1};
    for (size_t step = 5; step < 100; step++) {
        double want = 2;
        for (size_t k = 15; k <= step; k += 10)
            want *= 0.5;
        assert_close(rate(s, step, 7), want, 1e-15);
    }
}

static void test_plateaus(void **state)
{
    (void)state;
    const pinna_schedule s = {PINNA_SCHEDULE_PLATEAU, 2, 5, 10, 0.5, 1};
    assert_close(rate(s, 50, 0), 2, 0);
    assert_close(rate(s, 50, 1), 1, 0);
    assert_close(rate(s, 5, 3), 0.25, 0);
}

/* Worse, equal and no number are not better; the count begins anew with each
 * better one. */
static void test_what_is_better(void **state)
{
    (void)state;
    const double scores[] = {5, 5, 6, (double)NAN, 4, 4, 3};
    const bool better[] = {true, false, false, false, true, false, true};
    const size_t n_worse[] = {0, 1, 2, 3, 0, 1, 0};
    pinna_plateau plateau = pinna_plateau_new();

    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(pinna_plateau_note(&plateau, scores[i]), better[i]);
        assert_int_equal(plateau.n_worse, n_worse[i]);
    }
    assert_close(plateau.best, 3, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_schedule_warms_up),
        cmocka_unit_test(test_cosine),
        cmocka_unit_test(test_constant),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_plateaus),
        cmocka_unit_test(test_what_is_better),
    };
    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
