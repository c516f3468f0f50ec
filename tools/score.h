/* tools/score.h -- errors of texts against what was said, as NIST's sclite
 * counts them: over words and characters, of all utterances and by speaker */
#ifndef PINNA_TOOLS_SCORE_H
#define PINNA_TOOLS_SCORE_H

#include "dsp/status.h"
#include "rnn/word_table.h"
#include "tools/text_list.h"
#include "tools/wer.h"

#include <stddef.h>
#include <stdint.h>

typedef struct pinna_scored {
    const char *name, *said, *heard; /* heard "" when it is missing */
    uint32_t speaker;
    pinna_wer words, characters;
} pinna_scored;

typedef struct pinna_score {
    pinna_scored *items; /* [n_items] in the order of the reference */
    size_t n_items;
    pinna_word_table speakers;
    pinna_wer words, characters; /* of all */
    pinna_wer *by_speaker;       /* [speakers.n_words] words */
} pinna_score;

/* Strings belong to the lists. The speaker is what comes before the first '-'
 * or '_' of a name. score is to be freed, always. PINNA_NO_MEMORY only. */
pinna_status pinna_score_new(const pinna_text_list *reference,
                             const pinna_text_list *hypothesis,
                             pinna_score *score);
void pinna_score_free(pinna_score *score);

/* The 95 % confidence interval of the word error rate: the rates of n_draws
 * drawings of as many utterances, with replacement (Bisani and Ney, 2004). */
pinna_status pinna_score_interval(const pinna_score *score, size_t n_draws,
                                  uint64_t seed, double *low, double *high);

#endif
