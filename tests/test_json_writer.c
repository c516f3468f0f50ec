#include "tools/json_writer.h"

#include "tests/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static char text[1024];

static void begin(pinna_json *json)
{
    *json = (pinna_json){.file = tmpfile()};
    assert_non_null(json->file);
}

static const char *end(pinna_json *json)
{
    rewind(json->file);
    text[fread(text, 1, sizeof text - 1, json->file)] = '\0';
    fclose(json->file);
    return text;
}

static void nests(void **state)
{
    pinna_json json;

    (void)state;
    begin(&json);
    pinna_json_open(&json, NULL, '{');
    pinna_json_count(&json, "a", 1);
    pinna_json_open(&json, "b", '[');
    pinna_json_number(&json, NULL, 0.5, 2);
    pinna_json_open(&json, NULL, '{');
    pinna_json_close(&json, '}');
    pinna_json_string(&json, NULL, NULL);
    pinna_json_close(&json, ']');
    pinna_json_bool(&json, "c", true);
    pinna_json_raw(&json, "d", "[1]");
    pinna_json_number(&json, "e", NAN, 1);
    pinna_json_close(&json, '}');
    assert_string_equal(end(&json), "{\"a\": 1, \"b\": [0.50, {}, null], "
                                    "\"c\": true, \"d\": [1], \"e\": null}\n");
}

static void lines_of_objects(void **state)
{
    pinna_json json;

    (void)state;
    begin(&json);
    for (int i = 0; i < 2; i++) {
        pinna_json_open(&json, NULL, '{');
        pinna_json_count(&json, "i", (size_t)i);
        pinna_json_close(&json, '}');
    }
    assert_string_equal(end(&json), "{\"i\": 0}\n{\"i\": 1}\n");
}

static void numbers_read_back_exactly(void **state)
{
    pinna_json json;

    (void)state;
    begin(&json);
    pinna_json_open(&json, NULL, '[');
    pinna_json_exactly(&json, NULL, 0.1);
    pinna_json_exactly(&json, NULL, 1 / 1.15);
    pinna_json_exactly(&json, NULL, 12);
    pinna_json_exactly(&json, NULL, -1e-300);
    pinna_json_exactly(&json, NULL, INFINITY);
    pinna_json_close(&json, ']');
    assert_string_equal(end(&json),
                        "[0.1, 0.8695652173913044, 12, -1e-300, null]\n");
}

static void escapes_what_json_asks_for(void **state)
{
    pinna_json json;

    (void)state;
    begin(&json);
    pinna_json_string(&json, NULL, "a\"b\\c\n\t\x01\x7f/\xc3\xa4\xe2\x82\xac");
    assert_string_equal(end(&json), "\"a\\\"b\\\\c\\u000a\\u0009\\u0001\\u007f/"
                                    "\xc3\xa4\xe2\x82\xac\"\n");
}

/* File names may hold any bytes; JSON text is UTF-8. */
static void replaces_what_is_no_utf8(void **state)
{
    static const char *const cases[][2] = {
        {"\xff", "\"\\ufffd\"\n"},
        {"a\x80z", "\"a\\ufffdz\"\n"},
        {"\xc3", "\"\\ufffd\"\n"},                       /* cut */
        {"\xc0\xaf", "\"\\ufffd\\ufffd\"\n"},            /* overlong */
        {"\xe0\x80\xaf", "\"\\ufffd\\ufffd\\ufffd\"\n"}, /* overlong */
        {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"\n"}, /* surrogate */
        {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"\n"},
        {"\xf0\x9f\x91\x82", "\"\xf0\x9f\x91\x82\"\n"}, /* an ear */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pinna_json json;
        begin(&json);
        pinna_json_string(&json, NULL, cases[i][0]);
        assert_string_equal(end(&json), cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nests),
        cmocka_unit_test(lines_of_objects),
        cmocka_unit_test(numbers_read_back_exactly),
        cmocka_unit_test(escapes_what_json_asks_for),
        cmocka_unit_test(replaces_what_is_no_utf8),
    };
    return cmocka_run_group_tests_name("json_writer", tests, NULL, NULL);
}
