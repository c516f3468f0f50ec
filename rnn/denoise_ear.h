/* rnn/denoise_ear.h -- what the denoising network hears: log power in bands,
 * less a running level
 *
 * Training and streaming share it. Frames of 20 or 40 ms come about every 10 ms
 * at every rate, so that bins lie equally far apart in Hz: one bin a band at
 * the bottom, where long frames resolve the harmonics of a voice, ERB bands
 * above. Whatever their length, they are analysed and put together again with a
 * delay of two hops (pinna_stft_new_low_delay()). */
#ifndef PINNA_RNN_DENOISE_EAR_H
#define PINNA_RNN_DENOISE_EAR_H

#include "dsp/erb.h"
#include "dsp/status.h"

#include <complex.h>
#include <stddef.h>

#define PINNA_MAX_BANDS 512

typedef struct pinna_denoise_bands {
    size_t n_bands;           /* 1 .. PINNA_MAX_BANDS */
    double linear_hz, top_hz; /* as in pinna_erb_centres(), steps of one bin */
    double floor_db; /* added to the power of each band; a sine at full scale
                        has about -4 dB */
    double level_ms; /* time constant of the running level */
    size_t frame_ms; /* length of a frame: 20 or 40 */
} pinna_denoise_bands;

/* 96 bands for frames of 20 ms, 160 for 40: the lowest have one bin each up to
 * 3200 Hz, 32 more reach 20000 Hz; -80 dB, 1000 ms. */
pinna_denoise_bands pinna_denoise_bands_default(size_t frame_ms);

/* In samples: the distance of frames, about 10 ms, and their length, which is a
 * multiple of it. */
size_t pinna_denoise_hop(unsigned sample_rate);
size_t pinna_denoise_n_fft(const pinna_denoise_bands *bands,
                           unsigned sample_rate);

typedef struct pinna_denoise_ear pinna_denoise_ear;

pinna_status pinna_denoise_ear_new(const pinna_denoise_bands *bands,
                                   unsigned sample_rate,
                                   pinna_denoise_ear **out);
void pinna_denoise_ear_free(pinna_denoise_ear *ear);
PINNA_REALTIME void pinna_denoise_ear_reset(pinna_denoise_ear *ear);

/* For spreading gains over bins, and its transpose. */
const pinna_erb_bank *pinna_denoise_ear_bank(const pinna_denoise_ear *ear);

/* spectrum [n_fft/2 + 1] of pinna_stft_process -> x [n_bands], in units of
 * 20 dB above the running level; bands above the Nyquist frequency read as
 * silence. The level is the exponential mean over time of the mean over the
 * bands up to 8 kHz, of the log power; it starts at that of the first frame. */
PINNA_REALTIME void pinna_denoise_ear_process(pinna_denoise_ear *ear,
                                              const float complex *spectrum,
                                              float *x);

#endif
