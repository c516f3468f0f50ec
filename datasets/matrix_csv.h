/* datasets/matrix_csv.h -- matrices as comma-separated values
 *
 * A row a line, "." for the decimal point, nine significant digits, which keep
 * a float exactly. */
#ifndef PINNA_DATASETS_MATRIX_CSV_H
#define PINNA_DATASETS_MATRIX_CSV_H

#include "datasets/matrix.h"
#include "dsp/status.h"

#include <stdio.h>

/* Whether the bytes were taken the stream tells (ferror). */
void pinna_matrix_csv_write(FILE *file, const pinna_matrix *matrix);

/* Read a whole file into an empty matrix. The first line may name the columns:
 * it does when none of its fields is a number. Empty lines are passed over.
 * Rows of different lengths and what is no finite number are PINNA_BAD_FORMAT.
 * Errors name path, line and field. */
pinna_status pinna_matrix_csv_read(FILE *file, const char *path,
                                   pinna_matrix *matrix, pinna_error *error);

#endif
