#include "tools/optimiser.h"

const char *const pinna_optimiser_names[PINNA_N_OPTIMISERS] = {
    [PINNA_ADAMW] = "adamw",
    [PINNA_ADAM] = "adam",
    [PINNA_SGD] = "sgd",
    [PINNA_RMSPROP] = "rmsprop",
};

static void remember(pinna_optimiser *optimiser, const char *name,
                     float *values)
{
    optimiser->memory[optimiser->n_memory++] =
        (pinna_optimiser_memory){name, values};
}

static pinna_status new_adam(pinna_optimiser *optimiser)
{
    pinna_adam *adam = &optimiser->of.adam;
    pinna_adam_config config = pinna_adam_config_default();

    if (optimiser->config.kind == PINNA_ADAMW)
        config.weight_decay = optimiser->config.weight_decay;
    const pinna_status status = pinna_adam_new(&config, optimiser->n, adam);
    remember(optimiser, "adam.m", adam->m);
    remember(optimiser, "adam.v", adam->v);
    return status;
}

static pinna_status new_sgd(pinna_optimiser *optimiser)
{
    pinna_sgd *sgd = &optimiser->of.sgd;
    const pinna_sgd_config config = {
        .momentum = optimiser->config.momentum,
        .weight_decay = optimiser->config.weight_decay,
        .nesterov = optimiser->config.nesterov,
    };

    const pinna_status status = pinna_sgd_new(&config, optimiser->n, sgd);
    remember(optimiser, "sgd.v", sgd->v);
    return status;
}

static pinna_status new_rmsprop(pinna_optimiser *optimiser)
{
    pinna_rmsprop *rmsprop = &optimiser->of.rmsprop;
    const pinna_rmsprop_config config = pinna_rmsprop_config_default();

    const pinna_status status =
        pinna_rmsprop_new(&config, optimiser->n, rmsprop);
    remember(optimiser, "rmsprop.v", rmsprop->v);
    return status;
}

pinna_status pinna_optimiser_new(const pinna_optimiser_config *config, size_t n,
                                 pinna_optimiser *optimiser)
{
    *optimiser = (pinna_optimiser){.config = *config, .n = n};
    if (!(config->weight_decay >= 0))
        return PINNA_BAD_ARG;
    switch (config->kind) {
    case PINNA_ADAMW:
    case PINNA_ADAM:
        return new_adam(optimiser);
    case PINNA_SGD:
        return new_sgd(optimiser);
    case PINNA_RMSPROP:
        return new_rmsprop(optimiser);
    case PINNA_N_OPTIMISERS:
        break;
    }
    return PINNA_BAD_ARG;
}

void pinna_optimiser_free(pinna_optimiser *optimiser)
{
    switch (optimiser->config.kind) {
    case PINNA_ADAMW:
    case PINNA_ADAM:
        pinna_adam_free(&optimiser->of.adam);
        break;
    case PINNA_SGD:
        pinna_sgd_free(&optimiser->of.sgd);
        break;
    case PINNA_RMSPROP:
        pinna_rmsprop_free(&optimiser->of.rmsprop);
        break;
    case PINNA_N_OPTIMISERS:
        break;
    }
}

/* g += decay * value, for those that do not decay by themselves. */
static void add_decay(const pinna_optimiser *optimiser, float *grads,
                      const float *values)
{
    const float decay = (float)optimiser->config.weight_decay;

    for (size_t k = 0; decay > 0 && k < optimiser->n; k++)
        grads[k] += decay * values[k];
}

void pinna_optimiser_step(pinna_optimiser *optimiser, size_t step,
                          double learning_rate, float *grads, float *values)
{
    switch (optimiser->config.kind) {
    case PINNA_ADAM:
        add_decay(optimiser, grads, values);
        /* fall through */
    case PINNA_ADAMW:
        optimiser->of.adam.step = step;
        pinna_adam_step(&optimiser->of.adam, learning_rate, grads, values);
        break;
    case PINNA_SGD:
        pinna_sgd_step(&optimiser->of.sgd, learning_rate, grads, values);
        break;
    case PINNA_RMSPROP:
        add_decay(optimiser, grads, values);
        pinna_rmsprop_step(&optimiser->of.rmsprop, learning_rate, grads,
                           values);
        break;
    case PINNA_N_OPTIMISERS:
        break;
    }
}
