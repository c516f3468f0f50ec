#include "datasets/matrix_csv.h"

#include "support.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

static pinna_status read_text(const char *text, pinna_matrix *got,
                              pinna_error *error)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "rb");
    const pinna_status status =
        pinna_matrix_csv_read(file, "x.csv", got, error);
    fclose(file);
    return status;
}

static void test_reads_what_it_writes(void **state)
{
    (void)state;
    float values[] = {0.1f,     -1.0f / 3, FLT_MAX, FLT_MIN,
                      1.4e-45f, 0.0f,      -7.0f,   123456.789f};
    const pinna_matrix m = {.values = values, .n_rows = 4, .n_columns = 2};
    pinna_matrix got = {0};
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    pinna_matrix_csv_write(file, &m);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(read_text(text, &got, NULL), PINNA_OK);
    assert_int_equal(got.n_rows, 4);
    assert_int_equal(got.n_columns, 2);
    assert_memory_equal(got.values, values, sizeof values);
    pinna_matrix_free(&got);
    free(text);
}

static void test_forms(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "1,2\n3,4\n",
        "1,2\n3,4",
        "1,2\r\n3,4\r\n",
        " 1, 2\n\n3 ,\t4\n\n",
        "left,right\n1,2\n3,4\n",
        "c0,\n1,2\n3,4",
        "1e0,+2\n3.0,.4e1\n",
    };
    static const float want[] = {1, 2, 3, 4};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        pinna_matrix got = {0};
        pinna_error error = {""};
        if (read_text(texts[i], &got, &error))
            fail_msg("%s", error.text);
        assert_int_equal(got.n_rows, 2);
        assert_int_equal(got.n_columns, 2);
        assert_memory_equal(got.values, want, sizeof want);
        pinna_matrix_free(&got);
    }
}

static void test_damaged(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"1,2\n3\n", "x.csv:2: 1 fields"},
        {"1,2\n3,4,5\n", "x.csv:2: 3 fields"},
        {"a,b\n3,4,5\n", "x.csv:2: 3 fields"},
        {"1,2\n3,four\n", "x.csv:2: field 2 is no finite number: \"four\""},
        {"1,2\n3,4x\n", "x.csv:2: field 2"},
        {"1,2\n3,\n", "x.csv:2: field 2"},
        {"1,2\n,4\n", "x.csv:2: field 1"},
        {"1,nan\n", "x.csv:1: field 2 is no finite number: \"nan\""},
        {"nan,nan\n", "x.csv:1: field 1"},
        {"1,-inf\n", "x.csv:1: field 2"},
        {"1,1e99\n", "x.csv:1: field 2"},
        {"1;2\n3;4\n", "x.csv:2: field 1"},
        {"a,b\n", "x.csv: no numbers"},
        {"\n", "x.csv: no numbers"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pinna_matrix got = {0};
        pinna_error error = {""};
        assert_int_equal(read_text(cases[i][0], &got, &error),
                         PINNA_BAD_FORMAT);
        assert_null(got.values);
        if (strncmp(error.text, cases[i][1], strlen(cases[i][1])) != 0)
            fail_msg("\"%s\" is not \"%s\"", error.text, cases[i][1]);
    }
    pinna_matrix got = {0};
    pinna_error error = {""};
    FILE *file = fmemopen((void *)(uintptr_t) "1,2\n3,\0004\n", 9, "rb");
    assert_int_equal(pinna_matrix_csv_read(file, "x.csv", &got, &error),
                     PINNA_BAD_FORMAT);
    assert_non_null(strstr(error.text, "x.csv:2: a zero byte"));
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_it_writes),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests_name("matrix_csv", tests, NULL, NULL);
}
