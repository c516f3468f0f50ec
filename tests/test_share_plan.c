#include "tools/share_plan.h"

#include "support.h"

static void test_the_options_of_a_process(void **state)
{
    (void)state;
    const pinna_train_options options = {
        .batch_size = 32, .n_threads = 3, .seed = 7};
    const pinna_share_plan plan = pinna_share_plan_of(&options);

    assert_int_equal(plan.batch_size, 32);
    assert_int_equal(plan.n_shares, 3);
    assert_int_equal(plan.n_threads, 3);
    assert_int_equal(plan.seed, 7);
    assert_true(pinna_share_plan_is_valid(&plan));
}

static void test_the_largest_share(void **state)
{
    (void)state;
    for (size_t n_items = 1; n_items < 20; n_items++)
        for (size_t n_shares = 1; n_shares < 25; n_shares++) {
            const pinna_share_plan plan = {n_items, n_shares, 1, 0};
            size_t most = 0;
            for (size_t i = 0; i < n_shares; i++) { /* as they are dealt */
                const size_t n =
                    n_items * (i + 1) / n_shares - n_items * i / n_shares;
                most = n > most ? n : most;
            }
            assert_int_equal(pinna_share_plan_most(&plan), most);
        }
}

static void test_what_is_refused(void **state)
{
    (void)state;
    const pinna_share_plan bad[] = {
        {8, 2, 0, 0}, {8, 2, 3, 0}, {8, PINNA_MAX_THREADS + 1, 1, 0}};
    const pinna_share_plan most = {8, PINNA_MAX_THREADS, PINNA_MAX_THREADS, 0};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(pinna_share_plan_is_valid(&bad[i]));
    assert_true(pinna_share_plan_is_valid(&most));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_options_of_a_process),
        cmocka_unit_test(test_the_largest_share),
        cmocka_unit_test(test_what_is_refused),
    };
    return cmocka_run_group_tests_name("share_plan", tests, NULL, NULL);
}
