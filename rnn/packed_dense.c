#include "rnn/packed_dense.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A cache line, and the widest vector of today's CPUs. */
#define ALIGNMENT 64

/* Rows that are read downwards also when the sweep goes up: enough to hide the
 * calls, few enough to turn round within a second-level cache. */
#define BLOCK (4 * PINNA_PANEL)
_Static_assert(BLOCK % PINNA_INT8_PANEL == 0, "blocks are whole panels");

/* The parameter whose values begin there. */
static const pinna_param *param_at(const pinna_params *params, size_t offset)
{
    size_t i = 0;
    while (i < params->n_items && params->items[i].offset != offset)
        i++;
    assert(i < params->n_items);
    return &params->items[i];
}

/* All zero. */
static void *allocate(size_t n_bytes)
{
    const size_t n = (n_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *memory = aligned_alloc(ALIGNMENT, n);
    if (memory)
        memset(memory, 0, n);
    return memory;
}

pinna_dense_kernels pinna_dense_kernels_best(void)
{
    return (pinna_dense_kernels){pinna_kernels_best(),
                                 pinna_int8_kernels_best()};
}

static pinna_status pack_float32(const float *weight, pinna_packed_dense *dense)
{
    const size_t n = pinna_packed_size(dense->n_out, dense->n_in);

    dense->weight = allocate(n * sizeof(float));
    if (!dense->weight)
        return PINNA_NO_MEMORY;
    pinna_pack(weight, dense->n_out, dense->n_in, dense->weight);
    return PINNA_OK;
}

/* Rows of the matrix from `first` on. */
static pinna_status pack_int8(const pinna_param *matrix, size_t first,
                              pinna_packed_dense *dense)
{
    const size_t n_out = dense->n_out, n_in = dense->n_in;
    const size_t n_rows = pinna_int8_rows(n_out);

    dense->int8 = allocate(n_rows * pinna_int8_padded(n_in));
    dense->row_sums = allocate(n_rows * sizeof *dense->row_sums);
    dense->scales = allocate(n_rows * sizeof *dense->scales);
    if (!dense->int8 || !dense->row_sums || !dense->scales)
        return PINNA_NO_MEMORY;
    pinna_int8_pack(matrix->int8 + first * n_in, n_out, n_in, dense->int8,
                    dense->row_sums);
    memcpy(dense->scales, matrix->scales + first,
           n_out * sizeof *dense->scales);
    return PINNA_OK;
}

pinna_status pinna_packed_dense_new_rows(const pinna_params *params,
                                         size_t weight, size_t bias,
                                         size_t first, size_t end,
                                         pinna_dense_kernels kernels,
                                         pinna_packed_dense *dense)
{
    const pinna_param *matrix = param_at(params, weight);
    const size_t n_out = end - first, n_in = matrix->shape[1];

    assert(end <= matrix->shape[0]);
    *dense = (pinna_packed_dense){
        .n_in = n_in,
        .n_out = n_out,
        .kernels = kernels,
        .bias = allocate(pinna_int8_rows(n_out) * sizeof(float)),
    };
    if (!dense->bias)
        return PINNA_NO_MEMORY;
    memcpy(dense->bias, params->values + bias + first, n_out * sizeof(float));
    return matrix->int8
               ? pack_int8(matrix, first, dense)
               : pack_float32(params->values + weight + first * n_in, dense);
}

pinna_status pinna_packed_dense_new(const pinna_params *params, size_t weight,
                                    size_t bias, pinna_dense_kernels kernels,
                                    pinna_packed_dense *dense)
{
    return pinna_packed_dense_new_rows(params, weight, bias, 0,
                                       param_at(params, weight)->shape[0],
                                       kernels, dense);
}

void pinna_packed_dense_free(pinna_packed_dense *dense)
{
    free(dense->bias);
    free(dense->weight);
    free(dense->int8);
    free(dense->row_sums);
    free(dense->scales);
    *dense = (pinna_packed_dense){0};
}

/* Rows [first, end), first that of a panel; of int8 with q and its scale. */
static void apply_rows(const pinna_packed_dense *dense, size_t first,
                       size_t end, const float *x, const int8_t *q,
                       float x_scale, float *y)
{
    const float *bias = dense->bias + first;

    if (dense->weight) {
        dense->kernels.float32->matvec(dense->weight + first * dense->n_in,
                                       bias, x, end - first, dense->n_in,
                                       y + first);
        return;
    }
    const pinna_int8_matrix rows = {
        .n_out = end - first,
        .n_in = dense->n_in,
        .packed = dense->int8 + first * pinna_int8_padded(dense->n_in),
        .row_sums = dense->row_sums + first,
        .scales = dense->scales + first,
        .bias = bias,
    };
    dense->kernels.int8->matvec(&rows, q, x_scale, y + first);
}

void pinna_packed_dense_apply(const pinna_packed_dense *dense,
                              pinna_sweep sweep, const float *x,
                              int8_t *scratch, float *y)
{
    const float x_scale =
        dense->int8 ? dense->kernels.int8->quantise(x, dense->n_in, scratch)
                    : 0;

    if (sweep == PINNA_SWEEP_DOWN) {
        apply_rows(dense, 0, dense->n_out, x, scratch, x_scale, y);
        return;
    }
    for (size_t end = dense->n_out; end > 0;) {
        const size_t first = (end - 1) / BLOCK * BLOCK;
        apply_rows(dense, first, end, x, scratch, x_scale, y);
        end = first;
    }
}

void pinna_packed_dense_apply_two(const pinna_packed_dense *input,
                                  const pinna_packed_dense *recurrent,
                                  pinna_sweep sweep, const float *x,
                                  const float *h, int8_t *scratch, float *xp,
                                  float *hp)
{
    if (sweep == PINNA_SWEEP_DOWN)
        pinna_packed_dense_apply(input, sweep, x, scratch, xp);
    pinna_packed_dense_apply(recurrent, sweep, h, scratch, hp);
    if (sweep == PINNA_SWEEP_UP)
        pinna_packed_dense_apply(input, sweep, x, scratch, xp);
}
