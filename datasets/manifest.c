#include "datasets/manifest.h"

#include "datasets/manifest_reader.h"
#include "datasets/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* ---- what the readers share ---- */

static void free_entry(pinna_manifest_entry *entry)
{
    free(entry->audio_path);
    free(entry->clean_path);
    free(entry->noisy_path);
    free(entry->text);
    free(entry->speaker);
    free(entry->label);
    free(entry->place);
}

pinna_status pinna_manifest_entry_new(const char *file, size_t line,
                                      pinna_manifest_entry *entry)
{
    const size_t size = strlen(file) + 24; /* ":" and 20 digits at most */

    *entry =
        (pinna_manifest_entry){.snr_db = (double)NAN, .place = malloc(size)};
    if (!entry->place)
        return PINNA_NO_MEMORY;
    snprintf(entry->place, size, "%s:%zu", file, line);
    return PINNA_OK;
}

static pinna_status append(pinna_manifest_reader *reader,
                           const pinna_manifest_entry *entry)
{
    pinna_manifest *manifest = reader->manifest;

    if (manifest->n_entries == reader->capacity) {
        const size_t grown = reader->capacity ? 2 * reader->capacity : 64;
        pinna_manifest_entry *entries =
            realloc(manifest->entries, grown * sizeof *entries);
        if (!entries)
            return PINNA_NO_MEMORY;
        manifest->entries = entries;
        reader->capacity = grown;
    }
    manifest->entries[manifest->n_entries++] = *entry;
    return PINNA_OK;
}

pinna_status pinna_manifest_take(pinna_manifest_reader *reader,
                                 pinna_manifest_entry *entry,
                                 pinna_status status, const pinna_error *cause)
{
    const bool bad_line =
        status == PINNA_BAD_FORMAT || status == PINNA_NOT_FOUND;

    if (!status)
        status = append(reader, entry);
    if (status)
        free_entry(entry);
    if (bad_line && reader->report) {
        reader->report(reader->user, cause->text);
        return PINNA_OK;
    }
    if (bad_line && reader->error)
        *reader->error = *cause;
    return status;
}

char *pinna_path_beside(const char *list, const char *path)
{
    const char *slash = strrchr(list, '/');
    const size_t n_folder =
        slash && path[0] != '/' ? (size_t)(slash - list) + 1 : 0;
    const size_t n_path = strlen(path);
    char *joined = malloc(n_folder + n_path + 1);

    if (joined) {
        memcpy(joined, list, n_folder);
        memcpy(joined + n_folder, path, n_path + 1);
    }
    return joined;
}

/* ---- the kinds ---- */

static bool is_folder(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

bool pinna_is_manifest_name(const char *path)
{
    const char *dot = strrchr(path, '.');

    return (dot && strcasecmp(dot, ".jsonl") == 0) ||
           pinna_is_table_name(path) || is_folder(path);
}

/* Does the folder have a wav.scp? */
static bool is_kaldi(const char *folder)
{
    char path[4096]; /* no system takes a longer one */
    struct stat found;

    snprintf(path, sizeof path, "%s/wav.scp", folder);
    return stat(path, &found) == 0;
}

static pinna_status read_folder(pinna_manifest_reader *reader)
{
    const char *path = reader->manifest->path;
    bool is_librispeech;

    if (is_kaldi(path))
        return pinna_manifest_read_kaldi(reader);
    const pinna_status status = pinna_is_librispeech(path, &is_librispeech);
    if (status)
        return status;
    return is_librispeech ? pinna_manifest_read_librispeech(reader)
                          : pinna_manifest_read_sounds(reader);
}

static pinna_status read_any(pinna_manifest_reader *reader)
{
    const char *path = reader->manifest->path;

    if (is_folder(path))
        return read_folder(reader);
    return pinna_is_table_name(path) ? pinna_manifest_read_table(reader)
                                     : pinna_manifest_read_jsonl(reader);
}

static pinna_status read_manifest(const char *path,
                                  pinna_manifest_reader *reader)
{
    pinna_manifest *manifest = reader->manifest;

    *manifest = (pinna_manifest){.path = strdup(path)};
    pinna_status status = manifest->path ? read_any(reader) : PINNA_NO_MEMORY;
    if (!status && manifest->n_entries == 0 && !reader->report)
        status =
            pinna_fail(reader->error, PINNA_BAD_FORMAT, "%s: no entries", path);
    if (status == PINNA_NO_MEMORY)
        pinna_fail(reader->error, status, "%s: %s", path,
                   pinna_strerror(status));
    if (status)
        pinna_manifest_free(manifest);
    return status;
}

pinna_status pinna_manifest_read(const char *path, pinna_manifest *manifest,
                                 pinna_error *error)
{
    return read_manifest(
        path, &(pinna_manifest_reader){.manifest = manifest, .error = error});
}

pinna_status pinna_manifest_read_good(
    const char *path, void (*report)(void *user, const char *message),
    void *user, pinna_manifest *manifest, pinna_error *error)
{
    return read_manifest(path, &(pinna_manifest_reader){.manifest = manifest,
                                                        .report = report,
                                                        .user = user,
                                                        .error = error});
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
