#include "rnn/adam.h"

#include <math.h>
#include <stdlib.h>

pinna_adam_config pinna_adam_config_default(void)
{
    return (pinna_adam_config){
        .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .weight_decay = 0.0};
}

pinna_status pinna_adam_new(const pinna_adam_config *config, size_t n,
                            pinna_adam *adam)
{
    *adam = (pinna_adam){0};
    if (n == 0 || !(config->beta1 >= 0 && config->beta1 < 1) ||
        !(config->beta2 >= 0 && config->beta2 < 1) || !(config->eps > 0) ||
        !(config->weight_decay >= 0))
        return PINNA_BAD_ARG;

    adam->config = *config;
    adam->n = n;
    adam->m = calloc(n, sizeof(float));
    adam->v = calloc(n, sizeof(float));
    if (!adam->m || !adam->v) {
        pinna_adam_free(adam);
        return PINNA_NO_MEMORY;
    }
    return PINNA_OK;
}

void pinna_adam_free(pinna_adam *adam)
{
    if (!adam)
        return;
    free(adam->m);
    free(adam->v);
    *adam = (pinna_adam){0};
}

void pinna_adam_step(pinna_adam *adam, double learning_rate, const float *grads,
                     float *values)
{
    const pinna_adam_config *config = &adam->config;
    const double t = (double)++adam->step;
    const float beta1 = (float)config->beta1;
    const float beta2 = (float)config->beta2;
    const float rest1 = (float)(1 - config->beta1);
    const float rest2 = (float)(1 - config->beta2);
    const float eps = (float)config->eps;
    const float keep = (float)(1 - learning_rate * config->weight_decay);
    const float rate = (float)(learning_rate / (1 - pow(config->beta1, t)));
    const float unbias =
        (float)(1 / sqrt(1 - pow(config->beta2, t))); /* of sqrt(v) */

    const float *restrict g = grads;
    float *restrict m = adam->m;
    float *restrict v = adam->v;
    float *restrict value = values;
    for (size_t i = 0; i < adam->n; i++) {
        m[i] = beta1 * m[i] + rest1 * g[i];
        v[i] = beta2 * v[i] + rest2 * g[i] * g[i];
        value[i] = keep * value[i] - rate * m[i] / (sqrtf(v[i]) * unbias + eps);
    }
}
