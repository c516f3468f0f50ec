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

/* |y - target|; its gradient at 0 is 0. As above. */
double pinna_mae_loss(const float *y, const float *target, const float *weight,
                      size_t n, float *dy);

/* Binary cross-entropy of sigmoid(logit) against target in 0..1, computed
 * from the logits without overflow: max(x,0) - x t + log(1 + exp(-|x|)). */
double pinna_bce_loss(const float *logits, const float *target,
                      const float *weight, size_t n, float *dlogits);

/* Cross-entropy of softmax(logits) against one class for each row, summed over
 * the rows: -sum_k q_k log softmax(logits)_k with q = (1 - smoothing) at the
 * target plus smoothing / n everywhere (Szegedy et al. 2016; 0 for none).
 *   logits   [n_rows, n]
 *   target   [n_rows], 0 .. n - 1; below 0 the row is masked
 *   dlogits  [n_rows, n], set; NULL to skip; may be logits */
double pinna_cross_entropy_loss(const float *logits, const int *target,
                                size_t n_rows, size_t n, double smoothing,
                                float *dlogits);

/* In place: rows of x [n_rows, n] become log-probabilities. */
void pinna_log_softmax(float *x, size_t n_rows, size_t n);

#endif
