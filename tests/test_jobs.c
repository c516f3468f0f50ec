#include "tools/jobs.h"

#include "tests/support.h"
#include "tools/command.h"
#include "tools/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>

enum { N = 500 };

static struct {
    atomic_int worked[N];
    size_t finished[N];
    size_t n_finished;
    size_t refuse_from; /* work() returns false for every third from here */
} seen;

static bool work(void *user, size_t item)
{
    (void)user;
    atomic_fetch_add(&seen.worked[item], 1);
    return item < seen.refuse_from || item % 3 != 0;
}

static void finish(void *user, size_t item)
{
    assert_ptr_equal(user, &seen);
    assert_int_equal(atomic_load(&seen.worked[item]), 1);
    seen.finished[seen.n_finished++] = item;
}

static size_t run(size_t n_items, size_t n_threads)
{
    memset(&seen, 0, sizeof seen);
    seen.refuse_from = N;
    return pinna_jobs_run(&(pinna_jobs){.n_items = n_items,
                                        .n_threads = n_threads,
                                        .user = &seen,
                                        .work = work,
                                        .finish = finish});
}

static void does_each_item_once_in_order(void **state)
{
    (void)state;
    for (size_t n_threads = 1; n_threads <= 8; n_threads++) {
        assert_int_equal(run(N, n_threads), N);
        assert_int_equal(seen.n_finished, N);
        for (size_t i = 0; i < N; i++)
            assert_int_equal(seen.finished[i], i);
    }
    assert_int_equal(run(0, 4), 0);
    assert_int_equal(run(1, 4), 1);
}

static void leaves_out_what_was_not_complete(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof seen);
    seen.refuse_from = 100;
    const size_t n = pinna_jobs_run(&(pinna_jobs){.n_items = N,
                                                  .n_threads = 3,
                                                  .user = &seen,
                                                  .work = work,
                                                  .finish = finish});
    assert_int_equal(n, seen.n_finished);
    assert_int_equal(n, N - 133); /* 102, 105, ... 498 */
    for (size_t i = 1; i < n; i++)
        assert_true(seen.finished[i - 1] < seen.finished[i]);
}

/* Without threads the work is done all the same. */
static void survives_every_failed_allocation(void **state)
{
    int failed = 1;

    (void)state;
    for (size_t n = 1; failed; n++) {
        memset(&seen, 0, sizeof seen);
        seen.refuse_from = N;
        support_fail_allocation(n);
        const size_t n_done = run(20, 2);
        failed = support_alloc_failed();
        support_fail_allocation(0);
        assert_true(n_done == 20 || (failed && n_done == 0));
    }
}

static bool work_and_interrupt(void *user, size_t item)
{
    (void)user;
    if (item == 10)
        raise(SIGINT);
    return true;
}

static void the_exit_code_tells_how_it_went(void **state)
{
    (void)state;
    assert_int_equal(pinna_jobs_exit_code(3, 3, 0), PINNA_EXIT_DONE);
    assert_int_equal(pinna_jobs_exit_code(3, 3, 1), PINNA_EXIT_INPUT);
    assert_int_equal(pinna_jobs_exit_code(3, 2, 0), PINNA_EXIT_INPUT);
}

/* Last: the flag stays. */
static void an_interrupt_begins_no_new_item(void **state)
{
    (void)state;
    pinna_interrupt_catch();
    assert_false(pinna_interrupted());
    const size_t n = pinna_jobs_run(&(pinna_jobs){
        .n_items = N, .n_threads = 1, .work = work_and_interrupt});
    assert_true(pinna_interrupted());
    assert_int_equal(n, 11);
    assert_int_equal(pinna_jobs_exit_code(N, n, 1), PINNA_EXIT_INTERRUPTED);
    assert_int_equal(pinna_jobs_exit_code(N, N, 0), PINNA_EXIT_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(does_each_item_once_in_order),
        cmocka_unit_test(leaves_out_what_was_not_complete),
        cmocka_unit_test(survives_every_failed_allocation),
        cmocka_unit_test(the_exit_code_tells_how_it_went),
        cmocka_unit_test(an_interrupt_begins_no_new_item),
    };
    return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
