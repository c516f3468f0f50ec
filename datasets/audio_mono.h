/* datasets/audio_mono.h -- whole sound files as one signal */
#ifndef PINNA_DATASETS_AUDIO_MONO_H
#define PINNA_DATASETS_AUDIO_MONO_H

#include "dsp/status.h"

#include <stddef.h>

/* A whole file as one signal: channels averaged, resampled to sample_rate
 * (0 keeps the file's; *rate, may be NULL, takes the resulting rate). offset_s
 * and duration_s in seconds cut a part (0, 0 for all); a part that goes beyond
 * the end ends there, one that starts there fails. *samples is to be freed by
 * the caller. */
pinna_status pinna_audio_load_mono(const char *path, double offset_s,
                                   double duration_s, unsigned sample_rate,
                                   float **samples, size_t *n_samples,
                                   unsigned *rate, pinna_error *error);

/* One signal to one file, by the suffix's format. */
pinna_status pinna_audio_save_mono(const char *path, unsigned sample_rate,
                                   const float *samples, size_t n_samples,
                                   pinna_error *error);

#endif
