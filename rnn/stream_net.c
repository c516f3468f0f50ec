#include "rnn/stream_net.h"

#include "rnn/kernels.h"
#include "rnn/layer_norm.h"
#include "rnn/packed_dense.h"

#include <stdlib.h>
#include <string.h>

struct pinna_stream_net {
    pinna_network_config config;
    pinna_dense_kernels kernels;
    pinna_packed_dense projections[PINNA_MAX_STREAMS], dense_out;
    pinna_packed_dense input[PINNA_MAX_LAYERS];     /* [G H, in] */
    pinna_packed_dense recurrent[PINNA_MAX_LAYERS]; /* [G H, H] */
    /* The last gate of PINNA_CELL_GRU_RESET_BEFORE, [H, H]: it comes after the
     * others, which alone are in recurrent. */
    pinna_packed_dense candidate[PINNA_MAX_LAYERS];
    float *norms;    /* [L, 2, H] weight and bias of layer_norm, or NULL */
    size_t n_memory; /* of a state, L H, twice that for LSTM: h, then c */
    float *first;    /* [n_memory] */
};

static pinna_status pack_layer(const pinna_network *network, size_t layer,
                               pinna_stream_net *net)
{
    const pinna_network_config *c = &network->config;
    const pinna_network_cell *cell = &network->cells[layer][0];
    const pinna_params *params = &network->params;
    const size_t H = c->n_hidden, n = pinna_cell_n_gates(c->cell) * H;
    const size_t n_first = c->cell == PINNA_CELL_GRU_RESET_BEFORE ? n - H : n;

    pinna_status status =
        pinna_packed_dense_new(params, cell->weight_ih, cell->bias_ih,
                               net->kernels, &net->input[layer]);
    if (!status)
        status = pinna_packed_dense_new_rows(
            params, cell->weight_hh, cell->bias_hh, 0, n_first, net->kernels,
            &net->recurrent[layer]);
    if (!status && n_first < n)
        status = pinna_packed_dense_new_rows(
            params, cell->weight_hh, cell->bias_hh, n_first, n, net->kernels,
            &net->candidate[layer]);
    return status;
}

static pinna_status pack_all(const pinna_network *network,
                             pinna_stream_net *net)
{
    const pinna_network_config *c = &network->config;
    const pinna_params *params = &network->params;
    pinna_status status = PINNA_OK;

    for (size_t i = 0; !status && i < pinna_network_n_projections(c); i++)
        status = pinna_packed_dense_new(params, network->in_weight[i],
                                        network->in_bias[i], net->kernels,
                                        &net->projections[i]);
    for (size_t layer = 0; !status && layer < c->n_layers; layer++)
        status = pack_layer(network, layer, net);
    if (!status)
        status = pinna_packed_dense_new(params, network->dense_out_weight,
                                        network->dense_out_bias, net->kernels,
                                        &net->dense_out);
    return status;
}

static pinna_status copy_norms(const pinna_network *network,
                               pinna_stream_net *net)
{
    const pinna_network_config *c = &network->config;
    const float *values = network->params.values;
    const size_t H = c->n_hidden;

    if (!c->layer_norm)
        return PINNA_OK;
    net->norms = malloc(2 * c->n_layers * H * sizeof(float));
    if (!net->norms)
        return PINNA_NO_MEMORY;
    for (size_t layer = 0; layer < c->n_layers; layer++) {
        float *norm = net->norms + 2 * layer * H;
        memcpy(norm, values + network->norm_weight[layer], H * sizeof(float));
        memcpy(norm + H, values + network->norm_bias[layer], H * sizeof(float));
    }
    return PINNA_OK;
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
        memcpy(net->first + layer * H, network->params.values + cell->h0,
               H * sizeof(float));
        if (has_c)
            memcpy(net->first + (L + layer) * H,
                   network->params.values + cell->c0, H * sizeof(float));
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
    net->kernels = pinna_dense_kernels_best();
    pinna_status status = pack_all(network, net);
    if (!status)
        status = copy_norms(network, net);
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
        pinna_packed_dense_free(&net->input[layer]);
        pinna_packed_dense_free(&net->recurrent[layer]);
        pinna_packed_dense_free(&net->candidate[layer]);
    }
    for (size_t i = 0; i < PINNA_MAX_STREAMS; i++)
        pinna_packed_dense_free(&net->projections[i]);
    pinna_packed_dense_free(&net->dense_out);
    free(net->norms);
    free(net->first);
    free(net);
}

struct pinna_stream_state {
    pinna_sweep sweep; /* of the frame to come */
    size_t n_memory;
    float *memory;    /* [n_memory] */
    float *first;     /* [n_memory] copy of that of the net */
    float *normed;    /* [L, H] of layer_norm, else memory: what others see */
    float *activated; /* [n_projections, n_dense] */
    float *xp, *hp;   /* [G H] */
    int8_t *scratch;  /* [padded width of the widest input of a product] */
    float block[];    /* backs the arrays above */
};

/* Of all products, padded as the int8 kernels want it. */
static size_t largest_input(const pinna_network_config *c)
{
    const size_t widths[] = {c->n_in, pinna_network_layer_in(c, 0), c->n_hidden,
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
    const size_t n_normed = c->layer_norm ? c->n_layers * c->n_hidden : 0;
    const size_t n_gates = pinna_cell_n_gates(c->cell) * c->n_hidden;
    const size_t n_activated = pinna_network_n_projections(c) * c->n_dense;
    const size_t n = 2 * net->n_memory + n_normed + n_activated + 2 * n_gates;

    pinna_stream_state *state =
        calloc(1, sizeof *state + n * sizeof(float) + largest_input(c));
    if (!state)
        return PINNA_NO_MEMORY;
    state->n_memory = net->n_memory;
    state->memory = state->block;
    state->first = state->memory + net->n_memory;
    state->normed = n_normed > 0 ? state->first + net->n_memory : state->memory;
    state->activated = state->first + net->n_memory + n_normed;
    state->xp = state->activated + n_activated;
    state->hp = state->xp + n_gates;
    state->scratch = (int8_t *)(state->block + n);
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

static void apply(const pinna_packed_dense *dense, pinna_stream_state *state,
                  const float *x, float *y)
{
    pinna_packed_dense_apply(dense, state->sweep, x, state->scratch, y);
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
    net->kernels.float32->sigmoid(r, 2 * H);
    for (size_t i = 0; i < H; i++)
        reset[i] = r[i] * h[i];
    apply(&net->candidate[layer], state, reset, state->hp + H);
    add(state->hp + H, H, n);
    net->kernels.float32->tanh(n, H);
    for (size_t i = 0; i < H; i++)
        h[i] = n[i] + z[i] * (h[i] - n[i]);
}

/* The state of a layer goes one frame on by its input x; the formulas stand at
 * the cells of rnn/cell_kind.h. */
static void step_layer(const pinna_stream_net *net, size_t layer,
                       pinna_stream_state *state, const float *x)
{
    const pinna_network_config *c = &net->config;
    const pinna_kernels *kernels = net->kernels.float32;
    const size_t H = c->n_hidden;
    float *xp = state->xp, *hp = state->hp;
    float *h = state->memory + layer * H;

    pinna_packed_dense_apply_two(&net->input[layer], &net->recurrent[layer],
                                 state->sweep, x, h, state->scratch, xp, hp);
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
    if (c->layer_norm) {
        const float *norm = net->norms + 2 * layer * H;
        pinna_layer_norm_forward(norm, norm + H, h, 1, H,
                                 state->normed + layer * H);
    }
}

const float *pinna_stream_hear(const pinna_stream_net *net,
                               pinna_stream_state *state, const float *x)
{
    const pinna_network_config *c = &net->config;
    const size_t n = pinna_network_n_projections(c);

    for (size_t i = 0; i < n; x += pinna_network_projection_in(c, i++))
        apply(&net->projections[i], state, x,
              state->activated + i * c->n_dense);
    if (n > 0) {
        net->kernels.float32->tanh(state->activated, n * c->n_dense);
        x = state->activated;
    }
    for (size_t layer = 0; layer < c->n_layers; layer++) {
        step_layer(net, layer, state, x);
        x = state->normed + layer * c->n_hidden;
    }
    state->sweep = pinna_sweep_back(state->sweep);
    return c->skip ? state->normed : x;
}

void pinna_stream_step(const pinna_stream_net *net, pinna_stream_state *state,
                       const float *x, float *y)
{
    const pinna_sweep sweep = state->sweep;
    const float *heard = pinna_stream_hear(net, state, x);

    pinna_packed_dense_apply(&net->dense_out, sweep, heard, state->scratch, y);
}
