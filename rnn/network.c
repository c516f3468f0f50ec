#include "rnn/network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool pinna_network_streams_fit(const pinna_network_config *c)
{
    size_t n = 0;

    if (c->n_streams == 0)
        return true;
    if (c->n_streams > PINNA_MAX_STREAMS || c->n_dense == 0 ||
        c->n_dense > PINNA_MAX_WIDTH / c->n_streams)
        return false;
    for (size_t i = 0; i < c->n_streams; i++) {
        if (c->stream_widths[i] == 0 || c->stream_widths[i] > c->n_in)
            return false;
        n += c->stream_widths[i];
    }
    return n == c->n_in;
}

static bool config_ok(const pinna_network_config *c)
{
    return c->n_in > 0 && c->n_in <= PINNA_MAX_WIDTH &&
           c->n_dense <= PINNA_MAX_WIDTH && c->n_hidden > 0 &&
           c->n_hidden <= PINNA_MAX_WIDTH && c->n_layers > 0 &&
           c->n_layers <= PINNA_MAX_LAYERS && c->n_out > 0 &&
           c->n_out <= 2 * PINNA_MAX_WIDTH &&
           (unsigned)c->cell < PINNA_N_CELL_KINDS &&
           pinna_network_streams_fit(c);
}

size_t pinna_network_n_projections(const pinna_network_config *c)
{
    return c->n_streams > 0 ? c->n_streams : c->n_dense > 0 ? 1 : 0;
}

size_t pinna_network_projection_in(const pinna_network_config *c,
                                   size_t projection)
{
    return c->n_streams > 0 ? c->stream_widths[projection] : c->n_in;
}

size_t pinna_network_n_directions(const pinna_network_config *c)
{
    return c->bidirectional ? 2 : 1;
}

size_t pinna_network_layer_out(const pinna_network_config *c)
{
    return pinna_network_n_directions(c) * c->n_hidden;
}

size_t pinna_network_layer_in(const pinna_network_config *c, size_t layer)
{
    if (layer > 0)
        return pinna_network_layer_out(c);
    return c->n_dense > 0 ? pinna_network_n_projections(c) * c->n_dense
                          : c->n_in;
}

size_t pinna_network_out_in(const pinna_network_config *c)
{
    return (c->skip ? c->n_layers : 1) * pinna_network_layer_out(c);
}

/* Declare one array; cols is 0 for a vector. *where takes its offset. */
static pinna_status declare(pinna_network *network, const char *name,
                            size_t rows, size_t cols, size_t *where)
{
    size_t index;

    const pinna_status status =
        pinna_params_add(&network->params, name, rows, cols, &index);
    if (!status)
        *where = network->params.items[index].offset;
    return status;
}

static pinna_status declare_cell(pinna_network *network, size_t layer,
                                 size_t direction)
{
    const pinna_network_config *c = &network->config;
    const size_t H = c->n_hidden, width = pinna_cell_n_gates(c->cell) * H;
    const bool has_h0 = c->learned_state;
    const bool has_c0 = has_h0 && pinna_cell_has_c(c->cell);
    pinna_network_cell *cell = &network->cells[layer][direction];
    const struct {
        const char *name;
        size_t rows, cols;
        size_t *where;
    } arrays[] = {
        {"weight_ih", width, pinna_network_layer_in(c, layer),
         &cell->weight_ih},
        {"weight_hh", width, H, &cell->weight_hh},
        {"bias_ih", width, 0, &cell->bias_ih},
        {"bias_hh", width, 0, &cell->bias_hh},
        {"h0", H, 0, &cell->h0},
        {"c0", H, 0, &cell->c0},
    };
    const size_t n = has_c0 ? 6 : has_h0 ? 5 : 4;
    pinna_status status = PINNA_OK;

    for (size_t i = 0; !status && i < n; i++) {
        char name[PINNA_PARAM_NAME_MAX];
        snprintf(name, sizeof name, "%s.%s_l%zu%s", pinna_cell_prefix(c->cell),
                 arrays[i].name, layer, direction > 0 ? "_reverse" : "");
        status = declare(network, name, arrays[i].rows, arrays[i].cols,
                         arrays[i].where);
    }
    return status;
}

static pinna_status declare_norm(pinna_network *network, size_t layer)
{
    const size_t n = pinna_network_layer_out(&network->config);
    char name[PINNA_PARAM_NAME_MAX];

    snprintf(name, sizeof name, "layer_norm.%zu.weight", layer);
    const pinna_status status =
        declare(network, name, n, 0, &network->norm_weight[layer]);
    if (status)
        return status;
    snprintf(name, sizeof name, "layer_norm.%zu.bias", layer);
    return declare(network, name, n, 0, &network->norm_bias[layer]);
}

static pinna_status declare_layer(pinna_network *network, size_t layer)
{
    const pinna_network_config *c = &network->config;
    pinna_status status = PINNA_OK;

    for (size_t d = 0; !status && d < pinna_network_n_directions(c); d++)
        status = declare_cell(network, layer, d);
    if (!status && c->layer_norm)
        status = declare_norm(network, layer);
    return status;
}

static pinna_status declare_projection(pinna_network *network, size_t i)
{
    const pinna_network_config *c = &network->config;
    char prefix[PINNA_PARAM_NAME_MAX / 2] = "dense_in",
                                       name[PINNA_PARAM_NAME_MAX];

    if (c->n_streams > 0)
        snprintf(prefix, sizeof prefix, "streams.%zu", i);
    snprintf(name, sizeof name, "%s.weight", prefix);
    const pinna_status status =
        declare(network, name, c->n_dense, pinna_network_projection_in(c, i),
                &network->in_weight[i]);
    if (status)
        return status;
    snprintf(name, sizeof name, "%s.bias", prefix);
    return declare(network, name, c->n_dense, 0, &network->in_bias[i]);
}

static pinna_status declare_all(pinna_network *network)
{
    const pinna_network_config *c = &network->config;
    pinna_status status = PINNA_OK;

    for (size_t i = 0; !status && i < pinna_network_n_projections(c); i++)
        status = declare_projection(network, i);
    for (size_t layer = 0; !status && layer < c->n_layers; layer++)
        status = declare_layer(network, layer);
    if (!status)
        status = declare(network, "dense_out.weight", c->n_out,
                         pinna_network_out_in(c), &network->dense_out_weight);
    if (!status)
        status = declare(network, "dense_out.bias", c->n_out, 0,
                         &network->dense_out_bias);
    return status;
}

pinna_status pinna_network_declare(const pinna_network_config *config,
                                   pinna_network *network)
{
    memset(network, 0, sizeof *network);
    if (!config_ok(config))
        return PINNA_BAD_ARG;
    network->config = *config;

    const pinna_status status = declare_all(network);
    if (status)
        pinna_network_free(network);
    return status;
}

pinna_status pinna_network_new(const pinna_network_config *config,
                               pinna_network *network)
{
    pinna_status status = pinna_network_declare(config, network);
    if (!status)
        status = pinna_params_allocate(&network->params);
    if (status)
        pinna_network_free(network);
    return status;
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
    const pinna_network_config *c = &network->config;
    const char *prefix = pinna_cell_prefix(c->cell);

    for (size_t i = 0; i < network->params.n_items; i++) {
        const pinna_param *param = &network->params.items[i];
        const bool is_cell = strncmp(param->name, prefix, strlen(prefix)) == 0;
        const size_t n_gates = is_cell ? pinna_cell_n_gates(c->cell) : 1;
        const size_t n_out = param->shape[0] / n_gates;

        /* Vectors stay 0. */
        if (param->n_dims > 1)
            pinna_param_uniform(&network->params, i,
                                sqrt(6.0 / (double)(param->shape[1] + n_out)),
                                rng);
    }
    for (size_t layer = 0; c->layer_norm && layer < c->n_layers; layer++)
        for (size_t j = 0; j < pinna_network_layer_out(c); j++)
            network->params.values[network->norm_weight[layer] + j] = 1;
}
