/* tools/cmd_align.c -- `pinna align`: forced alignment of known texts */
#include "tools/align_part.h"
#include "tools/command.h"
#include "tools/default_model.h"
#include "tools/interrupt.h"
#include "tools/jobs.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/sound_list.h"
#include "tools/transcript_format.h"

#include <stdio.h>
#include <stdlib.h>

static const pinna_usage usage = {
    .command = "align",
    .synopsis = "[options] MANIFEST... | FILE --text TEXT",
    .summary =
        "Tell where the words of a known text are in a recording: forced "
        "alignment by the\nlikeliest path of the model's tokens. Words begin "
        "and end with the sound there, as\nthose of `pinna "
        "transcribe`.\n\n" PINNA_MANIFEST_HELP,
    .examples =
        "  pinna align test.jsonl > test.ctm\n"
        "  pinna align -m my.safetensors -f textgrid in.wav --text \"one two\" "
        "\\\n      -o in.TextGrid\n"
        "  pinna align -f json test.jsonl -o test.json\n",
};

enum format { CTM, JSON, TEXTGRID, N_FORMATS };
static const char *const format_names[N_FORMATS] = {"ctm", "json", "textgrid"};

struct item {
    pinna_transcript transcript;
    pinna_status status;
    pinna_error error;
};

struct work {
    const pinna_model *model;
    const char *text; /* of the one recording, or NULL: the manifests tell */
    const pinna_sound_list *list;
    struct item *items;
    enum format format;
    pinna_json json;
    FILE *file;
    size_t n_jobs;
    bool quiet;
    pinna_progress progress;
    size_t n_failed;
};

static bool work_on(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];
    const pinna_sound_item *sound = &work->list->items[index];
    const char *text = work->text ? work->text : sound->text;

    if (pinna_interrupted())
        return false;
    item->status = text ? pinna_align_part(work->model, &sound->part, text,
                                           &item->transcript, &item->error)
                        : pinna_fail(&item->error, PINNA_BAD_FORMAT,
                                     "%s: no text is given", sound->part.path);
    pinna_progress_add(&work->progress, 1, (double)work->list->n_items);
    return true;
}

static void finish(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];
    const char *path = work->list->items[index].part.path;

    if (item->status) {
        work->n_failed++;
        pinna_message("pinna align: %s", item->error.text);
    } else if (work->format == CTM) {
        pinna_transcript_write_ctm(&item->transcript, path, work->file);
    } else if (work->format == JSON) {
        pinna_transcript_write_json(&item->transcript, path, &work->json);
    } else {
        pinna_transcript_write_textgrid(&item->transcript, work->file);
    }
    pinna_transcript_free(&item->transcript);
}

/* Returns the exit code. */
static int run(void *user, FILE *file)
{
    struct work *work = user;
    const size_t n = work->list->n_items;

    work->items = calloc(n + 1, sizeof *work->items);
    if (!work->items) {
        pinna_message("pinna align: out of memory");
        return PINNA_EXIT_START;
    }
    work->file = work->json.file = file;
    pinna_progress_start(&work->progress, "align", work->quiet);
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
    return pinna_jobs_exit_code(n, n_done,
                                work->n_failed + work->list->n_failed);
}

/* Returns -1 to go on, or the exit code. */
static int check(const pinna_list *files, const char *format, struct work *work)
{
    const size_t choice = pinna_parse_choice(format, format_names, N_FORMATS);

    if (choice == N_FORMATS)
        return pinna_usage_error(
            &usage, "--format %s: none of ctm, json, textgrid", format);
    if (files->n_items == 0)
        return pinna_usage_error(&usage, "no recording to align");
    work->format = (enum format)choice;
    const bool single =
        files->n_items == 1 && !pinna_is_manifest_name(files->items[0]);
    if (work->text && !single)
        return pinna_usage_error(&usage, "--text goes with one recording");
    if (work->format == TEXTGRID && !single)
        return pinna_usage_error(
            &usage, "--format textgrid takes one recording at a time");
    return -1;
}

int pinna_cmd_align(int argc, char **argv)
{
    struct work work = {.n_jobs = pinna_default_jobs()};
    const char *output = NULL, *model_path = NULL, *format = "ctm";
    const pinna_option options[] = {
        {"text", 't', "TEXT", "what is said in the recording",
         .text = &work.text},
        {"format", 'f', "FORMAT",
         "ctm (default), json, or textgrid (Praat's) of one\nrecording",
         .text = &format},
        {"output", 'o', "OUT", "a file instead of stdout", .text = &output},
        {"model", 'm', "MODEL",
         "a model of `pinna train ctc` instead of the one\nbuilt in",
         .text = &model_path},
        {"jobs", 'j', "N", "files at a time (default: one per processor)",
         .count = &work.n_jobs, .low = 1, .high = 256},
        {"quiet", 'q', NULL, "no progress on stderr", .flag = &work.quiet},
    };
    pinna_list files = {0};
    pinna_sound_list list = {0};
    pinna_model *model = NULL;

    int code =
        pinna_options_parse(&usage, options, sizeof options / sizeof options[0],
                            argc, argv, &files);
    if (code < 0)
        code = check(&files, format, &work);
    if (code < 0)
        code = pinna_load_model("align", model_path, PINNA_TASK_CTC, &model);
    if (code < 0 && pinna_sound_list_read("align", &files, false, &list)) {
        pinna_message("pinna align: out of memory");
        code = PINNA_EXIT_START;
    }
    if (code < 0) {
        work.model = model;
        work.list = &list;
        code = pinna_output_file_run("align", output, run, &work);
    }
    pinna_sound_list_free(&list);
    pinna_model_free(model);
    pinna_list_free(&files);
    return code;
}
