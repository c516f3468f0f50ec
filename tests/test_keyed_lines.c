#include "support.h"

#include "datasets/keyed_lines.h"

#include <stdio.h>
#include <string.h>

static const char *put(const char *text)
{
    const char *path = support_temp("lines");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void test_keys_and_values(void **state)
{
    (void)state;
    const char *path = put("\xEF\xBB\xBF"
                           "zeta  two words \t\r\n"
                           "\n \t\n"
                           "  alpha\tone\n"
                           "mu\n"
                           "last without end");
    pinna_keyed_lines lines;

    assert_int_equal(pinna_keyed_lines_read(path, &lines, NULL), PINNA_OK);
    assert_string_equal(lines.path, path);
    assert_int_equal(lines.n, 4);
    assert_string_equal(lines.lines[0].key, "zeta");
    assert_string_equal(lines.lines[0].value, "two words");
    assert_int_equal(lines.lines[0].line, 1);
    assert_string_equal(lines.lines[1].key, "alpha");
    assert_string_equal(lines.lines[1].value, "one");
    assert_int_equal(lines.lines[1].line, 4);
    assert_string_equal(lines.lines[2].value, "");
    assert_string_equal(lines.lines[3].value, "without end");
    for (size_t i = 0; i < lines.n; i++)
        assert_ptr_equal(pinna_keyed_lines_find(&lines, lines.lines[i].key),
                         &lines.lines[i]);
    assert_null(pinna_keyed_lines_find(&lines, "alph"));
    assert_null(pinna_keyed_lines_find(&lines, "alphas"));
    pinna_keyed_lines_free(&lines);
    assert_null(pinna_keyed_lines_find(&lines, "alpha"));
}

static void test_bad_files(void **state)
{
    (void)state;
    pinna_keyed_lines lines;
    pinna_error error;

    assert_int_equal(
        pinna_keyed_lines_read(put("b 1\na 1\nb 2\n"), &lines, &error),
        PINNA_BAD_FORMAT);
    assert_non_null(strstr(error.text, "lines:3: \"b\" is there twice"));
    assert_int_equal(
        pinna_keyed_lines_read(put("a 1\nb \xFF\n"), &lines, &error),
        PINNA_BAD_FORMAT);
    assert_non_null(strstr(error.text, "lines:2: not UTF-8"));
    assert_int_equal(pinna_keyed_lines_read("/nowhere/text", &lines, &error),
                     PINNA_NOT_FOUND);
    assert_int_equal(pinna_keyed_lines_read(put(""), &lines, &error), PINNA_OK);
    assert_int_equal(lines.n, 0);
    pinna_keyed_lines_free(&lines);
}

static const char *path_of_all;

static pinna_status read_and_free(void)
{
    pinna_keyed_lines lines;
    const pinna_status status =
        pinna_keyed_lines_read(path_of_all, &lines, NULL);
    pinna_keyed_lines_free(&lines);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    path_of_all = put("a 1\nb 2\n");
    support_survives_no_memory(read_and_free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_and_values),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("keyed_lines", tests, NULL, NULL);
}
