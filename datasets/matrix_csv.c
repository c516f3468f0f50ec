#include "datasets/matrix_csv.h"

#include <string.h>

/* printf() follows the locale of the program that we live in. */
static void put_number(FILE *file, float value)
{
    char text[32];
    snprintf(text, sizeof text, "%.9g", (double)value);
    char *comma = strchr(text, ',');
    if (comma)
        *comma = '.';
    fputs(text, file);
}

void pinna_matrix_csv_write(FILE *file, const pinna_matrix *matrix)
{
    const float *value = matrix->values;

    for (size_t r = 0; r < matrix->n_rows; r++)
        for (size_t c = 0; c < matrix->n_columns; c++) {
            put_number(file, *value++);
            fputc(c + 1 < matrix->n_columns ? ',' : '\n', file);
        }
}
