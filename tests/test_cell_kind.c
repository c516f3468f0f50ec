#include "support.h"

#include "rnn/cell_kind.h"

static void test_names_there_and_back(void **state)
{
    (void)state;
    static const struct {
        pinna_cell_kind kind;
        const char *name, *prefix;
        size_t n_gates;
    } want[PINNA_N_CELL_KINDS] = {
        {PINNA_CELL_GRU, "gru", "gru", 3},
        {PINNA_CELL_GRU_RESET_BEFORE, "gru_reset_before", "gru", 3},
        {PINNA_CELL_LSTM, "lstm", "lstm", 4},
        {PINNA_CELL_RNN_TANH, "rnn_tanh", "rnn", 1},
        {PINNA_CELL_RNN_RELU, "rnn_relu", "rnn", 1},
    };

    for (size_t i = 0; i < PINNA_N_CELL_KINDS; i++) {
        pinna_cell_kind kind = PINNA_CELL_GRU;
        assert_string_equal(pinna_cell_name(want[i].kind), want[i].name);
        assert_int_equal(pinna_cell_from_name(want[i].name, &kind), PINNA_OK);
        assert_int_equal(kind, want[i].kind);
        assert_string_equal(pinna_cell_prefix(kind), want[i].prefix);
        assert_int_equal(pinna_cell_n_gates(kind), want[i].n_gates);
        assert_int_equal(pinna_cell_has_c(kind), kind == PINNA_CELL_LSTM);
    }
}

static void test_other_names(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "GRU", "rnn", "lstm ", "gru_"};
    pinna_cell_kind kind = PINNA_CELL_LSTM;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(pinna_cell_from_name(bad[i], &kind), PINNA_BAD_ARG);
    assert_int_equal(kind, PINNA_CELL_LSTM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_there_and_back),
        cmocka_unit_test(test_other_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
