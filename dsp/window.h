/* dsp/window.h -- analysis and synthesis windows */
#ifndef PINNA_DSP_WINDOW_H
#define PINNA_DSP_WINDOW_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum pinna_window_type {
    PINNA_WINDOW_RECTANGULAR,
    PINNA_WINDOW_HANN,
    PINNA_WINDOW_HAMMING,   /* 0.54 - 0.46 cos */
    PINNA_WINDOW_BLACKMAN,  /* 0.42 - 0.5 cos + 0.08 cos 2; see below */
    PINNA_WINDOW_POVEY,     /* Hann to the power 0.85 (Kaldi) */
    PINNA_WINDOW_SINE,      /* Kaldi's: sin(pi n / (N - 1)) when symmetric */
    PINNA_WINDOW_SQRT_HANN, /* its square overlap-adds to one at hop N/2 */
    PINNA_WINDOW_VORBIS,    /* sin(pi/2 sin^2(pi (n + 1/2) / N)); likewise */
    PINNA_WINDOW_KAISER,    /* I0(beta sqrt(1 - (2 n / (N - 1) - 1)^2)) / I0 */
} pinna_window_type;

#define PINNA_BLACKMAN_COEFF 0.42 /* Kaldi's blackman_coeff */
#define PINNA_KAISER_BETA    12.0 /* what PyTorch takes when not told */

/* Fill window [n]. Periodic windows divide by n (for spectral analysis with
 * overlap-add), symmetric ones by n - 1; rectangular and Vorbis have one form.
 * n = 1 gives {1}. */
void pinna_window_fill(pinna_window_type type, bool periodic, size_t n,
                       float *window);

/* The two windows that have a parameter; fill() gives them the value above.
 *   Blackman  coeff - 1/2 cos + (1/2 - coeff) cos 2
 *   Kaiser    beta >= 0: 0 is rectangular, side lobes fall as it grows
 *             (Kaiser and Schafer, 1980) */
void pinna_window_fill_blackman(double coeff, bool periodic, size_t n,
                                float *window);
void pinna_window_fill_kaiser(double beta, bool periodic, size_t n,
                              float *window);

/* The modified Bessel function of the first kind and order 0, |x| <= 700. */
double pinna_bessel_i0(double x);

/* Names as in Kaldi ("povey", "hanning", "hamming", "rectangular",
 * "blackman", "sine"), also "hann", "sqrt-hann", "vorbis" and "kaiser". */
pinna_status pinna_window_from_name(const char *name, pinna_window_type *type);
const char *pinna_window_name(pinna_window_type type);

#endif
