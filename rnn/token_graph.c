#include "rnn/token_graph.h"

#include "rnn/jsgf.h"
#include "rnn/whole_file.h"

#include <stdlib.h>
#include <string.h>

#define MAX_STATES   (UINT32_MAX / 4)
#define MAX_BYTES    ((size_t)1 << 32)
#define MAX_SPELLING 256 /* tokens of a word */
#define MAX_TOKEN    63  /* bytes, as rnn/model_check.c has it */

/* An arc and where it comes from. */
struct pinna_graph_edge {
    uint32_t from;
    pinna_graph_arc arc;
};

static const char spaces[] = " \t\r\n\v\f";

/* The token with this text [n], with the mark of a word before it if it begins
 * one; -1 for the blank and for none. */
static int find_token(const pinna_token_graph *graph, bool begins,
                      const char *text, size_t n)
{
    const size_t n_mark = begins ? sizeof PINNA_WORD_MARK - 1 : 0;
    char name[MAX_TOKEN + 1];

    if (n + n_mark > MAX_TOKEN)
        return -1;
    memcpy(name, PINNA_WORD_MARK, n_mark);
    memcpy(name + n_mark, text, n);
    name[n_mark + n] = '\0';
    const uint32_t found = pinna_word_table_find(&graph->tokens, name);
    return found == PINNA_NO_WORD || found == 0 ? -1 : (int)found;
}

pinna_status pinna_token_graph_new(const pinna_model *model,
                                   pinna_token_graph **out)
{
    *out = NULL;
    pinna_token_graph *graph = calloc(1, sizeof *graph);
    if (!graph)
        return PINNA_NO_MEMORY;
    graph->model = model;
    graph->n_states = 1;
    pinna_status status = PINNA_OK;
    for (uint32_t i = 0; !status && i < model->n_tokens; i++)
        status = pinna_word_table_add(&graph->tokens, model->tokens[i],
                                      &(uint32_t){0});
    if (status) {
        pinna_token_graph_free(graph);
        return status;
    }
    graph->space = find_token(graph, false, " ", 1);
    *out = graph;
    return PINNA_OK;
}

void pinna_token_graph_free(pinna_token_graph *graph)
{
    if (!graph)
        return;
    pinna_word_table_free(&graph->words);
    pinna_word_table_free(&graph->tokens);
    free(graph->arcs);
    free(graph->first);
    free(graph->edges);
    free(graph->slots);
    free(graph);
}

/* ---- edges ---- */

/* Where the edge is in the table, or belongs. Edges are told apart by where
 * they come from, their token, their word and whether they close a phrase (lead
 * to state 0): a phrase may go on where another ends. */
static uint32_t *slot_of(const pinna_token_graph *graph, uint32_t from,
                         int token, uint32_t word, bool closes)
{
    uint64_t hash = from;
    /* Odd factors of 64 bits: any will do. */
    hash = (hash * 0x9E3779B97F4A7C15u) ^ (uint32_t)token;
    hash = (hash * 0x9E3779B97F4A7C15u) ^ word;
    hash = (hash * 0x9E3779B97F4A7C15u) >> 20;
    for (size_t at = (size_t)hash;; at++) {
        uint32_t *slot = &graph->slots[at & (graph->n_slots - 1)];
        if (*slot == PINNA_NO_WORD)
            return slot;
        const pinna_graph_edge *edge = &graph->edges[*slot];
        if (edge->from == from && edge->arc.token == token &&
            edge->arc.word == word && (edge->arc.to == 0) == closes)
            return slot;
    }
}

static pinna_status grow(pinna_token_graph *graph)
{
    const size_t grown = graph->max_edges ? 2 * graph->max_edges : 256;
    pinna_graph_edge *edges = realloc(graph->edges, grown * sizeof *edges);
    if (!edges)
        return PINNA_NO_MEMORY;
    graph->edges = edges;
    graph->max_edges = grown;

    uint32_t *slots = malloc(2 * grown * sizeof *slots);
    if (!slots)
        return PINNA_NO_MEMORY;
    memset(slots, 0xff, 2 * grown * sizeof *slots); /* NO_WORD */
    free(graph->slots);
    graph->slots = slots;
    graph->n_slots = 2 * grown;
    for (uint32_t i = 0; i < graph->n_arcs; i++)
        *slot_of(graph, edges[i].from, edges[i].arc.token, edges[i].arc.word,
                 edges[i].arc.to == 0) = i;
    return PINNA_OK;
}

/* Follow the edge, which is made if it is not there: to *to, or to a new state
 * if that is NO_WORD. */
static pinna_status follow(pinna_token_graph *graph, uint32_t from, int token,
                           uint32_t word, uint32_t *to)
{
    if (graph->n_arcs == graph->max_edges) {
        const pinna_status status = grow(graph);
        if (status)
            return status;
    }
    uint32_t *slot = slot_of(graph, from, token, word, *to == 0);
    if (*slot == PINNA_NO_WORD) {
        if (graph->n_states == MAX_STATES)
            return PINNA_UNSUPPORTED;
        if (*to == PINNA_NO_WORD)
            *to = graph->n_states++;
        *slot = graph->n_arcs;
        graph->edges[graph->n_arcs++] =
            (pinna_graph_edge){from, {.token = token, .to = *to, .word = word}};
    }
    *to = graph->edges[*slot].arc.to;
    return PINNA_OK;
}

/* ---- spelling ---- */

/* Bytes of the UTF-8 character at text. */
static size_t character_length(const char *text)
{
    size_t n = 1;
    while (((unsigned char)text[n] & 0xC0) == 0x80)
        n++;
    return n;
}

/* The token that spells most of what begins here: a piece, of which the first
 * has the mark; else a character. Its bytes of the text are *size. -1 for
 * none. */
static int next_token(const pinna_token_graph *graph, const char *text,
                      bool begins, size_t *size)
{
    int token = -1;

    if (!graph->model->subword_tokens) {
        *size = character_length(text);
        return find_token(graph, false, text, *size);
    }
    const size_t least = begins ? 0 : 1;
    *size = strlen(text) < MAX_TOKEN ? strlen(text) : MAX_TOKEN;
    while ((token = find_token(graph, begins, text, *size)) < 0 &&
           *size > least)
        --*size;
    return token;
}

/* The word as the model writes it. */
static pinna_status spell(const pinna_token_graph *graph, const char *word,
                          int *tokens, size_t *n)
{
    const size_t length = strlen(word);

    *n = 0;
    if (graph->model->word_tokens) {
        tokens[0] = find_token(graph, false, word, length);
        *n = 1;
        return tokens[0] < 0 ? PINNA_NOT_FOUND : PINNA_OK;
    }
    for (size_t at = 0, size; at < length; at += size) {
        if (*n == MAX_SPELLING)
            return PINNA_UNSUPPORTED;
        tokens[*n] = next_token(graph, word + at, *n == 0, &size);
        if (tokens[(*n)++] < 0)
            return PINNA_NOT_FOUND;
    }
    return PINNA_OK;
}

/* One word from one state; *to as for follow(). */
static pinna_status add_spelled(pinna_token_graph *graph, uint32_t from,
                                const char *text, const int *tokens, size_t n,
                                uint32_t *to)
{
    const size_t n_inner = graph->space >= 0 ? n : n - 1;
    uint32_t word, at = from;

    pinna_status status = pinna_word_table_add(&graph->words, text, &word);
    for (size_t i = 0; !status && i < n_inner; i++) {
        uint32_t next = PINNA_NO_WORD;
        status = follow(graph, at, tokens[i], PINNA_NO_WORD, &next);
        at = next;
    }
    if (status)
        return status;
    if (graph->space < 0)
        return follow(graph, at, tokens[n - 1], word, to);
    const bool is_last = *to == 0;
    status = follow(graph, at, graph->space, word, to);
    if (!status && is_last)
        status = follow(graph, at, PINNA_GRAPH_END, word, &(uint32_t){0});
    return status;
}

pinna_status pinna_token_graph_add_phrase(pinna_token_graph *graph,
                                          char *phrase)
{
    int tokens[MAX_SPELLING];
    uint32_t at = 0;
    char *rest = NULL;
    size_t n;

    for (char *word = strtok_r(phrase, spaces, &rest); word;) {
        char *next = strtok_r(NULL, spaces, &rest);
        uint32_t to = next ? PINNA_NO_WORD : 0;
        pinna_status status = spell(graph, word, tokens, &n);
        if (!status)
            status = add_spelled(graph, at, word, tokens, n, &to);
        if (status)
            return status;
        at = to;
        word = next;
    }
    return PINNA_OK;
}

pinna_status pinna_token_graph_add_word(pinna_token_graph *graph,
                                        const char *word, char *spelling)
{
    int tokens[MAX_SPELLING];
    size_t n = 0;
    char *rest = NULL;
    pinna_status status = PINNA_OK;

    for (char *token = strtok_r(spelling, spaces, &rest); token;
         token = strtok_r(NULL, spaces, &rest)) {
        if (n == MAX_SPELLING)
            return PINNA_UNSUPPORTED;
        tokens[n] = find_token(graph, false, token, strlen(token));
        if (tokens[n++] < 0)
            return PINNA_NOT_FOUND;
    }
    if (n == 0)
        status = spell(graph, word, tokens, &n);
    if (status)
        return status;
    return add_spelled(graph, 0, word, tokens, n, &(uint32_t){0});
}

/* Tokens in angle brackets are no words: they may come between, and so may more
 * than one space. */
static pinna_status add_fillers(pinna_token_graph *graph)
{
    pinna_status status = PINNA_OK;

    for (size_t i = 1; !status && i < graph->model->n_tokens; i++)
        if (graph->model->tokens[i][0] == '<' || (int)i == graph->space)
            status = follow(graph, 0, (int)i, PINNA_NO_WORD, &(uint32_t){0});
    if (!status)
        status =
            follow(graph, 0, PINNA_GRAPH_END, PINNA_NO_WORD, &(uint32_t){0});
    return status;
}

pinna_status pinna_token_graph_finish(pinna_token_graph *graph)
{
    pinna_status status = add_fillers(graph);

    if (status)
        return status;
    graph->first = calloc((size_t)graph->n_states + 2, sizeof *graph->first);
    graph->arcs = malloc(graph->n_arcs * sizeof *graph->arcs);
    if (!graph->first || !graph->arcs)
        return PINNA_NO_MEMORY;
    /* Counted two places on, so that placing them moves each to its own. */
    for (uint32_t i = 0; i < graph->n_arcs; i++)
        graph->first[graph->edges[i].from + 2]++;
    for (uint32_t s = 2; s < graph->n_states + 2; s++)
        graph->first[s] += graph->first[s - 1];
    for (uint32_t i = 0; i < graph->n_arcs; i++)
        graph->arcs[graph->first[graph->edges[i].from + 1]++] =
            graph->edges[i].arc;
    free(graph->edges);
    free(graph->slots);
    graph->edges = NULL;
    graph->slots = NULL;
    pinna_word_table_free(&graph->tokens);
    return PINNA_OK;
}

/* ---- files ---- */

/* What add() below needs to know of the file. */
typedef struct list_reader {
    pinna_token_graph *graph;
    const char *path;
    bool phrases;
    pinna_error *error;
} list_reader;

/* A line, or a phrase that it stands for, which is written to. */
static pinna_status add(void *user, char *line, size_t number)
{
    list_reader *reader = user;
    pinna_token_graph *graph = reader->graph;
    char shown[64];
    const size_t n = strcspn(line, "\r\n");

    memcpy(shown, line, n < 63 ? n : 63);
    shown[n < 63 ? n : 63] = '\0';
    pinna_status status;
    if (reader->phrases) {
        status = pinna_token_graph_add_phrase(graph, line);
    } else {
        char *end = line + strcspn(line, spaces);
        if (*end)
            *end++ = '\0';
        status = pinna_token_graph_add_word(graph, line, end);
    }
    if (status == PINNA_NOT_FOUND)
        pinna_fail(reader->error, status,
                   "%s:%zu: the model has no tokens for \"%s\"", reader->path,
                   number, shown);
    else if (status)
        pinna_fail(reader->error, status, "%s:%zu: %s", reader->path, number,
                   pinna_strerror(status));
    return status;
}

/* Lines of text up to stop. */
static pinna_status add_lines(list_reader *reader, char *text, const char *stop)
{
    pinna_status status = PINNA_OK;
    size_t number = 0;

    for (char *line = text, *next; !status && line < stop; line = next) {
        const size_t n = strcspn(line, "\n");
        next = line + n + (line + n < stop);
        line[n] = '\0';
        number++;
        line += strspn(line, spaces);
        if (*line != '\0' && *line != '#')
            status = add(reader, line, number);
    }
    return status;
}

static pinna_status read_list(list_reader *reader)
{
    char *text;
    size_t n_bytes;

    pinna_status status = pinna_whole_file_text(reader->path, MAX_BYTES, &text,
                                                &n_bytes, reader->error);
    if (status)
        return status;
    const char *stop = text + strlen(text);
    char *begin = text;
    if (strncmp(text, "\xEF\xBB\xBF", 3) == 0)
        begin += 3; /* the byte order mark of some editors */
    if (stop < text + n_bytes)
        status = pinna_fail(reader->error, PINNA_BAD_FORMAT,
                            "%s: no text: has zero bytes", reader->path);
    else if (reader->phrases && pinna_is_jsgf(begin))
        status =
            pinna_jsgf_read(begin, reader->path, add, reader, reader->error);
    else
        status = add_lines(reader, begin, stop);
    if (!status && reader->graph->words.n_words == 0)
        status = pinna_fail(reader->error, PINNA_BAD_FORMAT, "%s: no words",
                            reader->path);
    free(text);
    return status;
}

pinna_status pinna_token_graph_read_words(const char *path,
                                          pinna_token_graph *graph,
                                          pinna_error *error)
{
    return read_list(&(list_reader){graph, path, false, error});
}

pinna_status pinna_token_graph_read_phrases(const char *path,
                                            pinna_token_graph *graph,
                                            pinna_error *error)
{
    return read_list(&(list_reader){graph, path, true, error});
}
