#include "datasets/text_file.h"

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *write_file(const char *bytes, size_t n)
{
    const char *path = support_temp("x.txt");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void assert_text(const char *bytes, size_t n, const char *want)
{
    char *text;
    size_t n_bytes;
    assert_int_equal(
        pinna_text_file_read(write_file(bytes, n), &text, &n_bytes, NULL),
        PINNA_OK);
    assert_string_equal(text, want);
    assert_int_equal(n_bytes, strlen(want));
    free(text);
}

static void test_reads(void **state)
{
    (void)state;
    assert_text("", 0, "");
    assert_text("a", 1, "a");
    assert_text("z\xC3\xA9ro\r\n\n", 8, "z\xC3\xA9ro\r\n\n");
    assert_text("\xEF\xBB\xBF", 3, "");
    assert_text("\xEF\xBB\xBF"
                "a\xEF\xBB\xBF",
                7, "a\xEF\xBB\xBF");
}

static void assert_refused(const char *bytes, size_t n, const char *want)
{
    const char *path = write_file(bytes, n);
    char line[1024], *text;
    size_t n_bytes;
    pinna_error error = {""};
    assert_int_equal(pinna_text_file_read(path, &text, &n_bytes, &error),
                     PINNA_BAD_FORMAT);
    snprintf(line, sizeof line, "%s:%s", path, want);
    assert_string_equal(error.text, line);
    assert_null(text);
}

static void test_refuses(void **state)
{
    (void)state;
    char *text;
    size_t n_bytes;
    pinna_error error = {""};

    assert_refused("a\nb\n\xFF", 5, "3: not UTF-8");
    assert_refused("\xC3", 1, "1: not UTF-8");
    assert_refused("a\n\0b", 4, "2: a zero byte: this is no text");
    assert_int_equal(
        pinna_text_file_read(support_temp("none.txt"), &text, &n_bytes, &error),
        PINNA_NOT_FOUND);
    assert_non_null(strstr(error.text, "no such file: "));
    assert_int_equal(
        pinna_text_file_read(support_temp(""), &text, &n_bytes, &error),
        PINNA_IO);
}

static pinna_status make(void)
{
    char *text;
    size_t n_bytes;
    const pinna_status status =
        pinna_text_file_read(support_temp("x.txt"), &text, &n_bytes, NULL);
    free(text);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    write_file("abc", 3);
    support_survives_no_memory(make);
    write_file("", 0);
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("text_file", tests, NULL, NULL);
}
