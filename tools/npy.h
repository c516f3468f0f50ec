/* tools/npy.h -- NumPy's .npy files: float32 matrices out, headers in
 *
 * Format version 1.0 of numpy.lib.format: magic, a Python dictionary padded to
 * a multiple of 64 bytes, the rows. The file appears at commit; "-" is
 * stdout. */
#ifndef PINNA_TOOLS_NPY_H
#define PINNA_TOOLS_NPY_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_NPY_MAX_DIMS 8

typedef struct pinna_npy_writer pinna_npy_writer;

pinna_status pinna_npy_writer_open(const char *path, size_t n_columns,
                                   pinna_npy_writer **out, pinna_error *error);
/* rows [n, n_columns]; what fails here is told by commit. */
void pinna_npy_writer_write(pinna_npy_writer *writer, const float *rows,
                            size_t n);
/* The writer is gone afterwards, done or failed. */
pinna_status pinna_npy_writer_commit(pinna_npy_writer *writer,
                                     pinna_error *error);
/* Drop what was written. NULL is fine. */
void pinna_npy_writer_abort(pinna_npy_writer *writer);

typedef struct pinna_npy_info {
    char dtype[32]; /* "<f4" */
    bool fortran_order;
    size_t n_dims;
    size_t shape[PINNA_NPY_MAX_DIMS];
} pinna_npy_info;

/* Reads the header of any version. Errors name the path. */
pinna_status pinna_npy_read_info(const char *path, pinna_npy_info *info,
                                 pinna_error *error);

#endif
