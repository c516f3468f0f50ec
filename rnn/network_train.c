#include "rnn/network_train.h"

#include "rnn/dense.h"
#include "rnn/gru.h"
#include "rnn/kernels.h"

#include <stdlib.h>
#include <string.h>

/* One stage's output, its dropped-out copy and its gradient, [T, B, width]. */
typedef struct stage {
    size_t width;
    float *y;       /* before dropout */
    float *dropped; /* after; the next stage reads this when dropout is on */
    float *mask;    /* what y was multiplied with */
    float *dy;
} stage;

struct pinna_net_worker {
    pinna_network_config config;
    double dropout; /* of the last forward */
    stage dense;
    stage layers[PINNA_MAX_LAYERS];
    pinna_gru_cache *caches[PINNA_MAX_LAYERS];
    float *joined, *djoined; /* [T, B, L * H] when skip */
    float *y;                /* [T, B, n_out] */
};

static float *floats(size_t n)
{
    void *memory = NULL;
    if (n == 0 || posix_memalign(&memory, 64, n * sizeof(float)) != 0)
        return NULL;
    memset(memory, 0, n * sizeof(float));
    return memory;
}

static bool stage_new(stage *s, size_t n_rows, size_t width)
{
    s->width = width;
    s->y = floats(n_rows * width);
    s->dropped = floats(n_rows * width);
    s->mask = floats(n_rows * width);
    s->dy = floats(n_rows * width);
    return s->y && s->dropped && s->mask && s->dy;
}

static void stage_free(stage *s)
{
    free(s->y);
    free(s->dropped);
    free(s->mask);
    free(s->dy);
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

    const size_t n_rows = max_frames * max_batch;
    bool ok = true;
    if (config->n_dense > 0)
        ok = stage_new(&worker->dense, n_rows, config->n_dense);
    for (size_t layer = 0; ok && layer < config->n_layers; layer++) {
        const pinna_cell_room room = {pinna_network_layer_in(config, layer),
                                      config->n_hidden, max_frames, max_batch};
        ok = stage_new(&worker->layers[layer], n_rows, config->n_hidden) &&
             pinna_gru_cache_new(&room, &worker->caches[layer]) == PINNA_OK;
    }
    if (ok && config->skip) {
        worker->joined = floats(n_rows * config->n_layers * config->n_hidden);
        worker->djoined = floats(n_rows * config->n_layers * config->n_hidden);
        ok = worker->joined && worker->djoined;
    }
    worker->y = floats(n_rows * config->n_out);
    if (!ok || !worker->y) {
        pinna_net_worker_free(worker);
        return PINNA_NO_MEMORY;
    }

    *out = worker;
    return PINNA_OK;
}

void pinna_net_worker_free(pinna_net_worker *worker)
{
    if (!worker)
        return;
    stage_free(&worker->dense);
    for (size_t layer = 0; layer < PINNA_MAX_LAYERS; layer++) {
        stage_free(&worker->layers[layer]);
        pinna_gru_cache_free(worker->caches[layer]);
    }
    free(worker->joined);
    free(worker->djoined);
    free(worker->y);
    free(worker);
}

/* What the next stage reads. */
static const float *stage_drop(stage *s, size_t n_rows, double dropout,
                               pinna_rng *rng)
{
    if (dropout <= 0)
        return s->y;

    /* One 64-bit draw serves four elements, 16 bits each. */
    const uint64_t threshold = (uint64_t)(dropout * 65536);
    const float keep = (float)(1 / (1 - (double)threshold / 65536));
    const size_t n = n_rows * s->width;
    uint64_t draw = 0;
    for (size_t i = 0; i < n; i++) {
        if (i % 4 == 0)
            draw = pinna_rng_next(rng);
        s->mask[i] = (draw & 0xffff) < threshold ? 0.0f : keep;
        draw >>= 16;
        s->dropped[i] = s->y[i] * s->mask[i];
    }
    return s->dropped;
}

static void stage_drop_backward(stage *s, size_t n_rows, double dropout)
{
    if (dropout <= 0)
        return;
    const size_t n = n_rows * s->width;
    for (size_t i = 0; i < n; i++)
        s->dy[i] *= s->mask[i];
}

static pinna_cell_weights gru_weights(const pinna_network *network,
                                      size_t layer)
{
    const pinna_network_config *c = &network->config;
    const float *values = network->params.values;

    return (pinna_cell_weights){
        .n_in = pinna_network_layer_in(c, layer),
        .n_hidden = c->n_hidden,
        .weight_ih = values + network->weight_ih[layer],
        .weight_hh = values + network->weight_hh[layer],
        .bias_ih = values + network->bias_ih[layer],
        .bias_hh = values + network->bias_hh[layer],
    };
}

/* joined[row] = [ part_0 part_1 ... ]; reverse copies back into dy. */
static void join(pinna_net_worker *worker, size_t n_rows)
{
    const size_t H = worker->config.n_hidden, L = worker->config.n_layers;
    for (size_t layer = 0; layer < L; layer++) {
        const stage *s = &worker->layers[layer];
        const float *part = worker->dropout > 0 ? s->dropped : s->y;
        for (size_t row = 0; row < n_rows; row++)
            memcpy(worker->joined + (row * L + layer) * H, part + row * H,
                   H * sizeof(float));
    }
}

static void split_gradient(pinna_net_worker *worker, size_t n_rows)
{
    const size_t H = worker->config.n_hidden, L = worker->config.n_layers;
    for (size_t layer = 0; layer < L; layer++)
        for (size_t row = 0; row < n_rows; row++)
            memcpy(worker->layers[layer].dy + row * H,
                   worker->djoined + (row * L + layer) * H, H * sizeof(float));
}

const float *pinna_net_forward(const pinna_network *network,
                               pinna_net_worker *worker, const float *x,
                               const size_t *lengths, size_t n_frames,
                               size_t n_batch, double dropout, pinna_rng *rng)
{
    const pinna_network_config *c = &network->config;
    const float *values = network->params.values;
    const size_t n_rows = n_frames * n_batch;

    worker->dropout = dropout;
    if (c->n_dense > 0) {
        pinna_dense_forward(values + network->dense_in_weight,
                            values + network->dense_in_bias, x, n_rows, c->n_in,
                            c->n_dense, worker->dense.y);
        pinna_kernels_best()->tanh(worker->dense.y, n_rows * c->n_dense);
        x = stage_drop(&worker->dense, n_rows, dropout, rng);
    }
    for (size_t layer = 0; layer < c->n_layers; layer++) {
        const pinna_cell_weights weights = gru_weights(network, layer);
        pinna_gru_forward(&weights, x, NULL, lengths, n_frames, n_batch,
                          worker->caches[layer], worker->layers[layer].y, NULL);
        x = stage_drop(&worker->layers[layer], n_rows, dropout, rng);
    }
    if (c->skip) {
        join(worker, n_rows);
        x = worker->joined;
    }
    pinna_dense_forward(values + network->dense_out_weight,
                        values + network->dense_out_bias, x, n_rows,
                        c->skip ? c->n_layers * c->n_hidden : c->n_hidden,
                        c->n_out, worker->y);
    return worker->y;
}

/* Gradient of dense_out, which leaves dy of every layer that it reads. */
static void backward_out(const pinna_network *network, pinna_net_worker *worker,
                         size_t n_rows, const float *dy, float *grads)
{
    const pinna_network_config *c = &network->config;
    const size_t H = c->n_hidden, L = c->n_layers;
    const float *weight = network->params.values + network->dense_out_weight;
    float *dweight = grads + network->dense_out_weight;
    float *dbias = grads + network->dense_out_bias;

    for (size_t layer = 0; layer < L; layer++)
        memset(worker->layers[layer].dy, 0, n_rows * H * sizeof(float));
    if (c->skip) {
        memset(worker->djoined, 0, n_rows * L * H * sizeof(float));
        pinna_dense_backward(weight, worker->joined, dy, n_rows, L * H,
                             c->n_out, worker->djoined, dweight, dbias);
        split_gradient(worker, n_rows);
    } else {
        stage *last = &worker->layers[L - 1];
        pinna_dense_backward(weight,
                             worker->dropout > 0 ? last->dropped : last->y, dy,
                             n_rows, H, c->n_out, last->dy, dweight, dbias);
    }
}

void pinna_net_backward(const pinna_network *network, pinna_net_worker *worker,
                        const float *x, const size_t *lengths, size_t n_frames,
                        size_t n_batch, const float *dy, float *grads)
{
    const pinna_network_config *c = &network->config;
    const size_t n_rows = n_frames * n_batch;
    const bool drop = worker->dropout > 0;

    backward_out(network, worker, n_rows, dy, grads);
    if (c->n_dense > 0)
        memset(worker->dense.dy, 0, n_rows * c->n_dense * sizeof(float));

    for (size_t layer = c->n_layers; layer-- > 0;) {
        stage *s = &worker->layers[layer];
        stage *below = layer > 0        ? &worker->layers[layer - 1]
                       : c->n_dense > 0 ? &worker->dense
                                        : NULL;
        const float *in = !below ? x : drop ? below->dropped : below->y;
        const pinna_cell_weights weights = gru_weights(network, layer);
        const pinna_cell_grads gru_grads = {
            .weight_ih = grads + network->weight_ih[layer],
            .weight_hh = grads + network->weight_hh[layer],
            .bias_ih = grads + network->bias_ih[layer],
            .bias_hh = grads + network->bias_hh[layer],
        };
        stage_drop_backward(s, n_rows, worker->dropout);
        pinna_gru_backward(&weights, in, lengths, n_frames, n_batch,
                           worker->caches[layer], s->dy, NULL,
                           below ? below->dy : NULL, NULL, &gru_grads);
    }

    if (c->n_dense > 0) {
        stage *s = &worker->dense;
        stage_drop_backward(s, n_rows, worker->dropout);
        for (size_t i = 0; i < n_rows * c->n_dense; i++)
            s->dy[i] *= 1 - s->y[i] * s->y[i];
        pinna_dense_backward(network->params.values + network->dense_in_weight,
                             x, s->dy, n_rows, c->n_in, c->n_dense, NULL,
                             grads + network->dense_in_weight,
                             grads + network->dense_in_bias);
    }
}
