#include "tools/prefetch.h"

#include "support.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* What is made: the name of the share, and how many were. */
typedef struct shelf {
    pinna_share_name slots[2];
    atomic_int n_made, n_makers;
} shelf;

static void make(void *user, pinna_share_name name, size_t slot)
{
    shelf *s = user;
    const struct timespec moment = {0, 100000};

    assert_int_equal(atomic_fetch_add(&s->n_makers, 1), 0);
    s->slots[slot] = (pinna_share_name){0};
    nanosleep(&moment, NULL);
    s->slots[slot] = name;
    atomic_fetch_add(&s->n_made, 1);
    atomic_fetch_sub(&s->n_makers, 1);
}

static void take(pinna_prefetch *prefetch, const shelf *s, size_t step,
                 size_t first, size_t n)
{
    const struct timespec moment = {0, 300000};
    const size_t slot =
        pinna_prefetch_take(prefetch, (pinna_share_name){step, first, n});

    for (int i = 0; i < 2; i++) { /* and it stays so */
        assert_int_equal(s->slots[slot].step, step);
        assert_int_equal(s->slots[slot].first, first);
        assert_int_equal(s->slots[slot].n, n);
        if (step % 3 == 0)
            nanosleep(&moment, NULL);
    }
}

static void test_what_is_taken_is_what_was_asked_for(void **state)
{
    (void)state;
    for (int ahead = 0; ahead < 2; ahead++) {
        shelf s = {0};
        pinna_prefetch *prefetch;
        assert_int_equal(pinna_prefetch_new(make, &s, ahead, &prefetch), 0);
        for (size_t step = 0; step < 40; step++)
            take(prefetch, &s, step, 2, 3);
        const int n_in_order = 40 + ahead;
        take(prefetch, &s, 7, 2, 3);  /* back */
        take(prefetch, &s, 8, 2, 3);  /* on from there */
        take(prefetch, &s, 9, 2, 4);  /* another share of it */
        take(prefetch, &s, 10, 0, 4); /* likewise */
        take(prefetch, &s, 10, 0, 4); /* once more */
        pinna_prefetch_free(prefetch);
        if (!ahead)
            assert_int_equal(atomic_load(&s.n_made), n_in_order + 4);
        else
            assert_true(atomic_load(&s.n_made) > n_in_order + 3);
    }
}

/* In order, each is made once, and all but the first by the thread. */
static void test_nothing_is_made_twice(void **state)
{
    (void)state;
    shelf s = {0};
    pinna_prefetch *prefetch;

    assert_int_equal(pinna_prefetch_new(make, &s, true, &prefetch), 0);
    for (size_t step = 5; step < 25; step++) {
        take(prefetch, &s, step, 0, 1);
        assert_true(atomic_load(&s.n_made) <= (int)(step - 5) + 2);
    }
    pinna_prefetch_free(prefetch);
    assert_true(atomic_load(&s.n_made) <= 21);
}

static pinna_status make_and_free(void)
{
    shelf s = {0};
    pinna_prefetch *prefetch;

    const pinna_status status = pinna_prefetch_new(make, &s, false, &prefetch);
    pinna_prefetch_free(prefetch);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make_and_free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_taken_is_what_was_asked_for),
        cmocka_unit_test(test_nothing_is_made_twice),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("prefetch", tests, NULL, NULL);
}
