/* dsp/fbank.h -- log-mel filter bank energies and MFCC of single frames
 *
 * Kaldi's order of steps: remove the mean, log energy, pre-emphasis, window,
 * zero padding, power spectrum, mel bands, log; for MFCC also DCT, lifter and
 * energy in place of C0. Davis and Mermelstein, 1980; kaldi feature-mfcc.cc.
 * Samples have full scale +-1; they are taken times 32768, so that the values
 * are those of Kaldi. */
#ifndef PINNA_DSP_FBANK_H
#define PINNA_DSP_FBANK_H

#include "dsp/status.h"
#include "dsp/window.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum pinna_feature_type {
    PINNA_FEATURE_FBANK, /* [n_mels] (+ energy first when use_energy) */
    PINNA_FEATURE_MFCC,  /* [n_ceps] */
} pinna_feature_type;

/* Every field under Kaldi's name. */
typedef struct pinna_fbank_config {
    pinna_feature_type type;
    double sample_rate; /* Hz */
    double frame_length_ms;
    double frame_shift_ms;
    pinna_window_type window;
    double preemphasis; /* 0 .. 1; x[0] -= c x[0] */
    bool remove_dc_offset;
    bool snip_edges;
    bool round_to_power_of_two; /* of the FFT size */
    size_t n_mels;
    double low_hz;
    double high_hz;   /* <= 0 counts from Nyquist */
    bool use_log;     /* MFCC has no other way */
    double mel_floor; /* of a band's energy before the log, above 0 */
    bool use_power;   /* false: magnitude */
    bool use_energy;
    bool raw_energy;     /* energy before pre-emphasis and window */
    double energy_floor; /* of the log energy, linear; 0 for none */
    size_t n_ceps;
    double lifter;
} pinna_fbank_config;

/* Kaldi's defaults at 16 kHz: 25/10 ms, povey, 0.97, 23 bands from 20 Hz to
 * Nyquist, 13 cepstra, lifter 22, no energy, energy_floor 1, mel_floor 2^-23.
 */
pinna_fbank_config pinna_fbank_config_default(pinna_feature_type type);

typedef struct pinna_fbank pinna_fbank;

/* Tells through error (may be NULL) which field is out of range. */
pinna_status pinna_fbank_new(const pinna_fbank_config *config,
                             pinna_fbank **out, pinna_error *error);
void pinna_fbank_free(pinna_fbank *fbank);

size_t pinna_fbank_frame_length(const pinna_fbank *fbank); /* samples */
size_t pinna_fbank_frame_shift(const pinna_fbank *fbank);  /* samples */
size_t pinna_fbank_n_out(const pinna_fbank *fbank);

/* frame [frame_length] of raw samples -> features [n_out]. Scratch lies inside:
 * calls on the same object must not overlap. */
PINNA_REALTIME void pinna_fbank_process(pinna_fbank *fbank, const float *frame,
                                        float *features);

#endif
