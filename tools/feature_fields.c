#include "tools/feature_fields.h"

#include "tools/feature_settings.h"

#include <stddef.h>

/* The largest rate that is resampled, Hz. */
#define MAX_RATE 768000

static const char *const types[] = {"fbank", "mfcc", "spectrogram", NULL};
static const char *const windows[] = {
    "rectangular", "hann",      "hamming", "blackman", "povey",
    "sine",        "sqrt-hann", "vorbis",  "kaiser",   NULL};
static const char *const pads[] = {"constant", "reflect", "edge", NULL};
static const char *const scales[] = {"kaldi", "htk", "slaney", NULL};
static const char *const logs[] = {"ln", "ln-offset", "log10", "db", NULL};
static const char *const norms[] = {"ortho", "htk", "none", NULL};
static const char *const cmvns[] = {"none",   "utterance", "sliding",
                                    "online", "global",    NULL};
static const char *const deltas[] = {"kaldi", "htk", "savgol", NULL};

#define AT(member)       offsetof(pinna_feature_settings, member)
#define FBANK(member)    AT(config.features.member)
#define OTHER_NAME(unit) unit, NULL, NULL

const pinna_feature_field pinna_feature_fields[] = {
    {"type", PINNA_FIELD_CHOICE, FBANK(type), 0, 0, "TYPE",
     "mfcc, fbank (mel bands) or spectrogram", types},
    {"rate", PINNA_FIELD_COUNT, AT(rate), 0, MAX_RATE, "HZ",
     "resample to HZ first; 0: the file's rate", NULL},
    {"sample-frequency", PINNA_FIELD_COUNT, AT(sample_frequency), 0, MAX_RATE,
     "HZ",
     "a recording of another rate is an error, unless --rate\nresamples "
     "it; 0: any rate",
     NULL},
    {"sample-rate", PINNA_FIELD_COUNT, AT(sample_frequency), 0, MAX_RATE,
     OTHER_NAME("HZ")},

    {"frame-length", PINNA_FIELD_NUMBER, FBANK(frame_length_ms), 0, 10000, "MS",
     "length of a frame", NULL},
    {"frame-shift", PINNA_FIELD_NUMBER, FBANK(frame_shift_ms), 0, 10000, "MS",
     "from frame to frame", NULL},
    {"win-length", PINNA_FIELD_COUNT, FBANK(win_length), 0, 65536, "N",
     "length of a frame in samples; 0: --frame-length", NULL},
    {"hop-length", PINNA_FIELD_COUNT, FBANK(hop_length), 0, 65536, "N",
     "from frame to frame in samples; 0: --frame-shift", NULL},
    {"n-fft", PINNA_FIELD_COUNT, FBANK(n_fft), 0, 65536, "N",
     "size of the transform; 0: the frame's, rounded up", NULL},
    {"round-to-power-of-two", PINNA_FIELD_FLAG, FBANK(round_to_power_of_two), 0,
     0, NULL, "=false: no padding of the frame", NULL},
    {"snip-edges", PINNA_FIELD_FLAG, FBANK(snip_edges), 0, 0, NULL,
     "=false: as many frames as shifts, the ends mirrored", NULL},
    {"center", PINNA_FIELD_FLAG, FBANK(center), 0, 0, NULL,
     "frames about multiples of the hop, the ends padded", NULL},
    {"pad-mode", PINNA_FIELD_CHOICE, FBANK(pad_mode), 0, 0, "MODE",
     "constant, reflect or edge, for --center", pads},
    {"center-window", PINNA_FIELD_FLAG, FBANK(center_window), 0, 0, NULL,
     "the window in the middle of n-fft samples", NULL},
    {"drop-last", PINNA_FIELD_FLAG, FBANK(drop_last), 0, 0, NULL,
     "of centred frames leave out the last", NULL},

    {"sample-scale", PINNA_FIELD_NUMBER, FBANK(sample_scale), 0, 1e9, "X",
     "samples of +-1 are multiplied by X", NULL},
    {"dither", PINNA_FIELD_NUMBER, FBANK(dither), 0, 1e9, "X",
     "noise of that deviation in each frame", NULL},
    {"seed", PINNA_FIELD_SEED, FBANK(dither_seed), 0, 0, "N", "of the dither",
     NULL},
    {"remove-dc-offset", PINNA_FIELD_FLAG, FBANK(remove_dc_offset), 0, 0, NULL,
     "=false to keep the mean of a frame", NULL},
    {"preemphasis-coefficient", PINNA_FIELD_NUMBER, FBANK(preemphasis), 0, 1,
     "C", "0 .. 1", NULL},
    {"window-type", PINNA_FIELD_CHOICE, FBANK(window), 0, 0, "NAME",
     "povey, hann, hamming, rectangular, blackman, sine,\nkaiser ...", windows},
    {"window-periodic", PINNA_FIELD_FLAG, FBANK(window_periodic), 0, 0, NULL,
     "as torch and librosa have it", NULL},
    {"blackman-coeff", PINNA_FIELD_NUMBER, FBANK(blackman_coeff), 0, 1, "C",
     "of the Blackman window", NULL},
    {"use-power", PINNA_FIELD_FLAG, FBANK(use_power), 0, 0, NULL,
     "=false: magnitude instead of power", NULL},
    {"power", PINNA_FIELD_POWER, AT(power), 1, 2, "P", "1 magnitude, 2 power",
     NULL},

    {"num-mel-bins", PINNA_FIELD_COUNT, FBANK(n_mels), 1, 4096, "N",
     "mel bands", NULL},
    {"n-mels", PINNA_FIELD_COUNT, FBANK(n_mels), 1, 4096, OTHER_NAME("N")},
    {"low-freq", PINNA_FIELD_NUMBER, FBANK(low_hz), 0, MAX_RATE, "HZ",
     "lowest edge", NULL},
    {"f-min", PINNA_FIELD_NUMBER, FBANK(low_hz), 0, MAX_RATE, OTHER_NAME("HZ")},
    {"high-freq", PINNA_FIELD_NUMBER, FBANK(high_hz), -MAX_RATE, MAX_RATE, "HZ",
     "highest edge; up to 0 counts from Nyquist", NULL},
    {"f-max", PINNA_FIELD_NUMBER, FBANK(high_hz), -MAX_RATE, MAX_RATE,
     OTHER_NAME("HZ")},
    {"mel-scale", PINNA_FIELD_CHOICE, FBANK(mel_scale), 0, 0, "SCALE",
     "kaldi, htk (torch, librosa) or slaney", scales},
    {"slaney-norm", PINNA_FIELD_FLAG, FBANK(slaney_norm), 0, 0, NULL,
     "bands of equal area (librosa's norm)", NULL},
    {"vtln-warp", PINNA_FIELD_NUMBER, FBANK(vtln_warp), 0.1, 10, "X",
     "vocal tract length warp; 1 for none", NULL},
    {"vtln-low", PINNA_FIELD_NUMBER, FBANK(vtln_low_hz), 0, MAX_RATE, "HZ",
     "lower knee of the warp", NULL},
    {"vtln-high", PINNA_FIELD_NUMBER, FBANK(vtln_high_hz), -MAX_RATE, MAX_RATE,
     "HZ", "upper knee; up to 0 counts from Nyquist", NULL},

    {"use-log-fbank", PINNA_FIELD_FLAG, FBANK(use_log), 0, 0, NULL,
     "=false: no logarithm (fbank, spectrogram)", NULL},
    {"log-type", PINNA_FIELD_CHOICE, FBANK(log_type), 0, 0, "TYPE",
     "ln, log10 or db of max(x, floor), or ln-offset:\nln(x + floor)", logs},
    {"mel-floor", PINNA_FIELD_NUMBER, FBANK(mel_floor), 1e-37, 1e30, "X",
     "that floor (amin)", NULL},
    {"top-db", PINNA_FIELD_NUMBER, FBANK(top_db), 0, 1e6, "DB",
     "floor that far below the loudest; 0 for none", NULL},
    {"whisper-range", PINNA_FIELD_FLAG, FBANK(whisper_range), 0, 0, NULL,
     "Whisper's floor and scale", NULL},

    {"use-energy", PINNA_FIELD_FLAG, FBANK(use_energy), 0, 0, NULL,
     "energy for C0 (mfcc), for bin 0 (spectrogram), or\nas first (fbank)",
     NULL},
    {"raw-energy", PINNA_FIELD_FLAG, FBANK(raw_energy), 0, 0, NULL,
     "=false: energy after the window", NULL},
    {"energy-floor", PINNA_FIELD_NUMBER, FBANK(energy_floor), 0, 1e30, "X",
     "floor of that energy", NULL},
    {"num-ceps", PINNA_FIELD_COUNT, FBANK(n_ceps), 1, 4096, "N",
     "cepstra, C0 included", NULL},
    {"n-mfcc", PINNA_FIELD_COUNT, FBANK(n_ceps), 1, 4096, OTHER_NAME("N")},
    {"cepstral-lifter", PINNA_FIELD_NUMBER, FBANK(lifter), 0, 10000, "L",
     "lifter, 0 for none", NULL},
    {"librosa-lifter", PINNA_FIELD_FLAG, FBANK(librosa_lifter), 0, 0, NULL,
     "lifter counted from 1, as in librosa", NULL},
    {"dct-norm", PINNA_FIELD_CHOICE, FBANK(dct_norm), 0, 0, "NORM",
     "ortho, htk or none", norms},
    {"htk-compat", PINNA_FIELD_FLAG, FBANK(htk_compat), 0, 0, NULL,
     "energy or C0 times sqrt(2) last, not first", NULL},

    {"cmvn", PINNA_FIELD_CHOICE, AT(config.cmvn), 0, 0, "KIND",
     "normalise by none, utterance, sliding (window), online\n(what was heard "
     "so far) or global (--cmvn-stats)",
     cmvns},
    {"subtract-mean", PINNA_FIELD_SHORT, AT(subtract_mean), 0, 0, NULL,
     "--cmvn utterance", NULL},
    {"cmvn-stats", PINNA_FIELD_TEXT, AT(cmvn_stats), 0, 0, "FILE",
     "statistics that --write-cmvn-stats or Kaldi's\ncompute-cmvn-stats wrote, "
     "for --cmvn global, or for\nonline to begin with",
     NULL},
    {"norm-vars", PINNA_FIELD_FLAG, AT(config.sliding.norm_vars), 0, 0, NULL,
     "the variance too", NULL},
    {"cmn-window", PINNA_FIELD_COUNT, AT(config.sliding.cmn_window), 1, 1000000,
     "N", "frames of the window", NULL},
    {"min-cmn-window", PINNA_FIELD_COUNT, AT(config.sliding.min_window), 1,
     1000000, "N", "frames of it at the start", NULL},
    {"cmn-center", PINNA_FIELD_FLAG, AT(config.sliding.center), 0, 0, NULL,
     "window about the frame, not before it", NULL},
    {"delta-type", PINNA_FIELD_CHOICE, AT(config.delta.kind), 0, 0, "TYPE",
     "kaldi, htk (torchaudio) or savgol (librosa)", deltas},
    {"delta-order", PINNA_FIELD_COUNT, AT(config.delta.order), 0, 8, "N",
     "1: deltas, 2: accelerations too; 0 for none", NULL},
    {"delta-window", PINNA_FIELD_COUNT, AT(config.delta.window), 1, 1000, "N",
     "frames to each side", NULL},
    {"left-context", PINNA_FIELD_COUNT, AT(config.splice_left), 0, 1000, "N",
     "splice frames before ...", NULL},
    {"right-context", PINNA_FIELD_COUNT, AT(config.splice_right), 0, 1000, "N",
     "... and behind", NULL},
    {"subsample", PINNA_FIELD_COUNT, AT(config.subsample), 1, 1000, "N",
     "give every N-th frame", NULL},
    {NULL, PINNA_FIELD_NUMBER, 0, 0, 0, NULL, NULL, NULL},
};

const pinna_feature_field *pinna_feature_field_of(const char *name)
{
    for (const pinna_feature_field *f = pinna_feature_fields; f->name; f++) {
        size_t i = 0;
        while (name[i] && f->name[i] &&
               (name[i] == f->name[i] || (name[i] == '_' && f->name[i] == '-')))
            i++;
        if (!name[i] && !f->name[i])
            return f;
    }
    return NULL;
}
