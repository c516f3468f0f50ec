/* datasets/manifest_jsonl.c -- manifests of JSON Lines */
#include "datasets/manifest_reader.h"

#include <jansson.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* A copy of the string at key, in *out; NULL when absent or null. Whole
 * numbers are taken too: other tools write speakers as 367. */
static pinna_status get_string(const json_t *object, const char *key,
                               char **out)
{
    const json_t *value = json_object_get(object, key);
    char number[32];
    const char *text = number;

    if (!value || json_is_null(value))
        return PINNA_OK;
    if (json_is_string(value))
        text = json_string_value(value);
    else if (json_is_integer(value))
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT,
                 json_integer_value(value));
    else
        return PINNA_BAD_FORMAT;
    *out = strdup(text);
    return *out ? PINNA_OK : PINNA_NO_MEMORY;
}

/* The path at key, starting at the folder of manifest_path. */
static pinna_status get_path(const json_t *object, const char *key,
                             const char *manifest_path, char **out)
{
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value))
        return PINNA_OK;

    const char *path = json_string_value(value);
    if (!path || !*path)
        return PINNA_BAD_FORMAT;
    *out = pinna_path_beside(manifest_path, path);
    return *out ? PINNA_OK : PINNA_NO_MEMORY;
}

/* Seconds at key, 0 when absent or null. */
static pinna_status get_seconds(const json_t *object, const char *key,
                                double *out)
{
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value))
        return PINNA_OK;
    *out = json_number_value(value);
    return json_is_number(value) && isfinite(*out) && *out >= 0
               ? PINNA_OK
               : PINNA_BAD_FORMAT;
}

/* Decibels at key, NaN when absent or null. */
static pinna_status get_db(const json_t *object, const char *key, double *out)
{
    const json_t *value = json_object_get(object, key);

    *out = json_is_number(value) ? json_number_value(value) : (double)NAN;
    return !value || json_is_null(value) || isfinite(*out) ? PINNA_OK
                                                           : PINNA_BAD_FORMAT;
}

/* What of the object the entry needs; *key names what failed. */
static pinna_status fill(const json_t *object, const char *manifest_path,
                         pinna_manifest_entry *entry, const char **key)
{
    const struct {
        const char *key;
        char **out;
    } paths[] =
        {
            {"audio_filepath", &entry->audio_path},
            {"clean_filepath", &entry->clean_path},
            {"noisy_filepath", &entry->noisy_path},
        },
      strings[] = {
          {"text", &entry->text},
          {"speaker", &entry->speaker},
          {"label", &entry->label},
      };
    const struct {
        const char *key;
        double *out;
    } seconds[] = {
        {"offset", &entry->offset},
        {"duration", &entry->duration},
    };
    pinna_status status = PINNA_OK;

    for (size_t i = 0; i < 3 && !status; i++)
        status =
            get_path(object, *key = paths[i].key, manifest_path, paths[i].out);
    for (size_t i = 0; i < 3 && !status; i++)
        status = get_string(object, *key = strings[i].key, strings[i].out);
    for (size_t i = 0; i < 2 && !status; i++)
        status = get_seconds(object, *key = seconds[i].key, seconds[i].out);
    return status ? status : get_db(object, *key = "snr_db", &entry->snr_db);
}

/* The object of a line; its place begins the message. */
static pinna_status parse(const char *text, size_t length,
                          const char *manifest_path,
                          pinna_manifest_entry *entry, pinna_error *cause)
{
    json_error_t why = {0}; /* jansson sets its code late */
    json_t *object = json_loadb(text, length, 0, &why);
    /* jansson does not always say that it is out of memory. */
    if (!object && (json_error_code(&why) == json_error_out_of_memory ||
                    why.text[0] == '\0'))
        return PINNA_NO_MEMORY;
    if (!json_is_object(object)) {
        json_decref(object);
        return pinna_fail(cause, PINNA_BAD_FORMAT,
                          "%s: not a JSON object%s%s%s", entry->place,
                          object ? "" : " (", object ? "" : why.text,
                          object ? "" : ")");
    }

    const char *key = "";
    const pinna_status status = fill(object, manifest_path, entry, &key);
    json_decref(object);

    if (status == PINNA_BAD_FORMAT)
        return pinna_fail(cause, status, "%s: bad value of %s", entry->place,
                          key);
    if (!status && !entry->audio_path &&
        (!entry->clean_path || !entry->noisy_path))
        return pinna_fail(cause, PINNA_BAD_FORMAT, "%s: no audio_filepath",
                          entry->place);
    return status;
}

static pinna_status read_lines(pinna_manifest_reader *reader, FILE *file)
{
    const char *path = reader->manifest->path;
    pinna_status status = PINNA_OK;
    char *line = NULL;
    size_t n_line = 0, number = 0;
    ssize_t length;

    errno = 0;
    while (!status && (length = getline(&line, &n_line, file)) >= 0) {
        const char *text = line;
        number++;
        if (number == 1 && strncmp(text, "\xEF\xBB\xBF", 3) == 0)
            text += 3; /* the byte order mark of some editors */
        length -= text - line;
        if (strspn(text, " \t\r\n") == (size_t)length)
            continue;

        pinna_manifest_entry entry;
        pinna_error cause = {""};
        status = pinna_manifest_entry_new(path, number, &entry);
        if (!status)
            status = parse(text, (size_t)length, path, &entry, &cause);
        status = pinna_manifest_take(reader, &entry, status, &cause);
    }
    /* getline() gives -1 for the end, for a failed read and for no memory. */
    if (!status && !feof(file))
        status = ferror(file) ? pinna_fail(reader->error, PINNA_IO, "%s: %s",
                                           path, strerror(errno))
                              : PINNA_NO_MEMORY;
    free(line);
    return status;
}

pinna_status pinna_manifest_read_jsonl(pinna_manifest_reader *reader)
{
    const char *path = reader->manifest->path;
    FILE *file = fopen(path, "r");

    if (!file && errno == ENOMEM)
        return PINNA_NO_MEMORY;
    if (!file && errno == ENOENT)
        return pinna_fail(reader->error, PINNA_NOT_FOUND, "no such file: %s",
                          path);
    if (!file)
        return pinna_fail(reader->error, PINNA_IO, "%s: %s", path,
                          strerror(errno));

    /* stdio would allocate it, and go byte by byte when it cannot. */
    char buffer[BUFSIZ];
    setvbuf(file, buffer, _IOFBF, sizeof buffer);
    const pinna_status status = read_lines(reader, file);
    fclose(file);
    return status;
}
