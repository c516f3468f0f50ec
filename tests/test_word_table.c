#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#include "rnn/word_table.h"

static void test_numbers_in_order(void **state)
{
    (void)state;
    enum { N = 5000 };
    pinna_word_table table = {0};
    char text[16];
    uint32_t word;

    assert_int_equal(pinna_word_table_find(&table, "w0"), PINNA_NO_WORD);
    for (uint32_t pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < N; i++) {
            snprintf(text, sizeof text, "w%u", i);
            assert_int_equal(pinna_word_table_add(&table, text, &word),
                             PINNA_OK);
            assert_int_equal(word, i);
        }
    assert_int_equal(table.n_words, N);
    for (uint32_t i = 0; i < N; i++) {
        snprintf(text, sizeof text, "w%u", i);
        assert_int_equal(pinna_word_table_find(&table, text), i);
        assert_string_equal(pinna_word_table_text(&table, i), text);
    }
    assert_int_equal(pinna_word_table_find(&table, "w"), PINNA_NO_WORD);
    assert_int_equal(pinna_word_table_find(&table, ""), PINNA_NO_WORD);
    pinna_word_table_free(&table);
}

static pinna_status make(void)
{
    pinna_word_table table = {0};
    uint32_t word;
    char text[8];
    pinna_status status = PINNA_OK;

    for (uint32_t i = 0; !status && i < 100; i++) {
        snprintf(text, sizeof text, "%u", i);
        status = pinna_word_table_add(&table, text, &word);
    }
    pinna_word_table_free(&table);
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
        cmocka_unit_test(test_numbers_in_order),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("word_table", tests, NULL, NULL);
}
