/* tools/cmd_transcribe.c -- `pinna transcribe`: recordings to text */
#include "tools/command.h"
#include "tools/decoding.h"
#include "tools/default_model.h"
#include "tools/jobs.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/output_paths.h"
#include "tools/sound_list.h"
#include "tools/transcript.h"

#include <stdio.h>
#include <stdlib.h>

static const pinna_usage usage = {
    .command = "transcribe",
    .synopsis = "[options] FILE...",
    .summary =
        "Write down what is said. FILE is any recording that libsndfile opens "
        "(any rate\nfrom 8 kHz, channels are averaged), or a manifest "
        "(.jsonl). "
        "On stdout: the text of\none file, or lines of FILE<TAB>TEXT for "
        "several, in the order of the arguments.\n\nThe model built in knows "
        "the ten English digits.",
    .examples = "  pinna transcribe in.wav\n"
                "  pinna transcribe *.wav > texts.tsv\n"
                "  pinna transcribe -f srt talk.flac -o talk.srt\n"
                "  pinna transcribe -f jsonl test.jsonl -j 4\n"
                "  pinna transcribe --beam 50 --lm words.arpa in.wav\n"
                "  pinna transcribe --grammar commands.txt --hotword nine:2 "
                "in.wav\n"
                "  pinna transcribe --nbest 5 in.wav\n"
                "  arecord -d 5 -f S16 -r 16000 | pinna transcribe -\n",
};

enum format { TEXT, JSON, JSONL, CTM, SRT, N_FORMATS };
static const char *const format_names[N_FORMATS] = {"text", "json", "jsonl",
                                                    "ctm", "srt"};

struct item {
    pinna_transcript transcript;
    pinna_status status;
    pinna_error error;
};

struct work {
    const pinna_model *model;
    const pinna_decoding *decoding;
    double min_confidence;
    const pinna_sound_list *list;
    struct item *items;
    enum format format;
    bool single; /* one sound file: its text alone */
    size_t n_jobs;
    bool quiet;
    pinna_json json;
    FILE *file;
    pinna_progress progress;
    size_t n_failed;
    double duration_s;
};

static bool work_on(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];

    item->status = pinna_transcribe_part(
        work->model, work->decoding, &work->list->items[index].part,
        "pinna transcribe", &work->progress, work->list->n_items,
        &item->transcript, &item->error);
    pinna_transcript_drop_unsure(&item->transcript, work->min_confidence);
    return item->status != PINNA_INTERRUPTED;
}

/* Lines of SCORE<TAB>TEXT. */
static void write_alternatives(const struct work *work,
                               const pinna_transcript *transcript,
                               const char *path)
{
    for (size_t i = 0; i < transcript->n_alternatives; i++) {
        if (!work->single)
            fprintf(work->file, "%s\t", path);
        fprintf(work->file, "%.3f\t%s\n", transcript->alternatives[i].score,
                transcript->alternatives[i].text);
    }
}

static void write_item(struct work *work, const pinna_transcript *transcript,
                       const char *path)
{
    pinna_json line = {.file = work->file};

    switch (work->format) {
    case TEXT:
        if (work->decoding->n_best > 0) {
            write_alternatives(work, transcript, path);
            break;
        }
        if (!work->single)
            fprintf(work->file, "%s\t", path);
        pinna_transcript_write_text(transcript, work->file);
        fputc('\n', work->file);
        break;
    case JSON:
        pinna_transcript_write_json(transcript, path, &work->json);
        break;
    case JSONL:
        pinna_transcript_write_json(transcript, path, &line);
        break;
    case CTM:
        pinna_transcript_write_ctm(transcript, path, work->file);
        break;
    case SRT:
    case N_FORMATS:
        pinna_transcript_write_srt(transcript, work->file);
        break;
    }
    fflush(work->file);
}

static void finish(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];

    if (item->status) {
        work->n_failed++;
        pinna_message("pinna transcribe: %s", item->error.text);
    } else {
        work->duration_s += item->transcript.duration_s;
        write_item(work, &item->transcript, work->list->items[index].part.path);
    }
    pinna_transcript_free(&item->transcript);
}

/* Returns the exit code. */
static int run(void *user, FILE *file)
{
    struct work *work = user;
    const size_t n = work->list->n_items;
    const double start_s = pinna_clock_s();

    work->items = calloc(n + 1, sizeof *work->items);
    if (!work->items) {
        pinna_message("pinna transcribe: out of memory");
        return PINNA_EXIT_START;
    }
    work->file = work->json.file = file;
    pinna_progress_start(&work->progress, "transcribe", work->quiet);
    if (work->format == JSON)
        pinna_json_open(&work->json, NULL, '[');
    const size_t n_done =
        pinna_jobs_run(&(pinna_jobs){.n_items = n,
                                     .n_threads = work->n_jobs,
                                     .user = work,
                                     .work = work_on,
                                     .finish = finish});
    if (work->format == JSON)
        pinna_json_close(&work->json, ']');
    pinna_progress_end(&work->progress);
    for (size_t i = 0; i < n; i++) /* those that were cut short */
        pinna_transcript_free(&work->items[i].transcript);
    free(work->items);

    const double work_s = pinna_clock_s() - start_s;
    if (!work->quiet && work->duration_s > 0)
        pinna_message("%.2f s of sound in %.2f s (%.0f x real time)",
                      work->duration_s, work_s, work->duration_s / work_s);
    return pinna_jobs_exit_code(n, n_done,
                                work->n_failed + work->list->n_failed);
}

/* Returns -1 to go on, or the exit code. */
static int check(const pinna_list *files, const char *format, struct work *work)
{
    const size_t choice = pinna_parse_choice(format, format_names, N_FORMATS);

    if (choice == N_FORMATS)
        return pinna_usage_error(
            &usage, "--format %s: none of text, json, jsonl, ctm, srt", format);
    if (files->n_items == 0)
        return pinna_usage_error(&usage, "no FILE to transcribe");
    work->format = (enum format)choice;
    if (work->decoding->n_best > 0 &&
        (work->format == CTM || work->format == SRT))
        return pinna_usage_error(&usage, "--nbest goes with text and json");
    work->single =
        files->n_items == 1 && !pinna_is_manifest_name(files->items[0]);
    if (work->format == SRT && !work->single)
        return pinna_usage_error(&usage,
                                 "--format srt takes one recording at a time");
    return -1;
}

int pinna_cmd_transcribe(int argc, char **argv)
{
    pinna_decoding decoding = PINNA_DECODING_DEFAULT;
    struct work work = {.decoding = &decoding, .n_jobs = pinna_default_jobs()};
    const char *output = NULL, *model_path = NULL, *format = "text";
    double min_confidence = -1; /* the default of the model */
    const pinna_option options[] = {
        {"format", 'f', "FORMAT",
         "text (default), json, jsonl, ctm (words with times\nand confidence) "
         "or srt (subtitles)",
         .text = &format},
        {"output", 'o', "OUT", "a file instead of stdout", .text = &output},
        {"model", 'm', "MODEL",
         "a model of `pinna train ctc` instead of the one\nbuilt in",
         .text = &model_path},
        {"min-confidence", 0, "P",
         "leave out words that are less sure (0 to 1; default\n0.5, or 0 if "
         "the model writes characters)",
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
        code = check(&files, format, &work);
    if (code < 0 && output)
        code = pinna_refuse_own_input(&usage, &files, output);
    if (code < 0)
        code =
            pinna_load_model("transcribe", model_path, PINNA_TASK_CTC, &model);
    if (code < 0)
        code = pinna_decoding_load(&usage, &decoding, model);
    if (code < 0 && pinna_sound_list_read("transcribe", &files, &list)) {
        pinna_message("pinna transcribe: out of memory");
        code = PINNA_EXIT_START;
    }
    if (code < 0) {
        work.model = model;
        work.min_confidence = min_confidence >= 0
                                  ? min_confidence
                                  : pinna_default_min_confidence(model);
        work.list = &list;
        code = pinna_output_file_run("transcribe", output, run, &work);
    }
    pinna_sound_list_free(&list);
    pinna_decoding_free(&decoding);
    pinna_model_free(model);
    pinna_list_free(&files);
    return code;
}
