/* rnn/layer_norm.h -- layer normalisation, Ba, Kiros and Hinton 2016
 *
 *   y = (x - mean) / sqrt(variance + eps) * weight + bias
 *
 * over each row, with the biased variance, as torch.nn.LayerNorm. Sums are
 * taken in double, so that rows far from zero keep their precision. */
#ifndef PINNA_RNN_LAYER_NORM_H
#define PINNA_RNN_LAYER_NORM_H

#include "dsp/status.h"

#include <stddef.h>

#define PINNA_LAYER_NORM_EPS 1e-5

/* x [n_rows, n], weight and bias [n] -> y [n_rows, n], which may be x. */
PINNA_REALTIME void pinna_layer_norm_forward(const float *weight,
                                             const float *bias, const float *x,
                                             size_t n_rows, size_t n, float *y);

/* dy [n_rows, n] adds into dweight and dbias [n]; dx [n_rows, n] is added to,
 * NULL to skip it. */
void pinna_layer_norm_backward(const float *weight, const float *x,
                               const float *dy, size_t n_rows, size_t n,
                               float *dx, float *dweight, float *dbias);

#endif
