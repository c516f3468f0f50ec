#include "datasets/labels.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLANK   "<blank>"
#define UNKNOWN "<unk>"

/* Not <ctype.h>: its answers depend on the locale. */
static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

/* The next word at *text: returns its start, *length 0 at the end. */
static const char *next_word(const char **text, size_t *length)
{
    const char *begin = *text;
    while (is_space(*begin))
        begin++;
    const char *end = begin;
    while (*end && !is_space(*end))
        end++;
    *length = (size_t)(end - begin);
    *text = end;
    return begin;
}

static size_t count_words(const char *text)
{
    size_t n = 0, length;
    while (next_word(&text, &length), length > 0)
        n++;
    return n;
}

/* The token that spells these bytes, or 0, which is never spelled. */
static size_t find(const pinna_labels *labels, const char *word, size_t length)
{
    for (size_t t = 1; t < labels->n_tokens; t++) {
        const char *token = labels->tokens[t];
        size_t i = 0;
        while (i < length && token[i] && token[i] == lower(word[i]))
            i++;
        if (i == length && !token[i])
            return t;
    }
    return 0;
}

static pinna_status add(pinna_labels *labels, const char *word, size_t length)
{
    if (find(labels, word, length))
        return PINNA_BAD_ARG;

    char *token = malloc(length + 1);
    if (!token)
        return PINNA_NO_MEMORY;
    for (size_t i = 0; i < length; i++)
        token[i] = lower(word[i]);
    token[length] = '\0';
    labels->tokens[labels->n_tokens++] = token;

    if (labels->n_tokens > 1 && strcmp(token, BLANK) == 0)
        return PINNA_BAD_ARG;
    return PINNA_OK;
}

static pinna_status add_all(pinna_labels *labels, const char *words)
{
    pinna_status status = add(labels, BLANK, strlen(BLANK));
    size_t length;

    for (const char *word; !status;) {
        word = next_word(&words, &length);
        if (length == 0)
            break;
        if (labels->unit == PINNA_UNIT_CHAR && length != 1)
            return PINNA_BAD_ARG;
        status = add(labels, word, length);
    }
    if (!status && labels->unit == PINNA_UNIT_CHAR)
        status = add(labels, " ", 1);
    return status;
}

pinna_status pinna_labels_new(pinna_unit unit, const char *words,
                              pinna_labels *labels)
{
    *labels = (pinna_labels){.unit = unit};
    if (!words && unit == PINNA_UNIT_CHAR)
        words = "a b c d e f g h i j k l m n o p q r s t u v w x y z '";
    if (!words || count_words(words) == 0)
        return PINNA_BAD_ARG;

    /* Blank, and the space of characters. */
    labels->tokens = calloc(count_words(words) + 2, sizeof *labels->tokens);
    if (!labels->tokens)
        return PINNA_NO_MEMORY;

    const pinna_status status = add_all(labels, words);
    if (status)
        pinna_labels_free(labels);
    return status;
}

void pinna_labels_free(pinna_labels *labels)
{
    if (!labels)
        return;
    for (size_t t = 0; t < labels->n_tokens; t++)
        free(labels->tokens[t]);
    free(labels->tokens);
    *labels = (pinna_labels){0};
}

/* Bytes of the UTF-8 character at text, to name it whole. */
static size_t character_length(const char *text)
{
    size_t n = 1;
    while (n < 4 && ((unsigned char)text[n] & 0xC0) == 0x80)
        n++;
    return n;
}

static pinna_status encode_one(const pinna_labels *labels, const char *piece,
                               size_t length, int *id, pinna_error *error)
{
    const bool word = labels->unit == PINNA_UNIT_WORD;
    size_t token = find(labels, piece, length);

    if (token == 0 && word)
        token = find(labels, UNKNOWN, strlen(UNKNOWN));
    if (token == 0) {
        const size_t shown = word ? length : character_length(piece);
        return pinna_fail(error, PINNA_NOT_FOUND, "%s not in the set: %.*s",
                          word ? "word" : "character",
                          (int)(shown < 100 ? shown : 100), piece);
    }
    *id = (int)token;
    return PINNA_OK;
}

pinna_status pinna_labels_encode(const pinna_labels *labels, const char *text,
                                 int *ids, size_t max_ids, size_t *n_ids,
                                 pinna_error *error)
{
    size_t n = 0, length;
    *n_ids = 0;

    for (;;) {
        const char *word = next_word(&text, &length);
        if (length == 0)
            break;

        const bool chars = labels->unit == PINNA_UNIT_CHAR;
        const bool space = chars && n > 0;
        const size_t n_new = (chars ? length : 1) + space;
        if (n_new > max_ids - n)
            return pinna_fail(error, PINNA_BAD_ARG,
                              "text has more than %zu tokens", max_ids);

        pinna_status status = PINNA_OK;
        if (space)
            status = encode_one(labels, " ", 1, &ids[n++], error);
        if (!chars)
            status = encode_one(labels, word, length, &ids[n++], error);
        for (size_t i = 0; chars && i < length && !status; i++)
            status = encode_one(labels, word + i, 1, &ids[n++], error);
        if (status)
            return status;
    }
    *n_ids = n;
    return PINNA_OK;
}
