/* dsp/mel.h -- mel filter banks, kept sparse
 *
 * Three definitions are in use, all of triangles at equal steps of a mel scale:
 *   KALDI   triangles linear in mel = 1127 ln(1 + f/700), over bins 0 ..
 *           n_fft/2 - 1 (Kaldi, HTK)
 *   HTK     corners on that scale, triangles linear in Hz, over bins 0 ..
 *           n_fft/2 (torchaudio and librosa with mel_scale or htk so set)
 *   SLANEY  corners on Slaney's scale: 200/3 Hz per mel below 1 kHz, above a
 *           factor of 6.4 in 27 mel; triangles linear in Hz (Auditory Toolbox
 *           1998; the default of librosa, Whisper) */
#ifndef PINNA_DSP_MEL_H
#define PINNA_DSP_MEL_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum pinna_mel_scale {
    PINNA_MEL_KALDI,
    PINNA_MEL_HTK,
    PINNA_MEL_SLANEY,
} pinna_mel_scale;

typedef struct pinna_mel_config {
    size_t n_mels, n_fft;
    double sample_rate; /* Hz */
    double low_hz;
    double high_hz; /* <= 0 counts from the Nyquist frequency, as in Kaldi */
    pinna_mel_scale scale;
    bool slaney_norm; /* divide by half a band's width in Hz: area 1 */
    /* Vocal tract length normalisation as in Kaldi: 1 for none. The corners are
     * warped between vtln_low_hz and vtln_high_hz (< 0 counts from Nyquist). */
    double vtln_warp, vtln_low_hz, vtln_high_hz;
} pinna_mel_config;

typedef struct pinna_mel_bank pinna_mel_bank;

/* 1127 ln(1 + hz/700) and back. */
double pinna_hz_to_mel(double hz);
double pinna_mel_to_hz(double mel);

/* PINNA_BAD_ARG unless 0 <= low < high <= Nyquist and the warp keeps its
 * order. A band that holds no bin gives the floor for every sound: on Kaldi's
 * scale that is PINNA_BAD_ARG too, on the others it stays, as it does in
 * torchaudio and librosa. */
pinna_status pinna_mel_bank_new(const pinna_mel_config *config,
                                pinna_mel_bank **out);
void pinna_mel_bank_free(pinna_mel_bank *bank);

/* How many bins apply() reads: a few more than the highest band needs, so that
 * it can go in whole vectors. Those beyond n_fft/2 must be finite. */
size_t pinna_mel_bank_n_bins(const pinna_mel_bank *bank);

/* bins [n_bins], power or magnitude -> bands [n_mels]. */
PINNA_REALTIME void pinna_mel_bank_apply(const pinna_mel_bank *bank,
                                         const float *bins, float *bands);

#endif
