#include "datasets/table.h"

#include "support.h"

#include <stdio.h>
#include <string.h>

static const char *write_file(const char *text)
{
    const char *path = support_temp("x.csv");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    return path;
}

static pinna_table read_text(const char *text)
{
    pinna_table table;
    pinna_error error = {""};
    if (pinna_table_read(write_file(text), &table, &error))
        fail_msg("%s", error.text);
    return table;
}

/* All fields in order, each in brackets, rows ended by a bar. */
static void assert_fields(const char *text, const char *want)
{
    pinna_table table = read_text(text);
    char got[256] = "";
    for (size_t r = 0; r < table.n_rows; r++) {
        for (size_t c = 0; c < table.n_columns; c++) {
            strcat(got, "[");
            strcat(got, pinna_table_field(&table, r, c));
            strcat(got, "]");
        }
        strcat(got, "|");
    }
    assert_string_equal(got, want);
    pinna_table_free(&table);
}

static void test_forms(void **state)
{
    (void)state;
    assert_fields("a,b\nc,d\n", "[a][b]|[c][d]|");
    assert_fields("a,b\r\nc,d", "[a][b]|[c][d]|");
    assert_fields("\n a ,\n\r\n,\n", "[ a ][]|[][]|");
    assert_fields("a", "[a]|");
    assert_fields("\"a,b\",\"c\"\"d\"\n\"\",\"e\nf\"", "[a,b][c\"d]|[][e\nf]|");
    assert_fields("\"a\"\r\n\"b\"\r\n", "[a]|[b]|");
    assert_fields("a\"b,c\"\n", "[a\"b][c\"]|");
    /* Between tabs, commas and quotes are text. */
    assert_fields("a,b\t\"c\n\"d\te\n", "[a,b][\"c]|[\"d][e]|");
    assert_fields("\xEF\xBB\xBF"
                  "a,b\n",
                  "[a][b]|");
}

static void assert_refused(const char *text, const char *want)
{
    const char *path = write_file(text);
    char line[1024];
    pinna_table table;
    pinna_error error = {""};
    assert_int_equal(pinna_table_read(path, &table, &error), PINNA_BAD_FORMAT);
    snprintf(line, sizeof line, "%s:%s", path, want);
    assert_string_equal(error.text, line);
    assert_null(table.fields);
}

static void test_refuses(void **state)
{
    (void)state;
    assert_refused("a,b\nc\n", "2: 1 field, the lines before have 2");
    assert_refused("a,\"b\n\"\n\nc,d,e\n",
                   "4: 3 fields, the lines before have 2");
    assert_refused("a\n\"b\nc", "2: a quote that is never closed");
    assert_refused("a\n\"b\"c\n", "2: text behind a closing quote");
    assert_refused("\"b\"\rc\n", "1: text behind a closing quote");
    assert_refused("a\n\xFF\n", "2: not UTF-8");
    assert_refused("\n\n", " no rows");
    assert_refused("", " no rows");
}

static void test_columns(void **state)
{
    (void)state;
    pinna_table table = read_text("time,value\n1, 2.5 \n\n3,x\n");
    pinna_error error = {""};
    char line[1024];
    size_t column;
    double value;

    assert_int_equal(pinna_table_column(&table, "2", &column, &error),
                     PINNA_OK);
    assert_int_equal(column, 1);
    assert_int_equal(table.n_rows, 3);
    assert_true(pinna_table_looks_named(&table));
    assert_int_equal(pinna_table_column(&table, "3", &column, &error),
                     PINNA_NOT_FOUND);
    assert_int_equal(pinna_table_column(&table, "0", &column, &error),
                     PINNA_NOT_FOUND);
    assert_int_equal(pinna_table_column(&table, "values", &column, &error),
                     PINNA_NOT_FOUND);
    snprintf(line, sizeof line,
             "%s: no column \"values\" in the first line, which begins with "
             "\"time\"",
             table.path);
    assert_string_equal(error.text, line);
    assert_null(table.names);

    for (int i = 0; i < 2; i++) {
        assert_int_equal(pinna_table_column(&table, "value", &column, &error),
                         PINNA_OK);
        assert_int_equal(column, 1);
        assert_int_equal(table.n_rows, 2);
    }
    assert_true(pinna_table_looks_named(&table));
    assert_int_equal(pinna_table_number(&table, 0, 1, &value, &error),
                     PINNA_OK);
    assert_close(value, 2.5, 0);
    assert_int_equal(pinna_table_number(&table, 1, 1, &value, &error),
                     PINNA_BAD_FORMAT);
    snprintf(line, sizeof line, "%s:4: column 2 is no finite number: \"x\"",
             table.path);
    assert_string_equal(error.text, line);
    pinna_table_free(&table);

    table = read_text("a,1\nnan,\n");
    assert_false(pinna_table_looks_named(&table));
    assert_int_equal(pinna_table_number(&table, 1, 0, &value, NULL),
                     PINNA_BAD_FORMAT);
    assert_int_equal(pinna_table_number(&table, 1, 1, &value, NULL),
                     PINNA_BAD_FORMAT);
    pinna_table_free(&table);
}

static void test_many_rows(void **state)
{
    (void)state;
    const char *path = support_temp("many.csv");
    FILE *file = fopen(path, "w");
    pinna_table table;
    double value;

    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fprintf(file, "%d,%d,%d\n", i, i * i, -i);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(pinna_table_read(path, &table, NULL), PINNA_OK);
    assert_int_equal(table.n_rows, 1000);
    for (size_t r = 0; r < 1000; r++) {
        assert_int_equal(pinna_table_number(&table, r, 1, &value, NULL),
                         PINNA_OK);
        assert_close(value, (double)(r * r), 0);
        assert_int_equal(table.lines[r], r + 1);
    }
    pinna_table_free(&table);
}

static pinna_status make(void)
{
    pinna_table table;
    const pinna_status status =
        pinna_table_read(support_temp("many.csv"), &table, NULL);
    pinna_table_free(&table);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
