/* tools/eval_vad.c -- `pinna eval vad`: how well speech is told from noise */
#include "tools/command.h"
#include "tools/eval.h"
#include "tools/jobs.h"
#include "tools/json_writer.h"
#include "tools/options.h"
#include "tools/vad_metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const pinna_usage usage = {
    .command = "eval vad",
    .synopsis = "[options] PAIRS...",
    .summary =
        "Look for speech in the noisy side of pairs (manifests with "
        "clean_filepath and\nnoisy_filepath, as `pinna mix` makes them) and "
        "compare with the level of the clean\nside: share of the speech that "
        "was found, and of the pauses that were taken for\nspeech, frame by "
        "frame and within segments.",
    .examples = "  pinna eval vad pairs.jsonl\n"
                "  pinna eval vad --threshold 8 --json pairs.jsonl\n",
};

struct item {
    const pinna_manifest_entry *pair;
    pinna_vad_metrics metrics;
    pinna_status status;
    pinna_error error;
};

struct work {
    pinna_vad_settings settings;
    struct item *items;
    size_t n_items;
    bool json, quiet;
    pinna_vad_counts speech, silent; /* of pairs with and without speech */
    size_t n_speech_pairs, n_silent_pairs;
    double duration_s, work_s;
    pinna_progress progress;
    size_t n_failed;
};

static bool work_on(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];

    if (!item->pair->clean_path || !item->pair->noisy_path)
        item->status =
            pinna_fail(&item->error, PINNA_BAD_FORMAT,
                       "%s: is not one side of a pair", item->pair->audio_path);
    else
        item->status = pinna_measure_vad(&work->settings, item->pair,
                                         &item->metrics, &item->error);
    pinna_progress_add(&work->progress, 1, (double)work->n_items);
    return true;
}

static void add_counts(pinna_vad_counts *sum, const pinna_vad_counts *counts)
{
    sum->n_speech += counts->n_speech;
    sum->n_pause += counts->n_pause;
    sum->n_hits += counts->n_hits;
    sum->n_segment_hits += counts->n_segment_hits;
    sum->n_false += counts->n_false;
    sum->n_segment_false += counts->n_segment_false;
}

static void finish(void *user, size_t index)
{
    struct work *work = user;
    const struct item *item = &work->items[index];
    const pinna_vad_metrics *metrics = &item->metrics;

    if (item->status) {
        work->n_failed++;
        pinna_message("pinna eval vad: %s", item->error.text);
        return;
    }
    add_counts(metrics->silent ? &work->silent : &work->speech,
               &metrics->counts);
    if (metrics->silent)
        work->n_silent_pairs++;
    else
        work->n_speech_pairs++;
    work->duration_s += metrics->duration_s;
    work->work_s += metrics->work_s;
}

/* In percent; NaN of nothing. */
static double share(size_t n, size_t n_all)
{
    return n_all ? 100 * (double)n / (double)n_all : NAN;
}

static double speed(const struct work *work)
{
    return work->work_s > 0 ? work->duration_s / work->work_s : 0;
}

static void print_text(const struct work *work)
{
    const pinna_vad_counts *speech = &work->speech, *silent = &work->silent;

    /* Every pair failed, and has had its line. */
    if (work->n_speech_pairs + work->n_silent_pairs == 0)
        return;
    printf("%-28s %8s %9s\n", "", "frames", "segments");
    if (work->n_speech_pairs > 0) {
        printf("%-28s %6.1f %% %7.1f %%\n", "speech found",
               share(speech->n_hits, speech->n_speech),
               share(speech->n_segment_hits, speech->n_speech));
        printf("%-28s %6.1f %% %7.1f %%\n", "pauses taken for speech",
               share(speech->n_false, speech->n_pause),
               share(speech->n_segment_false, speech->n_pause));
    }
    if (work->n_silent_pairs > 0)
        printf("%-28s %6.1f %% %7.1f %%\n", "pairs without speech: taken",
               share(silent->n_false, silent->n_pause),
               share(silent->n_segment_false, silent->n_pause));
    printf("%zu pairs with speech, %zu without; %.1f s, %.0f x real time on "
           "one processor\n",
           work->n_speech_pairs, work->n_silent_pairs, work->duration_s,
           speed(work));
}

static void print_json(const struct work *work)
{
    const pinna_vad_counts *speech = &work->speech, *silent = &work->silent;
    pinna_json json = {.file = stdout};

    pinna_json_open(&json, NULL, '{');
    pinna_json_count(&json, "pairs", work->n_speech_pairs);
    pinna_json_count(&json, "pairs_without_speech", work->n_silent_pairs);
    pinna_json_number(&json, "hit_percent",
                      share(speech->n_hits, speech->n_speech), 2);
    pinna_json_number(&json, "false_percent",
                      share(speech->n_false, speech->n_pause), 2);
    pinna_json_number(&json, "segment_hit_percent",
                      share(speech->n_segment_hits, speech->n_speech), 2);
    pinna_json_number(&json, "segment_false_percent",
                      share(speech->n_segment_false, speech->n_pause), 2);
    pinna_json_number(&json, "no_speech_false_percent",
                      share(silent->n_false, silent->n_pause), 2);
    pinna_json_number(&json, "no_speech_segment_false_percent",
                      share(silent->n_segment_false, silent->n_pause), 2);
    pinna_json_number(&json, "duration", work->duration_s, 3);
    pinna_json_number(&json, "speed", speed(work), 1);
    pinna_json_close(&json, '}');
}

static int run(struct work *work, size_t n_jobs)
{
    pinna_progress_start(&work->progress, "eval", work->quiet);
    const size_t n_done = pinna_jobs_run(&(pinna_jobs){.n_items = work->n_items,
                                                       .n_threads = n_jobs,
                                                       .user = work,
                                                       .work = work_on,
                                                       .finish = finish});
    pinna_progress_end(&work->progress);
    if (work->json)
        print_json(work);
    else
        print_text(work);
    return pinna_jobs_exit_code(work->n_items, n_done, work->n_failed);
}

/* The entries of all manifests as items. Unreadable manifests count as
 * failed. */
static pinna_status collect(struct work *work, const pinna_list *files,
                            pinna_manifest *manifests)
{
    pinna_error error;

    for (size_t i = 0; i < files->n_items; i++) {
        if (pinna_manifest_read(files->items[i], &manifests[i], &error)) {
            pinna_message("pinna eval vad: %s", error.text);
            work->n_failed++;
        }
        work->n_items += manifests[i].n_entries;
    }
    work->items = calloc(work->n_items + 1, sizeof *work->items);
    if (!work->items)
        return PINNA_NO_MEMORY;
    for (size_t i = 0, at = 0; i < files->n_items; i++)
        for (size_t e = 0; e < manifests[i].n_entries; e++)
            work->items[at++].pair = &manifests[i].entries[e];
    return PINNA_OK;
}

static int collect_and_run(struct work *work, const pinna_list *files,
                           size_t n_jobs)
{
    pinna_manifest *manifests = calloc(files->n_items, sizeof *manifests);
    int code;

    if (!manifests || collect(work, files, manifests)) {
        pinna_message("pinna eval vad: out of memory");
        code = PINNA_EXIT_START;
    } else {
        code = run(work, n_jobs);
    }
    for (size_t i = 0; manifests && i < files->n_items; i++)
        pinna_manifest_free(&manifests[i]);
    free(manifests);
    free(work->items);
    return code;
}

int pinna_eval_vad(int argc, char **argv)
{
    struct work work = {.settings = pinna_vad_settings_default()};
    pinna_endpoint_config *endpoint = &work.settings.endpoint;
    size_t n_jobs = pinna_default_jobs();
    const pinna_option options[] = {
        {"threshold", 't', "DB", "as of `pinna vad`",
         .number = &work.settings.vad.threshold_db, .low = 0.1, .high = 100},
        {"range", 0, "DB", "likewise", .number = &work.settings.vad.range_db,
         .low = 1, .high = 200},
        {"onset", 0, "MS", "likewise", .number = &endpoint->onset_ms, .low = 0,
         .high = 60000},
        {"hang-over", 0, "MS", "likewise", .number = &endpoint->hang_over_ms,
         .low = 0, .high = 60000},
        {"min-speech", 0, "MS", "likewise", .number = &endpoint->min_speech_ms,
         .low = 0, .high = 60000},
        {"look-back", 0, "MS", "likewise", .number = &endpoint->look_back_ms,
         .low = 0, .high = 60000},
        {"jobs", 'j', "N", "pairs at a time (default: one per processor)",
         .count = &n_jobs, .low = 1, .high = 256},
        {"json", 0, NULL, "everything on stdout as JSON", .flag = &work.json},
        {"quiet", 'q', NULL, "no progress on stderr", .flag = &work.quiet},
    };
    pinna_list files = {0};

    int code =
        pinna_options_parse(&usage, options, sizeof options / sizeof options[0],
                            argc, argv, &files);
    if (code < 0 && files.n_items == 0)
        code = pinna_usage_error(&usage, "no PAIRS");
    if (code < 0)
        code = collect_and_run(&work, &files, n_jobs);
    pinna_list_free(&files);
    return code;
}
