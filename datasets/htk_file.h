/* datasets/htk_file.h -- HTK parameter files
 *
 * Big-endian: number of frames, frame period in 100 ns, bytes per frame, kind,
 * then the frames (HTK Book, 5.10). Read also with compression (_C: two bytes a
 * value, value = (i + B) / A with A and B for each column) and with a checksum
 * (_K), which is not looked at. */
#ifndef PINNA_DATASETS_HTK_FILE_H
#define PINNA_DATASETS_HTK_FILE_H

#include "datasets/matrix.h"
#include "dsp/status.h"

#include <stdio.h>

/* Base kinds, and what may be added to them. */
#define PINNA_HTK_MFCC    6u
#define PINNA_HTK_FBANK   7u
#define PINNA_HTK_MELSPEC 8u
#define PINNA_HTK_USER    9u
#define PINNA_HTK_E       0100u   /* energy */
#define PINNA_HTK_D       0400u   /* deltas */
#define PINNA_HTK_A       01000u  /* accelerations */
#define PINNA_HTK_C       02000u  /* compressed */
#define PINNA_HTK_Z       04000u  /* mean removed */
#define PINNA_HTK_K       010000u /* checksum */
#define PINNA_HTK_0       020000u /* C0 */

/* Write a matrix under its htk_kind, without _C and _K, and its frame shift.
 * PINNA_BAD_ARG when it has too many columns (8191) or rows for the format. */
pinna_status pinna_htk_write(FILE *file, const pinna_matrix *matrix,
                             pinna_error *error);

/* Read a whole file into an empty matrix. Errors name path. */
pinna_status pinna_htk_read(FILE *file, const char *path, pinna_matrix *matrix,
                            pinna_error *error);

/* "MFCC_E_D_A" for a kind; text [32]. */
void pinna_htk_kind_name(unsigned kind, char *text);

#endif
