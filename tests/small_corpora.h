/* tests/small_corpora.h -- corpora made in memory: tones that come and go for
 * speech, noise for noise */
#ifndef PINNA_TESTS_SMALL_CORPORA_H
#define PINNA_TESTS_SMALL_CORPORA_H

#include "datasets/corpus.h"

/* n clips of the given number of samples; the text of clip i is text[i % 2],
 * its speaker "a" or "b" in turn. To be freed by pinna_corpus_free(). */
pinna_corpus new_speech(size_t n, size_t n_samples, unsigned sample_rate,
                        const char *const text[2]);

/* The same, of white noise without text. With decay_s > 0 it fades by that
 * time constant behind a first sample of full scale, as the sound of a room. */
pinna_corpus new_noise(size_t n, size_t n_samples, unsigned sample_rate,
                       double decay_s);

/* Append the clips of the second, which is then empty. */
void join_corpora(pinna_corpus *corpus, pinna_corpus *more);

#endif
