/* rnn/cell_kind.h -- the kinds of recurrent cells, and what sets them apart */
#ifndef PINNA_RNN_CELL_KIND_H
#define PINNA_RNN_CELL_KIND_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum pinna_cell_kind {
    PINNA_CELL_GRU,              /* rnn/gru.h, as PyTorch and cuDNN */
    PINNA_CELL_GRU_RESET_BEFORE, /* rnn/gru_reset_before.h */
    PINNA_CELL_LSTM,             /* rnn/lstm.h */
    PINNA_CELL_RNN_TANH,         /* rnn/simple_rnn.h */
    PINNA_CELL_RNN_RELU,
} pinna_cell_kind;

#define PINNA_N_CELL_KINDS 5

/* "gru", "gru_reset_before", "lstm", "rnn_tanh", "rnn_relu". */
const char *pinna_cell_name(pinna_cell_kind kind);

/* PINNA_BAD_ARG for a name that is none of these. */
pinna_status pinna_cell_from_name(const char *name, pinna_cell_kind *kind);

/* What PyTorch calls a module of that kind: "gru", "lstm", "rnn". */
const char *pinna_cell_prefix(pinna_cell_kind kind);

/* G of rnn/cell.h. */
size_t pinna_cell_n_gates(pinna_cell_kind kind);

/* Does it remember a c beside h? */
bool pinna_cell_has_c(pinna_cell_kind kind);

#endif
