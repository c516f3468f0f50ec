/* datasets/labels.h -- text to token numbers and back
 *
 * Token 0 is always "<blank>". With units of words each word is a token, and
 * "<unk>", if it is in the set, stands for every other word. With units of
 * characters each character (one byte a-z, apostrophe, space) is a token. With
 * units of pieces of words (datasets/subwords.h), those that begin a word begin
 * with the mark; a word is spelled from left to right by the longest token that
 * fits, as in WordPiece (Wu et al. 2016, arXiv:1609.08144), so that the tokens
 * alone tell how. */
#ifndef PINNA_DATASETS_LABELS_H
#define PINNA_DATASETS_LABELS_H

#include "dsp/status.h"

#include <stddef.h>

typedef enum pinna_unit {
    PINNA_UNIT_WORD,
    PINNA_UNIT_CHAR,
    PINNA_UNIT_SUBWORD,
} pinna_unit;

/* U+2581, as others have it. */
#define PINNA_SUBWORD_MARK "\xE2\x96\x81"

typedef struct pinna_labels {
    pinna_unit unit;
    char **tokens; /* [n_tokens], tokens[0] is "<blank>" */
    size_t n_tokens;
} pinna_labels;

/* words: the vocabulary separated by spaces, in order ("zero one two"), or NULL
 * for the unit's default: characters a-z, apostrophe and space. */
pinna_status pinna_labels_new(pinna_unit unit, const char *words,
                              pinna_labels *labels);
void pinna_labels_free(pinna_labels *labels);

/* text -> ids, at most max_ids. PINNA_NOT_FOUND, with the word or character in
 * error, for what the set lacks (a piece that is needed there, too). Runs of
 * white space count once; upper case is made lower. */
pinna_status pinna_labels_encode(const pinna_labels *labels, const char *text,
                                 int *ids, size_t max_ids, size_t *n_ids,
                                 pinna_error *error);

#endif
