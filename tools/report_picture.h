/* tools/report_picture.h -- one recording as a picture: waveform, spectrogram,
 * log-mel features and speech, one above the other, with one time axis below */
#ifndef PINNA_TOOLS_REPORT_PICTURE_H
#define PINNA_TOOLS_REPORT_PICTURE_H

#include "dsp/status.h"
#include "tools/picture.h"
#include "tools/segments.h"

#include <stddef.h>

/* Pixels of the picture, and where its panels lie between left and right. */
#define PINNA_REPORT_WIDTH       1150
#define PINNA_REPORT_PANEL_LEFT  60
#define PINNA_REPORT_PANEL_WIDTH 1000

/* Channels are averaged; n_samples (above 0) is how many of each the file has.
 * picture is to be freed, also after a failure. Constant memory. */
pinna_status pinna_report_picture(const char *path, size_t n_samples,
                                  const pinna_segments *segments,
                                  pinna_picture *picture, pinna_error *error);

#endif
