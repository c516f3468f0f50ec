/* tools/bench_streams.c -- `pinna bench denoise` and `pinna bench transcribe`:
 * streams with the models built in, 10 ms at a time as in live use */
#include "rnn/denoiser.h"
#include "rnn/kernels.h"
#include "rnn/model.h"
#include "rnn/recogniser.h"
#include "tools/bench.h"
#include "tools/bench_table.h"
#include "tools/command.h"
#include "tools/default_model.h"
#include "tools/interrupt.h"
#include "tools/progress.h"
#include "tools/stopwatch.h"

#include <stdlib.h>

#define SUMMARY(what, rate)                                                    \
    "Measure " what " built in at " rate ", 10 ms at a time: microseconds of " \
    "a frame\n(mean, 99th of 100, worst) and multiple of real time. Each "     \
    "frame counts with its\nmedian over the repetitions."

static const pinna_usage denoise_usage = {
    .command = "bench denoise",
    .synopsis = "[options]",
    .summary = SUMMARY("the denoiser", "48 kHz"),
    .examples = "  pinna bench denoise\n"
                "  pinna bench denoise --seconds 60 --json\n",
};

static const pinna_usage transcribe_usage = {
    .command = "bench transcribe",
    .synopsis = "[options]",
    .summary = SUMMARY("the recogniser", "16 kHz"),
    .examples = "  pinna bench transcribe\n"
                "  pinna bench transcribe --seconds 60 --json\n",
};

/* The kernels are those of the net, which this CPU runs. */
static const pinna_bench_column columns[] = {
    {"stream", "stream", 0},     {"kernels", "kernels", 0},
    {"frame_us", "us/frame", 1}, {"p99_us", "p99", 1},
    {"worst_us", "worst", 1},    {"times_real_time", "x real time", 0},
};

/* What is measured. */
struct stream {
    const char *name;
    void *object;
    void (*reset)(void *object);
    void (*process)(void *object, float *samples, size_t n);
};

static void reset_denoiser(void *object)
{
    pinna_denoiser_reset(object);
}

static void denoise(void *object, float *samples, size_t n)
{
    pinna_denoiser_process(object, samples, samples, n);
}

static void reset_recogniser(void *object)
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

/* times [n_frames][PINNA_REPETITIONS] in ns. Each repetition is the whole sound
 * from the start, so that frame i always does the same work. */
static void time_frames(const struct stream *stream, const float *samples,
                        size_t hop, size_t n_frames, float *block,
                        double *times)
{
    for (size_t r = 0; r < PINNA_REPETITIONS && !pinna_interrupted(); r++) {
        stream->reset(stream->object);
        for (size_t i = 0; i < n_frames; i++) {
            for (size_t j = 0; j < hop; j++)
                block[j] = samples[i * hop + j];
            const double begin = pinna_stopwatch_ns();
            stream->process(stream->object, block, hop);
            times[i * PINNA_REPETITIONS + r] = pinna_stopwatch_ns() - begin;
        }
    }
}

static void print_times(const struct stream *stream, double *times,
                        size_t n_frames, bool json)
{
    pinna_bench_table table;
    double sum = 0.0;

    /* The medians take the front of the array. */
    for (size_t i = 0; i < n_frames; i++) {
        times[i] = pinna_quantile(times + i * PINNA_REPETITIONS,
                                  PINNA_REPETITIONS, 0.5);
        sum += times[i];
    }
    const double mean = sum / (double)n_frames;
    pinna_bench_table_begin(&table, stream->name, columns,
                            sizeof columns / sizeof columns[0], json);
    pinna_bench_table_row(
        &table, (pinna_bench_cell[]){
                    {.text = stream->name},
                    {.text = pinna_kernels_best()->name},
                    {.number = 1e-3 * mean},
                    {.number = 1e-3 * pinna_quantile(times, n_frames, 0.99)},
                    {.number = 1e-3 * pinna_quantile(times, n_frames, 1.0)},
                    {.number = 1e7 / mean},
                });
    pinna_bench_table_end(&table);
}

static int measure(const pinna_usage *usage, const struct stream *stream,
                   const pinna_bench_settings *settings, unsigned sample_rate)
{
    const size_t hop = sample_rate / 100;
    size_t n;
    float *samples =
        pinna_bench_sound(settings->seconds, (double)sample_rate, &n);
    const size_t n_frames = n / hop;
    float *block = malloc(hop * sizeof *block);
    double *times = calloc(n_frames * PINNA_REPETITIONS, sizeof *times);
    int code = PINNA_EXIT_DONE;

    if (samples && block && times) {
        time_frames(stream, samples, hop, n_frames, block, times);
        if (pinna_interrupted())
            code = PINNA_EXIT_INTERRUPTED;
        else
            print_times(stream, times, n_frames, settings->json);
    } else {
        code = pinna_bench_no_memory(usage);
    }
    free(times);
    free(block);
    free(samples);
    return code;
}

static int fail_to_start(const pinna_usage *usage, const pinna_error *error)
{
    pinna_message("pinna %s: %s", usage->command, error->text);
    return PINNA_EXIT_START;
}

int pinna_bench_denoise(int argc, char **argv)
{
    const pinna_usage *usage = &denoise_usage;
    const unsigned sample_rate = 48000;
    pinna_bench_settings settings;
    pinna_denoiser *denoiser = NULL;
    pinna_model *model = NULL;
    pinna_error error = {""};

    int code = pinna_bench_parse(usage, argc, argv, &settings);
    if (code < 0)
        code =
            pinna_load_model(usage->command, NULL, PINNA_TASK_DENOISE, &model);
    if (code < 0 && pinna_denoiser_new(model, sample_rate, &denoiser, &error))
        code = fail_to_start(usage, &error);
    if (code < 0)
        code = measure(
            usage,
            &(struct stream){"denoise", denoiser, reset_denoiser, denoise},
            &settings, sample_rate);
    pinna_denoiser_free(denoiser);
    pinna_model_free(model);
    return code;
}

int pinna_bench_transcribe(int argc, char **argv)
{
    const pinna_usage *usage = &transcribe_usage;
    const unsigned sample_rate = 16000;
    pinna_bench_settings settings;
    pinna_recogniser *recogniser = NULL;
    pinna_model *model = NULL;
    pinna_error error = {""};

    int code = pinna_bench_parse(usage, argc, argv, &settings);
    if (code < 0)
        code = pinna_load_model(usage->command, NULL, PINNA_TASK_CTC, &model);
    if (code < 0 &&
        pinna_recogniser_new(model, sample_rate, &recogniser, &error))
        code = fail_to_start(usage, &error);
    if (code < 0)
        code = measure(usage,
                       &(struct stream){"transcribe", recogniser,
                                        reset_recogniser, recognise},
                       &settings, sample_rate);
    pinna_recogniser_free(recogniser);
    pinna_model_free(model);
    return code;
}
