/* datasets/matrix_csv.h -- matrices as comma-separated values
 *
 * A row a line, "." for the decimal point, nine significant digits, which keep
 * a float exactly. */
#ifndef PINNA_DATASETS_MATRIX_CSV_H
#define PINNA_DATASETS_MATRIX_CSV_H

#include "datasets/matrix.h"

#include <stdio.h>

/* Whether the bytes were taken the stream tells (ferror). */
void pinna_matrix_csv_write(FILE *file, const pinna_matrix *matrix);

#endif
