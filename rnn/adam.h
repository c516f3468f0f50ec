/* rnn/adam.h -- Adam with decoupled weight decay
 *
 * Kingma and Ba 2015; decay as Loshchilov and Hutter 2019 (AdamW), 0 gives
 * plain Adam. Update order and epsilon as in PyTorch:
 *   value -= lr * decay * value
 *   value -= lr / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + eps) */
#ifndef PINNA_RNN_ADAM_H
#define PINNA_RNN_ADAM_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_adam_config {
    double beta1, beta2, eps, weight_decay;
} pinna_adam_config;

/* 0.9, 0.999, 1e-8, 0. */
pinna_adam_config pinna_adam_config_default(void);

/* step, m and v are open, so that a checkpoint can hold them. */
typedef struct pinna_adam {
    pinna_adam_config config;
    size_t n;
    size_t step;
    float *m, *v; /* [n] */
} pinna_adam;

pinna_status pinna_adam_new(const pinna_adam_config *config, size_t n,
                            pinna_adam *adam);
void pinna_adam_free(pinna_adam *adam);

void pinna_adam_step(pinna_adam *adam, double learning_rate, const float *grads,
                     float *values);

#endif
