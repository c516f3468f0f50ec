/* rnn/denoise_loss.h -- how far gained noisy speech is from clean speech
 *
 * Per bin, with compressed magnitudes S = |s|^c and V = (g |y|)^c, c = 0.3
 * (Braun and Tashev 2021), phase difference p between s and y:
 *   (1 - a) u (V - S)^2 + a |V e^{ip} - S|^2
 * u is above 1 where V < S: taking speech away is worse than leaving noise.
 * Bins are weighted by about the inverse of the ear's bandwidth. */
#ifndef PINNA_RNN_DENOISE_LOSS_H
#define PINNA_RNN_DENOISE_LOSS_H

#include "dsp/status.h"

#include <stddef.h>

#define PINNA_DENOISE_COMPRESSION 0.3f

/* What one frame's loss needs of the signals, computed once. */
typedef struct pinna_denoise_target {
    float *noisy;   /* |y|^c */
    float *clean;   /* |s|^c */
    float *aligned; /* |s|^c cos p */
} pinna_denoise_target;

typedef struct pinna_denoise_loss_config {
    double phase;           /* a, 0 .. 1 */
    double oversuppression; /* u where V < S, >= 1 */
} pinna_denoise_loss_config;

/* 0.2 and 1.5. */
pinna_denoise_loss_config pinna_denoise_loss_config_default(void);

/* weights [n_bins], of sum 1, for bins bin_hz apart. */
void pinna_denoise_bin_weights(size_t n_bins, double bin_hz, float *weights);

/* One frame: gains [n_bins] in 0..1. Returns the weighted sum; dgains [n_bins]
 * is set to its gradient. scratch [n_bins]. */
double pinna_denoise_loss(const pinna_denoise_loss_config *config,
                          const pinna_denoise_target *target,
                          const float *weights, const float *gains,
                          size_t n_bins, float *scratch, float *dgains);

#endif
