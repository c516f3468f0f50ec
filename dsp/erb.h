/* dsp/erb.h -- triangular bands on the ERB-rate scale, narrow ones first
 *
 * The bands of the denoiser: one per bin at the bottom, then ever wider ones,
 * so that one layout in Hz serves every sample rate. Band b is a triangle from
 * centre b-1 over centre b to centre b+1; the triangles of a bin sum to one,
 * so that `spread` is the transpose of `gather` and constant gains stay
 * constant. ERB-rate: Glasberg and Moore, 1990. */
#ifndef PINNA_DSP_ERB_H
#define PINNA_DSP_ERB_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_erb_bank pinna_erb_bank;

/* 21.4 log10(1 + 0.00437 f). */
double pinna_hz_to_erb(double hz);
double pinna_erb_to_hz(double erb);

/* centres_hz [n_bands]: the multiples of step_hz from step_hz up to linear_hz,
 * then equal steps on the ERB-rate scale up to top_hz, of which there are
 * n_bands less the linear ones. PINNA_BAD_ARG when that leaves fewer than
 * one. */
pinna_status pinna_erb_centres(size_t n_bands, double step_hz, double linear_hz,
                               double top_hz, double *centres_hz);

/* For bins 0 .. n_fft/2 of a spectrum at sample_rate. Bins below the first
 * centre belong to band 0, bins above the last to the last band. Bands whose
 * triangle begins above the Nyquist frequency are empty. */
pinna_status pinna_erb_bank_new(const double *centres_hz, size_t n_bands,
                                size_t n_fft, double sample_rate,
                                pinna_erb_bank **out);
void pinna_erb_bank_free(pinna_erb_bank *bank);

/* How many bands there are up to the last that holds a bin. */
size_t pinna_erb_bank_n_used(const pinna_erb_bank *bank);

/* power [n_fft/2 + 1] -> bands [n_bands]: the weighted mean over the bins of
 * each band; 0 in empty bands. */
PINNA_REALTIME void pinna_erb_bank_gather(const pinna_erb_bank *bank,
                                          const float *power, float *bands);

/* gains [n_bands] -> bins [n_fft/2 + 1], interpolated. Empty bands are not
 * read. */
PINNA_REALTIME void pinna_erb_bank_spread(const pinna_erb_bank *bank,
                                          const float *gains, float *bins);

/* The transpose of spread, for training: dbins [n_fft/2 + 1] adds into
 * dgains [n_bands]. */
void pinna_erb_bank_spread_backward(const pinna_erb_bank *bank,
                                    const float *dbins, float *dgains);

#endif
