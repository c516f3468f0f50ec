/* tools/bench_features.c -- `pinna bench features`: frames of MFCC and log-mel
 */
#include "dsp/features.h"
#include "dsp/fft_engine.h"
#include "dsp/presets.h"
#include "tools/bench.h"
#include "tools/bench_table.h"
#include "tools/command.h"
#include "tools/interrupt.h"
#include "tools/stopwatch.h"

#include <stdlib.h>

static const pinna_usage usage = {
    .command = "bench features",
    .synopsis = "[options]",
    .summary = "Measure features as Kaldi computes them, 16 kHz, frames of 25 "
               "ms every 10 ms:\nnanoseconds of a frame, multiple of real "
               "time, how much of it the Fourier\ntransform of 512 points "
               "takes and by which engine, and what KissFFT would take.",
    .examples = "  pinna bench features\n"
                "  pinna bench features --seconds 60 --json\n",
};

enum {
    SAMPLE_RATE = 16000,
    HOP = 160,   /* 10 ms; as many samples are pushed at a time */
    N_FFT = 512, /* 25 ms, the next power of two */
};

static const pinna_bench_column columns[] = {
    {"features", "features", 0},
    {"frame_ns", "ns/frame", 0},
    {"times_real_time", "x real time", 0},
    {"fft_engine", "FFT", 0},
    {"fft_ns", "ns/FFT", 0},
    {"fft_percent", "FFT %", 0},
    {"kissfft_ns", "KissFFT ns", 0},
};

/* All frames of one kind of features. */
struct stream {
    const float *samples;
    size_t n, n_frames;
    pinna_features *features;
    float *frame; /* [n_out] */
};

/* As many transforms. */
struct transform {
    const struct stream *stream;
    pinna_fft *fft;
    float complex spectrum[N_FFT / 2 + 1];
};

static void run_features(void *context)
{
    struct stream *stream = context;

    stream->n_frames = 0;
    pinna_features_reset(stream->features);
    for (size_t used = 0; used < stream->n;) {
        const size_t left = stream->n - used;
        used += pinna_features_push(stream->features, stream->samples + used,
                                    left < HOP ? left : HOP);
        while (pinna_features_pull(stream->features, stream->frame))
            stream->n_frames++;
    }
    pinna_features_finish(stream->features);
    while (pinna_features_pull(stream->features, stream->frame))
        stream->n_frames++;
}

static void run_fft(void *context)
{
    struct transform *transform = context;
    const struct stream *stream = transform->stream;

    for (size_t i = 0; i < stream->n_frames; i++)
        pinna_fft_forward(transform->fft, stream->samples + i * HOP,
                          transform->spectrum);
}

static void measure(struct stream *stream, struct transform *ours,
                    struct transform *kiss, const char *name,
                    pinna_bench_table *table)
{
    pinna_timed things[] = {
        {.run = run_features, .context = stream},
        {.run = run_fft, .context = ours},
        {.run = run_fft, .context = kiss},
    };

    pinna_stopwatch_measure(things, 3);
    if (pinna_interrupted())
        return;
    const double n = (double)stream->n_frames;
    pinna_bench_table_row(table,
                          (pinna_bench_cell[]){
                              {.text = name},
                              {.number = things[0].ns / n},
                              {.number = 1e7 * n / things[0].ns},
                              {.text = pinna_fft_engine_for(N_FFT)->name},
                              {.number = things[1].ns / n},
                              {.number = 100.0 * things[1].ns / things[0].ns},
                              {.number = things[2].ns / n},
                          });
}

/* samples [n + N_FFT]: the last frame of the features ends before a whole
 * transform does. */
static pinna_status bench(const float *samples, size_t n, const char *name,
                          const pinna_fbank_config *config,
                          pinna_bench_table *table)
{
    struct stream stream = {.samples = samples, .n = n};
    struct transform ours = {.stream = &stream}, kiss = {.stream = &stream};

    pinna_status status = pinna_features_new(config, &stream.features, NULL);
    if (!status)
        status = pinna_fft_new(N_FFT, &ours.fft);
    if (!status)
        status = pinna_fft_new_with(&pinna_fft_kiss, N_FFT, &kiss.fft);
    if (!status) {
        stream.frame =
            malloc(pinna_features_n_out(stream.features) * sizeof(float));
        if (stream.frame)
            measure(&stream, &ours, &kiss, name, table);
        else
            status = PINNA_NO_MEMORY;
    }
    free(stream.frame);
    pinna_fft_free(kiss.fft);
    pinna_fft_free(ours.fft);
    pinna_features_free(stream.features);
    return status;
}

int pinna_bench_features(int argc, char **argv)
{
    pinna_bench_settings settings;
    pinna_bench_table table;
    size_t n;

    const int code = pinna_bench_parse(&usage, argc, argv, &settings);
    if (code >= 0)
        return code;
    float *samples = pinna_bench_sound(
        settings.seconds + (double)N_FFT / SAMPLE_RATE, SAMPLE_RATE, &n);
    if (!samples)
        return pinna_bench_no_memory(&usage);
    const pinna_fbank_config mfcc =
        pinna_preset_config(PINNA_PRESET_KALDI, PINNA_FEATURE_MFCC);
    pinna_fbank_config fbank =
        pinna_preset_config(PINNA_PRESET_KALDI, PINNA_FEATURE_FBANK);
    fbank.n_mels = 80;

    pinna_bench_table_begin(&table, "features", columns,
                            sizeof columns / sizeof columns[0], settings.json);
    pinna_status status = bench(samples, n - N_FFT, "MFCC-13", &mfcc, &table);
    if (!status && !pinna_interrupted())
        status = bench(samples, n - N_FFT, "fbank-80", &fbank, &table);
    pinna_bench_table_end(&table);
    free(samples);
    if (status) /* the configurations are good */
        return pinna_bench_no_memory(&usage);
    return pinna_interrupted() ? PINNA_EXIT_INTERRUPTED : PINNA_EXIT_DONE;
}
