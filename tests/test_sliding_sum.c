#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/rng.h"
#include "dsp/sliding_sum.h"

enum { DIM = 2 };

/* The sums against those of the frames that should be inside. */
static void check_sums(const pinna_sliding_sum *sliding, double tolerance)
{
    for (size_t d = 0; d < DIM; d++) {
        double sum = 0, square = 0;
        for (size_t t = sliding->n_dropped; t < sliding->n_added; t++) {
            const double x = (double)pinna_sliding_sum_frame(sliding, t)[d];
            sum += isfinite(x) ? x : 0;
            square += isfinite(x) ? x * x : 0;
        }
        assert_close(sliding->sum[d], sum, tolerance * (1 + fabs(sum)));
        assert_close(sliding->square[d], square, tolerance * (1 + square));
    }
}

static void add(pinna_sliding_sum *sliding, double a, double b)
{
    const float frame[DIM] = {(float)a, (float)b};
    pinna_sliding_sum_add(sliding, frame);
    assert_memory_equal(pinna_sliding_sum_frame(sliding, sliding->n_added - 1),
                        frame, sizeof frame);
}

static void test_windows_of_any_size(void **state)
{
    (void)state;
    enum { CAPACITY = 50 };
    pinna_sliding_sum sliding;
    assert_int_equal(pinna_sliding_sum_new(DIM, CAPACITY, &sliding), PINNA_OK);
    pinna_rng rng;
    pinna_rng_seed(&rng, 1, 2);
    support_count_allocations();
    for (size_t i = 0; i < 5000; i++) {
        const size_t count = pinna_sliding_sum_count(&sliding);
        const bool grow = pinna_rng_below(&rng, 2) > 0;
        if (count == 0 || (grow && count < CAPACITY))
            add(&sliding, pinna_rng_uniform(&rng, -1, 1),
                pinna_rng_uniform(&rng, -20, -10));
        else
            pinna_sliding_sum_drop(&sliding);
        check_sums(&sliding, 1e-12);
    }
    assert_int_equal(support_allocations(), 0);
    pinna_sliding_sum_free(&sliding);
}

/* Four hours of frames every 10 ms, far from 0. */
static void test_no_drift(void **state)
{
    (void)state;
    enum { WINDOW = 300, HOURS = 4 };
    pinna_sliding_sum sliding;
    assert_int_equal(pinna_sliding_sum_new(DIM, WINDOW + 1, &sliding),
                     PINNA_OK);
    pinna_rng rng;
    pinna_rng_seed(&rng, 3, 4);
    for (size_t t = 0; t < HOURS * 360000; t++) {
        add(&sliding, 1e6 + pinna_rng_uniform(&rng, -1, 1),
            pinna_rng_uniform(&rng, -1e-3, 1e-3));
        if (t >= WINDOW)
            pinna_sliding_sum_drop(&sliding);
        if (t % 9973 == 0)
            check_sums(&sliding, 1e-13);
    }
    pinna_sliding_sum_free(&sliding);
}

static void test_bad_values_leave(void **state)
{
    (void)state;
    enum { WINDOW = 100 };
    static const double bad[] = {(double)NAN, (double)INFINITY,
                                 (double)-INFINITY, 3e38, -3e38};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pinna_sliding_sum sliding;
        assert_int_equal(pinna_sliding_sum_new(DIM, WINDOW + 1, &sliding),
                         PINNA_OK);
        for (size_t t = 0; t < 4 * WINDOW; t++) {
            if (t == WINDOW / 2) {
                const float frame[DIM] = {(float)bad[i], 1};
                pinna_sliding_sum_add(&sliding, frame);
            } else {
                add(&sliding, sin((double)t), cos((double)t));
            }
            if (t >= WINDOW)
                pinna_sliding_sum_drop(&sliding);
            if (fabs(bad[i]) < 1e39 && t >= WINDOW / 2 &&
                t < WINDOW / 2 + 2 * WINDOW)
                continue; /* 3e38 may cost the others their digits */
            check_sums(&sliding, 1e-13);
        }
        pinna_sliding_sum_free(&sliding);
    }
}

static void test_without_end(void **state)
{
    (void)state;
    pinna_sliding_sum sliding;
    assert_int_equal(pinna_sliding_sum_new(DIM, 0, &sliding), PINNA_OK);
    for (size_t t = 1; t <= 1000; t++) {
        const float frame[DIM] = {(float)t, -1};
        pinna_sliding_sum_add(&sliding, frame);
        assert_int_equal(pinna_sliding_sum_count(&sliding), t);
        assert_true(sliding.sum[0] == 0.5 * (double)(t * (t + 1)));
        assert_true(sliding.square[1] == (double)t);
    }
    pinna_sliding_sum_reset(&sliding);
    assert_int_equal(pinna_sliding_sum_count(&sliding), 0);
    assert_true(sliding.sum[0] == 0 && sliding.square[1] == 0);
    pinna_sliding_sum_free(&sliding);
    assert_int_equal(pinna_sliding_sum_new(0, 1, &sliding), PINNA_BAD_ARG);
    pinna_sliding_sum_free(NULL);
}

static pinna_status make(void)
{
    pinna_sliding_sum sliding;
    const pinna_status status = pinna_sliding_sum_new(DIM, 10, &sliding);
    assert_true(status == PINNA_OK || !sliding.sum);
    pinna_sliding_sum_free(&sliding);
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
        cmocka_unit_test(test_windows_of_any_size),
        cmocka_unit_test(test_no_drift),
        cmocka_unit_test(test_bad_values_leave),
        cmocka_unit_test(test_without_end),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("sliding_sum", tests, NULL, NULL);
}
