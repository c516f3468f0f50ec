#include "rnn/dense.h"

#include "rnn/linalg.h"

void pinna_dense_forward(const float *weight, const float *bias, const float *x,
                         size_t n_rows, size_t n_in, size_t n_out, float *y)
{
    pinna_fill_rows(bias, n_rows, n_out, y);
    pinna_gemm(false, true, n_rows, n_out, n_in, x, n_in, weight, n_in, 1.0f, y,
               n_out);
}

void pinna_dense_backward(const float *weight, const float *x, const float *dy,
                          size_t n_rows, size_t n_in, size_t n_out, float *dx,
                          float *dweight, float *dbias)
{
    if (dx)
        pinna_gemm(false, false, n_rows, n_in, n_out, dy, n_out, weight, n_in,
                   1.0f, dx, n_in);
    pinna_gemm(true, false, n_out, n_in, n_rows, dy, n_out, x, n_in, 1.0f,
               dweight, n_in);
    pinna_add_column_sums(dy, n_out, n_rows, n_out, dbias);
}
