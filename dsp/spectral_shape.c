#include "dsp/spectral_shape.h"

#include <math.h>
#include <stdbool.h>

/* Both are librosa's defaults. */
#define ZERO_THRESHOLD 1e-10 /* amplitude */
#define POWER_FLOOR    1e-10

double pinna_shape_rms(const float *samples, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (double)samples[i] * (double)samples[i];
    return sqrt(sum / (double)n);
}

double pinna_shape_zero_crossing_rate(const float *samples, size_t n)
{
    size_t n_crossings = 0;
    bool was_negative = (double)samples[0] < -ZERO_THRESHOLD;
    for (size_t i = 1; i < n; i++) {
        const bool is_negative = (double)samples[i] < -ZERO_THRESHOLD;
        n_crossings += is_negative != was_negative;
        was_negative = is_negative;
    }
    return (double)n_crossings / (double)n;
}

double pinna_shape_centroid_hz(const float *magnitude, size_t n_bins,
                               double hz_per_bin)
{
    double sum = 0.0, weighted = 0.0;
    for (size_t k = 0; k < n_bins; k++) {
        sum += (double)magnitude[k];
        weighted += (double)k * (double)magnitude[k];
    }
    return sum > 0.0 ? hz_per_bin * weighted / sum : 0.0;
}

double pinna_shape_rolloff_hz(const float *magnitude, size_t n_bins,
                              double hz_per_bin, double share)
{
    double all = 0.0;
    for (size_t k = 0; k < n_bins; k++)
        all += (double)magnitude[k];

    double sum = 0.0;
    size_t k = 0;
    while (k < n_bins && (sum += (double)magnitude[k]) < share * all)
        k++;
    return hz_per_bin * (double)k;
}

double pinna_shape_flatness(const float *magnitude, size_t n_bins)
{
    double sum_log = 0.0, sum = 0.0;
    for (size_t k = 0; k < n_bins; k++) {
        const double power =
            fmax((double)magnitude[k] * (double)magnitude[k], POWER_FLOOR);
        sum_log += log(power);
        sum += power;
    }
    return exp(sum_log / (double)n_bins) / (sum / (double)n_bins);
}
