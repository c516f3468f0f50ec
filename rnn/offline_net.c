#include "rnn/offline_net.h"

#include "rnn/block.h"
#include "rnn/kernels.h"
#include "rnn/layer_norm.h"
#include "rnn/stream_net.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct pinna_offline_net {
    pinna_network_config config;
    const pinna_kernels *kernels;
    /* Each a network of its own: that direction of that layer, for the first
     * one behind dense_in. */
    pinna_stream_net *parts[PINNA_MAX_LAYERS][2];
    float *block;                   /* backs the arrays below */
    float *packed;                  /* weight of dense_out */
    float *bias;                    /* [n_out] */
    float *norm_weight, *norm_bias; /* [L, D H] with layer_norm */
};

struct pinna_offline_state {
    size_t max_frames;
    pinna_stream_state *parts[PINNA_MAX_LAYERS][2];
    float *seen; /* [T, L, D H] what comes out of the layers */
};

/* ---- the network ---- */

static void copy_param(const pinna_network *from, size_t from_offset,
                       pinna_network *to, size_t to_offset, size_t n)
{
    memcpy(to->params.values + to_offset, from->params.values + from_offset,
           n * sizeof(float));
}

/* One direction of one layer as a network, of whose output nobody asks. */
static pinna_status cut_out(const pinna_network *network, size_t layer,
                            size_t d, pinna_network *part)
{
    const pinna_network_config *c = &network->config;
    const size_t I = pinna_network_layer_in(c, layer), H = c->n_hidden;
    const size_t width = pinna_cell_n_gates(c->cell) * H;
    pinna_network_config config = {
        .n_in = I,
        .n_hidden = H,
        .n_layers = 1,
        .n_out = 1,
        .cell = c->cell,
        .learned_state = c->learned_state,
    };
    if (layer == 0) {
        config.n_in = c->n_in;
        config.n_dense = c->n_dense;
        config.n_streams = c->n_streams;
        memcpy(config.stream_widths, c->stream_widths,
               sizeof config.stream_widths);
    }
    const pinna_network_cell *from = &network->cells[layer][d];

    const pinna_status status = pinna_network_new(&config, part);
    if (status)
        return status;
    const pinna_network_cell *to = &part->cells[0][0];
    for (size_t i = 0; i < pinna_network_n_projections(&config); i++) {
        copy_param(network, network->in_weight[i], part, part->in_weight[i],
                   c->n_dense * pinna_network_projection_in(c, i));
        copy_param(network, network->in_bias[i], part, part->in_bias[i],
                   c->n_dense);
    }
    copy_param(network, from->weight_ih, part, to->weight_ih, width * I);
    copy_param(network, from->weight_hh, part, to->weight_hh, width * H);
    copy_param(network, from->bias_ih, part, to->bias_ih, width);
    copy_param(network, from->bias_hh, part, to->bias_hh, width);
    if (c->learned_state)
        copy_param(network, from->h0, part, to->h0, H);
    if (c->learned_state && pinna_cell_has_c(c->cell))
        copy_param(network, from->c0, part, to->c0, H);
    return PINNA_OK;
}

static pinna_status make_part(const pinna_network *network, size_t layer,
                              size_t d, pinna_stream_net **out)
{
    pinna_network part;

    pinna_status status = cut_out(network, layer, d, &part);
    if (!status)
        status = pinna_stream_net_new(&part, out);
    pinna_network_free(&part);
    return status;
}

/* dense_out and layer_norm. */
static pinna_status copy_rest(const pinna_network *network,
                              pinna_offline_net *net)
{
    const pinna_network_config *c = &network->config;
    const float *values = network->params.values;
    const size_t n_in = pinna_network_out_in(c), n_out = c->n_out;
    const size_t width = pinna_network_layer_out(c);
    const pinna_block_array arrays[] = {
        {&net->packed, 1, 1, pinna_packed_size(n_out, n_in)},
        {&net->bias, 1, 1, n_out},
        {&net->norm_weight, 1, c->n_layers, width},
        {&net->norm_bias, 1, c->n_layers, width},
    };

    const pinna_status status =
        pinna_block_new(arrays, c->layer_norm ? 4 : 2, &net->block);
    if (status)
        return status;
    pinna_pack(values + network->dense_out_weight, n_out, n_in, net->packed);
    memcpy(net->bias, values + network->dense_out_bias, n_out * sizeof(float));
    for (size_t layer = 0; c->layer_norm && layer < c->n_layers; layer++) {
        memcpy(net->norm_weight + layer * width,
               values + network->norm_weight[layer], width * sizeof(float));
        memcpy(net->norm_bias + layer * width,
               values + network->norm_bias[layer], width * sizeof(float));
    }
    return PINNA_OK;
}

pinna_status pinna_offline_net_new(const pinna_network *network,
                                   pinna_offline_net **out)
{
    const pinna_network_config *c = &network->config;

    *out = NULL;
    pinna_offline_net *net = calloc(1, sizeof *net);
    if (!net)
        return PINNA_NO_MEMORY;
    net->config = *c;
    net->kernels = pinna_kernels_best();

    pinna_status status = copy_rest(network, net);
    for (size_t layer = 0; layer < c->n_layers; layer++)
        for (size_t d = 0; !status && d < pinna_network_n_directions(c); d++)
            status = make_part(network, layer, d, &net->parts[layer][d]);
    if (status) {
        pinna_offline_net_free(net);
        return status;
    }
    *out = net;
    return PINNA_OK;
}

void pinna_offline_net_free(pinna_offline_net *net)
{
    if (!net)
        return;
    for (size_t layer = 0; layer < PINNA_MAX_LAYERS; layer++)
        for (size_t d = 0; d < 2; d++)
            pinna_stream_net_free(net->parts[layer][d]);
    free(net->block);
    free(net);
}

/* ---- running it ---- */

pinna_status pinna_offline_state_new(const pinna_offline_net *net,
                                     size_t max_frames,
                                     pinna_offline_state **out)
{
    const pinna_network_config *c = &net->config;
    const size_t width = pinna_network_layer_out(c);

    *out = NULL;
    pinna_offline_state *state = calloc(1, sizeof *state);
    if (!state)
        return PINNA_NO_MEMORY;
    state->max_frames = max_frames;

    pinna_status status = pinna_block_new(
        &(pinna_block_array){&state->seen, max_frames, c->n_layers, width}, 1,
        &state->seen);
    for (size_t layer = 0; layer < c->n_layers; layer++)
        for (size_t d = 0; !status && d < pinna_network_n_directions(c); d++)
            status = pinna_stream_state_new(net->parts[layer][d],
                                            &state->parts[layer][d]);
    if (status) {
        pinna_offline_state_free(state);
        return status;
    }
    *out = state;
    return PINNA_OK;
}

void pinna_offline_state_free(pinna_offline_state *state)
{
    if (!state)
        return;
    for (size_t layer = 0; layer < PINNA_MAX_LAYERS; layer++)
        for (size_t d = 0; d < 2; d++)
            pinna_stream_state_free(state->parts[layer][d]);
    free(state->seen);
    free(state);
}

/* x has a row of n_x numbers per frame, y one of n_y. */
static void run_layer(const pinna_offline_net *net, size_t layer,
                      pinna_offline_state *state, const float *x, size_t n_x,
                      size_t n_frames, float *y, size_t n_y)
{
    const pinna_network_config *c = &net->config;
    const size_t H = c->n_hidden, width = pinna_network_layer_out(c);

    for (size_t d = 0; d < pinna_network_n_directions(c); d++) {
        pinna_stream_state *part = state->parts[layer][d];
        pinna_stream_state_reset(part);
        for (size_t i = 0; i < n_frames; i++) {
            const size_t t = d == 0 ? i : n_frames - 1 - i;
            const float *h =
                pinna_stream_hear(net->parts[layer][d], part, x + t * n_x);
            memcpy(y + t * n_y + d * H, h, H * sizeof(float));
        }
    }
    for (size_t t = 0; c->layer_norm && t < n_frames; t++)
        pinna_layer_norm_forward(net->norm_weight + layer * width,
                                 net->norm_bias + layer * width, y + t * n_y, 1,
                                 width, y + t * n_y);
}

void pinna_offline_run(const pinna_offline_net *net, pinna_offline_state *state,
                       const float *x, size_t n_frames, float *y)
{
    const pinna_network_config *c = &net->config;
    const size_t width = pinna_network_layer_out(c),
                 n_seen = c->n_layers * width;
    const size_t n_in = pinna_network_out_in(c);
    size_t n_x = c->n_in;

    assert(n_frames <= state->max_frames);
    for (size_t layer = 0; layer < c->n_layers; layer++) {
        float *out = state->seen + layer * width;
        run_layer(net, layer, state, x, n_x, n_frames, out, n_seen);
        x = out;
        n_x = n_seen;
    }
    for (size_t t = 0; t < n_frames; t++)
        net->kernels->matvec(net->packed, net->bias,
                             state->seen + (t + 1) * n_seen - n_in, c->n_out,
                             n_in, y + t * c->n_out);
}
