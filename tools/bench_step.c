/* tools/bench_step.c -- `pinna bench step`: one frame of one recurrent layer,
 * by size and kernels */
#include "dsp/rng.h"
#include "rnn/kernels.h"
#include "rnn/kernels_int8.h"
#include "rnn/packed_dense.h"
#include "rnn/params.h"
#include "rnn/quantise.h"
#include "tools/bench.h"
#include "tools/bench_table.h"
#include "tools/command.h"
#include "tools/interrupt.h"
#include "tools/stopwatch.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const pinna_usage usage = {
    .command = "bench step",
    .synopsis = "[options]",
    .summary = "Measure one frame of a GRU layer with as many inputs as cells, "
               "as streams compute\nit: microseconds, and the weights that are "
               "read for it in GB/s. \"kernels\" is the\ncode for a kind of "
               "CPU, of those that this one runs; pinna takes the first for\n"
               "float32 and for int8 weights.",
    .examples = "  pinna bench step\n"
                "  pinna bench step --seconds 5 --json\n",
};

static const size_t sizes[] = {96, 256, 512};
enum { N_SIZES = sizeof sizes / sizeof sizes[0] };

/* Best first of each kind of weights. The gates are float32 for both. */
static const struct {
    const char *weights, *name, *gates;
} kinds[] = {
    {"float32", "avx512", "avx512"},
    {"float32", "avx2", "avx2"},
    {"float32", "c", "c"},
    {"int8", "avx512vnni", "avx512"},
    {"int8", "avxvnni", "avx2"},
    {"int8", "avx2", "avx2"},
    {"int8", "c", "c"},
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

static const pinna_bench_column columns[] = {
    {"cells", "cells", 0},        {"weights", "weights", 0},
    {"kernels", "kernels", 0},    {"frame_us", "us/frame", 2},
    {"gb_per_s", "GB/s read", 1},
};

/* One layer with the kernels of one CPU. */
struct job {
    const char *weights, *name;
    const pinna_kernels *gates;
    size_t n_cells, n_frames, n_bytes; /* of weights */
    pinna_packed_dense input, recurrent;
    pinna_sweep sweep;
    float *x, *h;   /* [n_cells], in one block with */
    float *xp, *hp; /* [3 n_cells] */
    int8_t *scratch;
};

static void run_frames(void *context)
{
    struct job *job = context;

    for (size_t i = 0; i < job->n_frames; i++) {
        pinna_packed_dense_apply_two(&job->input, &job->recurrent, job->sweep,
                                     job->x, job->h, job->scratch, job->xp,
                                     job->hp);
        job->gates->gru_gates(job->n_cells, job->xp, job->hp, job->h, job->xp,
                              job->h);
        job->sweep = pinna_sweep_back(job->sweep);
    }
}

static void free_job(struct job *job)
{
    pinna_packed_dense_free(&job->input);
    pinna_packed_dense_free(&job->recurrent);
    free(job->x);
    free(job->scratch);
}

/* Inputs and weights in +-1 / sqrt(n_cells), as PyTorch begins. */
static pinna_status make_params(size_t n_cells, pinna_params *params)
{
    const size_t n = 3 * n_cells;
    pinna_rng rng;

    pinna_status status = pinna_params_add(params, "ih", n, n_cells, NULL);
    if (!status)
        status = pinna_params_add(params, "hh", n, n_cells, NULL);
    if (!status)
        status = pinna_params_add(params, "bias", n, 0, NULL);
    if (!status)
        status = pinna_params_allocate(params);
    if (status)
        return status;
    pinna_rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < params->n_items; i++)
        pinna_param_uniform(params, i, 1.0 / sqrt((double)n_cells), &rng);
    return PINNA_OK;
}

static bool is_int8(size_t kind)
{
    return strcmp(kinds[kind].weights, "int8") == 0;
}

/* The kernels of a kind; false when they do not run here. */
static bool choose(size_t kind, pinna_dense_kernels *kernels)
{
    *kernels = (pinna_dense_kernels){pinna_kernels_named(kinds[kind].gates),
                                     pinna_int8_kernels_best()};
    if (is_int8(kind))
        kernels->int8 = pinna_int8_kernels_named(kinds[kind].name);
    return kernels->float32 && kernels->int8;
}

/* *job can be freed also after a failure. */
static pinna_status make_job(const pinna_params *params,
                             pinna_dense_kernels kernels, size_t n_frames,
                             struct job *job)
{
    const size_t n = params->items[0].shape[1], bias = params->items[2].offset;

    *job = (struct job){
        .gates = kernels.float32,
        .n_cells = n,
        .n_frames = n_frames,
        .n_bytes = 2 * params->items[0].n *
                   (params->items[0].int8 ? 1 : sizeof(float)),
        .x = calloc(8 * n, sizeof(float)),
        .scratch = malloc(pinna_int8_padded(n)),
    };
    if (!job->x || !job->scratch)
        return PINNA_NO_MEMORY;
    job->h = job->x + n;
    job->xp = job->h + n;
    job->hp = job->xp + 3 * n;
    for (size_t i = 0; i < n; i++)
        job->x[i] = params->values[i];
    const pinna_status status = pinna_packed_dense_new(
        params, params->items[0].offset, bias, kernels, &job->input);
    if (status)
        return status;
    return pinna_packed_dense_new(params, params->items[1].offset, bias,
                                  kernels, &job->recurrent);
}

static void print_job(const struct job *job, double ns,
                      pinna_bench_table *table)
{
    const double frame_ns = ns / (double)job->n_frames;

    pinna_bench_table_row(table,
                          (pinna_bench_cell[]){
                              {.number = (double)job->n_cells},
                              {.text = job->weights},
                              {.text = job->name},
                              {.number = 1e-3 * frame_ns},
                              {.number = (double)job->n_bytes / frame_ns},
                          });
}

/* All kernels that run here, in turn. */
static pinna_status measure(size_t n_cells, size_t n_frames,
                            pinna_bench_table *table)
{
    struct job jobs[N_KINDS] = {0};
    pinna_timed things[N_KINDS];
    pinna_params params = {0};
    size_t n = 0;

    pinna_status status = make_params(n_cells, &params);
    for (size_t k = 0; !status && k < N_KINDS; k++) {
        pinna_dense_kernels kernels;
        if (!choose(k, &kernels))
            continue;
        if (is_int8(k) && !pinna_is_quantised(&params))
            status = pinna_quantise_params(&params);
        if (!status)
            status = make_job(&params, kernels, n_frames, &jobs[n]);
        jobs[n].weights = kinds[k].weights;
        jobs[n].name = kinds[k].name;
        things[n] = (pinna_timed){.run = run_frames, .context = &jobs[n]};
        n++;
    }
    if (!status)
        pinna_stopwatch_measure(things, n);
    for (size_t i = 0; i < n; i++) {
        if (!status && !pinna_interrupted())
            print_job(&jobs[i], things[i].ns, table);
        free_job(&jobs[i]);
    }
    pinna_params_free(&params);
    return status;
}

int pinna_bench_step(int argc, char **argv)
{
    pinna_bench_settings settings;
    pinna_bench_table table;
    pinna_status status = PINNA_OK;

    const int code = pinna_bench_parse(&usage, argc, argv, &settings);
    if (code >= 0)
        return code;
    /* A frame every 10 ms. */
    const size_t n_frames = (size_t)ceil(100.0 * settings.seconds);
    pinna_bench_table_begin(&table, "step", columns,
                            sizeof columns / sizeof columns[0], settings.json);
    for (size_t i = 0; i < N_SIZES && !status && !pinna_interrupted(); i++)
        status = measure(sizes[i], n_frames, &table);
    pinna_bench_table_end(&table);
    if (status)
        return pinna_bench_no_memory(&usage);
    return pinna_interrupted() ? PINNA_EXIT_INTERRUPTED : PINNA_EXIT_DONE;
}
