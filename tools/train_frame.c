#include "tools/train_frame.h"

#include "dsp/rng.h"
#include "rnn/model_check.h"
#include "tools/command.h"
#include "tools/progress.h"
#include "tools/same_run.h"
#include "tools/training_note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

pinna_train_settings pinna_small_train_settings(size_t n_steps,
                                                double learning_rate)
{
    pinna_train_settings settings = pinna_train_settings_default();
    pinna_train_options *t = &settings.train;

    t->n_steps = n_steps;
    t->schedule.learning_rate = learning_rate;
    t->schedule.warmup_steps = 100;
    t->clip = 1;
    t->ema = 0.99;
    return settings;
}

void pinna_layer_options(pinna_layer_choice *choice, pinna_option *options)
{
    const pinna_option all[PINNA_N_LAYER_OPTIONS] = {
        {"cell", 0, "KIND", "gru, gru_reset_before, lstm, rnn_tanh or rnn_relu",
         .text = &choice->cell_name, .shows_default = true},
        {"hidden", 0, "N", "cells of each recurrent layer",
         .count = &choice->n_hidden, .shows_default = true, .low = 1,
         .high = PINNA_MAX_WIDTH},
        {"layers", 0, "N", "recurrent layers", .count = &choice->n_layers,
         .shows_default = true, .low = 1, .high = PINNA_MAX_LAYERS},
        {"dropout", 0, "SHARE", "of what goes from layer to layer",
         .number = &choice->dropout, .shows_default = true, .low = 0,
         .high = 0.9},
    };
    memcpy(options, all, sizeof all);
}

pinna_status pinna_fresh_model(const char *task,
                               const pinna_network_config *config,
                               uint64_t seed, pinna_model **out,
                               pinna_error *error)
{
    *out = NULL;
    pinna_model *model = calloc(1, sizeof *model);
    pinna_status status =
        model ? pinna_network_new(config, &model->network) : PINNA_NO_MEMORY;
    if (status) {
        pinna_model_free(model);
        return pinna_fail(error, status, "cannot set up the network: %s",
                          pinna_strerror(status));
    }
    snprintf(model->task, sizeof model->task, "%s", task);
    pinna_rng rng;
    pinna_rng_seed(&rng, seed, 0);
    pinna_network_init(&model->network, &rng);
    *out = model;
    return PINNA_OK;
}

pinna_status pinna_copy_strings(const char *const *from, size_t n, char ***to,
                                size_t *n_copied)
{
    *to = calloc(n > 0 ? n : 1, sizeof **to);
    if (!*to)
        return PINNA_NO_MEMORY;
    *n_copied = n;
    for (size_t i = 0; i < n; i++)
        if (!((*to)[i] = strdup(from[i])))
            return PINNA_NO_MEMORY;
    return PINNA_OK;
}

pinna_status pinna_train_run(const pinna_usage *usage,
                             const pinna_train_settings *settings,
                             const pinna_train_task *task, pinna_model *model,
                             pinna_error *error)
{
    /* What could not be written is better told now than after the training. */
    const char *output = settings->train.output;
    const pinna_named_data data = {.name = "training data",
                                   .hash = task->data_hash};
    pinna_status status =
        pinna_model_check(model, output ? output : "the model", error);
    if (!status && settings->dry_run) {
        pinna_message("the data can be read and the model be made");
        return PINNA_OK;
    }
    if (!status)
        status = pinna_training_note(model, usage->command, settings->options,
                                     settings->n_options, error);
    if (!status)
        status = pinna_same_run(settings->train.ranks, usage->command,
                                settings->options, settings->n_options, model,
                                &data, 1, error);
    return status ? status : pinna_train(&settings->train, task, model, error);
}
