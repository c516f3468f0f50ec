/* datasets/npy.h -- NumPy's .npy files of matrices
 *
 * numpy.lib.format: magic, version, a Python dictionary padded to a multiple of
 * 64 bytes, the values. Written is version 1.0 of float32 in C order; read are
 * versions 1 to 3 of float32 and float64 in either byte order, in C and Fortran
 * order. */
#ifndef PINNA_DATASETS_NPY_H
#define PINNA_DATASETS_NPY_H

#include "datasets/matrix.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PINNA_NPY_MAX_DIMS 8

/* The header of float32 values [n_rows, n_columns], of the same size for any
 * numbers: it can be written again when the rows are counted. Whether the bytes
 * were taken the stream tells (ferror). */
void pinna_npy_write_header(FILE *file, size_t n_rows, size_t n_columns);

/* The header and the values. */
void pinna_npy_write(FILE *file, const pinna_matrix *matrix);

typedef struct pinna_npy_info {
    char dtype[32]; /* "<f4" */
    bool fortran_order;
    size_t n_dims;
    size_t shape[PINNA_NPY_MAX_DIMS];
} pinna_npy_info;

/* Read the header, of any type and shape. Errors name path. */
pinna_status pinna_npy_read_header(FILE *file, const char *path,
                                   pinna_npy_info *info, pinna_error *error);

/* Read an array of one or two dimensions into an empty matrix; one dimension
 * is one row. Another type or shape is PINNA_UNSUPPORTED. */
pinna_status pinna_npy_read(FILE *file, const char *path, pinna_matrix *matrix,
                            pinna_error *error);

#endif
