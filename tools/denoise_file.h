/* tools/denoise_file.h -- one sound file through the denoiser
 *
 * Any rate that the denoiser takes, any channel count, constant memory. The
 * output has the rate, channels and length of the input and lies in time with
 * it: the delay is taken out. Its samples are those of the live path, which is
 * pinna_denoise_chain. */
#ifndef PINNA_TOOLS_DENOISE_FILE_H
#define PINNA_TOOLS_DENOISE_FILE_H

#include "datasets/raw_format.h"
#include "dsp/status.h"
#include "rnn/denoise_chain.h"
#include "rnn/model.h"
#include "tools/progress.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_denoise_settings {
    const pinna_model *model;
    double controls[PINNA_N_CONTROLS]; /* by pinna_control */
    bool post_filter;
    const pinna_raw_format *raw; /* input without a header; NULL: with one */
    pinna_progress *progress;    /* gets a total of 1 for each file */
    size_t n_files;
} pinna_denoise_settings;

/* All controls at their defaults. */
pinna_denoise_settings pinna_denoise_settings_default(void);

typedef struct pinna_denoise_result {
    unsigned sample_rate; /* Hz */
    size_t n_channels;
    double duration_s;
    double work_s;              /* wall time */
    double before_db, after_db; /* RMS, dB re full scale */
    double noise_drop_db;       /* see tools/noise_drop.h */
} pinna_denoise_result;

/* The output is of the input's own kind when the suffix is the same, else by
 * the suffix; what was raw stays so without a suffix of a sound file.
 * PINNA_INTERRUPTED after Ctrl-C; then and after any failure no output appears.
 * Warns on stderr of a damaged but usable input. */
pinna_status pinna_denoise_file(const pinna_denoise_settings *settings,
                                const char *input, const char *output,
                                pinna_denoise_result *result,
                                pinna_error *error);

/* A whole signal in memory [n], in time with the input; in and out may be the
 * same array. */
pinna_status pinna_denoise_signal(const pinna_denoise_settings *settings,
                                  unsigned sample_rate, const float *in,
                                  size_t n, float *out, pinna_error *error);

#endif
