#include "rnn/network_train.h"

#include "rnn/block.h"
#include "rnn/dense.h"
#include "rnn/layer_norm.h"
#include "rnn/linalg.h"
#include "rnn/net_stage.h"
#include "rnn/projections.h"

#include <stdlib.h>
#include <string.h>

struct pinna_net_worker {
    pinna_network_config config;
    bool from_parameters; /* the last forward began with the learned state */
    pinna_projections projections;
    pinna_net_stage layers[PINNA_MAX_LAYERS];
    pinna_layer_cache *caches[PINNA_MAX_LAYERS];
    float *joined, *djoined; /* [T, B, L D H] when skip */
    float *y;                /* [T, B, n_out] */
    float *blocks[2];        /* back y, and joined and djoined */
    const float *heard;      /* what layer 0 read last */

    /* With layer_norm: [T, B, D H] before it, and the gradient of one. */
    float *raw[PINNA_MAX_LAYERS], *draw;
    float *raw_block;

    /* With learned_state: the states of one layer, [D, B, H]. */
    pinna_layer_state first, dfirst;
    float *state_block;
};

/* ---- memory ---- */

static pinna_status new_outputs(pinna_net_worker *worker, size_t n_rows)
{
    const pinna_network_config *c = &worker->config;
    const size_t width = pinna_network_out_in(c);

    pinna_status status =
        pinna_block_new(&(pinna_block_array){&worker->y, 1, n_rows, c->n_out},
                        1, &worker->blocks[0]);
    if (!status && c->skip) {
        const pinna_block_array arrays[] = {
            {&worker->joined, 1, n_rows, width},
            {&worker->djoined, 1, n_rows, width}};
        status = pinna_block_new(arrays, 2, &worker->blocks[1]);
    }
    return status;
}

static pinna_status new_raw(pinna_net_worker *worker, size_t n_rows)
{
    const pinna_network_config *c = &worker->config;
    const size_t width = pinna_network_layer_out(c);
    pinna_block_array arrays[PINNA_MAX_LAYERS + 1];

    for (size_t layer = 0; layer < c->n_layers; layer++)
        arrays[layer] =
            (pinna_block_array){&worker->raw[layer], 1, n_rows, width};
    arrays[c->n_layers] = (pinna_block_array){&worker->draw, 1, n_rows, width};
    return pinna_block_new(arrays, c->n_layers + 1, &worker->raw_block);
}

static pinna_status new_states(pinna_net_worker *worker, size_t max_batch)
{
    const pinna_network_config *c = &worker->config;
    const size_t D = pinna_network_n_directions(c), H = c->n_hidden;
    const pinna_block_array arrays[] = {{&worker->first.h, D, max_batch, H},
                                        {&worker->first.c, D, max_batch, H},
                                        {&worker->dfirst.h, D, max_batch, H},
                                        {&worker->dfirst.c, D, max_batch, H}};
    return pinna_block_new(arrays, sizeof arrays / sizeof *arrays,
                           &worker->state_block);
}

static pinna_status allocate(pinna_net_worker *worker, size_t max_frames,
                             size_t max_batch)
{
    const pinna_network_config *c = &worker->config;
    const size_t n_rows = max_frames * max_batch;
    pinna_status status = new_outputs(worker, n_rows);

    if (!status)
        status = pinna_projections_new(c, n_rows, &worker->projections);
    for (size_t layer = 0; !status && layer < c->n_layers; layer++) {
        const pinna_cell_room room = {pinna_network_layer_in(c, layer),
                                      c->n_hidden, max_frames, max_batch};
        status = pinna_net_stage_new(n_rows, pinna_network_layer_out(c),
                                     &worker->layers[layer]);
        if (!status)
            status = pinna_layer_cache_new(c->cell, c->bidirectional, &room,
                                           &worker->caches[layer]);
    }
    if (!status && c->layer_norm)
        status = new_raw(worker, n_rows);
    if (!status && c->learned_state)
        status = new_states(worker, max_batch);
    return status;
}

pinna_status pinna_net_worker_new(const pinna_network_config *config,
                                  size_t max_frames, size_t max_batch,
                                  pinna_net_worker **out)
{
    *out = NULL;
    if (max_frames == 0 || max_batch == 0)
        return PINNA_BAD_ARG;
    pinna_net_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return PINNA_NO_MEMORY;
    worker->config = *config;

    const pinna_status status = allocate(worker, max_frames, max_batch);
    if (status) {
        pinna_net_worker_free(worker);
        return status;
    }
    *out = worker;
    return PINNA_OK;
}

void pinna_net_worker_free(pinna_net_worker *worker)
{
    if (!worker)
        return;
    pinna_projections_free(&worker->projections);
    for (size_t layer = 0; layer < PINNA_MAX_LAYERS; layer++) {
        pinna_net_stage_free(&worker->layers[layer]);
        pinna_layer_cache_free(worker->caches[layer]);
    }
    free(worker->blocks[0]);
    free(worker->blocks[1]);
    free(worker->raw_block);
    free(worker->state_block);
    free(worker);
}

/* ---- one recurrent layer ---- */

static void layer_weights(const pinna_network *network, size_t layer,
                          pinna_cell_weights weights[2])
{
    const pinna_network_config *c = &network->config;
    const float *values = network->params.values;

    for (size_t d = 0; d < pinna_network_n_directions(c); d++) {
        const pinna_network_cell *cell = &network->cells[layer][d];
        weights[d] = (pinna_cell_weights){
            .n_in = pinna_network_layer_in(c, layer),
            .n_hidden = c->n_hidden,
            .weight_ih = values + cell->weight_ih,
            .weight_hh = values + cell->weight_hh,
            .bias_ih = values + cell->bias_ih,
            .bias_hh = values + cell->bias_hh,
        };
    }
}

/* The states of one layer [D, B, H] in those of all, or the lack of them. */
static pinna_layer_state layer_state(const pinna_network_config *c,
                                     pinna_layer_state all, size_t layer,
                                     size_t n_batch)
{
    const size_t n = pinna_network_layer_out(c) * n_batch;

    return (pinna_layer_state){all.h ? all.h + layer * n : NULL,
                               all.c ? all.c + layer * n : NULL};
}

/* The learned state of a layer, the same for every sequence. */
static pinna_layer_state learned_state(const pinna_network *network,
                                       pinna_net_worker *worker, size_t layer,
                                       size_t n_batch)
{
    const pinna_network_config *c = &network->config;
    const float *values = network->params.values;
    const size_t H = c->n_hidden;

    for (size_t d = 0; d < pinna_network_n_directions(c); d++) {
        const pinna_network_cell *cell = &network->cells[layer][d];
        const size_t offset = d * n_batch * H;
        pinna_fill_rows(values + cell->h0, n_batch, H,
                        worker->first.h + offset);
        if (pinna_cell_has_c(c->cell))
            pinna_fill_rows(values + cell->c0, n_batch, H,
                            worker->first.c + offset);
    }
    return worker->first;
}

static void add_learned_gradient(const pinna_network *network,
                                 const pinna_net_worker *worker, size_t layer,
                                 size_t n_batch, float *grads)
{
    const pinna_network_config *c = &network->config;
    const size_t H = c->n_hidden;

    for (size_t d = 0; d < pinna_network_n_directions(c); d++) {
        const pinna_network_cell *cell = &network->cells[layer][d];
        const size_t offset = d * n_batch * H;
        pinna_add_column_sums(worker->dfirst.h + offset, H, n_batch, H,
                              grads + cell->h0);
        if (pinna_cell_has_c(c->cell))
            pinna_add_column_sums(worker->dfirst.c + offset, H, n_batch, H,
                                  grads + cell->c0);
    }
}

static void forward_layer(const pinna_network *network,
                          pinna_net_worker *worker, size_t layer,
                          const float *x, pinna_layer_state first,
                          const size_t *lengths, size_t n_frames,
                          size_t n_batch, pinna_layer_state last)
{
    const pinna_network_config *c = &network->config;
    const float *values = network->params.values;
    float *y = worker->layers[layer].y;
    float *raw = c->layer_norm ? worker->raw[layer] : y;
    pinna_cell_weights weights[2];

    layer_weights(network, layer, weights);
    pinna_layer_forward(weights, x,
                        worker->from_parameters
                            ? learned_state(network, worker, layer, n_batch)
                            : layer_state(c, first, layer, n_batch),
                        lengths, n_frames, n_batch, worker->caches[layer], raw,
                        layer_state(c, last, layer, n_batch));
    if (c->layer_norm)
        pinna_layer_norm_forward(values + network->norm_weight[layer],
                                 values + network->norm_bias[layer], raw,
                                 n_frames * n_batch, pinna_network_layer_out(c),
                                 y);
}

/* dx is added to, NULL to skip it. */
static void backward_layer(const pinna_network *network,
                           pinna_net_worker *worker, size_t layer,
                           const float *x, const size_t *lengths,
                           size_t n_frames, size_t n_batch, float *dx,
                           float *grads)
{
    const pinna_network_config *c = &network->config;
    const size_t n_rows = n_frames * n_batch;
    const size_t width = pinna_network_layer_out(c);
    const pinna_layer_state none = {NULL, NULL};
    const float *dy = worker->layers[layer].dy;
    pinna_cell_weights weights[2];
    pinna_cell_grads cell_grads[2];

    layer_weights(network, layer, weights);
    for (size_t d = 0; d < 2; d++) {
        const pinna_network_cell *cell = &network->cells[layer][d];
        cell_grads[d] =
            (pinna_cell_grads){grads + cell->weight_ih, grads + cell->weight_hh,
                               grads + cell->bias_ih, grads + cell->bias_hh};
    }
    if (c->layer_norm) {
        memset(worker->draw, 0, n_rows * width * sizeof(float));
        pinna_layer_norm_backward(
            network->params.values + network->norm_weight[layer],
            worker->raw[layer], dy, n_rows, width, worker->draw,
            grads + network->norm_weight[layer],
            grads + network->norm_bias[layer]);
        dy = worker->draw;
    }
    if (worker->from_parameters) {
        memset(worker->dfirst.h, 0, width * n_batch * sizeof(float));
        memset(worker->dfirst.c, 0, width * n_batch * sizeof(float));
    }
    pinna_layer_backward(
        weights, x, lengths, n_frames, n_batch, worker->caches[layer], dy, none,
        dx, worker->from_parameters ? worker->dfirst : none, cell_grads);
    if (worker->from_parameters)
        add_learned_gradient(network, worker, layer, n_batch, grads);
}

/* ---- the whole ---- */

const float *pinna_net_forward_from(const pinna_network *network,
                                    pinna_net_worker *worker,
                                    pinna_layer_state first, const float *x,
                                    const size_t *lengths, size_t n_frames,
                                    size_t n_batch, double dropout,
                                    pinna_rng *rng, pinna_layer_state last)
{
    const pinna_network_config *c = &network->config;
    const float *values = network->params.values;
    const size_t n_rows = n_frames * n_batch;

    worker->from_parameters = c->learned_state && !first.h && !first.c;
    x = worker->heard = pinna_projections_forward(network, &worker->projections,
                                                  x, n_rows, dropout, rng);
    for (size_t layer = 0; layer < c->n_layers; layer++) {
        forward_layer(network, worker, layer, x, first, lengths, n_frames,
                      n_batch, last);
        pinna_net_stage_drop(&worker->layers[layer], n_rows, dropout, rng);
        x = worker->layers[layer].out;
    }
    if (c->skip) {
        pinna_net_stages_join(worker->layers, c->n_layers, n_rows,
                              worker->joined);
        x = worker->joined;
    }
    pinna_dense_forward(values + network->dense_out_weight,
                        values + network->dense_out_bias, x, n_rows,
                        pinna_network_out_in(c), c->n_out, worker->y);
    return worker->y;
}

const float *pinna_net_forward(const pinna_network *network,
                               pinna_net_worker *worker, const float *x,
                               const size_t *lengths, size_t n_frames,
                               size_t n_batch, double dropout, pinna_rng *rng)
{
    const pinna_layer_state none = {NULL, NULL};

    return pinna_net_forward_from(network, worker, none, x, lengths, n_frames,
                                  n_batch, dropout, rng, none);
}

static void clear_gradient(pinna_net_stage *stage, size_t n_rows)
{
    memset(stage->dy, 0, n_rows * stage->width * sizeof(float));
}

/* Gradient of dense_out, which leaves dy of every layer that it reads. */
static void backward_out(const pinna_network *network, pinna_net_worker *worker,
                         size_t n_rows, const float *dy, float *grads)
{
    const pinna_network_config *c = &network->config;
    const size_t L = c->n_layers, width = pinna_network_out_in(c);
    const float *weight = network->params.values + network->dense_out_weight;
    float *dweight = grads + network->dense_out_weight;
    float *dbias = grads + network->dense_out_bias;

    for (size_t layer = 0; layer < L; layer++)
        clear_gradient(&worker->layers[layer], n_rows);
    if (c->skip) {
        memset(worker->djoined, 0, n_rows * width * sizeof(float));
        pinna_dense_backward(weight, worker->joined, dy, n_rows, width,
                             c->n_out, worker->djoined, dweight, dbias);
        pinna_net_stages_split(worker->layers, L, n_rows, worker->djoined);
    } else {
        pinna_net_stage *last = &worker->layers[L - 1];
        pinna_dense_backward(weight, last->out, dy, n_rows, width, c->n_out,
                             last->dy, dweight, dbias);
    }
}

void pinna_net_backward(const pinna_network *network, pinna_net_worker *worker,
                        const float *x, const size_t *lengths, size_t n_frames,
                        size_t n_batch, const float *dy, float *grads)
{
    const pinna_network_config *c = &network->config;
    const size_t n_rows = n_frames * n_batch;

    float *dheard = pinna_projections_clear(c, &worker->projections, n_rows);

    backward_out(network, worker, n_rows, dy, grads);

    for (size_t layer = c->n_layers; layer-- > 0;) {
        pinna_net_stage *below = layer > 0 ? &worker->layers[layer - 1] : NULL;
        pinna_net_stage_drop_backward(&worker->layers[layer], n_rows);
        backward_layer(network, worker, layer,
                       below ? below->out : worker->heard, lengths, n_frames,
                       n_batch, below ? below->dy : dheard, grads);
    }
    pinna_projections_backward(network, &worker->projections, x, n_rows, grads);
}
