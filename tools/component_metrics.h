/* tools/component_metrics.h -- what became of speech and noise, each by itself,
 * in a signal that went through a denoiser
 *
 * Both are known, and so is what the processing did to their sum: its gain
 * G = X / Y in each bin of 20 ms Hann frames with 50 % overlap, with Y the
 * noisy and X the processed signal. The same gain on the clean speech S and on
 * the noise N = Y - S tells them apart. |G| is held to 2, for where S and N
 * cancel each other Y is next to nothing. Source: Fingscheidt and Suhadi,
 * "Quality assessment of speech enhancement systems by separation of enhanced
 * speech, noise, and echo", 2007. */
#ifndef PINNA_TOOLS_COMPONENT_METRICS_H
#define PINNA_TOOLS_COMPONENT_METRICS_H

#include "dsp/status.h"

#include <stddef.h>

/* In dB; NaN where a figure has no meaning. Frames count as speech when the
 * clean one is within 30 dB of the loudest. */
typedef struct pinna_component_metrics {
    /* Energy of N over that of G N, in frames with speech. */
    double noise_attenuation_db;
    /* Mean over frames with speech of the energy of S over that of S - G S,
     * each held within -10 .. 35 dB: the higher, the less distorted. */
    double speech_sdr_db;
    /* The share of energy, of G S in S, that is kept in the first 50 ms of
     * words after a pause of 200 ms or more, over what is kept in the rest of
     * them (at most 500 ms): 0 when onsets are not cut. */
    double onset_db;
} pinna_component_metrics;

/* All [n] and aligned. */
pinna_status pinna_measure_components(const float *clean, const float *noisy,
                                      const float *processed, size_t n,
                                      unsigned sample_rate,
                                      pinna_component_metrics *metrics);

#endif
