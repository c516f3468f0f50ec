/* datasets/matrix.h -- a matrix of features and what a file says of it */
#ifndef PINNA_DATASETS_MATRIX_H
#define PINNA_DATASETS_MATRIX_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* More than this is no matrix but a damaged file. */
#define PINNA_MATRIX_MAX_COLUMNS 1000000
#define PINNA_MATRIX_MAX_VALUES  ((size_t)1 << 31)

typedef struct pinna_matrix {
    char *key;     /* the utterance, or NULL where a file has one matrix */
    float *values; /* [n_rows, n_columns] */
    size_t n_rows, n_columns;
    double frame_shift_ms; /* 0 where the file does not tell */
    unsigned htk_kind;     /* of an HTK file, else 0 */
} pinna_matrix;

/* Leaves an empty one. */
void pinna_matrix_free(pinna_matrix *matrix);

/* values [n_rows, n_columns], zeros. What is too large, or has rows without
 * columns, is PINNA_BAD_FORMAT. Errors name `path`. */
pinna_status pinna_matrix_allocate(pinna_matrix *matrix, const char *path,
                                   uint64_t n_rows, uint64_t n_columns,
                                   pinna_error *error);

/* matrix->key becomes a copy of key. */
pinna_status pinna_matrix_set_key(pinna_matrix *matrix, const char *key,
                                  pinna_error *error);

/* matrix->key becomes the name of a file without its folder and ending. */
pinna_status pinna_matrix_set_key_of_file(pinna_matrix *matrix,
                                          const char *path, pinna_error *error);

/* Open a file to read; a folder is none. Errors name path. */
pinna_status pinna_matrix_open(const char *path, FILE **file,
                               pinna_error *error);

/* Does the file hold n_bytes from here on? A damaged size must not ask for
 * memory that no value will fill. True for a pipe, which cannot tell. */
bool pinna_matrix_file_holds(FILE *file, uint64_t n_bytes);

#endif
