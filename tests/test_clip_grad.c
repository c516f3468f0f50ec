#include "support.h"

#include <math.h>

#include "rnn/clip_grad.h"

static void test_clip(void **state)
{
    (void)state;
    float grads[11] = {0};
    grads[2] = 3;
    grads[10] = -4;

    assert_close(pinna_clip_grad_norm(grads, 11, 6), 5, 1e-12);
    assert_close((double)grads[2], 3, 0);
    assert_close(pinna_clip_grad_norm(grads, 11, 1), 5, 1e-12);
    assert_close((double)grads[2], 0.6, 1e-6);
    assert_close((double)grads[10], -0.8, 1e-6);
    assert_close(pinna_clip_grad_norm(grads, 0, 1), 0, 0);

    /* Squares that overflow a float. */
    grads[0] = 3e30f;
    assert_close(pinna_clip_grad_norm(grads, 11, 1) / 3e30, 1, 1e-6);
    assert_close((double)grads[0], 1, 1e-6);
}

static void test_clip_leaves_what_is_not_finite(void **state)
{
    (void)state;
    float grads[2] = {2, INFINITY};
    assert_true(isinf(pinna_clip_grad_norm(grads, 2, 1)));
    assert_close((double)grads[0], 2, 0);
    grads[1] = NAN;
    assert_true(isnan(pinna_clip_grad_norm(grads, 2, 1)));
    assert_close((double)grads[0], 2, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clip),
        cmocka_unit_test(test_clip_leaves_what_is_not_finite),
    };
    return cmocka_run_group_tests_name("clip_grad", tests, NULL, NULL);
}
