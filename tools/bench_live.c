/* tools/bench_live.c -- `pinna bench live`: what a sound system waits for, by
 * the size of its blocks */
#include "rnn/model.h"
#include "tools/bench.h"
#include "tools/bench_table.h"
#include "tools/command.h"
#include "tools/default_model.h"
#include "tools/interrupt.h"
#include "tools/live_denoiser.h"
#include "tools/stopwatch.h"

#include <stdlib.h>

static const pinna_usage usage = {
    .command = "bench live",
    .synopsis = "[options]",
    .summary =
        "Measure what `pinna live denoise` does in the thread of the sound "
        "system, with the\ndenoiser built in at 48 kHz, one channel, one core: "
        "microseconds of a block (50th,\n99th of 100, 999th of 1000, worst) as "
        "each of them comes, and the worst in percent of\nthe time that the "
        "block lasts.",
    .examples = "  pinna bench live\n"
                "  pinna bench live --seconds 600 --json\n",
};

static const size_t blocks[] = {64, 128, 256, 480, 512, 1024};
enum { N_BLOCKS = sizeof blocks / sizeof *blocks, MOST = 1024, RATE = 48000 };

static const pinna_bench_column columns[] = {
    {"block", "block", 0},    {"p50_us", "p50", 1},
    {"p99_us", "p99", 1},     {"p999_us", "p99.9", 1},
    {"worst_us", "worst", 1}, {"worst_percent", "worst %", 1},
};

/* times [n / block] in ns, of samples [n]. */
static void time_blocks(pinna_live_denoiser *live, const float *samples,
                        size_t n, size_t block, double *times)
{
    float out[MOST], *outs[] = {out}, *dropped[] = {NULL, NULL};

    for (size_t i = 0; i < n / block && !pinna_interrupted(); i++) {
        const float *in[] = {samples + i * block};
        const double begin = pinna_stopwatch_ns();
        pinna_live_denoiser_process(live, in, outs, block);
        times[i] = pinna_stopwatch_ns() - begin;
        pinna_live_denoiser_hear(live, dropped, block);
    }
}

static void print_times(pinna_bench_table *table, size_t block, double *times,
                        size_t n)
{
    const double worst = pinna_quantile(times, n, 1.0);

    pinna_bench_table_row(
        table, (pinna_bench_cell[]){
                   {.number = (double)block},
                   {.number = 1e-3 * pinna_quantile(times, n, 0.5)},
                   {.number = 1e-3 * pinna_quantile(times, n, 0.99)},
                   {.number = 1e-3 * pinna_quantile(times, n, 0.999)},
                   {.number = 1e-3 * worst},
                   {.number = 1e-7 * worst * RATE / (double)block},
               });
}

static int measure(const pinna_model *model,
                   const pinna_bench_settings *settings)
{
    float values[PINNA_N_CONTROLS];
    pinna_bench_table table;
    size_t n;
    float *samples = pinna_bench_sound(settings->seconds, RATE, &n);
    double *times = calloc(n / blocks[0] + 1, sizeof *times);
    bool ok = samples && times;

    for (pinna_control i = 0; i < PINNA_N_CONTROLS; i++)
        values[i] = pinna_controls[i].by_default;
    pinna_bench_table_begin(&table, "live", columns,
                            sizeof columns / sizeof *columns, settings->json);
    for (size_t b = 0; ok && b < N_BLOCKS && !pinna_interrupted(); b++) {
        pinna_live_denoiser *live = NULL;
        ok = !pinna_live_denoiser_new(model, RATE, 1, values, false, &live);
        if (ok) {
            time_blocks(live, samples, n, blocks[b], times);
            if (!pinna_interrupted())
                print_times(&table, blocks[b], times, n / blocks[b]);
        }
        pinna_live_denoiser_free(live);
    }
    pinna_bench_table_end(&table);
    free(times);
    free(samples);
    if (!ok)
        return pinna_bench_no_memory(&usage);
    return pinna_interrupted() ? PINNA_EXIT_INTERRUPTED : PINNA_EXIT_DONE;
}

int pinna_bench_live(int argc, char **argv)
{
    pinna_bench_settings settings;
    pinna_model *model = NULL;

    int code = pinna_bench_parse(&usage, argc, argv, &settings);
    if (code < 0)
        code =
            pinna_load_model(usage.command, NULL, PINNA_TASK_DENOISE, &model);
    if (code < 0)
        code = measure(model, &settings);
    pinna_model_free(model);
    return code;
}
