/* rnn/dense.h -- fully connected layer, training side
 *
 *   y = x W^T + b,  W [n_out, n_in] as PyTorch's Linear */
#ifndef PINNA_RNN_DENSE_H
#define PINNA_RNN_DENSE_H

#include <stddef.h>

/* x [n_rows, n_in], weight [n_out, n_in], bias [n_out] -> y [n_rows, n_out]. */
void pinna_dense_forward(const float *weight, const float *bias, const float *x,
                         size_t n_rows, size_t n_in, size_t n_out, float *y);

/* dy [n_rows, n_out] adds into dweight and dbias; dx [n_rows, n_in] is added
 * to, NULL to skip it. */
void pinna_dense_backward(const float *weight, const float *x, const float *dy,
                          size_t n_rows, size_t n_in, size_t n_out, float *dx,
                          float *dweight, float *dbias);

#endif
