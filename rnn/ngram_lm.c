#include "rnn/ngram_lm.h"

#include "rnn/whole_file.h"
#include "rnn/word_table.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE      PINNA_NO_WORD
#define MAX_BYTES ((size_t)1 << 34)
#define LN_10     2.302585092994046
#define MAX_COUNT (UINT32_MAX / 8) /* n-grams of one order */

/* A trie of the n-grams from the first word on. Node 0 is the empty one, then
 * come the single words, then the pairs, each order sorted by its words. So the
 * children of a node are neighbours, and those of the next node follow. */
struct pinna_ngram_lm {
    size_t order;
    uint32_t n_nodes;
    uint32_t n_contexts; /* nodes of less than `order` words */
    uint32_t level[PINNA_LM_MAX_ORDER + 2]; /* first node of k words */
    uint32_t *word;                         /* [n_nodes] the last word */
    float *log_p;                           /* [n_nodes] natural logarithms */
    uint32_t *shorter; /* [n_nodes] the longest context that it ends in */
    float *backoff;    /* [n_contexts] */
    uint32_t *first;   /* [n_contexts + 1] child */
    pinna_word_table table;
    uint32_t begin, end, unknown; /* words, or NO_WORD */
};

/* One line of the file. */
typedef struct ngram {
    uint32_t words[PINNA_LM_MAX_ORDER]; /* 0 beyond the last */
    float log_p, backoff;
    size_t line;
} ngram;

/* ---- words ---- */

uint32_t pinna_ngram_lm_word(const pinna_ngram_lm *lm, const char *text)
{
    const uint32_t word = pinna_word_table_find(&lm->table, text);
    return word == NONE ? lm->unknown : word;
}

const char *pinna_ngram_lm_text(const pinna_ngram_lm *lm, uint32_t word)
{
    return pinna_word_table_text(&lm->table, word);
}

size_t pinna_ngram_lm_order(const pinna_ngram_lm *lm)
{
    return lm->order;
}

size_t pinna_ngram_lm_n_words(const pinna_ngram_lm *lm)
{
    return lm->table.n_words;
}

/* ---- scores ---- */

static uint32_t child_of(const pinna_ngram_lm *lm, uint32_t node, uint32_t word)
{
    if (node == 0)
        return word < lm->table.n_words ? word + 1 : NONE;

    uint32_t low = lm->first[node], high = lm->first[node + 1];
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (lm->word[middle] < word)
            low = middle + 1;
        else
            high = middle;
    }
    return low < lm->first[node + 1] && lm->word[low] == word ? low : NONE;
}

pinna_lm_state pinna_ngram_lm_begin(const pinna_ngram_lm *lm)
{
    return lm->begin == PINNA_LM_NO_WORD || lm->order == 1 ? 0 : lm->begin + 1;
}

double pinna_ngram_lm_score(const pinna_ngram_lm *lm, pinna_lm_state state,
                            uint32_t word, pinna_lm_state *next)
{
    double log_p = 0;

    for (uint32_t node = state;; node = lm->shorter[node]) {
        const uint32_t child = child_of(lm, node, word);
        if (child != NONE) {
            *next = child < lm->n_contexts ? child : lm->shorter[child];
            return log_p + (double)lm->log_p[child];
        }
        log_p += (double)lm->backoff[node];
        if (node == 0) {
            *next = 0;
            return log_p + PINNA_LM_NO_WORD_LOG10 * LN_10;
        }
    }
}

double pinna_ngram_lm_score_end(const pinna_ngram_lm *lm, pinna_lm_state state)
{
    return lm->end == PINNA_LM_NO_WORD
               ? 0
               : pinna_ngram_lm_score(lm, state, lm->end, &state);
}

/* ---- the file ---- */

/* The text line by line; lines and fields end with '\0' once they are read. */
typedef struct reader {
    const char *name;
    char *at, *end; /* *end is '\0' */
    size_t line;    /* the last one read, from 1 */
    pinna_error *error;
} reader;

#define FAIL(reader, ...) fail_at((reader), (reader)->line, __VA_ARGS__)

static pinna_status PINNA_PRINTF(3, 4)
    fail_at(const reader *from, size_t line, const char *format, ...);

static pinna_status fail_at(const reader *from, size_t line, const char *format,
                            ...)
{
    char text[300];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return pinna_fail(from->error, PINNA_BAD_FORMAT, "%s:%zu: %s", from->name,
                      line, text);
}

static pinna_status out_of_memory(const reader *from)
{
    return pinna_fail(from->error, PINNA_NO_MEMORY, "%s: out of memory",
                      from->name);
}

/* The next line that is not blank, without white space around it; NULL at the
 * end. */
static char *next_line(reader *from)
{
    while (from->at < from->end) {
        char *start = from->at;
        char *stop = memchr(start, '\n', (size_t)(from->end - start));
        if (!stop)
            stop = from->end;
        from->at = stop < from->end ? stop + 1 : stop;
        from->line++;
        while (start < stop && strchr(" \t\r", *start))
            start++;
        while (stop > start && strchr(" \t\r", stop[-1]))
            stop--;
        *stop = '\0';
        if (stop > start)
            return start;
    }
    return NULL;
}

/* Cut the next field off *at; NULL when there is none. */
static char *next_field(char **at)
{
    char *start = *at + strspn(*at, " \t");
    if (*start == '\0')
        return NULL;
    char *stop = start + strcspn(start, " \t");
    *at = stop;
    if (*stop)
        *(*at)++ = '\0';
    return start;
}

static bool parse_float(const char *text, float *number)
{
    char *end;
    const double value = strtod(text, &end);
    *number = (float)(value * LN_10);
    return end != text && *end == '\0' && isfinite(*number);
}

/* "\data\" and the counts; *line is then "\1-grams:". */
static pinna_status read_counts(reader *from, pinna_ngram_lm *lm,
                                size_t *counts, char **line)
{
    char *text;

    do
        text = next_line(from);
    while (text && strcmp(text, "\\data\\") != 0);
    if (!text)
        return FAIL(from, "no \\data\\: not an ARPA language model");
    while ((text = next_line(from)) && strncmp(text, "ngram ", 6) == 0) {
        char *end;
        const unsigned long long order = strtoull(text + 6, &end, 10);
        if (order != lm->order + 1 || *end != '=')
            return FAIL(from, "\"ngram %zu=COUNT\" expected", lm->order + 1);
        if (order > PINNA_LM_MAX_ORDER)
            return FAIL(from, "order %llu, more than %d", order,
                        PINNA_LM_MAX_ORDER);
        const char *digits = end + 1 + strspn(end + 1, " \t");
        const unsigned long long count = strtoull(digits, &end, 10);
        if (*digits < '0' || *digits > '9' || *end != '\0')
            return FAIL(from, "\"ngram %llu=COUNT\" expected", order);
        /* The shortest line is "0 a" and its end. */
        if (count > MAX_COUNT || count > (size_t)(from->end - from->at) / 4)
            return FAIL(from, "%llu %llu-grams are more than the file holds",
                        count, order);
        counts[++lm->order] = (size_t)count;
    }
    if (lm->order == 0)
        return FAIL(from, "\"ngram 1=COUNT\" expected");
    *line = text;
    return PINNA_OK;
}

/* Note a word, which must be a new one. */
static pinna_status add_word(reader *from, pinna_ngram_lm *lm, const char *text)
{
    uint32_t word;

    if (pinna_word_table_find(&lm->table, text) != NONE)
        return FAIL(from, "\"%s\" is there twice", text);
    return pinna_word_table_add(&lm->table, text, &word) ? out_of_memory(from)
                                                         : PINNA_OK;
}

/* "-1.2 a b -0.3": a line of n words. */
static pinna_status read_ngram(reader *from, pinna_ngram_lm *lm, size_t n,
                               char *line, ngram *to)
{
    const char *field = next_field(&line);

    *to = (ngram){.line = from->line};
    if (!parse_float(field, &to->log_p) || to->log_p > 0)
        return FAIL(from, "\"%s\" is not the logarithm of a probability",
                    field);
    for (size_t i = 0; i < n; i++) {
        field = next_field(&line);
        if (!field)
            return FAIL(from, "%zu word%s expected", n, n > 1 ? "s" : "");
        if (n == 1) {
            const pinna_status status = add_word(from, lm, field);
            if (status)
                return status;
        }
        to->words[i] = pinna_word_table_find(&lm->table, field);
        if (to->words[i] == NONE)
            return FAIL(from, "\"%s\" is not among the 1-grams", field);
    }
    field = next_field(&line);
    if (field && (n == lm->order || !parse_float(field, &to->backoff)))
        return FAIL(from, "\"%s\" is no back-off weight", field);
    if (next_field(&line))
        return FAIL(from, "more than %zu word%s and a back-off weight", n,
                    n > 1 ? "s" : "");
    return PINNA_OK;
}

static int by_words(const void *a, const void *b)
{
    const ngram *x = a, *y = b;

    for (size_t i = 0; i < PINNA_LM_MAX_ORDER; i++)
        if (x->words[i] != y->words[i])
            return x->words[i] < y->words[i] ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

/* Node of words [n], or NONE. */
static uint32_t find(const pinna_ngram_lm *lm, const uint32_t *words, size_t n)
{
    uint32_t node = 0;
    for (size_t i = 0; node != NONE && i < n; i++)
        node = child_of(lm, node, words[i]);
    return node;
}

/* The n-grams of n words, sorted, become nodes. */
static pinna_status add_level(const reader *from, pinna_ngram_lm *lm,
                              const ngram *ngrams, size_t count, size_t n)
{
    uint32_t parent = lm->level[n - 1]; /* all before it have their children */

    for (size_t i = 0; i < count; i++) {
        const ngram *at = &ngrams[i];
        const uint32_t node = lm->level[n] + (uint32_t)i;
        const uint32_t above = find(lm, at->words, n - 1);
        if (above == NONE)
            return fail_at(from, at->line,
                           "its first %zu words are not among the %zu-grams",
                           n - 1, n - 1);
        if (i > 0 && memcmp(at->words, at[-1].words, sizeof at->words) == 0)
            return fail_at(from, at->line, "the same words as in line %zu",
                           at[-1].line);
        while (parent < above)
            lm->first[++parent] = node;
        lm->word[node] = at->words[n - 1];
        lm->log_p[node] = at->log_p;
        if (n < lm->order)
            lm->backoff[node] = at->backoff;
        uint32_t shorter = NONE;
        for (size_t k = 1; shorter == NONE; k++)
            shorter = find(lm, at->words + k, n - k);
        lm->shorter[node] = shorter;
    }
    while (parent < lm->level[n])
        lm->first[++parent] = lm->level[n] + (uint32_t)count;
    return PINNA_OK;
}

/* "\n-grams:" and the lines behind it; *line is then the one behind those. */
static pinna_status read_level(reader *from, pinna_ngram_lm *lm, size_t count,
                               size_t n, ngram *ngrams, char **line)
{
    char title[32];
    pinna_status status = PINNA_OK;

    snprintf(title, sizeof title, "\\%zu-grams:", n);
    if (!*line || strcmp(*line, title) != 0)
        return FAIL(from, "\"%s\" expected", title);
    for (size_t i = 0; !status && i < count; i++) {
        char *text = next_line(from);
        if (!text || *text == '\\')
            return FAIL(from, "%zu of %zu %zu-grams missing", count - i, count,
                        n);
        status = read_ngram(from, lm, n, text, &ngrams[i]);
    }
    if (status)
        return status;
    *line = next_line(from);
    if (*line && **line != '\\')
        return FAIL(from, "more than %zu %zu-grams", count, n);
    qsort(ngrams, count, sizeof *ngrams, by_words);
    return add_level(from, lm, ngrams, count, n);
}

static pinna_status allocate(pinna_ngram_lm *lm, const size_t *counts)
{
    size_t n_nodes = 1;

    lm->level[0] = 0;
    for (size_t n = 1; n <= lm->order; n++) {
        lm->level[n] = (uint32_t)n_nodes;
        n_nodes += counts[n];
    }
    lm->level[lm->order + 1] = lm->n_nodes = (uint32_t)n_nodes;
    lm->n_contexts = lm->level[lm->order];
    lm->word = calloc(n_nodes, sizeof *lm->word);
    lm->log_p = calloc(n_nodes, sizeof *lm->log_p);
    lm->shorter = calloc(n_nodes, sizeof *lm->shorter);
    lm->backoff = calloc(lm->n_contexts, sizeof *lm->backoff);
    lm->first = calloc((size_t)lm->n_contexts + 1, sizeof *lm->first);
    if (!lm->word || !lm->log_p || !lm->shorter || !lm->backoff || !lm->first)
        return PINNA_NO_MEMORY;
    lm->first[0] = 1;
    return PINNA_OK;
}

static pinna_status read_all(reader *from, pinna_ngram_lm *lm)
{
    size_t counts[PINNA_LM_MAX_ORDER + 1] = {0}, most = 1;
    char *line = NULL;

    pinna_status status = read_counts(from, lm, counts, &line);
    if (status)
        return status;
    for (size_t n = 1; n <= lm->order; n++)
        most = counts[n] > most ? counts[n] : most;
    status = allocate(lm, counts);
    ngram *ngrams = status ? NULL : malloc(most * sizeof *ngrams);
    if (!ngrams)
        return out_of_memory(from);
    for (size_t n = 1; !status && n <= lm->order; n++)
        status = read_level(from, lm, counts[n], n, ngrams, &line);
    free(ngrams);
    if (status)
        return status;
    if (!line || strcmp(line, "\\end\\") != 0)
        return FAIL(from, "\"\\end\\\" expected");
    lm->begin = pinna_word_table_find(&lm->table, "<s>");
    lm->end = pinna_word_table_find(&lm->table, "</s>");
    lm->unknown = pinna_word_table_find(&lm->table, "<unk>");
    return PINNA_OK;
}

/* text [n_bytes] is followed by a '\0' and is written to. */
static pinna_status parse(char *text, size_t n_bytes, const char *name,
                          pinna_ngram_lm **out, pinna_error *error)
{
    reader from = {
        .name = name, .at = text, .end = text + n_bytes, .error = error};
    pinna_ngram_lm *lm = calloc(1, sizeof *lm);

    if (!lm)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", name);
    if (memchr(text, '\0', n_bytes)) {
        pinna_ngram_lm_free(lm);
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: not an ARPA language model: has zero bytes",
                          name);
    }
    const pinna_status status = read_all(&from, lm);
    if (status) {
        pinna_ngram_lm_free(lm);
        return status;
    }
    *out = lm;
    return PINNA_OK;
}

pinna_status pinna_ngram_lm_parse(const char *text, size_t n_bytes,
                                  const char *name, pinna_ngram_lm **out,
                                  pinna_error *error)
{
    char *copy = malloc(n_bytes + 1);

    *out = NULL;
    if (!copy)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", name);
    memcpy(copy, text, n_bytes);
    copy[n_bytes] = '\0';
    const pinna_status status = parse(copy, n_bytes, name, out, error);
    free(copy);
    return status;
}

pinna_status pinna_ngram_lm_read(const char *path, pinna_ngram_lm **out,
                                 pinna_error *error)
{
    char *text;
    size_t n_bytes;

    *out = NULL;
    pinna_status status =
        pinna_whole_file_text(path, MAX_BYTES, &text, &n_bytes, error);
    if (status)
        return status;
    status = parse(text, n_bytes, path, out, error);
    free(text);
    return status;
}

void pinna_ngram_lm_free(pinna_ngram_lm *lm)
{
    if (!lm)
        return;
    free(lm->word);
    free(lm->log_p);
    free(lm->shorter);
    free(lm->backoff);
    free(lm->first);
    pinna_word_table_free(&lm->table);
    free(lm);
}
