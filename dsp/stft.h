/* dsp/stft.h -- streaming short-time Fourier transform of one mono signal,
 * and its inverse by overlap-add
 *
 *     pinna_stft *stft;
 *     pinna_istft *istft;
 *     pinna_stft_new(n_fft, hop, PINNA_WINDOW_SQRT_HANN, &stft);
 *     pinna_istft_new(n_fft, hop, PINNA_WINDOW_SQRT_HANN, &istft);
 *     while (next_hop(samples)) {
 *         pinna_stft_process(stft, samples, spectrum);
 *         change(spectrum);
 *         pinna_istft_process(istft, spectrum, samples);
 *     }
 *
 * With an unchanged spectrum the output is the input, n_fft - hop samples
 * late. Source: Allen and Rabiner, 1977.
 *
 * The pair *_new_low_delay() is late by hop samples only, however long the
 * frames: the analysis window rises slowly over n_fft - hop samples and falls
 * over the newest hop, and synthesis takes the newest 2 hop of each frame.
 * Source: Mauler and Martin, "A low delay, variable resolution, perfect
 * reconstruction spectral analysis-synthesis system for speech enhancement",
 * 2007; the slopes here are those of the Vorbis window. */
#ifndef PINNA_DSP_STFT_H
#define PINNA_DSP_STFT_H

#include "dsp/status.h"
#include "dsp/window.h"

#include <complex.h>
#include <stddef.h>

/* One channel each. Calls on the same state must not overlap. */
typedef struct pinna_stft pinna_stft;
typedef struct pinna_istft pinna_istft;

/* The past starts as silence; the window is the periodic form. n_fft as
 * pinna_fft_new() takes it, 0 < hop <= n_fft, in samples. */
pinna_status pinna_stft_new(size_t n_fft, size_t hop, pinna_window_type window,
                            pinna_stft **out);
/* 2 hop <= n_fft; equal to the Vorbis window where n_fft = 2 hop. */
pinna_status pinna_stft_new_low_delay(size_t n_fft, size_t hop,
                                      pinna_stft **out);
void pinna_stft_free(pinna_stft *stft);
PINNA_REALTIME void pinna_stft_reset(pinna_stft *stft);

/* Take the next samples [hop], give the spectrum [n_fft/2 + 1] of the last
 * n_fft, windowed, not scaled. */
PINNA_REALTIME void pinna_stft_process(pinna_stft *stft, const float *samples,
                                       float complex *spectrum);

/* The synthesis window is the analysis window divided by the overlap sum of
 * its square, so that analysis and synthesis give perfect reconstruction;
 * PINNA_BAD_ARG when that sum is not positive everywhere. */
pinna_status pinna_istft_new(size_t n_fft, size_t hop, pinna_window_type window,
                             pinna_istft **out);
/* The inverse of pinna_stft_new_low_delay() of the same sizes. */
pinna_status pinna_istft_new_low_delay(size_t n_fft, size_t hop,
                                       pinna_istft **out);
void pinna_istft_free(pinna_istft *istft);
PINNA_REALTIME void pinna_istft_reset(pinna_istft *istft);

/* Take a spectrum [n_fft/2 + 1], give the samples [hop] that are now
 * complete. */
PINNA_REALTIME void pinna_istft_process(pinna_istft *istft,
                                        const float complex *spectrum,
                                        float *samples);

#endif
