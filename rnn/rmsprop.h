/* rnn/rmsprop.h -- RMSprop
 *
 * Tieleman and Hinton 2012. Epsilon outside the root, as in PyTorch:
 *   v = alpha * v + (1 - alpha) * g^2
 *   value -= lr * g / (sqrt(v) + eps) */
#ifndef PINNA_RNN_RMSPROP_H
#define PINNA_RNN_RMSPROP_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_rmsprop_config {
    double alpha, eps;
} pinna_rmsprop_config;

/* 0.99, 1e-8. */
pinna_rmsprop_config pinna_rmsprop_config_default(void);

/* v is open, so that a checkpoint can hold it. */
typedef struct pinna_rmsprop {
    pinna_rmsprop_config config;
    size_t n;
    float *v; /* [n] */
} pinna_rmsprop;

/* PINNA_BAD_ARG unless 0 <= alpha < 1 and eps > 0. */
pinna_status pinna_rmsprop_new(const pinna_rmsprop_config *config, size_t n,
                               pinna_rmsprop *rmsprop);
void pinna_rmsprop_free(pinna_rmsprop *rmsprop);

void pinna_rmsprop_step(pinna_rmsprop *rmsprop, double learning_rate,
                        const float *grads, float *values);

#endif
