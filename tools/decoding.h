/* tools/decoding.h -- options of the commands that recognise: how words are
 * found in what the network says */
#ifndef PINNA_TOOLS_DECODING_H
#define PINNA_TOOLS_DECODING_H

#include "rnn/beam_guide.h"
#include "rnn/ctc_beam.h"
#include "rnn/model.h"
#include "rnn/ngram_lm.h"
#include "rnn/token_graph.h"
#include "tools/options.h"

#include <stdbool.h>
#include <stddef.h>

/* Width of the beam when an option asks for one without saying so. */
#define PINNA_DEFAULT_BEAM 16

/* Begin with PINNA_DECODING_DEFAULT; what follows the options is set by load().
 */
typedef struct pinna_decoding {
    size_t beam; /* 0: the best token of each step */
    const char *lm_path, *lexicon_path, *grammar_path;
    double lm_weight, word_bonus;
    pinna_list hotwords; /* "NAME:BOOST" */
    size_t n_best;
    double end_silence_ms; /* between utterances; 0: the recogniser's own */

    pinna_ctc_beam_config config;
    pinna_ngram_lm *lm;
    pinna_token_graph *graph;
    pinna_beam_guide *guide;
} pinna_decoding;

#define PINNA_DECODING_DEFAULT                                                 \
    {                                                                          \
        .lm_weight = 0.5                                                       \
    }

/* Rows of a table of options. */
#define PINNA_DECODING_OPTIONS(decoding)                                       \
    {"beam",                                                                   \
     'b',                                                                      \
     "N",                                                                      \
     "search with the N best texts at hand (default: the best\ntoken of each " \
     "step, or 16 with one of the options below)",                             \
     .count = &(decoding)->beam,                                               \
     .low = 1,                                                                 \
     .high = PINNA_BEAM_MAX_WIDTH},                                            \
        {"lm", 0, "ARPA",                                                      \
         "n-gram language model (`pinna lm`); its words are all\nthat is "     \
         "written, unless --lexicon or --grammar tell",                        \
         .text = &(decoding)->lm_path},                                        \
        {"lm-weight",                                                          \
         0,                                                                    \
         "A",                                                                  \
         "of the language model's logarithms",                                 \
         .number = &(decoding)->lm_weight,                                     \
         .low = 0,                                                             \
         .high = 100,                                                          \
         .shows_default = true},                                               \
        {"word-bonus",                                                         \
         0,                                                                    \
         "B",                                                                  \
         "add to the score for each word",                                     \
         .number = &(decoding)->word_bonus,                                    \
         .low = -100,                                                          \
         .high = 100,                                                          \
         .shows_default = true},                                               \
        {"lexicon", 0, "FILE",                                                 \
         "write these words only: one a line, alone or with its\nspelling in " \
         "tokens of the model",                                                \
         .text = &(decoding)->lexicon_path},                                   \
        {"grammar", 0, "FILE",                                                 \
         "write these phrases only: one a line, or a grammar in\nJSGF "        \
         "without repetition",                                                 \
         .text = &(decoding)->grammar_path},                                   \
    {                                                                          \
        "hotword", 0, "NAME:BOOST",                                            \
            "expect this word: BOOST (3, say) is added to the score\nfor "     \
            "each "                                                            \
            "(may be repeated)",                                               \
            .list = &(decoding)->hotwords, .one_each = true                    \
    }

/* Read the files and make what a recogniser needs. Returns -1 to go on, or the
 * exit code after one line on stderr. */
int pinna_decoding_load(const pinna_usage *usage, pinna_decoding *decoding,
                        const pinna_model *model);
void pinna_decoding_free(pinna_decoding *decoding);

#endif
