#include "tools/snr.h"

#include "dsp/status.h"

#include <float.h>
#include <math.h>

/* Keeps ratios finite, as NumPy's eps does in the usual implementations. */
static const double tiny = DBL_EPSILON;

static double mean_of(const float *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)x[i];
    return n ? sum / (double)n : 0;
}

double pinna_si_sdr_db(const float *clean, const float *processed, size_t n)
{
    const double clean_mean = mean_of(clean, n);
    const double processed_mean = mean_of(processed, n);
    double cc = 0, cp = 0, distortion = 0;

    for (size_t i = 0; i < n; i++) {
        const double c = (double)clean[i] - clean_mean;
        cc += c * c;
        cp += c * ((double)processed[i] - processed_mean);
    }
    /* a c is the part of the processed signal along c. */
    const double a = cp / (cc + tiny);
    for (size_t i = 0; i < n; i++) {
        const double c = (double)clean[i] - clean_mean;
        const double e = (double)processed[i] - processed_mean - a * c;
        distortion += e * e;
    }
    return 10 * log10((a * a * cc + tiny) / (distortion + tiny));
}

typedef struct frame_energies {
    double clean, difference;
} frame_energies;

/* Hann window of n points whose zeros lie just outside. */
static frame_energies measure_frame(const float *clean, const float *processed,
                                    size_t n)
{
    frame_energies energies = {0};

    for (size_t i = 0; i < n; i++) {
        const double w =
            0.5 - 0.5 * cos(2 * PINNA_PI * (double)(i + 1) / (double)(n + 1));
        const double c = w * (double)clean[i];
        const double d = c - w * (double)processed[i];
        energies.clean += c * c;
        energies.difference += d * d;
    }
    return energies;
}

double pinna_segmental_snr_db(const float *clean, const float *processed,
                              size_t n, double sample_rate)
{
    const size_t size = (size_t)(0.030 * sample_rate);
    const size_t hop = size / 4;
    double loudest = 0, sum_db = 0;
    size_t n_frames = 0;

    if (hop == 0 || n < size)
        return NAN;
    for (size_t at = 0; at + size <= n; at += hop)
        loudest = fmax(loudest,
                       measure_frame(clean + at, processed + at, size).clean);
    for (size_t at = 0; at + size <= n; at += hop) {
        const frame_energies e =
            measure_frame(clean + at, processed + at, size);
        if (e.clean <= loudest * 1e-5)
            continue;
        const double db = 10 * log10((e.clean + tiny) / (e.difference + tiny));
        sum_db += fmin(fmax(db, -10), 35);
        n_frames++;
    }
    return n_frames ? sum_db / (double)n_frames : NAN;
}
