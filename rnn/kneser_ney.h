/* rnn/kneser_ney.h -- counts an n-gram language model from text: interpolated
 * modified Kneser-Ney smoothing
 *
 * Chen and Goodman 1999, section 3 and equations 4 to 8:
 *
 *   p(w | h) = (c(h w) - D(c(h w))) / sum_v c(h v) + g(h) p(w | h'),
 *   g(h) = sum_v D(c(h v)) / sum_v c(h v), h' is h without its first word
 *
 * c counts sentences' n-grams in the highest order, and those that begin with
 * "<s>"; below it, how many different words come before. D has three values
 * for each order, of counts 1, 2, and 3 or more. Single words are interpolated
 * with a uniform distribution over all words, "</s>" and "<unk>". */
#ifndef PINNA_RNN_KNESER_NEY_H
#define PINNA_RNN_KNESER_NEY_H

#include "dsp/status.h"
#include "rnn/ngram_lm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct pinna_kneser_ney pinna_kneser_ney;

/* order 1 .. PINNA_LM_MAX_ORDER. */
pinna_status pinna_kneser_ney_new(size_t order, pinna_kneser_ney **out);
void pinna_kneser_ney_free(pinna_kneser_ney *kn);

/* The next word of the sentence at hand, and its end. "<s>" and "</s>" are
 * PINNA_BAD_ARG. */
pinna_status pinna_kneser_ney_word(pinna_kneser_ney *kn, const char *text);
pinna_status pinna_kneser_ney_end(pinna_kneser_ney *kn);

/* After the last sentence, of which there must be one. An order of which the
 * text has too little for its own D (no n-gram of some count from 1 to 4)
 * takes 0.5, 1 and 1.5; *n_guessed tells how many did. */
pinna_status pinna_kneser_ney_estimate(pinna_kneser_ney *kn, size_t *n_guessed);

/* Of an estimated order, 1 .. order: how many n-grams, and D [3]. */
size_t pinna_kneser_ney_count(const pinna_kneser_ney *kn, size_t n,
                              double *discounts);

/* As ARPA text; the caller looks for errors of the file. */
void pinna_kneser_ney_write(const pinna_kneser_ney *kn, FILE *file);

#endif
