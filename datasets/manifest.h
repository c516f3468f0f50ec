/* datasets/manifest.h -- JSON Lines lists of recordings
 *
 * One object a line: {"audio_filepath", "duration", "text", "speaker",
 * "label", "offset", "snr_db"}; pairs have "clean_filepath" and
 * "noisy_filepath".
 * Relative paths start at the manifest's folder. Unknown keys are skipped. */
#ifndef PINNA_DATASETS_MANIFEST_H
#define PINNA_DATASETS_MANIFEST_H

#include "dsp/status.h"

#include <stddef.h>

/* Strings are NULL where the line has no such key or null. */
typedef struct pinna_manifest_entry {
    char *audio_path; /* resolved against the manifest's folder */
    char *clean_path; /* of a pair */
    char *noisy_path;
    char *text;
    char *speaker;
    char *label;
    double offset;   /* seconds, 0 when absent */
    double duration; /* seconds, 0 when absent */
    double snr_db;   /* of speech over noise; NaN when absent or null */
    size_t line;     /* of the manifest, from 1 */
} pinna_manifest_entry;

typedef struct pinna_manifest {
    char *path;
    pinna_manifest_entry *entries;
    size_t n_entries;
} pinna_manifest;

/* Errors name file and line: "train.jsonl:14: not a JSON object". An entry
 * needs audio_filepath, or both of a pair. An empty manifest is
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
