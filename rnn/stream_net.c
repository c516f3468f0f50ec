#include "rnn/stream_net.h"

#include "rnn/kernels.h"
#include "rnn/layer_norm.h"

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
    packed_dense input[PINNA_MAX_LAYERS];     /* [G H, in] */
    packed_dense recurrent[PINNA_MAX_LAYERS]; /* [G H, H] */
    /* The last gate of PINNA_CELL_GRU_RESET_BEFORE, [H, H]: it comes after the
     * others, which alone are in recurrent. */
    packed_dense candidate[PINNA_MAX_LAYERS];
    const float *norm_weight[PINNA_MAX_LAYERS], *norm_bias[PINNA_MAX_LAYERS];
    size_t n_memory; /* of a state, L H, twice that for LSTM: h, then c */
    float *first;    /* [n_memory] */
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

static pinna_status pack_layer(const pinna_network *network, size_t layer,
                               pinna_stream_net *net)
{
    const pinna_network_config *c = &network->config;
    const pinna_network_cell *cell = &network->cells[layer][0];
    const float *values = net->biases;
    const size_t H = c->n_hidden, G = pinna_cell_n_gates(c->cell);
    const size_t n_first =
        c->cell == PINNA_CELL_GRU_RESET_BEFORE ? (G - 1) * H : G * H;

    pinna_status status =
        pack(values, cell->weight_ih, cell->bias_ih, G * H,
             pinna_network_layer_in(c, layer), &net->input[layer]);
    if (!status)
        status = pack(values, cell->weight_hh, cell->bias_hh, n_first, H,
                      &net->recurrent[layer]);
    if (!status && n_first < G * H)
        status = pack(values, cell->weight_hh + n_first * H,
                      cell->bias_hh + n_first, H, H, &net->candidate[layer]);
    if (c->layer_norm) {
        net->norm_weight[layer] = values + network->norm_weight[layer];
        net->norm_bias[layer] = values + network->norm_bias[layer];
    }
    return status;
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
    for (size_t layer = 0; !status && layer < c->n_layers; layer++)
        status = pack_layer(network, layer, net);
    if (!status)
        status =
            pack(values, network->dense_out_weight, network->dense_out_bias,
                 c->n_out, pinna_network_out_in(c), &net->dense_out);
    return status;
}

static pinna_status copy_first_state(const pinna_network *network,
                                     pinna_stream_net *net)
{
    const pinna_network_config *c = &network->config;
    const size_t H = c->n_hidden, L = c->n_layers;
    const bool has_c = pinna_cell_has_c(c->cell);

    net->n_memory = (has_c ? 2 : 1) * L * H;
    net->first = calloc(net->n_memory, sizeof(float));
    if (!net->first)
        return PINNA_NO_MEMORY;
    for (size_t layer = 0; c->learned_state && layer < L; layer++) {
        const pinna_network_cell *cell = &network->cells[layer][0];
        memcpy(net->first + layer * H, net->biases + cell->h0,
               H * sizeof(float));
        if (has_c)
            memcpy(net->first + (L + layer) * H, net->biases + cell->c0,
                   H * sizeof(float));
    }
    return PINNA_OK;
}

pinna_status pinna_stream_net_new(const pinna_network *network,
                                  pinna_stream_net **out)
{
    *out = NULL;
    if (network->config.bidirectional)
        return PINNA_UNSUPPORTED;
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
    if (!status)
        status = copy_first_state(network, net);
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
        free(net->candidate[layer].weight);
    }
    free(net->dense_in.weight);
    free(net->dense_out.weight);
    free(net->biases);
    free(net->first);
    free(net);
}

struct pinna_stream_state {
    size_t n_memory;
    float *memory;    /* [n_memory] */
    float *first;     /* [n_memory] copy of that of the net */
    float *normed;    /* [L, H] of layer_norm, else memory: what others see */
    float *activated; /* [n_dense] */
    float *xp, *hp;   /* [G H] */
    float block[];    /* backs the arrays above */
};

pinna_status pinna_stream_state_new(const pinna_stream_net *net,
                                    pinna_stream_state **out)
{
    *out = NULL;
    const pinna_network_config *c = &net->config;
    const size_t n_normed = c->layer_norm ? c->n_layers * c->n_hidden : 0;
    const size_t n_gates = pinna_cell_n_gates(c->cell) * c->n_hidden;
    const size_t n = 2 * net->n_memory + n_normed + c->n_dense + 2 * n_gates;

    pinna_stream_state *state = calloc(1, sizeof *state + n * sizeof(float));
    if (!state)
        return PINNA_NO_MEMORY;
    state->n_memory = net->n_memory;
    state->memory = state->block;
    state->first = state->memory + net->n_memory;
    state->normed = n_normed > 0 ? state->first + net->n_memory : state->memory;
    state->activated = state->first + net->n_memory + n_normed;
    state->xp = state->activated + c->n_dense;
    state->hp = state->xp + n_gates;
    memcpy(state->first, net->first, net->n_memory * sizeof(float));
    pinna_stream_state_reset(state);

    *out = state;
    return PINNA_OK;
}

void pinna_stream_state_free(pinna_stream_state *state)
{
    free(state);
}

void pinna_stream_state_reset(pinna_stream_state *state)
{
    memcpy(state->memory, state->first, state->n_memory * sizeof(float));
}

static void apply(const pinna_kernels *kernels, const packed_dense *dense,
                  const float *x, float *y)
{
    kernels->matvec(dense->weight, dense->bias, x, dense->n_out, dense->n_in,
                    y);
}

static void add(const float *from, size_t n, float *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] += from[i];
}

/* xp holds W x + b_ih, hp U h + b_hh of all gates but the last. */
static void step_reset_before(const pinna_stream_net *net, size_t layer,
                              pinna_stream_state *state, float *h)
{
    const size_t H = net->config.n_hidden;
    float *r = state->xp, *z = r + H, *n = z + H, *reset = state->hp;

    add(state->hp, 2 * H, r);
    net->kernels->sigmoid(r, 2 * H);
    for (size_t i = 0; i < H; i++)
        reset[i] = r[i] * h[i];
    apply(net->kernels, &net->candidate[layer], reset, state->hp + H);
    add(state->hp + H, H, n);
    net->kernels->tanh(n, H);
    for (size_t i = 0; i < H; i++)
        h[i] = n[i] + z[i] * (h[i] - n[i]);
}

/* The state of a layer goes one frame on by its input x; the formulas stand at
 * the cells of rnn/cell_kind.h. */
static void step_layer(const pinna_stream_net *net, size_t layer,
                       pinna_stream_state *state, const float *x)
{
    const pinna_network_config *c = &net->config;
    const pinna_kernels *kernels = net->kernels;
    const size_t H = c->n_hidden;
    float *xp = state->xp, *hp = state->hp;
    float *h = state->memory + layer * H;

    apply(kernels, &net->input[layer], x, xp);
    apply(kernels, &net->recurrent[layer], h, hp);
    switch (c->cell) {
    case PINNA_CELL_GRU:
        kernels->gru_gates(H, xp, hp, h, xp, h);
        break;
    case PINNA_CELL_GRU_RESET_BEFORE:
        step_reset_before(net, layer, state, h);
        break;
    case PINNA_CELL_LSTM:
        add(hp, 4 * H, xp);
        float *cell = h + c->n_layers * H;
        kernels->lstm_gates(H, xp, cell, cell, h);
        break;
    case PINNA_CELL_RNN_TANH:
        add(hp, H, xp);
        kernels->tanh(xp, H);
        memcpy(h, xp, H * sizeof(float));
        break;
    case PINNA_CELL_RNN_RELU:
        for (size_t i = 0; i < H; i++)
            h[i] = xp[i] + hp[i] > 0 ? xp[i] + hp[i] : 0;
        break;
    }
    if (c->layer_norm)
        pinna_layer_norm_forward(net->norm_weight[layer], net->norm_bias[layer],
                                 h, 1, H, state->normed + layer * H);
}

const float *pinna_stream_hear(const pinna_stream_net *net,
                               pinna_stream_state *state, const float *x)
{
    const pinna_network_config *c = &net->config;
    const pinna_kernels *kernels = net->kernels;

    if (c->n_dense > 0) {
        apply(kernels, &net->dense_in, x, state->activated);
        kernels->tanh(state->activated, c->n_dense);
        x = state->activated;
    }
    for (size_t layer = 0; layer < c->n_layers; layer++) {
        step_layer(net, layer, state, x);
        x = state->normed + layer * c->n_hidden;
    }
    return c->skip ? state->normed : x;
}

void pinna_stream_step(const pinna_stream_net *net, pinna_stream_state *state,
                       const float *x, float *y)
{
    apply(net->kernels, &net->dense_out, pinna_stream_hear(net, state, x), y);
}
