#include "tools/crew.h"

#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

enum { MAX_ITEMS = 9 };

typedef struct tally {
    atomic_int counts[MAX_ITEMS];
    atomic_int n_at_once, most_at_once;
} tally;

static void count(void *user, size_t item)
{
    tally *t = user;
    const int n = atomic_fetch_add(&t->n_at_once, 1) + 1;
    int most = atomic_load(&t->most_at_once);

    while (n > most &&
           !atomic_compare_exchange_weak(&t->most_at_once, &most, n))
        ;
    atomic_fetch_add(&t->counts[item], 1);
    atomic_fetch_sub(&t->n_at_once, 1);
}

static void test_each_item_once_a_round(void **state)
{
    (void)state;
    for (size_t n_threads = 1; n_threads <= 5; n_threads++)
        for (size_t n_items = 0; n_items <= MAX_ITEMS; n_items += 3) {
            tally t;
            pinna_crew *crew;
            memset(&t, 0, sizeof t);
            assert_int_equal(
                pinna_crew_new(count, &t, n_items, n_threads, &crew), PINNA_OK);
            for (int round = 1; round <= 200; round++) {
                pinna_crew_run(crew);
                for (size_t i = 0; i < MAX_ITEMS; i++)
                    assert_int_equal(t.counts[i], i < n_items ? round : 0);
            }
            pinna_crew_free(crew);
            assert_true(t.most_at_once <= (int)n_threads);
        }
}

/* Two items that wait for each other end only when two threads have them; in
 * the first rounds they have, for nothing else has been tried. */
static void meet(void *user, size_t item)
{
    atomic_int *n_here = user;
    (void)item;
    atomic_fetch_add(n_here, 1);
    while (atomic_load(n_here) % 2 != 0)
        ;
}

static void test_items_run_at_once(void **state)
{
    (void)state;
    atomic_int n_here = 0;
    pinna_crew *crew;
    assert_int_equal(pinna_crew_new(meet, &n_here, 2, 2, &crew), PINNA_OK);
    for (int round = 0; round < 3; round++)
        pinna_crew_run(crew);
    assert_int_equal(n_here, 6);
    pinna_crew_free(crew);
}

static pthread_t caller;

/* The helper is the last to end. */
static void meet_and_dawdle(void *user, size_t item)
{
    tally *t = user;
    meet(&t->n_at_once, item);
    if (!pthread_equal(pthread_self(), caller)) {
        const struct timespec time = {0, 5 * 1000 * 1000};
        nanosleep(&time, NULL);
    }
    atomic_fetch_add(&t->counts[item], 1);
}

static void test_waits_for_the_helpers(void **state)
{
    (void)state;
    tally t;
    pinna_crew *crew;
    memset(&t, 0, sizeof t);
    caller = pthread_self();
    assert_int_equal(pinna_crew_new(meet_and_dawdle, &t, 2, 2, &crew),
                     PINNA_OK);
    for (int round = 1; round <= 3; round++) {
        pinna_crew_run(crew);
        assert_int_equal(t.counts[0] + t.counts[1], 2 * round);
    }
    pinna_crew_free(crew);
}

static void test_no_round_at_all(void **state)
{
    (void)state;
    tally t;
    pinna_crew *crew;
    memset(&t, 0, sizeof t);
    pinna_crew_free(NULL);
    assert_int_equal(pinna_crew_new(count, &t, 3, 3, &crew), PINNA_OK);
    pinna_crew_free(crew);
    assert_int_equal(t.counts[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_item_once_a_round),
        cmocka_unit_test(test_items_run_at_once),
        cmocka_unit_test(test_waits_for_the_helpers),
        cmocka_unit_test(test_no_round_at_all),
    };
    return cmocka_run_group_tests_name("crew", tests, NULL, NULL);
}
