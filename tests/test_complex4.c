#include "dsp/complex4.h"

#include "support.h"

#include <complex.h>

static void assert_lane(pinna_complex4 got, int lane, float complex want)
{
    assert_true(got.re[lane] == crealf(want));
    assert_true(got.im[lane] == cimagf(want));
}

/* Small whole numbers: no result is rounded. */
static void test_as_in_c99(void **state)
{
    (void)state;
    const pinna_complex4 a = {{1, -2, 3, 0}, {4, 5, -6, 0}};
    const pinna_complex4 b = {{7, 8, -9, 1}, {-1, 2, 3, 2}};

    for (int lane = 0; lane < 4; lane++) {
        const float complex i = (float complex)I;
        const float complex x = a.re[lane] + i * a.im[lane];
        const float complex y = b.re[lane] + i * b.im[lane];
        assert_lane(pinna_complex4_add(a, b), lane, x + y);
        assert_lane(pinna_complex4_subtract(a, b), lane, x - y);
        assert_lane(pinna_complex4_add_i(a, b), lane, x + i * y);
        assert_lane(pinna_complex4_subtract_i(a, b), lane, x - i * y);
        assert_lane(pinna_complex4_multiply(a, b), lane, x * y);
        assert_lane(pinna_complex4_conj(a), lane, conjf(x));
        assert_lane(pinna_complex4_scale(0.5f, a), lane, 0.5f * x);

        pinna_complex4 points[4] = {a, b, b, a};
        pinna_complex4_butterfly_4(points);
        assert_lane(points[0], lane, x + y + y + x);
        assert_lane(points[1], lane, x - i * y - y + i * x);
        assert_lane(points[2], lane, x - y + y - x);
        assert_lane(points[3], lane, x + i * y - y - i * x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_in_c99),
    };
    return cmocka_run_group_tests_name("complex4", tests, NULL, NULL);
}
