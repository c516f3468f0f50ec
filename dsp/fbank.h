/* dsp/fbank.h -- spectra, mel filter bank energies and MFCC of single frames
 *
 * The steps, of which a configuration leaves some out: dither, remove the mean,
 * log energy, pre-emphasis, window, Fourier transform, power, mel bands, log;
 * for MFCC also DCT, lifter and energy in place of C0 (Davis and Mermelstein,
 * 1980; kaldi feature-mfcc.cc). Samples have full scale +-1 and are multiplied
 * by sample_scale first: Kaldi and HTK take 16-bit integers.
 *
 * pinna_fbank_config_default() gives Kaldi's values; dsp/presets.h those of
 * other toolkits. */
#ifndef PINNA_DSP_FBANK_H
#define PINNA_DSP_FBANK_H

#include "dsp/mel.h"
#include "dsp/status.h"
#include "dsp/window.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum pinna_feature_type {
    PINNA_FEATURE_FBANK,       /* [n_mels] (+ energy when use_energy) */
    PINNA_FEATURE_MFCC,        /* [n_ceps] */
    PINNA_FEATURE_SPECTROGRAM, /* [n_fft/2 + 1] (energy for bin 0) */
} pinna_feature_type;

/* What lies beyond the ends of the signal where frames are centred. */
typedef enum pinna_pad_mode {
    PINNA_PAD_CONSTANT, /* zeros */
    PINNA_PAD_REFLECT,
    PINNA_PAD_EDGE,
} pinna_pad_mode;

/* y from the energy x of a band; floor is mel_floor. */
typedef enum pinna_log_type {
    PINNA_LOG_LN,        /* ln max(x, floor) */
    PINNA_LOG_LN_OFFSET, /* ln (x + floor) */
    PINNA_LOG_LOG10,     /* log10 max(x, floor) */
    PINNA_LOG_DB,        /* 10 log10 max(x, floor) */
} pinna_log_type;

/* c[k] = norm sum_m x[m] cos(pi k (m + 1/2) / n_mels) */
typedef enum pinna_dct_norm {
    PINNA_DCT_ORTHO, /* sqrt((k ? 2 : 1) / n_mels) */
    PINNA_DCT_HTK,   /* sqrt(2 / n_mels) */
    PINNA_DCT_NONE,  /* 2 (torchaudio's norm=None) */
} pinna_dct_norm;

/* Fields under the names of the toolkits that have them. */
typedef struct pinna_fbank_config {
    pinna_feature_type type;
    double sample_rate; /* Hz */

    /* Framing. win_length and hop_length, in samples, say the same as the two
     * lengths in ms, and go before them unless they are 0. */
    double frame_length_ms;
    double frame_shift_ms;
    size_t win_length;
    size_t hop_length;
    size_t n_fft; /* 0: the frame length, rounded up as the next field says */
    bool round_to_power_of_two;
    bool snip_edges;    /* when not centred; see dsp/framer.h */
    bool center;        /* frame k about sample k hop, padded at the ends */
    bool center_window; /* a frame is n_fft samples with the window in their
                           middle, of as many when win_length is 0 (torch,
                           librosa); else zeros follow it */
    pinna_pad_mode pad_mode;
    bool drop_last; /* of a centred signal, the last frame (Whisper) */

    double sample_scale;
    double dither; /* deviation of normal noise added to each frame's samples,
                      after scaling; 0 for none */
    uint64_t dither_seed;
    bool remove_dc_offset;
    double preemphasis; /* 0 .. 1; x[0] -= c x[0] */
    pinna_window_type window;
    bool window_periodic;
    double blackman_coeff;
    bool use_power; /* false: magnitude */

    size_t n_mels;
    double low_hz;
    double high_hz; /* <= 0 counts from Nyquist */
    pinna_mel_scale mel_scale;
    bool slaney_norm;
    double vtln_warp, vtln_low_hz, vtln_high_hz; /* see dsp/mel.h */

    bool use_log; /* MFCC has no other way */
    pinna_log_type log_type;
    double mel_floor; /* above 0 */
    /* Relative to the loudest value of the whole signal, so that a stream
     * cannot have them; see dsp/features.h. */
    double top_db;      /* floor that far below it, in units of the log; 0 for
                           none (librosa and torchaudio: 80 with LOG_DB) */
    bool whisper_range; /* floor at 8 below it, then (x + 4) / 4 */

    bool use_energy;
    bool raw_energy;     /* energy before pre-emphasis and window */
    double energy_floor; /* of the log energy, linear; 0 for none */
    size_t n_ceps;
    double lifter;       /* L; 1 + L/2 sin(pi k / L) times c[k]; 0 for none */
    bool librosa_lifter; /* k + 1 in place of k */
    pinna_dct_norm dct_norm;
    bool htk_compat; /* energy, or C0 times sqrt 2, last instead of first */
} pinna_fbank_config;

/* Kaldi's defaults at 16 kHz: 25/10 ms, povey, 0.97, 23 bands from 20 Hz to
 * Nyquist, 13 cepstra, lifter 22, no energy, energy_floor 1, mel_floor 2^-23,
 * no dither. */
pinna_fbank_config pinna_fbank_config_default(pinna_feature_type type);

typedef struct pinna_fbank pinna_fbank;

/* Tells through error (may be NULL) which field is out of range. */
pinna_status pinna_fbank_new(const pinna_fbank_config *config,
                             pinna_fbank **out, pinna_error *error);
void pinna_fbank_free(pinna_fbank *fbank);

/* Begin the dither's noise again. */
PINNA_REALTIME void pinna_fbank_reset(pinna_fbank *fbank);

size_t pinna_fbank_frame_length(const pinna_fbank *fbank); /* samples */
size_t pinna_fbank_frame_shift(const pinna_fbank *fbank);  /* samples */
size_t pinna_fbank_n_fft(const pinna_fbank *fbank);
size_t pinna_fbank_n_out(const pinna_fbank *fbank);

/* frame [frame_length] of raw samples -> features [n_out]. Scratch lies inside:
 * calls on the same object must not overlap. */
PINNA_REALTIME void pinna_fbank_process(pinna_fbank *fbank, const float *frame,
                                        float *features);

/* The same in two halves, for what lies between them: frame -> bands
 * [n_bands], logarithmic if so configured and before top_db and whisper_range,
 * with the log energy behind if use_energy; then bands -> features [n_out]. */
size_t pinna_fbank_n_bands(const pinna_fbank *fbank);
PINNA_REALTIME void pinna_fbank_bands(pinna_fbank *fbank, const float *frame,
                                      float *bands);
PINNA_REALTIME void pinna_fbank_finish(const pinna_fbank *fbank,
                                       const float *bands, float *features);

#endif
