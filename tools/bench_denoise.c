/* tools/bench_denoise.c -- `pinna bench denoise`: a stream with the denoiser
 * built in, 10 ms at a time as in live use, in speech and in silence, and what
 * its parts take of it */
#include "dsp/cmvn.h"
#include "dsp/stft.h"
#include "rnn/denoise_ear.h"
#include "rnn/denoiser.h"
#include "rnn/denormals.h"
#include "rnn/kernels.h"
#include "rnn/kernels_int8.h"
#include "rnn/model.h"
#include "rnn/quantise.h"
#include "rnn/stream_net.h"
#include "tools/bench.h"
#include "tools/bench_frames.h"
#include "tools/bench_table.h"
#include "tools/command.h"
#include "tools/default_model.h"
#include "tools/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_RATE = 48000, HOP = SAMPLE_RATE / 100, N_BEFORE = 200 };

static const pinna_usage usage = {
    .command = "bench denoise",
    .synopsis = "[options]",
    .summary =
        "Measure the denoiser built in at 48 kHz, 10 ms at a time, in speech "
        "and in digital\nsilence after 2 s of speech: microseconds of a frame "
        "(mean, 99th of 100, worst),\nmultiple of real time, and the shares of "
        "Fourier transforms, network and all else,\neach measured by itself. "
        "Each frame counts with its median over the repetitions.",
    .examples = "  pinna bench denoise\n"
                "  pinna bench denoise --seconds 60 --json\n",
};

/* The kernels are those of the net, which this CPU runs. */
static const pinna_bench_column columns[] = {
    {"sound", "sound", 0},         {"kernels", "kernels", 0},
    {"frame_us", "us/frame", 1},   {"p99_us", "p99", 1},
    {"worst_us", "worst", 1},      {"times_real_time", "x real time", 0},
    {"fft_percent", "FFT %", 1},   {"network_percent", "network %", 1},
    {"rest_percent", "rest %", 1},
};

/* The denoiser and its parts. */
struct parts {
    const pinna_model *model;
    pinna_denoiser *denoiser;
    pinna_stft *stft;
    pinna_istft *istft;
    pinna_denoise_ear *ear;
    pinna_stream_state *state;
    float complex *spectrum; /* [n_fft/2 + 1] */
    float *y;                /* [n_bands + 1] */
    float *heard;            /* [n_frames, n_bands] of the sound */
    size_t n_frames, at;     /* which the network gets next */
};

static void free_parts(struct parts *parts)
{
    pinna_denoiser_free(parts->denoiser);
    pinna_stft_free(parts->stft);
    pinna_istft_free(parts->istft);
    pinna_denoise_ear_free(parts->ear);
    pinna_stream_state_free(parts->state);
    free(parts->spectrum);
    free(parts->y);
    free(parts->heard);
}

static pinna_status open_parts(struct parts *parts, size_t n_frames,
                               pinna_error *error)
{
    const pinna_model *model = parts->model;
    const size_t n_bands = model->bands.n_bands;
    const size_t n_fft = pinna_denoise_n_fft(&model->bands, SAMPLE_RATE);

    parts->n_frames = n_frames;
    parts->spectrum = calloc(n_fft / 2 + 1, sizeof *parts->spectrum);
    parts->y = calloc(n_bands + 1, sizeof *parts->y);
    parts->heard = calloc(n_frames * n_bands, sizeof *parts->heard);
    pinna_status status = parts->spectrum && parts->y && parts->heard
                              ? PINNA_OK
                              : PINNA_NO_MEMORY;
    if (!status)
        status = pinna_stft_new_low_delay(n_fft, HOP, &parts->stft);
    if (!status)
        status = pinna_istft_new_low_delay(n_fft, HOP, &parts->istft);
    if (!status)
        status = pinna_denoise_ear_new(&model->bands, SAMPLE_RATE, &parts->ear);
    if (!status)
        status = pinna_stream_state_new(model->stream, &parts->state);
    if (status)
        return pinna_fail(error, status, "%s", pinna_strerror(status));
    return pinna_denoiser_new(model, SAMPLE_RATE, &parts->denoiser, error);
}

/* ---- what is measured ---- */

static void reset_all(void *object)
{
    struct parts *parts = object;

    pinna_denoiser_reset(parts->denoiser);
    pinna_stft_reset(parts->stft);
    pinna_istft_reset(parts->istft);
    pinna_stream_state_reset(parts->state);
    parts->at = 0;
}

static void do_nothing(void *object, float *samples, size_t n)
{
    (void)object, (void)samples, (void)n;
}

static void denoise(void *object, float *samples, size_t n)
{
    const struct parts *parts = object;

    pinna_denoiser_process(parts->denoiser, samples, samples, n);
}

static void transform(void *object, float *samples, size_t n)
{
    const struct parts *parts = object;
    const uint64_t mode = pinna_flush_denormals();

    (void)n;
    pinna_stft_process(parts->stft, samples, parts->spectrum);
    pinna_istft_process(parts->istft, parts->spectrum, samples);
    pinna_restore_denormals(mode);
}

static void step(void *object, float *samples, size_t n)
{
    struct parts *parts = object;
    const size_t n_bands = parts->model->bands.n_bands;
    const uint64_t mode = pinna_flush_denormals();

    (void)samples, (void)n;
    pinna_stream_step(parts->model->stream, parts->state,
                      parts->heard + parts->at++ * n_bands, parts->y);
    pinna_restore_denormals(mode);
}

/* What the network gets of each frame. */
static void hear(struct parts *parts, const float *samples)
{
    const pinna_model *model = parts->model;
    const size_t n_bands = model->bands.n_bands;

    pinna_stft_reset(parts->stft);
    pinna_denoise_ear_reset(parts->ear);
    for (size_t i = 0; i < parts->n_frames; i++) {
        float *x = parts->heard + i * n_bands;
        pinna_stft_process(parts->stft, samples + i * HOP, parts->spectrum);
        pinna_denoise_ear_process(parts->ear, parts->spectrum, x);
        pinna_cmvn_apply(model->offset, model->scale, n_bands, x, 1);
    }
}

/* ---- the table ---- */

static const char *kernels_of(const pinna_model *model, char text[64])
{
    const char *name = pinna_kernels_best()->name;

    if (!pinna_is_quantised(&model->network.params))
        return name;
    snprintf(text, 64, "%s, int8 %s", name, pinna_int8_kernels_best()->name);
    return text;
}

/* times of nothing, which is what reading the clock takes; of all, of the
 * transforms and of the network. */
static void print_row(pinna_bench_table *table, const char *sound,
                      const char *kernels, const pinna_frame_times times[4])
{
    const double clock_ns = times[0].mean_ns;
    const double all_ns = times[1].mean_ns - clock_ns;
    const double fft = 100 * (times[2].mean_ns - clock_ns) / all_ns;
    const double network = 100 * (times[3].mean_ns - clock_ns) / all_ns;

    pinna_bench_table_row(table,
                          (pinna_bench_cell[]){
                              {.text = sound},
                              {.text = kernels},
                              {.number = 1e-3 * all_ns},
                              {.number = 1e-3 * (times[1].p99_ns - clock_ns)},
                              {.number = 1e-3 * (times[1].worst_ns - clock_ns)},
                              {.number = 1e7 / all_ns},
                              {.number = fft},
                              {.number = network},
                              {.number = 100 - fft - network},
                          });
}

static pinna_status measure_sound(struct parts *parts, const float *samples,
                                  const char *sound, pinna_bench_table *table)
{
    static void (*const processes[])(void *, float *, size_t) = {
        do_nothing, denoise, transform, step};
    pinna_frame_times times[4];
    char text[64];

    hear(parts, samples);
    for (size_t i = 0; i < 4; i++) {
        const pinna_bench_stream stream = {parts, reset_all, processes[i]};
        const pinna_status status = pinna_bench_frames(
            &stream, samples, HOP, parts->n_frames, N_BEFORE, &times[i]);
        if (status)
            return status;
    }
    print_row(table, sound, kernels_of(parts->model, text), times);
    return PINNA_OK;
}

/* samples [n]: the first N_BEFORE frames are speech, the others shall be, and
 * then silence. */
static pinna_status measure(struct parts *parts, float *samples,
                            const pinna_bench_settings *settings)
{
    const size_t n_speech = N_BEFORE * HOP;
    pinna_bench_table table;

    pinna_bench_table_begin(&table, "denoise", columns,
                            sizeof columns / sizeof columns[0], settings->json);
    pinna_status status = measure_sound(parts, samples, "speech", &table);
    memset(samples + n_speech, 0,
           (parts->n_frames * HOP - n_speech) * sizeof *samples);
    if (!status)
        status = measure_sound(parts, samples, "silence", &table);
    pinna_bench_table_end(&table);
    return status;
}

/* Returns the exit code. */
static int run(const pinna_model *model, const pinna_bench_settings *settings)
{
    struct parts parts = {.model = model};
    pinna_error error = {""};
    size_t n;
    float *samples = pinna_bench_sound(settings->seconds + 0.01 * N_BEFORE,
                                       (double)SAMPLE_RATE, &n);
    int code = PINNA_EXIT_DONE;

    if (!samples)
        return pinna_bench_no_memory(&usage);
    if (open_parts(&parts, n / HOP, &error)) {
        pinna_message("pinna %s: %s", usage.command, error.text);
        code = PINNA_EXIT_START;
    } else {
        const pinna_status status = measure(&parts, samples, settings);
        if (status)
            code = status == PINNA_INTERRUPTED ? PINNA_EXIT_INTERRUPTED
                                               : pinna_bench_no_memory(&usage);
    }
    free_parts(&parts);
    free(samples);
    return code;
}

int pinna_bench_denoise(int argc, char **argv)
{
    pinna_bench_settings settings;
    pinna_model *model = NULL;

    int code = pinna_bench_parse(&usage, argc, argv, &settings);
    if (code < 0)
        code =
            pinna_load_model(usage.command, NULL, PINNA_TASK_DENOISE, &model);
    if (code < 0)
        code = run(model, &settings);
    pinna_model_free(model);
    return code;
}
