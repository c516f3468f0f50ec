/* dsp/features.h -- a stream of samples to a stream of feature frames
 *
 *     pinna_features *features;
 *     const pinna_fbank_config config =
 *         pinna_fbank_config_default(PINNA_FEATURE_MFCC);
 *     pinna_features_new(&config, &features, &error);
 *     float frame[13]; // pinna_features_n_out(features)
 *     while ((n = read(samples)) > 0)
 *         for (size_t used = 0; used < n;) {
 *             used += pinna_features_push(features, samples + used, n - used);
 *             while (pinna_features_pull(features, frame))
 *                 use(frame);
 *         }
 *     pinna_features_finish(features);
 *     while (pinna_features_pull(features, frame))
 *         use(frame);
 *
 * Any split of the samples gives the same bits; memory is constant.
 *
 * top_db and whisper_range look at the loudest value of the whole signal. With
 * one of them (pinna_features_needs_loudest()) the signal is pushed twice: the
 * first time hear() takes the place of pull(), then comes rewind().
 */
#ifndef PINNA_DSP_FEATURES_H
#define PINNA_DSP_FEATURES_H

#include "dsp/fbank.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_features pinna_features;

pinna_status pinna_features_new(const pinna_fbank_config *config,
                                pinna_features **out, pinna_error *error);
void pinna_features_free(pinna_features *features);
size_t pinna_features_n_out(const pinna_features *features);
bool pinna_features_needs_loudest(const pinna_features *features);

/* How many frames a signal of n samples gives. */
size_t pinna_features_n_frames(const pinna_features *features, size_t n);

PINNA_REALTIME void pinna_features_reset(pinna_features *features);
PINNA_REALTIME size_t pinna_features_push(pinna_features *features,
                                          const float *samples, size_t n);
PINNA_REALTIME void pinna_features_finish(pinna_features *features);
PINNA_REALTIME bool pinna_features_pull(pinna_features *features, float *frame);

/* As pull(), but the frame is only looked at for its loudest value. */
PINNA_REALTIME bool pinna_features_hear(pinna_features *features);

/* As reset(), but what was heard is kept: the same signal follows. */
PINNA_REALTIME void pinna_features_rewind(pinna_features *features);

/* The frames of a whole signal at once: *frames is [*n_frames, n_out], to be
 * freed by the caller; NULL with *n_frames 0 when there is no whole frame.
 * Allocates. The state is reset before and after. */
pinna_status pinna_features_all(pinna_features *features, const float *samples,
                                size_t n, float **frames, size_t *n_frames);

#endif
