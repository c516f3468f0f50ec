/* datasets/manifest_kaldi.c -- data folders of Kaldi ("Data preparation" in
 * its documentation)
 *
 * wav.scp   RECORDING FILE
 * segments  UTTERANCE RECORDING BEGIN END   seconds; -1 for the end; without
 *                                           this file each recording is one
 * text      UTTERANCE WORDS...
 * utt2spk   UTTERANCE SPEAKER */
#include "datasets/folder_walk.h"
#include "datasets/keyed_lines.h"
#include "datasets/manifest_reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct folder {
    pinna_manifest_reader *reader;
    pinna_keyed_lines wav_scp, segments, text, utt2spk; /* empty: not there */
} folder;

/* Lines of NAME in the folder, if there is one. */
static pinna_status read_lines(folder *f, const char *name, bool needed,
                               pinna_keyed_lines *lines)
{
    char *path = pinna_path_below(f->reader->manifest->path, name);

    if (!path)
        return PINNA_NO_MEMORY;
    const pinna_status status =
        needed || access(path, F_OK) == 0
            ? pinna_keyed_lines_read(path, lines, f->reader->error)
            : PINNA_OK;
    free(path);
    return status;
}

/* What a line of wav.scp names -> a path: in the folder, or as in Kaldi from
 * the working folder. */
static pinna_status locate(const folder *f, const pinna_keyed_line *recording,
                           char **path, pinna_error *cause)
{
    const char *list = f->wav_scp.path, *name = recording->value;
    const size_t n = strlen(name);

    if (n == 0)
        return pinna_fail(cause, PINNA_BAD_FORMAT, "%s:%zu: no file", list,
                          recording->line);
    if (name[n - 1] == '|')
        return pinna_fail(cause, PINNA_BAD_FORMAT,
                          "%s:%zu: a pipe, and only files are taken: %.100s",
                          list, recording->line, name);
    *path = pinna_path_beside(list, name);
    if (!*path)
        return PINNA_NO_MEMORY;
    if (access(*path, F_OK) == 0)
        return PINNA_OK;
    if (access(name, F_OK))
        return pinna_fail(cause, PINNA_NOT_FOUND, "%s:%zu: no such file: %s",
                          list, recording->line, name);
    free(*path);
    *path = strdup(name);
    return *path ? PINNA_OK : PINNA_NO_MEMORY;
}

/* "RECORDING BEGIN END" of a line of segments -> its recording and times. */
static pinna_status parse_segment(const folder *f,
                                  const pinna_keyed_line *segment,
                                  const pinna_keyed_line **recording,
                                  pinna_manifest_entry *entry,
                                  pinna_error *cause)
{
    const char *value = segment->value;
    const size_t n = strcspn(value, " \t");
    char *name = strndup(value, n), *middle, *end;

    if (!name)
        return PINNA_NO_MEMORY;
    *recording = pinna_keyed_lines_find(&f->wav_scp, name);
    free(name);
    if (!*recording)
        return pinna_fail(cause, PINNA_BAD_FORMAT,
                          "%s:%zu: wav.scp has no recording \"%.*s\"",
                          f->segments.path, segment->line,
                          (int)(n < 80 ? n : 80), value);
    const double begin_s = strtod(value + n, &middle);
    const double end_s = strtod(middle, &end);
    if (middle == value + n || end == middle || *end || !isfinite(begin_s) ||
        !isfinite(end_s) || begin_s < 0 || (end_s <= begin_s && end_s != -1))
        return pinna_fail(cause, PINNA_BAD_FORMAT,
                          "%s:%zu: no times, begin and end in seconds: "
                          "\"%.60s\"",
                          f->segments.path, segment->line, value);
    entry->offset = begin_s;
    entry->duration = end_s > begin_s ? end_s - begin_s : 0;
    return PINNA_OK;
}

/* The value of the key, copied; NULL when there is none. */
static pinna_status copy(const pinna_keyed_lines *lines, const char *key,
                         char **out)
{
    const pinna_keyed_line *found = pinna_keyed_lines_find(lines, key);

    if (!found)
        return PINNA_OK;
    *out = strdup(found->value);
    return *out ? PINNA_OK : PINNA_NO_MEMORY;
}

/* A line of segments, or of wav.scp where there are none. */
static pinna_status fill(const folder *f, const pinna_keyed_line *utterance,
                         pinna_manifest_entry *entry, pinna_error *cause)
{
    const pinna_keyed_line *recording = utterance;
    pinna_status status = PINNA_OK;

    if (f->segments.n > 0)
        status = parse_segment(f, utterance, &recording, entry, cause);
    if (!status)
        status = locate(f, recording, &entry->audio_path, cause);
    if (!status)
        status = copy(&f->text, utterance->key, &entry->text);
    return status ? status : copy(&f->utt2spk, utterance->key, &entry->speaker);
}

/* The utterances, each with the line of its text as its place, for that is
 * what may be wrong later; wrong paths and times are told here. */
static pinna_status add_utterances(const folder *f)
{
    const pinna_keyed_lines *list =
        f->segments.n > 0 ? &f->segments : &f->wav_scp;
    pinna_status status = PINNA_OK;

    for (size_t i = 0; !status && i < list->n; i++) {
        const pinna_keyed_line *utterance = &list->lines[i];
        const pinna_keyed_line *text =
            pinna_keyed_lines_find(&f->text, utterance->key);
        pinna_manifest_entry entry;
        pinna_error cause = {""};
        status = pinna_manifest_entry_new(text ? f->text.path : list->path,
                                          text ? text->line : utterance->line,
                                          &entry);
        if (!status)
            status = fill(f, utterance, &entry, &cause);
        status = pinna_manifest_take(f->reader, &entry, status, &cause);
    }
    return status;
}

/* Texts of utterances that are not there are bad lines. */
static pinna_status check_texts(const folder *f)
{
    const pinna_keyed_lines *list =
        f->segments.n > 0 ? &f->segments : &f->wav_scp;
    pinna_status status = PINNA_OK;

    for (size_t i = 0; !status && i < f->text.n; i++) {
        const pinna_keyed_line *text = &f->text.lines[i];
        pinna_manifest_entry none = {0};
        pinna_error cause;
        if (pinna_keyed_lines_find(list, text->key))
            continue;
        status = pinna_fail(&cause, PINNA_BAD_FORMAT,
                            "%s:%zu: %s has no utterance \"%.80s\"",
                            f->text.path, text->line, list->path, text->key);
        status = pinna_manifest_take(f->reader, &none, status, &cause);
    }
    return status;
}

pinna_status pinna_manifest_read_kaldi(pinna_manifest_reader *reader)
{
    folder f = {.reader = reader};

    pinna_status status = read_lines(&f, "wav.scp", true, &f.wav_scp);
    if (!status)
        status = read_lines(&f, "segments", false, &f.segments);
    if (!status)
        status = read_lines(&f, "text", false, &f.text);
    if (!status)
        status = read_lines(&f, "utt2spk", false, &f.utt2spk);
    if (!status)
        status = add_utterances(&f);
    if (!status)
        status = check_texts(&f);
    pinna_keyed_lines_free(&f.wav_scp);
    pinna_keyed_lines_free(&f.segments);
    pinna_keyed_lines_free(&f.text);
    pinna_keyed_lines_free(&f.utt2spk);
    return status;
}
