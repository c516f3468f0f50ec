#include "rnn/network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool config_ok(const pinna_network_config *c)
{
    return c->n_in > 0 && c->n_in <= PINNA_MAX_WIDTH &&
           c->n_dense <= PINNA_MAX_WIDTH && c->n_hidden > 0 &&
           c->n_hidden <= PINNA_MAX_WIDTH && c->n_layers > 0 &&
           c->n_layers <= PINNA_MAX_LAYERS && c->n_out > 0 &&
           c->n_out <= 2 * PINNA_MAX_WIDTH;
}

size_t pinna_network_layer_in(const pinna_network_config *c, size_t layer)
{
    if (layer > 0)
        return c->n_hidden;
    return c->n_dense > 0 ? c->n_dense : c->n_in;
}

size_t pinna_network_out_in(const pinna_network_config *c)
{
    return c->skip ? c->n_layers * c->n_hidden : c->n_hidden;
}

/* Declare one array and remember its index where the offset will stand. */
static pinna_status declare(pinna_network *network, const char *name,
                            size_t rows, size_t cols, size_t *where)
{
    return pinna_params_add(&network->params, name, rows, cols, where);
}

static pinna_status declare_gru_layer(pinna_network *network, size_t layer)
{
    const pinna_network_config *c = &network->config;
    const struct {
        const char *name;
        size_t cols;
        size_t *where;
    } arrays[] = {
        {"weight_ih", pinna_network_layer_in(c, layer),
         &network->weight_ih[layer]},
        {"weight_hh", c->n_hidden, &network->weight_hh[layer]},
        {"bias_ih", 0, &network->bias_ih[layer]},
        {"bias_hh", 0, &network->bias_hh[layer]},
    };

    for (size_t i = 0; i < 4; i++) {
        char name[PINNA_PARAM_NAME_MAX];
        snprintf(name, sizeof name, "gru.%s_l%zu", arrays[i].name, layer);
        const pinna_status status = declare(network, name, 3 * c->n_hidden,
                                            arrays[i].cols, arrays[i].where);
        if (status)
            return status;
    }
    return PINNA_OK;
}

static pinna_status declare_all(pinna_network *network)
{
    const pinna_network_config *c = &network->config;
    pinna_status status = PINNA_OK;

    if (c->n_dense > 0) {
        status = declare(network, "dense_in.weight", c->n_dense, c->n_in,
                         &network->dense_in_weight);
        if (!status)
            status = declare(network, "dense_in.bias", c->n_dense, 0,
                             &network->dense_in_bias);
    }
    for (size_t layer = 0; !status && layer < c->n_layers; layer++)
        status = declare_gru_layer(network, layer);
    if (!status)
        status = declare(network, "dense_out.weight", c->n_out,
                         pinna_network_out_in(c), &network->dense_out_weight);
    if (!status)
        status = declare(network, "dense_out.bias", c->n_out, 0,
                         &network->dense_out_bias);
    return status;
}

/* Turn an index left by declare() into the offset. */
static void index_to_offset(const pinna_network *network, size_t *where)
{
    *where = network->params.items[*where].offset;
}

pinna_status pinna_network_new(const pinna_network_config *config,
                               pinna_network *network)
{
    memset(network, 0, sizeof *network);
    if (!config_ok(config))
        return PINNA_BAD_ARG;
    network->config = *config;

    pinna_status status = declare_all(network);
    if (!status)
        status = pinna_params_allocate(&network->params);
    if (status) {
        pinna_network_free(network);
        return status;
    }

    if (config->n_dense > 0) {
        index_to_offset(network, &network->dense_in_weight);
        index_to_offset(network, &network->dense_in_bias);
    }
    for (size_t layer = 0; layer < config->n_layers; layer++) {
        index_to_offset(network, &network->weight_ih[layer]);
        index_to_offset(network, &network->weight_hh[layer]);
        index_to_offset(network, &network->bias_ih[layer]);
        index_to_offset(network, &network->bias_hh[layer]);
    }
    index_to_offset(network, &network->dense_out_weight);
    index_to_offset(network, &network->dense_out_bias);
    return PINNA_OK;
}

void pinna_network_free(pinna_network *network)
{
    if (!network)
        return;
    pinna_params_free(&network->params);
    memset(network, 0, sizeof *network);
}

void pinna_network_init(pinna_network *network, pinna_rng *rng)
{
    for (size_t i = 0; i < network->params.n_items; i++) {
        const pinna_param *param = &network->params.items[i];
        const bool gates = strncmp(param->name, "gru.", 4) == 0;
        const size_t n_out = param->shape[0] / (gates ? 3 : 1);
        const size_t n_in = param->n_dims > 1 ? param->shape[1] : 0;

        /* Biases stay 0. */
        if (n_in > 0)
            pinna_param_uniform(&network->params, i,
                                sqrt(6.0 / (double)(n_in + n_out)), rng);
    }
}
