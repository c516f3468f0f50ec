/* tools/transcript.h -- the words of one recording */
#ifndef PINNA_TOOLS_TRANSCRIPT_H
#define PINNA_TOOLS_TRANSCRIPT_H

#include "datasets/raw_format.h"
#include "dsp/status.h"
#include "rnn/model.h"
#include "rnn/recogniser.h"
#include "tools/decoding.h"
#include "tools/progress.h"

#include <stddef.h>

typedef struct pinna_hypothesis {
    char *text;
    double score; /* natural logarithm of its probability, and the guide's */
} pinna_hypothesis;

typedef struct pinna_transcript {
    pinna_word *words; /* [n_words] times from the start of the part */
    size_t n_words;
    double duration_s; /* of the part */
    double work_s;     /* wall time */
    size_t channel;    /* that was heard, from 1; 0: the mean of all */

    /* The best texts of a beam search, if asked for; the first is that of the
     * words. */
    pinna_hypothesis *alternatives; /* [n_alternatives] */
    size_t n_alternatives;
} pinna_transcript;

/* Part of a sound file; offset and duration 0 for all of it. */
typedef struct pinna_sound_part {
    const char *path;
    double offset_s, duration_s;
    size_t channel;              /* from 1; 0: the mean of all */
    const pinna_raw_format *raw; /* samples without a header, of which offset
                                    and duration are 0; NULL: with one */
} pinna_sound_part;

/* Constant memory but for the words, and for a
 * bidirectional model all of the sound. The progress
 * (may be NULL) gets a share of 1 of n_parts. transcript is to be freed, also
 * after a failure. PINNA_INTERRUPTED after Ctrl-C. who begins warnings. */
pinna_status pinna_transcribe_part(const pinna_model *model,
                                   const pinna_decoding *decoding,
                                   const pinna_sound_part *part,
                                   const char *who, pinna_progress *progress,
                                   size_t n_parts, pinna_transcript *transcript,
                                   pinna_error *error);
void pinna_transcript_free(pinna_transcript *transcript);

/* Below this a word of a model whose tokens are words is more likely noise than
 * speech: of 27 words heard in 35 minutes of noise 9 lie below, of 121 spoken
 * ones none. Characters are unsure by nature: 0 for their models. */
#define PINNA_MIN_WORD_CONFIDENCE 0.5
double pinna_default_min_confidence(const pinna_model *model);

/* Take out the words whose confidence is below; those of a phrase of a grammar
 * all or none, by their mean, and all if the phrase has no end. */
void pinna_transcript_drop_unsure(pinna_transcript *transcript,
                                  double min_confidence);

/* The words with a space between, to be freed; NULL without memory. */
char *pinna_transcript_text(const pinna_transcript *transcript);

#endif
