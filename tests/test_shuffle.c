#include "tools/shuffle.h"

#include "support.h"

#include <stdbool.h>
#include <string.h>

enum { N = 13 };

static void test_every_item_once_an_epoch(void **state)
{
    (void)state;
    pinna_shuffle shuffle, other;
    size_t first[N], n_same = 0;

    assert_int_equal(pinna_shuffle_new(5, N, &shuffle), PINNA_OK);
    assert_int_equal(pinna_shuffle_new(5, N, &other), PINNA_OK);
    for (size_t epoch = 0; epoch < 3; epoch++) {
        bool seen[N] = {false};
        for (size_t i = 0; i < N; i++) {
            const size_t item = pinna_shuffle_at(&shuffle, epoch * N + i);
            assert_true(item < N && !seen[item]);
            seen[item] = true;
            if (epoch == 0)
                first[i] = item;
            else
                n_same += first[i] == item;
        }
    }
    assert_in_range(n_same, 0, N);
    /* Whatever was asked before. */
    for (size_t i = 2 * N; i-- > 0;)
        assert_int_equal(pinna_shuffle_at(&other, i),
                         pinna_shuffle_at(&shuffle, i));
    pinna_shuffle_free(&shuffle);
    pinna_shuffle_free(&other);
    pinna_shuffle_free(NULL);
}

static pinna_status make(void)
{
    pinna_shuffle shuffle;
    const pinna_status status = pinna_shuffle_new(1, N, &shuffle);
    pinna_shuffle_free(&shuffle);
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
        cmocka_unit_test(test_every_item_once_an_epoch),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("shuffle", tests, NULL, NULL);
}
