/* rnn/beam_guide.h -- what a beam search should find likely beside the sound:
 * words of a list, a language model, words that are expected
 *
 *   score of a text = log p(text | sound) + lm_weight log p_lm(text)
 *                   + word_bonus * words + boosts of the words
 *
 * Hannun et al. 2014, equation 2. Constant after it is made: threads share it.
 */
#ifndef PINNA_RNN_BEAM_GUIDE_H
#define PINNA_RNN_BEAM_GUIDE_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "rnn/ngram_lm.h"
#include "rnn/token_graph.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Without a graph every token may follow every other, and each of them but
 * those in angle brackets counts as a word for lm, bonus and boosts; a space is
 * "<space>" there. */
typedef struct pinna_beam_guide {
    const pinna_model *model;
    const pinna_token_graph *graph; /* finished, or NULL */
    const pinna_ngram_lm *lm;       /* or NULL */
    double lm_weight, word_bonus;
    double reach; /* no word raises a score by more than this */
    uint32_t
        *lm_word;    /* [n] number in lm of each word, of the graph or token */
    double *boost;   /* [n] */
    double *outlook; /* [graph n_states] the best single word that may end
                        after a state within a word, 0 between words */
} pinna_beam_guide;

/* Where a hypothesis is. */
typedef struct pinna_guide_place {
    uint32_t state;
    pinna_lm_state lm;
} pinna_guide_place;

/* graph, lm and model are the caller's and must outlive it. lm_weight >= 0. */
pinna_status pinna_beam_guide_new(const pinna_model *model,
                                  const pinna_token_graph *graph,
                                  const pinna_ngram_lm *lm, double lm_weight,
                                  double word_bonus, pinna_beam_guide **out);
void pinna_beam_guide_free(pinna_beam_guide *guide);

/* Raise the score of texts by this much for each time they have the word.
 * PINNA_NOT_FOUND when they never have. Before the guide is used. */
pinna_status pinna_beam_guide_boost(pinna_beam_guide *guide, const char *word,
                                    double boost);

/* Are all words of a language model tokens of the model, so that it needs no
 * graph? */
bool pinna_lm_is_of_tokens(const pinna_ngram_lm *lm, const pinna_model *model);

PINNA_REALTIME pinna_guide_place
pinna_beam_guide_begin(const pinna_beam_guide *guide);

/* Go from *place along an arc of the graph, or without one by a token: what
 * that adds to the score. */
PINNA_REALTIME double pinna_beam_guide_follow(const pinna_beam_guide *guide,
                                              pinna_guide_place *place,
                                              const pinna_graph_arc *arc);
PINNA_REALTIME double pinna_beam_guide_take(const pinna_beam_guide *guide,
                                            pinna_guide_place *place,
                                            int token);

/* The stream ends here: what that adds, for the best of the words that may end
 * with it; -INFINITY in the middle of a word. */
PINNA_REALTIME double pinna_beam_guide_end(const pinna_beam_guide *guide,
                                           pinna_guide_place place,
                                           uint32_t *word);

#endif
