/* dsp/resample.h -- change of sample rate, the one door to speexdsp
 *
 * Windowed-sinc interpolation (Smith, 1984). At quality 7, from 48 and 44.1 to
 * 16 kHz: sweep SNR 112 and 110.7 dB, alias -111 dB from 1.05 times the new
 * Nyquist frequency on, -0.1 dB at 0.92 of it, and every output sample is there
 * 4.0 ms after its time. The delay is taken out: output sample k lies at time
 * k / out_rate of the input, and after finish() n input samples have given
 * ceil(n out_rate / in_rate) output samples. Any split of the input gives the
 * same bits. Equal rates copy. */
#ifndef PINNA_DSP_RESAMPLE_H
#define PINNA_DSP_RESAMPLE_H

#include "dsp/status.h"

#include <stddef.h>

/* Of 0 .. 10. 8 has 0.6 dB more of SNR, but 5.1 ms of delay from 44.1 kHz; 6
 * has 109 dB. */
#define PINNA_RESAMPLE_QUALITY 7

typedef struct pinna_resampler pinna_resampler;

/* Rates in Hz, 1 .. 768000, with a ratio of at most 256 either way. */
pinna_status pinna_resampler_new(unsigned in_rate, unsigned out_rate,
                                 pinna_resampler **out);
void pinna_resampler_free(pinna_resampler *resampler);
PINNA_REALTIME void pinna_resampler_reset(pinna_resampler *resampler);

/* The most output samples that process() can give for n_in input samples, and
 * finish() after them. */
size_t pinna_resampler_max_out(const pinna_resampler *resampler, size_t n_in);

/* in [n_in] -> out [max_out(n_in)]; returns how many were written. */
PINNA_REALTIME size_t pinna_resampler_process(pinna_resampler *resampler,
                                              const float *in, size_t n_in,
                                              float *out);

/* Give what is left inside, as if silence followed: out [max_out(0)]. Call
 * reset() before the next stream. */
PINNA_REALTIME size_t pinna_resampler_finish(pinna_resampler *resampler,
                                             float *out);

/* A whole signal at once; *out [*n_out] is to be freed by the caller.
 * Allocates. */
pinna_status pinna_resample(const float *in, size_t n_in, unsigned in_rate,
                            unsigned out_rate, float **out, size_t *n_out);

#endif
