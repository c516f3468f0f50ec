/* dsp/presets.h -- the front ends of well-known toolkits
 *
 * Each gives the values that the toolkit has when it is not told otherwise, at
 * 16 kHz; sizes in samples do not change with sample_rate. */
#ifndef PINNA_DSP_PRESETS_H
#define PINNA_DSP_PRESETS_H

#include "dsp/fbank.h"
#include "dsp/status.h"

typedef enum pinna_preset {
    PINNA_PRESET_KALDI, /* compute-mfcc-feats and kin, without energy */
    PINNA_PRESET_HTK,   /* HCopy as in the HTK Book: MFCC_0, 26 channels */
    /* torchaudio.transforms Spectrogram, MelSpectrogram, MFCC; the first two
     * are linear power */
    PINNA_PRESET_TORCHAUDIO,
    /* librosa.feature melspectrogram, mfcc, and the power of stft; the first
     * and the last are linear */
    PINNA_PRESET_LIBROSA,
    PINNA_PRESET_WHISPER, /* log_mel_spectrogram, without its padding to 30 s */
} pinna_preset;

pinna_fbank_config pinna_preset_config(pinna_preset preset,
                                       pinna_feature_type type);

/* "kaldi", "htk", "torchaudio", "librosa", "whisper"; PINNA_NOT_FOUND. */
pinna_status pinna_preset_from_name(const char *name, pinna_preset *preset);

#endif
