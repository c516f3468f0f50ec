/* tools/live_transcribe.c -- `pinna live transcribe`: captions of what a
 * microphone hears */
#include "rnn/denoiser.h"
#include "tools/caption_stream.h"
#include "tools/caption_writer.h"
#include "tools/command.h"
#include "tools/decoding.h"
#include "tools/default_model.h"
#include "tools/interrupt.h"
#include "tools/json_writer.h"
#include "tools/live.h"
#include "tools/live_options.h"
#include "tools/live_stream.h"
#include "tools/progress.h"
#include "tools/spsc_ring.h"
#include "tools/transcript.h"

#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static const pinna_usage usage = {
    .command = "live transcribe",
    .synopsis = "[options]",
    .summary =
        "Write down what is said into a microphone while it is said. On a "
        "terminal what may\nstill change is dim; into a pipe go lines of "
        "JSON: \"partial\" with \"text\" that stays\nand a \"tail\" that may "
        "change, \"final\" with words and times, and figures at the end.\n\n"
        "The model built in knows the ten English digits.",
    .examples = "  pinna live transcribe\n"
                "  pinna live transcribe --denoise -o talk.srt\n"
                "  pinna live transcribe -i usb --endpoint 300 | jq .text\n",
};

/* How long the other thread may keep this one waiting, and how often this one
 * looks for sound: a third of the time between frames of the network. */
#define RING_S  10.0
#define LOOK_MS 10

enum { BLOCK = 1024 };

struct run {
    pinna_live_stream_config config;
    pinna_decoding decoding;
    double endpoint_ms, min_confidence;
    const char *output;
    bool denoise, quiet;

    pinna_live_stream *stream;
    pinna_spsc_ring *ring;
    atomic_size_t n_unheard;
    pinna_denoiser *denoiser; /* or NULL */
    pinna_caption_stream *captions;
    pinna_caption_writer writer;
    bool ended, failed, interrupted;
};

/* In the thread of the sound system. */
static void process(void *user, const float *const *in, float *const *out,
                    size_t n)
{
    struct run *run = user;
    const size_t n_taken = pinna_spsc_ring_write(run->ring, in, n);

    (void)out;
    if (n_taken < n)
        atomic_fetch_add_explicit(&run->n_unheard, n - n_taken,
                                  memory_order_relaxed);
}

/* Of all that has come from the device. */
static double time_s(const struct run *run)
{
    return (double)pinna_live_stream_counts(run->stream).n_samples /
           pinna_live_stream_rate(run->stream);
}

/* Captions of what has come since the last call. */
static void hear(struct run *run)
{
    float block[BLOCK], *channels[] = {block};
    pinna_caption caption;
    size_t n;

    while ((n = pinna_spsc_ring_read(run->ring, channels, BLOCK)) > 0) {
        if (run->denoiser)
            pinna_denoiser_process(run->denoiser, block, block, n);
        for (size_t used = 0; used < n;) {
            used += pinna_caption_stream_process(run->captions, block + used,
                                                 n - used, &caption);
            if (caption.changed)
                pinna_caption_writer_take(&run->writer, &caption, time_s(run));
        }
    }
}

static void follow(struct run *run)
{
    pinna_error error;

    switch (pinna_live_stream_watch(run->stream, &error)) {
    case PINNA_LIVE_FAILED:
        run->failed = run->ended = true;
        pinna_message("pinna live transcribe: %s", error.text);
        break;
    case PINNA_LIVE_LOST:
        pinna_message("pinna live transcribe: %s", error.text);
        break;
    case PINNA_LIVE_BACK:
        pinna_message("pinna live transcribe: the sound is back");
        break;
    case PINNA_LIVE_ENDED:
        run->ended = true;
        break;
    case PINNA_LIVE_RUNS:
    case PINNA_LIVE_GONE:
        break;
    }
}

static void loop(struct run *run)
{
    pinna_caption caption;

    /* A reader that has gone needs no captions. */
    while (!run->ended && !run->interrupted && !ferror(stdout)) {
        pinna_live_wait(LOOK_MS, false);
        follow(run);
        hear(run);
        run->interrupted = pinna_interrupted();
    }
    pinna_caption_stream_finish(run->captions, &caption);
    if (caption.changed)
        pinna_caption_writer_take(&run->writer, &caption, time_s(run));
}

static void write_figures(const struct run *run)
{
    const pinna_live_counts counts = pinna_live_stream_counts(run->stream);
    const pinna_caption_writer *writer = &run->writer;
    const double n = fmax((double)writer->n_utterances, 1);
    pinna_json json = {.file = stdout};

    pinna_json_open(&json, NULL, '{');
    pinna_json_string(&json, "type", "figures");
    pinna_json_string(&json, "input",
                      pinna_live_stream_name(run->stream, PINNA_DEVICE_IN));
    pinna_json_number(&json, "sample_rate", pinna_live_stream_rate(run->stream),
                      0);
    pinna_json_number(&json, "duration", time_s(run), 6);
    pinna_json_number(
        &json, "input_latency_ms",
        1e3 * pinna_live_stream_latency_s(run->stream, PINNA_DEVICE_IN), 3);
    pinna_json_number(&json, "endpoint_ms", run->endpoint_ms, 0);
    pinna_json_count(&json, "utterances", writer->n_utterances);
    pinna_json_count(&json, "words", writer->n_words);
    pinna_json_number(&json, "first_partial_ms",
                      1e3 * writer->first_delay_sum / n, 1);
    pinna_json_number(&json, "first_partial_most_ms",
                      1e3 * writer->first_delay_most, 1);
    pinna_json_number(&json, "final_ms", 1e3 * writer->final_delay_sum / n, 1);
    pinna_json_number(&json, "final_most_ms", 1e3 * writer->final_delay_most,
                      1);
    pinna_json_count(&json, "xruns", counts.n_xruns);
    pinna_json_count(&json, "devices_lost", counts.n_losses);
    pinna_json_count(&json, "samples_not_heard", atomic_load(&run->n_unheard));
    pinna_json_close(&json, '}');
}

/* ---- begin and end ---- */

static int fail(const char *text, int code)
{
    pinna_message("pinna live transcribe: %s", text);
    return code;
}

static pinna_status prepare(struct run *run, const pinna_model *model,
                            const pinna_model *cleaner, pinna_error *error)
{
    const unsigned rate = (unsigned)pinna_live_stream_rate(run->stream);
    pinna_caption_config config = {
        .model = model,
        .decoding = &run->decoding,
        .sample_rate = rate,
        .endpoint_ms = run->endpoint_ms,
        .min_confidence = run->min_confidence >= 0
                              ? run->min_confidence
                              : pinna_default_min_confidence(model),
    };
    pinna_status status = PINNA_OK;

    if (pinna_spsc_ring_new((size_t)(RING_S * rate), 1, &run->ring))
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    if (cleaner) {
        status = pinna_denoiser_new(cleaner, rate, &run->denoiser, error);
        if (!status)
            config.delay_s = (double)pinna_denoiser_delay(run->denoiser) / rate;
    }
    return status ? status
                  : pinna_caption_stream_new(&config, &run->captions, error);
}

static int work(struct run *run, const pinna_model *model,
                const pinna_model *cleaner)
{
    pinna_error error;

    /* A reader of the captions that goes must not take the files along. */
    signal(SIGPIPE, SIG_IGN);
    if (pinna_live_stream_open(&run->config, &run->stream, &error) ||
        prepare(run, model, cleaner, &error) ||
        pinna_caption_writer_open(&run->writer, run->output, &error) ||
        pinna_live_stream_start(run->stream, process, run, &error))
        return fail(error.text, PINNA_EXIT_START);
    if (!run->quiet)
        pinna_message("%s, %g Hz; Ctrl-C ends",
                      pinna_live_stream_name(run->stream, PINNA_DEVICE_IN),
                      pinna_live_stream_rate(run->stream));
    loop(run);
    if (pinna_caption_writer_commit(&run->writer, &error))
        return fail(error.text, PINNA_EXIT_INPUT);
    if (!run->writer.terminal)
        write_figures(run);
    if (run->interrupted)
        return PINNA_EXIT_INTERRUPTED;
    return run->failed ? PINNA_EXIT_INPUT : PINNA_EXIT_DONE;
}

static void clean_up(struct run *run)
{
    pinna_live_stream_close(run->stream);
    pinna_caption_writer_abort(&run->writer);
    pinna_caption_stream_free(run->captions);
    pinna_denoiser_free(run->denoiser);
    pinna_spsc_ring_free(run->ring);
    pinna_decoding_free(&run->decoding);
}

int pinna_live_transcribe(int argc, char **argv)
{
    struct run run = {
        .config = {.has = {true, false}, .n_channels = 1},
        .decoding = PINNA_DECODING_DEFAULT,
        .endpoint_ms = PINNA_UTTERANCE_PAUSE_MS,
        .min_confidence = -1,
    };
    const char *model_path = NULL;
    pinna_model *model = NULL, *cleaner = NULL;
    int code = -1;
    const pinna_option options[] = {
        PINNA_LIVE_OPTIONS(&run.config),
        {"output", 'o', "FILE",
         "captions into a file, too: .srt subtitles, else text",
         .text = &run.output},
        {"endpoint", 'e', "MS", "an utterance ends after so much silence",
         .number = &run.endpoint_ms, .low = 100, .high = 10000,
         .shows_default = true},
        {"denoise", 0, NULL, "take the noise out first", .flag = &run.denoise},
        {"model", 'm', "MODEL",
         "a model of `pinna train ctc` instead of the one\nbuilt in",
         .text = &model_path},
        {"min-confidence", 0, "P",
         "leave out words, of --grammar phrases, that are less\nsure (0 to 1; "
         "default 0.5, or 0 if the model writes\ncharacters or pieces of "
         "words)",
         .number = &run.min_confidence, .low = 0, .high = 1},
        PINNA_DECODING_OPTIONS(&run.decoding),
        {"quiet", 'q', NULL, "nothing on stderr but what goes wrong",
         .flag = &run.quiet},
    };

    if (argc > 1)
        code = pinna_options_parse(&usage, options,
                                   sizeof options / sizeof *options, argc, argv,
                                   NULL);
    if (code < 0)
        code = pinna_load_model("live transcribe", model_path, PINNA_TASK_CTC,
                                &model);
    if (code < 0 && run.denoise)
        code = pinna_load_model("live transcribe", NULL, PINNA_TASK_DENOISE,
                                &cleaner);
    if (code < 0)
        code = pinna_decoding_load(&usage, &run.decoding, model);
    if (code < 0)
        code = work(&run, model, cleaner);
    clean_up(&run);
    pinna_model_free(model);
    pinna_model_free(cleaner);
    return code;
}
