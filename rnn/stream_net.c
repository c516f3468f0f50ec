#include "rnn/stream_net.h"

#include "rnn/kernels.h"

#include <stdlib.h>
#include <string.h>

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
        status = pack(values, network->weight_ih[layer],
                      network->bias_ih[layer], 3 * c->n_hidden,
                      pinna_network_layer_in(c, layer), &net->input[layer]);
        if (!status)
            status =
                pack(values, network->weight_hh[layer], network->bias_hh[layer],
                     3 * c->n_hidden, c->n_hidden, &net->recurrent[layer]);
    }
    if (!status)
        status =
            pack(values, network->dense_out_weight, network->dense_out_bias,
                 c->n_out, pinna_network_out_in(c), &net->dense_out);
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
