/* tools/vad_file.h -- the segments of speech in one sound file */
#ifndef PINNA_TOOLS_VAD_FILE_H
#define PINNA_TOOLS_VAD_FILE_H

#include "dsp/endpoint.h"
#include "dsp/status.h"
#include "dsp/vad.h"
#include "tools/progress.h"
#include "tools/segments.h"

#include <stddef.h>

typedef struct pinna_vad_settings {
    pinna_vad_config vad;
    pinna_endpoint_config endpoint; /* frame_shift_s is set for each file */
    pinna_progress *progress; /* gets a total of 1 for each file; or NULL */
    size_t n_files;
} pinna_vad_settings;

/* Detection and endpoints by default, no progress. */
pinna_vad_settings pinna_vad_settings_default(void);

/* Channels are averaged; constant memory but for the segments, which are to be
 * freed, also after a failure. PINNA_INTERRUPTED after Ctrl-C. who ("pinna
 * vad") begins warnings of a damaged but usable input; NULL for none. */
pinna_status pinna_vad_file(const pinna_vad_settings *settings,
                            const char *path, const char *who,
                            pinna_segments *segments, pinna_error *error);

#endif
