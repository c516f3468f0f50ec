/* tools/eval_denoise.c -- `pinna eval denoise`: quality of a denoiser on
 * noisy/clean pairs */
#include "tools/command.h"
#include "tools/default_model.h"
#include "tools/eval.h"
#include "tools/jobs.h"
#include "tools/json_writer.h"
#include "tools/options.h"
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
        "clean side:\nmeans of SI-SDR, segmental SNR, STOI and ESTOI, and by "
        "how much the noise in the\npauses and in pairs without speech was "
        "lowered.",
    .examples =
        "  pinna eval denoise pairs.jsonl\n"
        "  pinna eval denoise -v --model my.safetensors a.jsonl b.jsonl\n",
};

enum { N_MEASURES = 4 };
static const char *const measure_names[N_MEASURES] = {"si_sdr_db", "seg_snr_db",
                                                      "stoi", "estoi"};
static const int measure_decimals[N_MEASURES] = {2, 2, 4, 4};

/* Mean of what is a number. */
struct mean {
    double sum;
    size_t n;
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
    struct mean noisy[N_MEASURES], denoised[N_MEASURES];
    struct mean pause_drop, silent_drop;
    double duration_s, work_s;
    pinna_progress progress;
    size_t n_failed;
};

static void list_quality(const pinna_quality *quality, double *values)
{
    values[0] = quality->si_sdr_db;
    values[1] = quality->segmental_snr_db;
    values[2] = quality->stoi;
    values[3] = quality->estoi;
}

static void add_to_mean(struct mean *mean, double value)
{
    if (isnan(value))
        return;
    mean->sum += value;
    mean->n++;
}

static double value_of(const struct mean *mean)
{
    return mean->n ? mean->sum / (double)mean->n : NAN;
}

static bool work_on(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];

    if (!item->pair->clean_path || !item->pair->noisy_path)
        item->status =
            pinna_fail(&item->error, PINNA_BAD_FORMAT,
                       "%s: is not one side of a pair", item->pair->audio_path);
    else
        item->status = pinna_measure_pair(&work->settings, item->pair,
                                          &item->metrics, &item->error);
    pinna_progress_add(&work->progress, 1, (double)work->n_items);
    return true;
}

static void tell_pair(struct work *work, const struct item *item,
                      const double *noisy, const double *denoised)
{
    pinna_json *json = &work->json;
    char key[32];

    if (json->file) {
        pinna_json_open(json, NULL, '{');
        pinna_json_string(json, "noisy_filepath", item->pair->noisy_path);
        for (int m = 0; m < N_MEASURES; m++) {
            snprintf(key, sizeof key, "noisy_%s", measure_names[m]);
            pinna_json_number(json, key, noisy[m], 4);
            pinna_json_number(json, measure_names[m], denoised[m], 4);
        }
        pinna_json_number(json, "attenuation_db", item->metrics.attenuation_db,
                          2);
        pinna_json_close(json, '}');
    } else if (work->verbose) {
        printf("%s:", item->pair->noisy_path);
        for (int m = 0; m < N_MEASURES; m++)
            printf(" %s %.*f -> %.*f,", measure_names[m], measure_decimals[m],
                   noisy[m], measure_decimals[m], denoised[m]);
        printf(" noise -%.1f dB\n", item->metrics.attenuation_db);
    }
}

static void finish(void *user, size_t index)
{
    struct work *work = user;
    const struct item *item = &work->items[index];
    double noisy[N_MEASURES], denoised[N_MEASURES];

    if (item->status) {
        work->n_failed++;
        pinna_message("pinna eval denoise: %s", item->error.text);
        return;
    }
    list_quality(&item->metrics.noisy, noisy);
    list_quality(&item->metrics.denoised, denoised);
    for (int m = 0; m < N_MEASURES; m++) {
        add_to_mean(&work->noisy[m], noisy[m]);
        add_to_mean(&work->denoised[m], denoised[m]);
    }
    add_to_mean(item->metrics.silent ? &work->silent_drop : &work->pause_drop,
                item->metrics.attenuation_db);
    work->duration_s += item->metrics.duration_s;
    work->work_s += item->metrics.work_s;
    tell_pair(work, item, noisy, denoised);
}

static void print_row(const char *name, const struct mean *means)
{
    printf("%-9s %5zu", name, means[0].n);
    for (int m = 0; m < N_MEASURES; m++)
        printf(" %10.*f", measure_decimals[m], value_of(&means[m]));
    putchar('\n');
}

static void print_text(const struct work *work)
{
    /* Every pair failed, and has had its line. */
    if (work->noisy[0].n + work->silent_drop.n == 0)
        return;
    printf("%-9s %5s", "", "pairs");
    for (int m = 0; m < N_MEASURES; m++)
        printf(" %10s", measure_names[m]);
    putchar('\n');
    print_row("noisy", work->noisy);
    print_row("denoised", work->denoised);
    if (work->pause_drop.n)
        printf("noise in the pauses lowered by %.1f dB\n",
               value_of(&work->pause_drop));
    if (work->silent_drop.n)
        printf("noise without speech lowered by %.1f dB (%zu pairs)\n",
               value_of(&work->silent_drop), work->silent_drop.n);
    printf("speed %.0f x real time on one processor\n",
           work->work_s > 0 ? work->duration_s / work->work_s : 0);
}

static void write_means(pinna_json *json, const char *key,
                        const struct mean *means)
{
    pinna_json_open(json, key, '{');
    for (int m = 0; m < N_MEASURES; m++)
        pinna_json_number(json, measure_names[m], value_of(&means[m]), 4);
    pinna_json_close(json, '}');
}

static void write_json(struct work *work)
{
    pinna_json *json = &work->json;

    pinna_json_count(json, "pairs", work->noisy[0].n + work->silent_drop.n);
    write_means(json, "noisy", work->noisy);
    write_means(json, "denoised", work->denoised);
    pinna_json_number(json, "pause_attenuation_db", value_of(&work->pause_drop),
                      2);
    pinna_json_number(json, "noise_attenuation_db",
                      value_of(&work->silent_drop), 2);
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
    pinna_model_free(model);
    pinna_list_free(&files);
    return code;
}
