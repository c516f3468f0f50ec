#include "rnn/word_table.h"

#include <stdlib.h>
#include <string.h>

void pinna_word_table_free(pinna_word_table *table)
{
    free(table->texts);
    free(table->text_at);
    free(table->slots);
    *table = (pinna_word_table){0};
}

/* FNV-1a: Fowler, Noll and Vo; the constants are theirs. */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = 14695981039346656037u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

const char *pinna_word_table_text(const pinna_word_table *table, uint32_t word)
{
    return table->texts + table->text_at[word];
}

/* Where the word is among the slots, or belongs. */
static uint32_t *slot_of(const pinna_word_table *table, const char *text)
{
    for (size_t at = (size_t)hash_of(text);; at++) {
        uint32_t *slot = &table->slots[at & (table->n_slots - 1)];
        if (*slot == PINNA_NO_WORD ||
            strcmp(pinna_word_table_text(table, *slot), text) == 0)
            return slot;
    }
}

uint32_t pinna_word_table_find(const pinna_word_table *table, const char *text)
{
    return table->n_slots == 0 ? PINNA_NO_WORD : *slot_of(table, text);
}

/* Twice the slots, when half of them are taken. */
static pinna_status grow_slots(pinna_word_table *table)
{
    const size_t n_slots = table->n_slots ? 2 * table->n_slots : 64;
    uint32_t *slots = malloc(n_slots * sizeof *slots);

    if (!slots)
        return PINNA_NO_MEMORY;
    memset(slots, 0xff, n_slots * sizeof *slots); /* NO_WORD */
    free(table->slots);
    table->slots = slots;
    table->n_slots = n_slots;
    for (uint32_t i = 0; i < table->n_words; i++)
        *slot_of(table, pinna_word_table_text(table, i)) = i;
    return PINNA_OK;
}

static pinna_status make_room(pinna_word_table *table, size_t n_bytes)
{
    if (table->n_words == table->max_words) {
        const size_t grown = table->max_words ? 2 * table->max_words : 64;
        size_t *text_at = realloc(table->text_at, grown * sizeof *text_at);
        if (!text_at)
            return PINNA_NO_MEMORY;
        table->text_at = text_at;
        table->max_words = grown;
    }
    if (table->max_bytes - table->n_bytes < n_bytes) {
        const size_t grown = 2 * table->max_bytes + n_bytes + 256;
        char *texts = realloc(table->texts, grown);
        if (!texts)
            return PINNA_NO_MEMORY;
        table->texts = texts;
        table->max_bytes = grown;
    }
    return 2 * ((size_t)table->n_words + 1) > table->n_slots ? grow_slots(table)
                                                             : PINNA_OK;
}

pinna_status pinna_word_table_add(pinna_word_table *table, const char *text,
                                  uint32_t *word)
{
    const size_t size = strlen(text) + 1;

    *word = pinna_word_table_find(table, text);
    if (*word != PINNA_NO_WORD)
        return PINNA_OK;
    if (table->n_words > UINT32_MAX / 2)
        return PINNA_UNSUPPORTED;
    const pinna_status status = make_room(table, size);
    if (status)
        return status;
    *word = *slot_of(table, text) = table->n_words;
    table->text_at[table->n_words++] = table->n_bytes;
    memcpy(table->texts + table->n_bytes, text, size);
    table->n_bytes += size;
    return PINNA_OK;
}
