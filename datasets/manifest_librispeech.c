/* datasets/manifest_librispeech.c -- folders as those of LibriSpeech (Panayotov
 * et al. 2015): SPEAKER/CHAPTER/SPEAKER-CHAPTER.trans.txt with lines
 * "SPEAKER-CHAPTER-NUMBER TEXT", and SPEAKER-CHAPTER-NUMBER.flac beside it */
#include "datasets/folder_walk.h"
#include "datasets/keyed_lines.h"
#include "datasets/manifest_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Folders below the one that is named: SPEAKER and CHAPTER. */
#define DEPTH 2

static const char ending[] = ".trans.txt";

static bool is_transcript(const char *path)
{
    const size_t n = strlen(path), n_ending = sizeof ending - 1;

    return n > n_ending && strcmp(path + n - n_ending, ending) == 0;
}

static pinna_status fill(const char *transcript, const pinna_keyed_line *line,
                         pinna_manifest_entry *entry, pinna_error *cause)
{
    const size_t size = strlen(line->key) + sizeof ".flac";
    char *name = malloc(size);

    if (!name)
        return PINNA_NO_MEMORY;
    snprintf(name, size, "%s.flac", line->key);
    entry->audio_path = pinna_path_beside(transcript, name);
    free(name);
    entry->text = strdup(line->value);
    entry->speaker = strndup(line->key, strcspn(line->key, "-"));
    if (!entry->audio_path || !entry->text || !entry->speaker)
        return PINNA_NO_MEMORY;
    if (access(entry->audio_path, F_OK))
        return pinna_fail(cause, PINNA_NOT_FOUND, "%s: no such file: %s",
                          entry->place, entry->audio_path);
    return PINNA_OK;
}

static pinna_status add_transcript(pinna_manifest_reader *reader,
                                   const char *path)
{
    pinna_keyed_lines lines;

    pinna_status status = pinna_keyed_lines_read(path, &lines, reader->error);
    for (size_t i = 0; !status && i < lines.n; i++) {
        pinna_manifest_entry entry;
        pinna_error cause = {""};
        status = pinna_manifest_entry_new(path, lines.lines[i].line, &entry);
        if (!status)
            status = fill(path, &lines.lines[i], &entry, &cause);
        status = pinna_manifest_take(reader, &entry, status, &cause);
    }
    pinna_keyed_lines_free(&lines);
    return status;
}

/* Anything but a transcript is passed over. */
static pinna_status visit(void *user, const char *path)
{
    return is_transcript(path) ? add_transcript(user, path) : PINNA_OK;
}

pinna_status pinna_manifest_read_librispeech(pinna_manifest_reader *reader)
{
    return pinna_folder_walk(reader->manifest->path, DEPTH, visit, reader);
}

static pinna_status find(void *user, const char *path)
{
    *(bool *)user = *(bool *)user || is_transcript(path);
    return PINNA_OK;
}

pinna_status pinna_is_librispeech(const char *folder, bool *is)
{
    *is = false;
    return pinna_folder_walk(folder, DEPTH, find, is);
}
