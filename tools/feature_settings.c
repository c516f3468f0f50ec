#include "tools/feature_settings.h"

#include "dsp/presets.h"
#include "tools/feature_fields.h"

#include <jansson.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The one rate that Whisper hears, Hz. */
#define WHISPER_RATE 16000

static size_t n_names(const pinna_feature_field *f)
{
    size_t n = 0;
    while (f->choices[n])
        n++;
    return n;
}

/* Which of the settings with names a field is. */
static size_t choice_number(const pinna_feature_field *f)
{
    size_t n = 0;
    for (const pinna_feature_field *at = pinna_feature_fields; at < f; at++)
        n += at->kind == PINNA_FIELD_CHOICE;
    return n;
}

static void *member(pinna_feature_settings *settings,
                    const pinna_feature_field *f)
{
    return (char *)settings + f->offset;
}

static bool set_choice(pinna_feature_settings *settings,
                       const pinna_feature_field *f, const char *name)
{
    const size_t n = n_names(f);
    const size_t i = pinna_parse_choice(name, f->choices, n);
    const int value = (int)i;

    if (i == n && strcmp(name, "hanning") == 0)
        return set_choice(settings, f, "hann");
    if (i == n)
        return false;
    memcpy(member(settings, f), &value, sizeof value);
    return true;
}

static const char *choice_name(const pinna_feature_settings *settings,
                               const pinna_feature_field *f)
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

void pinna_feature_settings_free(pinna_feature_settings *settings)
{
    free(settings->text_of_file);
    settings->text_of_file = NULL;
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

    for (const pinna_feature_field *f = pinna_feature_fields; f->name; f++) {
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
        case PINNA_FIELD_NUMBER:
            option->number = at;
            break;
        case PINNA_FIELD_COUNT:
        case PINNA_FIELD_POWER:
            option->count = at;
            break;
        case PINNA_FIELD_SEED:
            option->seed = at;
            break;
        case PINNA_FIELD_FLAG:
        case PINNA_FIELD_SHORT:
            option->flag = at;
            break;
        case PINNA_FIELD_CHOICE:
            option->text = &settings->choices[choice_number(f)];
            break;
        case PINNA_FIELD_TEXT:
            option->text = at;
            break;
        }
    }
    return n;
}

/* ---- a file ---- */

static bool read_value(pinna_feature_settings *settings,
                       const pinna_feature_field *f, const json_t *value)
{
    void *at = member(settings, f);
    const double number = json_number_value(value);
    const bool in_range =
        json_is_number(value) && number >= f->low && number <= f->high;

    switch (f->kind) {
    case PINNA_FIELD_NUMBER:
        if (in_range)
            *(double *)at = number;
        return in_range;
    case PINNA_FIELD_COUNT:
    case PINNA_FIELD_POWER:
        if (!in_range || !json_is_integer(value))
            return false;
        *(size_t *)at = (size_t)number;
        return true;
    case PINNA_FIELD_SEED:
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return false;
        *(uint64_t *)at = (uint64_t)json_integer_value(value);
        return true;
    case PINNA_FIELD_FLAG:
    case PINNA_FIELD_SHORT:
        if (!json_is_boolean(value))
            return false;
        *(bool *)at = json_is_true(value);
        return true;
    case PINNA_FIELD_CHOICE:
        return json_is_string(value) &&
               set_choice(settings, f, json_string_value(value));
    case PINNA_FIELD_TEXT:
        if (json_is_null(value))
            return true;
        free(settings->text_of_file);
        settings->text_of_file = NULL;
        if (json_is_string(value))
            settings->text_of_file = strdup(json_string_value(value));
        *(const char **)at = settings->text_of_file;
        return settings->text_of_file != NULL;
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
        const pinna_feature_field *f = pinna_feature_field_of(key);
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

static pinna_status fail_choice(const pinna_feature_field *f, const char *given,
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
    for (const pinna_feature_field *f = pinna_feature_fields; f->name; f++) {
        if (f->kind != PINNA_FIELD_CHOICE)
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
    if (preset == PINNA_PRESET_WHISPER) {
        base.config.features.type = PINNA_FEATURE_FBANK;
        base.sample_frequency = WHISPER_RATE;
    }
    if (type && !set_choice(&base, &pinna_feature_fields[0], type))
        return fail_choice(&pinna_feature_fields[0], type, error);
    base.config.features =
        pinna_preset_config(preset, base.config.features.type);
    if (file) {
        const pinna_status status = read_file(&base, error);
        if (status) {
            pinna_feature_settings_free(&base);
            return status;
        }
    }
    pinna_feature_settings_free(settings);
    *settings = base;
    return PINNA_OK;
}

/* Whether the names of toolkits that stand for another setting agree with it;
 * they move there. */
static pinna_status take_aliases(pinna_feature_settings *settings,
                                 pinna_error *error)
{
    if (settings->power > 0)
        settings->config.features.use_power = settings->power == 2;
    if (settings->subtract_mean && settings->config.cmvn == PINNA_CMVN_NONE)
        settings->config.cmvn = PINNA_CMVN_UTTERANCE;
    if (settings->subtract_mean &&
        settings->config.cmvn != PINNA_CMVN_UTTERANCE)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "--subtract-mean is --cmvn utterance: leave one out");
    return PINNA_OK;
}

static pinna_status take_rates(pinna_feature_settings *settings,
                               pinna_error *error)
{
    const size_t rate = settings->rate, must_be = settings->sample_frequency;

    if (rate > 0 && must_be > 0 && rate != must_be)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "--rate %zu, but the analysis is for %zu Hz "
                          "(--sample-frequency)",
                          rate, must_be);
    if (rate > 0 || must_be > 0)
        settings->config.features.sample_rate = (double)(rate ? rate : must_be);
    return PINNA_OK;
}

pinna_status pinna_feature_settings_settle(pinna_feature_settings *settings,
                                           pinna_error *error)
{
    pinna_status status = take_choices(settings, error);
    if (!status)
        status = take_aliases(settings, error);
    return status ? status : take_rates(settings, error);
}

void pinna_feature_settings_print(const pinna_feature_settings *settings,
                                  pinna_json *json)
{
    pinna_json_open(json, NULL, '{');
    for (const pinna_feature_field *f = pinna_feature_fields; f->name; f++) {
        const void *at = (const char *)settings + f->offset;
        char key[64];

        if (!f->help || f->kind == PINNA_FIELD_POWER ||
            f->kind == PINNA_FIELD_SHORT)
            continue;
        snprintf(key, sizeof key, "%s", f->name);
        for (char *c = key; *c; c++)
            *c = (char)(*c == '-' ? '_' : *c);
        switch (f->kind) {
        case PINNA_FIELD_NUMBER:
            pinna_json_exactly(json, key, *(const double *)at);
            break;
        case PINNA_FIELD_COUNT:
            pinna_json_count(json, key, *(const size_t *)at);
            break;
        case PINNA_FIELD_SEED:
            pinna_json_count(json, key, (size_t) * (const uint64_t *)at);
            break;
        case PINNA_FIELD_FLAG:
            pinna_json_bool(json, key, *(const bool *)at);
            break;
        case PINNA_FIELD_CHOICE:
            pinna_json_string(json, key, choice_name(settings, f));
            break;
        case PINNA_FIELD_TEXT:
            pinna_json_string(json, key, *(const char *const *)at);
            break;
        case PINNA_FIELD_POWER:
        case PINNA_FIELD_SHORT:
            break;
        }
    }
    pinna_json_close(json, '}');
}
