/* rnn/ctc_beam.h -- CTC prefix beam search, frame by frame
 *
 *     pinna_ctc_beam *beam;
 *     const pinna_ctc_beam_config config = pinna_ctc_beam_config_default();
 *     pinna_ctc_beam_new(&config, n_tokens, 0, &beam);
 *     pinna_ctc_token token;
 *     while (next_frame(logits)) {
 *         pinna_ctc_beam_process(beam, logits);
 *         while (pinna_ctc_beam_pull(beam, &token, NULL))
 *             write(token);
 *     }
 *     pinna_ctc_beam_finish(beam);
 *     while (pinna_ctc_beam_pull(beam, &token, NULL))
 *         write(token);
 *
 * Graves et al. 2006, section 3.2, and Hannun et al. 2014, algorithm 1: the
 * probability of a text is the sum over all its paths; after each frame the
 * `width` best prefixes are kept. What all of them begin with is committed: it
 * comes out of pull() and is never taken back. What follows it is the tail,
 * which may still change. Memory is constant however long the stream. */
#ifndef PINNA_RNN_CTC_BEAM_H
#define PINNA_RNN_CTC_BEAM_H

#include "dsp/status.h"
#include "rnn/beam_guide.h"
#include "rnn/ctc_greedy.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_BEAM_MAX_WIDTH 10000

typedef struct pinna_ctc_beam_config {
    size_t width;      /* prefixes kept after each frame, 1 .. MAX_WIDTH */
    double score_beam; /* those this far below the best are dropped, natural
                          logarithm; > 0, may be infinite */
    size_t max_tail;   /* tokens that are not yet committed, >= 1: when it would
                          be longer, the best prefix decides */
    size_t max_delay;  /* frames until then for one token, >= 1 */
    const pinna_beam_guide *guide; /* adds to the scores; must outlive the beam;
                                      NULL: the sound alone decides */
} pinna_ctc_beam_config;

/* width 16, score_beam 20, max_tail 128, max_delay 1000, no guide. */
pinna_ctc_beam_config pinna_ctc_beam_config_default(void);

/* One stream; calls on the same object must not overlap. */
typedef struct pinna_ctc_beam pinna_ctc_beam;

/* Allocates all that process() will need. Fails with PINNA_BAD_ARG or
 * PINNA_NO_MEMORY, and then *out is NULL. */
pinna_status pinna_ctc_beam_new(const pinna_ctc_beam_config *config,
                                size_t n_tokens, int blank,
                                pinna_ctc_beam **out);
void pinna_ctc_beam_free(pinna_ctc_beam *beam);
PINNA_REALTIME void pinna_ctc_beam_reset(pinna_ctc_beam *beam);

/* Take one frame of logits [n_tokens] (before softmax; -INFINITY is fine). */
PINNA_REALTIME void pinna_ctc_beam_process(pinna_ctc_beam *beam,
                                           const float *logits);

/* End of the stream: the best prefix is all committed once it is pulled. Until
 * then tail() still knows the others. */
PINNA_REALTIME void pinna_ctc_beam_finish(pinna_ctc_beam *beam);

/* The next committed token, or false. To be called until false after each
 * frame; committed tokens that would make the tail too long are lost. Frames
 * are those in which the likeliest paths of the prefix have the token, its
 * confidence the mean probability in them.
 *   word  (may be NULL) of the guide's graph that ends with the token, or
 *         PINNA_NO_WORD. A word that nothing but the end of the stream ends has
 *         a token of its own: the blank, in 0 frames. */
PINNA_REALTIME bool pinna_ctc_beam_pull(pinna_ctc_beam *beam,
                                        pinna_ctc_token *token, uint32_t *word);

/* Do the tokens that were pulled end with a phrase of the guide's graph, or a
 * word of it? True without a graph. */
PINNA_REALTIME bool pinna_ctc_beam_is_between(const pinna_ctc_beam *beam);

/* Prefixes at hand, the best first. */
size_t pinna_ctc_beam_n_best(const pinna_ctc_beam *beam);

/* What follows the tokens that were pulled, in prefix number `rank`: at most
 * max_tokens of tokens and words (may be NULL, as for pull); returns how many
 * there are, <= max_tail + 1. *score (may be NULL) is the natural logarithm of
 * the probability of the whole prefix, given all frames so far, and what the
 * guide adds. */
PINNA_REALTIME size_t pinna_ctc_beam_tail(const pinna_ctc_beam *beam,
                                          size_t rank, pinna_ctc_token *tokens,
                                          uint32_t *words, size_t max_tokens,
                                          double *score);

#endif
