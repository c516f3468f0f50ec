/* tools/feature_input.h -- feature matrices from files of the formats in use
 *
 *     pinna_feature_input *input;
 *     pinna_feature_input_open("train.scp", &input, &error);
 *     for (bool at_end = false; !at_end;) {
 *         pinna_matrix matrix = {0};
 *         if (pinna_feature_input_next(input, &matrix, &at_end, &error))
 *             complain(&error);
 *         else if (!at_end)
 *             use(&matrix);
 *         pinna_matrix_free(&matrix);
 *     }
 *     pinna_feature_input_close(input);
 */
#ifndef PINNA_TOOLS_FEATURE_INPUT_H
#define PINNA_TOOLS_FEATURE_INPUT_H

#include "datasets/matrix.h"
#include "dsp/status.h"

#include <stdbool.h>

typedef enum pinna_feature_source {
    PINNA_SOURCE_NPY,
    PINNA_SOURCE_HTK,
    PINNA_SOURCE_CSV,
    PINNA_SOURCE_ARK, /* and from here on any number of matrices */
    PINNA_SOURCE_SCP,
} pinna_feature_source;

/* By what path ends with; false when that tells nothing. */
bool pinna_feature_source_of(const char *path, pinna_feature_source *source);

typedef struct pinna_feature_input pinna_feature_input;

/* "-" is stdin. When the name tells nothing, the first byte does: that of .npy,
 * a letter of a Kaldi archive's key, or else HTK. path must outlive the
 * input. */
pinna_status pinna_feature_input_open(const char *path,
                                      pinna_feature_input **out,
                                      pinna_error *error);
void pinna_feature_input_close(pinna_feature_input *input);
pinna_feature_source
pinna_feature_input_source(const pinna_feature_input *input);

/* Read the next into an empty matrix, key and all; *at_end true when there is
 * none. The key of a matrix that has none is the name of its file. After a
 * failure *at_end tells whether others follow: behind a bad line of a script
 * file they do. Errors name path, and the line or key. */
pinna_status pinna_feature_input_next(pinna_feature_input *input,
                                      pinna_matrix *matrix, bool *at_end,
                                      pinna_error *error);

#endif
