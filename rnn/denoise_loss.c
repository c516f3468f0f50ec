#include "rnn/denoise_loss.h"

#include "rnn/kernels.h"

#include <math.h>

/* -60 dB: below it the slope of g^c would only amplify rounding. */
#define MIN_GAIN 1e-3f

pinna_denoise_loss_config pinna_denoise_loss_config_default(void)
{
    return (pinna_denoise_loss_config){.phase = 0.2, .oversuppression = 1.5};
}

void pinna_denoise_bin_weights(size_t n_bins, double bin_hz, float *weights)
{
    /* The equivalent rectangular bandwidth is 24.7 (1 + 4.37 f / 1000) Hz
     * (Glasberg and Moore 1990); its inverse, flattened below 3 kHz, where
     * single harmonics matter and are few. */
    double sum = 0;
    for (size_t k = 0; k < n_bins; k++)
        sum += 1 / (1 + (double)k * bin_hz / 3000);
    for (size_t k = 0; k < n_bins; k++)
        weights[k] = (float)(1 / (1 + (double)k * bin_hz / 3000) / sum);
}

double pinna_denoise_loss(const pinna_denoise_loss_config *config,
                          const pinna_denoise_target *target,
                          const float *weights, const float *gains,
                          size_t n_bins, float *scratch, float *dgains)
{
    const float c = PINNA_DENOISE_COMPRESSION;
    const float a = (float)config->phase;
    const float u = (float)config->oversuppression;
    double loss = 0;

    for (size_t k = 0; k < n_bins; k++)
        scratch[k] = c * logf(fmaxf(gains[k], MIN_GAIN));
    pinna_kernels_best()->exp(scratch, n_bins);

    for (size_t k = 0; k < n_bins; k++) {
        const float v = scratch[k] * target->noisy[k];
        const float s = target->clean[k];
        const float aligned = target->aligned[k];
        const float magnitude = v - s;
        const float weight = magnitude < 0 ? u : 1.0f;

        loss += weights[k] * ((1 - a) * weight * magnitude * magnitude +
                              a * (v * v + s * s - 2 * v * aligned));
        const float dv =
            2 * weights[k] * ((1 - a) * weight * magnitude + a * (v - aligned));
        dgains[k] = gains[k] > MIN_GAIN ? dv * v * c / gains[k] : 0;
    }
    return loss;
}
