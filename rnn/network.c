#include "rnn/network.h"

#include "rnn/kernels.h"

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

static size_t gru_n_in(const pinna_network_config *c, size_t layer)
{
    if (layer > 0)
        return c->n_hidden;
    return c->n_dense > 0 ? c->n_dense : c->n_in;
}

static size_t out_n_in(const pinna_network_config *c)
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
        {"weight_ih", gru_n_in(c, layer), &network->weight_ih[layer]},
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
        status = declare(network, "dense_out.weight", c->n_out, out_n_in(c),
                         &network->dense_out_weight);
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

/* A dense layer as the kernels want it. */
typedef struct packed_dense {
    float *weight;
    const float *bias;
    size_t n_in, n_out;
} packed_dense;

struct pinna_stream_net {
    pinna_network_config config;
    const pinna_kernels *kernels;
    float *biases; /* copy of all parameters: the biases point into it */
    packed_dense dense_in, dense_out;
    packed_dense input[PINNA_MAX_LAYERS];     /* [3H, in] */
    packed_dense recurrent[PINNA_MAX_LAYERS]; /* [3H, H] */
};

static pinna_status pack(const float *values, size_t weight, size_t bias,
                         size_t n_out, size_t n_in, packed_dense *dense)
{
    void *memory = NULL;

    if (posix_memalign(&memory, 64,
                       pinna_packed_size(n_out, n_in) * sizeof(float)) != 0)
        return PINNA_NO_MEMORY;
    dense->weight = memory;
    dense->bias = values + bias;
    dense->n_in = n_in;
    dense->n_out = n_out;
    pinna_pack(values + weight, n_out, n_in, dense->weight);
    return PINNA_OK;
}

static pinna_status pack_all(const pinna_network *network,
                             pinna_stream_net *net)
{
    const pinna_network_config *c = &network->config;
    const float *values = net->biases;
    pinna_status status = PINNA_OK;

    if (c->n_dense > 0)
        status = pack(values, network->dense_in_weight, network->dense_in_bias,
                      c->n_dense, c->n_in, &net->dense_in);
    for (size_t layer = 0; !status && layer < c->n_layers; layer++) {
        status =
            pack(values, network->weight_ih[layer], network->bias_ih[layer],
                 3 * c->n_hidden, gru_n_in(c, layer), &net->input[layer]);
        if (!status)
            status =
                pack(values, network->weight_hh[layer], network->bias_hh[layer],
                     3 * c->n_hidden, c->n_hidden, &net->recurrent[layer]);
    }
    if (!status)
        status =
            pack(values, network->dense_out_weight, network->dense_out_bias,
                 c->n_out, out_n_in(c), &net->dense_out);
    return status;
}

pinna_status pinna_stream_net_new(const pinna_network *network,
                                  pinna_stream_net **out)
{
    *out = NULL;
    pinna_stream_net *net = calloc(1, sizeof *net);
    if (!net)
        return PINNA_NO_MEMORY;

    net->config = network->config;
    net->kernels = pinna_kernels_best();
    const size_t n_bytes = network->params.n_values * sizeof(float);
    net->biases = malloc(n_bytes);
    pinna_status status = PINNA_NO_MEMORY;
    if (net->biases) {
        memcpy(net->biases, network->params.values, n_bytes);
        status = pack_all(network, net);
    }
    if (status) {
        pinna_stream_net_free(net);
        return status;
    }

    *out = net;
    return PINNA_OK;
}

void pinna_stream_net_free(pinna_stream_net *net)
{
    if (!net)
        return;
    for (size_t layer = 0; layer < PINNA_MAX_LAYERS; layer++) {
        free(net->input[layer].weight);
        free(net->recurrent[layer].weight);
    }
    free(net->dense_in.weight);
    free(net->dense_out.weight);
    free(net->biases);
    free(net);
}

struct pinna_stream_state {
    size_t n_memory;  /* L * H */
    float *memory;    /* [L, H], also the input of dense_out */
    float *activated; /* [n_dense] */
    float *xp, *hp;   /* [3H] */
    float block[];    /* backs the arrays above */
};

pinna_status pinna_stream_state_new(const pinna_stream_net *net,
                                    pinna_stream_state **out)
{
    *out = NULL;
    const pinna_network_config *c = &net->config;
    const size_t n_memory = c->n_layers * c->n_hidden;
    const size_t n = n_memory + c->n_dense + 6 * c->n_hidden;

    pinna_stream_state *state = calloc(1, sizeof *state + n * sizeof(float));
    if (!state)
        return PINNA_NO_MEMORY;
    state->n_memory = n_memory;
    state->memory = state->block;
    state->activated = state->memory + n_memory;
    state->xp = state->activated + c->n_dense;
    state->hp = state->xp + 3 * c->n_hidden;

    *out = state;
    return PINNA_OK;
}

void pinna_stream_state_free(pinna_stream_state *state)
{
    free(state);
}

void pinna_stream_state_reset(pinna_stream_state *state)
{
    memset(state->memory, 0, state->n_memory * sizeof(float));
}

static void apply(const pinna_kernels *kernels, const packed_dense *dense,
                  const float *x, float *y)
{
    kernels->matvec(dense->weight, dense->bias, x, dense->n_out, dense->n_in,
                    y);
}

void pinna_stream_step(const pinna_stream_net *net, pinna_stream_state *state,
                       const float *x, float *y)
{
    const pinna_network_config *c = &net->config;
    const pinna_kernels *kernels = net->kernels;

    if (c->n_dense > 0) {
        apply(kernels, &net->dense_in, x, state->activated);
        kernels->tanh(state->activated, c->n_dense);
        x = state->activated;
    }
    for (size_t layer = 0; layer < c->n_layers; layer++) {
        float *h = state->memory + layer * c->n_hidden;
        apply(kernels, &net->input[layer], x, state->xp);
        apply(kernels, &net->recurrent[layer], h, state->hp);
        kernels->gru_gates(c->n_hidden, state->xp, state->hp, h, state->xp, h);
        x = h;
    }
    apply(kernels, &net->dense_out, c->skip ? state->memory : x, y);
}
