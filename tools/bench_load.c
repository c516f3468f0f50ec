/* tools/bench_load.c -- `pinna bench load`: what a host waits for when it makes
 * a plugin */
#include "dsp/status.h"
#include "rnn/denoise_chain.h"
#include "rnn/model.h"
#include "tools/bench.h"
#include "tools/bench_table.h"
#include "tools/command.h"
#include "tools/interrupt.h"
#include "tools/stopwatch.h"

static const pinna_usage usage = {
    .command = "bench load",
    .synopsis = "[options]",
    .summary =
        "Measure what the plugins do until they can run: milliseconds to read "
        "the denoiser\nbuilt in, to prepare for a rate and a number of "
        "channels, and both together, the\nmedian and the worst of 101 times.",
    .examples = "  pinna bench load\n",
};

enum { N_TIMES = 101 };

static const struct {
    double rate; /* Hz */
    size_t n_channels;
} cases[] = {{48000, 1}, {48000, 2}, {44100, 1}, {8000, 1}, {192000, 2}};
enum { N_CASES = sizeof cases / sizeof *cases };

static const pinna_bench_column columns[] = {
    {"rate", "Hz", 0},        {"channels", "channels", 0},
    {"model_ms", "model", 2}, {"prepare_ms", "prepare", 2},
    {"load_ms", "load", 2},   {"worst_ms", "worst", 2},
};

/* times [3] in ms: the model, the rest, both. */
static pinna_status load(double rate, size_t n_channels, double *times)
{
    pinna_model *model;
    pinna_denoise_chain *chain = NULL;

    const double begin = pinna_stopwatch_ns();
    pinna_status status = pinna_model_default_denoiser(&model, NULL);
    const double read = pinna_stopwatch_ns();
    if (!status)
        status = pinna_denoise_chain_new(model, rate, n_channels, &chain);
    const double ready = pinna_stopwatch_ns();

    pinna_denoise_chain_free(chain);
    pinna_model_free(model);
    times[0] = 1e-6 * (read - begin);
    times[1] = 1e-6 * (ready - read);
    times[2] = 1e-6 * (ready - begin);
    return status;
}

static pinna_status measure(size_t number, pinna_bench_table *table)
{
    double times[3][N_TIMES];

    for (size_t i = 0; i < N_TIMES; i++) {
        double parts[3];
        const pinna_status status =
            load(cases[number].rate, cases[number].n_channels, parts);
        if (status)
            return status;
        for (size_t part = 0; part < 3; part++)
            times[part][i] = parts[part];
        if (pinna_interrupted())
            return PINNA_OK;
    }
    pinna_bench_table_row(
        table, (pinna_bench_cell[]){
                   {.number = cases[number].rate},
                   {.number = (double)cases[number].n_channels},
                   {.number = pinna_quantile(times[0], N_TIMES, 0.5)},
                   {.number = pinna_quantile(times[1], N_TIMES, 0.5)},
                   {.number = pinna_quantile(times[2], N_TIMES, 0.5)},
                   {.number = pinna_quantile(times[2], N_TIMES, 1.0)},
               });
    return PINNA_OK;
}

int pinna_bench_load(int argc, char **argv)
{
    bool json = false;
    pinna_bench_table table;
    pinna_status status = PINNA_OK;
    const pinna_option options[] = {
        {"json", 0, NULL, "as JSON", .flag = &json},
    };

    if (argc > 1) {
        const int code =
            pinna_options_parse(&usage, options, 1, argc, argv, NULL);
        if (code >= 0)
            return code;
    }
    pinna_bench_table_begin(&table, "load", columns,
                            sizeof columns / sizeof *columns, json);
    for (size_t i = 0; i < N_CASES && !status && !pinna_interrupted(); i++)
        status = measure(i, &table);
    pinna_bench_table_end(&table);
    if (status)
        return pinna_bench_no_memory(&usage);
    return pinna_interrupted() ? PINNA_EXIT_INTERRUPTED : PINNA_EXIT_DONE;
}
