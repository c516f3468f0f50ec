#include "datasets/vocabulary.h"

#include "datasets/utf8.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- the tokens of a text ---- */

/* Not <ctype.h>: its answers depend on the locale. */
static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool in_word(char c)
{
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
           c == '\'' || (unsigned char)c >= 0x80;
}

/* The next token at *text, as it is spelled in the set; false at the end. */
static bool next_token(bool words, const char **text,
                       char token[PINNA_TOKEN_MAX + 1])
{
    const char *at = *text;
    size_t n = 0, room = PINNA_TOKEN_MAX;

    while (words && is_space(*at))
        at++;
    if (*at == '\0')
        return false;
    do {
        const size_t length = pinna_utf8_length(at);
        assert(length > 0);
        room = n + length <= room ? room : n;
        for (size_t i = 0; n < room && i < length; i++)
            token[n++] = words ? lower(at[i]) : at[i];
        at += length;
    } while (words && in_word(at[-1]) && in_word(*at));
    token[n] = '\0';
    *text = at;
    return true;
}

/* ---- counting ---- */

typedef struct entry {
    char *token; /* NULL: free */
    size_t count;
} entry;

/* A hash table with open addressing, at most half full. */
typedef struct counts {
    entry *entries; /* [room] */
    size_t n, room; /* room is a power of 2 */
} counts;

/* Fowler, Noll and Vo's FNV-1a. */
static uint64_t hash(const char *token)
{
    uint64_t h = 14695981039346656037u;
    for (; *token; token++)
        h = (h ^ (unsigned char)*token) * 1099511628211u;
    return h;
}

/* Where the token is, or belongs. */
static entry *find(const counts *c, const char *token)
{
    size_t i = hash(token) & (c->room - 1);
    while (c->entries[i].token && strcmp(c->entries[i].token, token) != 0)
        i = (i + 1) & (c->room - 1);
    return &c->entries[i];
}

static bool grow(counts *c)
{
    counts more = {.n = c->n, .room = c->room > 0 ? 2 * c->room : 1024};

    more.entries = calloc(more.room, sizeof *more.entries);
    if (!more.entries)
        return false;
    for (size_t i = 0; i < c->room; i++)
        if (c->entries[i].token)
            *find(&more, c->entries[i].token) = c->entries[i];
    free(c->entries);
    *c = more;
    return true;
}

static pinna_status count_text(counts *c, bool words, const char *text)
{
    char token[PINNA_TOKEN_MAX + 1];

    while (next_token(words, &text, token)) {
        if (2 * c->n >= c->room && !grow(c))
            return PINNA_NO_MEMORY;
        entry *e = find(c, token);
        if (!e->token) {
            e->token = strdup(token);
            if (!e->token)
                return PINNA_NO_MEMORY;
            c->n++;
        }
        e->count++;
    }
    return PINNA_OK;
}

static void counts_free(counts *c)
{
    for (size_t i = 0; i < c->room; i++)
        free(c->entries[i].token);
    free(c->entries);
}

/* ---- the set ---- */

static int by_count(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    if (!a->token || !b->token) /* the free ones last */
        return !a->token - !b->token;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->token, b->token);
}

static int by_bytes(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* first and the most frequent of the counted tokens, which move. */
static pinna_status take_tokens(const char *first, counts *c, size_t max_tokens,
                                pinna_vocabulary *vocabulary)
{
    const size_t n = c->n < max_tokens - 1 ? c->n : max_tokens - 1;

    vocabulary->tokens = calloc(n + 1, sizeof *vocabulary->tokens);
    if (!vocabulary->tokens || !(vocabulary->tokens[0] = strdup(first)))
        return PINNA_NO_MEMORY;
    vocabulary->n_tokens = n + 1;
    if (c->room > 0)
        qsort(c->entries, c->room, sizeof *c->entries, by_count);
    for (size_t i = 0; i < n; i++) {
        vocabulary->tokens[i + 1] = c->entries[i].token;
        c->entries[i].token = NULL;
    }
    qsort(vocabulary->tokens + 1, n, sizeof *vocabulary->tokens, by_bytes);
    return PINNA_OK;
}

pinna_status pinna_vocabulary_new(bool words, const char *first,
                                  const char *const *texts, size_t n_texts,
                                  size_t max_tokens,
                                  pinna_vocabulary *vocabulary)
{
    counts c = {0};
    pinna_status status = PINNA_OK;

    *vocabulary = (pinna_vocabulary){.words = words};
    if (strlen(first) > PINNA_TOKEN_MAX || max_tokens < 2)
        return PINNA_BAD_ARG;
    for (size_t i = 0; !status && i < n_texts; i++)
        status = count_text(&c, words, texts[i]);
    if (!status)
        status = take_tokens(first, &c, max_tokens, vocabulary);
    counts_free(&c);
    if (status)
        pinna_vocabulary_free(vocabulary);
    return status;
}

void pinna_vocabulary_free(pinna_vocabulary *vocabulary)
{
    if (!vocabulary)
        return;
    for (size_t i = 0; i < vocabulary->n_tokens; i++)
        free(vocabulary->tokens[i]);
    free(vocabulary->tokens);
    *vocabulary = (pinna_vocabulary){0};
}

static int id_of(const pinna_vocabulary *vocabulary, const char *token)
{
    size_t low = 1, high = vocabulary->n_tokens;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(vocabulary->tokens[middle], token);
        if (order == 0)
            return (int)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

size_t pinna_vocabulary_encode(const pinna_vocabulary *vocabulary,
                               const char *text, int *ids, size_t max_ids)
{
    char token[PINNA_TOKEN_MAX + 1];
    size_t n = 0;

    for (; next_token(vocabulary->words, &text, token); n++)
        if (n < max_ids)
            ids[n] = id_of(vocabulary, token);
    return n;
}
