/* tools/wer.h -- word error rate by the alignment of fewest errors
 *
 * Levenshtein distance over words, each error counting one; of several best
 * alignments the one that pairs most words. */
#ifndef PINNA_TOOLS_WER_H
#define PINNA_TOOLS_WER_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

/* The words of a text, in lower case; copies. */
typedef struct pinna_words {
    char *text;   /* holds the words */
    char **items; /* [n_items] */
    size_t n_items;
} pinna_words;

/* Split at white space. NULL counts as an empty text. */
pinna_status pinna_words_split(const char *text, pinna_words *words);

/* Split into characters of UTF-8, without white space. */
pinna_status pinna_words_split_characters(const char *text, pinna_words *words);
void pinna_words_free(pinna_words *words);

typedef enum pinna_edit {
    PINNA_EDIT_CORRECT,
    PINNA_EDIT_SUBSTITUTE,
    PINNA_EDIT_INSERT, /* only in the hypothesis */
    PINNA_EDIT_DELETE, /* only in the reference */
} pinna_edit;

/* What an edit costs. Fewest errors: 1 and 1. NIST's sclite: 4 and 3. */
typedef struct pinna_edit_costs {
    size_t substitute, other; /* insert or delete */
} pinna_edit_costs;

extern const pinna_edit_costs pinna_fewest_errors, pinna_nist_costs;

/* edits [reference + hypothesis words] from the first to the last; *n_edits of
 * them are set. Fails with PINNA_NO_MEMORY. */
pinna_status pinna_align_words(const pinna_words *reference,
                               const pinna_words *hypothesis,
                               const pinna_edit_costs *costs, pinna_edit *edits,
                               size_t *n_edits);

/* Counts over any number of utterances; zero-initialise. */
typedef struct pinna_wer {
    size_t n_utterances;
    size_t n_exact; /* utterances without an error */
    size_t n_words; /* of the references */
    size_t n_correct, n_substituted, n_inserted, n_deleted;
} pinna_wer;

/* Adds the edits [n] of one utterance. */
void pinna_wer_count(pinna_wer *wer, const pinna_edit *edits, size_t n);

/* Adds the counts of others. */
void pinna_wer_sum(pinna_wer *wer, const pinna_wer *others);

/* Adds one utterance; *exact (may be NULL) tells whether it had no error. */
pinna_status pinna_wer_add(pinna_wer *wer, const char *reference,
                           const char *hypothesis, bool *exact);

/* The same of characters but white space. */
pinna_status pinna_wer_add_characters(pinna_wer *cer, const char *reference,
                                      const char *hypothesis);

size_t pinna_wer_errors(const pinna_wer *wer);

/* Errors over reference words, 0.04 for 4 %. Without any word 0 or, with
 * inserted ones, infinite. */
double pinna_wer_rate(const pinna_wer *wer);

#endif
