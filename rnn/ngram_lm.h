/* rnn/ngram_lm.h -- n-gram language model of words with back-off, from ARPA
 * text
 *
 *     pinna_ngram_lm *lm;
 *     pinna_ngram_lm_read("words.arpa", &lm, &error);
 *     pinna_lm_state state = pinna_ngram_lm_begin(lm);
 *     double log_p = 0;
 *     while (next_word(text))
 *         log_p += pinna_ngram_lm_score(
 *             lm, state, pinna_ngram_lm_word(lm, text), &state);
 *
 *   P(w | h) = p(h w) when h w is listed, else backoff(h) P(w | h without its
 *   first word)
 *
 * Katz 1987. A word is whatever the file lists: characters do as well. Constant
 * after loading: threads share it. */
#ifndef PINNA_RNN_NGRAM_LM_H
#define PINNA_RNN_NGRAM_LM_H

#include "dsp/status.h"
#include "rnn/word_table.h"

#include <stddef.h>
#include <stdint.h>

#define PINNA_LM_MAX_ORDER 6

/* Number of a word that the model does not know, without one for "<unk>". */
#define PINNA_LM_NO_WORD PINNA_NO_WORD

/* Such a word has the probability 1e-100, as KenLM gives it. */
#define PINNA_LM_NO_WORD_LOG10 (-100)

typedef struct pinna_ngram_lm pinna_ngram_lm;

/* What the model remembers of the words so far: the longest end of them that
 * may matter for what follows. 0 is nothing at all. */
typedef uint32_t pinna_lm_state;

/* Errors name the file and the line: "a.arpa:14: 2 words expected". Every
 * n-gram's first words and its single words must be listed too, as they are in
 * any file that a toolkit wrote. */
pinna_status pinna_ngram_lm_read(const char *path, pinna_ngram_lm **out,
                                 pinna_error *error);
pinna_status pinna_ngram_lm_parse(const char *text, size_t n_bytes,
                                  const char *name, pinna_ngram_lm **out,
                                  pinna_error *error);
void pinna_ngram_lm_free(pinna_ngram_lm *lm);

size_t pinna_ngram_lm_order(const pinna_ngram_lm *lm);
size_t pinna_ngram_lm_n_words(const pinna_ngram_lm *lm);

/* From 0 to n_words - 1 in the order of the file; for others that of "<unk>",
 * or PINNA_LM_NO_WORD. */
uint32_t pinna_ngram_lm_word(const pinna_ngram_lm *lm, const char *text);

/* The word of that number. */
const char *pinna_ngram_lm_text(const pinna_ngram_lm *lm, uint32_t word);

/* After "<s>", if the model has it. */
pinna_lm_state pinna_ngram_lm_begin(const pinna_ngram_lm *lm);

/* Natural logarithm of the probability of the word, and the state after it,
 * which may be the variable that state came from. */
PINNA_REALTIME double pinna_ngram_lm_score(const pinna_ngram_lm *lm,
                                           pinna_lm_state state, uint32_t word,
                                           pinna_lm_state *next);

/* The same of "</s>"; 0 if the model does not have it. */
PINNA_REALTIME double pinna_ngram_lm_score_end(const pinna_ngram_lm *lm,
                                               pinna_lm_state state);

#endif
