/* datasets/spec_augment.h -- changes to the features of a training item that
 * keep its meaning
 *
 * SpecAugment's masks in frequency and time (Park et al. 2019), and vocal tract
 * length perturbation on log-mel bands (Jaitly and Hinton 2013). Everything
 * random comes from the rng. */
#ifndef PINNA_DATASETS_SPEC_AUGMENT_H
#define PINNA_DATASETS_SPEC_AUGMENT_H

#include "dsp/rng.h"

#include <stddef.h>

/* No time mask hides more than this share of an item (Park's p, of Switchboard
 * there: 0.2), so that a short word is not masked away. */
#define PINNA_TIME_MASK_SHARE 0.2

/* Every mask has a width drawn uniformly from 0 to the widest. */
typedef struct pinna_spec_augment {
    size_t n_freq_masks, freq_mask_width; /* bands */
    size_t n_time_masks, time_mask_width; /* frames */
} pinna_spec_augment;

/* Set random bands, then random stretches of frames, to zero: mean normalised
 * features have it as their mean. x [n_steps, stack, n_features]: step t holds
 * frames t * stride .. t * stride + stack - 1, and a mask covers a frame
 * wherever it stands (stack and stride 1: plain frames). */
void pinna_spec_augment_apply(const pinna_spec_augment *config, pinna_rng *rng,
                              float *x, size_t n_steps, size_t n_features,
                              size_t stack, size_t stride);

#define PINNA_MAX_WARP_BANDS 512

/* Log-mel bands [n_frames, n_mels] between low_hz and high_hz on Kaldi's mel
 * scale: band m takes what lies at warp times its frequency, in place. n_mels
 * is at most PINNA_MAX_WARP_BANDS; warp 1 changes nothing. */
void pinna_warp_bands(double warp, double low_hz, double high_hz, float *frames,
                      size_t n_frames, size_t n_mels);

/* Speak faster (tempo > 1) or slower without another pitch: frames [n_frames,
 * n_features] -> round(n_frames / tempo) of them, interpolated linearly, to be
 * freed. NULL when out of memory. */
float *pinna_tempo_frames(double tempo, const float *frames, size_t n_frames,
                          size_t n_features, size_t *n_out);

#endif
