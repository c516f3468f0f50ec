/* datasets/manifest.h -- lists of recordings, as a file or a folder of one of
 * these kinds:
 *
 * - JSON Lines: {"audio_filepath", "duration", "text", "speaker", "label",
 *   "offset", "snr_db"}; pairs have "clean_filepath" and "noisy_filepath".
 *   Unknown keys are skipped.
 * - .csv and .tsv: a table (datasets/table.h) whose first line names columns: a
 *   path ("audio_filepath", "wav_filename", "path" or "file") and, where they
 *   are, a text ("text", "transcript", "sentence"), a speaker ("speaker",
 *   "client_id"), "offset" and "duration". Those of DeepSpeech and of Common
 *   Voice, whose recordings lie in "clips/".
 * - a data folder of Kaldi: "wav.scp" of files (no pipes), "text", "utt2spk",
 *   and "segments" or none.
 * - a folder as LibriSpeech's, SPEAKER/CHAPTER/NAME.trans.txt and NAME.flac.
 * - any other folder: the sounds below it, whatever they hold.
 *
 * Relative paths start at the folder of the list; those of Kaldi, where no such
 * file is there, at the working folder. */
#ifndef PINNA_DATASETS_MANIFEST_H
#define PINNA_DATASETS_MANIFEST_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Strings are NULL where the list does not tell. */
typedef struct pinna_manifest_entry {
    char *audio_path;
    char *clean_path; /* of a pair */
    char *noisy_path;
    char *text;
    char *speaker;
    char *label;
    double offset;   /* seconds, 0 when absent */
    double duration; /* seconds, 0 when absent */
    double snr_db;   /* of speech over noise; NaN when absent */
    char *place;     /* where it is listed, for messages: "train.jsonl:14" */
} pinna_manifest_entry;

typedef struct pinna_manifest {
    char *path;
    pinna_manifest_entry *entries;
    size_t n_entries;
} pinna_manifest;

/* Is this, by its name, a list and no recording: .jsonl, .csv, .tsv, or a
 * folder? What has another name is read as JSON Lines all the same. */
bool pinna_is_manifest_name(const char *path);

/* Errors name file and line: "train.jsonl:14: not a JSON object". An entry
 * needs a recording, or both of a pair. An empty manifest is
 * PINNA_BAD_FORMAT. */
pinna_status pinna_manifest_read(const char *path, pinna_manifest *manifest,
                                 pinna_error *error);

/* The same, but every bad line goes to report() and is left out, and none may
 * be left. */
pinna_status pinna_manifest_read_good(
    const char *path, void (*report)(void *user, const char *message),
    void *user, pinna_manifest *manifest, pinna_error *error);
void pinna_manifest_free(pinna_manifest *manifest);

#endif
