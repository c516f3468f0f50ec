#include "rnn/params.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A cache line, and the widest vector of today's CPUs. */
#define ALIGNMENT 64

/* Below this, sizes in bytes cannot overflow. */
#define VALUES_MAX (SIZE_MAX / sizeof(float) / 2)

pinna_status pinna_params_add(pinna_params *params, const char *name,
                              size_t rows, size_t cols, size_t *index)
{
    const size_t length = strlen(name);
    const size_t n_cols = cols > 0 ? cols : 1;

    if (params->values || length == 0 || length >= PINNA_PARAM_NAME_MAX ||
        pinna_params_find(params, name) < params->n_items)
        return PINNA_BAD_ARG;
    if (rows == 0 || rows > (VALUES_MAX - params->n_values) / n_cols)
        return PINNA_BAD_ARG;

    pinna_param *items =
        realloc(params->items, (params->n_items + 1) * sizeof *items);
    if (!items)
        return PINNA_NO_MEMORY;
    params->items = items;

    pinna_param *param = &items[params->n_items];
    *param = (pinna_param){
        .n_dims = cols > 0 ? 2 : 1,
        .shape = {rows, cols},
        .n = rows * n_cols,
        .offset = params->n_values,
    };
    memcpy(param->name, name, length);

    if (index)
        *index = params->n_items;
    params->n_items++;
    params->n_values += param->n;
    return PINNA_OK;
}

pinna_status pinna_params_allocate(pinna_params *params)
{
    if (params->values || params->n_values == 0)
        return PINNA_BAD_ARG;

    const size_t n_bytes = params->n_values * sizeof(float);
    params->values = aligned_alloc(ALIGNMENT, (n_bytes + ALIGNMENT - 1) &
                                                  ~(size_t)(ALIGNMENT - 1));
    if (!params->values)
        return PINNA_NO_MEMORY;

    memset(params->values, 0, n_bytes);
    return PINNA_OK;
}

void pinna_params_free(pinna_params *params)
{
    if (!params)
        return;
    for (size_t i = 0; i < params->n_items; i++)
        pinna_param_free_int8(&params->items[i]);
    free(params->items);
    free(params->values);
    *params = (pinna_params){0};
}

size_t pinna_params_find(const pinna_params *params, const char *name)
{
    size_t i = 0;
    while (i < params->n_items && strcmp(params->items[i].name, name) != 0)
        i++;
    return i;
}

void pinna_param_uniform(const pinna_params *params, size_t index, double bound,
                         pinna_rng *rng)
{
    assert(params->values && index < params->n_items);

    const pinna_param *param = &params->items[index];
    float *values = params->values + param->offset;
    for (size_t i = 0; i < param->n; i++)
        values[i] = (float)pinna_rng_uniform(rng, -bound, bound);
}

pinna_status pinna_param_allocate_int8(pinna_param *matrix)
{
    assert(matrix->n_dims == 2 && !matrix->int8);

    matrix->int8 = calloc(matrix->n, sizeof *matrix->int8);
    matrix->scales = calloc(matrix->shape[0], sizeof *matrix->scales);
    if (matrix->int8 && matrix->scales)
        return PINNA_OK;
    pinna_param_free_int8(matrix);
    return PINNA_NO_MEMORY;
}

void pinna_param_free_int8(pinna_param *matrix)
{
    free(matrix->int8);
    free(matrix->scales);
    matrix->int8 = NULL;
    matrix->scales = NULL;
}

void pinna_param_dequantise(const pinna_params *params,
                            const pinna_param *matrix)
{
    float *values = params->values + matrix->offset;

    for (size_t i = 0; i < matrix->n; i++)
        values[i] =
            (float)matrix->int8[i] * matrix->scales[i / matrix->shape[1]];
}
