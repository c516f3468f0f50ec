/* tools/pair_metrics.h -- one noisy/clean pair through the denoiser, measured
 * before and after */
#ifndef PINNA_TOOLS_PAIR_METRICS_H
#define PINNA_TOOLS_PAIR_METRICS_H

#include "datasets/manifest.h"
#include "dsp/status.h"
#include "tools/component_metrics.h"
#include "tools/denoise_file.h"

#include <stdbool.h>

/* NaN where a figure has no meaning. */
typedef struct pinna_quality {
    double si_sdr_db, segmental_snr_db, stoi, estoi;
    double pesq;                        /* NaN without a program for it */
    pinna_component_metrics components; /* of what was denoised */
} pinna_quality;

typedef struct pinna_pair_metrics {
    bool silent; /* the clean side is: only the attenuation says something */
    pinna_quality noisy, denoised;
    double attenuation_db; /* level of noisy over denoised, whole file when
                            * silent, else in the pauses */
    double duration_s;
    double work_s;       /* wall time of the denoiser alone */
    pinna_error no_pesq; /* why there is none; empty when there is */
} pinna_pair_metrics;

/* Both files must have one rate; the longer one is cut. pesq is a program as in
 * tools/pesq.h, or NULL; when it fails the other figures stand. */
pinna_status pinna_measure_pair(const pinna_denoise_settings *settings,
                                const char *pesq,
                                const pinna_manifest_entry *pair,
                                pinna_pair_metrics *metrics,
                                pinna_error *error);

#endif
