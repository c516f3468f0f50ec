#include "tools/checkpoint.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/safetensors.h"

static const char *const array_names[] = {"weights", "ema", "adam.m", "adam.v"};
enum { N_ARRAYS = sizeof array_names / sizeof array_names[0] };

pinna_status pinna_checkpoint_write(const char *path,
                                    const pinna_params *params,
                                    const float *ema, const pinna_adam *adam,
                                    pinna_error *error)
{
    const float *const arrays[N_ARRAYS] = {params->values, ema, adam->m,
                                           adam->v};
    pinna_tensor tensors[N_ARRAYS];
    char step[32];

    for (size_t i = 0; i < N_ARRAYS; i++)
        tensors[i] = (pinna_tensor){.name = array_names[i],
                                    .dtype = PINNA_F32,
                                    .n_dims = 1,
                                    .shape = {params->n_values},
                                    .n = params->n_values,
                                    .data = arrays[i]};
    snprintf(step, sizeof step, "%zu", adam->step);
    const char *const metadata[] = {"kind", "pinna checkpoint", "step", step};
    return pinna_safetensors_write(path, tensors, N_ARRAYS, metadata, 2, error);
}

pinna_status pinna_checkpoint_read(const char *path, pinna_params *params,
                                   float *ema, pinna_adam *adam,
                                   pinna_error *error)
{
    float *const arrays[N_ARRAYS] = {params->values, ema, adam->m, adam->v};
    pinna_safetensors *file;

    pinna_status status = pinna_safetensors_read(path, &file, error);
    if (status)
        return status;

    const char *step = pinna_safetensors_metadata(file, "step");
    if (!step)
        status = pinna_fail(error, PINNA_BAD_FORMAT,
                            "%s: not a checkpoint: it has no step", path);
    for (size_t i = 0; !status && i < N_ARRAYS; i++) {
        const pinna_tensor *tensor =
            pinna_safetensors_find(file, array_names[i]);
        if (!tensor || tensor->dtype != PINNA_F32 ||
            tensor->n != params->n_values)
            status = pinna_fail(error, PINNA_BAD_FORMAT,
                                "%s: \"%s\" does not fit this network", path,
                                array_names[i]);
        else
            memcpy(arrays[i], tensor->data, tensor->n * sizeof(float));
    }
    if (!status)
        adam->step = (size_t)strtoull(step, NULL, 10);
    pinna_safetensors_free(file);
    return status;
}
