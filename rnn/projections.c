#include "rnn/projections.h"

#include "rnn/block.h"
#include "rnn/dense.h"
#include "rnn/kernels.h"

#include <stdlib.h>
#include <string.h>

pinna_status pinna_projections_new(const pinna_network_config *c,
                                   size_t max_rows, pinna_projections *p)
{
    const size_t n = pinna_network_n_projections(c);
    const size_t width = pinna_network_layer_in(c, 0);
    const pinna_block_array arrays[] = {{&p->apart, 1, max_rows, c->n_in},
                                        {&p->joined, 1, max_rows, width},
                                        {&p->djoined, 1, max_rows, width}};
    pinna_status status = PINNA_OK;

    *p = (pinna_projections){0};
    for (size_t i = 0; !status && i < n; i++)
        status = pinna_net_stage_new(max_rows, c->n_dense, &p->stages[i]);
    if (!status && n > 1)
        status =
            pinna_block_new(arrays, sizeof arrays / sizeof *arrays, &p->block);
    return status;
}

void pinna_projections_free(pinna_projections *p)
{
    for (size_t i = 0; i < PINNA_MAX_STREAMS; i++)
        pinna_net_stage_free(&p->stages[i]);
    free(p->block);
}

/* The streams of x, one after the other. */
static void take_apart(const pinna_network_config *c, const float *x,
                       size_t n_rows, float *apart)
{
    for (size_t i = 0; i < c->n_streams; x += c->stream_widths[i++])
        for (size_t row = 0; row < n_rows; row++) {
            memcpy(apart, x + row * c->n_in,
                   c->stream_widths[i] * sizeof *apart);
            apart += c->stream_widths[i];
        }
}

const float *pinna_projections_forward(const pinna_network *network,
                                       pinna_projections *p, const float *x,
                                       size_t n_rows, double dropout,
                                       pinna_rng *rng)
{
    const pinna_network_config *c = &network->config;
    const float *values = network->params.values;
    const size_t n = pinna_network_n_projections(c);

    if (n == 0)
        return x;
    if (n > 1) {
        take_apart(c, x, n_rows, p->apart);
        x = p->apart;
    }
    for (size_t i = 0; i < n; i++) {
        pinna_net_stage *s = &p->stages[i];
        const size_t n_in = pinna_network_projection_in(c, i);
        pinna_dense_forward(values + network->in_weight[i],
                            values + network->in_bias[i], x, n_rows, n_in,
                            c->n_dense, s->y);
        pinna_kernels_best()->tanh(s->y, n_rows * c->n_dense);
        pinna_net_stage_drop(s, n_rows, dropout, rng);
        x += n_rows * n_in;
    }
    if (n == 1)
        return p->stages[0].out;
    pinna_net_stages_join(p->stages, n, n_rows, p->joined);
    return p->joined;
}

float *pinna_projections_clear(const pinna_network_config *c,
                               pinna_projections *p, size_t n_rows)
{
    const size_t n = pinna_network_n_projections(c);
    float *gradient = n > 1 ? p->djoined : p->stages[0].dy;

    if (n == 0)
        return NULL;
    memset(gradient, 0,
           n_rows * pinna_network_layer_in(c, 0) * sizeof *gradient);
    return gradient;
}

void pinna_projections_backward(const pinna_network *network,
                                pinna_projections *p, const float *x,
                                size_t n_rows, float *grads)
{
    const pinna_network_config *c = &network->config;
    const size_t n = pinna_network_n_projections(c);

    if (n > 1) {
        pinna_net_stages_split(p->stages, n, n_rows, p->djoined);
        x = p->apart;
    }
    for (size_t i = 0; i < n; i++) {
        pinna_net_stage *s = &p->stages[i];
        const size_t n_in = pinna_network_projection_in(c, i);
        pinna_net_stage_drop_backward(s, n_rows);
        for (size_t k = 0; k < n_rows * c->n_dense; k++)
            s->dy[k] *= 1 - s->y[k] * s->y[k];
        pinna_dense_backward(network->params.values + network->in_weight[i], x,
                             s->dy, n_rows, n_in, c->n_dense, NULL,
                             grads + network->in_weight[i],
                             grads + network->in_bias[i]);
        x += n_rows * n_in;
    }
}
