#include "rnn/cell_kind.h"

#include <string.h>

static const struct {
    const char *name, *prefix;
    size_t n_gates;
} kinds[PINNA_N_CELL_KINDS] = {
    [PINNA_CELL_GRU] = {"gru", "gru", 3},
    [PINNA_CELL_GRU_RESET_BEFORE] = {"gru_reset_before", "gru", 3},
    [PINNA_CELL_LSTM] = {"lstm", "lstm", 4},
    [PINNA_CELL_RNN_TANH] = {"rnn_tanh", "rnn", 1},
    [PINNA_CELL_RNN_RELU] = {"rnn_relu", "rnn", 1},
};

const char *pinna_cell_name(pinna_cell_kind kind)
{
    return kinds[kind].name;
}

pinna_status pinna_cell_from_name(const char *name, pinna_cell_kind *kind)
{
    for (size_t i = 0; i < PINNA_N_CELL_KINDS; i++)
        if (strcmp(name, kinds[i].name) == 0) {
            *kind = (pinna_cell_kind)i;
            return PINNA_OK;
        }
    return PINNA_BAD_ARG;
}

const char *pinna_cell_prefix(pinna_cell_kind kind)
{
    return kinds[kind].prefix;
}

size_t pinna_cell_n_gates(pinna_cell_kind kind)
{
    return kinds[kind].n_gates;
}

bool pinna_cell_has_c(pinna_cell_kind kind)
{
    return kind == PINNA_CELL_LSTM;
}
