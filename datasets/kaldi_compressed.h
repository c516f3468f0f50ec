/* datasets/kaldi_compressed.h -- the compressed matrices of Kaldi's archives
 *
 * Kaldi's compressed-matrix.h: values as shares of the range of the whole
 * matrix, one or two bytes each; or (CM) a byte on straight lines between four
 * corners of their column. */
#ifndef PINNA_DATASETS_KALDI_COMPRESSED_H
#define PINNA_DATASETS_KALDI_COMPRESSED_H

#include "datasets/kaldi_ark.h"
#include "datasets/matrix.h"
#include "dsp/status.h"

#include <stdio.h>

/* Behind "\0B": the type, the range, the size, the values. form is one of the
 * three. */
pinna_status pinna_kaldi_compressed_write(FILE *file, pinna_ark_form form,
                                          const pinna_matrix *matrix);

/* Of a whole matrix: value = least + range * share. */
typedef struct pinna_kaldi_range {
    float least, range;
} pinna_kaldi_range;

/* The values behind the size, into a matrix that has room for them. PINNA_IO
 * when the file ends before the last. */
pinna_status pinna_kaldi_compressed_read(FILE *file, pinna_ark_form form,
                                         pinna_kaldi_range range,
                                         pinna_matrix *matrix);

#endif
