/* tools/example_sets.h -- the examples that a classifier or an encoder-decoder
 * learns from and is validated on, or judged by, as its model takes them */
#ifndef PINNA_TOOLS_EXAMPLE_SETS_H
#define PINNA_TOOLS_EXAMPLE_SETS_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/examples.h"
#include "tools/options.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_example_sets {
    pinna_list train_files, val_files;
    pinna_example_columns columns;
    bool words;        /* texts: words instead of characters */
    size_t max_tokens; /* texts: how many are told apart */
    double sample_rate;
    size_t n_mels; /* recordings */
    pinna_ctc_ear ear;
    pinna_examples training, validation;
    pinna_vocabulary vocabulary; /* of the texts learned from */
} pinna_example_sets;

enum { PINNA_N_EXAMPLE_OPTIONS = 8 };

/* Columns 1 and 2, characters; 16 kHz, 40 mel bands. */
pinna_example_sets pinna_example_sets_default(void);
void pinna_example_sets_free(pinna_example_sets *sets);

/* --train, --val, --text-column, --answer-column, --words, --max-tokens,
 * --rate, --num-mel-bins to options [PINNA_N_EXAMPLE_OPTIONS]. */
void pinna_example_options(pinna_example_sets *sets, pinna_option *options);

/* Read the files; without --val every tenth example is for validation. Texts
 * are numbered. */
pinna_status pinna_example_sets_read(pinna_example_sets *sets,
                                     pinna_error *error);

/* Numbers of a frame: of a recording's features, or as many as tokens. */
size_t pinna_example_sets_width(const pinna_example_sets *sets);

/* What the input of a model needs moves to it: the tokens of texts, or ear and
 * normalisation, by which the frames are changed. */
pinna_status pinna_example_sets_finish(pinna_example_sets *sets,
                                       pinna_model *model);

/* The examples of files as a model takes them, to judge it. */
pinna_status pinna_examples_for_model(const pinna_list *files,
                                      const pinna_example_columns *columns,
                                      const pinna_model *model,
                                      pinna_examples *examples,
                                      pinna_error *error);

#endif
