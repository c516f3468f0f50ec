/* tools/eval_ctc.c -- `pinna eval ctc`: word error rate of a recogniser */
#include "datasets/audio_mono.h"
#include "tools/closed_set.h"
#include "tools/command.h"
#include "tools/ctc_whole.h"
#include "tools/decoding.h"
#include "tools/default_model.h"
#include "tools/eval.h"
#include "tools/jobs.h"
#include "tools/json_writer.h"
#include "tools/noise_levels.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/sound_list.h"
#include "tools/transcript.h"
#include "tools/wer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const pinna_usage usage = {
    .command = "eval ctc",
    .synopsis = "[options] MANIFEST...",
    .summary = "Recognise the recordings of manifests and compare "
               "with their texts:\nword error rate with the counts of the "
               "alignment, share of utterances without\nan error, speed and "
               "memory; by noise level as well where the lines have an\n"
               "\"snr_db\", as those of `pinna mix`.\n\n" PINNA_MANIFEST_HELP,
    .examples = "  pinna eval ctc test.jsonl\n"
                "  pinna eval ctc -v --model my.safetensors test.jsonl\n"
                "  pinna eval ctc --beam 50 --lm words.arpa test.jsonl\n"
                "  pinna eval ctc --no-speech noise.jsonl\n"
                "  pinna eval ctc --closed-set isolated_words.jsonl\n"
                "  pinna eval ctc noisy/strings.jsonl  # of pinna mix --join "
                "3-7 --noise\n",
};

struct item {
    char *heard;
    double duration_s, work_s;
    pinna_status status;
    pinna_error error;
};

struct work {
    const pinna_model *model;
    const pinna_decoding *decoding;
    double min_confidence;
    const pinna_sound_list *list;
    struct item *items;
    pinna_json json; /* without a file: text for people */
    bool no_speech, closed, verbose, quiet;
    pinna_closed_set *closed_set; /* NULL: any words */
    pinna_wer wer, cer;
    pinna_noise_levels levels;
    double duration_s, work_s; /* sums over the utterances */
    pinna_progress progress;
    size_t n_failed;
};

static pinna_status out_of_memory(const char *path, pinna_error *error)
{
    return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
}

/* Whatever is recognised. */
static pinna_status transcribe(struct work *work, const pinna_sound_part *part,
                               struct item *item)
{
    pinna_transcript transcript;
    pinna_status status = pinna_transcribe_part(
        work->model, work->decoding, part, "pinna eval ctc", &work->progress,
        work->list->n_items, &transcript, &item->error);

    if (!status) {
        pinna_transcript_drop_unsure(&transcript, work->min_confidence);
        item->heard = pinna_transcript_text(&transcript);
        item->duration_s = transcript.duration_s;
        item->work_s = transcript.work_s;
        if (!item->heard)
            status = out_of_memory(part->path, &item->error);
    }
    pinna_transcript_free(&transcript);
    return status;
}

/* The likeliest text of the closed set. */
static pinna_status choose(struct work *work, const pinna_sound_part *part,
                           struct item *item)
{
    const unsigned rate = (unsigned)work->model->ctc_ear.fbank.sample_rate;
    const double start_s = pinna_clock_s();
    float *samples, *logits = NULL;
    const char *text;
    size_t n, n_steps;

    pinna_status status =
        pinna_audio_load_mono(part->path, part->offset_s, part->duration_s,
                              rate, &samples, &n, NULL, &item->error);
    if (status)
        return status;
    status = pinna_ctc_whole_logits(work->model, samples, n, &logits, &n_steps);
    free(samples);
    if (!status)
        status =
            pinna_closed_set_choose(work->closed_set, logits, n_steps, &text);
    free(logits);
    if (!status)
        item->heard = strdup(text);
    if (status || !item->heard)
        return out_of_memory(part->path, &item->error);
    item->duration_s = (double)n / rate;
    item->work_s = pinna_clock_s() - start_s;
    pinna_progress_add(&work->progress, 1, (double)work->list->n_items);
    return PINNA_OK;
}

static bool work_on(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];
    const pinna_sound_item *sound = &work->list->items[index];

    if (!sound->text && !work->no_speech) {
        item->status =
            pinna_fail(&item->error, PINNA_BAD_FORMAT,
                       "%s: has no text in the manifest", sound->part.path);
        return true;
    }
    item->status = work->closed_set ? choose(work, &sound->part, item)
                                    : transcribe(work, &sound->part, item);
    return item->status != PINNA_INTERRUPTED;
}

static void tell_wrong(struct work *work, const char *path, const char *said,
                       const char *heard)
{
    if (work->json.file) {
        pinna_json_open(&work->json, NULL, '{');
        pinna_json_string(&work->json, "file", path);
        pinna_json_string(&work->json, "said", said);
        pinna_json_string(&work->json, "heard", heard);
        pinna_json_close(&work->json, '}');
    } else if (work->verbose) {
        printf("%s\n  said:  %s\n  heard: %s\n", path, said, heard);
    }
}

static void finish(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];
    const pinna_sound_item *sound = &work->list->items[index];
    const char *said = work->no_speech ? "" : sound->text;
    pinna_wer wer = {0};

    if (!item->status) {
        if (pinna_wer_add(&wer, said, item->heard, NULL) ||
            pinna_wer_add_characters(&work->cer, said, item->heard) ||
            pinna_noise_levels_add(&work->levels, sound->snr_db, &wer))
            item->status = out_of_memory(sound->part.path, &item->error);
        else if (wer.n_exact == 0)
            tell_wrong(work, sound->part.path, said, item->heard);
        pinna_wer_sum(&work->wer, &wer);
        work->duration_s += item->duration_s;
        work->work_s += item->work_s;
    }
    if (item->status) {
        work->n_failed++;
        pinna_message("pinna eval ctc: %s", item->error.text);
    }
    free(item->heard);
    item->heard = NULL;
}

/* The most memory that the process has had, in MB of 1e6 bytes. */
static double memory_mb(void)
{
    struct rusage used;

    return getrusage(RUSAGE_SELF, &used) ? 0
                                         : (double)used.ru_maxrss * 1.024e-3;
}

/* Does some noise have a level that is known? */
static bool has_levels(const struct work *work)
{
    const pinna_noise_levels *levels = &work->levels;

    return levels->n_levels > 0 &&
           !isnan(levels->levels[levels->n_levels - 1].snr_db);
}

static void print_levels(const struct work *work)
{
    for (size_t i = 0; i < work->levels.n_levels; i++) {
        const pinna_noise_level *level = &work->levels.levels[i];
        char name[16] = "no SNR";
        if (!isnan(level->snr_db))
            snprintf(name, sizeof name, "at %.0f dB", level->snr_db);
        printf("%-14s %zu of %zu exactly right (%.1f %%), WER %.2f %%\n", name,
               level->wer.n_exact, level->wer.n_utterances,
               100 * (double)level->wer.n_exact /
                   (double)level->wer.n_utterances,
               100 * pinna_wer_rate(&level->wer));
    }
}

static void print_text(const struct work *work)
{
    const pinna_wer *wer = &work->wer;
    const double n = (double)wer->n_utterances;

    /* No rate of nothing: it would read as a perfect one. */
    if (wer->n_utterances == 0)
        return;
    printf("utterances     %zu, %.1f s\n", wer->n_utterances, work->duration_s);
    printf("exactly right  %zu (%.1f %%)\n", wer->n_exact,
           100 * (double)wer->n_exact / n);
    if (!work->no_speech) {
        printf("words          %zu, %zu of them right\n", wer->n_words,
               wer->n_correct);
        printf("WER            %.2f %% (%zu substituted, %zu deleted, %zu "
               "inserted)\n",
               100 * pinna_wer_rate(wer), wer->n_substituted, wer->n_deleted,
               wer->n_inserted);
        printf("CER            %.2f %%\n", 100 * pinna_wer_rate(&work->cer));
        if (has_levels(work))
            print_levels(work);
    } else {
        printf("words heard    %zu, %.2f a minute\n", wer->n_inserted,
               work->duration_s > 0
                   ? 60 * (double)wer->n_inserted / work->duration_s
                   : 0);
    }
    printf("speed          %.0f x real time on one processor\n",
           work->work_s > 0 ? work->duration_s / work->work_s : 0);
    printf("memory         %.1f MB at most\n", memory_mb());
}

static void write_counts(pinna_json *json, const pinna_wer *wer)
{
    pinna_json_count(json, "utterances", wer->n_utterances);
    pinna_json_count(json, "exact", wer->n_exact);
    pinna_json_count(json, "words", wer->n_words);
    pinna_json_count(json, "correct", wer->n_correct);
    pinna_json_count(json, "substituted", wer->n_substituted);
    pinna_json_count(json, "deleted", wer->n_deleted);
    pinna_json_count(json, "inserted", wer->n_inserted);
    pinna_json_number(json, "wer", pinna_wer_rate(wer), 6);
}

static void write_levels(struct work *work)
{
    pinna_json *json = &work->json;

    pinna_json_open(json, "levels", '[');
    for (size_t i = 0; i < work->levels.n_levels; i++) {
        const pinna_noise_level *level = &work->levels.levels[i];
        pinna_json_open(json, NULL, '{');
        pinna_json_number(json, "snr_db", level->snr_db, 0);
        write_counts(json, &level->wer);
        pinna_json_close(json, '}');
    }
    pinna_json_close(json, ']');
}

static void write_json(struct work *work)
{
    pinna_json *json = &work->json;

    write_counts(json, &work->wer);
    pinna_json_number(json, "cer", pinna_wer_rate(&work->cer), 6);
    if (has_levels(work))
        write_levels(work);
    pinna_json_number(json, "duration", work->duration_s, 3);
    pinna_json_number(json, "speed",
                      work->work_s > 0 ? work->duration_s / work->work_s : 0,
                      1);
    pinna_json_number(json, "memory_mb", memory_mb(), 1);
}

static int run(struct work *work, size_t n_jobs)
{
    const size_t n = work->list->n_items;

    work->items = calloc(n + 1, sizeof *work->items);
    if (!work->items) {
        pinna_message("pinna eval ctc: out of memory");
        return PINNA_EXIT_START;
    }
    if (work->json.file) {
        pinna_json_open(&work->json, NULL, '{');
        pinna_json_open(&work->json, "wrong", '[');
    }
    pinna_progress_start(&work->progress, "eval", work->quiet);
    const size_t n_done = pinna_jobs_run(&(pinna_jobs){.n_items = n,
                                                       .n_threads = n_jobs,
                                                       .user = work,
                                                       .work = work_on,
                                                       .finish = finish});
    pinna_progress_end(&work->progress);
    for (size_t i = 0; i < n; i++) /* those that were cut short */
        free(work->items[i].heard);
    free(work->items);

    if (work->json.file) {
        pinna_json_close(&work->json, ']');
        write_json(work);
        pinna_json_close(&work->json, '}');
    } else {
        print_text(work);
    }
    return pinna_jobs_exit_code(n, n_done,
                                work->n_failed + work->list->n_failed);
}

int pinna_eval_ctc(int argc, char **argv)
{
    pinna_decoding decoding = PINNA_DECODING_DEFAULT;
    struct work work = {.decoding = &decoding};
    const char *model_path = NULL;
    double min_confidence = -1; /* the default of the model */
    size_t n_jobs = pinna_default_jobs();
    bool json = false;
    const pinna_option options[] = {
        {"model", 'm', "MODEL",
         "a model of `pinna train ctc` instead of the one\nbuilt in",
         .text = &model_path},
        {"no-speech", 0, NULL,
         "nothing is said: every recognised word is an error",
         .flag = &work.no_speech},
        {"closed-set", 0, NULL,
         "choose the likeliest among the different texts of the\nmanifests",
         .flag = &work.closed},
        {"verbose", 'v', NULL, "list the utterances that went wrong",
         .flag = &work.verbose},
        {"min-confidence", 0, "P",
         "leave out words, of --grammar phrases, that are less\nsure (0 to 1; "
         "default 0.5, or 0 if the model writes\ncharacters or pieces of "
         "words)",
         .number = &min_confidence, .low = 0, .high = 1},
        PINNA_DECODING_OPTIONS(&decoding),
        {"jobs", 'j', "N", "files at a time (default: one per processor)",
         .count = &n_jobs, .low = 1, .high = 256},
        {"json", 0, NULL, "everything on stdout as JSON", .flag = &json},
        {"quiet", 'q', NULL, "no progress on stderr", .flag = &work.quiet},
    };
    pinna_list files = {0};
    pinna_sound_list list = {0};
    pinna_model *model = NULL;

    int code =
        pinna_options_parse(&usage, options, sizeof options / sizeof options[0],
                            argc, argv, &files);
    if (code < 0 && files.n_items == 0)
        code = pinna_usage_error(&usage, "no MANIFEST");
    if (code < 0)
        code = pinna_load_model("eval ctc", model_path, PINNA_TASK_CTC, &model);
    if (code < 0)
        code = pinna_decoding_load(&usage, &decoding, model);
    if (code < 0 &&
        pinna_sound_list_read("eval ctc", &files, !work.no_speech, &list)) {
        pinna_message("pinna eval ctc: out of memory");
        code = PINNA_EXIT_START;
    }
    if (code < 0 && work.closed && !work.no_speech) {
        pinna_error error = {""};
        if (pinna_closed_set_new(model, &list, &work.closed_set, &error)) {
            pinna_message("pinna eval ctc: %s", error.text);
            code = PINNA_EXIT_START;
        }
    }
    if (code < 0) {
        work.model = model;
        work.min_confidence = min_confidence >= 0
                                  ? min_confidence
                                  : pinna_default_min_confidence(model);
        work.list = &list;
        work.json.file = json ? stdout : NULL;
        code = run(&work, n_jobs);
    }
    pinna_closed_set_free(work.closed_set);
    pinna_noise_levels_free(&work.levels);
    pinna_sound_list_free(&list);
    pinna_decoding_free(&decoding);
    pinna_model_free(model);
    pinna_list_free(&files);
    return code;
}
