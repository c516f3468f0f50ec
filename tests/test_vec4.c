#include "dsp/vec4.h"

#include "support.h"

#include <float.h>
#include <math.h>

/* ln over all magnitudes, densely near 1, where it is hardest. */
static void test_ln(void **state)
{
    (void)state;
    for (int i = 0; i < 400000; i++) {
        const double exponent =
            i < 200000 ? -126.0 + 253.9 * i / 200000.0
                       : (double)(i - 300000) / 1e5; /* 2^-1 .. 2^1 */
        const float x = (float)fmax(exp2(exponent), (double)FLT_MIN);
        const float got = pinna_vec4_ln(pinna_vec4_all(x))[i % 4];
        const double want = log((double)x);
        assert_close(got, want, 2e-7 + 1e-7 * fabs(want));
    }
    assert_true(pinna_vec4_ln(pinna_vec4_all(1.0f))[2] == 0.0f);
    assert_true(isfinite(pinna_vec4_ln(pinna_vec4_all(INFINITY))[0]));
}

static void test_lanes(void **state)
{
    (void)state;
    const float x[5] = {1.0f, -2.0f, 3.5f, NAN, 4.0f};
    float y[5] = {0};

    const pinna_vec4 v = pinna_vec4_load(x + 1); /* any address */
    pinna_vec4_store(y + 1, pinna_vec4_max(v, pinna_vec4_all(0.5f)));
    assert_true(y[0] == 0.0f && y[1] == 0.5f && y[2] == 3.5f && y[3] == 0.5f &&
                y[4] == 4.0f);
    assert_true(pinna_vec4_sum(pinna_vec4_load(y)) == 4.5f);
}

static void test_shuffles(void **state)
{
    (void)state;
    const pinna_vec4 a = {0, 1, 2, 3}, b = {4, 5, 6, 7};
    const pinna_vec4 mixed = PINNA_VEC4_SHUFFLE(a, b, 6, 0, 3, 3);
    assert_true(mixed[0] == 6 && mixed[1] == 0 && mixed[2] == 3 &&
                mixed[3] == 3);

    pinna_vec4 rows[4] = {
        {0, 1, 2, 3}, {10, 11, 12, 13}, {20, 21, 22, 23}, {30, 31, 32, 33}};
    pinna_vec4_transpose(rows);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            assert_true(rows[i][j] == (float)(10 * j + i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ln),
        cmocka_unit_test(test_lanes),
        cmocka_unit_test(test_shuffles),
    };
    return cmocka_run_group_tests_name("vec4", tests, NULL, NULL);
}
