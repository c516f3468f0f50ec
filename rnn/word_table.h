/* rnn/word_table.h -- words and their numbers, from 0 in the order they came */
#ifndef PINNA_RNN_WORD_TABLE_H
#define PINNA_RNN_WORD_TABLE_H

#include "dsp/status.h"

#include <stddef.h>
#include <stdint.h>

#define PINNA_NO_WORD UINT32_MAX

/* Zero-initialise. */
typedef struct pinna_word_table {
    char *texts;     /* the words, each with its '\0' */
    size_t *text_at; /* [n_words] */
    uint32_t n_words;
    uint32_t *slots; /* [n_slots] hash table of numbers, NO_WORD where empty */
    size_t n_slots;  /* a power of 2, or 0 */
    size_t n_bytes, max_bytes, max_words;
} pinna_word_table;

void pinna_word_table_free(pinna_word_table *table);

/* The number of the word, a new one unless it is there. Fails with
 * PINNA_NO_MEMORY, and with PINNA_UNSUPPORTED for more than 2^31 words. */
pinna_status pinna_word_table_add(pinna_word_table *table, const char *text,
                                  uint32_t *word);

/* Or PINNA_NO_WORD. */
uint32_t pinna_word_table_find(const pinna_word_table *table, const char *text);

/* Valid until the next word is added. */
const char *pinna_word_table_text(const pinna_word_table *table, uint32_t word);

#endif
