/* datasets/augment.h -- changes to a training signal that keep its meaning
 *
 * Signals are mono, full scale +-1. Functions that change the length give a new
 * array to be freed by the caller. Everything random comes from the rng. */
#ifndef PINNA_DATASETS_AUGMENT_H
#define PINNA_DATASETS_AUGMENT_H

#include "dsp/biquad.h"
#include "dsp/rng.h"
#include "dsp/status.h"

#include <stddef.h>

/* Play faster (factor > 1) or slower: tempo and pitch together, 0.5 .. 2
 * (Ko et al. 2015). Gives round(n / factor) samples. Cheap: windowed-sinc
 * interpolation with a small table, good to -60 dB. */
pinna_status pinna_augment_speed(const float *samples, size_t n, double factor,
                                 float **out, size_t *n_out);

/* A random second-order filter: numerator and denominator coefficients of
 * 1 + a z^-1 + b z^-2 uniform in +-3/8 (Valin 2018, RNNoise). The same filter
 * may go over speech and its reference. */
pinna_biquad pinna_biquad_random(pinna_rng *rng);

/* Convolve with a room response [n_response] by FFT, keep n samples, in place.
 * The response is used as given; the first n_early samples of it alone (the
 * direct sound and early reflections) make the reference that a dereverberating
 * target wants: call twice. */
pinna_status pinna_augment_room(float *samples, size_t n, const float *response,
                                size_t n_response);

/* Hard clipping at +-limit, in place. */
void pinna_augment_clip(float *samples, size_t n, float limit);

/* 8-bit mu-law of telephones (ITU-T G.711, mu = 255) and back, in place: the
 * noise of a line that lies 38 dB under any signal. */
void pinna_augment_mu_law(float *samples, size_t n);

/* A recording cut tight by its level: silence before the first and behind the
 * last frame that is not threshold_db (< 0) quieter than the loudest one.
 * Frames of n_frame samples are compared; in place. */
void pinna_augment_tighten(float *samples, size_t n, size_t n_frame,
                           double threshold_db);

/* Set every sample to x * gain. */
void pinna_augment_gain(float *samples, size_t n, float gain);

#endif
