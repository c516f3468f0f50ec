#include "datasets/subwords.h"

#include "datasets/utf8.h"
#include "datasets/vocabulary.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The token of the mark; characters follow. */
#define MARK 1

/* A different word of the texts, and the pieces that it consists of now. */
typedef struct word {
    const char *text;
    size_t count;
    int *pieces; /* [n] */
    size_t n;
} word;

/* Two neighbours within words. */
typedef struct pair {
    int left, right; /* left 0: free */
    size_t count;
} pair;

typedef struct learner {
    pinna_labels *labels;
    char *text; /* all words in lower case, each with its zero */
    word *words;
    size_t n_words;
    int *pieces; /* backs those of the words */
    pair *pairs; /* [room] hash table with open addressing, half full at most */
    size_t n_pairs, room;
} learner;

/* ---- words ---- */

/* Not <ctype.h>: its answers depend on the locale. */
static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_taken(const char *text)
{
    return !strchr(text, '<') && !strstr(text, PINNA_SUBWORD_MARK);
}

/* Copy the words of a text in lower case, each with a zero behind it, to *to,
 * and count them. */
static size_t copy_words(const char *text, char **to)
{
    size_t n = 0;

    for (;;) {
        char *const begin = *to;
        while (is_space(*text))
            text++;
        if (!*text)
            return n;
        for (; *text && !is_space(*text); text++)
            *(*to)++ = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a')
                                                    : *text;
        *(*to)++ = '\0';
        if (is_taken(begin))
            n++;
        else
            *to = begin;
    }
}

static int by_text(const void *left, const void *right)
{
    return strcmp(((const word *)left)->text, ((const word *)right)->text);
}

/* The different words and how often they are there. */
static pinna_status collect_words(learner *l, const char *const *texts,
                                  size_t n_texts)
{
    size_t size = 1, n = 0;

    for (size_t i = 0; i < n_texts; i++)
        size += texts[i] ? strlen(texts[i]) + 1 : 0;
    l->text = malloc(size);
    if (!l->text)
        return PINNA_NO_MEMORY;
    char *end = l->text;
    for (size_t i = 0; i < n_texts; i++)
        n += texts[i] ? copy_words(texts[i], &end) : 0;

    l->words = calloc(n + 1, sizeof *l->words);
    if (!l->words)
        return PINNA_NO_MEMORY;
    const char *at = l->text;
    for (size_t i = 0; i < n; i++, at += strlen(at) + 1)
        l->words[i] = (word){.text = at, .count = 1};
    qsort(l->words, n, sizeof *l->words, by_text);
    for (size_t i = 0; i < n; i++)
        if (l->n_words > 0 &&
            by_text(&l->words[l->n_words - 1], &l->words[i]) == 0)
            l->words[l->n_words - 1].count++;
        else
            l->words[l->n_words++] = l->words[i];
    return PINNA_OK;
}

/* ---- tokens ---- */

/* The token of this text; 0 for none. */
static int find_token(const pinna_labels *labels, const char *text,
                      size_t length)
{
    for (size_t t = 1; t < labels->n_tokens; t++)
        if (strncmp(labels->tokens[t], text, length) == 0 &&
            labels->tokens[t][length] == '\0')
            return (int)t;
    return 0;
}

/* A new one for this text; 0 without memory. */
static int add_token(pinna_labels *labels, const char *text, size_t length)
{
    char *token = strndup(text, length);
    if (!token)
        return 0;
    labels->tokens[labels->n_tokens] = token;
    return (int)labels->n_tokens++;
}

/* Bytes of the character; one that is no UTF-8 counts alone. */
static size_t character_length(const char *text)
{
    const size_t length = pinna_utf8_length(text);
    return length > 0 ? length : 1;
}

static int by_bytes(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Blank, mark and the characters of all words; max_tokens of them have room. */
static pinna_status take_characters(learner *l, size_t max_tokens,
                                    pinna_error *error)
{
    pinna_labels *labels = l->labels;

    labels->tokens = calloc(max_tokens + 1, sizeof *labels->tokens);
    if (!labels->tokens)
        return PINNA_NO_MEMORY;
    if (!(labels->tokens[0] = strdup("<blank>")))
        return PINNA_NO_MEMORY;
    labels->n_tokens = 1;
    if (!add_token(labels, PINNA_SUBWORD_MARK, strlen(PINNA_SUBWORD_MARK)))
        return PINNA_NO_MEMORY;
    for (size_t w = 0; w < l->n_words; w++)
        for (const char *at = l->words[w].text; *at;
             at += character_length(at)) {
            if (find_token(labels, at, character_length(at)))
                continue;
            if (labels->n_tokens >= max_tokens)
                return pinna_fail(error, PINNA_BAD_ARG,
                                  "%zu pieces are too few: the texts have at "
                                  "least %zu different characters",
                                  max_tokens - 1, max_tokens - 1);
            if (!add_token(labels, at, character_length(at)))
                return PINNA_NO_MEMORY;
        }
    qsort(labels->tokens + MARK + 1, labels->n_tokens - MARK - 1,
          sizeof *labels->tokens, by_bytes);
    return PINNA_OK;
}

/* Each word as the mark and its characters. */
static pinna_status cut_words(learner *l)
{
    size_t n = 0;

    for (size_t w = 0; w < l->n_words; w++)
        n += strlen(l->words[w].text) + 1;
    l->pieces = malloc((n + 1) * sizeof *l->pieces);
    if (!l->pieces)
        return PINNA_NO_MEMORY;
    int *to = l->pieces;
    for (size_t w = 0; w < l->n_words; w++) {
        l->words[w].pieces = to;
        *to++ = MARK;
        for (const char *at = l->words[w].text; *at; at += character_length(at))
            *to++ = find_token(l->labels, at, character_length(at));
        l->words[w].n = (size_t)(to - l->words[w].pieces);
    }
    return PINNA_OK;
}

/* ---- pairs ---- */

/* Where the pair is in the table, or belongs. */
static pair *find_pair(const learner *l, int left, int right)
{
    /* An odd factor of 64 bits: any will do. */
    uint64_t hash =
        (((uint64_t)left << 32) ^ (uint64_t)right) * 0x9E3779B97F4A7C15u;
    for (size_t at = (size_t)(hash >> 20);; at++) {
        pair *found = &l->pairs[at & (l->room - 1)];
        if (found->left == 0 || (found->left == left && found->right == right))
            return found;
    }
}

static pinna_status grow(learner *l)
{
    learner more = {.room = l->room > 0 ? 2 * l->room : 1024};

    more.pairs = calloc(more.room, sizeof *more.pairs);
    if (!more.pairs)
        return PINNA_NO_MEMORY;
    for (size_t i = 0; i < l->room; i++)
        if (l->pairs[i].left != 0)
            *find_pair(&more, l->pairs[i].left, l->pairs[i].right) =
                l->pairs[i];
    free(l->pairs);
    l->pairs = more.pairs;
    l->room = more.room;
    return PINNA_OK;
}

/* Add the pairs of a word to the counts. */
static pinna_status count_pairs(learner *l, const word *w)
{
    for (size_t i = 0; i + 1 < w->n; i++) {
        if (2 * l->n_pairs >= l->room) {
            const pinna_status status = grow(l);
            if (status)
                return status;
        }
        pair *found = find_pair(l, w->pieces[i], w->pieces[i + 1]);
        l->n_pairs += found->left == 0;
        found->left = w->pieces[i];
        found->right = w->pieces[i + 1];
        found->count += w->count;
    }
    return PINNA_OK;
}

/* Take them away again; they stay in the table. */
static void discount_pairs(learner *l, const word *w)
{
    for (size_t i = 0; i + 1 < w->n; i++)
        find_pair(l, w->pieces[i], w->pieces[i + 1])->count -= w->count;
}

static bool is_better(const pair *a, const pair *b)
{
    if (a->count != b->count)
        return a->count > b->count;
    return a->left != b->left ? a->left < b->left : a->right < b->right;
}

/* The most frequent pair that makes no token too long; count 0 if none is. */
static pair best_pair(const learner *l)
{
    pair best = {0};

    for (size_t i = 0; i < l->room; i++) {
        const pair *p = &l->pairs[i];
        if (p->left != 0 && is_better(p, &best) &&
            strlen(l->labels->tokens[p->left]) +
                    strlen(l->labels->tokens[p->right]) <=
                PINNA_TOKEN_MAX)
            best = *p;
    }
    return best;
}

static bool has_pair(const word *w, const pair *p)
{
    for (size_t i = 0; i + 1 < w->n; i++)
        if (w->pieces[i] == p->left && w->pieces[i + 1] == p->right)
            return true;
    return false;
}

/* From left to right. */
static void join_pair(word *w, const pair *p, int joined)
{
    size_t n = 0;

    for (size_t i = 0; i < w->n; i++)
        if (i + 1 < w->n && w->pieces[i] == p->left &&
            w->pieces[i + 1] == p->right) {
            w->pieces[n++] = joined;
            i++;
        } else {
            w->pieces[n++] = w->pieces[i];
        }
    w->n = n;
}

static pinna_status join_everywhere(learner *l, const pair *p)
{
    char text[PINNA_TOKEN_MAX + 1];
    pinna_status status = PINNA_OK;

    const size_t n_left = strlen(l->labels->tokens[p->left]);
    const size_t n_right = strlen(l->labels->tokens[p->right]);
    memcpy(text, l->labels->tokens[p->left], n_left);
    memcpy(text + n_left, l->labels->tokens[p->right], n_right);
    /* Another pair may have made the same text before. */
    int joined = find_token(l->labels, text, n_left + n_right);
    if (joined == 0)
        joined = add_token(l->labels, text, n_left + n_right);
    if (joined == 0)
        return PINNA_NO_MEMORY;
    for (size_t i = 0; !status && i < l->n_words; i++) {
        word *w = &l->words[i];
        if (!has_pair(w, p))
            continue;
        discount_pairs(l, w);
        join_pair(w, p, joined);
        status = count_pairs(l, w);
    }
    return status;
}

/* ---- the whole ---- */

static pinna_status learn(learner *l, const char *const *texts, size_t n_texts,
                          size_t n_pieces, pinna_error *error)
{
    pinna_status status = collect_words(l, texts, n_texts);

    if (!status && l->n_words == 0)
        return pinna_fail(error, PINNA_BAD_ARG, "no text has a word");
    if (!status)
        status = take_characters(l, n_pieces + 1, error);
    if (!status)
        status = cut_words(l);
    for (size_t w = 0; !status && w < l->n_words; w++)
        status = count_pairs(l, &l->words[w]);
    while (!status && l->labels->n_tokens < n_pieces + 1) {
        const pair best = best_pair(l);
        if (best.count < 2)
            break;
        status = join_everywhere(l, &best);
    }
    return status;
}

pinna_status pinna_subwords_learn(const char *const *texts, size_t n_texts,
                                  size_t n_pieces, pinna_labels *labels,
                                  pinna_error *error)
{
    learner l = {.labels = labels};

    *labels = (pinna_labels){.unit = PINNA_UNIT_SUBWORD};
    const pinna_status status = learn(&l, texts, n_texts, n_pieces, error);
    free(l.text);
    free(l.words);
    free(l.pieces);
    free(l.pairs);
    if (status)
        pinna_labels_free(labels);
    return status == PINNA_NO_MEMORY
               ? pinna_fail(error, status, "%s", pinna_strerror(status))
               : status;
}
