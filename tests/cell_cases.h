/* tests/cell_cases.h -- the reference cases of the recurrent cells */
#ifndef PINNA_TESTS_CELL_CASES_H
#define PINNA_TESTS_CELL_CASES_H

#include "tests/cell_layer.h"

/* One of one direction, up to two layers; nothing when it is not there. */
void check_cell_case(const cell_ops *ops, const char *name);

/* Chunks with the state carried over and the gradient cut. */
void check_cell_truncated(const cell_ops *ops, const char *name);

#endif
