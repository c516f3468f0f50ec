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

static pinna_status refuse(const char *what, const char *text, size_t length,
                           pinna_error *error)
{
    return pinna_fail(error, PINNA_NOT_FOUND, "%s not in the set: %.*s", what,
                      (int)(length < 100 ? length : 100), text);
}

/* Tokens of a text under way. */
typedef struct spelling {
    int *ids; /* [n] */
    size_t n, max;
    pinna_error *error;
} spelling;

static pinna_status append(spelling *to, size_t token)
{
    if (to->n == to->max)
        return pinna_fail(to->error, PINNA_BAD_ARG,
                          "text has more than %zu tokens", to->max);
    to->ids[to->n++] = (int)token;
    return PINNA_OK;
}

static pinna_status spell_word(const pinna_labels *labels, const char *word,
                               size_t length, spelling *to)
{
    size_t token = find(labels, word, length);

    if (token == 0)
        token = find(labels, UNKNOWN, strlen(UNKNOWN));
    if (token == 0)
        return refuse("word", word, length, to->error);
    return append(to, token);
}

static pinna_status spell_characters(const pinna_labels *labels,
                                     const char *word, size_t length,
                                     spelling *to)
{
    pinna_status status = PINNA_OK;

    if (to->n > 0)
        status = append(to, find(labels, " ", 1));
    for (size_t i = 0; !status && i < length; i++) {
        const size_t token = find(labels, word + i, 1);
        status = token > 0 ? append(to, token)
                           : refuse("character", word + i,
                                    character_length(word + i), to->error);
    }
    return status;
}

/* Bytes of the text [length] that a piece spells, behind its mark if it must
 * have one; -1 when it does not fit. */
static int fit(const char *piece, bool begins, const char *text, size_t length)
{
    const size_t n_mark = strlen(PINNA_SUBWORD_MARK);
    const bool has_mark = strncmp(piece, PINNA_SUBWORD_MARK, n_mark) == 0;
    int n = 0;

    if (has_mark != begins)
        return -1;
    for (piece += begins ? n_mark : 0; *piece; piece++, n++)
        if ((size_t)n == length || *piece != lower(text[n]))
            return -1;
    return n;
}

static pinna_status spell_pieces(const pinna_labels *labels, const char *word,
                                 size_t length, spelling *to)
{
    pinna_status status = PINNA_OK;
    size_t at = 0;

    /* The first piece has the mark, and may be nothing else. */
    for (bool begins = true; !status && (begins || at < length);
         begins = false) {
        size_t token = 0;
        int longest = -1;
        for (size_t t = 1; t < labels->n_tokens; t++) {
            const int n =
                fit(labels->tokens[t], begins, word + at, length - at);
            if (n > longest) {
                longest = n;
                token = t;
            }
        }
        if (longest < 0)
            return refuse("character", word + at, character_length(word + at),
                          to->error);
        status = append(to, token);
        at += (size_t)longest;
    }
    return status;
}

pinna_status pinna_labels_encode(const pinna_labels *labels, const char *text,
                                 int *ids, size_t max_ids, size_t *n_ids,
                                 pinna_error *error)
{
    static pinna_status (*const spell[])(const pinna_labels *, const char *,
                                         size_t, spelling *) = {
        [PINNA_UNIT_WORD] = spell_word,
        [PINNA_UNIT_CHAR] = spell_characters,
        [PINNA_UNIT_SUBWORD] = spell_pieces,
    };
    spelling to = {.ids = ids, .max = max_ids, .error = error};
    pinna_status status = PINNA_OK;
    size_t length;

    *n_ids = 0;
    for (const char *word;
         !status && (word = next_word(&text, &length), length > 0);)
        status = spell[labels->unit](labels, word, length, &to);
    if (!status)
        *n_ids = to.n;
    return status;
}
