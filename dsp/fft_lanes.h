/* dsp/fft_lanes.h -- four complex Fourier transforms at a time, one in each
 * lane of a pinna_vec4
 *
 *   X[k] = sum_j x[j] exp(-2i pi k j / n),  n = 2^a 3^b 5^c
 *
 * in passes of radix 4, 3, 5 and at most one of radix 2, each from one array to
 * the other so that the order comes out right by itself (Stockham; Cochran et
 * al. 1967). */
#ifndef PINNA_DSP_FFT_LANES_H
#define PINNA_DSP_FFT_LANES_H

#include "dsp/status.h"
#include "dsp/vec4.h"

#include <stddef.h>

/* One pass: n_rest groups of `stride` butterflies of `radix` legs each;
 * radix * n_rest * stride = n. */
typedef struct pinna_fft_pass {
    size_t radix, n_rest, stride;
    /* [n_rest][radix - 1][re, im], the same in all lanes: leg j of group p is
     * turned by exp(-2i pi p j / (radix n_rest)). */
    const pinna_vec4 *turns;
} pinna_fft_pass;

/* 3^9 has as many as any n up to 32768 (half of PINNA_FFT_MAX). */
#define PINNA_FFT_MAX_PASSES 9

typedef struct pinna_fft_lanes {
    size_t n;
    size_t n_passes;
    pinna_fft_pass passes[PINNA_FFT_MAX_PASSES];
} pinna_fft_lanes;

/* How many pinna_vec4 init() fills. */
size_t pinna_fft_lanes_n_turns(size_t n);

/* turns [pinna_fft_lanes_n_turns(n)] stays the caller's and is read by
 * process(). */
void pinna_fft_lanes_init(pinna_fft_lanes *lanes, size_t n, pinna_vec4 *turns);

/* x and spare are [2][n]: real parts, then imaginary ones. Gives the one of
 * them that holds the spectrum; the other is overwritten, too. */
PINNA_REALTIME pinna_vec4 *pinna_fft_lanes_process(const pinna_fft_lanes *lanes,
                                                   pinna_vec4 *x,
                                                   pinna_vec4 *spare);

#endif
