/* datasets/manifest_table.c -- manifests in a table with names of columns:
 * DeepSpeech's CSV, Common Voice's TSV */
#include "datasets/manifest_reader.h"
#include "datasets/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Columns by their names in different data sets, the best first. */
static const char *const path_names[] = {"audio_filepath", "wav_filename",
                                         "path", "file", NULL};
static const char *const text_names[] = {"text", "transcript", "sentence",
                                         NULL};
static const char *const speaker_names[] = {"speaker", "client_id", NULL};
static const char *const offset_names[] = {"offset", NULL};
static const char *const duration_names[] = {"duration", NULL};

/* Where the table has what; n_columns for nowhere. */
typedef struct columns {
    size_t path, text, speaker, offset, duration;
} columns;

static size_t find(const pinna_table *table, const char *const *names)
{
    for (; *names; names++)
        for (size_t c = 0; c < table->n_columns; c++)
            if (strcasecmp(table->names[c], *names) == 0)
                return c;
    return table->n_columns;
}

/* A copy of the field; NULL without such a column, and for an empty field. */
static pinna_status copy(const pinna_table *table, size_t row, size_t column,
                         char **out)
{
    if (column == table->n_columns ||
        *pinna_table_field(table, row, column) == '\0')
        return PINNA_OK;
    *out = strdup(pinna_table_field(table, row, column));
    return *out ? PINNA_OK : PINNA_NO_MEMORY;
}

/* Seconds; 0 without such a column, and for an empty field. */
static pinna_status copy_seconds(const pinna_table *table, size_t row,
                                 size_t column, double *out, pinna_error *cause)
{
    if (column == table->n_columns ||
        *pinna_table_field(table, row, column) == '\0')
        return PINNA_OK;
    const pinna_status status =
        pinna_table_number(table, row, column, out, cause);
    if (!status && *out < 0)
        return pinna_fail(cause, PINNA_BAD_FORMAT, "%s:%zu: bad value of %s",
                          table->path, table->lines[row], table->names[column]);
    return status;
}

/* Common Voice's recordings lie in clips/ beside its tables. */
static pinna_status locate(const char *table_path, const char *name, char **out)
{
    char *path = pinna_path_beside(table_path, name);

    *out = path;
    if (!path)
        return PINNA_NO_MEMORY;
    if (name[0] == '/' || access(path, F_OK) == 0)
        return PINNA_OK;
    const size_t size = strlen("clips/") + strlen(name) + 1;
    char *in_clips = malloc(size);
    if (!in_clips)
        return PINNA_NO_MEMORY;
    snprintf(in_clips, size, "clips/%s", name);
    char *other = pinna_path_beside(table_path, in_clips);
    free(in_clips);
    if (!other)
        return PINNA_NO_MEMORY;
    if (access(other, F_OK) == 0) {
        *out = other;
        other = path;
    }
    free(other);
    return PINNA_OK;
}

static pinna_status fill(const pinna_table *table, const columns *at,
                         size_t row, pinna_manifest_entry *entry,
                         pinna_error *cause)
{
    const char *path = pinna_table_field(table, row, at->path);

    if (!*path)
        return pinna_fail(cause, PINNA_BAD_FORMAT, "%s: no %s", entry->place,
                          table->names[at->path]);
    pinna_status status = locate(table->path, path, &entry->audio_path);
    if (!status)
        status = copy(table, row, at->text, &entry->text);
    if (!status)
        status = copy(table, row, at->speaker, &entry->speaker);
    if (!status)
        status = copy_seconds(table, row, at->offset, &entry->offset, cause);
    return status ? status
                  : copy_seconds(table, row, at->duration, &entry->duration,
                                 cause);
}

static pinna_status read_rows(pinna_manifest_reader *reader, pinna_table *table)
{
    pinna_table_take_names(table);
    const columns at = {find(table, path_names), find(table, text_names),
                        find(table, speaker_names), find(table, offset_names),
                        find(table, duration_names)};
    pinna_status status = PINNA_OK;

    if (at.path == table->n_columns)
        return pinna_fail(reader->error, PINNA_BAD_FORMAT,
                          "%s:1: no column audio_filepath, wav_filename, path "
                          "or file, the first is \"%.60s\"",
                          table->path, table->names[0]);
    for (size_t row = 0; !status && row < table->n_rows; row++) {
        pinna_manifest_entry entry;
        pinna_error cause = {""};
        status =
            pinna_manifest_entry_new(table->path, table->lines[row], &entry);
        if (!status)
            status = fill(table, &at, row, &entry, &cause);
        status = pinna_manifest_take(reader, &entry, status, &cause);
    }
    return status;
}

pinna_status pinna_manifest_read_table(pinna_manifest_reader *reader)
{
    pinna_table table;

    pinna_status status =
        pinna_table_read(reader->manifest->path, &table, reader->error);
    if (!status)
        status = read_rows(reader, &table);
    pinna_table_free(&table);
    return status;
}
