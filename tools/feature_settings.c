#include "tools/feature_settings.h"

#include "dsp/presets.h"

#include <jansson.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The largest rate that is resampled, Hz. */
#define MAX_RATE 768000

typedef enum kind { NUMBER, COUNT, SEED, FLAG, CHOICE, POWER } kind;

static const char *const types[] = {"fbank", "mfcc", "spectrogram", NULL};
static const char *const windows[] = {
    "rectangular", "hann",      "hamming", "blackman", "povey",
    "sine",        "sqrt-hann", "vorbis",  "kaiser",   NULL};
static const char *const pads[] = {"constant", "reflect", "edge", NULL};
static const char *const scales[] = {"kaldi", "htk", "slaney", NULL};
static const char *const logs[] = {"ln", "ln-offset", "log10", "db", NULL};
static const char *const norms[] = {"ortho", "htk", "none", NULL};
static const char *const cmvns[] = {"none", "utterance", "sliding", "online",
                                    NULL};
static const char *const deltas[] = {"kaldi", "htk", "savgol", NULL};

/* One setting. Those without help are other names of the one before them. */
typedef struct field {
    const char *name;
    kind kind;
    size_t offset; /* in pinna_feature_settings */
    double low, high;
    const char *value, *help;
    const char *const *choices; /* in the order of the enumeration */
} field;

#define AT(member)       offsetof(pinna_feature_settings, member)
#define FBANK(member)    AT(config.features.member)
#define OTHER_NAME(unit) unit, NULL, NULL

static const field fields[] = {
    {"type", CHOICE, FBANK(type), 0, 0, "TYPE",
     "mfcc, fbank (mel bands) or spectrogram", types},
    {"rate", COUNT, AT(rate), 0, MAX_RATE, "HZ",
     "resample to HZ first; 0: the file's rate", NULL},

    {"frame-length", NUMBER, FBANK(frame_length_ms), 0, 10000, "MS",
     "length of a frame", NULL},
    {"frame-shift", NUMBER, FBANK(frame_shift_ms), 0, 10000, "MS",
     "from frame to frame", NULL},
    {"win-length", COUNT, FBANK(win_length), 0, 65536, "N",
     "length of a frame in samples; 0: --frame-length", NULL},
    {"hop-length", COUNT, FBANK(hop_length), 0, 65536, "N",
     "from frame to frame in samples; 0: --frame-shift", NULL},
    {"n-fft", COUNT, FBANK(n_fft), 0, 65536, "N",
     "size of the transform; 0: the frame's, rounded up", NULL},
    {"round-to-power-of-two", FLAG, FBANK(round_to_power_of_two), 0, 0, NULL,
     "=false: no padding of the frame", NULL},
    {"snip-edges", FLAG, FBANK(snip_edges), 0, 0, NULL,
     "=false: as many frames as shifts, the ends mirrored", NULL},
    {"center", FLAG, FBANK(center), 0, 0, NULL,
     "frames about multiples of the hop, the ends padded", NULL},
    {"pad-mode", CHOICE, FBANK(pad_mode), 0, 0, "MODE",
     "constant, reflect or edge, for --center", pads},
    {"center-window", FLAG, FBANK(center_window), 0, 0, NULL,
     "the window in the middle of n-fft samples", NULL},
    {"drop-last", FLAG, FBANK(drop_last), 0, 0, NULL,
     "of centred frames leave out the last", NULL},

    {"sample-scale", NUMBER, FBANK(sample_scale), 0, 1e9, "X",
     "samples of +-1 are multiplied by X", NULL},
    {"dither", NUMBER, FBANK(dither), 0, 1e9, "X",
     "noise of that deviation in each frame", NULL},
    {"seed", SEED, FBANK(dither_seed), 0, 0, "N", "of the dither", NULL},
    {"remove-dc-offset", FLAG, FBANK(remove_dc_offset), 0, 0, NULL,
     "=false to keep the mean of a frame", NULL},
    {"preemphasis-coefficient", NUMBER, FBANK(preemphasis), 0, 1, "C", "0 .. 1",
     NULL},
    {"window-type", CHOICE, FBANK(window), 0, 0, "NAME",
     "povey, hann, hamming, rectangular, blackman, sine,\nkaiser ...", windows},
    {"window-periodic", FLAG, FBANK(window_periodic), 0, 0, NULL,
     "as torch and librosa have it", NULL},
    {"blackman-coeff", NUMBER, FBANK(blackman_coeff), 0, 1, "C",
     "of the Blackman window", NULL},
    {"use-power", FLAG, FBANK(use_power), 0, 0, NULL,
     "=false: magnitude instead of power", NULL},
    {"power", POWER, AT(power), 1, 2, "P", "1 magnitude, 2 power", NULL},

    {"num-mel-bins", COUNT, FBANK(n_mels), 1, 4096, "N", "mel bands", NULL},
    {"n-mels", COUNT, FBANK(n_mels), 1, 4096, OTHER_NAME("N")},
    {"low-freq", NUMBER, FBANK(low_hz), 0, MAX_RATE, "HZ", "lowest edge", NULL},
    {"f-min", NUMBER, FBANK(low_hz), 0, MAX_RATE, OTHER_NAME("HZ")},
    {"high-freq", NUMBER, FBANK(high_hz), -MAX_RATE, MAX_RATE, "HZ",
     "highest edge; up to 0 counts from Nyquist", NULL},
    {"f-max", NUMBER, FBANK(high_hz), -MAX_RATE, MAX_RATE, OTHER_NAME("HZ")},
    {"mel-scale", CHOICE, FBANK(mel_scale), 0, 0, "SCALE",
     "kaldi, htk (torch, librosa) or slaney", scales},
    {"slaney-norm", FLAG, FBANK(slaney_norm), 0, 0, NULL,
     "bands of equal area (librosa's norm)", NULL},
    {"vtln-warp", NUMBER, FBANK(vtln_warp), 0.1, 10, "X",
     "vocal tract length warp; 1 for none", NULL},
    {"vtln-low", NUMBER, FBANK(vtln_low_hz), 0, MAX_RATE, "HZ",
     "lower knee of the warp", NULL},
    {"vtln-high", NUMBER, FBANK(vtln_high_hz), -MAX_RATE, MAX_RATE, "HZ",
     "upper knee; up to 0 counts from Nyquist", NULL},

    {"use-log-fbank", FLAG, FBANK(use_log), 0, 0, NULL,
     "=false: no logarithm (fbank, spectrogram)", NULL},
    {"log-type", CHOICE, FBANK(log_type), 0, 0, "TYPE",
     "ln, log10 or db of max(x, floor), or ln-offset:\nln(x + floor)", logs},
    {"mel-floor", NUMBER, FBANK(mel_floor), 1e-37, 1e30, "X",
     "that floor (amin)", NULL},
    {"top-db", NUMBER, FBANK(top_db), 0, 1e6, "DB",
     "floor that far below the loudest; 0 for none", NULL},
    {"whisper-range", FLAG, FBANK(whisper_range), 0, 0, NULL,
     "Whisper's floor and scale", NULL},

    {"use-energy", FLAG, FBANK(use_energy), 0, 0, NULL,
     "energy for C0 (mfcc), for bin 0 (spectrogram), or\nas first (fbank)",
     NULL},
    {"raw-energy", FLAG, FBANK(raw_energy), 0, 0, NULL,
     "=false: energy after the window", NULL},
    {"energy-floor", NUMBER, FBANK(energy_floor), 0, 1e30, "X",
     "floor of that energy", NULL},
    {"num-ceps", COUNT, FBANK(n_ceps), 1, 4096, "N", "cepstra, C0 included",
     NULL},
    {"n-mfcc", COUNT, FBANK(n_ceps), 1, 4096, OTHER_NAME("N")},
    {"cepstral-lifter", NUMBER, FBANK(lifter), 0, 10000, "L",
     "lifter, 0 for none", NULL},
    {"librosa-lifter", FLAG, FBANK(librosa_lifter), 0, 0, NULL,
     "lifter counted from 1, as in librosa", NULL},
    {"dct-norm", CHOICE, FBANK(dct_norm), 0, 0, "NORM", "ortho, htk or none",
     norms},
    {"htk-compat", FLAG, FBANK(htk_compat), 0, 0, NULL,
     "energy or C0 times sqrt(2) last, not first", NULL},

    {"cmvn", CHOICE, AT(config.cmvn), 0, 0, "KIND",
     "normalise by none, utterance, sliding (window) or\nonline (what was "
     "heard so far)",
     cmvns},
    {"norm-vars", FLAG, AT(config.sliding.norm_vars), 0, 0, NULL,
     "the variance too", NULL},
    {"cmn-window", COUNT, AT(config.sliding.cmn_window), 1, 1000000, "N",
     "frames of the window", NULL},
    {"min-cmn-window", COUNT, AT(config.sliding.min_window), 1, 1000000, "N",
     "frames of it at the start", NULL},
    {"cmn-center", FLAG, AT(config.sliding.center), 0, 0, NULL,
     "window about the frame, not before it", NULL},
    {"delta-type", CHOICE, AT(config.delta.kind), 0, 0, "TYPE",
     "kaldi, htk (torchaudio) or savgol (librosa)", deltas},
    {"delta-order", COUNT, AT(config.delta.order), 0, 8, "N",
     "1: deltas, 2: accelerations too; 0 for none", NULL},
    {"delta-window", COUNT, AT(config.delta.window), 1, 1000, "N",
     "frames to each side", NULL},
    {"left-context", COUNT, AT(config.splice_left), 0, 1000, "N",
     "splice frames before ...", NULL},
    {"right-context", COUNT, AT(config.splice_right), 0, 1000, "N",
     "... and behind", NULL},
    {"subsample", COUNT, AT(config.subsample), 1, 1000, "N",
     "give every N-th frame", NULL},
};

enum { N_FIELDS = sizeof fields / sizeof fields[0] };

static size_t n_names(const field *f)
{
    size_t n = 0;
    while (f->choices[n])
        n++;
    return n;
}

/* Which of the settings with names a field is. */
static size_t choice_number(const field *f)
{
    size_t n = 0;
    for (const field *at = fields; at < f; at++)
        n += at->kind == CHOICE;
    return n;
}

static void *member(pinna_feature_settings *settings, const field *f)
{
    return (char *)settings + f->offset;
}

static bool set_choice(pinna_feature_settings *settings, const field *f,
                       const char *name)
{
    const size_t n = n_names(f);
    const size_t i = pinna_parse_choice(name, f->choices, n);
    const int value = (int)i;

    if (i == n && f->choices == windows && strcmp(name, "hanning") == 0)
        return set_choice(settings, f, "hann");
    if (i == n)
        return false;
    memcpy(member(settings, f), &value, sizeof value);
    return true;
}

static const char *choice_name(const pinna_feature_settings *settings,
                               const field *f)
{
    int value;
    memcpy(&value, (const char *)settings + f->offset, sizeof value);
    return f->choices[value];
}

void pinna_feature_settings_default(pinna_feature_settings *settings)
{
    memset(settings, 0, sizeof *settings);
    settings->config = pinna_front_end_config_default(PINNA_FEATURE_MFCC);
    settings->config.resample = true;
}

size_t pinna_feature_settings_options(pinna_feature_settings *settings,
                                      pinna_option *options)
{
    size_t n = 0;
    options[n++] = (pinna_option){
        .name = "preset",
        .letter = 'p',
        .value = "NAME",
        .help = "kaldi (default), htk, torchaudio, librosa or whisper",
        .text = &settings->preset};
    options[n++] = (pinna_option){.name = "config",
                                  .letter = 'c',
                                  .value = "FILE",
                                  .help = "settings that --show-config printed",
                                  .text = &settings->file};

    for (const field *f = fields; f < fields + N_FIELDS; f++) {
        pinna_option *option = &options[n++];
        void *at = member(settings, f);
        *option = (pinna_option){
            .name = f->name,
            .letter = (char)(strcmp(f->name, "type") == 0   ? 't'
                             : strcmp(f->name, "rate") == 0 ? 'r'
                                                            : 0),
            .value = f->value,
            .help = f->help ? f->help : "another name for the one above",
            .low = f->low,
            .high = f->high};
        switch (f->kind) {
        case NUMBER:
            option->number = at;
            break;
        case COUNT:
        case POWER:
            option->count = at;
            break;
        case SEED:
            option->seed = at;
            break;
        case FLAG:
            option->flag = at;
            break;
        case CHOICE:
            option->text = &settings->choices[choice_number(f)];
            break;
        }
    }
    return n;
}

/* ---- a file ---- */

static const field *find_field(const char *key)
{
    for (const field *f = fields; f < fields + N_FIELDS; f++) {
        size_t i = 0;
        while (key[i] && f->name[i] &&
               (key[i] == f->name[i] || (key[i] == '_' && f->name[i] == '-')))
            i++;
        if (!key[i] && !f->name[i])
            return f;
    }
    return NULL;
}

static bool read_value(pinna_feature_settings *settings, const field *f,
                       const json_t *value)
{
    void *at = member(settings, f);
    const double number = json_number_value(value);
    const bool in_range =
        json_is_number(value) && number >= f->low && number <= f->high;

    switch (f->kind) {
    case NUMBER:
        if (in_range)
            *(double *)at = number;
        return in_range;
    case COUNT:
    case POWER:
        if (!in_range || !json_is_integer(value))
            return false;
        *(size_t *)at = (size_t)number;
        return true;
    case SEED:
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return false;
        *(uint64_t *)at = (uint64_t)json_integer_value(value);
        return true;
    case FLAG:
        if (!json_is_boolean(value))
            return false;
        *(bool *)at = json_is_true(value);
        return true;
    case CHOICE:
        return json_is_string(value) &&
               set_choice(settings, f, json_string_value(value));
    }
    return false;
}

static pinna_status read_file(pinna_feature_settings *settings,
                              pinna_error *error)
{
    const char *path = settings->file, *key;
    json_error_t cause = {0};
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &cause), *value;
    pinna_status status = PINNA_OK;

    if (!root && cause.line <= 0)
        return pinna_fail(error, PINNA_IO, "%s", cause.text);
    if (!root)
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s:%d: %s", path,
                          cause.line, cause.text);
    if (!json_is_object(root))
        status =
            pinna_fail(error, PINNA_BAD_FORMAT, "%s: no JSON object", path);
    json_object_foreach(root, key, value)
    {
        const field *f = find_field(key);
        if (status)
            break;
        if (!f)
            status = pinna_fail(error, PINNA_BAD_FORMAT,
                                "%s: %s: no such setting", path, key);
        else if (!read_value(settings, f, value))
            status = pinna_fail(error, PINNA_BAD_FORMAT,
                                "%s: %s: not a value for it", path, key);
    }
    json_decref(root);
    return status;
}

/* ---- from names to values ---- */

static pinna_status fail_choice(const field *f, const char *given,
                                pinna_error *error)
{
    char list[160] = "";
    for (size_t i = 0, used = 0; f->choices[i] && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
                                 i ? ", " : "", f->choices[i]);
    return pinna_fail(error, PINNA_BAD_ARG, "--%s %s: none of %s", f->name,
                      given, list);
}

static pinna_status take_choices(pinna_feature_settings *settings,
                                 pinna_error *error)
{
    for (const field *f = fields; f < fields + N_FIELDS; f++) {
        if (f->kind != CHOICE)
            continue;
        const char *given = settings->choices[choice_number(f)];
        if (given && !set_choice(settings, f, given))
            return fail_choice(f, given, error);
    }
    return PINNA_OK;
}

pinna_status pinna_feature_settings_base(pinna_feature_settings *settings,
                                         pinna_error *error)
{
    const char *type = settings->choices[0];
    const char *file = settings->file, *name = settings->preset;
    pinna_preset preset = PINNA_PRESET_KALDI;
    pinna_feature_settings base;

    if (name && pinna_preset_from_name(name, &preset))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "--preset %s: none of kaldi, htk, torchaudio, "
                          "librosa, whisper",
                          name);
    pinna_feature_settings_default(&base);
    base.preset = name;
    base.file = file;
    if (preset == PINNA_PRESET_WHISPER)
        base.config.features.type = PINNA_FEATURE_FBANK;
    if (type && !set_choice(&base, &fields[0], type))
        return fail_choice(&fields[0], type, error);
    base.config.features =
        pinna_preset_config(preset, base.config.features.type);
    if (file) {
        const pinna_status status = read_file(&base, error);
        if (status)
            return status;
    }
    *settings = base;
    return PINNA_OK;
}

pinna_status pinna_feature_settings_settle(pinna_feature_settings *settings,
                                           pinna_error *error)
{
    if (settings->power > 0)
        settings->config.features.use_power = settings->power == 2;
    if (settings->rate > 0)
        settings->config.features.sample_rate = (double)settings->rate;
    return take_choices(settings, error);
}

/* The shortest text that reads back as the same number. */
static void write_exactly(double value, char *text, size_t size)
{
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

void pinna_feature_settings_print(const pinna_feature_settings *settings,
                                  pinna_json *json)
{
    pinna_json_open(json, NULL, '{');
    for (const field *f = fields; f < fields + N_FIELDS; f++) {
        const void *at = (const char *)settings + f->offset;
        char key[64], number[32];

        if (!f->help || f->kind == POWER)
            continue;
        snprintf(key, sizeof key, "%s", f->name);
        for (char *c = key; *c; c++)
            *c = (char)(*c == '-' ? '_' : *c);
        switch (f->kind) {
        case NUMBER:
            write_exactly(*(const double *)at, number, sizeof number);
            pinna_json_raw(json, key, number);
            break;
        case COUNT:
            pinna_json_count(json, key, *(const size_t *)at);
            break;
        case SEED:
            pinna_json_count(json, key, (size_t) * (const uint64_t *)at);
            break;
        case FLAG:
            pinna_json_bool(json, key, *(const bool *)at);
            break;
        case CHOICE:
            pinna_json_string(json, key, choice_name(settings, f));
            break;
        case POWER:
            break;
        }
    }
    pinna_json_close(json, '}');
}
