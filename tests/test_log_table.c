#include "tools/log_table.h"

#include "support.h"
#include "tools/train_log.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *file_of(const char *name, const char *text)
{
    const char *path = support_temp(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

/* What a run writes is read back to the digits that it wrote. */
static void test_logs_of_runs(void **state)
{
    (void)state;
    static const char *const names[] = {"run.csv", "run.jsonl"};
    for (size_t i = 0; i < 2; i++) {
        const char *path = support_temp(names[i]);
        pinna_train_log log;
        pinna_log_table table;
        pinna_error error = {""};

        assert_int_equal(pinna_train_log_open(path, 0, &log, NULL), 0);
        for (size_t row = 0; row < 200; row++) {
            const pinna_figure figures[] = {
                {"loss", 1 / (double)(row + 3)},
                {"score", row == 5 ? (double)NAN : -1e-9 * (double)row}};
            assert_int_equal(
                pinna_train_log_write(&log, 10 * row, figures, 2, NULL), 0);
        }
        pinna_train_log_close(&log);
        if (pinna_log_table_read(path, &table, &error))
            fail_msg("%s", error.text);
        assert_int_equal(table.n_columns, 3);
        assert_int_equal(table.n_rows, 200);
        assert_string_equal(table.names[0], "step");
        assert_int_equal(pinna_log_table_find(&table, "score"), 2);
        assert_int_equal(pinna_log_table_find(&table, "other"), 3);
        for (size_t row = 0; row < 200; row++) {
            const double *values = table.values + 3 * row;
            assert_close(values[0], 10 * (double)row, 0);
            assert_close(values[1], 1 / (double)(row + 3), 1e-8);
            if (row == 5)
                assert_true(isnan(values[2]));
            else
                assert_close(values[2], -1e-9 * (double)row, 1e-15);
        }
        pinna_log_table_free(&table);
        pinna_log_table_free(&table);
    }
}

static void test_a_line_that_is_being_written(void **state)
{
    (void)state;
    pinna_log_table table;
    assert_int_equal(
        pinna_log_table_read(file_of("half.csv", "step,loss\n1,2\n2,"), &table,
                             NULL),
        PINNA_OK);
    assert_int_equal(table.n_rows, 1);
    pinna_log_table_free(&table);
}

static void test_bad_logs(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *words;
    } cases[] = {
        {"a.csv", "", "no lines"},
        {"a.csv", "step,loss\n", "no lines"},
        {"a.csv", "loss,step\n1,2\n", "a.csv:2: the first column"},
        {"a.csv", "step,,loss\n1,2\n", "a.csv:1: a column without"},
        {"a.csv", "step,loss\n1\n", "a.csv:2: another number"},
        {"a.csv", "step,loss\n1,2,3\n", "a.csv:2: another number"},
        {"a.csv", "step,loss\n1,2\n1,2\n", "a.csv:3: its step"},
        {"a.csv", "step,loss\n1,x\n", "a.csv:2: not a number"},
        {"a.csv", "step,loss\n,1\n", "a.csv:2: no step"},
        {"a.jsonl", "{}\n", "a.jsonl:1: not a JSON object"},
        {"a.jsonl", "[1]\n", "a.jsonl:1: not a JSON object"},
        {"a.jsonl", "{\"audio_filepath\": \"x\"}\n", "a.jsonl:1: the first"},
        {"a.jsonl", "{\"step\": 1}\n{\"step\": 2, \"x\": 1}\n",
         "a.jsonl:2: another key"},
        {"a.jsonl", "{\"step\": 1, \"x\": \"y\"}\n", "a.jsonl:1: a value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pinna_log_table table;
        pinna_error error = {""};
        assert_int_equal(
            pinna_log_table_read(file_of(cases[i].name, cases[i].text), &table,
                                 &error),
            PINNA_BAD_FORMAT);
        if (!strstr(error.text, cases[i].words) || strchr(error.text, '\n'))
            fail_msg("\"%s\" does not say \"%s\"", error.text, cases[i].words);
        assert_null(table.names);
    }
    pinna_log_table table;
    assert_int_equal(
        pinna_log_table_read(support_temp("none.csv"), &table, NULL),
        PINNA_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logs_of_runs),
        cmocka_unit_test(test_a_line_that_is_being_written),
        cmocka_unit_test(test_bad_logs),
    };
    return cmocka_run_group_tests_name("log_table", tests, NULL, NULL);
}
