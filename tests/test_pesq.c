/* With programs that stand in for the one of the ITU. */
#include "tools/pesq.h"

#include "tests/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RATE = 48000, N = RATE };

static float clean[N], processed[N];

/* A script of this text; its path as support_temp() gives it. */
static const char *put_program(const char *name, const char *text)
{
    const char *path = support_temp(name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", text);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0700), 0);
    return path;
}

static pinna_status run(const char *program, double *mos, pinna_error *error)
{
    return pinna_pesq(program, clean, processed, N, RATE, mos, error);
}

/* 32000 bytes of samples at 16 kHz and a header each, in a folder where it may
 * leave files. */
static void is_called_as_the_reference(void **state)
{
    const char *program = put_program(
        "pesq", "[ \"$1 $2\" = '+16000 +wb' ] || exit 9\n"
                "[ $(wc -c <\"$3\") -eq 32044 ] || exit 8\n"
                "[ $(wc -c <\"$4\") -eq 32044 ] || exit 7\n"
                "echo 5 >_pesq_results.txt\n"
                "echo 'The MOS-LQO is'\n"
                "echo 'P.862.2 Prediction (Raw MOS, MOS-LQO):  = 1.5\t2.625'");
    pinna_error error = {""};
    double mos;

    (void)state;
    for (size_t i = 0; i < N; i++)
        processed[i] = 3 * (clean[i] = (float)sin(0.1 * (double)i));
    const pinna_status status = run(program, &mos, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(status, PINNA_OK);
    assert_close(mos, 2.625, 0);
    assert_int_not_equal(access("_pesq_results.txt", F_OK), 0);
}

static void check_failure(const char *program, const char *words)
{
    pinna_error error = {""};
    double mos = 0;

    assert_int_not_equal(run(program, &mos, &error), PINNA_OK);
    assert_true(isnan(mos));
    if (!strstr(error.text, words))
        fail_msg("\"%s\" does not hold \"%s\"", error.text, words);
    assert_non_null(strstr(error.text, program));
}

static void failures_name_the_program(void **state)
{
    (void)state;
    check_failure(support_temp("none"), "no such file");
    check_failure("no-such-program-at-all", "cannot be run");
    check_failure(put_program("silent", "exit 3"),
                  "printed no MOS-LQO, exit code 3");
    check_failure(put_program("odd", "echo 'MOS-LQO = none'"),
                  "printed no MOS-LQO, exit code 0");
    check_failure(put_program("killed", "kill -9 $$"), "ended by signal 9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_called_as_the_reference),
        cmocka_unit_test(failures_name_the_program),
    };
    return cmocka_run_group_tests_name("pesq", tests, NULL, NULL);
}
