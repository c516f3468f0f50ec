#include "dsp/presets.h"

#include <string.h>

static const char *const names[] = {
    [PINNA_PRESET_KALDI] = "kaldi",
    [PINNA_PRESET_HTK] = "htk",
    [PINNA_PRESET_TORCHAUDIO] = "torchaudio",
    [PINNA_PRESET_LIBROSA] = "librosa",
    [PINNA_PRESET_WHISPER] = "whisper",
};

static pinna_fbank_config kaldi(pinna_feature_type type)
{
    pinna_fbank_config config = pinna_fbank_config_default(type);
    /* A spectrogram has the log energy in bin 0. */
    config.use_energy = type == PINNA_FEATURE_SPECTROGRAM;
    return config;
}

/* HTK Book 3.4, sections 5.2 to 5.6 and the example of 3.1.5: ZMEANSOURCE and
 * USEPOWER are F, MELFLOOR 1. */
static pinna_fbank_config htk(pinna_feature_type type)
{
    pinna_fbank_config config = pinna_fbank_config_default(type);
    config.window = PINNA_WINDOW_HAMMING;
    config.remove_dc_offset = false;
    config.use_power = false;
    config.n_mels = 26;
    config.low_hz = 0;
    config.mel_floor = 1;
    config.energy_floor = 0;
    config.dct_norm = PINNA_DCT_HTK;
    config.htk_compat = true;
    return config;
}

/* What torch.stft and librosa.stft have in common. */
static pinna_fbank_config stft(pinna_feature_type type, size_t n_fft,
                               size_t hop_length)
{
    pinna_fbank_config config = pinna_fbank_config_default(type);
    config.n_fft = n_fft;
    config.hop_length = hop_length;
    config.center = true;
    config.center_window = true;
    config.sample_scale = 1;
    config.remove_dc_offset = false;
    config.preemphasis = 0;
    config.window = PINNA_WINDOW_HANN;
    config.window_periodic = true;
    config.n_mels = 128;
    config.low_hz = 0;
    config.lifter = 0;
    config.mel_floor = 1e-10; /* amin of AmplitudeToDB and power_to_db */
    config.use_log = type == PINNA_FEATURE_MFCC;
    config.log_type = PINNA_LOG_DB;
    config.top_db = type == PINNA_FEATURE_MFCC ? 80 : 0;
    return config;
}

static pinna_fbank_config torchaudio(pinna_feature_type type)
{
    pinna_fbank_config config = stft(type, 400, 200);
    config.pad_mode = PINNA_PAD_REFLECT;
    config.mel_scale = PINNA_MEL_HTK;
    config.n_ceps = 40;
    return config;
}

static pinna_fbank_config librosa(pinna_feature_type type)
{
    pinna_fbank_config config = stft(type, 2048, 512);
    config.pad_mode = PINNA_PAD_CONSTANT;
    config.mel_scale = PINNA_MEL_SLANEY;
    config.slaney_norm = true;
    config.librosa_lifter = true;
    config.n_ceps = 20;
    return config;
}

static pinna_fbank_config whisper(pinna_feature_type type)
{
    pinna_fbank_config config = stft(type, 400, 160);
    config.pad_mode = PINNA_PAD_REFLECT;
    config.drop_last = true;
    config.mel_scale = PINNA_MEL_SLANEY;
    config.slaney_norm = true;
    config.n_mels = 80;
    config.use_log = true;
    config.log_type = PINNA_LOG_LOG10;
    config.top_db = 0;
    config.whisper_range = true;
    return config;
}

pinna_fbank_config pinna_preset_config(pinna_preset preset,
                                       pinna_feature_type type)
{
    switch (preset) {
    case PINNA_PRESET_HTK:
        return htk(type);
    case PINNA_PRESET_TORCHAUDIO:
        return torchaudio(type);
    case PINNA_PRESET_LIBROSA:
        return librosa(type);
    case PINNA_PRESET_WHISPER:
        return whisper(type);
    case PINNA_PRESET_KALDI:
        break;
    }
    return kaldi(type);
}

pinna_status pinna_preset_from_name(const char *name, pinna_preset *preset)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0) {
            *preset = (pinna_preset)i;
            return PINNA_OK;
        }
    return PINNA_NOT_FOUND;
}
