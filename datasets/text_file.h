/* datasets/text_file.h -- a whole file of UTF-8 text */
#ifndef PINNA_DATASETS_TEXT_FILE_H
#define PINNA_DATASETS_TEXT_FILE_H

#include "dsp/status.h"

#include <stddef.h>

/* The text without a byte order mark, closed by a zero, and its bytes; the
 * caller frees it. An empty file is an empty text. A zero byte and what is no
 * UTF-8 are PINNA_BAD_FORMAT, named by line: "book.txt:14: not UTF-8". */
pinna_status pinna_text_file_read(const char *path, char **text,
                                  size_t *n_bytes, pinna_error *error);

#endif
