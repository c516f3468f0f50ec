/* dsp/dct.h -- orthonormal DCT-II and the cepstral lifter
 *
 *   c[k] = sqrt((k ? 2 : 1) / n) sum_m x[m] cos(pi k (m + 1/2) / n) */
#ifndef PINNA_DSP_DCT_H
#define PINNA_DSP_DCT_H

#include <stddef.h>

/* matrix [n_out, n_in]; n_out <= n_in. */
void pinna_dct_matrix(size_t n_out, size_t n_in, float *matrix);

/* lifter [n]: 1 + L/2 sin(pi (first + k) / L); all ones when L is 0. first is 0
 * in HTK and Kaldi (HTK Book, 5.6), 1 in librosa. */
void pinna_lifter_fill(double lifter_length, size_t first, size_t n,
                       float *lifter);

#endif
