/* tools/features_file.h -- one sound file to feature frames, or to their
 * statistics */
#ifndef PINNA_TOOLS_FEATURES_FILE_H
#define PINNA_TOOLS_FEATURES_FILE_H

#include "datasets/matrix.h"
#include "dsp/cmvn.h"
#include "dsp/front_end.h"
#include "dsp/status.h"
#include "tools/progress.h"

#include <stddef.h>

typedef struct pinna_features_settings {
    pinna_front_end_config config; /* the rate of features.sample_rate is that
                                      of each file, if sample_rate is 0 */
    unsigned sample_rate;          /* to resample to; 0 keeps the file's */
    unsigned expected_rate;   /* without: what the file's must be; 0: any */
    pinna_progress *progress; /* gets a total of 1 for each file */
    size_t n_files;
} pinna_features_settings;

/* Where the frames go: one of these is set. */
typedef struct pinna_features_target {
    const char *npy_path;    /* a .npy file, as the frames come */
    pinna_matrix *matrix;    /* an empty matrix */
    pinna_cmvn_stats *stats; /* counted only; made for their width */
} pinna_features_target;

typedef struct pinna_features_result {
    size_t n_frames, n_columns, n_channels;
    unsigned sample_rate; /* Hz, of the analysis */
    double duration_s;    /* of the sound */
} pinna_features_result;

/* Channels are averaged. Constant memory for a file, but for a matrix and
 * where the front end needs the whole signal. PINNA_INTERRUPTED after Ctrl-C;
 * then and after any failure no file appears, and matrix or stats are empty. */
pinna_status pinna_features_file(const pinna_features_settings *settings,
                                 const char *input,
                                 const pinna_features_target *target,
                                 pinna_features_result *result,
                                 pinna_error *error);

#endif
