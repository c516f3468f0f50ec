/* rnn/sgd.h -- stochastic gradient descent with momentum
 *
 * Sutskever et al. 2013; weight decay is added to the gradient (L2). Update
 * order as in PyTorch:
 *   g += decay * value
 *   v  = momentum * v + g
 *   value -= lr * v,  or with nesterov  value -= lr * (g + momentum * v) */
#ifndef PINNA_RNN_SGD_H
#define PINNA_RNN_SGD_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_sgd_config {
    double momentum, weight_decay;
    bool nesterov;
} pinna_sgd_config;

/* v is open, so that a checkpoint can hold it. */
typedef struct pinna_sgd {
    pinna_sgd_config config;
    size_t n;
    float *v; /* [n] */
} pinna_sgd;

/* PINNA_BAD_ARG unless 0 <= momentum < 1 and weight_decay >= 0. */
pinna_status pinna_sgd_new(const pinna_sgd_config *config, size_t n,
                           pinna_sgd *sgd);
void pinna_sgd_free(pinna_sgd *sgd);

void pinna_sgd_step(pinna_sgd *sgd, double learning_rate, const float *grads,
                    float *values);

#endif
