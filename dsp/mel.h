/* dsp/mel.h -- mel filter bank, kept sparse
 *
 * Kaldi's bank: triangles that are linear on the mel scale
 * mel = 1127 ln(1 + f/700), over bins 0 .. n_fft/2 - 1. */
#ifndef PINNA_DSP_MEL_H
#define PINNA_DSP_MEL_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_mel_bank pinna_mel_bank;

double pinna_hz_to_mel(double hz);
double pinna_mel_to_hz(double mel);

/* high_hz <= 0 counts from the Nyquist frequency, as in Kaldi. PINNA_BAD_ARG
 * unless 0 <= low < high <= Nyquist and every band holds at least one bin
 * (an empty band would give the log of the floor for every sound). */
pinna_status pinna_mel_bank_new(size_t n_mels, size_t n_fft, double sample_rate,
                                double low_hz, double high_hz,
                                pinna_mel_bank **out);
void pinna_mel_bank_free(pinna_mel_bank *bank);

/* bins [n_fft/2 or more], power or magnitude -> bands [n_mels]. */
PINNA_REALTIME void pinna_mel_bank_apply(const pinna_mel_bank *bank,
                                         const float *bins, float *bands);

#endif
