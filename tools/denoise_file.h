/* tools/denoise_file.h -- one sound file through the denoiser
 *
 * Any rate that the denoiser takes, any channel count, each channel with a
 * state of its own; constant memory. The output has the rate, channels and
 * length of the input and lies in time with it: the denoiser's delay is taken
 * out. */
#ifndef PINNA_TOOLS_DENOISE_FILE_H
#define PINNA_TOOLS_DENOISE_FILE_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/progress.h"

#include <stddef.h>

typedef struct pinna_denoise_settings {
    const pinna_model *model;
    double limit_db;          /* as pinna_denoiser_set_attenuation_limit() */
    pinna_progress *progress; /* gets a total of 1 for each file */
    size_t n_files;
} pinna_denoise_settings;

typedef struct pinna_denoise_result {
    unsigned sample_rate; /* Hz */
    size_t n_channels;
    double duration_s;
    double work_s;              /* wall time */
    double before_db, after_db; /* RMS, dB re full scale */
    double noise_drop_db;       /* see tools/noise_drop.h */
} pinna_denoise_result;

/* PINNA_INTERRUPTED after Ctrl-C; then and after any failure no output
 * appears. Warns on stderr of a damaged but usable input. */
pinna_status pinna_denoise_file(const pinna_denoise_settings *settings,
                                const char *input, const char *output,
                                pinna_denoise_result *result,
                                pinna_error *error);

/* A whole signal in memory [n], in time with the input; in and out may be the
 * same array. */
pinna_status pinna_denoise_signal(const pinna_model *model, double limit_db,
                                  unsigned sample_rate, const float *in,
                                  size_t n, float *out, pinna_error *error);

#endif
