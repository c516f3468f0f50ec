/* dsp/noise_floor.h -- the power of the noise under a sound, band by band
 *
 * Minimum statistics (Martin, "Noise power spectral density estimation based
 * on optimal smoothing and minimum statistics", 2001): speech pauses in every
 * band sooner or later, so the least power of the last seconds is that of the
 * noise. The smoothing and the correction of the bias are constants here. */
#ifndef PINNA_DSP_NOISE_FLOOR_H
#define PINNA_DSP_NOISE_FLOOR_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_noise_floor pinna_noise_floor;

/* 0 < n_bands <= 65536; frame_shift_s > 0, from frame to frame. */
pinna_status pinna_noise_floor_new(size_t n_bands, double frame_shift_s,
                                   pinna_noise_floor **out);
void pinna_noise_floor_free(pinna_noise_floor *floor);
PINNA_REALTIME void pinna_noise_floor_reset(pinna_noise_floor *floor);

/* power [n_bands] of the next frame, finite -> noise [n_bands]. The first frame
 * counts as noise; a noise that grows is followed after 2 s, one that falls at
 * once. */
PINNA_REALTIME void pinna_noise_floor_process(pinna_noise_floor *floor,
                                              const double *power,
                                              double *noise);

#endif
