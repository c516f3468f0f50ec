#include "rnn/model_json.h"

#include <jansson.h>

#include <stdlib.h>
#include <string.h>

/* Of the layout of this text. A change that old readers misread raises it. */
#define FORMAT     2
#define OLD_FORMAT 1 /* without the fields of newer_fields, and "cell" */

/* Sanity bounds, far from anything in use. They keep a hostile file from
 * asking for hours and gigabytes; what depends on several fields is checked
 * where the features are set up. */
#define MAX_MELS  1024
#define MAX_BANDS 512 /* as rnn/denoise_ear.c */
#define MAX_RATE  768000

typedef enum field_kind {
    SIZE,   /* size_t, a JSON integer */
    NUMBER, /* double, a JSON integer or real */
    FLAG,   /* bool */
} field_kind;

/* One member of a struct, under the same name in JSON. */
typedef struct field {
    const char *name;
    field_kind kind;
    size_t offset;
    double low, high; /* both ends included */
} field;

#define NETWORK(member) #member, SIZE, offsetof(pinna_network_config, member)
static const field network_fields[] = {
    {NETWORK(n_in), 1, PINNA_MAX_WIDTH},
    {NETWORK(n_dense), 0, PINNA_MAX_WIDTH},
    {NETWORK(n_hidden), 1, PINNA_MAX_WIDTH},
    {NETWORK(n_layers), 1, PINNA_MAX_LAYERS},
    {NETWORK(n_out), 1, 2 * PINNA_MAX_WIDTH},
    {"skip", FLAG, offsetof(pinna_network_config, skip), 0, 0},
};

#define OPTION(member) #member, FLAG, offsetof(pinna_network_config, member)
static const field newer_fields[] = {
    {OPTION(bidirectional), 0, 0},
    {OPTION(learned_state), 0, 0},
    {OPTION(layer_norm), 0, 0},
};

/* All of the ear but type and window, which have names. */
#define FBANK(member, kind) #member, kind, offsetof(pinna_ctc_ear, fbank.member)
static const field ear_fields[] = {
    {FBANK(sample_rate, NUMBER), 1000, MAX_RATE},
    {FBANK(frame_length_ms, NUMBER), 0, 1e4},
    {FBANK(frame_shift_ms, NUMBER), 0, 1e4},
    {FBANK(preemphasis, NUMBER), 0, 1},
    {FBANK(remove_dc_offset, FLAG), 0, 0},
    {FBANK(snip_edges, FLAG), 0, 0},
    {FBANK(round_to_power_of_two, FLAG), 0, 0},
    {FBANK(n_mels, SIZE), 1, MAX_MELS},
    {FBANK(low_hz, NUMBER), 0, MAX_RATE},
    {FBANK(high_hz, NUMBER), -MAX_RATE, MAX_RATE},
    {FBANK(use_log, FLAG), 0, 0},
    {FBANK(use_power, FLAG), 0, 0},
    {FBANK(use_energy, FLAG), 0, 0},
    {FBANK(raw_energy, FLAG), 0, 0},
    {FBANK(mel_floor, NUMBER), 1e-30, 1e30},
    {FBANK(energy_floor, NUMBER), 0, 1e30},
    {FBANK(n_ceps, SIZE), 0, MAX_MELS},
    {FBANK(lifter, NUMBER), 0, 1e6},
    {"stack", SIZE, offsetof(pinna_ctc_ear, stack), 1, PINNA_MAX_WIDTH},
    {"stride", SIZE, offsetof(pinna_ctc_ear, stride), 1, PINNA_MAX_WIDTH},
};

#define BANDS(member, kind) #member, kind, offsetof(pinna_denoise_bands, member)
static const field bands_fields[] = {
    {BANDS(n_bands, SIZE), 1, MAX_BANDS},
    {BANDS(linear_hz, NUMBER), 0, MAX_RATE},
    {BANDS(top_hz, NUMBER), 1, MAX_RATE},
    /* As a float the power of the floor must stay a normal number. */
    {BANDS(floor_db, NUMBER), -300, 300},
    {BANDS(level_ms, NUMBER), 1e-3, 1e9},
};

#define N_FIELDS(fields) (sizeof(fields) / sizeof *(fields))

/* ---- reading ---- */

static pinna_status fail_field(const char *file, const char *group,
                               const char *name, const char *what,
                               pinna_error *error)
{
    return pinna_fail(error, PINNA_BAD_FORMAT, "%s: %s%s%s: %s", file, group,
                      *group ? "." : "", name, what);
}

static pinna_status out_of_memory(const char *file, pinna_error *error)
{
    return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", file);
}

static pinna_status out_of_range(const char *file, const char *group,
                                 const field *f, double value,
                                 pinna_status status, pinna_error *error)
{
    return pinna_fail(error, status, "%s: %s.%s: %g is not within %g to %g",
                      file, group, f->name, value, f->low, f->high);
}

static pinna_status parse_field(const char *file, const char *group,
                                const json_t *object, const field *f,
                                void *into, pinna_error *error)
{
    const json_t *value = json_object_get(object, f->name);
    void *member = (char *)into + f->offset;

    if (!value)
        return fail_field(file, group, f->name, "missing", error);
    if (f->kind == FLAG) {
        if (!json_is_boolean(value))
            return fail_field(file, group, f->name, "not true or false", error);
        *(bool *)member = json_is_true(value);
        return PINNA_OK;
    }
    if (f->kind == SIZE && !json_is_integer(value))
        return fail_field(file, group, f->name, "not a whole number", error);
    if (!json_is_number(value))
        return fail_field(file, group, f->name, "not a number", error);

    const double number = json_number_value(value);
    if (!(number >= f->low && number <= f->high))
        return out_of_range(file, group, f, number, PINNA_BAD_FORMAT, error);
    if (f->kind == SIZE)
        *(size_t *)member = (size_t)number;
    else
        *(double *)member = number;
    return PINNA_OK;
}

/* The object `group` of root -> the members of *into. */
static pinna_status parse_fields(const char *file, const json_t *root,
                                 const char *group, const field *fields,
                                 size_t n_fields, void *into,
                                 pinna_error *error)
{
    const json_t *object = json_object_get(root, group);
    if (!json_is_object(object))
        return fail_field(file, "", group, object ? "not an object" : "missing",
                          error);

    pinna_status status = PINNA_OK;
    for (size_t i = 0; !status && i < n_fields; i++)
        status = parse_field(file, group, object, &fields[i], into, error);
    return status;
}

/* The string must be there; *text stays valid as long as object does. */
static pinna_status parse_string(const char *file, const char *group,
                                 const json_t *object, const char *name,
                                 const char **text, pinna_error *error)
{
    const json_t *value = json_object_get(object, name);
    *text = json_string_value(value);
    if (*text)
        return PINNA_OK;
    return fail_field(file, group, name, value ? "not a string" : "missing",
                      error);
}

static pinna_status parse_ear(const char *file, const json_t *root,
                              pinna_ctc_ear *ear, pinna_error *error)
{
    const char *group = "features", *type, *window;
    const json_t *object = json_object_get(root, group);

    ear->fbank = pinna_fbank_config_default(PINNA_FEATURE_MFCC);
    pinna_status status = parse_fields(file, root, group, ear_fields,
                                       N_FIELDS(ear_fields), ear, error);
    if (!status)
        status = parse_string(file, group, object, "type", &type, error);
    if (!status)
        status = parse_string(file, group, object, "window", &window, error);
    if (status)
        return status;

    if (strcmp(type, "mfcc") == 0)
        ear->fbank.type = PINNA_FEATURE_MFCC;
    else if (strcmp(type, "fbank") == 0)
        ear->fbank.type = PINNA_FEATURE_FBANK;
    else
        return fail_field(file, group, "type", "not \"mfcc\" or \"fbank\"",
                          error);
    if (pinna_window_from_name(window, &ear->fbank.window))
        return fail_field(file, group, "window", "no such window", error);
    return PINNA_OK;
}

static pinna_status parse_network(const char *file, const json_t *root,
                                  pinna_network_config *network,
                                  pinna_error *error)
{
    const char *group = "network", *cell;
    const json_int_t format =
        json_integer_value(json_object_get(root, "format"));

    pinna_status status =
        parse_fields(file, root, group, network_fields,
                     N_FIELDS(network_fields), network, error);
    if (status || format == OLD_FORMAT)
        return status;
    status = parse_fields(file, root, group, newer_fields,
                          N_FIELDS(newer_fields), network, error);
    if (!status)
        status = parse_string(file, group, json_object_get(root, group), "cell",
                              &cell, error);
    if (!status && pinna_cell_from_name(cell, &network->cell))
        return fail_field(file, group, "cell", "no such kind", error);
    return status;
}

static pinna_status parse_tokens(const char *file, const json_t *root,
                                 pinna_model *model, pinna_error *error)
{
    const json_t *tokens = json_object_get(root, "tokens");
    const json_t *word_tokens = json_object_get(root, "word_tokens");
    const size_t n = json_array_size(tokens);

    if (!json_is_array(tokens))
        return fail_field(file, "", "tokens",
                          tokens ? "not an array" : "missing", error);
    if (n == 0 || n > PINNA_MAX_TOKENS)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: tokens: %zu of them, not 1 to %d", file, n,
                          PINNA_MAX_TOKENS);
    if (!json_is_boolean(word_tokens))
        return fail_field(file, "", "word_tokens",
                          word_tokens ? "not true or false" : "missing", error);
    model->word_tokens = json_is_true(word_tokens);

    model->tokens = calloc(n, sizeof *model->tokens);
    if (!model->tokens)
        return out_of_memory(file, error);
    model->n_tokens = n;
    for (size_t i = 0; i < n; i++) {
        const char *token = json_string_value(json_array_get(tokens, i));
        if (!token)
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s: tokens[%zu]: not a string", file, i);
        model->tokens[i] = strdup(token);
        if (!model->tokens[i])
            return out_of_memory(file, error);
    }
    return PINNA_OK;
}

/* NULL, and *memory tells whether for want of it. jansson leaves the error
 * empty when it fails before the first character. */
static json_t *load(const char *text, bool *memory, int *position)
{
    json_error_t error = {0};
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    *memory = !root && (!error.text[0] ||
                        json_error_code(&error) == json_error_out_of_memory);
    *position = error.position;
    return root;
}

/* Text with reals of so many digits. Not by json_dumps(), which may lose a key
 * when memory runs out. */
static char *dump_digits(const json_t *value, size_t n_digits)
{
    const size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(n_digits);
    const size_t n = json_dumpb(value, NULL, 0, flags);
    char *text = n > 0 ? malloc(n + 1) : NULL;

    if (!text)
        return NULL;
    if (json_dumpb(value, text, n, flags) != n) {
        free(text);
        return NULL;
    }
    text[n] = '\0';
    return text;
}

/* Text with numbers as short as they may be to read back the same: 15 digits
 * keep what people write, 17 any double. NULL when memory runs out. */
static char *dump(const json_t *value)
{
    for (size_t n_digits = 15; n_digits <= 17; n_digits++) {
        bool memory;
        int position;
        char *text = dump_digits(value, n_digits);
        json_t *again = text ? load(text, &memory, &position) : NULL;
        const bool same = json_equal(value, again);

        json_decref(again);
        if (same)
            return text;
        free(text);
        if (!text || memory)
            return NULL;
    }
    return NULL;
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
        return fail_field(file, "", name, "not an object", error);
    *text = dump(value);
    return *text ? PINNA_OK : out_of_memory(file, error);
}

static pinna_status parse_head(const char *file, const json_t *root,
                               pinna_model *model, pinna_error *error)
{
    const json_t *format = json_object_get(root, "format");
    const char *version, *task;

    if (!json_is_integer(format))
        return fail_field(file, "", "format",
                          format ? "not a whole number" : "missing", error);
    if (json_integer_value(format) < OLD_FORMAT ||
        json_integer_value(format) > FORMAT)
        return pinna_fail(error, PINNA_UNSUPPORTED,
                          "%s: format: %lld, but this version reads %d and %d",
                          file, (long long)json_integer_value(format),
                          OLD_FORMAT, FORMAT);

    pinna_status status =
        parse_string(file, "", root, "pinna_version", &version, error);
    if (!status)
        status = parse_string(file, "", root, "task", &task, error);
    if (status)
        return status;
    if (strcmp(task, PINNA_TASK_CTC) != 0 &&
        strcmp(task, PINNA_TASK_DENOISE) != 0)
        return pinna_fail(error, PINNA_UNSUPPORTED,
                          "%s: task: neither \"%s\" nor \"%s\"", file,
                          PINNA_TASK_CTC, PINNA_TASK_DENOISE);
    memcpy(model->task, task, strlen(task) + 1);
    return PINNA_OK;
}

static pinna_status parse_root(const char *file, const json_t *root,
                               pinna_model *model, pinna_error *error)
{
    pinna_status status = parse_head(file, root, model, error);
    if (!status)
        status = parse_network(file, root, &model->network.config, error);
    if (!status && strcmp(model->task, PINNA_TASK_CTC) == 0) {
        status = parse_ear(file, root, &model->ctc_ear, error);
        if (!status)
            status = parse_tokens(file, root, model, error);
    } else if (!status) {
        status = parse_fields(file, root, "bands", bands_fields,
                              N_FIELDS(bands_fields), &model->bands, error);
    }
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
    json_t *root = load(text, &memory, &position);
    if (!root && memory)
        return out_of_memory(name, error);
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

static pinna_status check_fields(const char *file, const char *group,
                                 const field *fields, size_t n_fields,
                                 const void *from, pinna_error *error)
{
    for (size_t i = 0; i < n_fields; i++) {
        const field *f = &fields[i];
        const void *member = (const char *)from + f->offset;
        if (f->kind == FLAG)
            continue;
        const double number = f->kind == SIZE ? (double)*(const size_t *)member
                                              : *(const double *)member;
        if (!(number >= f->low && number <= f->high))
            return out_of_range(file, group, f, number, PINNA_BAD_ARG, error);
    }
    return PINNA_OK;
}

static json_t *make_field(const field *f, const void *from)
{
    const void *member = (const char *)from + f->offset;

    if (f->kind == FLAG)
        return json_boolean(*(const bool *)member);
    if (f->kind == SIZE)
        return json_integer((json_int_t) * (const size_t *)member);
    return json_real(*(const double *)member);
}

/* Like all make_ below: NULL when memory runs out. json_object_set_new() and
 * its like fail for a NULL value and take over the value in any case. */
static json_t *make_fields(const field *fields, size_t n_fields,
                           const void *from)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < n_fields; i++)
        if (json_object_set_new(object, fields[i].name,
                                make_field(&fields[i], from))) {
            json_decref(object);
            object = NULL;
        }
    return object;
}

/* Can the old format say it? */
static bool is_old_network(const pinna_network_config *network)
{
    return network->cell == PINNA_CELL_GRU && !network->bidirectional &&
           !network->learned_state && !network->layer_norm;
}

static json_t *make_network(const pinna_network_config *network)
{
    json_t *object =
        make_fields(network_fields, N_FIELDS(network_fields), network);
    if (!object || is_old_network(network))
        return object;

    bool good = !json_object_set_new(
        object, "cell", json_string(pinna_cell_name(network->cell)));
    for (size_t i = 0; good && i < N_FIELDS(newer_fields); i++)
        good = !json_object_set_new(object, newer_fields[i].name,
                                    make_field(&newer_fields[i], network));
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *make_ear(const pinna_ctc_ear *ear)
{
    const char *type = ear->fbank.type == PINNA_FEATURE_MFCC ? "mfcc" : "fbank";
    const char *window = pinna_window_name(ear->fbank.window);
    json_t *object = make_fields(ear_fields, N_FIELDS(ear_fields), ear);

    if (object && !json_object_set_new(object, "type", json_string(type)) &&
        !json_object_set_new(object, "window", json_string(window)))
        return object;
    json_decref(object);
    return NULL;
}

static json_t *make_tokens(const pinna_model *model)
{
    json_t *tokens = json_array();
    for (size_t i = 0; tokens && i < model->n_tokens; i++)
        if (json_array_append_new(tokens, json_string(model->tokens[i]))) {
            json_decref(tokens);
            tokens = NULL;
        }
    return tokens;
}

static json_t *make_root(const pinna_model *model)
{
    const bool is_ctc = strcmp(model->task, PINNA_TASK_CTC) == 0;
    const pinna_network_config *network = &model->network.config;
    const int format = is_old_network(network) ? OLD_FORMAT : FORMAT;
    json_t *root = json_pack("{s:i, s:s, s:s, s:o}", "format", format,
                             "pinna_version", PINNA_VERSION, "task",
                             model->task, "network", make_network(network));
    bool good = root != NULL;

    if (good && is_ctc)
        good =
            !json_object_set_new(root, "features", make_ear(&model->ctc_ear)) &&
            !json_object_set_new(root, "tokens", make_tokens(model)) &&
            !json_object_set_new(root, "word_tokens",
                                 json_boolean(model->word_tokens));
    else if (good)
        good = !json_object_set_new(
            root, "bands",
            make_fields(bands_fields, N_FIELDS(bands_fields), &model->bands));
    if (good)
        return root;
    json_decref(root);
    return NULL;
}

static pinna_status check_utf8(const char *file, size_t index,
                               const char *token, pinna_error *error)
{
    json_error_t json_error = {0};
    json_t *value = json_pack_ex(&json_error, 0, "s", token);
    if (value) {
        json_decref(value);
        return PINNA_OK;
    }
    if (json_error_code(&json_error) != json_error_invalid_utf8)
        return out_of_memory(file, error);
    return pinna_fail(error, PINNA_BAD_ARG, "%s: tokens[%zu]: not UTF-8", file,
                      index);
}

static pinna_status check_model(const pinna_model *model, const char *file,
                                pinna_error *error)
{
    pinna_status status =
        check_fields(file, "network", network_fields, N_FIELDS(network_fields),
                     &model->network.config, error);
    if (status)
        return status;
    if ((unsigned)model->network.config.cell >= PINNA_N_CELL_KINDS)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: network.cell: no such kind", file);
    if (strcmp(model->task, PINNA_TASK_DENOISE) == 0)
        return check_fields(file, "bands", bands_fields, N_FIELDS(bands_fields),
                            &model->bands, error);
    if (strcmp(model->task, PINNA_TASK_CTC) != 0)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: task: neither \"%s\" nor \"%s\"", file,
                          PINNA_TASK_CTC, PINNA_TASK_DENOISE);

    pinna_window_type window;
    if (pinna_window_from_name(pinna_window_name(model->ctc_ear.fbank.window),
                               &window))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: features.window: no such window", file);
    if (model->n_tokens > PINNA_MAX_TOKENS)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: tokens: %zu of them, not 1 to %d", file,
                          model->n_tokens, PINNA_MAX_TOKENS);
    for (size_t i = 0; !status && i < model->n_tokens; i++)
        status = check_utf8(file, i, model->tokens[i], error);
    if (status)
        return status;
    return check_fields(file, "features", ear_fields, N_FIELDS(ear_fields),
                        &model->ctc_ear, error);
}

/* Add the object that the text holds, if there is a text. */
static pinna_status add_text(json_t *root, const char *name, const char *text,
                             const char *file, pinna_error *error)
{
    bool memory;
    int position;

    if (!text)
        return PINNA_OK;
    json_t *value = load(text, &memory, &position);
    if (!value && memory)
        return out_of_memory(file, error);
    if (!json_is_object(value)) {
        json_decref(value);
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: %s: not a JSON object, byte %d", file, name,
                          position);
    }
    if (json_object_set_new(root, name, value))
        return out_of_memory(file, error);
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
        return out_of_memory(name, error);
    status = add_text(root, "training", model->training, name, error);
    if (!status)
        status = add_text(root, "quality", model->quality, name, error);
    if (!status && !(*text = dump(root)))
        status = out_of_memory(name, error);
    json_decref(root);
    return status;
}
