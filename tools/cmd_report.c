/* tools/cmd_report.c -- `pinna report`: pictures of recordings, as a PNG or a
 * web page */
#include "tools/command.h"
#include "tools/curves.h"
#include "tools/jobs.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/output_paths.h"
#include "tools/png_file.h"
#include "tools/report_page.h"
#include "tools/sound_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A picture of more would be too high for many viewers. */
enum { MOST_IN_PNG = 40 };

static const pinna_usage usage = {
    .command = "report",
    .synopsis = "[options] FILE... -o OUT.html|OUT.png",
    .summary =
        "Draw the waveform, spectrogram, log-mel features and segments of "
        "speech of\nrecordings (8 to 192 kHz) under one time axis: as one "
        "picture, or as one web page\nwith figures and a player, which needs "
        "no other file and no network.\nOf training logs (.csv, .jsonl): all "
        "figures over the steps, one colour a run.",
    .examples = "  pinna report in.wav -o in.html\n"
                "  pinna report noisy.wav clean.wav -o both.html\n"
                "  pinna report in.flac -o in.png\n"
                "  pinna report run1.jsonl run2.jsonl -o curves.png\n",
};

struct item {
    pinna_sound_report report;
    pinna_status status;
    pinna_error error;
};

struct work {
    pinna_report_settings settings;
    const pinna_list *files;
    struct item *items;
    bool as_page, are_logs;
    pinna_output_file output; /* of a page */
    bool quiet;
    pinna_progress progress;
    size_t n_failed;
};

static bool work_on(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];

    item->status =
        pinna_sound_report_make(&work->settings, work->files->items[index],
                                &item->report, &item->error);
    return item->status != PINNA_INTERRUPTED;
}

static void finish(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];

    if (!item->status && work->as_page)
        item->status = pinna_report_page_add(work->output.stream, &item->report,
                                             &item->error);
    if (item->status) {
        work->n_failed++;
        pinna_message("pinna report: %s", item->error.text);
    }
    /* A picture waits for the others. */
    if (item->status || work->as_page)
        pinna_sound_report_free(&item->report);
}

/* The pictures that there are, one below the other. */
static pinna_status write_png(const struct work *work, const char *path,
                              pinna_error *error)
{
    pinna_picture page;
    size_t height = 0, top = 0, width = 0;

    for (size_t i = 0; i < work->files->n_items; i++) {
        const pinna_picture *picture = &work->items[i].report.picture;
        height += picture->height;
        width = picture->width > width ? picture->width : width;
    }
    if (pinna_picture_new(width, height, (pinna_colour){0, 0, 0}, &page))
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    for (size_t i = 0; i < work->files->n_items; i++) {
        const pinna_picture *picture = &work->items[i].report.picture;
        if (picture->height == 0)
            continue;
        memcpy(page.pixels + top * width, picture->pixels,
               picture->height * width * sizeof *page.pixels);
        top += picture->height;
    }
    const pinna_status status = pinna_png_write(path, &page, error);
    pinna_picture_free(&page);
    return status;
}

/* Nothing appears when every file has failed. */
static pinna_status write_output(struct work *work, const char *path,
                                 size_t n_done, pinna_error *error)
{
    if (n_done == work->n_failed) {
        pinna_output_file_abort(&work->output);
        return PINNA_OK;
    }
    if (!work->as_page)
        return write_png(work, path, error);
    pinna_report_page_end(work->output.stream);
    return pinna_output_file_commit(&work->output, error);
}

/* Returns the exit code. */
static int run(struct work *work, const char *output, size_t n_jobs)
{
    const size_t n = work->files->n_items;
    pinna_error error;

    work->items = calloc(n, sizeof *work->items);
    if (!work->items) {
        pinna_message("pinna report: out of memory");
        return PINNA_EXIT_START;
    }
    if (work->as_page) {
        if (pinna_output_file_open(output, &work->output, &error)) {
            pinna_message("pinna report: %s", error.text);
            free(work->items);
            return PINNA_EXIT_START;
        }
        pinna_report_page_begin(work->output.stream);
    }
    work->settings.vad.progress = &work->progress;
    work->settings.vad.n_files = n;
    pinna_progress_start(&work->progress, "report", work->quiet);
    const size_t n_done = pinna_jobs_run(&(pinna_jobs){.n_items = n,
                                                       .n_threads = n_jobs,
                                                       .user = work,
                                                       .work = work_on,
                                                       .finish = finish});
    pinna_progress_end(&work->progress);
    if (write_output(work, output, n_done, &error)) {
        work->n_failed++;
        pinna_message("pinna report: %s", error.text);
    }
    for (size_t i = 0; i < n; i++)
        pinna_sound_report_free(&work->items[i].report);
    free(work->items);
    return pinna_jobs_exit_code(n, n_done, work->n_failed);
}

/* ---- training logs ---- */

static pinna_status write_curves(const pinna_run *runs, size_t n_runs,
                                 bool as_page, const char *path,
                                 pinna_error *error)
{
    pinna_output_file output = {0};
    pinna_picture picture;

    if (!as_page) {
        if (pinna_curves_picture(runs, n_runs, &picture))
            return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory",
                              path);
        const pinna_status status = pinna_png_write(path, &picture, error);
        pinna_picture_free(&picture);
        return status;
    }
    pinna_status status = pinna_output_file_open(path, &output, error);
    if (!status)
        status = pinna_curves_page(output.stream, runs, n_runs, error);
    return pinna_output_file_end(&output, status, error);
}

/* Returns the exit code; logs that cannot be read are left out. */
static int report_runs(const pinna_list *files, bool as_page,
                       const char *output)
{
    pinna_run *runs = calloc(files->n_items, sizeof *runs);
    size_t n_runs = 0;
    pinna_error error;
    int code = PINNA_EXIT_DONE;

    if (!runs) {
        pinna_message("pinna report: out of memory");
        return PINNA_EXIT_START;
    }
    for (size_t i = 0; i < files->n_items; i++) {
        pinna_run *run = &runs[n_runs];
        run->name = files->items[i];
        if (pinna_log_table_read(run->name, &run->log, &error)) {
            pinna_message("pinna report: %s", error.text);
            code = PINNA_EXIT_INPUT;
        } else {
            n_runs++;
        }
    }
    if (n_runs > 0 && write_curves(runs, n_runs, as_page, output, &error)) {
        pinna_message("pinna report: %s", error.text);
        code = PINNA_EXIT_INPUT;
    }
    for (size_t i = 0; i < n_runs; i++)
        pinna_log_table_free(&runs[i].log);
    free(runs);
    return code;
}

static bool has_suffix(const char *path, const char *suffix)
{
    const char *dot = strrchr(path, '.');

    return dot && strcasecmp(dot, suffix) == 0;
}

/* Returns -1 to go on, or the exit code. */
static int check(const char *output, struct work *work)
{
    const pinna_list *files = work->files;

    if (files->n_items == 0)
        return pinna_usage_error(&usage, "no FILE to report on");
    if (!output)
        return pinna_usage_error(&usage, "where to? -o OUT is missing");
    for (size_t i = 0; i < files->n_items; i++)
        if (strcmp(files->items[i], "-") == 0)
            return pinna_usage_error(
                &usage, "standard input can be read only once; a FILE with a "
                        "name is needed");
    work->as_page = has_suffix(output, ".html") || has_suffix(output, ".htm");
    if (!work->as_page && !has_suffix(output, ".png"))
        return pinna_usage_error(&usage, "-o %s: neither .html nor .png",
                                 output);
    size_t n_logs = 0;
    for (size_t i = 0; i < files->n_items; i++)
        n_logs += has_suffix(files->items[i], ".csv") ||
                  has_suffix(files->items[i], ".jsonl");
    if (n_logs > 0 && n_logs < files->n_items)
        return pinna_usage_error(
            &usage, "recordings and training logs need a report each");
    work->are_logs = n_logs > 0;
    if (!work->as_page && files->n_items > MOST_IN_PNG)
        return pinna_usage_error(
            &usage, "a PNG takes %d FILEs, a page (.html) more", MOST_IN_PNG);
    if (!work->as_page)
        work->settings.max_sound_s = 0;
    return pinna_refuse_own_input(&usage, files, output);
}

int pinna_cmd_report(int argc, char **argv)
{
    pinna_list files = {0};
    struct work work = {.settings = {.vad = pinna_vad_settings_default(),
                                     .max_sound_s = PINNA_PLAYER_MAX_S},
                        .files = &files};
    const char *output = NULL;
    size_t n_jobs = pinna_default_jobs();
    const pinna_option options[] = {
        {"output", 'o', "OUT", "the page (.html) or picture (.png) to write",
         .text = &output},
        {"threshold", 't', "DB", "of speech over the noise, as of `pinna vad`",
         .number = &work.settings.vad.vad.threshold_db, .low = 0.1,
         .high = 100},
        {"max-sound", 0, "SECONDS",
         "put at most so much of each sound into the page\n(default 300; 0: no "
         "player)",
         .number = &work.settings.max_sound_s, .low = 0, .high = 36000},
        {"jobs", 'j', "N", "files at a time (default: one per processor)",
         .count = &n_jobs, .low = 1, .high = 256},
        {"quiet", 'q', NULL, "no progress on stderr", .flag = &work.quiet},
    };

    int code =
        pinna_options_parse(&usage, options, sizeof options / sizeof options[0],
                            argc, argv, &files);
    if (code < 0)
        code = check(output, &work);
    if (code < 0)
        code = work.are_logs ? report_runs(&files, work.as_page, output)
                             : run(&work, output, n_jobs);
    pinna_list_free(&files);
    return code;
}
