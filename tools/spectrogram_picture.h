/* tools/spectrogram_picture.h -- two recordings as two spectrograms, one PNG
 *
 * Before above after, the same scales: seconds to the right, Hz upwards,
 * colours for dB re full scale. Constant memory. */
#ifndef PINNA_TOOLS_SPECTROGRAM_PICTURE_H
#define PINNA_TOOLS_SPECTROGRAM_PICTURE_H

#include "dsp/status.h"

/* Both files are sound files of one rate and length; channels are averaged. */
pinna_status pinna_spectrogram_picture(const char *before, const char *after,
                                       const char *png, pinna_error *error);

#endif
