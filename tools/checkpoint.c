#include "tools/checkpoint.h"

#include "rnn/safetensors.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const array_names[] = {"weights", "ema", "adam.m", "adam.v"};
enum { N_ARRAYS = sizeof array_names / sizeof array_names[0] };

pinna_status pinna_checkpoint_write(const char *path, const char *run,
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
    const char *const metadata[] = {
        "kind", "pinna checkpoint", "step", step, "run", run};
    return pinna_safetensors_write(path, tensors, N_ARRAYS, metadata, 3, error);
}

/* Digits and nothing else. */
static bool parse_step(const char *text, size_t *step)
{
    char *end;
    if (!text || text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *step = (size_t)strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

/* Look at all of the file before any of it is taken. */
static pinna_status find_arrays(const pinna_safetensors *file, size_t n_values,
                                const pinna_tensor *tensors[N_ARRAYS],
                                pinna_error *error)
{
    for (size_t i = 0; i < N_ARRAYS; i++) {
        tensors[i] = pinna_safetensors_find(file, array_names[i]);
        if (!tensors[i] || tensors[i]->dtype != PINNA_F32 ||
            tensors[i]->n != n_values)
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s: \"%s\" does not fit this network",
                              pinna_safetensors_name(file), array_names[i]);
    }
    return PINNA_OK;
}

pinna_status pinna_checkpoint_read(const char *path, const char *run,
                                   pinna_params *params, float *ema,
                                   pinna_adam *adam, pinna_error *error)
{
    float *const arrays[N_ARRAYS] = {params->values, ema, adam->m, adam->v};
    const pinna_tensor *tensors[N_ARRAYS];
    pinna_safetensors *file;
    size_t step = 0;

    pinna_status status = pinna_safetensors_read(path, &file, error);
    if (status)
        return status;

    if (parse_step(pinna_safetensors_metadata(file, "step"), &step))
        status = find_arrays(file, params->n_values, tensors, error);
    else
        status = pinna_fail(error, PINNA_BAD_FORMAT,
                            "%s: not a checkpoint: it has no step", path);
    const char *found = pinna_safetensors_metadata(file, "run");
    if (!status && run && (!found || strcmp(found, run) != 0))
        status = pinna_fail(error, PINNA_BAD_FORMAT,
                            "%s: it is of another run (%s, not %s)", path,
                            found ? found : "unknown", run);
    if (!status) {
        for (size_t i = 0; i < N_ARRAYS; i++)
            memcpy(arrays[i], tensors[i]->data,
                   params->n_values * sizeof(float));
        adam->step = step;
    }
    pinna_safetensors_free(file);
    return status;
}
