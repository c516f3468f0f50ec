#include "rnn/sgd.h"

#include <stdlib.h>

pinna_status pinna_sgd_new(const pinna_sgd_config *config, size_t n,
                           pinna_sgd *sgd)
{
    *sgd = (pinna_sgd){0};
    if (n == 0 || !(config->momentum >= 0 && config->momentum < 1) ||
        !(config->weight_decay >= 0))
        return PINNA_BAD_ARG;

    sgd->config = *config;
    sgd->n = n;
    sgd->v = calloc(n, sizeof(float));
    return sgd->v ? PINNA_OK : PINNA_NO_MEMORY;
}

void pinna_sgd_free(pinna_sgd *sgd)
{
    if (!sgd)
        return;
    free(sgd->v);
    *sgd = (pinna_sgd){0};
}

void pinna_sgd_step(pinna_sgd *sgd, double learning_rate, const float *grads,
                    float *values)
{
    const float rate = (float)learning_rate;
    const float momentum = (float)sgd->config.momentum;
    const float decay = (float)sgd->config.weight_decay;
    /* The step goes along now * g + ahead * v. */
    const float now = sgd->config.nesterov ? 1 : 0;
    const float ahead = sgd->config.nesterov ? momentum : 1;
    float *restrict v = sgd->v;
    float *restrict value = values;

    for (size_t i = 0; i < sgd->n; i++) {
        const float g = grads[i] + decay * value[i];
        v[i] = momentum * v[i] + g;
        value[i] -= rate * (now * g + ahead * v[i]);
    }
}
