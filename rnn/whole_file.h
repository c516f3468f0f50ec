/* rnn/whole_file.h -- reads a file at once, and replaces one so that a crash at
 * any moment leaves either the old or the new bytes */
#ifndef PINNA_RNN_WHOLE_FILE_H
#define PINNA_RNN_WHOLE_FILE_H

#include "dsp/status.h"

#include <stddef.h>

/* The bytes of a regular file of at most max_bytes; the caller frees *bytes.
 * PINNA_NOT_FOUND, PINNA_IO, PINNA_UNSUPPORTED when it is larger,
 * PINNA_NO_MEMORY; then *bytes is NULL. */
pinna_status pinna_whole_file_read(const char *path, size_t max_bytes,
                                   unsigned char **bytes, size_t *n_bytes,
                                   pinna_error *error);

/* Likewise as a text: a zero is behind the n_bytes, which may hold zeros. */
pinna_status pinna_whole_file_text(const char *path, size_t max_bytes,
                                   char **text, size_t *n_bytes,
                                   pinna_error *error);

typedef struct pinna_file_part {
    const void *bytes;
    size_t n_bytes;
} pinna_file_part;

/* Write the parts, one behind the other, under a temporary name in the same
 * folder, sync, rename to path, sync the folder. Of a link the file that it
 * leads to is replaced; what is no regular file is refused. On failure the
 * temporary file is gone and path is what it was. */
pinna_status pinna_whole_file_replace(const char *path,
                                      const pinna_file_part *parts,
                                      size_t n_parts, pinna_error *error);

/* Take away what processes that were killed in replace() have left beside path.
 * None may be writing it now. */
void pinna_whole_file_clean(const char *path);

#endif
