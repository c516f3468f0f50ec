/* dsp/biquad.h -- second-order filters of one mono signal
 *
 *     const pinna_biquad low =
 *         pinna_biquad_low_pass(1000, PINNA_BUTTERWORTH_Q, 16000);
 *     pinna_biquad_state state = {0};
 *     while ((n = read(samples)) > 0)
 *         pinna_biquad_process(&low, &state, samples, samples, n);
 *
 *   y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]
 *
 * The shapes are those of R. Bristow-Johnson, "Cookbook formulae for audio
 * equalizer biquad filter coefficients", as torchaudio has them too. */
#ifndef PINNA_DSP_BIQUAD_H
#define PINNA_DSP_BIQUAD_H

#include "dsp/status.h"

#include <stddef.h>

#define PINNA_BUTTERWORTH_Q 0.70710678118654752440 /* sqrt(1/2) */

typedef struct pinna_biquad {
    double b0, b1, b2, a1, a2;
} pinna_biquad;

/* Zero-initialise to reset. */
typedef struct pinna_biquad_state {
    double s1, s2;
    size_t n_samples;
} pinna_biquad_state;

/* Frequencies in Hz; one at or beyond the Nyquist frequency has no meaning and
 * is held just below. q > 0. */
pinna_biquad pinna_biquad_low_pass(double cutoff_hz, double q,
                                   double sample_rate);
pinna_biquad pinna_biquad_high_pass(double cutoff_hz, double q,
                                    double sample_rate);

/* 0 dB at the centre, which is q times as high as the band is wide. */
pinna_biquad pinna_biquad_band_pass(double centre_hz, double q,
                                    double sample_rate);

/* Gain at the centre only; torchaudio's and SoX's "equalizer". */
pinna_biquad pinna_biquad_peak(double centre_hz, double q, double gain_db,
                               double sample_rate);

/* Gain below or above, half of it (in dB) at the corner; "bass" and "treble",
 * whose corners are 100 and 3000 Hz and whose q is 0.707. */
pinna_biquad pinna_biquad_low_shelf(double corner_hz, double q, double gain_db,
                                    double sample_rate);
pinna_biquad pinna_biquad_high_shelf(double corner_hz, double q, double gain_db,
                                     double sample_rate);

/* in [n] -> out [n]; they may be the same. Any split of a signal gives the same
 * bits. NaN and infinity reach out, but leave the state within 256 samples. */
PINNA_REALTIME void pinna_biquad_process(const pinna_biquad *biquad,
                                         pinna_biquad_state *state,
                                         const float *in, float *out, size_t n);

/* A whole signal at once, in place. */
PINNA_REALTIME void pinna_biquad_filter(const pinna_biquad *biquad,
                                        float *samples, size_t n);

#endif
