/* dsp/level.h -- peak and RMS level of a stream */
#ifndef PINNA_DSP_LEVEL_H
#define PINNA_DSP_LEVEL_H

#include "dsp/status.h"

#include <stddef.h>

#define PINNA_SILENCE_DB (-200.0) /* what digital silence reads as */

/* Zero-initialise to reset. NaN and infinite samples are only counted. */
typedef struct pinna_level {
    size_t n_samples;
    size_t n_bad;     /* NaN or infinite */
    size_t n_clipped; /* at or above full scale */
    double sum_square;
    double peak;
} pinna_level;

PINNA_REALTIME void pinna_level_process(pinna_level *level,
                                        const float *samples, size_t n);

/* dB re full scale: a full-scale square wave has RMS 0 dBFS. Never below
 * PINNA_SILENCE_DB. */
double pinna_level_rms_db(const pinna_level *level);
double pinna_level_peak_db(const pinna_level *level);

/* Of an amplitude. The second is never below PINNA_SILENCE_DB either; that is
 * what 0 and negative gains give. */
double pinna_db_to_gain(double db);
double pinna_gain_to_db(double gain);

#endif
