/* tools/regress_task.h -- the training task of a forecast: windows of a series,
 * squared error, validation on what comes after what is learned from */
#ifndef PINNA_TOOLS_REGRESS_TASK_H
#define PINNA_TOOLS_REGRESS_TASK_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/series.h"
#include "tools/share_plan.h"
#include "tools/trainer.h"

#include <stddef.h>

typedef struct pinna_regress_task_config {
    const pinna_series *series;
    size_t n_learned; /* items 0 .. n_learned - 1 are learned from, the others
                         validated on */
    double dropout;
    pinna_share_plan plan;
} pinna_regress_task_config;

typedef struct pinna_regress_task pinna_regress_task;

/* series and model must outlive the task; the model has its normalisation. */
pinna_status pinna_regress_task_new(const pinna_regress_task_config *config,
                                    const pinna_model *model,
                                    pinna_regress_task **out);
void pinna_regress_task_free(pinna_regress_task *task);

/* Set the model's normalisation from rows 0 .. n_rows - 1 of a series. */
pinna_status pinna_regress_normalise(const pinna_series *series, size_t n_rows,
                                     pinna_model *model);

/* The error of the model's forecasts for items first .. end - 1. */
pinna_status pinna_regress_error(const pinna_model *model,
                                 const pinna_series *series, size_t first,
                                 size_t end, pinna_forecast_error *sums);

/* For pinna_train(). */
pinna_train_task pinna_regress_task_interface(pinna_regress_task *task);

#endif
