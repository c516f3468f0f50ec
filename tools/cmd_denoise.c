/* tools/cmd_denoise.c -- `pinna denoise`: takes the noise out of recordings */
#include "tools/command.h"
#include "tools/default_model.h"
#include "tools/denoise_file.h"
#include "tools/denoise_options.h"
#include "tools/denoise_page.h"
#include "tools/html_page.h"
#include "tools/jobs.h"
#include "tools/json_writer.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/output_paths.h"
#include "tools/png_file.h"
#include "tools/spectrogram_picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const pinna_usage usage = {
    .command = "denoise",
    .synopsis = "[options] FILE... -o OUT",
    .summary = "Take the noise out of recordings of speech. Any format that "
               "libsndfile "
               "opens,\n8 to 192 kHz, any number of channels; the output has "
               "the rate, "
               "channels and\nlength of the input and lies in time with it. "
               "Its samples are "
               "those that the\nplugins give live.",
    .examples = "  pinna denoise in.wav -o out.wav\n"
                "  pinna denoise *.flac -o clean/ -j 4\n"
                "  pinna denoise in.wav -o out.wav --atten-limit 12\n"
                "  pinna denoise in.wav -o out.wav --picture out.png\n"
                "  pinna denoise *.wav -o clean/ --report clean.html\n"
                "  pinna denoise in.wav -o out.wav --vad-threshold 50 "
                "--vad-look-back 60\n"
                "  sox in.mp3 -t wav - | pinna denoise - -o - > out.wav\n"
                "  arecord -t raw -f S16_LE -r 48000 -c 1 | \\\n"
                "      pinna denoise --raw s16:48000:1 - -o - | \\\n"
                "      aplay -t raw -f S16_LE -r 48000 -c 1\n",
};

struct item {
    const char *input;
    const char *output;
    pinna_denoise_result result;
    pinna_denoise_view view; /* for the page */
    pinna_status status;
    pinna_error error;
};

struct work {
    struct item *items;
    pinna_denoise_settings settings;
    const char *picture, *report;
    pinna_output_file page; /* of the report */
    pinna_json json;        /* without a file: no JSON is wanted */
    bool quiet;
    size_t n_failed;
};

static pinna_status draw(const struct work *work, const struct item *item,
                         pinna_error *error)
{
    pinna_picture picture;
    pinna_status status =
        pinna_spectrogram_picture(item->input, item->output, &picture, error);
    if (!status)
        status = pinna_png_write(work->picture, &picture, error);
    pinna_picture_free(&picture);
    return status;
}

static bool work_on(void *user, size_t index)
{
    const struct work *work = user;
    struct item *item = &work->items[index];

    item->status =
        pinna_denoise_file(&work->settings, item->input, item->output,
                           &item->result, &item->error);
    if (!item->status && work->picture)
        item->status = draw(work, item, &item->error);
    if (!item->status && work->report)
        item->status = pinna_denoise_view_make(item->input, item->output,
                                               &item->view, &item->error);
    return item->status != PINNA_INTERRUPTED;
}

static double speed_of(const pinna_denoise_result *result)
{
    return result->work_s > 0 ? result->duration_s / result->work_s : 0;
}

static void write_json(pinna_json *json, const struct item *item)
{
    const pinna_denoise_result *result = &item->result;

    pinna_json_open(json, NULL, '{');
    pinna_json_string(json, "input", item->input);
    if (item->status) {
        pinna_json_string(json, "error", item->error.text);
    } else {
        pinna_json_string(json, "output", item->output);
        pinna_json_count(json, "sample_rate", result->sample_rate);
        pinna_json_count(json, "channels", result->n_channels);
        pinna_json_number(json, "duration", result->duration_s, 6);
        pinna_json_number(json, "noise_removed_db", result->noise_drop_db, 2);
        pinna_json_number(json, "level_before_db", result->before_db, 2);
        pinna_json_number(json, "level_after_db", result->after_db, 2);
        pinna_json_number(json, "speed", speed_of(result), 1);
    }
    pinna_json_close(json, '}');
}

static void finish(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];
    const pinna_denoise_result *result = &item->result;

    if (!item->status && work->report)
        item->status = pinna_denoise_page_add(work->page.stream, &item->view,
                                              result, &item->error);
    pinna_denoise_view_free(&item->view);
    if (item->status) {
        work->n_failed++;
        pinna_message("pinna denoise: %s", item->error.text);
    } else if (!work->quiet) {
        pinna_message(
            "%s -> %s: noise in the pauses lowered by %.1f dB, %.2f s "
            "of sound in %.2f s (%.0f x real time)",
            item->input, item->output, result->noise_drop_db,
            result->duration_s, result->work_s, speed_of(result));
    }
    if (work->json.file)
        write_json(&work->json, item);
}

static pinna_status begin_page(struct work *work, pinna_error *error)
{
    if (!work->report)
        return PINNA_OK;
    const pinna_status status =
        pinna_output_file_open(work->report, &work->page, error);
    if (!status)
        pinna_html_begin(work->page.stream, "Denoised recordings");
    return status;
}

/* No page appears when every file has failed. */
static void finish_page(struct work *work, size_t n_done)
{
    pinna_error error;

    if (!work->report)
        return;
    if (n_done == work->n_failed) {
        pinna_output_file_abort(&work->page);
        return;
    }
    pinna_denoise_page_end(work->page.stream);
    if (pinna_output_file_commit(&work->page, &error)) {
        work->n_failed++;
        pinna_message("pinna denoise: %s", error.text);
    }
}

static int run(struct work *work, const pinna_list *files, char *const *outputs,
               size_t n_jobs)
{
    const size_t n = files->n_items;
    pinna_progress progress;
    pinna_error error;

    if (begin_page(work, &error)) {
        pinna_message("pinna denoise: %s", error.text);
        return PINNA_EXIT_START;
    }
    work->items = calloc(n, sizeof *work->items);
    if (!work->items) {
        pinna_output_file_abort(&work->page);
        pinna_message("pinna denoise: out of memory");
        return PINNA_EXIT_START;
    }
    for (size_t i = 0; i < n; i++) {
        work->items[i].input = files->items[i];
        work->items[i].output = outputs[i];
    }
    work->settings.progress = &progress;
    work->settings.n_files = n;

    pinna_progress_start(&progress, "denoise", work->quiet);
    if (work->json.file)
        pinna_json_open(&work->json, NULL, '[');
    const size_t n_done = pinna_jobs_run(&(pinna_jobs){.n_items = n,
                                                       .n_threads = n_jobs,
                                                       .user = work,
                                                       .work = work_on,
                                                       .finish = finish});
    if (work->json.file)
        pinna_json_close(&work->json, ']');
    pinna_progress_end(&progress);
    finish_page(work, n_done);
    for (size_t i = 0; i < n; i++) /* those that were cut short */
        pinna_denoise_view_free(&work->items[i].view);
    free(work->items);

    return pinna_jobs_exit_code(n, n_done, work->n_failed);
}

/* What cannot go together. Returns -1 to go on, or the exit code. */
static int check(const pinna_list *files, const char *output,
                 const struct work *work)
{
    if (files->n_items == 0)
        return pinna_usage_error(&usage, "no FILE to denoise");
    if (!output)
        return pinna_usage_error(&usage, "where to? -o OUT is missing");
    if (work->json.file && strcmp(output, "-") == 0)
        return pinna_usage_error(
            &usage, "--json and -o - would both go to standard output");
    if (work->picture && files->n_items > 1)
        return pinna_usage_error(&usage, "--picture takes one FILE");
    if (!work->picture && !work->report)
        return -1;

    /* What is drawn is read again. */
    const char *option = work->picture ? "--picture" : "--report";
    bool named = strcmp(output, "-") != 0;
    for (size_t i = 0; i < files->n_items; i++)
        named = named && strcmp(files->items[i], "-") != 0;
    if (!named || work->settings.raw)
        return pinna_usage_error(
            &usage, "%s takes named sound files, FILE and OUT", option);
    return -1;
}

/* A picture or page under the name of a sound. Returns -1 to go on, or the exit
 * code. */
static int refuse_twice(const char *sound, const struct work *work)
{
    if ((work->picture && strcmp(work->picture, sound) == 0) ||
        (work->report && strcmp(work->report, sound) == 0))
        return pinna_usage_error(&usage, "%s would be written twice", sound);
    return -1;
}

/* Returns -1 to go on, or the exit code. */
static int take_raw(const char *text, pinna_raw_format *format,
                    pinna_denoise_settings *settings)
{
    settings->raw = format;
    return pinna_raw_format_parse(text, format)
               ? -1
               : pinna_usage_error(&usage, "--raw %s: not like s16:48000:1",
                                   text);
}

int pinna_cmd_denoise(int argc, char **argv)
{
    struct work work = {.settings = pinna_denoise_settings_default()};
    pinna_denoise_settings *settings = &work.settings;
    const char *output = NULL, *model_path = NULL, *raw = NULL;
    size_t n_jobs = pinna_default_jobs();
    bool json = false, independent = false;
    pinna_raw_format format;
    const pinna_option options[] = {
        {"output", 'o', "OUT",
         "the file to write; a folder for several FILEs;\n- for stdout",
         .text = &output},
        PINNA_DENOISE_OPTIONS(settings->controls, &settings->post_filter,
                              &independent),
        {"raw", 0, "FORMAT:RATE:CHANNELS",
         "samples without a header, in and out: FORMAT is\n" PINNA_RAW_FORMATS
         " (little-endian). An OUT\nwith the suffix of a sound file becomes "
         "one",
         .text = &raw},
        {"model", 'm', "MODEL",
         "a model of `pinna train denoise` instead of "
         "the\none built in",
         .text = &model_path},
        {"picture", 'p', "PNG", "draw the spectrogram before and after",
         .text = &work.picture},
        {"report", 0, "PAGE.html",
         "a web page with spectrograms, players and figures\nbefore and after, "
         "which needs nothing else",
         .text = &work.report},
        {"jobs", 'j', "N", "files at a time (default: one per processor)",
         .count = &n_jobs, .low = 1, .high = 256},
        {"json", 0, NULL, "figures on stdout as JSON", .flag = &json},
        {"quiet", 'q', NULL, "no progress and no figures on stderr",
         .flag = &work.quiet},
    };
    pinna_list files = {0};
    char **outputs = NULL;
    pinna_model *model = NULL;

    int code =
        pinna_options_parse(&usage, options, sizeof options / sizeof options[0],
                            argc, argv, &files);
    if (json)
        work.json.file = stdout;
    if (code < 0)
        code = raw ? take_raw(raw, &format, settings) : -1;
    if (code < 0)
        code = check(&files, output, &work);
    if (code < 0)
        code = pinna_denoise_options_check(&usage, settings->controls);
    if (independent)
        settings->controls[PINNA_CONTROL_STEREO_LINK] = 0;
    if (code < 0)
        code =
            pinna_load_model("denoise", model_path, PINNA_TASK_DENOISE, &model);
    if (code < 0)
        code = pinna_output_paths(&usage, &files, output, NULL, &outputs);
    if (code < 0 && (work.picture || work.report))
        code = pinna_refuse_own_inputs(&usage, &files, outputs);
    if (code < 0 && work.report)
        code = pinna_refuse_own_input(&usage, &files, work.report);
    if (code < 0 && work.picture)
        code = pinna_refuse_own_input(&usage, &files, work.picture);
    for (size_t i = 0; code < 0 && i < files.n_items; i++)
        code = refuse_twice(outputs[i], &work);
    if (code < 0) {
        settings->model = model;
        code = run(&work, &files, outputs, n_jobs);
    }
    pinna_output_paths_free(outputs, files.n_items);
    pinna_model_free(model);
    pinna_list_free(&files);
    return code;
}
