#include "datasets/utf8.h"

#include "tests/support.h"

static void good_sequences(void **state)
{
    (void)state;
    assert_int_equal(pinna_utf8_length(""), 1);
    assert_int_equal(pinna_utf8_length("az"), 1);
    assert_int_equal(pinna_utf8_length("\xc3\xa4z"), 2);
    assert_int_equal(pinna_utf8_length("\xe2\x82\xacz"), 3);
    assert_int_equal(pinna_utf8_length("\xf0\x9f\x8e\xa4z"), 4);
    assert_int_equal(pinna_utf8_length("\xf4\x8f\xbf\xbf"), 4);
}

static void bad_sequences(void **state)
{
    static const char *const bad[] = {"\x80",
                                      "\xc3",
                                      "\xc3z",
                                      "\xe2\x82",
                                      "\xf0\x9f\x8e",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xf0\x80\x80\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xff"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(pinna_utf8_length(bad[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_sequences),
        cmocka_unit_test(bad_sequences),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
