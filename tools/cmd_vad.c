/* tools/cmd_vad.c -- `pinna vad`: where in recordings somebody speaks */
#include "tools/command.h"
#include "tools/jobs.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/output_paths.h"
#include "tools/vad_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const pinna_usage usage = {
    .command = "vad",
    .synopsis = "[options] FILE...",
    .summary =
        "Tell where somebody speaks: the start and end of each segment in "
        "seconds. FILE is\nany recording that libsndfile opens, 8 to 192 kHz; "
        "channels are averaged. On stdout:\nlines of START<TAB>END, or "
        "FILE<TAB>START<TAB>END for several files.",
    .examples = "  pinna vad in.wav\n"
                "  pinna vad *.flac > speech.tsv\n"
                "  pinna vad -f rttm meeting.wav -o meeting.rttm\n"
                "  pinna vad -f audacity *.wav -o labels/\n"
                "  pinna vad --threshold 8 --hang-over 500 in.wav\n",
};

enum format { TEXT, JSON, CSV, RTTM, AUDACITY, N_FORMATS };
static const char *const format_names[N_FORMATS] = {"txt", "json", "csv",
                                                    "rttm", "audacity"};
/* Of the files in a folder. Audacity imports labels from .txt. */
static const char *const suffixes[N_FORMATS] = {".txt", ".json", ".csv",
                                                ".rttm", ".txt"};

struct item {
    pinna_segments segments;
    pinna_status status;
    pinna_error error;
};

struct work {
    pinna_vad_settings settings;
    const pinna_list *files;
    struct item *items;
    enum format format;
    char **paths; /* [n_items] of a folder; NULL: all into one stream */
    FILE *file;   /* that stream */
    pinna_json json;
    size_t n_jobs;
    bool quiet;
    pinna_progress progress;
    size_t n_failed, n_segments;
    double duration_s, speech_s;
};

static bool work_on(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];

    item->status = pinna_vad_file(&work->settings, work->files->items[index],
                                  "pinna vad", &item->segments, &item->error);
    return item->status != PINNA_INTERRUPTED;
}

static void write_head(struct work *work, FILE *file)
{
    if (work->format == CSV)
        pinna_segments_write_csv_head(file);
    if (work->format != JSON)
        return;
    work->json = (pinna_json){.file = file};
    pinna_json_open(&work->json, NULL, '[');
}

static void write_tail(struct work *work)
{
    if (work->format == JSON)
        pinna_json_close(&work->json, ']');
}

static void write_segments(struct work *work, const pinna_segments *segments,
                           const char *path, FILE *file)
{
    const bool single = work->paths || work->files->n_items == 1;

    switch (work->format) {
    case TEXT:
        pinna_segments_write_text(segments, single ? NULL : path, file);
        break;
    case JSON:
        pinna_segments_write_json(segments, path, &work->json);
        break;
    case CSV:
        pinna_segments_write_csv(segments, path, file);
        break;
    case RTTM:
        pinna_segments_write_rttm(segments, path, file);
        break;
    case AUDACITY:
    case N_FORMATS:
        pinna_segments_write_audacity(segments, file);
        break;
    }
}

/* Into the stream for all, or into a file of its own. */
static pinna_status write_item(struct work *work, size_t index,
                               pinna_error *error)
{
    const pinna_segments *segments = &work->items[index].segments;
    const char *path = work->files->items[index];
    pinna_output_file output;

    if (!work->paths) {
        write_segments(work, segments, path, work->file);
        fflush(work->file);
        return PINNA_OK;
    }
    const pinna_status status =
        pinna_output_file_open(work->paths[index], &output, error);
    if (status)
        return status;
    write_head(work, output.stream);
    write_segments(work, segments, path, output.stream);
    write_tail(work);
    return pinna_output_file_commit(&output, error);
}

static void finish(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];

    if (!item->status)
        item->status = write_item(work, index, &item->error);
    if (item->status) {
        work->n_failed++;
        pinna_message("pinna vad: %s", item->error.text);
    } else {
        work->n_segments += item->segments.n_items;
        work->duration_s += item->segments.duration_s;
        work->speech_s += pinna_segments_speech_s(&item->segments);
    }
    pinna_segments_free(&item->segments);
}

/* Returns the exit code. */
static int run(void *user, FILE *file)
{
    struct work *work = user;
    const size_t n = work->files->n_items;
    const double start_s = pinna_clock_s();

    work->items = calloc(n, sizeof *work->items);
    if (!work->items) {
        pinna_message("pinna vad: out of memory");
        return PINNA_EXIT_START;
    }
    work->file = file;
    work->settings.progress = &work->progress;
    work->settings.n_files = n;
    pinna_progress_start(&work->progress, "vad", work->quiet);
    if (!work->paths)
        write_head(work, work->file);
    const size_t n_done =
        pinna_jobs_run(&(pinna_jobs){.n_items = n,
                                     .n_threads = work->n_jobs,
                                     .user = work,
                                     .work = work_on,
                                     .finish = finish});
    if (!work->paths)
        write_tail(work);
    pinna_progress_end(&work->progress);
    for (size_t i = 0; i < n; i++) /* those that were cut short */
        pinna_segments_free(&work->items[i].segments);
    free(work->items);

    const double work_s = pinna_clock_s() - start_s;
    if (!work->quiet && work->duration_s > 0)
        pinna_message("%zu segment%s, %.2f s of speech in %.2f s of sound, "
                      "found in %.2f s (%.0f x real time)",
                      work->n_segments, work->n_segments == 1 ? "" : "s",
                      work->speech_s, work->duration_s, work_s,
                      work->duration_s / work_s);
    return pinna_jobs_exit_code(n, n_done, work->n_failed);
}

static bool names_folder(const char *path)
{
    const size_t n = strlen(path);

    return pinna_is_folder(path) || (n > 0 && path[n - 1] == '/');
}

/* Returns -1 to go on, or the exit code. */
static int check(const char *format, const char *output, struct work *work)
{
    const size_t choice = pinna_parse_choice(format, format_names, N_FORMATS);
    const size_t n = work->files->n_items;

    if (choice == N_FORMATS)
        return pinna_usage_error(
            &usage, "--format %s: none of txt, json, csv, rttm, audacity",
            format);
    work->format = (enum format)choice;
    if (n == 0)
        return pinna_usage_error(&usage, "no FILE to look for speech in");
    if (output && names_folder(output)) {
        const int code = pinna_output_paths(&usage, work->files, output,
                                            suffixes[choice], &work->paths);
        return code >= 0
                   ? code
                   : pinna_refuse_own_inputs(&usage, work->files, work->paths);
    }
    if (work->format == AUDACITY && n > 1)
        return pinna_usage_error(
            &usage, "--format audacity takes one recording, or a folder after "
                    "-o");
    return output ? pinna_refuse_own_input(&usage, work->files, output) : -1;
}

int pinna_cmd_vad(int argc, char **argv)
{
    pinna_list files = {0};
    struct work work = {.settings = pinna_vad_settings_default(),
                        .files = &files,
                        .n_jobs = pinna_default_jobs()};
    pinna_vad_config *vad = &work.settings.vad;
    pinna_endpoint_config *endpoint = &work.settings.endpoint;
    const char *output = NULL, *format = "txt";
    bool json = false;
    const pinna_option options[] = {
        {"format", 'f', "FORMAT",
         "txt (default), json, csv, rttm (diarisation) or audacity\n(labels)",
         .text = &format},
        {"output", 'o', "OUT",
         "a file instead of stdout; a folder (there, or with a\nslash at the "
         "end) for a file for each FILE",
         .text = &output},
        {"threshold", 't', "DB",
         "how far speech is above the noise (6.5); lower finds\nmore",
         .number = &vad->threshold_db, .low = 0.1, .high = 100},
        {"range", 0, "DB",
         "how far below the loudest sound of late it may be (24)",
         .number = &vad->range_db, .low = 1, .high = 200},
        {"onset", 0, "MS", "speech without a gap that begins a segment (100)",
         .number = &endpoint->onset_ms, .low = 0, .high = 60000},
        {"hang-over", 0, "MS",
         "pause that ends a segment, and stays in it (300)",
         .number = &endpoint->hang_over_ms, .low = 0, .high = 60000},
        {"min-speech", 0, "MS", "shorter segments are left out (100)",
         .number = &endpoint->min_speech_ms, .low = 0, .high = 60000},
        {"look-back", 0, "MS", "what goes before the first speech (100)",
         .number = &endpoint->look_back_ms, .low = 0, .high = 60000},
        {"jobs", 'j', "N", "files at a time (default: one per processor)",
         .count = &work.n_jobs, .low = 1, .high = 256},
        {"json", 0, NULL, "the same as --format json", .flag = &json},
        {"quiet", 'q', NULL, "no progress and no figures on stderr",
         .flag = &work.quiet},
    };

    int code =
        pinna_options_parse(&usage, options, sizeof options / sizeof options[0],
                            argc, argv, &files);
    if (code < 0)
        code = check(json ? "json" : format, output, &work);
    if (code < 0)
        code = work.paths ? run(&work, NULL)
                          : pinna_output_file_run("vad", output, run, &work);
    pinna_output_paths_free(work.paths, files.n_items);
    pinna_list_free(&files);
    return code;
}
