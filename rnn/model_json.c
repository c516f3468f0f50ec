#include "rnn/model_json.h"

#include "rnn/json_fields.h"
#include "rnn/model_parts.h"
#include "rnn/network_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the layout of this text. A change that old readers misread raises it. */
#define FORMAT     2
#define OLD_FORMAT 1 /* without "frame_ms" and most of the network */

/* Sanity bounds, far from anything in use. They keep a hostile file from
 * asking for hours and gigabytes; what depends on several fields is checked
 * where the features are set up. */
#define MAX_MELS   1024
#define MAX_RATE   768000
#define MAX_WINDOW 1e6

/* All of the ear but type and window, which have names. */
#define FBANK(member, kind) #member, kind, offsetof(pinna_ctc_ear, fbank.member)
static const pinna_field ear_fields[] = {
    {FBANK(sample_rate, PINNA_FIELD_NUMBER), 1000, MAX_RATE},
    {FBANK(frame_length_ms, PINNA_FIELD_NUMBER), 0, 1e4},
    {FBANK(frame_shift_ms, PINNA_FIELD_NUMBER), 0, 1e4},
    {FBANK(preemphasis, PINNA_FIELD_NUMBER), 0, 1},
    {FBANK(remove_dc_offset, PINNA_FIELD_FLAG), 0, 0},
    {FBANK(snip_edges, PINNA_FIELD_FLAG), 0, 0},
    {FBANK(round_to_power_of_two, PINNA_FIELD_FLAG), 0, 0},
    {FBANK(n_mels, PINNA_FIELD_SIZE), 1, MAX_MELS},
    {FBANK(low_hz, PINNA_FIELD_NUMBER), 0, MAX_RATE},
    {FBANK(high_hz, PINNA_FIELD_NUMBER), -MAX_RATE, MAX_RATE},
    {FBANK(use_log, PINNA_FIELD_FLAG), 0, 0},
    {FBANK(use_power, PINNA_FIELD_FLAG), 0, 0},
    {FBANK(use_energy, PINNA_FIELD_FLAG), 0, 0},
    {FBANK(raw_energy, PINNA_FIELD_FLAG), 0, 0},
    {FBANK(mel_floor, PINNA_FIELD_NUMBER), 1e-30, 1e30},
    {FBANK(energy_floor, PINNA_FIELD_NUMBER), 0, 1e30},
    {FBANK(n_ceps, PINNA_FIELD_SIZE), 0, MAX_MELS},
    {FBANK(lifter, PINNA_FIELD_NUMBER), 0, 1e6},
    {"stack", PINNA_FIELD_SIZE, offsetof(pinna_ctc_ear, stack), 1,
     PINNA_MAX_WIDTH},
    {"stride", PINNA_FIELD_SIZE, offsetof(pinna_ctc_ear, stride), 1,
     PINNA_MAX_WIDTH},
};

#define BANDS(member, kind) #member, kind, offsetof(pinna_denoise_bands, member)
static const pinna_field bands_fields[] = {
    {BANDS(n_bands, PINNA_FIELD_SIZE), 1, PINNA_MAX_BANDS},
    {BANDS(linear_hz, PINNA_FIELD_NUMBER), 0, MAX_RATE},
    {BANDS(top_hz, PINNA_FIELD_NUMBER), 1, MAX_RATE},
    /* As a float the power of the floor must stay a normal number. */
    {BANDS(floor_db, PINNA_FIELD_NUMBER), -300, 300},
    {BANDS(level_ms, PINNA_FIELD_NUMBER), 1e-3, 1e9},
    /* Last, since the old format leaves it out. */
    {BANDS(frame_ms, PINNA_FIELD_SIZE), 20, 40},
};

#define OLD_FRAME_MS 20

static const pinna_field forecast_fields[] = {
    {"window", PINNA_FIELD_SIZE, offsetof(pinna_forecast, window), 1,
     MAX_WINDOW},
    {"horizon", PINNA_FIELD_SIZE, offsetof(pinna_forecast, horizon), 1,
     MAX_WINDOW},
};

/* Of pinna_seq2seq_config, all but cell and score, which have names, and the
 * numbers of tokens, which are those of the lists. */
static const pinna_field seq2seq_fields[] = {
    {"n_in", PINNA_FIELD_SIZE, offsetof(pinna_seq2seq_config, n_in), 0,
     PINNA_MAX_WIDTH},
    {"n_embed", PINNA_FIELD_SIZE, offsetof(pinna_seq2seq_config, n_embed), 1,
     PINNA_MAX_WIDTH},
    {"n_hidden", PINNA_FIELD_SIZE, offsetof(pinna_seq2seq_config, n_hidden), 1,
     PINNA_MAX_WIDTH},
};

/* ---- reading ---- */

static pinna_status parse_ear(const char *file, const json_t *root,
                              pinna_ctc_ear *ear, pinna_error *error)
{
    const char *group = "features", *type, *window;
    const json_t *object = json_object_get(root, group);

    ear->fbank = pinna_fbank_config_default(PINNA_FEATURE_MFCC);
    pinna_status status = pinna_json_parse_fields(
        file, root, group, ear_fields, PINNA_N_FIELDS(ear_fields), ear, error);
    if (!status)
        status =
            pinna_json_parse_string(file, group, object, "type", &type, error);
    if (!status)
        status = pinna_json_parse_string(file, group, object, "window", &window,
                                         error);
    if (status)
        return status;

    if (strcmp(type, "mfcc") == 0)
        ear->fbank.type = PINNA_FEATURE_MFCC;
    else if (strcmp(type, "fbank") == 0)
        ear->fbank.type = PINNA_FEATURE_FBANK;
    else
        return pinna_json_fail(file, group, "type", "not \"mfcc\" or \"fbank\"",
                               error);
    if (pinna_window_from_name(window, &ear->fbank.window))
        return pinna_json_fail(file, group, "window", "no such window", error);
    return PINNA_OK;
}

static bool is_old_text(const json_t *root)
{
    return json_integer_value(json_object_get(root, "format")) == OLD_FORMAT;
}

static pinna_status parse_bands(const char *file, const json_t *root,
                                pinna_denoise_bands *bands, pinna_error *error)
{
    bands->frame_ms = OLD_FRAME_MS;
    return pinna_json_parse_fields(file, root, "bands", bands_fields,
                                   PINNA_N_FIELDS(bands_fields) -
                                       (is_old_text(root) ? 1 : 0),
                                   bands, error);
}

/* An object that may be left out, as text. */
static pinna_status parse_text(const char *file, const json_t *root,
                               const char *name, char **text,
                               pinna_error *error)
{
    const json_t *value = json_object_get(root, name);
    if (!value)
        return PINNA_OK;
    if (!json_is_object(value))
        return pinna_json_fail(file, "", name, "not an object", error);
    *text = pinna_json_dump(value);
    return *text ? PINNA_OK : pinna_json_no_memory(file, error);
}

static pinna_status parse_head(const char *file, const json_t *root,
                               pinna_model *model, pinna_error *error)
{
    const json_t *format = json_object_get(root, "format");
    const char *version, *task;

    if (!json_is_integer(format))
        return pinna_json_fail(file, "", "format",
                               format ? "not a whole number" : "missing",
                               error);
    if (json_integer_value(format) < OLD_FORMAT ||
        json_integer_value(format) > FORMAT)
        return pinna_fail(error, PINNA_UNSUPPORTED,
                          "%s: format: %lld, but this version reads %d and %d",
                          file, (long long)json_integer_value(format),
                          OLD_FORMAT, FORMAT);

    pinna_status status = pinna_json_parse_string(
        file, "", root, "pinna_version", &version, error);
    if (!status)
        status = pinna_json_parse_string(file, "", root, "task", &task, error);
    if (status)
        return status;
    snprintf(model->task, sizeof model->task, "%s", task);
    if (strlen(task) >= sizeof model->task || pinna_model_parts(model) == 0)
        return pinna_fail(error, PINNA_UNSUPPORTED,
                          "%s: task: none that this version knows", file);
    return PINNA_OK;
}

static pinna_status parse_seq2seq(const char *file, const json_t *root,
                                  pinna_model *model, pinna_error *error)
{
    const char *group = "seq2seq", *cell, *score;
    pinna_seq2seq_config *config = &model->seq2seq.config;
    const json_t *object = json_object_get(root, group);

    pinna_status status =
        pinna_json_parse_fields(file, root, group, seq2seq_fields,
                                PINNA_N_FIELDS(seq2seq_fields), config, error);
    if (!status)
        status =
            pinna_json_parse_string(file, group, object, "cell", &cell, error);
    if (!status)
        status = pinna_json_parse_string(file, group, object, "score", &score,
                                         error);
    if (status)
        return status;
    if (pinna_cell_from_name(cell, &config->cell))
        return pinna_json_fail(file, group, "cell", "no such kind", error);
    size_t i = 0;
    while (i < PINNA_N_ATTENTION_SCORES &&
           strcmp(score, pinna_attention_names[i]) != 0)
        i++;
    if (i == PINNA_N_ATTENTION_SCORES)
        return pinna_json_fail(file, group, "score", "no such kind", error);
    config->score = (pinna_attention_score)i;
    config->n_source = model->n_input_tokens;
    config->n_target = model->n_tokens;
    return PINNA_OK;
}

static pinna_status parse_tokens(const char *file, const json_t *root,
                                 pinna_model *model, pinna_error *error)
{
    pinna_status status =
        pinna_json_parse_strings(file, root, "tokens", PINNA_MAX_TOKENS,
                                 &model->tokens, &model->n_tokens, error);
    if (!status)
        status = pinna_json_parse_flag(file, root, "word_tokens",
                                       &model->word_tokens, error);
    if (!status && json_object_get(root, "subword_tokens"))
        status = pinna_json_parse_flag(file, root, "subword_tokens",
                                       &model->subword_tokens, error);
    return status;
}

/* These first: they tell what else there must be. */
static pinna_status parse_input_tokens(const char *file, const json_t *root,
                                       pinna_model *model, pinna_error *error)
{
    if (!(pinna_model_parts(model) & PINNA_PART_INPUT_TOKENS) &&
        !json_object_get(root, "input_tokens"))
        return PINNA_OK;
    pinna_status status = pinna_json_parse_strings(
        file, root, "input_tokens", PINNA_MAX_TOKENS, &model->input_tokens,
        &model->n_input_tokens, error);
    if (!status)
        status = pinna_json_parse_flag(file, root, "input_words",
                                       &model->input_words, error);
    return status;
}

static pinna_status parse_parts(const char *file, const json_t *root,
                                pinna_model *model, pinna_error *error)
{
    const unsigned parts = pinna_model_parts(model);
    pinna_status status = PINNA_OK;

    if (parts & PINNA_PART_FEATURES)
        status = parse_ear(file, root, &model->ctc_ear, error);
    if (!status && parts & PINNA_PART_TOKENS)
        status = parse_tokens(file, root, model, error);
    if (!status && parts & PINNA_PART_BANDS)
        status = parse_bands(file, root, &model->bands, error);
    if (!status && parts & PINNA_PART_FORECAST)
        status = pinna_json_parse_fields(
            file, root, "forecast", forecast_fields,
            PINNA_N_FIELDS(forecast_fields), &model->forecast, error);
    if (!status && parts & PINNA_PART_POOLING)
        status = pinna_json_parse_flag(file, root, "mean_pooling",
                                       &model->mean_pooling, error);
    if (!status && parts & PINNA_PART_SEQ2SEQ)
        status = parse_seq2seq(file, root, model, error);
    return status;
}

static pinna_status parse_root(const char *file, const json_t *root,
                               pinna_model *model, pinna_error *error)
{
    pinna_status status = parse_head(file, root, model, error);
    if (!status && pinna_model_parts(model) & PINNA_PART_NETWORK)
        status = pinna_network_json_parse(file, root, is_old_text(root),
                                          &model->network.config, error);
    if (!status)
        status = parse_input_tokens(file, root, model, error);
    if (!status)
        status = parse_parts(file, root, model, error);
    if (!status)
        status = parse_text(file, root, "training", &model->training, error);
    if (!status)
        status = parse_text(file, root, "quality", &model->quality, error);
    return status;
}

pinna_status pinna_model_json_parse(const char *text, const char *name,
                                    pinna_model *model, pinna_error *error)
{
    bool memory;
    int position;
    json_t *root = pinna_json_load(text, &memory, &position);
    if (!root && memory)
        return pinna_json_no_memory(name, error);
    if (!json_is_object(root)) {
        json_decref(root);
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: metadata \"pinna\": not a JSON object, byte %d",
                          name, position);
    }

    const pinna_status status = parse_root(name, root, model, error);
    json_decref(root);
    return status;
}

/* ---- writing ---- */

/* Can the old format say it? */
static bool is_old(const pinna_model *model)
{
    const bool bands = pinna_model_parts(model) & PINNA_PART_BANDS;
    return pinna_network_json_is_old(&model->network.config) &&
           !(bands && model->bands.frame_ms != OLD_FRAME_MS) &&
           !model->subword_tokens;
}

static json_t *make_ear(const pinna_ctc_ear *ear)
{
    const char *type = ear->fbank.type == PINNA_FEATURE_MFCC ? "mfcc" : "fbank";
    const char *window = pinna_window_name(ear->fbank.window);
    json_t *object =
        pinna_json_make_fields(ear_fields, PINNA_N_FIELDS(ear_fields), ear);

    if (object && !json_object_set_new(object, "type", json_string(type)) &&
        !json_object_set_new(object, "window", json_string(window)))
        return object;
    json_decref(object);
    return NULL;
}

static json_t *make_seq2seq(const pinna_seq2seq_config *config)
{
    json_t *object = pinna_json_make_fields(
        seq2seq_fields, PINNA_N_FIELDS(seq2seq_fields), config);

    if (object &&
        !json_object_set_new(object, "cell",
                             json_string(pinna_cell_name(config->cell))) &&
        !json_object_set_new(object, "score",
                             json_string(pinna_attention_names[config->score])))
        return object;
    json_decref(object);
    return NULL;
}

/* false when memory runs out. */
static bool set_parts(const pinna_model *model, json_t *root)
{
    const unsigned parts = pinna_model_parts(model);
    bool good = true;

    if (parts & PINNA_PART_NETWORK)
        good = !json_object_set_new(
            root, "network",
            pinna_network_json_make(&model->network.config, is_old(model)));
    if (good && parts & PINNA_PART_FEATURES)
        good =
            !json_object_set_new(root, "features", make_ear(&model->ctc_ear));
    if (good && parts & PINNA_PART_TOKENS)
        good = !json_object_set_new(
                   root, "tokens",
                   pinna_json_make_strings(model->tokens, model->n_tokens)) &&
               !json_object_set_new(root, "word_tokens",
                                    json_boolean(model->word_tokens)) &&
               (!model->subword_tokens ||
                !json_object_set_new(root, "subword_tokens", json_true()));
    if (good && parts & PINNA_PART_INPUT_TOKENS)
        good = !json_object_set_new(
                   root, "input_tokens",
                   pinna_json_make_strings(model->input_tokens,
                                           model->n_input_tokens)) &&
               !json_object_set_new(root, "input_words",
                                    json_boolean(model->input_words));
    if (good && parts & PINNA_PART_BANDS)
        good = !json_object_set_new(
            root, "bands",
            pinna_json_make_fields(bands_fields,
                                   PINNA_N_FIELDS(bands_fields) -
                                       (is_old(model) ? 1 : 0),
                                   &model->bands));
    if (good && parts & PINNA_PART_FORECAST)
        good = !json_object_set_new(
            root, "forecast",
            pinna_json_make_fields(forecast_fields,
                                   PINNA_N_FIELDS(forecast_fields),
                                   &model->forecast));
    if (good && parts & PINNA_PART_POOLING)
        good = !json_object_set_new(root, "mean_pooling",
                                    json_boolean(model->mean_pooling));
    if (good && parts & PINNA_PART_SEQ2SEQ)
        good = !json_object_set_new(root, "seq2seq",
                                    make_seq2seq(&model->seq2seq.config));
    return good;
}

static json_t *make_root(const pinna_model *model)
{
    const int format = is_old(model) ? OLD_FORMAT : FORMAT;
    json_t *root =
        json_pack("{s:i, s:s, s:s}", "format", format, "pinna_version",
                  PINNA_VERSION, "task", model->task);

    if (root && set_parts(model, root))
        return root;
    json_decref(root);
    return NULL;
}

static pinna_status check_ear(const char *file, const pinna_ctc_ear *ear,
                              pinna_error *error)
{
    pinna_window_type window;

    if (pinna_window_from_name(pinna_window_name(ear->fbank.window), &window))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: features.window: no such window", file);
    return pinna_json_check_fields(file, "features", ear_fields,
                                   PINNA_N_FIELDS(ear_fields), ear, error);
}

static pinna_status check_seq2seq(const char *file,
                                  const pinna_seq2seq_config *config,
                                  pinna_error *error)
{
    if ((unsigned)config->cell >= PINNA_N_CELL_KINDS ||
        (unsigned)config->score >= PINNA_N_ATTENTION_SCORES)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: seq2seq: no such cell or score", file);
    return pinna_json_check_fields(file, "seq2seq", seq2seq_fields,
                                   PINNA_N_FIELDS(seq2seq_fields), config,
                                   error);
}

static pinna_status check_model(const pinna_model *model, const char *file,
                                pinna_error *error)
{
    const unsigned parts = pinna_model_parts(model);
    pinna_status status = PINNA_OK;

    if (parts == 0)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: task: none that this version knows", file);
    if (parts & PINNA_PART_NETWORK)
        status = pinna_network_json_check(file, &model->network.config, error);
    if (!status && parts & PINNA_PART_BANDS)
        status = pinna_json_check_fields(file, "bands", bands_fields,
                                         PINNA_N_FIELDS(bands_fields),
                                         &model->bands, error);
    if (!status && parts & PINNA_PART_TOKENS)
        status =
            pinna_json_check_strings(file, "tokens", model->tokens,
                                     model->n_tokens, PINNA_MAX_TOKENS, error);
    if (!status && parts & PINNA_PART_INPUT_TOKENS)
        status = pinna_json_check_strings(
            file, "input_tokens", model->input_tokens, model->n_input_tokens,
            PINNA_MAX_TOKENS, error);
    if (!status && parts & PINNA_PART_FEATURES)
        status = check_ear(file, &model->ctc_ear, error);
    if (!status && parts & PINNA_PART_FORECAST)
        status = pinna_json_check_fields(file, "forecast", forecast_fields,
                                         PINNA_N_FIELDS(forecast_fields),
                                         &model->forecast, error);
    if (!status && parts & PINNA_PART_SEQ2SEQ)
        status = check_seq2seq(file, &model->seq2seq.config, error);
    return status;
}

/* Add the object that the text holds, if there is a text. */
static pinna_status add_text(json_t *root, const char *name, const char *text,
                             const char *file, pinna_error *error)
{
    bool memory;
    int position;

    if (!text)
        return PINNA_OK;
    json_t *value = pinna_json_load(text, &memory, &position);
    if (!value && memory)
        return pinna_json_no_memory(file, error);
    if (!json_is_object(value)) {
        json_decref(value);
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: %s: not a JSON object, byte %d", file, name,
                          position);
    }
    if (json_object_set_new(root, name, value))
        return pinna_json_no_memory(file, error);
    return PINNA_OK;
}

pinna_status pinna_model_json_make(const pinna_model *model, const char *name,
                                   char **text, pinna_error *error)
{
    *text = NULL;
    pinna_status status = check_model(model, name, error);
    if (status)
        return status;

    json_t *root = make_root(model);
    if (!root)
        return pinna_json_no_memory(name, error);
    status = add_text(root, "training", model->training, name, error);
    if (!status)
        status = add_text(root, "quality", model->quality, name, error);
    if (!status && !(*text = pinna_json_dump(root)))
        status = pinna_json_no_memory(name, error);
    json_decref(root);
    return status;
}
