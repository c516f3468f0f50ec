/* tools/bench_fft.c -- `pinna bench fft`: transforms by size and engine */
#include "dsp/fft_engine.h"
#include "tools/bench.h"
#include "tools/bench_table.h"
#include "tools/command.h"
#include "tools/interrupt.h"
#include "tools/stopwatch.h"

#include <stdlib.h>

static const pinna_usage usage = {
    .command = "bench fft",
    .synopsis = "[options]",
    .summary = "Measure real Fourier transforms, forward and inverse, in "
               "nanoseconds: one for\nevery 10 ms of sound at 16 kHz. "
               "\"engine\" is the code that pinna takes for a size:\nfour "
               "floats at a time (vec4), or one by one (single).",
    .examples = "  pinna bench fft\n"
                "  pinna bench fft --seconds 5 --json\n",
};

/* Of 16 kHz speech, 10 and 20 ms at 48 kHz, and powers of two. */
static const size_t sizes[] = {256, 320,  400,  480,  512,
                               960, 1024, 1920, 2048, 4096};
enum { N_SIZES = sizeof sizes / sizeof sizes[0], LARGEST = 4096, HOP = 160 };

static const pinna_bench_column columns[] = {
    {"points", "points", 0},
    {"engine", "engine", 0},
    {"vec4_forward_ns", "vec4 forward", 0},
    {"vec4_inverse_ns", "inverse", 0},
    {"kissfft_forward_ns", "KissFFT forward", 0},
    {"kissfft_inverse_ns", "inverse", 0},
};

/* One engine and size on all frames; the arrays are shared by all. */
struct job {
    pinna_fft *fft;
    const float *samples;
    size_t n_frames;
    float complex *spectrum; /* [LARGEST / 2 + 1] */
    float *back;             /* [LARGEST] */
};

static void run_forward(void *context)
{
    const struct job *job = context;

    for (size_t i = 0; i < job->n_frames; i++)
        pinna_fft_forward(job->fft, job->samples + i * HOP, job->spectrum);
}

static void run_inverse(void *context)
{
    const struct job *job = context;

    for (size_t i = 0; i < job->n_frames; i++)
        pinna_fft_inverse(job->fft, job->spectrum, job->back);
}

/* One row. `all` has everything but the transform. */
static pinna_status measure(const struct job *all, size_t size,
                            pinna_bench_table *table)
{
    struct job vec4 = *all, kiss = *all;

    pinna_status status = pinna_fft_new_with(&pinna_fft_vec4, size, &vec4.fft);
    if (!status)
        status = pinna_fft_new_with(&pinna_fft_kiss, size, &kiss.fft);
    if (!status) {
        pinna_timed things[] = {
            {.run = run_forward, .context = &vec4},
            {.run = run_inverse, .context = &vec4},
            {.run = run_forward, .context = &kiss},
            {.run = run_inverse, .context = &kiss},
        };
        pinna_stopwatch_measure(things, 4);
        const double n = (double)all->n_frames;
        if (!pinna_interrupted())
            pinna_bench_table_row(
                table, (pinna_bench_cell[]){
                           {.number = (double)size},
                           {.text = pinna_fft_engine_for(size)->name},
                           {.number = things[0].ns / n},
                           {.number = things[1].ns / n},
                           {.number = things[2].ns / n},
                           {.number = things[3].ns / n},
                       });
    }
    pinna_fft_free(vec4.fft);
    pinna_fft_free(kiss.fft);
    return status;
}

static int measure_all(const struct job *all, bool json)
{
    pinna_bench_table table;
    pinna_status status = PINNA_OK;

    pinna_bench_table_begin(&table, "fft", columns,
                            sizeof columns / sizeof columns[0], json);
    for (size_t i = 0; i < N_SIZES && !status && !pinna_interrupted(); i++)
        status = measure(all, sizes[i], &table);
    pinna_bench_table_end(&table);
    if (status)
        return pinna_bench_no_memory(&usage);
    return pinna_interrupted() ? PINNA_EXIT_INTERRUPTED : PINNA_EXIT_DONE;
}

int pinna_bench_fft(int argc, char **argv)
{
    pinna_bench_settings settings;
    size_t n;

    int code = pinna_bench_parse(&usage, argc, argv, &settings);
    if (code >= 0)
        return code;
    /* A frame begins every HOP samples and is at most LARGEST long. */
    float *samples =
        pinna_bench_sound(settings.seconds + LARGEST / 16000.0, 16000.0, &n);
    struct job all = {
        .samples = samples,
        .n_frames = (n - LARGEST) / HOP,
        .spectrum = calloc(LARGEST / 2 + 1, sizeof *all.spectrum),
        .back = malloc(LARGEST * sizeof *all.back),
    };
    if (samples && all.spectrum && all.back)
        code = measure_all(&all, settings.json);
    else
        code = pinna_bench_no_memory(&usage);
    free(all.back);
    free(all.spectrum);
    free(samples);
    return code;
}
