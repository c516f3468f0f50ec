/* tools/live_denoise.c -- `pinna live denoise`: from microphone to loudspeaker
 * without the noise */
#include "rnn/denoise_controls.h"
#include "tools/command.h"
#include "tools/default_model.h"
#include "tools/denoise_options.h"
#include "tools/interrupt.h"
#include "tools/json_writer.h"
#include "tools/keyboard.h"
#include "tools/live.h"
#include "tools/live_denoiser.h"
#include "tools/live_loopback.h"
#include "tools/live_meters.h"
#include "tools/live_options.h"
#include "tools/live_recorder.h"
#include "tools/live_stream.h"
#include "tools/loopback.h"
#include "tools/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const pinna_usage usage = {
    .command = "live denoise",
    .synopsis = "[options]",
    .summary =
        "Take the noise out of what a microphone hears and play it, on "
        "headphones or to a\nvirtual device that other programs hear. Keys on "
        "a terminal: b bypass, m mute,\n+ and - more and less of it, r record, "
        "q quit.",
    .examples =
        "  pinna live denoise\n"
        "  pinna live denoise -i usb -o headphones --vad-threshold 50\n"
        "  pinna live denoise --record-dry in.wav --record-wet out.wav -d 60\n"
        "  pinna live denoise --loopback-test\n",
};

/* How often keys, meters and devices are looked at; and one step of + and -, in
 * percent of the mix. */
#define LOOK_MS  20
#define MIX_STEP 10.0f

struct run {
    pinna_live_stream_config config;
    double controls[PINNA_N_CONTROLS];
    const char *dry_path, *wet_path;
    bool post_filter, loopback, quiet, json;

    pinna_live_stream *stream;
    pinna_live_denoiser *denoiser;
    pinna_live_recorder *recorder;
    float **block; /* [2 * n_channels][PINNA_RECORDER_BLOCK], the inputs first
                    */
    pinna_live_meters meters;
    pinna_progress progress;
    double start_s;
    bool has_files, recording, gone, ended, failed, interrupted;
    char names[2][64]; /* of recordings that a key began */
};

static double latency_ms(const struct run *run)
{
    return 1e3 * (double)pinna_live_denoiser_latency(run->denoiser) /
           pinna_live_stream_rate(run->stream);
}

/* ---- keys ---- */

static void toggle_mode(struct run *run, int mode)
{
    const int now =
        (int)pinna_live_denoiser_get(run->denoiser, PINNA_CONTROL_MODE);

    pinna_live_denoiser_set(run->denoiser, PINNA_CONTROL_MODE,
                            (float)(now == mode ? PINNA_MODE_PROCESS : mode));
}

static void change_mix(struct run *run, float step)
{
    const float mix = pinna_live_denoiser_get(run->denoiser, PINNA_CONTROL_MIX);

    pinna_live_denoiser_set(run->denoiser, PINNA_CONTROL_MIX, mix + step);
    pinna_message("mix %.0f %%", (double)pinna_live_denoiser_get(
                                     run->denoiser, PINNA_CONTROL_MIX));
}

/* Files of the present time's name where the options give none. */
static void name_recordings(struct run *run)
{
    const time_t now = time(NULL);
    struct tm local;

    localtime_r(&now, &local);
    strftime(run->names[0], sizeof run->names[0], "pinna-%Y%m%d-%H%M%S-dry.wav",
             &local);
    strftime(run->names[1], sizeof run->names[1], "pinna-%Y%m%d-%H%M%S-wet.wav",
             &local);
    run->dry_path = run->names[0];
    run->wet_path = run->names[1];
}

static pinna_status open_files(struct run *run, pinna_error *error)
{
    const pinna_status status = pinna_live_recorder_open(
        run->recorder, run->dry_path, run->wet_path, error);

    run->has_files = run->recording = !status;
    return status;
}

/* Without a place for files the sound goes on. */
static void toggle_recording(struct run *run)
{
    pinna_error error;

    if (run->has_files) {
        run->recording = !run->recording;
        return;
    }
    name_recordings(run);
    if (open_files(run, &error))
        pinna_message("pinna live denoise: %s", error.text);
    else
        pinna_message("recording %s and %s", run->dry_path, run->wet_path);
}

static void take_keys(struct run *run)
{
    char key;

    while ((key = pinna_keyboard_key()) != 0)
        switch (key) {
        case 'b':
            toggle_mode(run, PINNA_MODE_BYPASS);
            break;
        case 'm':
            toggle_mode(run, PINNA_MODE_MUTE);
            break;
        case '+':
        case '=': /* the same key without shift */
            change_mix(run, MIX_STEP);
            break;
        case '-':
            change_mix(run, -MIX_STEP);
            break;
        case 'r':
            toggle_recording(run);
            break;
        case 'q':
            run->ended = true;
            break;
        default:
            break;
        }
}

/* ---- the loop ---- */

/* Meters and files get what has gone through since the last call. */
static pinna_status hear(struct run *run, pinna_error *error)
{
    const size_t n_channels = run->config.n_channels;
    const float *const *dry = (const float *const *)run->block;
    const float *const *wet = dry + n_channels;
    pinna_status status = PINNA_OK;
    size_t n;

    while (!status &&
           (n = pinna_live_denoiser_hear(run->denoiser, run->block,
                                         PINNA_RECORDER_BLOCK)) > 0) {
        pinna_live_meters_hear(&run->meters, dry, wet, n_channels, n);
        status = pinna_live_recorder_take(run->recorder, dry, wet, n,
                                          run->recording, error);
    }
    return status;
}

static void show(struct run *run)
{
    const pinna_live_denoiser_state state =
        pinna_live_denoiser_look(run->denoiser);
    const int mode =
        (int)pinna_live_denoiser_get(run->denoiser, PINNA_CONTROL_MODE);
    const pinna_live_moment moment = {
        .speech_probability = (double)state.speech_probability,
        .reduction_db = (double)state.reduction_db,
        .load = pinna_live_stream_load(run->stream),
        .n_xruns = pinna_live_stream_counts(run->stream).n_xruns,
        .bypassed = mode == PINNA_MODE_BYPASS,
        .muted = mode == PINNA_MODE_MUTE,
        .recording = run->recording,
        .gone = run->gone,
    };
    char line[80];

    if (!run->gone)
        pinna_live_meters_look(&run->meters, &moment);
    if (!pinna_progress_due(&run->progress))
        return;
    pinna_live_meters_line(&run->meters, &moment, line, sizeof line);
    pinna_progress_update(&run->progress, 0, 0, line);
}

static void follow(struct run *run)
{
    pinna_error error;

    switch (pinna_live_stream_watch(run->stream, &error)) {
    case PINNA_LIVE_LOST:
        run->gone = true;
        pinna_message("pinna live denoise: %s", error.text);
        break;
    case PINNA_LIVE_BACK:
        run->gone = false;
        pinna_message("pinna live denoise: the sound is back");
        break;
    case PINNA_LIVE_ENDED:
        run->ended = true;
        break;
    case PINNA_LIVE_FAILED:
        run->failed = run->ended = true;
        pinna_message("pinna live denoise: %s", error.text);
        break;
    case PINNA_LIVE_RUNS:
    case PINNA_LIVE_GONE:
        break;
    }
}

static pinna_status loop(struct run *run, pinna_error *error)
{
    const bool keys = pinna_keyboard_begin();
    pinna_status status = PINNA_OK;

    pinna_progress_start(&run->progress, "live", run->quiet);
    while (!status && !run->ended && !run->interrupted) {
        pinna_live_wait(LOOK_MS, keys);
        follow(run);
        take_keys(run);
        status = hear(run, error);
        show(run);
        run->interrupted = pinna_interrupted();
    }
    pinna_progress_end(&run->progress);
    pinna_keyboard_end();
    return status;
}

/* ---- figures ---- */

static void write_json(const struct run *run)
{
    const pinna_live_counts counts = pinna_live_stream_counts(run->stream);
    const pinna_live_meters *meters = &run->meters;
    const double n_looks = fmax((double)meters->n_looks, 1);
    pinna_json json = {.file = stdout};

    pinna_json_open(&json, NULL, '{');
    pinna_json_string(&json, "input",
                      pinna_live_stream_name(run->stream, PINNA_DEVICE_IN));
    pinna_json_string(&json, "output",
                      pinna_live_stream_name(run->stream, PINNA_DEVICE_OUT));
    pinna_json_number(&json, "sample_rate", pinna_live_stream_rate(run->stream),
                      0);
    pinna_json_count(&json, "channels", run->config.n_channels);
    pinna_json_number(
        &json, "duration",
        (double)counts.n_samples / pinna_live_stream_rate(run->stream), 6);
    pinna_json_count(&json, "blocks", counts.n_blocks);
    pinna_json_number(
        &json, "input_latency_ms",
        1e3 * pinna_live_stream_latency_s(run->stream, PINNA_DEVICE_IN), 3);
    pinna_json_number(
        &json, "output_latency_ms",
        1e3 * pinna_live_stream_latency_s(run->stream, PINNA_DEVICE_OUT), 3);
    pinna_json_number(&json, "denoiser_latency_ms", latency_ms(run), 3);
    pinna_json_number(&json, "input_level_db",
                      pinna_level_rms_db(&meters->all[0]), 2);
    pinna_json_number(&json, "output_level_db",
                      pinna_level_rms_db(&meters->all[1]), 2);
    pinna_json_number(&json, "input_peak_db",
                      pinna_level_peak_db(&meters->all[0]), 2);
    pinna_json_number(&json, "output_peak_db",
                      pinna_level_peak_db(&meters->all[1]), 2);
    pinna_json_count(&json, "input_clipped", meters->all[0].n_clipped);
    pinna_json_number(&json, "reduction_db", meters->reduction_sum / n_looks,
                      2);
    pinna_json_number(&json, "speech", (double)meters->n_speech / n_looks, 3);
    pinna_json_number(&json, "cpu", meters->load_sum / n_looks, 4);
    pinna_json_number(&json, "cpu_most", meters->load_most, 4);
    pinna_json_count(&json, "xruns", counts.n_xruns);
    pinna_json_count(&json, "devices_lost", counts.n_losses);
    pinna_json_count(&json, "samples_recorded",
                     pinna_live_recorder_length(run->recorder));
    pinna_json_count(&json, "samples_not_recorded",
                     pinna_live_denoiser_look(run->denoiser).n_unheard);
    pinna_json_close(&json, '}');
}

static void tell(const struct run *run)
{
    const pinna_live_counts counts = pinna_live_stream_counts(run->stream);
    const pinna_level *levels = run->meters.all;

    if (!run->quiet)
        pinna_message("%.2f s of sound: %.1f dB in, %.1f dB out, %zu xruns",
                      (double)counts.n_samples /
                          pinna_live_stream_rate(run->stream),
                      pinna_level_rms_db(&levels[0]),
                      pinna_level_rms_db(&levels[1]), counts.n_xruns);
}

/* ---- begin and end ---- */

static int fail(const char *text, int code)
{
    pinna_message("pinna live denoise: %s", text);
    return code;
}

static pinna_status prepare(struct run *run, const pinna_model *model)
{
    const double rate = pinna_live_stream_rate(run->stream);
    const size_t n_channels = run->config.n_channels;
    float values[PINNA_N_CONTROLS];

    for (int i = 0; i < PINNA_N_CONTROLS; i++)
        values[i] = (float)run->controls[i];
    pinna_status status = pinna_live_denoiser_new(
        model, rate, n_channels, values, run->post_filter, &run->denoiser);
    if (!status)
        status = pinna_live_recorder_new(
            (unsigned)rate, n_channels,
            pinna_live_denoiser_latency(run->denoiser), &run->recorder);
    run->block = calloc(2 * n_channels, sizeof *run->block);
    if (status || !run->block)
        return PINNA_NO_MEMORY;
    for (size_t c = 0; c < 2 * n_channels; c++)
        if (!(run->block[c] = calloc(PINNA_RECORDER_BLOCK, sizeof(float))))
            return PINNA_NO_MEMORY;
    return PINNA_OK;
}

static int work(struct run *run, const pinna_model *model)
{
    pinna_error error;

    if (run->loopback) {
        run->config.n_channels = 1;
        run->config.duration_s = PINNA_LOOPBACK_S;
    }
    if (pinna_live_stream_open(&run->config, &run->stream, &error))
        return fail(error.text, PINNA_EXIT_START);
    if (prepare(run, model))
        return fail("out of memory", PINNA_EXIT_START);
    if (run->loopback)
        return pinna_live_loopback(&run->stream, 1e-3 * latency_ms(run),
                                   run->json);
    if ((run->dry_path || run->wet_path) && open_files(run, &error))
        return fail(error.text, PINNA_EXIT_START);
    if (pinna_live_stream_start(run->stream, pinna_live_denoiser_process,
                                run->denoiser, &error))
        return fail(error.text, PINNA_EXIT_START);
    if (!run->quiet)
        pinna_message(
            "%s to %s, %g Hz, %.1f ms in all",
            pinna_live_stream_name(run->stream, PINNA_DEVICE_IN),
            pinna_live_stream_name(run->stream, PINNA_DEVICE_OUT),
            pinna_live_stream_rate(run->stream),
            1e3 * (pinna_live_stream_latency_s(run->stream, PINNA_DEVICE_IN) +
                   pinna_live_stream_latency_s(run->stream, PINNA_DEVICE_OUT)) +
                latency_ms(run));
    /* What was recorded is kept, whatever went wrong. */
    const pinna_status ended = loop(run, &error);
    const pinna_status kept =
        pinna_live_recorder_commit(run->recorder, ended ? NULL : &error);
    if (ended || kept)
        return fail(error.text, PINNA_EXIT_INPUT);
    tell(run);
    if (run->json)
        write_json(run);
    if (run->interrupted)
        return PINNA_EXIT_INTERRUPTED;
    return run->failed ? PINNA_EXIT_INPUT : PINNA_EXIT_DONE;
}

static void clean_up(struct run *run)
{
    pinna_live_stream_close(run->stream);
    pinna_live_denoiser_free(run->denoiser);
    pinna_live_recorder_free(run->recorder);
    for (size_t c = 0; run->block && c < 2 * run->config.n_channels; c++)
        free(run->block[c]);
    free(run->block);
}

int pinna_live_denoise(int argc, char **argv)
{
    struct run run = {.config = {.has = {true, true}, .n_channels = 1}};
    const char *model_path = NULL;
    bool independent = false;
    pinna_model *model = NULL;
    int code = -1;
    const pinna_option options[] = {
        PINNA_LIVE_OPTIONS(&run.config),
        {"output", 'o', "DEVICE", "where to; the same",
         .text = &run.config.names[PINNA_DEVICE_OUT]},
        {"channels", 0, "N", "of input and output (default 1)",
         .count = &run.config.n_channels, .low = 1, .high = 64},
        PINNA_DENOISE_OPTIONS(run.controls, &run.post_filter, &independent),
        {"model", 'm', "MODEL",
         "a model of `pinna train denoise` instead of the one\nbuilt in",
         .text = &model_path},
        {"record-dry", 0, "FILE", "keep what came in", .text = &run.dry_path},
        {"record-wet", 0, "FILE", "keep what went out, in time with the former",
         .text = &run.wet_path},
        {"loopback-test", 0, NULL,
         "measure the latency: lead the output to the input",
         .flag = &run.loopback},
        {"json", 0, NULL, "figures at the end on stdout, as JSON",
         .flag = &run.json},
        {"quiet", 'q', NULL, "no meters and no figures on stderr",
         .flag = &run.quiet},
    };

    for (int i = 0; i < PINNA_N_CONTROLS; i++)
        run.controls[i] = (double)pinna_controls[i].by_default;
    if (argc > 1)
        code = pinna_options_parse(&usage, options,
                                   sizeof options / sizeof *options, argc, argv,
                                   NULL);
    if (code < 0 && run.dry_path && run.wet_path &&
        strcmp(run.dry_path, run.wet_path) == 0)
        code = pinna_usage_error(
            &usage, "--record-dry and --record-wet name the same file");
    if (code < 0)
        code = pinna_denoise_options_check(&usage, run.controls);
    if (independent)
        run.controls[PINNA_CONTROL_STEREO_LINK] = 0;
    if (code < 0)
        code = pinna_load_model("live denoise", model_path, PINNA_TASK_DENOISE,
                                &model);
    if (code < 0)
        code = work(&run, model);
    clean_up(&run);
    pinna_model_free(model);
    return code;
}
