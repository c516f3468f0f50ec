/* Against the equations of the paper, in double. */
#include "support.h"

#include <math.h>

#include "rnn/post_filter.h"

static double compensation(double plain, double warped)
{
    const double beta = 0.02, ratio = plain / warped;
    return sqrt((1 + beta) * ratio / (1 + beta * ratio * ratio));
}

static void test_warp(void **state)
{
    (void)state;
    assert_close((double)pinna_post_filter_warp(0), 0, 0);
    assert_close((double)pinna_post_filter_warp(1), 1, 0);
    for (double gain = 0; gain <= 1; gain += 1.0 / 64) {
        const double warped = (double)pinna_post_filter_warp((float)gain);
        assert_close(warped, gain * sin(gain * PINNA_PI / 2), 1e-7);
        assert_true(warped <= gain);
    }
}

static void test_compensation(void **state)
{
    (void)state;
    double most = 0;

    for (double ratio = 1; ratio < 1e6; ratio *= 1.1) {
        const double got =
            (double)pinna_post_filter_compensation((float)ratio, 1);
        assert_close(got, compensation(ratio, 1), 1e-6 * got);
        assert_true(got * got <= ratio * (1 + 1e-6));
        most = fmax(most, got);
    }
    assert_close(20 * log10(most), 5.57, 0.01);
    assert_close((double)pinna_post_filter_compensation(3, 3), 1, 1e-7);
}

static void test_extremes(void **state)
{
    (void)state;
    assert_close((double)pinna_post_filter_compensation(0, 0), 1, 0);
    assert_close((double)pinna_post_filter_compensation(1, 0), 1, 0);
    assert_close((double)pinna_post_filter_compensation(1e30f, 1e-37f), 0,
                 1e-20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_warp),
        cmocka_unit_test(test_compensation),
        cmocka_unit_test(test_extremes),
    };
    return cmocka_run_group_tests_name("post_filter", tests, NULL, NULL);
}
