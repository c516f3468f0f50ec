#include "support.h"

#include "datasets/quiet.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void say(const char *text)
{
    assert_int_equal(write(STDERR_FILENO, text, strlen(text)), strlen(text));
}

static void test_only_what_is_between_is_lost(void **state)
{
    (void)state;
    const char *path = support_temp("stderr.txt");
    const int before = dup(STDERR_FILENO);
    const int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(before >= 0 && file >= 0);
    dup2(file, STDERR_FILENO);

    say("a");
    int kept = pinna_quiet_begin();
    say("b");
    pinna_quiet_end(kept);
    say("c");
    kept = pinna_quiet_begin();
    pinna_quiet_end(kept);
    say("d");

    dup2(before, STDERR_FILENO);
    close(before);
    char got[10] = "";
    assert_int_equal(pread(file, got, sizeof got, 0), 3);
    assert_string_equal(got, "acd");
    close(file);
}

/* A process may have closed stderr. */
static void test_without_stderr(void **state)
{
    (void)state;
    const int before = fcntl(STDERR_FILENO, F_DUPFD, 3);
    assert_true(before >= 0);
    close(STDERR_FILENO);
    const int kept = pinna_quiet_begin();
    pinna_quiet_end(kept);
    const int open_again = fcntl(STDERR_FILENO, F_GETFD);
    dup2(before, STDERR_FILENO);
    close(before);
    assert_int_equal(open_again, -1);
}

static void *be_quiet(void *stop)
{
    while (!atomic_load((atomic_int *)stop)) {
        pinna_quiet_end(pinna_quiet_begin());
        sched_yield();
    }
    return NULL;
}

/* Another thread is quiet again and again: no word is lost. */
static void test_loud_is_heard(void **state)
{
    (void)state;
    enum { N_WORDS = 200 };
    const char *path = support_temp("loud.txt");
    const int before = dup(STDERR_FILENO);
    const int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    atomic_int stop = 0;
    pthread_t thread;
    assert_true(before >= 0 && file >= 0);
    dup2(file, STDERR_FILENO);
    assert_int_equal(pthread_create(&thread, NULL, be_quiet, &stop), 0);

    for (int i = 0; i < N_WORDS; i++) {
        pinna_loud_begin();
        say("a");
        pinna_loud_end();
        sched_yield();
    }

    atomic_store(&stop, 1);
    pthread_join(thread, NULL);
    dup2(before, STDERR_FILENO);
    close(before);
    assert_int_equal(lseek(file, 0, SEEK_END), N_WORDS);
    close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_is_between_is_lost),
        cmocka_unit_test(test_without_stderr),
        cmocka_unit_test(test_loud_is_heard),
    };
    return cmocka_run_group_tests_name("quiet", tests, NULL, NULL);
}
