#include "tools/option_file.h"

#include "rnn/whole_file.h"
#include "tools/command.h"
#include "tools/progress.h"

#include <jansson.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)1 << 20)

/* ---- reading ---- */

/* The line on which the outermost object has this key; strings are skipped
 * whole, so that no value is taken for it. */
static size_t line_of_key(const char *text, const char *key)
{
    const size_t n_key = strlen(key);
    size_t line = 1, depth = 0;

    for (const char *c = text; *c; c++) {
        line += *c == '\n';
        if (*c == '{' || *c == '[')
            depth++;
        if (*c == '}' || *c == ']')
            depth--;
        if (*c != '"')
            continue;
        const char *begin = c + 1;
        for (c++; *c && *c != '"'; c++)
            c += *c == '\\' && c[1];
        if (!*c)
            break;
        const char *after = c + 1 + strspn(c + 1, " \t\r\n");
        if (depth == 1 && *after == ':' && (size_t)(c - begin) == n_key &&
            strncmp(begin, key, n_key) == 0)
            return line;
    }
    return 1;
}

/* What a value would be on the command line. */
static const char *text_of(const json_t *value, char *number, size_t size)
{
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    if (json_is_integer(value))
        snprintf(number, size, "%" JSON_INTEGER_FORMAT,
                 json_integer_value(value));
    else if (json_is_real(value))
        snprintf(number, size, "%.17g", json_real_value(value));
    else
        return NULL;
    return number;
}

static pinna_status take_value(const pinna_option *option, const json_t *value,
                               size_t room, pinna_error *error)
{
    char number[64];
    const char *text = text_of(value, number, sizeof number);

    if (!text || ((option->text || option->list) && !json_is_string(value)))
        return pinna_fail(error, PINNA_BAD_FORMAT, "--%s: not a value for it",
                          option->name);
    return pinna_option_take(option, text, room, error);
}

static pinna_status take_member(const pinna_option *option, const json_t *value,
                                pinna_error *error)
{
    if (json_is_null(value))
        return PINNA_OK;
    if (!option->list || !json_is_array(value))
        return take_value(option, value, 1, error);
    pinna_status status = PINNA_OK;
    for (size_t i = 0; !status && i < json_array_size(value); i++)
        status = take_value(option, json_array_get(value, i),
                            json_array_size(value), error);
    return status;
}

/* A file names no other file. */
static const pinna_option *find(const pinna_option *options, size_t n_options,
                                const char *key)
{
    for (size_t i = 0; i < n_options; i++)
        if (strcmp(options[i].name, key) == 0 && strcmp(key, "config") != 0)
            return &options[i];
    return NULL;
}

/* Lists that the command line gave are left alone. */
static pinna_status take_all(const json_t *object, const char *path,
                             const char *text, const pinna_option *options,
                             size_t n_options, pinna_error *error)
{
    pinna_status status = PINNA_OK;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        const pinna_option *option = find(options, n_options, key);
        pinna_error cause = {""};

        if (!option)
            status = pinna_fail(&cause, PINNA_BAD_FORMAT,
                                "\"%s\": no such option", key);
        else if (!option->list || option->list->n_items == 0)
            status = take_member(option, value, &cause);
        if (status)
            return pinna_fail(error, status, "%s:%zu: %s", path,
                              line_of_key(text, key), cause.text);
    }
    return status;
}

static pinna_status parse(const char *path, const char *text, json_t **out,
                          pinna_error *error)
{
    json_error_t cause = {0};

    *out = json_loads(text, JSON_REJECT_DUPLICATES, &cause);
    if (!*out)
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s:%d: %s", path,
                          cause.line, cause.text);
    if (!json_is_object(*out))
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s:1: not a JSON object",
                          path);
    return PINNA_OK;
}

/* text to be freed. */
static pinna_status read_text(const char *path, char **text, pinna_error *error)
{
    size_t n;

    const pinna_status status =
        pinna_whole_file_text(path, MAX_BYTES, text, &n, error);
    if (status)
        return status;
    if (strlen(*text) != n)
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s: not a text", path);
    return PINNA_OK;
}

/* The training options of a model of the same command. */
static pinna_status options_of_model(const char *path, const char *command,
                                     json_t **root, const json_t **object,
                                     char **text, pinna_error *error)
{
    pinna_model *model;

    pinna_status status = pinna_model_read(path, &model, error);
    if (status)
        return status;
    *text = strdup(model->training ? model->training : "{}");
    pinna_model_free(model);
    if (!*text)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    status = parse(path, *text, root, error);
    if (status)
        return status;
    *object = json_object_get(*root, "options");
    const char *made_by = json_string_value(json_object_get(*root, "command"));
    if (!json_is_object(*object) || !made_by)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: it does not tell its options", path);
    if (strcmp(made_by, command) != 0)
        return pinna_fail(error, PINNA_BAD_ARG, "%s: made by pinna %s", path,
                          made_by);
    return PINNA_OK;
}

static pinna_status read_file(const char *path, const char *command,
                              const pinna_option *options, size_t n_options,
                              pinna_option_file *file, pinna_error *error)
{
    const char *dot = strrchr(path, '.');
    json_t *root = NULL;
    const json_t *object = NULL;
    char *text = NULL;
    pinna_status status;

    if (dot && strcmp(dot, ".safetensors") == 0) {
        status = options_of_model(path, command, &root, &object, &text, error);
    } else {
        status = read_text(path, &text, error);
        if (!status)
            status = parse(path, text, &root, error);
        object = root;
    }
    file->json = root;
    if (!status)
        status = take_all(object, path, text, options, n_options, error);
    free(text);
    return status;
}

/* The command line is read twice: to find the file, and over it. */
int pinna_option_file_parse(const pinna_usage *usage,
                            const pinna_option *options, size_t n_options,
                            int argc, char **argv, const char *const *path,
                            pinna_option_file *file)
{
    pinna_error error = {""};

    bool given[PINNA_MAX_OPTIONS];

    const int code =
        pinna_options_parse(usage, options, n_options, argc, argv, NULL);
    if (code >= 0 || !*path)
        return code;
    for (size_t i = 0; i < n_options; i++)
        given[i] = options[i].list && options[i].list->n_items > 0;
    const pinna_status status =
        read_file(*path, usage->command, options, n_options, file, &error);
    if (status) {
        pinna_message("pinna %s: %s", usage->command, error.text);
        return status == PINNA_BAD_FORMAT || status == PINNA_BAD_ARG
                   ? PINNA_EXIT_USAGE
                   : PINNA_EXIT_START;
    }
    for (size_t i = 0; i < n_options; i++)
        if (given[i])
            options[i].list->n_items = 0; /* they come again */
    return pinna_options_parse(usage, options, n_options, argc, argv, NULL);
}

void pinna_option_file_free(pinna_option_file *file)
{
    json_decref(file->json);
    file->json = NULL;
}

char *pinna_option_of_training(const pinna_model *model, const char *option)
{
    json_t *note =
        model->training ? json_loads(model->training, 0, NULL) : NULL;
    const char *text = json_string_value(
        json_object_get(json_object_get(note, "options"), option));
    char *copy = text ? strdup(text) : NULL;

    json_decref(note);
    return copy;
}

/* ---- writing ---- */

/* JSON integers beyond 63 bits are refused by most readers, our own too. */
static void write_seed(pinna_json *json, const char *key, uint64_t seed)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, seed);
    if (seed <= INT64_MAX)
        pinna_json_raw(json, key, text);
    else
        pinna_json_string(json, key, text);
}

static void write_list(pinna_json *json, const char *key,
                       const pinna_list *list)
{
    if (list->n_items == 0)
        return;
    pinna_json_open(json, key, '[');
    for (size_t i = 0; i < list->n_items; i++)
        pinna_json_string(json, NULL, list->items[i]);
    pinna_json_close(json, ']');
}

void pinna_option_file_write(const pinna_option *options, size_t n_options,
                             const char *key, pinna_json *json)
{
    pinna_json_open(json, key, '{');
    for (size_t i = 0; i < n_options; i++) {
        const pinna_option *o = &options[i];
        if (o->once)
            continue;
        if (o->flag)
            pinna_json_bool(json, o->name, *o->flag);
        else if (o->text && *o->text)
            pinna_json_string(json, o->name, *o->text);
        else if (o->number)
            pinna_json_exactly(json, o->name, *o->number);
        else if (o->count)
            pinna_json_count(json, o->name, *o->count);
        else if (o->seed)
            write_seed(json, o->name, *o->seed);
        else if (o->list)
            write_list(json, o->name, o->list);
    }
    pinna_json_close(json, '}');
}
