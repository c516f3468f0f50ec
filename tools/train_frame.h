/* tools/train_frame.h -- what the tasks of `pinna train` that learn from
 * tables, texts and short recordings do alike */
#ifndef PINNA_TOOLS_TRAIN_FRAME_H
#define PINNA_TOOLS_TRAIN_FRAME_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/train_settings.h"

#include <stddef.h>

/* The recurrent layers as the command line chooses them. */
typedef struct pinna_layer_choice {
    const char *cell_name;
    size_t n_hidden, n_layers;
    double dropout;
} pinna_layer_choice;

/* Settings with what such a task sets alike: warm-up, clipping, the mean of
 * weights. */
pinna_train_settings pinna_small_train_settings(size_t n_steps,
                                                double learning_rate);

enum { PINNA_N_LAYER_OPTIONS = 4 };

/* --cell, --hidden, --layers, --dropout to options [PINNA_N_LAYER_OPTIONS]. */
void pinna_layer_options(pinna_layer_choice *choice, pinna_option *options);

/* A model of random weights, without the parts that only its task has. */
pinna_status pinna_fresh_model(const char *task,
                               const pinna_network_config *config,
                               uint64_t seed, pinna_model **out,
                               pinna_error *error);

/* Copies of the strings [n], to *to; what is there is the caller's to free,
 * also on failure. */
pinna_status pinna_copy_strings(const char *const *from, size_t n, char ***to,
                                size_t *n_copied);

/* The model's note, and the training itself, or with --dry-run neither. Ranks
 * that would train something else are refused. */
pinna_status pinna_train_run(const pinna_usage *usage,
                             const pinna_train_settings *settings,
                             const pinna_train_task *task, pinna_model *model,
                             pinna_error *error);

#endif
