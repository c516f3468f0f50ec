#include "support.h"

#include "datasets/quiet.h"

#include <fcntl.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_is_between_is_lost),
        cmocka_unit_test(test_without_stderr),
    };
    return cmocka_run_group_tests_name("quiet", tests, NULL, NULL);
}
