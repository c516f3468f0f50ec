/* tools/bench_transcribe.c -- `pinna bench transcribe`: a stream with the
 * recogniser built in, 10 ms at a time as in live use */
#include "rnn/kernels.h"
#include "rnn/model.h"
#include "rnn/recogniser.h"
#include "tools/bench.h"
#include "tools/bench_frames.h"
#include "tools/bench_table.h"
#include "tools/command.h"
#include "tools/default_model.h"
#include "tools/progress.h"

#include <stdlib.h>

enum { SAMPLE_RATE = 16000, HOP = SAMPLE_RATE / 100 };

static const pinna_usage usage = {
    .command = "bench transcribe",
    .synopsis = "[options]",
    .summary =
        "Measure the recogniser built in at 16 kHz, 10 ms at a time: "
        "microseconds of a frame\n(mean, 99th of 100, worst) and multiple of "
        "real time. Each frame counts with its\nmedian over the repetitions.",
    .examples = "  pinna bench transcribe\n"
                "  pinna bench transcribe --seconds 60 --json\n",
};

/* The kernels are those of the net, which this CPU runs. */
static const pinna_bench_column columns[] = {
    {"stream", "stream", 0},     {"kernels", "kernels", 0},
    {"frame_us", "us/frame", 1}, {"p99_us", "p99", 1},
    {"worst_us", "worst", 1},    {"times_real_time", "x real time", 0},
};

static void reset(void *object)
{
    pinna_recogniser_reset(object);
}

static void recognise(void *object, float *samples, size_t n)
{
    pinna_word word;

    pinna_recogniser_process(object, samples, n);
    while (pinna_recogniser_poll(object, &word))
        ;
}

static void print_times(const pinna_frame_times *times, bool json)
{
    pinna_bench_table table;

    pinna_bench_table_begin(&table, "transcribe", columns,
                            sizeof columns / sizeof columns[0], json);
    pinna_bench_table_row(&table, (pinna_bench_cell[]){
                                      {.text = "transcribe"},
                                      {.text = pinna_kernels_best()->name},
                                      {.number = 1e-3 * times->mean_ns},
                                      {.number = 1e-3 * times->p99_ns},
                                      {.number = 1e-3 * times->worst_ns},
                                      {.number = 1e7 / times->mean_ns},
                                  });
    pinna_bench_table_end(&table);
}

static int measure(pinna_recogniser *recogniser,
                   const pinna_bench_settings *settings)
{
    const pinna_bench_stream stream = {recogniser, reset, recognise};
    pinna_frame_times times;
    size_t n;
    float *samples =
        pinna_bench_sound(settings->seconds, (double)SAMPLE_RATE, &n);
    if (!samples)
        return pinna_bench_no_memory(&usage);
    const pinna_status status =
        pinna_bench_frames(&stream, samples, HOP, n / HOP, 0, &times);
    free(samples);
    if (status)
        return status == PINNA_INTERRUPTED ? PINNA_EXIT_INTERRUPTED
                                           : pinna_bench_no_memory(&usage);
    print_times(&times, settings->json);
    return PINNA_EXIT_DONE;
}

int pinna_bench_transcribe(int argc, char **argv)
{
    pinna_bench_settings settings;
    pinna_recogniser *recogniser = NULL;
    pinna_model *model = NULL;
    pinna_error error = {""};

    int code = pinna_bench_parse(&usage, argc, argv, &settings);
    if (code < 0)
        code = pinna_load_model(usage.command, NULL, PINNA_TASK_CTC, &model);
    if (code < 0 &&
        pinna_recogniser_new(model, SAMPLE_RATE, &recogniser, &error)) {
        pinna_message("pinna %s: %s", usage.command, error.text);
        code = PINNA_EXIT_START;
    }
    if (code < 0)
        code = measure(recogniser, &settings);
    pinna_recogniser_free(recogniser);
    pinna_model_free(model);
    return code;
}
