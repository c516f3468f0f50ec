#include "datasets/manifest.h"

#include <jansson.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static void free_entry(pinna_manifest_entry *entry)
{
    free(entry->audio_path);
    free(entry->clean_path);
    free(entry->noisy_path);
    free(entry->text);
    free(entry->speaker);
    free(entry->label);
}

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

    const char *slash = strrchr(manifest_path, '/');
    const size_t n_folder =
        slash && path[0] != '/' ? (size_t)(slash - manifest_path) + 1 : 0;
    const size_t n_path = strlen(path);
    *out = malloc(n_folder + n_path + 1);
    if (!*out)
        return PINNA_NO_MEMORY;
    memcpy(*out, manifest_path, n_folder);
    memcpy(*out + n_folder, path, n_path + 1);
    return PINNA_OK;
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

static pinna_status parse(const char *text, size_t length,
                          const char *manifest_path,
                          pinna_manifest_entry *entry, pinna_error *error)
{
    json_error_t cause = {0}; /* jansson sets its code late */
    json_t *object = json_loadb(text, length, 0, &cause);
    /* jansson does not always say that it is out of memory. */
    if (!object && (json_error_code(&cause) == json_error_out_of_memory ||
                    cause.text[0] == '\0'))
        return PINNA_NO_MEMORY;
    if (!json_is_object(object)) {
        json_decref(object);
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s:%zu: not a JSON object%s%s%s", manifest_path,
                          entry->line, object ? "" : " (",
                          object ? "" : cause.text, object ? "" : ")");
    }

    const char *key = "";
    const pinna_status status = fill(object, manifest_path, entry, &key);
    json_decref(object);

    if (status == PINNA_BAD_FORMAT)
        return pinna_fail(error, status, "%s:%zu: bad value of %s",
                          manifest_path, entry->line, key);
    if (!status && !entry->audio_path &&
        (!entry->clean_path || !entry->noisy_path))
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s:%zu: no audio_filepath",
                          manifest_path, entry->line);
    return status;
}

/* Room for one more entry, zeroed. */
static pinna_manifest_entry *new_entry(pinna_manifest *manifest,
                                       size_t *capacity)
{
    if (manifest->n_entries == *capacity) {
        const size_t grown = *capacity ? 2 * *capacity : 64;
        pinna_manifest_entry *entries =
            realloc(manifest->entries, grown * sizeof *entries);
        if (!entries)
            return NULL;
        manifest->entries = entries;
        *capacity = grown;
    }
    pinna_manifest_entry *entry = &manifest->entries[manifest->n_entries++];
    *entry = (pinna_manifest_entry){0};
    return entry;
}

/* Who hears of bad lines; without, the first ends the reading. */
typedef struct listener {
    void (*report)(void *user, const char *message);
    void *user;
} listener;

static pinna_status read_lines(FILE *file, pinna_manifest *manifest,
                               const listener *to, pinna_error *error)
{
    pinna_status status = PINNA_OK;
    char *line = NULL;
    size_t n_line = 0, capacity = 0, number = 0;
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

        pinna_manifest_entry *entry = new_entry(manifest, &capacity);
        if (!entry) {
            status = PINNA_NO_MEMORY;
            break;
        }
        entry->line = number;
        pinna_error cause = {""};
        status = parse(text, (size_t)length, manifest->path, entry, &cause);
        if (status == PINNA_BAD_FORMAT && to->report) {
            to->report(to->user, cause.text);
            free_entry(entry);
            manifest->n_entries--;
            status = PINNA_OK;
        } else if (status && error) {
            *error = cause;
        }
    }
    /* getline() gives -1 for the end, for a failed read and for no memory. */
    if (!status && !feof(file))
        status = ferror(file) ? pinna_fail(error, PINNA_IO, "%s: %s",
                                           manifest->path, strerror(errno))
                              : PINNA_NO_MEMORY;
    free(line);
    return status;
}

static pinna_status read_manifest(const char *path, const listener *to,
                                  pinna_manifest *manifest, pinna_error *error)
{
    *manifest = (pinna_manifest){0};
    FILE *file = fopen(path, "r");
    if (!file && errno == ENOMEM)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: %s", path,
                          pinna_strerror(PINNA_NO_MEMORY));
    if (!file && errno == ENOENT)
        return pinna_fail(error, PINNA_NOT_FOUND, "no such file: %s", path);
    if (!file)
        return pinna_fail(error, PINNA_IO, "%s: %s", path, strerror(errno));

    /* stdio would allocate it, and go byte by byte when it cannot. */
    char buffer[BUFSIZ];
    setvbuf(file, buffer, _IOFBF, sizeof buffer);

    pinna_status status = PINNA_NO_MEMORY;
    manifest->path = strdup(path);
    if (manifest->path)
        status = read_lines(file, manifest, to, error);
    fclose(file);

    if (!status && manifest->n_entries == 0 && !to->report)
        status = pinna_fail(error, PINNA_BAD_FORMAT, "%s: no entries", path);
    if (status == PINNA_NO_MEMORY)
        pinna_fail(error, status, "%s: %s", path, pinna_strerror(status));
    if (status)
        pinna_manifest_free(manifest);
    return status;
}

pinna_status pinna_manifest_read(const char *path, pinna_manifest *manifest,
                                 pinna_error *error)
{
    return read_manifest(path, &(listener){0}, manifest, error);
}

pinna_status pinna_manifest_read_good(
    const char *path, void (*report)(void *user, const char *message),
    void *user, pinna_manifest *manifest, pinna_error *error)
{
    return read_manifest(path, &(listener){report, user}, manifest, error);
}

void pinna_manifest_free(pinna_manifest *manifest)
{
    if (!manifest)
        return;
    for (size_t i = 0; i < manifest->n_entries; i++)
        free_entry(&manifest->entries[i]);
    free(manifest->entries);
    free(manifest->path);
    *manifest = (pinna_manifest){0};
}
