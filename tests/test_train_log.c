#include "tools/train_log.h"

#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[4096];

static const char *text_of(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void write_text(const char *path, const char *what)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(what, file);
    fclose(file);
}

/* Lines of steps first, first + 5, ... up to last. */
static void log_steps(const char *path, size_t resumed, size_t first,
                      size_t last)
{
    pinna_train_log log;
    pinna_error error = {""};

    if (pinna_train_log_open(path, resumed, &log, &error))
        fail_msg("%s", error.text);
    for (size_t step = first; step <= last; step += 5) {
        const pinna_figure figures[] = {{"loss", 1 / (double)step},
                                        {"score", (double)NAN}};
        assert_int_equal(pinna_train_log_write(&log, step, figures, 2, NULL),
                         PINNA_OK);
    }
    pinna_train_log_close(&log);
    pinna_train_log_close(&log);
}

static const char *const names[] = {"run.csv", "run.jsonl"};
static const char *const wanted[] = {
    "step,loss,score\n5,0.2,\n10,0.1,\n15,0.0666666667,\n",
    "{\"step\": 5, \"loss\": 0.2, \"score\": null}\n"
    "{\"step\": 10, \"loss\": 0.1, \"score\": null}\n"
    "{\"step\": 15, \"loss\": 0.0666666667, \"score\": null}\n"};

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *path = support_temp(names[i]);
        log_steps(path, 0, 5, 15);
        assert_string_equal(text_of(path), wanted[i]);
        log_steps(path, 0, 5, 15); /* another run */
        assert_string_equal(text_of(path), wanted[i]);
    }
}

/* Wherever it is cut, in the middle of a line too, it ends with each line once.
 */
static void test_going_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *path = support_temp(names[i]);
        for (size_t length = 0; length <= strlen(wanted[i]); length++) {
            char begin[sizeof text];
            snprintf(begin, sizeof begin, "%.*s", (int)length, wanted[i]);
            /* The lines of steps that the checkpoint has are there. */
            size_t last = 0;
            for (size_t step = 5; step <= 15; step += 5) {
                char line[32];
                snprintf(line, sizeof line, i ? "{\"step\": %zu," : "\n%zu,",
                         step);
                const char *at = strstr(begin, line);
                if (at && strchr(at + 1, '\n'))
                    last = step;
            }
            for (size_t resumed = 5; resumed <= last; resumed += 5) {
                write_text(path, begin);
                log_steps(path, resumed, resumed + 5, 15);
                assert_string_equal(text_of(path), wanted[i]);
            }
        }
        /* There is none: it begins here. */
        assert_int_equal(remove(path), 0);
        log_steps(path, 10, 15, 15);
        assert_non_null(strstr(text_of(path), "0.0666666667"));
    }
}

static void test_other_files_are_kept(void **state)
{
    (void)state;
    const char *path = support_temp("other.csv");
    pinna_train_log log;
    pinna_error error = {""};

    write_text(path, "step,loss\n5,1\nsomething else\n");
    assert_int_equal(pinna_train_log_open(path, 10, &log, &error),
                     PINNA_BAD_FORMAT);
    assert_non_null(strstr(error.text, "other.csv:3"));
    assert_string_equal(text_of(path), "step,loss\n5,1\nsomething else\n");
    pinna_train_log_close(&log);
    assert_int_equal(
        pinna_train_log_open(support_temp("no/folder.csv"), 0, &log, &error),
        PINNA_IO);
    assert_non_null(strstr(error.text, "no/folder.csv"));
}

static void test_a_full_disk_is_told(void **state)
{
    (void)state;
    const pinna_figure figure = {"loss", 1};
    pinna_train_log log = {.path = "full.csv", .csv = true};
    pinna_error error = {""};

    log.file = fopen("/dev/full", "w");
    if (!log.file)
        skip();
    assert_int_equal(pinna_train_log_write(&log, 1, &figure, 1, &error),
                     PINNA_IO);
    assert_non_null(strstr(error.text, "full.csv"));
    pinna_train_log_close(&log);
}

static void test_names(void **state)
{
    (void)state;
    assert_true(pinna_train_log_name_fits("a.csv"));
    assert_true(pinna_train_log_name_fits("x/a.b.jsonl"));
    assert_false(pinna_train_log_name_fits("a.json"));
    assert_false(pinna_train_log_name_fits(".csv"));
    assert_false(pinna_train_log_name_fits("csv"));
}

static pinna_status make(void)
{
    pinna_train_log log;
    const pinna_status status =
        pinna_train_log_open(support_temp("memory.csv"), 5, &log, NULL);
    pinna_train_log_close(&log);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    write_text(support_temp("memory.csv"), "step,loss\n5,1\n10,1\n");
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_going_on),
        cmocka_unit_test(test_other_files_are_kept),
        cmocka_unit_test(test_a_full_disk_is_told),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("train_log", tests, NULL, NULL);
}
