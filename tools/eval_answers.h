/* tools/eval_answers.h -- answers of a model beside the right ones: how many
 * are exact */
#ifndef PINNA_TOOLS_EVAL_ANSWERS_H
#define PINNA_TOOLS_EVAL_ANSWERS_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/examples.h"
#include "tools/options.h"

/* What sets one kind of `pinna eval` apart. */
typedef struct pinna_answer_kind {
    const pinna_usage *usage;
    const char *task;
    /* The answers to all examples: [n_items] strings to be freed. */
    pinna_status (*answer)(const pinna_model *model,
                           const pinna_examples *examples, char **answers);
} pinna_answer_kind;

/* Parses the command line and prints examples, exact ones and their share;
 * returns the exit code. */
int pinna_eval_answers(const pinna_answer_kind *kind, int argc, char **argv);

#endif
