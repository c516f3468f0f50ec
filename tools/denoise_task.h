/* tools/denoise_task.h -- the training task of the denoiser: items to network
 * input, loss on the gained spectrum, and its gradient */
#ifndef PINNA_TOOLS_DENOISE_TASK_H
#define PINNA_TOOLS_DENOISE_TASK_H

#include "dsp/status.h"
#include "rnn/denoise_loss.h"
#include "rnn/model.h"
#include "tools/denoise_items.h"
#include "tools/share_plan.h"
#include "tools/trainer.h"

#include <stddef.h>

typedef struct pinna_denoise_task_config {
    pinna_denoise_material training, validation;
    pinna_denoise_loss_config loss;
    size_t n_frames;     /* of an item */
    size_t n_validation; /* items */
    pinna_share_plan plan;
} pinna_denoise_task_config;

typedef struct pinna_denoise_task pinna_denoise_task;

/* Everything that config points to, and the model, must outlive the task. */
pinna_status pinna_denoise_task_new(const pinna_denoise_task_config *config,
                                    const pinna_model *model,
                                    pinna_denoise_task **out);
void pinna_denoise_task_free(pinna_denoise_task *task);

/* Set the model's input normalisation from n_items training items. */
pinna_status pinna_denoise_task_normalise(pinna_denoise_task *task,
                                          pinna_model *model, size_t n_items);

/* For pinna_train(). */
pinna_train_task pinna_denoise_task_interface(pinna_denoise_task *task);

#endif
