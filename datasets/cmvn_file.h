/* datasets/cmvn_file.h -- statistics of mean and variance in Kaldi's files
 *
 * A matrix [2, dim + 1] of doubles, as compute-cmvn-stats writes it: the sums
 * and the count, then the sums of squares and 0. */
#ifndef PINNA_DATASETS_CMVN_FILE_H
#define PINNA_DATASETS_CMVN_FILE_H

#include "dsp/cmvn.h"
#include "dsp/status.h"

#include <stdio.h>

/* Read a matrix that is alone in its file, or an archive of them, by speaker or
 * utterance, which are added up; binary or text. The caller frees stats, which
 * are empty after an error. Errors name path. */
pinna_status pinna_cmvn_file_read(const char *path, pinna_cmvn_stats *stats,
                                  pinna_error *error);

/* Write one matrix, binary, without a key: what compute-cmvn-stats writes for a
 * whole set. Whether the bytes were taken the stream tells (ferror). */
pinna_status pinna_cmvn_file_write(FILE *file, const pinna_cmvn_stats *stats);

#endif
