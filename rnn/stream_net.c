#include "rnn/stream_net.h"

#include "rnn/kernels.h"
#include "rnn/packed_dense.h"

#include <stdlib.h>
#include <string.h>

struct pinna_stream_net {
    pinna_network_config config;
    pinna_dense_kernels kernels;
    pinna_packed_dense dense_in, dense_out;
    pinna_packed_dense input[PINNA_MAX_LAYERS];     /* [3H, in] */
    pinna_packed_dense recurrent[PINNA_MAX_LAYERS]; /* [3H, H] */
};

static pinna_status pack_all(const pinna_network *network,
                             pinna_stream_net *net)
{
    const pinna_network_config *c = &network->config;
    const pinna_params *params = &network->params;
    const pinna_dense_kernels kernels = net->kernels;
    pinna_status status = PINNA_OK;

    if (c->n_dense > 0)
        status = pinna_packed_dense_new(params, network->dense_in_weight,
                                        network->dense_in_bias, kernels,
                                        &net->dense_in);
    for (size_t layer = 0; !status && layer < c->n_layers; layer++) {
        status = pinna_packed_dense_new(params, network->weight_ih[layer],
                                        network->bias_ih[layer], kernels,
                                        &net->input[layer]);
        if (!status)
            status = pinna_packed_dense_new(params, network->weight_hh[layer],
                                            network->bias_hh[layer], kernels,
                                            &net->recurrent[layer]);
    }
    if (!status)
        status = pinna_packed_dense_new(params, network->dense_out_weight,
                                        network->dense_out_bias, kernels,
                                        &net->dense_out);
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
    net->kernels = pinna_dense_kernels_best();
    const pinna_status status = pack_all(network, net);
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
        pinna_packed_dense_free(&net->input[layer]);
        pinna_packed_dense_free(&net->recurrent[layer]);
    }
    pinna_packed_dense_free(&net->dense_in);
    pinna_packed_dense_free(&net->dense_out);
    free(net);
}

struct pinna_stream_state {
    pinna_sweep sweep; /* of the frame to come */
    size_t n_memory;   /* L * H */
    float *memory;     /* [L, H], also the input of dense_out */
    float *activated;  /* [n_dense] */
    float *xp, *hp;    /* [3H] */
    int8_t *scratch;   /* [padded width of the widest input of a product] */
    float block[];     /* backs the arrays above */
};

/* Of all products, padded as the int8 kernels want it. */
static size_t largest_input(const pinna_network_config *c)
{
    const size_t widths[] = {c->n_in, c->n_dense, c->n_hidden,
                             pinna_network_out_in(c)};
    size_t n = 0;
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
        n = widths[i] > n ? widths[i] : n;
    return pinna_int8_padded(n);
}

pinna_status pinna_stream_state_new(const pinna_stream_net *net,
                                    pinna_stream_state **out)
{
    *out = NULL;
    const pinna_network_config *c = &net->config;
    const size_t n_memory = c->n_layers * c->n_hidden;
    const size_t n = n_memory + c->n_dense + 6 * c->n_hidden;

    pinna_stream_state *state =
        calloc(1, sizeof *state + n * sizeof(float) + largest_input(c));
    if (!state)
        return PINNA_NO_MEMORY;
    state->n_memory = n_memory;
    state->memory = state->block;
    state->activated = state->memory + n_memory;
    state->xp = state->activated + c->n_dense;
    state->hp = state->xp + 3 * c->n_hidden;
    state->scratch = (int8_t *)(state->block + n);

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

void pinna_stream_step(const pinna_stream_net *net, pinna_stream_state *state,
                       const float *x, float *y)
{
    const pinna_network_config *c = &net->config;
    const pinna_kernels *kernels = net->kernels.float32;

    if (c->n_dense > 0) {
        pinna_packed_dense_apply(&net->dense_in, state->sweep, x,
                                 state->scratch, state->activated);
        kernels->tanh(state->activated, c->n_dense);
        x = state->activated;
    }
    for (size_t layer = 0; layer < c->n_layers; layer++) {
        float *h = state->memory + layer * c->n_hidden;
        pinna_packed_dense_apply_two(&net->input[layer], &net->recurrent[layer],
                                     state->sweep, x, h, state->scratch,
                                     state->xp, state->hp);
        kernels->gru_gates(c->n_hidden, state->xp, state->hp, h, state->xp, h);
        x = h;
    }
    pinna_packed_dense_apply(&net->dense_out, state->sweep,
                             c->skip ? state->memory : x, state->scratch, y);
    state->sweep = pinna_sweep_back(state->sweep);
}
