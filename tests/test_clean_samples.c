#include "support.h"

#include <math.h>

#include "dsp/clean_samples.h"

static void test_keeps_what_is_sound(void **state)
{
    (void)state;
    const float from[] = {0, -0.25f, 1, -1000, 1000, 1e-40f};
    enum { N = sizeof from / sizeof *from };
    float to[N];

    pinna_clean_samples(from, N, to);
    for (size_t i = 0; i < N; i++)
        assert_close(to[i], from[i], 0);
}

static void test_takes_the_rest_as_0_in_place(void **state)
{
    (void)state;
    float x[] = {NAN, INFINITY, -INFINITY, 1001, -3e38f, 0.5f, 1007};
    const float want[] = {0, 0, 0, 0, 0, 0.5f, 1007};

    pinna_clean_samples(x, 6, x);
    for (size_t i = 0; i < 7; i++)
        assert_close(x[i], want[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_what_is_sound),
        cmocka_unit_test(test_takes_the_rest_as_0_in_place),
    };
    return cmocka_run_group_tests_name("clean_samples", tests, NULL, NULL);
}
