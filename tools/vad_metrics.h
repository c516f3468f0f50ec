/* tools/vad_metrics.h -- speech found in the noisy side of a pair against the
 * level of its clean side
 *
 * A frame is speech when the clean side's level is within 30 dB of its own 95th
 * percentile over the file, a pause when it is 40 dB below or lower; what lies
 * between is not counted. Without a clean sound above -90 dBFS every frame is a
 * pause. */
#ifndef PINNA_TOOLS_VAD_METRICS_H
#define PINNA_TOOLS_VAD_METRICS_H

#include "datasets/manifest.h"
#include "dsp/status.h"
#include "tools/vad_file.h"

#include <stdbool.h>
#include <stddef.h>

/* Of frames that are truly speech, and truly pauses. */
typedef struct pinna_vad_counts {
    size_t n_speech, n_pause;
    size_t n_hits, n_segment_hits;   /* of n_speech */
    size_t n_false, n_segment_false; /* of n_pause */
} pinna_vad_counts;

typedef struct pinna_vad_metrics {
    pinna_vad_counts counts;
    bool silent; /* the clean side is */
    double duration_s;
    double work_s; /* wall time of the detection alone */
} pinna_vad_metrics;

/* Both files must have one rate; the longer one is cut. */
pinna_status pinna_measure_vad(const pinna_vad_settings *settings,
                               const pinna_manifest_entry *pair,
                               pinna_vad_metrics *metrics, pinna_error *error);

#endif
