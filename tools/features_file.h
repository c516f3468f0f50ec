/* tools/features_file.h -- one sound file to a matrix of feature frames */
#ifndef PINNA_TOOLS_FEATURES_FILE_H
#define PINNA_TOOLS_FEATURES_FILE_H

#include "datasets/matrix.h"
#include "dsp/front_end.h"
#include "dsp/status.h"
#include "tools/progress.h"

#include <stddef.h>

typedef struct pinna_features_settings {
    pinna_front_end_config config; /* the rate of features.sample_rate is that
                                      of each file, if sample_rate is 0 */
    unsigned sample_rate;          /* to resample to; 0 keeps the file's */
    pinna_progress *progress;      /* gets a total of 1 for each file */
    size_t n_files;
} pinna_features_settings;

typedef struct pinna_features_result {
    size_t n_frames, n_columns;
    unsigned sample_rate; /* Hz, of the analysis */
} pinna_features_result;

/* To a .npy file, or with output NULL into an empty matrix. Channels are
 * averaged. Constant memory for a file, unless the front end needs the whole
 * signal. PINNA_INTERRUPTED after Ctrl-C; then and after any failure no output
 * appears. */
pinna_status pinna_features_file(const pinna_features_settings *settings,
                                 const char *input, const char *output,
                                 pinna_matrix *matrix,
                                 pinna_features_result *result,
                                 pinna_error *error);

#endif
