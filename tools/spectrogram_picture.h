/* tools/spectrogram_picture.h -- two recordings as two spectrograms
 *
 * Before above after, the same scales: seconds to the right, Hz upwards,
 * colours for dB re full scale. Constant memory. */
#ifndef PINNA_TOOLS_SPECTROGRAM_PICTURE_H
#define PINNA_TOOLS_SPECTROGRAM_PICTURE_H

#include "dsp/status.h"
#include "tools/picture.h"

/* Pixels of the picture, and where its panels lie between left and right. */
#define PINNA_SPECTROGRAM_WIDTH       1150
#define PINNA_SPECTROGRAM_PANEL_LEFT  60
#define PINNA_SPECTROGRAM_PANEL_WIDTH 1000

/* Both files are sound files of one rate and length; channels are averaged.
 * picture is to be freed, also after a failure. */
pinna_status pinna_spectrogram_picture(const char *before, const char *after,
                                       pinna_picture *picture,
                                       pinna_error *error);

#endif
