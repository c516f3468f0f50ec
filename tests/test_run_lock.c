#include "tools/run_lock.h"

#include "support.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void assert_refused(const char *output)
{
    pinna_run_lock lock;
    pinna_error error = {""};

    assert_int_equal(pinna_run_lock_take(output, &lock, &error), PINNA_BAD_ARG);
    assert_non_null(strstr(error.text, output));
    assert_null(strchr(error.text, '\n'));
    pinna_run_lock_release(&lock); /* nothing is held */
}

static void test_one_at_a_time(void **state)
{
    (void)state;
    const char *output = support_temp("a.safetensors");
    pinna_run_lock lock, other;

    assert_int_equal(pinna_run_lock_take(output, &lock, NULL), PINNA_OK);
    assert_refused(output);
    assert_refused(output);
    assert_int_equal(
        pinna_run_lock_take(support_temp("b.safetensors"), &other, NULL),
        PINNA_OK);
    pinna_run_lock_release(&other);

    pinna_run_lock_release(&lock);
    assert_int_not_equal(access(support_temp("a.safetensors.lock"), F_OK), 0);
    assert_int_equal(pinna_run_lock_take(output, &lock, NULL), PINNA_OK);
    pinna_run_lock_release(&lock);
    pinna_run_lock_release(&lock);
}

/* A process holds it until it is killed; its file stays and locks nothing. */
static void test_a_killed_run_locks_nothing(void **state)
{
    (void)state;
    const char *output = support_temp("killed.safetensors");
    pinna_run_lock lock;
    int ready[2];
    char byte;

    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        byte = pinna_run_lock_take(output, &lock, NULL) ? 'n' : 'y';
        if (write(ready[1], &byte, 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_refused(output);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(access(support_temp("killed.safetensors.lock"), F_OK), 0);
    assert_int_equal(pinna_run_lock_take(output, &lock, NULL), PINNA_OK);
    pinna_run_lock_release(&lock);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

static void test_no_place(void **state)
{
    (void)state;
    pinna_run_lock lock;
    pinna_error error = {""};
    char name[5000];

    assert_int_equal(
        pinna_run_lock_take(support_temp("no/folder/x"), &lock, &error),
        PINNA_IO);
    assert_non_null(strstr(error.text, "no/folder/x"));
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(pinna_run_lock_take(name, &lock, NULL), PINNA_BAD_ARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_at_a_time),
        cmocka_unit_test(test_a_killed_run_locks_nothing),
        cmocka_unit_test(test_no_place),
    };
    return cmocka_run_group_tests_name("run_lock", tests, NULL, NULL);
}
