/* tools/generate_task.h -- the training task of a model of text: each next
 * character from those before
 *
 * Truncated back-propagation through time (Williams and Peng 1990): the text is
 * read in a circle from as many places as a batch has items, a part of n_frames
 * characters a step, and the state is carried from part to part. */
#ifndef PINNA_TOOLS_GENERATE_TASK_H
#define PINNA_TOOLS_GENERATE_TASK_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/share_plan.h"
#include "tools/trainer.h"

#include <stddef.h>

/* Token numbers of a text. */
typedef struct pinna_ids {
    int *ids;
    size_t n;
} pinna_ids;

/* path read and numbered by the tokens of a model, or by `tokens` of no model
 * yet; what they lack becomes 0. ids is the caller's to free. */
pinna_status pinna_ids_read(const char *path, char *const *tokens,
                            size_t n_tokens, pinna_ids *ids,
                            pinna_error *error);

typedef struct pinna_generate_task_config {
    pinna_ids training, validation; /* at least 2 of each */
    size_t n_frames;
    double dropout;
    pinna_share_plan plan;
} pinna_generate_task_config;

typedef struct pinna_generate_task pinna_generate_task;

/* What config points to, and the model, must outlive the task. */
pinna_status pinna_generate_task_new(const pinna_generate_task_config *config,
                                     const pinna_model *model,
                                     pinna_generate_task **out);
void pinna_generate_task_free(pinna_generate_task *task);

/* For pinna_train(). */
pinna_train_task pinna_generate_task_interface(pinna_generate_task *task);

#endif
