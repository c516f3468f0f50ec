/* tools/classify_task.h -- the training task of a classifier: a sequence to one
 * class by the pooled logits of its frames */
#ifndef PINNA_TOOLS_CLASSIFY_TASK_H
#define PINNA_TOOLS_CLASSIFY_TASK_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/examples.h"
#include "tools/share_plan.h"
#include "tools/trainer.h"

#include <stddef.h>

typedef struct pinna_classify_task_config {
    const pinna_examples *training, *validation; /* numbered or normalised */
    double dropout;
    pinna_share_plan plan;
} pinna_classify_task_config;

typedef struct pinna_classify_task pinna_classify_task;

/* The index of an answer among the model's classes, or n_tokens. */
size_t pinna_class_of(const pinna_model *model, const char *answer);

/* What config points to, and the model, must outlive the task. An answer that
 * is no class of the model is PINNA_BAD_ARG. */
pinna_status pinna_classify_task_new(const pinna_classify_task_config *config,
                                     const pinna_model *model,
                                     pinna_classify_task **out,
                                     pinna_error *error);
void pinna_classify_task_free(pinna_classify_task *task);

/* The most probable class of each example: to classes [n_items]. */
pinna_status pinna_classify_all(const pinna_model *model,
                                const pinna_examples *examples,
                                size_t *classes);

/* For pinna_train(). */
pinna_train_task pinna_classify_task_interface(pinna_classify_task *task);

#endif
