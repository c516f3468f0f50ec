/* tools/eval_denoise.c -- `pinna eval denoise`: quality of a denoiser on
 * noisy/clean pairs */
#include "tools/command.h"
#include "tools/default_model.h"
#include "tools/eval.h"
#include "tools/jobs.h"
#include "tools/json_writer.h"
#include "tools/options.h"
#include "tools/pair_means.h"
#include "tools/pair_metrics.h"
#include "tools/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const pinna_usage usage = {
    .command = "eval denoise",
    .synopsis = "[options] PAIRS...",
    .summary =
        "Denoise the noisy side of pairs (manifests with clean_filepath and\n"
        "noisy_filepath, as `pinna mix` makes them) and compare both with the "
        "clean side:\nmeans of SI-SDR, segmental SNR, STOI and ESTOI, over "
        "all and by snr_db and label of\nthe pairs, and by how much the noise "
        "in the pauses and in pairs without speech was\nlowered. noise_att_db "
        "is how far the noise under speech went down, speech_sdr_db\nspeech "
        "over its distortion, onset_db the energy kept in the first 50 ms of "
        "words\nafter a pause, against the rest of them.",
    .examples =
        "  pinna eval denoise pairs.jsonl\n"
        "  pinna eval denoise -v --model my.safetensors a.jsonl b.jsonl\n"
        "  pinna eval denoise --pesq ./PESQ pairs.jsonl\n",
};

struct item {
    const pinna_manifest_entry *pair;
    pinna_pair_metrics metrics;
    pinna_status status;
    pinna_error error;
};

struct work {
    pinna_denoise_settings settings;
    struct item *items;
    size_t n_items;
    pinna_json json; /* without a file: text for people */
    bool verbose, quiet;
    const char *pesq;
    size_t n_without_pesq;
    pinna_pair_groups groups;
    pinna_mean pause_drop, silent_drop;
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
        item->status =
            pinna_measure_pair(&work->settings, work->pesq, item->pair,
                               &item->metrics, &item->error);
    pinna_progress_add(&work->progress, 1, (double)work->n_items);
    return true;
}

static void tell_pair(struct work *work, const struct item *item)
{
    double noisy[PINNA_N_QUALITIES], denoised[PINNA_N_QUALITIES];
    pinna_json *json = &work->json;
    char key[32];

    pinna_quality_list(&item->metrics.noisy, noisy);
    pinna_quality_list(&item->metrics.denoised, denoised);
    if (json->file) {
        pinna_json_open(json, NULL, '{');
        pinna_json_string(json, "noisy_filepath", item->pair->noisy_path);
        for (int m = 0; m < PINNA_N_QUALITIES; m++) {
            snprintf(key, sizeof key, "noisy_%s", pinna_quality_names[m]);
            pinna_json_number(json, key, noisy[m], 4);
            pinna_json_number(json, pinna_quality_names[m], denoised[m], 4);
        }
        pinna_json_number(json, "attenuation_db", item->metrics.attenuation_db,
                          2);
        pinna_json_close(json, '}');
    } else if (work->verbose) {
        printf("%s:", item->pair->noisy_path);
        for (int m = 0; m < PINNA_N_QUALITIES; m++) {
            const int decimals = pinna_quality_decimals[m];
            if (!isnan(noisy[m]))
                printf(" %s %.*f -> %.*f,", pinna_quality_names[m], decimals,
                       noisy[m], decimals, denoised[m]);
            else if (!isnan(denoised[m]))
                printf(" %s %.*f,", pinna_quality_names[m], decimals,
                       denoised[m]);
        }
        printf(" noise -%.1f dB\n", item->metrics.attenuation_db);
    }
}

/* A line for the first pair without PESQ, lest a bad program gets one for
 * each. */
static void take_pesq(struct work *work, const struct item *item)
{
    if (!item->metrics.no_pesq.text[0])
        return;
    if (work->n_without_pesq++ == 0)
        pinna_message("pinna eval denoise: no PESQ: %s: %s",
                      item->pair->noisy_path, item->metrics.no_pesq.text);
}

static void finish(void *user, size_t index)
{
    struct work *work = user;
    const struct item *item = &work->items[index];
    const pinna_pair_metrics *metrics = &item->metrics;

    if (item->status) {
        work->n_failed++;
        pinna_message("pinna eval denoise: %s", item->error.text);
        return;
    }
    if (metrics->silent) {
        pinna_mean_add(&work->silent_drop, metrics->attenuation_db);
    } else {
        pinna_mean_add(&work->pause_drop, metrics->attenuation_db);
        if (pinna_pair_groups_add(&work->groups, item->pair->snr_db,
                                  item->pair->label, metrics)) {
            work->n_failed++;
            pinna_message("pinna eval denoise: %s: out of memory",
                          item->pair->noisy_path);
        }
    }
    work->duration_s += metrics->duration_s;
    work->work_s += metrics->work_s;
    take_pesq(work, item);
    tell_pair(work, item);
}

static void print_text(const struct work *work)
{
    /* Every pair failed, and has had its line. */
    if (work->groups.all.n_pairs + work->silent_drop.n == 0)
        return;
    pinna_pair_groups_print(&work->groups);
    if (work->pause_drop.n)
        printf("noise in the pauses lowered by %.1f dB\n",
               pinna_mean_value(&work->pause_drop));
    if (work->silent_drop.n)
        printf("noise without speech lowered by %.1f dB (%zu pairs)\n",
               pinna_mean_value(&work->silent_drop), work->silent_drop.n);
    printf("speed %.0f x real time on one processor\n",
           work->work_s > 0 ? work->duration_s / work->work_s : 0);
}

static void write_json(struct work *work)
{
    pinna_json *json = &work->json;

    pinna_json_count(json, "pairs",
                     work->groups.all.n_pairs + work->silent_drop.n);
    pinna_pair_groups_write(&work->groups, json);
    pinna_json_number(json, "pause_attenuation_db",
                      pinna_mean_value(&work->pause_drop), 2);
    pinna_json_number(json, "noise_attenuation_db",
                      pinna_mean_value(&work->silent_drop), 2);
    pinna_json_number(json, "speed",
                      work->work_s > 0 ? work->duration_s / work->work_s : 0,
                      1);
}

static int run(struct work *work, size_t n_jobs)
{
    if (work->json.file) {
        pinna_json_open(&work->json, NULL, '{');
        pinna_json_open(&work->json, "items", '[');
    }
    pinna_progress_start(&work->progress, "eval", work->quiet);
    const size_t n_done = pinna_jobs_run(&(pinna_jobs){.n_items = work->n_items,
                                                       .n_threads = n_jobs,
                                                       .user = work,
                                                       .work = work_on,
                                                       .finish = finish});
    pinna_progress_end(&work->progress);
    if (work->json.file) {
        pinna_json_close(&work->json, ']');
        write_json(work);
        pinna_json_close(&work->json, '}');
    } else {
        print_text(work);
    }
    if (work->n_without_pesq > 1)
        pinna_message("pinna eval denoise: no PESQ of %zu pairs",
                      work->n_without_pesq);
    return pinna_jobs_exit_code(work->n_items, n_done,
                                work->n_failed + work->n_without_pesq);
}

/* The entries of all manifests as items. Unreadable manifests count as
 * failed. */
static pinna_status collect(struct work *work, const pinna_list *files,
                            pinna_manifest *manifests)
{
    pinna_error error;

    for (size_t i = 0; i < files->n_items; i++) {
        if (pinna_manifest_read(files->items[i], &manifests[i], &error)) {
            pinna_message("pinna eval denoise: %s", error.text);
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
        pinna_message("pinna eval denoise: out of memory");
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

int pinna_eval_denoise(int argc, char **argv)
{
    struct work work = {.settings = pinna_denoise_settings_default()};
    const char *model_path = NULL;
    size_t n_jobs = pinna_default_jobs();
    bool json = false;
    const pinna_option options[] = {
        {"model", 'm', "MODEL",
         "a model of `pinna train denoise` instead of the\none built in",
         .text = &model_path},
        {"atten-limit", 'a', "DB",
         "lower no part of the sound by more than DB\n(default 100: no limit)",
         .number = &work.settings.controls[PINNA_CONTROL_ATTENUATION_LIMIT],
         .low = 0, .high = 100},
        {"post-filter", 0, NULL, "as of `pinna denoise`",
         .flag = &work.settings.post_filter},
        {"pesq", 0, "PROGRAM",
         "the program that the reference source of ITU-T P.862\nmakes, for "
         "wide-band PESQ",
         .text = &work.pesq},
        {"verbose", 'v', NULL, "a line for each pair", .flag = &work.verbose},
        {"jobs", 'j', "N", "pairs at a time (default: one per processor)",
         .count = &n_jobs, .low = 1, .high = 256},
        {"json", 0, NULL, "everything on stdout as JSON", .flag = &json},
        {"quiet", 'q', NULL, "no progress on stderr", .flag = &work.quiet},
    };
    pinna_list files = {0};
    pinna_model *model = NULL;

    int code =
        pinna_options_parse(&usage, options, sizeof options / sizeof options[0],
                            argc, argv, &files);
    if (code < 0 && files.n_items == 0)
        code = pinna_usage_error(&usage, "no PAIRS");
    if (code < 0)
        code = pinna_load_model("eval denoise", model_path, PINNA_TASK_DENOISE,
                                &model);
    if (code < 0) {
        work.settings.model = model;
        work.json.file = json ? stdout : NULL;
        code = collect_and_run(&work, &files, n_jobs);
    }
    pinna_pair_groups_free(&work.groups);
    pinna_model_free(model);
    pinna_list_free(&files);
    return code;
}
