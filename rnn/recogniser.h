/* rnn/recogniser.h -- a stream of speech to words
 *
 *     pinna_model *model;
 *     pinna_model_default_recogniser(&model, &error);
 *     pinna_recogniser *recogniser;
 *     pinna_recogniser_new(model, 44100, &recogniser, &error);
 *     pinna_word word;
 *     while ((n = read(samples)) > 0) {
 *         pinna_recogniser_process(recogniser, samples, n);
 *         while (pinna_recogniser_poll(recogniser, &word))
 *             puts(word.text);
 *     }
 *     pinna_recogniser_finish(recogniser);
 *     while (pinna_recogniser_poll(recogniser, &word))
 *         puts(word.text);
 *
 * Any sample rate from 8 kHz on (resampled inside). Memory is constant however
 * long the stream; any split of the samples gives the same words. */
#ifndef PINNA_RNN_RECOGNISER_H
#define PINNA_RNN_RECOGNISER_H

#include "dsp/status.h"
#include "rnn/ctc_beam.h"
#include "rnn/model.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_RECOGNISER_MIN_RATE 8000   /* Hz */
#define PINNA_RECOGNISER_MAX_RATE 768000 /* Hz */
#define PINNA_WORD_MAX            64

/* Silence that is heard before the first sample and after the last one, so that
 * words at the very edges are heard out. Training does the same. */
#define PINNA_RECOGNISER_LEAD_S 0.25
#define PINNA_RECOGNISER_TAIL_S 0.35

/* One recognised word. Times are seconds from the start of the stream: from
 * where the sound last rose above the background, or from the word before, to
 * where it fell again or the network was sure. */
typedef struct pinna_word {
    char text[PINNA_WORD_MAX];
    double start, end;
    float confidence; /* 0..1 */
    size_t utterance; /* from 0; the next one begins when somebody speaks again
                         after a pause without speech, as dsp/vad.h and
                         dsp/endpoint.h find it */
    bool goes_on; /* its phrase, of a guide's graph, does with the next word;
                     if there is none, the stream ended before the phrase */
} pinna_word;

#define PINNA_UTTERANCE_PAUSE_MS 500

/* One stream. The model must outlive it and may serve many at once; calls on
 * the same recogniser must not overlap. */
typedef struct pinna_recogniser pinna_recogniser;

pinna_status pinna_recogniser_new(const pinna_model *model,
                                  unsigned sample_rate, pinna_recogniser **out,
                                  pinna_error *error);
void pinna_recogniser_free(pinna_recogniser *recogniser);
PINNA_REALTIME void pinna_recogniser_reset(pinna_recogniser *recogniser);

/* For the models that the former refuses: those of a bidirectional network,
 * which begins at the end of a recording. All is as above, but that words come
 * only after finish(), then all of them, and that memory is that of
 * max_samples: what follows those is not heard. */
pinna_status pinna_recogniser_new_offline(const pinna_model *model,
                                          unsigned sample_rate,
                                          size_t max_samples,
                                          pinna_recogniser **out,
                                          pinna_error *error);

/* Decode with a beam search from now on, instead of the best token of each step
 * of the network, and keep the n_best best texts of the end, at most
 * PINNA_MAX_N_BEST. Once at most, before the first sample or after reset(). The
 * guide of the config must outlive the recogniser. Fails with PINNA_BAD_ARG or
 * PINNA_NO_MEMORY, and then the recogniser can only be freed. */
#define PINNA_MAX_N_BEST 1000
pinna_status pinna_recogniser_use_beam(pinna_recogniser *recogniser,
                                       const pinna_ctc_beam_config *config,
                                       size_t n_best);

/* Let the next utterance begin after so much silence, 0 to 60,000 ms, instead
 * of PINNA_UTTERANCE_PAUSE_MS. PINNA_BAD_ARG for another length. Before the
 * first sample. */
pinna_status pinna_recogniser_set_pause(pinna_recogniser *recogniser,
                                        double pause_ms);

/* Take samples [n]; those that are no sound count as 0. Words wait inside until
 * they are polled: at most PINNA_RECOGNISER_QUEUE of them, then the oldest is
 * dropped, so poll after each call with less than a minute of sound. */
#define PINNA_RECOGNISER_QUEUE 256
PINNA_REALTIME void pinna_recogniser_process(pinna_recogniser *recogniser,
                                             const float *samples, size_t n);

/* No sample follows. process() may be called again after reset(). */
PINNA_REALTIME void pinna_recogniser_finish(pinna_recogniser *recogniser);

/* The next finished word, or false. A word given out is never taken back. */
PINNA_REALTIME bool pinna_recogniser_poll(pinna_recogniser *recogniser,
                                          pinna_word *word);

/* The text that a beam search takes for the best behind the words that it has
 * given out; it may still change. [size] with its '\0', cut when too long. */
PINNA_REALTIME void pinna_recogniser_tail(const pinna_recogniser *recogniser,
                                          char *text, size_t size);

/* One of the best texts of the end of the stream: the first n_words words that
 * were given out, and then `rest`. */
typedef struct pinna_alternative {
    char rest[1024]; /* cut when too long */
    size_t n_words;
    double score; /* as of pinna_ctc_beam_tail() */
} pinna_alternative;

/* How many there are, the best first; 0 before finish(), or without a beam
 * search. For a bidirectional model they come with the last word. */
size_t pinna_recogniser_alternatives(const pinna_recogniser *recogniser,
                                     const pinna_alternative **alternatives);

#endif
