#include "tools/talkers.h"

#include "tests/support.h"

#include <string.h>

enum { N = 11 };

static pinna_sound_item items[N] = {
    {.speaker = "ann"}, {.speaker = "bob"}, {.speaker = NULL},
    {.speaker = "ann"}, {.speaker = "cid"}, {.speaker = "ann"},
    {.speaker = "bob"}, {.speaker = NULL},  {.speaker = "cid"},
    {.speaker = "ann"}, {.speaker = "bob"},
};
static const pinna_sound_list list = {.items = items, .n_items = N};

static void groups_by_speaker(void **state)
{
    bool seen[N] = {false};
    pinna_talkers talkers;
    pinna_rng rng;

    (void)state;
    pinna_rng_seed(&rng, 1, 0);
    assert_int_equal(pinna_talkers_new(&list, &rng, &talkers), 0);
    assert_int_equal(talkers.n_talkers, 5); /* three names, two unknown */
    assert_int_equal(talkers.begins[0], 0);
    assert_int_equal(talkers.begins[5], N);
    for (size_t t = 0; t < 5; t++) {
        const char *speaker = items[talkers.order[talkers.begins[t]]].speaker;
        const size_t n = talkers.begins[t + 1] - talkers.begins[t];
        assert_int_equal(n, !speaker          ? 1
                            : *speaker == 'a' ? 4
                            : *speaker == 'b' ? 3
                                              : 2);
        for (size_t i = talkers.begins[t]; i < talkers.begins[t + 1]; i++) {
            const size_t item = talkers.order[i];
            assert_false(seen[item]);
            seen[item] = true;
            assert_ptr_equal(items[item].speaker, speaker);
        }
    }
    pinna_talkers_free(&talkers);
}

static void deals_each_once_before_any_again(void **state)
{
    pinna_talkers talkers;
    pinna_rng rng;

    (void)state;
    pinna_rng_seed(&rng, 2, 0);
    assert_int_equal(pinna_talkers_new(&list, &rng, &talkers), 0);
    for (size_t t = 0; t < talkers.n_talkers; t++) {
        const size_t n = talkers.begins[t + 1] - talkers.begins[t];
        size_t counts[N] = {0};
        for (size_t i = 0; i < 3 * n; i++)
            counts[pinna_talkers_deal(&talkers, t)]++;
        for (size_t i = talkers.begins[t]; i < talkers.begins[t + 1]; i++)
            assert_int_equal(counts[talkers.order[i]], 3);
    }
    pinna_talkers_free(&talkers);
}

static void the_seed_decides(void **state)
{
    pinna_talkers first, again, other;
    pinna_rng rng;

    (void)state;
    pinna_rng_seed(&rng, 3, 0);
    assert_int_equal(pinna_talkers_new(&list, &rng, &first), 0);
    pinna_rng_seed(&rng, 3, 0);
    assert_int_equal(pinna_talkers_new(&list, &rng, &again), 0);
    pinna_rng_seed(&rng, 4, 0);
    assert_int_equal(pinna_talkers_new(&list, &rng, &other), 0);
    assert_memory_equal(first.order, again.order, N * sizeof *first.order);
    assert_memory_not_equal(first.order, other.order, N * sizeof *first.order);
    pinna_talkers_free(&first);
    pinna_talkers_free(&again);
    pinna_talkers_free(&other);
}

static void survives_every_failed_allocation(void **state)
{
    int failed = 1;

    (void)state;
    for (size_t n = 1; failed; n++) {
        pinna_talkers talkers;
        pinna_rng rng;
        pinna_rng_seed(&rng, 1, 0);
        support_fail_allocation(n);
        const pinna_status status = pinna_talkers_new(&list, &rng, &talkers);
        failed = support_alloc_failed();
        support_fail_allocation(0);
        assert_true(status == PINNA_OK ||
                    (failed && status == PINNA_NO_MEMORY));
        pinna_talkers_free(&talkers);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_by_speaker),
        cmocka_unit_test(deals_each_once_before_any_again),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("talkers", tests, NULL, NULL);
}
