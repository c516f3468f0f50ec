/* datasets/mix.h -- speech and noise at a given signal-to-noise ratio */
#ifndef PINNA_DATASETS_MIX_H
#define PINNA_DATASETS_MIX_H

#include "dsp/rng.h"
#include "dsp/status.h"

#include <stddef.h>

/* Level of the active part: RMS over the 20 ms frames within 30 dB of the
 * loudest, in dB re full scale; PINNA_SILENCE_DB for silence. */
double pinna_active_level_db(const float *samples, size_t n,
                             double sample_rate);

/* The gain for noise that puts speech at snr_db above it: active speech level
 * over the mean level of the noise. 0 when either is silent. */
double pinna_noise_gain(const float *speech, const float *noise, size_t n,
                        double sample_rate, double snr_db);

/* Fill out [n] with a stretch of the clip [n_clip] from a random place, looped
 * with a 50 ms cross-fade when the clip is too short. */
void pinna_take_stretch(const float *clip, size_t n_clip, double sample_rate,
                        pinna_rng *rng, float *out, size_t n);

#endif
