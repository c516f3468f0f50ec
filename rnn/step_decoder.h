/* rnn/step_decoder.h -- steps of the network to tokens, which go to a
 * word_maker: the best token of each step, or a beam search; a part of
 * rnn/recogniser.h */
#ifndef PINNA_RNN_STEP_DECODER_H
#define PINNA_RNN_STEP_DECODER_H

#include "dsp/status.h"
#include "rnn/ctc_beam.h"
#include "rnn/ctc_greedy.h"
#include "rnn/recogniser.h"
#include "rnn/word_maker.h"

#include <stddef.h>
#include <stdint.h>

/* Zero-initialise, but for `words`. */
typedef struct pinna_step_decoder {
    pinna_word_maker *words;
    pinna_ctc_greedy greedy;
    double run_begin; /* where the sound began when the token of greedy that is
                         under way began */

    /* Instead of greedy, where there is one. */
    pinna_ctc_beam *beam;
    pinna_moment *moments; /* [n_moments] of the latest steps, step t at
                              t % n_moments */
    size_t n_moments, n_decoded;
    pinna_ctc_token *tail; /* [n_tail_tokens] */
    uint32_t *tail_words;  /* [n_tail_tokens] */
    size_t n_tail_tokens;
    pinna_alternative *alternatives; /* [max_alternatives] */
    size_t n_alternatives, max_alternatives;
} pinna_step_decoder;

/* As pinna_recogniser_use_beam(). */
pinna_status pinna_step_decoder_use_beam(pinna_step_decoder *decoder,
                                         const pinna_ctc_beam_config *config,
                                         size_t n_best);
void pinna_step_decoder_free(pinna_step_decoder *decoder);
PINNA_REALTIME void pinna_step_decoder_reset(pinna_step_decoder *decoder);

/* The next step: its logits [n_tokens], and where things are. */
PINNA_REALTIME void pinna_step_decoder_process(pinna_step_decoder *decoder,
                                               const float *logits,
                                               const pinna_moment *now);

/* No step follows. */
PINNA_REALTIME void pinna_step_decoder_finish(pinna_step_decoder *decoder,
                                              const pinna_moment *now);

/* As pinna_recogniser_tail(). */
PINNA_REALTIME void pinna_step_decoder_tail(const pinna_step_decoder *decoder,
                                            char *text, size_t size);

#endif
