#include "rnn/rmsprop.h"

#include <math.h>
#include <stdlib.h>

pinna_rmsprop_config pinna_rmsprop_config_default(void)
{
    return (pinna_rmsprop_config){.alpha = 0.99, .eps = 1e-8};
}

pinna_status pinna_rmsprop_new(const pinna_rmsprop_config *config, size_t n,
                               pinna_rmsprop *rmsprop)
{
    *rmsprop = (pinna_rmsprop){0};
    if (n == 0 || !(config->alpha >= 0 && config->alpha < 1) ||
        !(config->eps > 0))
        return PINNA_BAD_ARG;

    rmsprop->config = *config;
    rmsprop->n = n;
    rmsprop->v = calloc(n, sizeof(float));
    return rmsprop->v ? PINNA_OK : PINNA_NO_MEMORY;
}

void pinna_rmsprop_free(pinna_rmsprop *rmsprop)
{
    if (!rmsprop)
        return;
    free(rmsprop->v);
    *rmsprop = (pinna_rmsprop){0};
}

void pinna_rmsprop_step(pinna_rmsprop *rmsprop, double learning_rate,
                        const float *grads, float *values)
{
    const float rate = (float)learning_rate;
    const float alpha = (float)rmsprop->config.alpha;
    const float rest = (float)(1 - rmsprop->config.alpha);
    const float eps = (float)rmsprop->config.eps;
    const float *restrict g = grads;
    float *restrict v = rmsprop->v;
    float *restrict value = values;

    for (size_t i = 0; i < rmsprop->n; i++) {
        v[i] = alpha * v[i] + rest * g[i] * g[i];
        value[i] -= rate * g[i] / (sqrtf(v[i]) + eps);
    }
}
