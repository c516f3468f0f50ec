#include "rnn/quantise.h"

#include <math.h>

float pinna_quantise_row(const float *row, size_t n, int8_t *q)
{
    float peak = 0;

    for (size_t i = 0; i < n; i++)
        peak = fmaxf(peak, fabsf(row[i]));
    const double inverse = peak > 0 ? PINNA_INT8_MAX / (double)peak : 0;
    for (size_t i = 0; i < n; i++)
        q[i] = (int8_t)lrint(inverse * (double)row[i]);
    return (float)((double)peak / PINNA_INT8_MAX);
}

static void quantise(pinna_params *params, pinna_param *matrix)
{
    const size_t n_rows = matrix->shape[0], n = matrix->shape[1];

    for (size_t row = 0; row < n_rows; row++)
        matrix->scales[row] =
            pinna_quantise_row(params->values + matrix->offset + row * n, n,
                               matrix->int8 + row * n);
    pinna_param_dequantise(params, matrix);
}

pinna_status pinna_quantise_params(pinna_params *params)
{
    if (pinna_is_quantised(params))
        return PINNA_BAD_ARG;
    for (size_t i = 0; i < params->n_items; i++)
        if (params->items[i].n_dims == 2 &&
            pinna_param_allocate_int8(&params->items[i])) {
            while (i-- > 0)
                pinna_param_free_int8(&params->items[i]);
            return PINNA_NO_MEMORY;
        }
    for (size_t i = 0; i < params->n_items; i++)
        if (params->items[i].n_dims == 2)
            quantise(params, &params->items[i]);
    return PINNA_OK;
}

void pinna_unquantise_params(pinna_params *params)
{
    for (size_t i = 0; i < params->n_items; i++)
        pinna_param_free_int8(&params->items[i]);
}

bool pinna_is_quantised(const pinna_params *params)
{
    bool any = false;

    for (size_t i = 0; i < params->n_items; i++)
        any = any || params->items[i].int8;
    return any;
}
