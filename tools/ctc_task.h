/* tools/ctc_task.h -- the training task of a recogniser: items to feature
 * frames, CTC loss, validation by greedy decoding */
#ifndef PINNA_TOOLS_CTC_TASK_H
#define PINNA_TOOLS_CTC_TASK_H

#include "datasets/labels.h"
#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/ctc_input.h"
#include "tools/ctc_items.h"
#include "tools/share_plan.h"
#include "tools/trainer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pinna_ctc_task_config {
    pinna_ctc_material training;
    pinna_ctc_distortion distortion;
    const pinna_corpus *validation; /* may be empty */
    const pinna_labels *labels;
    double dropout;
    double max_seconds; /* longer items are not used */
    pinna_share_plan plan;
    bool ahead; /* make the next batch in the background; the same bits */
} pinna_ctc_task_config;

typedef struct pinna_ctc_task pinna_ctc_task;

/* Everything that config points to, and the model, must outlive the task. A
 * text that the labels cannot spell is an error that names it. */
pinna_status pinna_ctc_task_new(const pinna_ctc_task_config *config,
                                const pinna_model *model, pinna_ctc_task **out,
                                pinna_error *error);
void pinna_ctc_task_free(pinna_ctc_task *task);

/* Set the model's input normalisation from n_items training items. */
pinna_status pinna_ctc_task_normalise(pinna_ctc_task *task, pinna_model *model,
                                      size_t n_items);

/* For pinna_train(). */
pinna_train_task pinna_ctc_task_interface(pinna_ctc_task *task);

#endif
