/* tools/seq2seq_task.h -- the training task of an encoder-decoder: texts or
 * recordings to texts, character by character */
#ifndef PINNA_TOOLS_SEQ2SEQ_TASK_H
#define PINNA_TOOLS_SEQ2SEQ_TASK_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/examples.h"
#include "tools/share_plan.h"
#include "tools/trainer.h"

#include <stddef.h>

typedef struct pinna_seq2seq_task_config {
    const pinna_examples *training, *validation; /* numbered or normalised */
    double sampling; /* share of scheduled sampling at the end, rising from 0 */
    size_t n_steps;  /* of the training */
    pinna_share_plan plan;
} pinna_seq2seq_task_config;

typedef struct pinna_seq2seq_task pinna_seq2seq_task;

/* What config points to, and the model, must outlive the task. */
pinna_status pinna_seq2seq_task_new(const pinna_seq2seq_task_config *config,
                                    const pinna_model *model,
                                    pinna_seq2seq_task **out);
void pinna_seq2seq_task_free(pinna_seq2seq_task *task);

/* What the model answers to each example, by a beam of so many hypotheses:
 * answers [n_items], to be freed. */
pinna_status pinna_seq2seq_answers(const pinna_model *model,
                                   const pinna_examples *examples, size_t beam,
                                   char **answers);

/* For pinna_train(). */
pinna_train_task pinna_seq2seq_task_interface(pinna_seq2seq_task *task);

#endif
