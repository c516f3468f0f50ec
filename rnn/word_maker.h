/* rnn/word_maker.h -- tokens to words with times; a part of rnn/recogniser.h
 *
 * Tokens are whole words, or characters of them between spaces, or pieces of
 * which the first has a mark, or with a graph of words whatever it spells them
 * with; those in angle brackets sound like nothing. Seconds here count from the
 * silence before the stream on; those of a pinna_word do not. */
#ifndef PINNA_RNN_WORD_MAKER_H
#define PINNA_RNN_WORD_MAKER_H

#include "dsp/status.h"
#include "rnn/ctc_greedy.h"
#include "rnn/model.h"
#include "rnn/recogniser.h"
#include "rnn/sound_edges.h"
#include "rnn/token_graph.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where there is sound and speech, as far as it is heard. */
typedef struct pinna_moment {
    pinna_sound_edges sound;
    size_t n_utterances; /* begun so far */
} pinna_moment;

typedef struct pinna_word_maker {
    const pinna_model *model;
    const pinna_token_graph *graph; /* NULL: the tokens say what the words are
                                     */
    double step_s;                  /* of the network */
    double frame_s;                 /* of features: no word is shorter */
    double heard_s;  /* of the stream so far; the owner keeps it up to date */
    double word_end; /* of the latest one */

    pinna_word open; /* the word under way, where there is one */
    bool has_open;
    float confidence_sum;
    size_t n_parts; /* tokens in it */

    pinna_word *queue; /* [PINNA_RECOGNISER_QUEUE] */
    size_t first, n_queued;
    size_t n_given; /* to the queue so far */
} pinna_word_maker;

/* PINNA_NO_MEMORY; the maker can be freed also then. */
pinna_status pinna_word_maker_new(const pinna_model *model, double step_s,
                                  pinna_word_maker *maker);
void pinna_word_maker_free(pinna_word_maker *maker);
PINNA_REALTIME void pinna_word_maker_reset(pinna_word_maker *maker);

/* The next token: run_begin is where the sound began when it began, `then`
 * where things were when it had ended. */
PINNA_REALTIME void pinna_word_maker_take(pinna_word_maker *maker,
                                          const pinna_ctc_token *token,
                                          double run_begin,
                                          const pinna_moment *then);

/* The tokens since the last word of the graph were this one, whose phrase goes
 * on or not. */
PINNA_REALTIME void pinna_word_maker_end_word(pinna_word_maker *maker,
                                              uint32_t word, bool goes_on);

/* No token follows. */
PINNA_REALTIME void pinna_word_maker_finish(pinna_word_maker *maker);

/* The times of a word, from those that count from the silence before the
 * stream: within the stream, which has lasted heard_s, and a frame or more
 * apart if that is longer. The start comes first. */
PINNA_REALTIME void pinna_word_set_start(pinna_word *word, double time_s,
                                         double heard_s, double frame_s);
PINNA_REALTIME void pinna_word_set_end(pinna_word *word, double time_s,
                                       double heard_s, double frame_s);

/* Add a text to the one that is there [size], cut when too long. snprintf()
 * would do, but may allocate. */
PINNA_REALTIME void pinna_append_text(char *to, size_t size, const char *text);

/* The next finished word, or false. */
PINNA_REALTIME bool pinna_word_maker_poll(pinna_word_maker *maker,
                                          pinna_word *word);

#endif
