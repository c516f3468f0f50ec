/* tools/cmd_mix.c -- `pinna mix`: noisy/clean pairs, or joined utterances */
#include "datasets/audio_file.h"
#include "tools/command.h"
#include "tools/interrupt.h"
#include "tools/jobs.h"
#include "tools/join_strings.h"
#include "tools/json_writer.h"
#include "tools/mix_folder.h"
#include "tools/mix_pairs.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const pinna_usage usage = {
    .command = "mix",
    .synopsis = "--speech LIST... --noise LIST... -o FOLDER [options]",
    .summary =
        "Make noisy/clean pairs: FOLDER/noisy, FOLDER/clean and the manifest\n"
        "FOLDER/pairs.jsonl. LISTs are manifests or sound files. Or, "
        "with --join,\nstrings of utterances of one talker, with --noise in "
        "noise: FOLDER/strings and\nthe manifest FOLDER/strings.jsonl. The "
        "same seed gives the same files.",
    .examples =
        "  pinna mix --speech test.jsonl --noise noise.jsonl -o set \\\n"
        "      --count 100 --snr -5,0,5,10,15 --seconds 6 --seed 1\n"
        "  pinna mix --speech a.jsonl b.jsonl --noise n.jsonl \\\n"
        "      --rooms rir.jsonl --rate 48000 -o set48 --count 25\n"
        "  pinna mix --join 3-7 --speech digits.jsonl -o strings --count 50\n"
        "  pinna mix --join 1 --speech digits.jsonl --noise noise.jsonl \\\n"
        "      --snr 10,0 -o noisy --count 200\n",
};

struct choices {
    pinna_list speech, noise, rooms;
    const char *output, *snrs, *join;
    size_t count, rate, n_jobs;
    bool quiet;
};

/* One pair or string with what became of it. */
struct item {
    char name[32];
    pinna_joined joined; /* without its samples once they are saved */
    pinna_status status;
    pinna_error error;
};

struct work {
    pinna_mix_settings settings;
    pinna_mix_folder folder;
    pinna_mix_plan plan;
    size_t join_least, join_most; /* 0 when pairs are wanted */
    pinna_joined string; /* the latest, which may serve for the next, too, */
    pinna_status string_status; /* and how it went */
    pinna_error string_error;
    struct item *items;
    pinna_output_file manifest;
    pinna_json json;
    pinna_progress progress;
    size_t n_items, n_failed;
};

static bool mix_one(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];

    snprintf(item->name, sizeof item->name, "%05zu.wav", index);
    item->status = pinna_mix_pair(&work->settings, &work->plan, index,
                                  item->name, &item->error);
    pinna_progress_add(&work->progress, 1, (double)work->n_items);
    return true;
}

/* The string that this item and those at the other SNRs are made of. */
static pinna_status next_string(struct work *work, size_t material,
                                pinna_error *error)
{
    const pinna_mix_settings *settings = &work->settings;
    pinna_talkers *talkers = &work->plan.talkers;
    pinna_rng rng;

    pinna_rng_seed(&rng, settings->seed, material + 1);
    const size_t n_parts =
        work->join_least +
        pinna_rng_below(&rng, work->join_most - work->join_least + 1);
    pinna_joined_free(&work->string);
    return pinna_join(settings->speech, talkers, material % talkers->n_talkers,
                      n_parts, settings->sample_rate, &rng, &work->string,
                      error);
}

/* work->string in its noise, if it is to have one -> the item. */
static pinna_status render_string(struct work *work, size_t index,
                                  pinna_joined *made, pinna_error *error)
{
    const pinna_mix_settings *settings = &work->settings;
    const size_t material = index / settings->n_snrs;
    const size_t n = work->string.n_samples;
    pinna_rng rng;

    *made = work->string;
    made->samples = malloc((n + 1) * sizeof *made->samples);
    made->text = strdup(work->string.text);
    if (!made->samples || !made->text)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    if (settings->noise->n_items == 0) {
        memcpy(made->samples, work->string.samples, n * sizeof(float));
        return PINNA_OK;
    }
    pinna_rng_seed(&rng, settings->seed + 1, material + 1);
    return pinna_joined_in_noise(
        &work->string, &settings->noise->items[work->plan.noise[material]],
        settings->sample_rate, pinna_mix_snr_db(settings, index), &rng,
        made->samples, error);
}

/* On one thread: each string depends on which recordings were dealt before. */
static bool join_one(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];
    const pinna_mix_settings *settings = &work->settings;
    char name[64];

    snprintf(item->name, sizeof item->name, "%05zu.wav", index);
    snprintf(name, sizeof name, "strings/%s", item->name);
    if (index % settings->n_snrs == 0)
        work->string_status =
            next_string(work, index / settings->n_snrs, &work->string_error);
    item->status = work->string_status;
    item->error = work->string_error;
    if (!item->status)
        item->status = render_string(work, index, &item->joined, &item->error);
    char *path = pinna_mix_folder_path(&work->folder, name);
    if (!item->status && !path)
        item->status = pinna_fail(&item->error, PINNA_NO_MEMORY,
                                  "%s: out of memory", name);
    if (!item->status)
        item->status = pinna_audio_save_mono(
            path, settings->sample_rate, item->joined.samples,
            item->joined.n_samples, &item->error);
    free(path);
    free(item->joined.samples);
    item->joined.samples = NULL;
    pinna_progress_add(&work->progress, 1, (double)work->n_items);
    return true;
}

static void write_pair_line(struct work *work, size_t index)
{
    const pinna_mix_settings *settings = &work->settings;
    const pinna_pair_kind kind = pinna_mix_kind(settings, index);
    const char *label = pinna_mix_label(settings, &work->plan, index);
    pinna_json *json = &work->json;
    char path[64];

    pinna_json_open(json, NULL, '{');
    snprintf(path, sizeof path, "clean/%s", work->items[index].name);
    pinna_json_string(json, "clean_filepath", path);
    snprintf(path, sizeof path, "noisy/%s", work->items[index].name);
    pinna_json_string(json, "noisy_filepath", path);
    pinna_json_number(json, "duration", settings->seconds, 3);
    if (kind == PINNA_PAIR_MIXED)
        pinna_json_number(json, "snr_db", pinna_mix_snr_db(settings, index), 2);
    else
        pinna_json_string(json, "snr_db", NULL);
    if (label)
        pinna_json_string(json, "label", label);
    pinna_json_close(json, '}');
}

static void write_string_line(struct work *work, size_t index)
{
    const struct item *item = &work->items[index];
    pinna_json *json = &work->json;
    char path[64];

    pinna_json_open(json, NULL, '{');
    snprintf(path, sizeof path, "strings/%s", item->name);
    pinna_json_string(json, "audio_filepath", path);
    pinna_json_number(
        json, "duration",
        (double)item->joined.n_samples / (double)work->settings.sample_rate, 3);
    pinna_json_string(json, "text", item->joined.text);
    pinna_json_string(json, "speaker", item->joined.speaker);
    if (work->settings.noise->n_items > 0)
        pinna_json_number(json, "snr_db",
                          pinna_mix_snr_db(&work->settings, index), 2);
    pinna_json_close(json, '}');
}

static void finish(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];

    if (item->status) {
        work->n_failed++;
        pinna_message("pinna mix: %s: %s", item->name, item->error.text);
    } else if (work->join_least > 0) {
        write_string_line(work, index);
    } else {
        write_pair_line(work, index);
    }
    pinna_joined_free(&item->joined);
}

static int run(struct work *work, size_t n_jobs, bool quiet)
{
    const bool join = work->join_least > 0;
    pinna_error error = {""};
    pinna_status status = pinna_mix_folder_make(&work->folder, &error);

    if (!status)
        status = pinna_mix_plan_new(&work->settings, &work->plan);
    work->n_items = pinna_mix_count(&work->settings);
    work->items = calloc(work->n_items, sizeof *work->items);
    if (!status && work->items)
        status = pinna_mix_folder_open_manifest(&work->folder, &work->manifest,
                                                &error);
    work->json.file = work->manifest.stream;
    if (status || !work->items) {
        pinna_message("pinna mix: %s",
                      error.text[0] ? error.text : "out of memory");
        return PINNA_EXIT_START;
    }

    pinna_progress_start(&work->progress, "mix", quiet);
    const size_t n_done =
        pinna_jobs_run(&(pinna_jobs){.n_items = work->n_items,
                                     .n_threads = join ? 1 : n_jobs,
                                     .user = work,
                                     .work = join ? join_one : mix_one,
                                     .finish = finish});
    pinna_progress_end(&work->progress);
    if (pinna_output_file_commit(&work->manifest, &error)) {
        pinna_message("pinna mix: %s", error.text);
        return PINNA_EXIT_INPUT;
    }
    if (!quiet)
        pinna_message("%s: %zu %s", work->settings.folder,
                      n_done - work->n_failed, join ? "strings" : "pairs");
    if (n_done < work->n_items)
        return pinna_interrupted() ? PINNA_EXIT_INTERRUPTED : PINNA_EXIT_START;
    return work->n_failed ? PINNA_EXIT_INPUT : PINNA_EXIT_DONE;
}

/* "3-7" or "5". */
static bool parse_range(const char *text, size_t *least, size_t *most)
{
    char *end;
    const long first = strtol(text, &end, 10);
    long last = first;

    if (end == text)
        return false;
    if (*end == '-') {
        const char *second = end + 1;
        last = strtol(second, &end, 10);
        if (end == second)
            return false;
    }
    *least = (size_t)first;
    *most = (size_t)last;
    return *end == '\0' && first >= 1 && last >= first && last <= 1000;
}

/* Returns -1 to go on, or the exit code. */
static int settle(const struct choices *choices, struct work *work)
{
    pinna_mix_settings *settings = &work->settings;

    if (!choices->output)
        return pinna_usage_error(&usage, "where to? -o FOLDER is missing");
    if (choices->speech.n_items == 0)
        return pinna_usage_error(&usage, "--speech LIST is missing");
    if (choices->join &&
        !parse_range(choices->join, &work->join_least, &work->join_most))
        return pinna_usage_error(&usage,
                                 "--join %s: not a range of 1 to 1000 like 3-7",
                                 choices->join);
    if (!choices->join && choices->noise.n_items == 0)
        return pinna_usage_error(&usage, "--noise LIST is missing");
    if (!pinna_parse_numbers(choices->snrs, -100, 100, settings->snrs_db,
                             PINNA_MAX_SNRS, &settings->n_snrs))
        return pinna_usage_error(
            &usage, "--snr %s: not numbers from -100 to 100 with commas",
            choices->snrs);
    if (choices->join && choices->noise.n_items == 0)
        settings->n_snrs = 1;
    if (choices->join &&
        (settings->seconds != 0 || !isnan(settings->level_db) ||
         settings->n_noise_only > 0 || settings->n_clean_only > 0 ||
         choices->rooms.n_items > 0))
        return pinna_usage_error(&usage,
                                 "--seconds, --level, --rooms, --noise-only "
                                 "and --clean-only are of pairs, not of "
                                 "--join");
    if (settings->seconds == 0)
        settings->seconds = 6;
    if (isnan(settings->level_db))
        settings->level_db = -26;
    settings->folder = choices->output;
    work->folder = (pinna_mix_folder){choices->output, choices->join != NULL};
    settings->sample_rate = (unsigned)choices->rate;
    settings->n_pairs = choices->count;
    if (pinna_mix_count(settings) == 0)
        return pinna_usage_error(&usage, "--count 0 makes nothing");
    return -1;
}

/* A list that cannot be read is no start, nor one that would be written over.
 */
static int read_list(const struct work *work, const pinna_list *files,
                     const char *option, pinna_sound_list *list)
{
    if (pinna_sound_list_read("mix", files, false, list)) {
        pinna_message("pinna mix: out of memory");
        return PINNA_EXIT_START;
    }
    if (list->n_failed > 0)
        return PINNA_EXIT_START;
    if (files->n_items > 0 && list->n_items == 0)
        return pinna_usage_error(&usage, "%s names no recording", option);
    return pinna_mix_folder_refuse(&usage, &work->folder, files, list);
}

static int parse(int argc, char **argv, struct choices *choices,
                 pinna_mix_settings *settings)
{
    const pinna_option options[] = {
        {"speech", 's', "LIST...", "recordings of speech",
         .list = &choices->speech},
        {"noise", 'n', "LIST...", "recordings of noise",
         .list = &choices->noise},
        {"rooms", 0, "LIST...",
         "room responses; the speech of both sides is put into\none of them",
         .list = &choices->rooms},
        {"output", 'o', "FOLDER", "where it all goes",
         .text = &choices->output},
        {"count", 0, "N", "pairs or strings to make (100)",
         .count = &choices->count, .low = 0, .high = 1e6},
        {"snr", 0, "DB,...",
         "active speech level over noise level, taken in turn\n"
         "(-5,0,5,10,15)",
         .text = &choices->snrs},
        {"seconds", 0, "S", "length of a pair (6)",
         .number = &settings->seconds, .low = 0.5, .high = 3600},
        {"level", 0, "DB", "active speech level, dB re full scale (-26)",
         .number = &settings->level_db, .low = -90, .high = 0},
        {"noise-only", 0, "N", "pairs of noise and silence on top",
         .count = &settings->n_noise_only, .low = 0, .high = 1e6},
        {"clean-only", 0, "N", "pairs of twice the same clean speech on top",
         .count = &settings->n_clean_only, .low = 0, .high = 1e6},
        {"join", 0, "MIN-MAX",
         "make strings of MIN to MAX utterances instead of\npairs",
         .text = &choices->join},
        {"rate", 'r', "HZ", "sample rate of what is made (16000)",
         .count = &choices->rate, .low = PINNA_MIN_SAMPLE_RATE,
         .high = PINNA_MAX_SAMPLE_RATE},
        {"seed", 0, "N", "another seed, other material (1)",
         .seed = &settings->seed},
        {"jobs", 'j', "N", "pairs at a time (default: one per processor)",
         .count = &choices->n_jobs, .low = 1, .high = 256},
        {"quiet", 'q', NULL, "no progress and no lines on stderr",
         .flag = &choices->quiet},
    };

    return pinna_options_parse(
        &usage, options, sizeof options / sizeof options[0], argc, argv, NULL);
}

int pinna_cmd_mix(int argc, char **argv)
{
    pinna_sound_list speech = {0}, noise = {0}, rooms = {0};
    struct choices choices = {.snrs = "-5,0,5,10,15",
                              .count = 100,
                              .rate = 16000,
                              .n_jobs = pinna_default_jobs()};
    struct work work = {.settings = {.speech = &speech,
                                     .noise = &noise,
                                     .rooms = &rooms,
                                     .level_db = NAN,
                                     .seed = 1}};

    int code = parse(argc, argv, &choices, &work.settings);
    if (code < 0)
        code = settle(&choices, &work);
    if (code < 0)
        code = read_list(&work, &choices.speech, "--speech", &speech);
    if (code < 0)
        code = read_list(&work, &choices.noise, "--noise", &noise);
    if (code < 0)
        code = read_list(&work, &choices.rooms, "--rooms", &rooms);
    if (code < 0)
        code = run(&work, choices.n_jobs, choices.quiet);

    pinna_output_file_abort(&work.manifest);
    free(work.items);
    pinna_joined_free(&work.string);
    pinna_mix_plan_free(&work.plan);
    pinna_sound_list_free(&rooms);
    pinna_sound_list_free(&noise);
    pinna_sound_list_free(&speech);
    pinna_list_free(&choices.rooms);
    pinna_list_free(&choices.noise);
    pinna_list_free(&choices.speech);
    return code;
}
