/* dsp/fft.h -- real discrete Fourier transform
 *
 *   X[k] = sum_n x[n] exp(-2i pi k n / n_fft),  k = 0 .. n_fft/2
 *
 * Only even sizes of the form 2^a 3^b 5^c are taken. Multiples of 8 from 32 on
 * are done four floats at a time, the others by KissFFT (dsp/fft_engine.h).
 * Results do not depend on the alignment of the arrays. A pinna_fft holds
 * scratch: one per stream, calls on the same object must not overlap; x and
 * spectrum are different arrays. */
#ifndef PINNA_DSP_FFT_H
#define PINNA_DSP_FFT_H

#include "dsp/status.h"

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

#define PINNA_FFT_MAX 65536

typedef struct pinna_fft pinna_fft;

/* Is n an even number of the form 2^a 3^b 5^c, 2 <= n <= PINNA_FFT_MAX? */
bool pinna_fft_size_ok(size_t n);

/* The size that pinna_fft_size_ok() takes nearest to n (the larger of two
 * equally near). */
size_t pinna_fft_nearest_size(size_t n);

/* PINNA_BAD_ARG for a size that is not ok; *out is NULL on failure. */
pinna_status pinna_fft_new(size_t n_fft, pinna_fft **out);
void pinna_fft_free(pinna_fft *fft);

/* x [n_fft] -> spectrum [n_fft/2 + 1], not scaled. */
PINNA_REALTIME void pinna_fft_forward(pinna_fft *fft, const float *x,
                                      float complex *spectrum);

/* spectrum [n_fft/2 + 1] -> x [n_fft], scaled by 1/n_fft, so that inverse
 * after forward gives x again. The imaginary parts of bins 0 and n_fft/2 are
 * ignored. */
PINNA_REALTIME void pinna_fft_inverse(pinna_fft *fft,
                                      const float complex *spectrum, float *x);

#endif
