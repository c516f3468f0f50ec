#include "datasets/matrix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
    if (n_columns == 0 && n_rows > 0)
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s: rows without columns",
                          path);
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

pinna_status pinna_matrix_set_key_of_file(pinna_matrix *matrix,
                                          const char *path, pinna_error *error)
{
    const char *slash = strrchr(path, '/');
    const pinna_status status =
        pinna_matrix_set_key(matrix, slash ? slash + 1 : path, error);
    if (status)
        return status;
    char *dot = strrchr(matrix->key, '.');
    if (dot && dot != matrix->key)
        *dot = '\0';
    return PINNA_OK;
}

pinna_status pinna_matrix_open(const char *path, FILE **file,
                               pinna_error *error)
{
    struct stat info;

    *file = fopen(path, "rb");
    int cause = *file ? 0 : errno;
    if (*file && fstat(fileno(*file), &info) == 0 && S_ISDIR(info.st_mode)) {
        fclose(*file);
        *file = NULL;
        cause = EISDIR;
    }
    return *file
               ? PINNA_OK
               : pinna_fail(error, cause == ENOENT ? PINNA_NOT_FOUND : PINNA_IO,
                            "%s: cannot be read: %s", path, strerror(cause));
}

bool pinna_matrix_file_holds(FILE *file, uint64_t n_bytes)
{
    const long at = ftell(file);
    if (at < 0 || fseek(file, 0, SEEK_END))
        return true;
    const long end = ftell(file);
    return fseek(file, at, SEEK_SET) == 0 && end >= at &&
           (uint64_t)(end - at) >= n_bytes;
}
