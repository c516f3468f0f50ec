/* datasets/kaldi_ark.h -- Kaldi's archives of feature matrices
 *
 * An archive holds entries one after the other: a key, a space, a matrix in
 * binary ("\0B" and an object) or text form. Binary ones are little-endian:
 * float or double matrices (FM, DM), vectors (FV, DV; read as one row), and
 * compressed ones (CM, CM2, CM3; kaldi compressed-matrix.h). */
#ifndef PINNA_DATASETS_KALDI_ARK_H
#define PINNA_DATASETS_KALDI_ARK_H

#include "datasets/matrix.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stdio.h>

#define PINNA_ARK_MAX_KEY 4096

typedef enum pinna_ark_form {
    PINNA_ARK_FLOAT, /* FM */
    PINNA_ARK_TEXT,
    PINNA_ARK_CM,  /* a byte a value, by quarters of each column */
    PINNA_ARK_CM2, /* two bytes a value */
    PINNA_ARK_CM3, /* a byte a value */
} pinna_ark_form;

/* Write one entry, matrix->key and all. *offset (may be NULL) takes where the
 * matrix itself begins, for a script file. A key that is empty or has spaces is
 * PINNA_BAD_ARG; whether the bytes were taken the stream tells (ferror). */
pinna_status pinna_ark_write(FILE *file, pinna_ark_form form,
                             const pinna_matrix *matrix, long *offset,
                             pinna_error *error);

/* Read the next entry into an empty matrix; *at_end true when there is none.
 * Errors name path and the key. */
pinna_status pinna_ark_read(FILE *file, const char *path, pinna_matrix *matrix,
                            bool *at_end, pinna_error *error);

/* A file may also hold one object without a key, as Kaldi's copy-matrix or
 * compute-cmvn-stats write it. Is that so when its first byte is c? */
bool pinna_ark_begins_bare(int c);

/* The key of the next entry; empty at the end of the file. What follows is the
 * object. */
pinna_status pinna_ark_read_key(FILE *file, const char *path,
                                char key[PINNA_ARK_MAX_KEY + 1],
                                pinna_error *error);

/* Read the object that lies at the file's position, as a script file's OFFSET
 * names it: an entry without its key. Errors name matrix->key, which the caller
 * may have set; after one the matrix is empty. */
pinna_status pinna_ark_read_object(FILE *file, const char *path,
                                   pinna_matrix *matrix, pinna_error *error);

#endif
