/* datasets/manifest_reader.h -- what the readers of each kind of
 * datasets/manifest.h share; nobody else includes it */
#ifndef PINNA_DATASETS_MANIFEST_READER_H
#define PINNA_DATASETS_MANIFEST_READER_H

#include "datasets/manifest.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_manifest_reader {
    pinna_manifest *manifest; /* its path is there */
    size_t capacity;          /* entries */
    /* Who hears of bad lines; without, the first ends the reading. */
    void (*report)(void *user, const char *message);
    void *user;
    pinna_error *error;
} pinna_manifest_reader;

/* Empty, but with its place. */
pinna_status pinna_manifest_entry_new(const char *file, size_t line,
                                      pinna_manifest_entry *entry);

/* The entry, if status is PINNA_OK; its strings are the manifest's then, and
 * else they are freed. What is wrong with a line (PINNA_BAD_FORMAT or
 * PINNA_NOT_FOUND and its cause) is reported, or comes back. */
pinna_status pinna_manifest_take(pinna_manifest_reader *reader,
                                 pinna_manifest_entry *entry,
                                 pinna_status status, const pinna_error *cause);

/* A path that starts at the folder of the file `list`, to be freed; NULL
 * without memory. */
char *pinna_path_beside(const char *list, const char *path);

/* Each gives what pinna_manifest_read() does, but PINNA_OK for an empty one. */
pinna_status pinna_manifest_read_jsonl(pinna_manifest_reader *reader);
pinna_status pinna_manifest_read_table(pinna_manifest_reader *reader);
pinna_status pinna_manifest_read_kaldi(pinna_manifest_reader *reader);
pinna_status pinna_manifest_read_librispeech(pinna_manifest_reader *reader);
pinna_status pinna_manifest_read_sounds(pinna_manifest_reader *reader);

/* Is a transcript in it? PINNA_OK or PINNA_NO_MEMORY. */
pinna_status pinna_is_librispeech(const char *folder, bool *is);

#endif
