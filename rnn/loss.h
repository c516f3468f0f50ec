/* rnn/loss.h -- pointwise losses and their gradients
 *
 * Each returns the sum over the elements whose weight is not 0 of
 * weight * loss, in double, and sets (not adds) the gradient of that sum. */
#ifndef PINNA_RNN_LOSS_H
#define PINNA_RNN_LOSS_H

#include <stddef.h>

/* (y - target)^2. All arrays [n]; weight NULL for ones; dy NULL to skip. */
double pinna_mse_loss(const float *y, const float *target, const float *weight,
                      size_t n, float *dy);

/* Binary cross-entropy of sigmoid(logit) against target in 0..1, computed
 * from the logits without overflow: max(x,0) - x t + log(1 + exp(-|x|)). */
double pinna_bce_loss(const float *logits, const float *target,
                      const float *weight, size_t n, float *dlogits);

/* In place: rows of x [n_rows, n] become log-probabilities. */
void pinna_log_softmax(float *x, size_t n_rows, size_t n);

#endif
