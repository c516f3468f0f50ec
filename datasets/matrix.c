#include "datasets/matrix.h"

#include <stdlib.h>
#include <string.h>

void pinna_matrix_free(pinna_matrix *matrix)
{
    free(matrix->key);
    free(matrix->values);
    *matrix = (pinna_matrix){0};
}

pinna_status pinna_matrix_allocate(pinna_matrix *matrix, const char *path,
                                   uint64_t n_rows, uint64_t n_columns,
                                   pinna_error *error)
{
    if (n_columns > PINNA_MATRIX_MAX_COLUMNS ||
        (n_columns > 0 && n_rows > PINNA_MATRIX_MAX_VALUES / n_columns))
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: %llu x %llu is too large for a matrix", path,
                          (unsigned long long)n_rows,
                          (unsigned long long)n_columns);
    matrix->n_rows = (size_t)n_rows;
    matrix->n_columns = (size_t)n_columns;
    /* One at least, so that NULL always means failure. */
    matrix->values =
        calloc(matrix->n_rows * matrix->n_columns + 1, sizeof(float));
    return matrix->values
               ? PINNA_OK
               : pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
}

pinna_status pinna_matrix_set_key(pinna_matrix *matrix, const char *key,
                                  pinna_error *error)
{
    free(matrix->key);
    matrix->key = strdup(key);
    return matrix->key
               ? PINNA_OK
               : pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", key);
}
