#include "support.h"

#include <string.h>

#include "dsp/status.h"

static void test_every_status_has_a_sentence(void **state)
{
    (void)state;
    for (int a = PINNA_OK; a <= PINNA_INTERRUPTED; a++) {
        const char *text = pinna_strerror((pinna_status)a);
        assert_non_null(text);
        assert_string_not_equal(text, "unknown status");
        for (int b = PINNA_OK; b < a; b++)
            assert_string_not_equal(text, pinna_strerror((pinna_status)b));
    }
    assert_string_equal(pinna_strerror((pinna_status)99), "unknown status");
}

static void test_fail_writes_and_returns(void **state)
{
    (void)state;
    pinna_error error = {""};
    assert_int_equal(
        pinna_fail(&error, PINNA_NOT_FOUND, "%s:%d: no such file", "a", 14),
        PINNA_NOT_FOUND);
    assert_string_equal(error.text, "a:14: no such file");
    assert_int_equal(pinna_fail(NULL, PINNA_IO, "%d", 1), PINNA_IO);
}

static void test_long_text_is_cut(void **state)
{
    (void)state;
    char long_text[2000];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';

    pinna_error error;
    pinna_fail(&error, PINNA_IO, "%s", long_text);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_status_has_a_sentence),
        cmocka_unit_test(test_fail_writes_and_returns),
        cmocka_unit_test(test_long_text_is_cut),
    };
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
