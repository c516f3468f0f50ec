/* tests/cell_checks.h -- checks that every recurrent cell must pass: against
 * its formula in double, central differences, and the reference cases */
#ifndef PINNA_TESTS_CELL_CHECKS_H
#define PINNA_TESTS_CELL_CHECKS_H

#include "tests/cell_layer.h"

/* The tests of a cell as a group of that name; what main() returns. */
int run_cell_checks(const char *name, const cell_ops *ops);

#endif
