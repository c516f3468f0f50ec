/* tools/cmd_transcribe.c -- `pinna transcribe`: recordings to text */
#include "datasets/audio_file.h"
#include "tools/command.h"
#include "tools/decoding.h"
#include "tools/default_model.h"
#include "tools/jobs.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/output_paths.h"
#include "tools/sound_list.h"
#include "tools/transcript_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const pinna_usage usage = {
    .command = "transcribe",
    .synopsis = "[options] FILE...",
    .summary =
        "Write down what is said. FILE is any recording that libsndfile opens "
        "(any rate\nfrom 8 kHz, channels are averaged), or a MANIFEST. "
        "On stdout: the text of\none file, or lines of FILE<TAB>TEXT for "
        "several, in the order of the arguments.\nWith -o FOLDER/ each "
        "recording gets files of its own, one for each format; those\nappear "
        "whole or not at all, so that --resume can leave out what is there.\n\n"
        "The model built in knows the ten English "
        "digits.\n\n" PINNA_MANIFEST_HELP,
    .examples = "  pinna transcribe in.wav\n"
                "  pinna transcribe *.wav > texts.tsv\n"
                "  pinna transcribe -f srt talk.flac -o talk.srt\n"
                "  pinna transcribe -f jsonl test.jsonl -j 4\n"
                "  pinna transcribe -f text,srt,json *.mp3 -o texts/ --resume\n"
                "  pinna transcribe --channel 2 call.wav\n"
                "  pinna transcribe --beam 50 --lm words.arpa in.wav\n"
                "  pinna transcribe --grammar commands.txt --hotword nine:2 "
                "in.wav\n"
                "  pinna transcribe --nbest 5 in.wav\n"
                "  arecord -d 5 -f S16 -r 16000 | pinna transcribe -\n"
                "  arecord -t raw -d 5 -f S16_LE -r 16000 | \\\n"
                "      pinna transcribe --raw s16:16000:1 -\n",
};

struct item {
    pinna_transcript transcript;
    bool skipped; /* its files were there */
    pinna_status status;
    pinna_error error;
};

struct work {
    const pinna_model *model;
    const pinna_decoding *decoding;
    double min_confidence;
    pinna_sound_list *list;
    struct item *items;
    pinna_transcript_format formats[PINNA_N_TRANSCRIPT_FORMATS];
    size_t n_formats;
    const char *folder; /* with a file for each, or NULL: all go to `file` */
    bool resume;
    bool single; /* one sound file: its text alone */
    size_t channel, n_jobs;
    pinna_raw_format raw;
    bool is_raw;
    bool quiet;
    pinna_json json;
    FILE *file;
    pinna_progress progress;
    size_t n_failed, n_skipped;
    double duration_s;
};

/* FOLDER/NAME.SUFFIX, to be freed; NULL without memory. */
static char *own_path(const struct work *work, size_t index, size_t format)
{
    const char *path = work->list->items[index].part.path;

    return pinna_path_in_folder(
        work->folder, strcmp(path, "-") == 0 ? "stdin" : path,
        pinna_transcript_suffixes[work->formats[format]]);
}

/* Are all files of this recording there? */
static bool is_done(const struct work *work, size_t index)
{
    bool done = work->resume;

    for (size_t f = 0; done && f < work->n_formats; f++) {
        char *path = own_path(work, index, f);
        done = path && access(path, F_OK) == 0;
        free(path);
    }
    return done;
}

static bool work_on(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];

    item->skipped = is_done(work, index);
    if (item->skipped) {
        pinna_progress_add(&work->progress, 1, (double)work->list->n_items);
        return true;
    }
    item->status = pinna_transcribe_part(
        work->model, work->decoding, &work->list->items[index].part,
        "pinna transcribe", &work->progress, work->list->n_items,
        &item->transcript, &item->error);
    pinna_transcript_drop_unsure(&item->transcript, work->min_confidence);
    return item->status != PINNA_INTERRUPTED;
}

static pinna_status write_own_file(const struct work *work, size_t index,
                                   size_t format, pinna_error *error)
{
    const pinna_transcript *transcript = &work->items[index].transcript;
    const char *recording = work->list->items[index].part.path;
    char *path = own_path(work, index, format);
    pinna_output_file output;

    if (!path)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory",
                          recording);
    pinna_status status = pinna_output_file_open(path, &output, error);
    free(path);
    if (status)
        return status;
    pinna_transcript_write(transcript, work->formats[format], recording, false,
                           output.stream);
    return pinna_output_file_commit(&output, error);
}

static void write_shared(struct work *work, const pinna_transcript *transcript,
                         const char *path)
{
    if (work->formats[0] == PINNA_TRANSCRIPT_JSON)
        pinna_transcript_write_json(transcript, path, &work->json);
    else
        pinna_transcript_write(transcript, work->formats[0], path,
                               !work->single, work->file);
    fflush(work->file);
}

static void finish(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];

    work->n_skipped += item->skipped;
    if (!item->skipped && !item->status && work->folder)
        for (size_t f = 0; !item->status && f < work->n_formats; f++)
            item->status = write_own_file(work, index, f, &item->error);
    if (item->status) {
        work->n_failed++;
        pinna_message("pinna transcribe: %s", item->error.text);
    } else if (!item->skipped) {
        work->duration_s += item->transcript.duration_s;
        if (!work->folder)
            write_shared(work, &item->transcript,
                         work->list->items[index].part.path);
    }
    pinna_transcript_free(&item->transcript);
}

static void tell_figures(const struct work *work, double work_s)
{
    if (work->n_skipped > 0)
        pinna_message("%zu of %zu recordings were done before", work->n_skipped,
                      work->list->n_items);
    if (work->duration_s > 0)
        pinna_message("%.2f s of sound in %.2f s (%.0f x real time)",
                      work->duration_s, work_s, work->duration_s / work_s);
}

/* Returns the exit code. */
static int run(void *user, FILE *file)
{
    struct work *work = user;
    const size_t n = work->list->n_items;
    const double start_s = pinna_clock_s();
    const bool is_array =
        !work->folder && work->formats[0] == PINNA_TRANSCRIPT_JSON;

    work->items = calloc(n + 1, sizeof *work->items);
    if (!work->items) {
        pinna_message("pinna transcribe: out of memory");
        return PINNA_EXIT_START;
    }
    work->file = work->json.file = file;
    pinna_progress_start(&work->progress, "transcribe", work->quiet);
    if (is_array)
        pinna_json_open(&work->json, NULL, '[');
    const size_t n_done =
        pinna_jobs_run(&(pinna_jobs){.n_items = n,
                                     .n_threads = work->n_jobs,
                                     .user = work,
                                     .work = work_on,
                                     .finish = finish});
    if (is_array)
        pinna_json_close(&work->json, ']');
    pinna_progress_end(&work->progress);
    for (size_t i = 0; i < n; i++) /* those that were cut short */
        pinna_transcript_free(&work->items[i].transcript);
    free(work->items);
    if (!work->quiet)
        tell_figures(work, pinna_clock_s() - start_s);
    return pinna_jobs_exit_code(n, n_done,
                                work->n_failed + work->list->n_failed);
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), n_end = strlen(end);

    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

/* A usage error when a file to be written is a FILE, such as a manifest; -1 if
 * none. Only those that are called like a result are looked at. */
static int refuse_own_inputs(const struct work *work, const pinna_list *files)
{
    int code = -1;

    for (size_t i = 0; i < files->n_items; i++)
        for (size_t f = 0; f < work->n_formats; f++) {
            const pinna_list risky = {&files->items[i], 1};
            if (!ends_with(files->items[i],
                           pinna_transcript_suffixes[work->formats[f]]))
                continue;
            for (size_t k = 0; code < 0 && k < work->list->n_items; k++) {
                char *path = own_path(work, k, f);
                if (path)
                    code = pinna_refuse_own_input(&usage, &risky, path);
                free(path);
            }
        }
    return code;
}

/* As run(), with the folder made. */
static int run_in_folder(struct work *work, const pinna_list *files,
                         const pinna_list *paths)
{
    pinna_error error;

    int code = pinna_refuse_twin_names(&usage, paths);
    if (code < 0)
        code = refuse_own_inputs(work, files);
    if (code >= 0)
        return code;
    if (pinna_make_folder(work->folder, &error)) {
        pinna_message("pinna transcribe: %s", error.text);
        return PINNA_EXIT_START;
    }
    return run(work, NULL);
}

/* Hear the recordings as the options say -> the exit code. */
static int transcribe(struct work *work, const pinna_list *files,
                      const char *output)
{
    pinna_sound_list *list = work->list;

    for (size_t i = 0; i < list->n_items; i++)
        list->items[i].part.channel = work->channel;
    for (size_t i = 0; work->is_raw && i < list->n_items; i++)
        list->items[i].part.raw = &work->raw;
    if (!work->folder)
        return pinna_output_file_run("transcribe", output, run, work);
    pinna_list paths = {.items =
                            calloc(list->n_items + 1, sizeof *paths.items)};
    if (!paths.items) {
        pinna_message("pinna transcribe: out of memory");
        return PINNA_EXIT_START;
    }
    for (size_t i = 0; i < list->n_items; i++)
        paths.items[paths.n_items++] = list->items[i].part.path;
    const int code = run_in_folder(work, files, &paths);
    pinna_list_free(&paths);
    return code;
}

/* "text,srt" */
static bool parse_formats(const char *text, struct work *work)
{
    for (;; text++) {
        const size_t n = strcspn(text, ",");
        size_t f = 0;
        while (f < PINNA_N_TRANSCRIPT_FORMATS &&
               (strlen(pinna_transcript_formats[f]) != n ||
                memcmp(pinna_transcript_formats[f], text, n) != 0))
            f++;
        if (f == PINNA_N_TRANSCRIPT_FORMATS)
            return false;
        bool is_new = true;
        for (size_t i = 0; i < work->n_formats; i++)
            is_new = is_new && work->formats[i] != f;
        if (is_new)
            work->formats[work->n_formats++] = (pinna_transcript_format)f;
        text += n;
        if (!*text)
            return true;
    }
}

static bool has_format(const struct work *work, pinna_transcript_format format)
{
    bool has = false;

    for (size_t i = 0; i < work->n_formats; i++)
        has = has || work->formats[i] == format;
    return has;
}

/* Does -o name a folder: one that is there, or with a slash behind it? */
static bool names_folder(const char *output)
{
    const size_t n = output ? strlen(output) : 0;

    return n > 0 && (output[n - 1] == '/' || pinna_is_folder(output));
}

/* Returns -1 to go on, or the exit code. */
static int check(const pinna_list *files, const char *formats,
                 const char *output, const char *raw, struct work *work)
{
    if (!parse_formats(formats, work))
        return pinna_usage_error(
            &usage,
            "--format %s: none of text, json, jsonl, srt, vtt, ctm, trn",
            formats);
    if (files->n_items == 0)
        return pinna_usage_error(&usage, "no FILE to transcribe");
    work->is_raw = raw != NULL;
    if (raw && !pinna_raw_format_parse(raw, &work->raw))
        return pinna_usage_error(&usage, "--raw %s: not like s16:16000:1", raw);
    for (size_t i = 0; raw && i < files->n_items; i++)
        if (pinna_is_manifest_name(files->items[i]))
            return pinna_usage_error(&usage, "--raw goes with sound, not %s",
                                     files->items[i]);
    if (names_folder(output))
        work->folder = output;
    if (!work->folder && (work->n_formats > 1 || work->resume))
        return pinna_usage_error(&usage, "%s needs a folder, -o FOLDER/",
                                 work->resume ? "--resume" : "two formats");
    if (work->decoding->n_best > 0 && (has_format(work, PINNA_TRANSCRIPT_CTM) ||
                                       has_format(work, PINNA_TRANSCRIPT_TRN) ||
                                       has_format(work, PINNA_TRANSCRIPT_SRT) ||
                                       has_format(work, PINNA_TRANSCRIPT_VTT)))
        return pinna_usage_error(&usage, "--nbest goes with text and json");
    work->single =
        files->n_items == 1 && !pinna_is_manifest_name(files->items[0]);
    if (!work->folder && !work->single &&
        (has_format(work, PINNA_TRANSCRIPT_SRT) ||
         has_format(work, PINNA_TRANSCRIPT_VTT)))
        return pinna_usage_error(&usage,
                                 "--format %s takes one recording at a time, "
                                 "or a folder, -o FOLDER/",
                                 formats);
    return -1;
}

int pinna_cmd_transcribe(int argc, char **argv)
{
    pinna_decoding decoding = PINNA_DECODING_DEFAULT;
    struct work work = {.decoding = &decoding, .n_jobs = pinna_default_jobs()};
    const char *output = NULL, *model_path = NULL, *formats = "text";
    const char *raw = NULL;
    double min_confidence = -1; /* the default of the model */
    const pinna_option options[] = {
        {"format", 'f', "FORMAT,...",
         "text (default), json, jsonl, srt or vtt (subtitles),\nctm (words "
         "with times and confidence), trn; several\nneed -o FOLDER/",
         .text = &formats},
        {"output", 'o', "OUT",
         "a file instead of stdout; or a folder, which ends with\n/ unless it "
         "is there",
         .text = &output},
        {"resume", 0, NULL,
         "leave out recordings whose files are in the folder",
         .flag = &work.resume},
        {"channel", 0, "N",
         "hear this channel, from 1 (default: the mean of all)",
         .count = &work.channel, .low = 1, .high = PINNA_MAX_CHANNELS},
        {"raw", 0, "FORMAT:RATE:CHANNELS",
         "samples without a header: FORMAT is\n" PINNA_RAW_FORMATS
         ", little-endian",
         .text = &raw},
        {"end-silence", 0, "MS",
         "a new utterance begins after so much silence (500)",
         .number = &decoding.end_silence_ms, .low = 1, .high = 60000},
        {"model", 'm', "MODEL",
         "a model of `pinna train ctc` instead of the one\nbuilt in",
         .text = &model_path},
        {"min-confidence", 0, "P",
         "leave out words, of --grammar phrases, that are less\nsure (0 to 1; "
         "default 0.5, or 0 if the model writes\ncharacters or pieces of "
         "words)",
         .number = &min_confidence, .low = 0, .high = 1},
        PINNA_DECODING_OPTIONS(&decoding),
        {"nbest", 0, "N", "the N best texts, in text lines of SCORE<TAB>TEXT",
         .count = &decoding.n_best, .low = 1, .high = PINNA_MAX_N_BEST},
        {"jobs", 'j', "N", "files at a time (default: one per processor)",
         .count = &work.n_jobs, .low = 1, .high = 256},
        {"quiet", 'q', NULL, "no progress and no figures on stderr",
         .flag = &work.quiet},
    };
    pinna_list files = {0};
    pinna_sound_list list = {0};
    pinna_model *model = NULL;

    int code =
        pinna_options_parse(&usage, options, sizeof options / sizeof options[0],
                            argc, argv, &files);
    if (code < 0)
        code = check(&files, formats, output, raw, &work);
    if (code < 0 && output && !work.folder)
        code = pinna_refuse_own_input(&usage, &files, output);
    if (code < 0)
        code =
            pinna_load_model("transcribe", model_path, PINNA_TASK_CTC, &model);
    if (code < 0)
        code = pinna_decoding_load(&usage, &decoding, model);
    if (code < 0 && pinna_sound_list_read("transcribe", &files, false, &list)) {
        pinna_message("pinna transcribe: out of memory");
        code = PINNA_EXIT_START;
    }
    if (code < 0) {
        work.model = model;
        work.min_confidence = min_confidence >= 0
                                  ? min_confidence
                                  : pinna_default_min_confidence(model);
        work.list = &list;
        code = transcribe(&work, &files, output);
    }
    pinna_sound_list_free(&list);
    pinna_decoding_free(&decoding);
    pinna_model_free(model);
    pinna_list_free(&files);
    return code;
}
