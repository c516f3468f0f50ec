/* tools/pair_metrics.h -- one noisy/clean pair through the denoiser, measured
 * before and after */
#ifndef PINNA_TOOLS_PAIR_METRICS_H
#define PINNA_TOOLS_PAIR_METRICS_H

#include "datasets/manifest.h"
#include "dsp/status.h"
#include "tools/denoise_file.h"

#include <stdbool.h>

/* NaN where a figure has no meaning. */
typedef struct pinna_quality {
    double si_sdr_db, segmental_snr_db, stoi, estoi;
} pinna_quality;

typedef struct pinna_pair_metrics {
    bool silent; /* the clean side is: only the attenuation says something */
    pinna_quality noisy, denoised;
    double attenuation_db; /* level of noisy over denoised, whole file when
                            * silent, else in the pauses */
    double duration_s;
    double work_s; /* wall time of the denoiser alone */
} pinna_pair_metrics;

/* Both files must have one rate; the longer one is cut. */
pinna_status pinna_measure_pair(const pinna_denoise_settings *settings,
                                const pinna_manifest_entry *pair,
                                pinna_pair_metrics *metrics,
                                pinna_error *error);

#endif
