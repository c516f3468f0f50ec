/* tools/sound_report.h -- all that a report tells of one recording */
#ifndef PINNA_TOOLS_SOUND_REPORT_H
#define PINNA_TOOLS_SOUND_REPORT_H

#include "datasets/audio_file.h"
#include "dsp/status.h"
#include "tools/picture.h"
#include "tools/sound_player.h"
#include "tools/vad_file.h"

typedef struct pinna_report_settings {
    pinna_vad_settings vad;
    double max_sound_s; /* of the sound to be played; 0 for none */
} pinna_report_settings;

typedef struct pinna_sound_report {
    const char *path; /* the caller's */
    pinna_audio_info info;
    size_t n_samples; /* per channel, as read */
    double duration_s;
    double peak_db, rms_db; /* over all channels, dB re full scale */
    size_t n_clipped;
    pinna_segments segments;
    pinna_picture picture;
    pinna_playable sound; /* shorter than duration_s when it was cut */
} pinna_sound_report;

/* The file is read several times, in constant memory but for segments and
 * picture. report is to be freed, also after a failure. Warns on stderr of a
 * damaged but usable file. PINNA_INTERRUPTED after Ctrl-C. */
pinna_status pinna_sound_report_make(const pinna_report_settings *settings,
                                     const char *path,
                                     pinna_sound_report *report,
                                     pinna_error *error);
void pinna_sound_report_free(pinna_sound_report *report);

#endif
