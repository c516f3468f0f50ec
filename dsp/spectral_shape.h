/* dsp/spectral_shape.h -- single numbers that describe one frame of sound, as
 * librosa 0.10 defines them */
#ifndef PINNA_DSP_SPECTRAL_SHAPE_H
#define PINNA_DSP_SPECTRAL_SHAPE_H

#include "dsp/status.h"

#include <stddef.h>

#define PINNA_ROLLOFF_SHARE 0.85 /* librosa's roll_percent */

/* Of samples [n], n > 0. */

/* sqrt(mean x^2) */
PINNA_REALTIME double pinna_shape_rms(const float *samples, size_t n);

/* Share of the samples whose sign is not that of the one before; within
 * +-1e-10 is 0, and 0 is positive. */
PINNA_REALTIME double pinna_shape_zero_crossing_rate(const float *samples,
                                                     size_t n);

/* Of a magnitude spectrum [n_bins], bins hz_per_bin = sample_rate / n_fft
 * apart, bin 0 at 0 Hz. */

/* Hz: the mean frequency, weighted by magnitude; 0 for silence. */
PINNA_REALTIME double pinna_shape_centroid_hz(const float *magnitude,
                                              size_t n_bins, double hz_per_bin);

/* Hz: the lowest bin up to which the magnitudes sum to at least `share` of
 * all; 0 for silence. */
PINNA_REALTIME double pinna_shape_rolloff_hz(const float *magnitude,
                                             size_t n_bins, double hz_per_bin,
                                             double share);

/* Geometric over arithmetic mean of the power, each bin at least 1e-10: 1 for
 * white noise (and silence), near 0 for tones. */
PINNA_REALTIME double pinna_shape_flatness(const float *magnitude,
                                           size_t n_bins);

#endif
