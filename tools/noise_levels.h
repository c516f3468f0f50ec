/* tools/noise_levels.h -- word error rates by the noise that speech lies in */
#ifndef PINNA_TOOLS_NOISE_LEVELS_H
#define PINNA_TOOLS_NOISE_LEVELS_H

#include "dsp/status.h"
#include "tools/wer.h"

#include <stddef.h>

/* What was counted at one level, to the whole dB. */
typedef struct pinna_noise_level {
    double snr_db; /* NaN: not known, or no noise */
    pinna_wer wer;
} pinna_noise_level;

/* Zero-initialise. The quietest noise comes first, before it what has none. */
typedef struct pinna_noise_levels {
    pinna_noise_level *levels; /* [n_levels] */
    size_t n_levels;
} pinna_noise_levels;

void pinna_noise_levels_free(pinna_noise_levels *levels);

/* Add the counts of utterances at snr_db, which may be NaN. PINNA_NO_MEMORY. */
pinna_status pinna_noise_levels_add(pinna_noise_levels *levels, double snr_db,
                                    const pinna_wer *wer);

#endif
