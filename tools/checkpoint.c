#include "tools/checkpoint.h"

#include "rnn/safetensors.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 32 };

static void print_figure(const pinna_checkpoint_figure *figure, char *text)
{
    if (figure->count)
        snprintf(text, TEXT_SIZE, "%zu", *figure->count);
    else
        snprintf(text, TEXT_SIZE, "%.17g", *figure->number);
}

static size_t size_of(const pinna_checkpoint *state, size_t i)
{
    return state->arrays[i].n > 0 ? state->arrays[i].n : state->n_values;
}

pinna_status pinna_checkpoint_write(const char *path,
                                    const pinna_checkpoint *state,
                                    pinna_error *error)
{
    pinna_tensor tensors[PINNA_CHECKPOINT_MAX_ARRAYS];
    char texts[PINNA_CHECKPOINT_MAX_FIGURES][TEXT_SIZE];
    const char *metadata[2 * (3 + PINNA_CHECKPOINT_MAX_FIGURES)] = {
        "kind", "pinna checkpoint", "run", state->run};
    size_t n = 2;

    assert(state->n_arrays <= PINNA_CHECKPOINT_MAX_ARRAYS &&
           state->n_figures <= PINNA_CHECKPOINT_MAX_FIGURES);
    for (size_t i = 0; i < state->n_arrays; i++)
        tensors[i] = (pinna_tensor){.name = state->arrays[i].name,
                                    .dtype = PINNA_F32,
                                    .n_dims = 1,
                                    .shape = {size_of(state, i)},
                                    .n = size_of(state, i),
                                    .data = state->arrays[i].values};
    for (size_t i = 0; i < state->n_figures; i++) {
        print_figure(&state->figures[i], texts[i]);
        metadata[2 * n] = state->figures[i].name;
        metadata[2 * n++ + 1] = texts[i];
    }
    if (state->training) {
        metadata[2 * n] = "training";
        metadata[2 * n++ + 1] = state->training;
    }
    return pinna_safetensors_write(path, tensors, state->n_arrays, metadata, n,
                                   error);
}

/* Digits and nothing else. */
static bool parse_count(const char *text, size_t *count)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *count = (size_t)strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

static bool parse_number(const char *text, double *number)
{
    char *end;
    *number = strtod(text, &end);
    return end != text && *end == '\0' && !isnan(*number);
}

/* Look at all of the file before any of it is taken. */
static pinna_status find_arrays(const pinna_safetensors *file,
                                const pinna_checkpoint *state,
                                const pinna_tensor **tensors,
                                pinna_error *error)
{
    for (size_t i = 0; i < state->n_arrays; i++) {
        tensors[i] = pinna_safetensors_find(file, state->arrays[i].name);
        if (!tensors[i] || tensors[i]->dtype != PINNA_F32 ||
            tensors[i]->n != size_of(state, i))
            return pinna_fail(
                error, PINNA_BAD_FORMAT, "%s: \"%s\" does not fit this network",
                pinna_safetensors_name(file), state->arrays[i].name);
    }
    return PINNA_OK;
}

typedef struct figure_value {
    size_t count;
    double number;
} figure_value;

static pinna_status find_figures(const pinna_safetensors *file,
                                 const pinna_checkpoint *state,
                                 figure_value *values, pinna_error *error)
{
    for (size_t i = 0; i < state->n_figures; i++) {
        const pinna_checkpoint_figure *figure = &state->figures[i];
        const char *text = pinna_safetensors_metadata(file, figure->name);
        if (!text && i == 0)
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s: not a checkpoint: it has no %s",
                              pinna_safetensors_name(file), figure->name);
        if (!text)
            values[i] = (figure_value){figure->count ? *figure->count : 0,
                                       figure->number ? *figure->number : 0};
        else if (figure->count ? !parse_count(text, &values[i].count)
                               : !parse_number(text, &values[i].number))
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s: its %s is no number",
                              pinna_safetensors_name(file), figure->name);
    }
    return PINNA_OK;
}

pinna_status pinna_checkpoint_read(const char *path,
                                   const pinna_checkpoint *state,
                                   pinna_error *error)
{
    const pinna_tensor *tensors[PINNA_CHECKPOINT_MAX_ARRAYS];
    figure_value values[PINNA_CHECKPOINT_MAX_FIGURES];
    pinna_safetensors *file;

    pinna_status status = pinna_safetensors_read(path, &file, error);
    if (status)
        return status;

    status = find_figures(file, state, values, error);
    const char *run = pinna_safetensors_metadata(file, "run");
    if (!status && state->run && (!run || strcmp(run, state->run) != 0))
        status = pinna_fail(error, PINNA_BAD_FORMAT,
                            "%s: it is of another run (%s, not %s)", path,
                            run ? run : "unknown", state->run);
    if (!status)
        status = find_arrays(file, state, tensors, error);
    if (!status) {
        for (size_t i = 0; i < state->n_arrays; i++)
            memcpy(state->arrays[i].values, tensors[i]->data,
                   size_of(state, i) * sizeof(float));
        for (size_t i = 0; i < state->n_figures; i++)
            if (state->figures[i].count)
                *state->figures[i].count = values[i].count;
            else
                *state->figures[i].number = values[i].number;
    }
    pinna_safetensors_free(file);
    return status;
}

pinna_status pinna_checkpoint_share_figures(const pinna_checkpoint *state,
                                            pinna_ranks *ranks,
                                            pinna_error *error)
{
    pinna_status status = PINNA_OK;

    for (size_t i = 0; !status && i < state->n_figures; i++) {
        const pinna_checkpoint_figure *f = &state->figures[i];
        status =
            f->count
                ? pinna_ranks_share(ranks, f->count, sizeof *f->count, error)
                : pinna_ranks_share(ranks, f->number, sizeof *f->number, error);
    }
    return status;
}

pinna_status pinna_checkpoint_share(const pinna_checkpoint *state,
                                    pinna_ranks *ranks, pinna_error *error)
{
    pinna_status status = pinna_checkpoint_share_figures(state, ranks, error);

    for (size_t i = 0; !status && i < state->n_arrays; i++)
        status = pinna_ranks_share(ranks, state->arrays[i].values,
                                   size_of(state, i) * sizeof(float), error);
    return status;
}
