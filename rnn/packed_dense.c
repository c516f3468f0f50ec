#include "rnn/packed_dense.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A cache line, and the widest vector of today's CPUs. */
#define ALIGNMENT 64

/* Rows that are read downwards also when the sweep goes up: enough to hide the
 * calls, few enough to turn round within a second-level cache. */
#define BLOCK (4 * PINNA_PANEL)

/* The parameter whose values begin there. */
static const pinna_param *param_at(const pinna_params *params, size_t offset)
{
    size_t i = 0;
    while (i < params->n_items && params->items[i].offset != offset)
        i++;
    assert(i < params->n_items);
    return &params->items[i];
}

static void *allocate(size_t n_bytes)
{
    return aligned_alloc(ALIGNMENT,
                         (n_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

pinna_status pinna_packed_dense_new(const pinna_params *params, size_t weight,
                                    size_t bias, const pinna_kernels *kernels,
                                    pinna_packed_dense *dense)
{
    const pinna_param *matrix = param_at(params, weight);
    const size_t n_out = matrix->shape[0], n_in = matrix->shape[1];

    *dense = (pinna_packed_dense){
        .n_in = n_in,
        .n_out = n_out,
        .kernels = kernels,
        .weight = allocate(pinna_packed_size(n_out, n_in) * sizeof(float)),
        .bias = allocate(n_out * sizeof(float)),
    };
    if (!dense->weight || !dense->bias)
        return PINNA_NO_MEMORY;
    pinna_pack(params->values + weight, n_out, n_in, dense->weight);
    memcpy(dense->bias, params->values + bias, n_out * sizeof(float));
    return PINNA_OK;
}

void pinna_packed_dense_free(pinna_packed_dense *dense)
{
    free(dense->weight);
    free(dense->bias);
    *dense = (pinna_packed_dense){0};
}

/* Rows [first, end); first is that of a panel. */
static void apply_rows(const pinna_packed_dense *dense, size_t first,
                       size_t end, const float *x, float *y)
{
    dense->kernels->matvec(dense->weight + first * dense->n_in,
                           dense->bias + first, x, end - first, dense->n_in,
                           y + first);
}

void pinna_packed_dense_apply(const pinna_packed_dense *dense,
                              pinna_sweep sweep, const float *x, float *y)
{
    if (sweep == PINNA_SWEEP_DOWN) {
        apply_rows(dense, 0, dense->n_out, x, y);
        return;
    }
    for (size_t end = dense->n_out; end > 0;) {
        const size_t first = (end - 1) / BLOCK * BLOCK;
        apply_rows(dense, first, end, x, y);
        end = first;
    }
}

void pinna_packed_dense_apply_two(const pinna_packed_dense *input,
                                  const pinna_packed_dense *recurrent,
                                  pinna_sweep sweep, const float *x,
                                  const float *h, float *xp, float *hp)
{
    if (sweep == PINNA_SWEEP_DOWN)
        pinna_packed_dense_apply(input, sweep, x, xp);
    pinna_packed_dense_apply(recurrent, sweep, h, hp);
    if (sweep == PINNA_SWEEP_UP)
        pinna_packed_dense_apply(input, sweep, x, xp);
}
