/* tests/naive_cell.h -- the recurrent cells by their formulas, in double */
#ifndef PINNA_TESTS_NAIVE_CELL_H
#define PINNA_TESTS_NAIVE_CELL_H

#include "rnn/cell_kind.h"

#include <stddef.h>

typedef struct naive_cell {
    pinna_cell_kind kind;
    size_t n_in, n_hidden; /* I, H */
    /* [G H, I], [G H, H], [G H], [G H], as in rnn/cell.h */
    const double *weight_ih, *weight_hh, *bias_ih, *bias_hh;
} naive_cell;

/* h and c [H] go one frame on by x [I]; c counts for an LSTM only. */
void naive_cell_step(const naive_cell *cell, const double *x, double *h,
                     double *c);

#endif
