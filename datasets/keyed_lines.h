/* datasets/keyed_lines.h -- a file of lines "KEY VALUE", as Kaldi's tables of
 * text and LibriSpeech's transcripts */
#ifndef PINNA_DATASETS_KEYED_LINES_H
#define PINNA_DATASETS_KEYED_LINES_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_keyed_line {
    const char *key, *value; /* without white space around; value may be "" */
    size_t line;             /* from 1 */
} pinna_keyed_line;

typedef struct pinna_keyed_lines {
    char *path;
    pinna_keyed_line *lines; /* [n] in the order of the file */
    size_t n;
    const pinna_keyed_line **by_key; /* [n] */
    char *text;                      /* backs keys and values */
} pinna_keyed_lines;

/* Blank lines are passed over. Errors name file and line: what is no UTF-8, and
 * a key that is there twice. */
pinna_status pinna_keyed_lines_read(const char *path, pinna_keyed_lines *lines,
                                    pinna_error *error);
/* All zero is fine. */
void pinna_keyed_lines_free(pinna_keyed_lines *lines);

/* The line of the key, or NULL. */
const pinna_keyed_line *pinna_keyed_lines_find(const pinna_keyed_lines *lines,
                                               const char *key);

#endif
