#include "tools/ctc_model.h"

#include "dsp/rng.h"
#include "tools/default_model.h"
#include "tools/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

pinna_labels pinna_labels_of(const pinna_model *model)
{
    return (pinna_labels){.unit = model->word_tokens      ? PINNA_UNIT_WORD
                                  : model->subword_tokens ? PINNA_UNIT_SUBWORD
                                                          : PINNA_UNIT_CHAR,
                          .tokens = model->tokens,
                          .n_tokens = model->n_tokens};
}

static pinna_status copy_tokens(const pinna_labels *labels, pinna_model *model)
{
    model->tokens = calloc(labels->n_tokens, sizeof *model->tokens);
    if (!model->tokens)
        return PINNA_NO_MEMORY;
    model->n_tokens = labels->n_tokens;
    model->word_tokens = labels->unit == PINNA_UNIT_WORD;
    model->subword_tokens = labels->unit == PINNA_UNIT_SUBWORD;
    for (size_t i = 0; i < labels->n_tokens; i++) {
        model->tokens[i] = strdup(labels->tokens[i]);
        if (!model->tokens[i])
            return PINNA_NO_MEMORY;
    }
    return PINNA_OK;
}

static void drop_tokens(pinna_model *model)
{
    for (size_t i = 0; i < model->n_tokens; i++)
        free(model->tokens[i]);
    free(model->tokens);
    model->tokens = NULL;
    model->n_tokens = 0;
}

/* Whether the model writes just these tokens. */
static bool same_tokens(const pinna_model *model, const pinna_labels *labels)
{
    bool same = model->n_tokens == labels->n_tokens &&
                pinna_labels_of(model).unit == labels->unit;
    for (size_t i = 0; same && i < labels->n_tokens; i++)
        same = strcmp(model->tokens[i], labels->tokens[i]) == 0;
    return same;
}

/* Other tokens: an output layer of their own, which begins afresh. */
static pinna_status exchange_output(const pinna_ctc_model_config *c,
                                    const pinna_labels *labels,
                                    pinna_model *model)
{
    pinna_network old = model->network;
    pinna_network_config config = old.config;
    pinna_network *network = &model->network;
    pinna_rng rng;

    config.n_out = labels->n_tokens;
    memset(network, 0, sizeof *network);
    pinna_status status = pinna_network_new(&config, network);
    if (!status) {
        pinna_rng_seed(&rng, c->seed, 0);
        pinna_network_init(network, &rng);
        /* All that comes before the output layer is declared before it. */
        memcpy(network->params.values, old.params.values,
               network->dense_out_weight * sizeof(float));
        drop_tokens(model);
        status = copy_tokens(labels, model);
    }
    pinna_network_free(&old);
    return status;
}

/* The network and the ear are those of the model, so it must fit the rest. */
static pinna_status read_init(const pinna_ctc_model_config *c,
                              const pinna_labels *labels, pinna_model **out,
                              pinna_error *error)
{
    pinna_status status =
        pinna_read_init_model(c->init, PINNA_TASK_CTC, out, error);
    if (status)
        return status;
    const pinna_model *model = *out;
    if (model->ctc_ear.fbank.sample_rate != c->ear.sample_rate)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: its sample rate is %g Hz: give --rate %g",
                          c->init, model->ctc_ear.fbank.sample_rate,
                          model->ctc_ear.fbank.sample_rate);
    if (!same_tokens(model, labels)) {
        status = exchange_output(c, labels, *out);
        if (status)
            return pinna_fail(error, status, "%s: new output layer: %s",
                              c->init, pinna_strerror(status));
        if (!c->quiet)
            pinna_message("%s: it writes other words, so that its output "
                          "layer begins afresh",
                          c->init);
    }
    return PINNA_OK;
}

pinna_status pinna_ctc_model_new(const pinna_ctc_model_config *c,
                                 const pinna_labels *labels, pinna_model **out,
                                 pinna_error *error)
{
    if (c->init)
        return read_init(c, labels, out, error);

    pinna_fbank *fbank;
    pinna_status status = pinna_fbank_new(&c->ear, &fbank, error);
    if (status)
        return status;
    const size_t n_features = pinna_fbank_n_out(fbank);
    pinna_fbank_free(fbank);

    pinna_model *model = calloc(1, sizeof *model);
    if (!model)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    snprintf(model->task, sizeof model->task, "%s", PINNA_TASK_CTC);
    model->ctc_ear = (pinna_ctc_ear){
        .fbank = c->ear, .stack = c->stack, .stride = c->stride};
    pinna_network_config config = c->network;
    config.n_in = c->stack * n_features;
    config.n_out = labels->n_tokens;
    status = pinna_network_new(&config, &model->network);
    if (!status)
        status = copy_tokens(labels, model);
    if (status) {
        pinna_model_free(model);
        return pinna_fail(error, status, "cannot set up the network: %s",
                          pinna_strerror(status));
    }
    pinna_rng rng;
    pinna_rng_seed(&rng, c->seed, 0);
    pinna_network_init(&model->network, &rng);
    *out = model;
    return PINNA_OK;
}
