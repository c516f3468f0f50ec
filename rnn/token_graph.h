/* rnn/token_graph.h -- what a recogniser may write: the words of a list in any
 * order, or phrases of them, as a trie of the model's tokens
 *
 * After each word of a model whose tokens include " " comes that token, but for
 * the last word of the stream; a word of other models ends with its last token.
 * Constant once it is finished: threads share it. */
#ifndef PINNA_RNN_TOKEN_GRAPH_H
#define PINNA_RNN_TOKEN_GRAPH_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "rnn/word_table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The stream ends: no token. */
#define PINNA_GRAPH_END (-1)

typedef struct pinna_graph_arc {
    int token;     /* or PINNA_GRAPH_END */
    uint32_t to;   /* state */
    uint32_t word; /* that ends with the token, or PINNA_NO_WORD */
} pinna_graph_arc;

typedef struct pinna_graph_edge pinna_graph_edge; /* while it is built */

/* State 0 lies between the phrases. A state that an arc without a word leads to
 * has a higher number than the one it comes from. */
typedef struct pinna_token_graph {
    pinna_word_table words;
    uint32_t n_states, n_arcs;
    pinna_graph_arc *arcs; /* [n_arcs] by state */
    uint32_t *first;       /* [n_states + 1] */

    const pinna_model *model;
    int space;               /* that token, or -1 */
    pinna_word_table tokens; /* of the model, by number, until finish() */
    pinna_graph_edge *edges;
    size_t max_edges;
    uint32_t *slots; /* [n_slots] hash table of edges */
    size_t n_slots;
} pinna_token_graph;

/* An empty one. The model must outlive it. */
pinna_status pinna_token_graph_new(const pinna_model *model,
                                   pinna_token_graph **out);
void pinna_token_graph_free(pinna_token_graph *graph);

/* Add a phrase: words, separated by white space, that are spelled as the model
 * writes them: the token of that name, its characters, or its pieces as
 * datasets/labels.h has them. PINNA_NOT_FOUND when
 * it cannot. The phrase is written to. */
pinna_status pinna_token_graph_add_phrase(pinna_token_graph *graph,
                                          char *phrase);

/* Add a word with its spelling: tokens separated by white space; as above when
 * there are none. */
pinna_status pinna_token_graph_add_word(pinna_token_graph *graph,
                                        const char *word, char *spelling);

/* Ready for use; nothing can be added then. */
pinna_status pinna_token_graph_finish(pinna_token_graph *graph);

/* A file of words, one a line, each alone or with its spelling; or of phrases,
 * one a line or those of a JSGF grammar (rnn/jsgf.h). Blank lines and those
 * that begin with '#' do not count. Errors name file and line. Not yet
 * finished. */
pinna_status pinna_token_graph_read_words(const char *path,
                                          pinna_token_graph *graph,
                                          pinna_error *error);
pinna_status pinna_token_graph_read_phrases(const char *path,
                                            pinna_token_graph *graph,
                                            pinna_error *error);

#endif
