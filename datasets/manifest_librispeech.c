/* datasets/manifest_librispeech.c -- folders as those of LibriSpeech (Panayotov
 * et al. 2015): SPEAKER/CHAPTER/SPEAKER-CHAPTER.trans.txt with lines
 * "SPEAKER-CHAPTER-NUMBER TEXT", and SPEAKER-CHAPTER-NUMBER.flac beside it */
#include "datasets/keyed_lines.h"
#include "datasets/manifest_reader.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Folders below the one that is named: SPEAKER and CHAPTER. */
#define DEPTH 2

static const char ending[] = ".trans.txt";

static bool is_transcript(const char *name)
{
    const size_t n = strlen(name), n_ending = sizeof ending - 1;

    return n > n_ending && strcmp(name + n - n_ending, ending) == 0;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* In the order of their bytes, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
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

static pinna_status walk(pinna_manifest_reader *reader, const char *folder,
                         size_t depth, size_t *n_transcripts);

/* A transcript, or a folder of them; anything else is passed over. */
static pinna_status visit(pinna_manifest_reader *reader, const char *folder,
                          const char *name, size_t depth, size_t *n_transcripts)
{
    char *path = pinna_path_below(folder, name);
    pinna_status status = PINNA_OK;

    if (!path)
        return PINNA_NO_MEMORY;
    if (is_transcript(name)) {
        ++*n_transcripts;
        status = add_transcript(reader, path);
    } else if (depth < DEPTH) {
        status = walk(reader, path, depth + 1, n_transcripts);
    }
    free(path);
    return status;
}

static pinna_status walk(pinna_manifest_reader *reader, const char *folder,
                         size_t depth, size_t *n_transcripts)
{
    struct dirent **found;
    pinna_status status = PINNA_OK;

    const int n = scandir(folder, &found, is_visible, by_name);
    if (n < 0 && errno == ENOMEM)
        return PINNA_NO_MEMORY;
    if (n < 0) /* no folder, or nobody's business */
        return PINNA_OK;
    for (int i = 0; i < n; i++) {
        if (!status)
            status =
                visit(reader, folder, found[i]->d_name, depth, n_transcripts);
        free(found[i]);
    }
    free(found);
    return status;
}

pinna_status pinna_manifest_read_librispeech(pinna_manifest_reader *reader)
{
    const char *root = reader->manifest->path;
    size_t n_transcripts = 0;

    const pinna_status status = walk(reader, root, 0, &n_transcripts);
    if (!status && n_transcripts == 0)
        return pinna_fail(reader->error, PINNA_BAD_FORMAT,
                          "%s: a folder without wav.scp (Kaldi) and "
                          "SPEAKER/CHAPTER/*.trans.txt (LibriSpeech)",
                          root);
    return status;
}
