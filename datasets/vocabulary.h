/* datasets/vocabulary.h -- the characters or words of texts as numbers
 *
 * A character is one UTF-8 sequence. Words are runs of letters, digits,
 * apostrophes and of all that is not ASCII, made lower case in ASCII; any other
 * visible character is a word of its own, and white space is none. Token 0 is
 * the caller's own ("<unk>", "<end>"), and stands for all that is not in the
 * set; the others are in the order of their bytes. */
#ifndef PINNA_DATASETS_VOCABULARY_H
#define PINNA_DATASETS_VOCABULARY_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a token; longer words are cut there, between characters. */
#define PINNA_TOKEN_MAX 60

typedef struct pinna_vocabulary {
    bool words;
    char **tokens; /* [n_tokens] */
    size_t n_tokens;
} pinna_vocabulary;

/* The at most max_tokens - 1 most frequent tokens of the texts [n_texts], all
 * of them UTF-8. max_tokens > 1. PINNA_BAD_ARG for a longer `first`. */
pinna_status pinna_vocabulary_new(bool words, const char *first,
                                  const char *const *texts, size_t n_texts,
                                  size_t max_tokens,
                                  pinna_vocabulary *vocabulary);
void pinna_vocabulary_free(pinna_vocabulary *vocabulary);

/* The number of tokens in a text; the first max_ids of them go to ids. */
size_t pinna_vocabulary_encode(const pinna_vocabulary *vocabulary,
                               const char *text, int *ids, size_t max_ids);

#endif
