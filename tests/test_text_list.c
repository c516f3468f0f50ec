#include "support.h"

#include <stdio.h>
#include <string.h>

#include "tools/text_list.h"

static pinna_status read(const char *text, size_t n, pinna_text_list *list,
                         pinna_error *error)
{
    const char *path = support_temp("texts");
    FILE *file = fopen(path, "w");
    assert_int_equal(fwrite(text, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
    return pinna_text_list_read(path, list, error);
}

static void check(const char *text)
{
    pinna_text_list list;

    assert_int_equal(read(text, strlen(text), &list, NULL), PINNA_OK);
    assert_int_equal(list.names.n_words, 3);
    assert_string_equal(pinna_word_table_text(&list.names, 0), "x-1");
    assert_string_equal(pinna_text_list_find(&list, "x-1"), "one two");
    assert_string_equal(pinna_text_list_find(&list, "x-2"), "");
    assert_string_equal(pinna_text_list_find(&list, "y"), "(a) b");
    assert_null(pinna_text_list_find(&list, "z"));
    pinna_text_list_free(&list);
}

static void test_formats(void **state)
{
    (void)state;
    check("one two (x-1)\n(x-2)\n(a) b (y)\n");
    check(";; a comment\r\n\r\n  one two   (x-1)\r\n (x-2)\r\n(a) b (y)");
    check("x-1\tone two\nx-2\t\ny\t(a) b\n");
    check("x-1 one two\nx-2\ny (a) b");
}

static void test_bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n;
        const char *message;
    } cases[] = {
        {"one (x)\ntwo\n", 12, "texts:2: no (name) at the end"},
        {"one (x)\ntwo ()\n", 15, "texts:2: no (name) at the end"},
        {"one (x)\n\ntwo (x)\n", 17, "texts:3: \"x\" again"},
        {"a b\na c\n", 8, "texts:2: \"a\" again"},
        {"", 0, "texts: no texts"},
        {"\n;; a\n", 6, "texts: no texts"},
        {"a b\n\0", 5, "texts: no text: has zero bytes"},
    };
    pinna_text_list list;
    pinna_error error;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(read(cases[i].text, cases[i].n, &list, &error),
                         PINNA_BAD_FORMAT);
        if (!strstr(error.text, cases[i].message))
            fail_msg("\"%s\" instead of \"%s\"", error.text, cases[i].message);
        pinna_text_list_free(&list);
    }
    assert_int_equal(pinna_text_list_read(support_temp("none"), &list, &error),
                     PINNA_NOT_FOUND);
    pinna_text_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_bad_files),
    };
    return cmocka_run_group_tests_name("text_list", tests, NULL, NULL);
}
