/* tools/cmd_features.c -- `pinna features`: recordings to MFCC or log-mel
 * frames */
#include "datasets/cmvn_file.h"
#include "tools/command.h"
#include "tools/feature_output.h"
#include "tools/feature_settings.h"
#include "tools/features_file.h"
#include "tools/interrupt.h"
#include "tools/jobs.h"
#include "tools/json_writer.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/output_paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const pinna_usage usage = {
    .command = "features",
    .synopsis = "[options] FILE... -o OUT",
    .summary =
        "Write the feature frames of recordings as matrices [frames, "
        "coefficients] of\nNumPy (.npy), Kaldi, HTK or CSV: spectra, mel bands "
        "or MFCC as "
        "Kaldi, HTK, torchaudio,\nlibrosa or Whisper compute them. Channels "
        "are averaged. Every option changes one\nvalue of the preset; "
        "--show-config prints them all.",
    .examples =
        "  pinna features in.wav -o out.npy\n"
        "  pinna features *.flac -o feats/ --type fbank --num-mel-bins 80\n"
        "  pinna features in.mp3 -o out.npy --rate 16000 --preset librosa\n"
        "  pinna features *.wav -o all.ark --type fbank --use-energy\n"
        "  pinna features in.wav -o out.npy --cmvn sliding --delta-order 2\n"
        "  pinna features *.wav --write-cmvn-stats train.cmvn\n"
        "  pinna features *.wav -o all.ark --cmvn global --cmvn-stats "
        "train.cmvn\n"
        "  pinna features --preset whisper --n-mels 128 --show-config > "
        "v3.json\n"
        "  pinna features in.wav -o out.npy --config v3.json\n",
};

struct item {
    pinna_features_result result;
    pinna_matrix matrix;    /* of an archive, until it is in there */
    pinna_cmvn_stats stats; /* of these frames, until they are in the total */
    pinna_status status;
    pinna_error error;
};

struct work {
    const pinna_list *files;
    char **outputs; /* one each, or NULL for an archive */
    struct item *items;
    pinna_features_settings settings;
    pinna_feature_format format;
    const char *output; /* as given; the statistics when they are wanted */
    pinna_feature_archive *archive;
    bool counts;                   /* to statistics instead of frames */
    pinna_cmvn_stats total, given; /* of this run, of --cmvn-stats */
    pinna_json json;               /* without a file: no JSON is wanted */
    bool quiet;
    size_t n_failed;
};

/* What options hold until they are checked. */
struct choices {
    pinna_feature_settings features;
    const char *output, *format, *stats_output;
    size_t n_jobs;
    bool show_config, json;
};

/* To a .npy row by row; else to a matrix, which is written when all of it is
 * there: here, or into the archive when its turn comes. */
static bool work_on(void *user, size_t index)
{
    const struct work *work = user;
    struct item *item = &work->items[index];
    const char *input = work->files->items[index];
    pinna_features_target target = {0};

    if (work->counts)
        target.stats = &item->stats;
    else if (work->format == PINNA_FORMAT_NPY)
        target.npy_path = work->outputs[index];
    else
        target.matrix = &item->matrix;
    item->status = pinna_features_file(&work->settings, input, &target,
                                       &item->result, &item->error);
    if (item->status || !target.matrix)
        return item->status != PINNA_INTERRUPTED;
    const double rate = item->result.sample_rate;
    item->matrix.frame_shift_ms =
        pinna_front_end_shift(&work->settings.config, rate) / rate * 1000;
    item->matrix.htk_kind = pinna_feature_htk_kind(&work->settings.config);
    if (pinna_feature_format_is_archive(work->format)) {
        item->status =
            pinna_matrix_set_key_of_file(&item->matrix, input, &item->error);
    } else {
        item->status = pinna_feature_write(work->outputs[index], work->format,
                                           &item->matrix, &item->error);
        pinna_matrix_free(&item->matrix);
    }
    return true;
}

/* In the order of the inputs, so that the bits of the sums are those of any
 * number of jobs. */
static pinna_status count_frames(struct work *work, const char *input,
                                 struct item *item)
{
    pinna_cmvn_stats *total = &work->total;

    if (total->dim == 0) {
        *total = item->stats;
        item->stats = (pinna_cmvn_stats){0};
    } else if (pinna_cmvn_stats_merge(total, &item->stats)) {
        return pinna_fail(&item->error, PINNA_BAD_ARG,
                          "%s: frames of %zu values, those before have %zu",
                          input, item->stats.dim, total->dim);
    }
    return PINNA_OK;
}

static void write_json(pinna_json *json, const char *input, const char *output,
                       const struct item *item)
{
    const pinna_features_result *result = &item->result;

    pinna_json_open(json, NULL, '{');
    pinna_json_string(json, "input", input);
    if (item->status) {
        pinna_json_string(json, "error", item->error.text);
    } else {
        pinna_json_string(json, "output", output);
        if (item->matrix.key)
            pinna_json_string(json, "key", item->matrix.key);
        pinna_json_count(json, "frames", result->n_frames);
        pinna_json_count(json, "columns", result->n_columns);
        pinna_json_count(json, "sample_rate", result->sample_rate);
        pinna_json_number(json, "duration", result->duration_s, 6);
        pinna_json_count(json, "channels", result->n_channels);
    }
    pinna_json_close(json, '}');
}

static void finish(void *user, size_t index)
{
    struct work *work = user;
    struct item *item = &work->items[index];
    const char *input = work->files->items[index];
    const char *output = work->outputs ? work->outputs[index] : work->output;

    if (work->archive && !item->status)
        item->status = pinna_feature_archive_add(work->archive, &item->matrix,
                                                 &item->error);
    if (work->counts && !item->status)
        item->status = count_frames(work, input, item);
    if (item->status) {
        work->n_failed++;
        pinna_message("pinna features: %s", item->error.text);
    } else if (!work->quiet) {
        pinna_message("%s -> %s: %zu frames of %zu at %u Hz", input, output,
                      item->result.n_frames, item->result.n_columns,
                      item->result.sample_rate);
    }
    if (work->json.file)
        write_json(&work->json, input, output, item);
    pinna_matrix_free(&item->matrix);
    pinna_cmvn_stats_free(&item->stats);
}

static pinna_status write_stats(const struct work *work, pinna_error *error)
{
    pinna_output_file output;

    if (work->total.count <= 0)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: not written: there are no frames", work->output);
    pinna_status status = pinna_output_file_open(work->output, &output, error);
    if (status)
        return status;
    status = pinna_cmvn_file_write(output.stream, &work->total);
    if (status)
        pinna_fail(error, status, "%s: out of memory", work->output);
    return pinna_output_file_end(&output, status, error);
}

/* Of an archive what was finished is kept; statistics of a part are not what
 * was asked for. */
static int close_outputs(struct work *work, bool interrupted)
{
    pinna_error error = {""};
    pinna_status status = PINNA_OK;

    if (work->archive)
        status = pinna_feature_archive_commit(work->archive, &error);
    else if (work->counts && !interrupted)
        status = write_stats(work, &error);
    if (!status)
        return PINNA_EXIT_DONE;
    pinna_message("pinna features: %s", error.text);
    return work->archive ? PINNA_EXIT_START : PINNA_EXIT_INPUT;
}

static int run(struct work *work, size_t n_jobs)
{
    const size_t n = work->files->n_items;
    pinna_progress progress;

    work->items = calloc(n, sizeof *work->items);
    if (!work->items) {
        pinna_message("pinna features: out of memory");
        return PINNA_EXIT_START;
    }
    work->settings.progress = &progress;
    work->settings.n_files = n;
    pinna_progress_start(&progress, "features", work->quiet);
    if (work->json.file)
        pinna_json_open(&work->json, NULL, '[');
    const size_t n_done = pinna_jobs_run(&(pinna_jobs){.n_items = n,
                                                       .n_threads = n_jobs,
                                                       .user = work,
                                                       .work = work_on,
                                                       .finish = finish});
    if (work->json.file)
        pinna_json_close(&work->json, ']');
    pinna_progress_end(&progress);
    for (size_t i = 0; i < n; i++) { /* those behind an interrupt */
        pinna_matrix_free(&work->items[i].matrix);
        pinna_cmvn_stats_free(&work->items[i].stats);
    }
    free(work->items);
    const bool interrupted = pinna_interrupted() && n_done < n;
    const int code = close_outputs(work, interrupted);
    if (code != PINNA_EXIT_DONE)
        return code;
    return pinna_jobs_exit_code(n, n_done, work->n_failed);
}

/* The statistics to normalise by, if any. Returns -1 to go on, or the exit
 * code. */
static int settle_cmvn(pinna_feature_settings *features, struct work *work)
{
    pinna_front_end_config *config = &features->config;
    pinna_error error = {""};

    if (work->counts) { /* they are of what comes before these stages */
        config->cmvn = PINNA_CMVN_NONE;
        config->delta.order = 0;
        config->splice_left = config->splice_right = 0;
        config->subsample = 1;
        return -1;
    }
    if (config->cmvn == PINNA_CMVN_GLOBAL && !features->cmvn_stats)
        return pinna_usage_error(&usage, "--cmvn global needs --cmvn-stats");
    if (!features->cmvn_stats)
        return -1;
    if (config->cmvn != PINNA_CMVN_GLOBAL && config->cmvn != PINNA_CMVN_ONLINE)
        return pinna_usage_error(
            &usage, "--cmvn-stats needs --cmvn global or --cmvn online");
    if (pinna_cmvn_file_read(features->cmvn_stats, &work->given, &error)) {
        pinna_message("pinna features: %s", error.text);
        return PINNA_EXIT_START;
    }
    config->global = &work->given;
    return -1;
}

/* The front end, and a trial of it so that options out of range are told once
 * and not for each file. Returns -1 to go on, or the exit code. */
static int settle_front_end(const struct choices *choices,
                            pinna_feature_settings *features, struct work *work)
{
    pinna_front_end *trial;
    pinna_error error = {""};

    if (pinna_feature_settings_settle(features, &error))
        return pinna_usage_error(&usage, "%s", error.text);
    work->counts = choices->stats_output && !choices->show_config;
    const int code = settle_cmvn(features, work);
    if (code >= 0)
        return code;
    work->settings.config = features->config;
    work->settings.sample_rate = (unsigned)features->rate;
    work->settings.expected_rate = (unsigned)features->sample_frequency;
    if (features->rate > 0 || features->sample_frequency > 0 ||
        choices->show_config) {
        const unsigned rate = (unsigned)features->config.features.sample_rate;
        if (pinna_front_end_new(&features->config, rate, &trial, &error))
            return pinna_usage_error(&usage, "%s", error.text);
        pinna_front_end_free(trial);
    }
    return -1;
}

/* Returns -1 to go on, or the exit code. */
static int settle(struct choices *choices, struct work *work)
{
    const int code = settle_front_end(choices, &choices->features, work);
    if (code >= 0)
        return code;
    if (choices->show_config) {
        pinna_json json = {.file = stdout};
        pinna_feature_settings_print(&choices->features, &json);
        return PINNA_EXIT_DONE;
    }
    if (work->files->n_items == 0)
        return pinna_usage_error(&usage, "no FILE");
    if (work->counts && choices->output)
        return pinna_usage_error(
            &usage, "--write-cmvn-stats writes no frames: leave -o out");
    work->output = work->counts ? choices->stats_output : choices->output;
    if (!work->output)
        return pinna_usage_error(&usage, "where to? -o OUT is missing");
    if (choices->json && strcmp(work->output, "-") == 0)
        return pinna_usage_error(
            &usage, "--json and the result would both go to standard output");
    if (pinna_feature_format_of(choices->format, work->output, &work->format))
        return pinna_usage_error(&usage, "--format %s: no such format",
                                 choices->format);
    if (choices->json)
        work->json.file = stdout;
    return -1;
}

/* Where the frames go. Returns -1 to go on, or the exit code. */
static int open_outputs(struct work *work)
{
    pinna_error error = {""};
    int code = pinna_refuse_own_input(&usage, work->files, work->output);

    if (code >= 0 || work->counts)
        return code;
    if (!pinna_feature_format_is_archive(work->format)) {
        code = pinna_output_paths(&usage, work->files, work->output,
                                  pinna_feature_format_suffix(work->format),
                                  &work->outputs);
        return code >= 0 ? code
                         : pinna_refuse_own_inputs(&usage, work->files,
                                                   work->outputs);
    }
    code = pinna_refuse_twin_names(&usage, work->files);
    if (code >= 0)
        return code;
    if (!pinna_feature_archive_open(work->output, work->format, &work->archive,
                                    &error))
        return -1;
    pinna_message("pinna features: %s", error.text);
    return PINNA_EXIT_START;
}

static int parse(int argc, char **argv, struct choices *choices,
                 struct work *work, pinna_list *files)
{
    pinna_option options[PINNA_FEATURE_OPTIONS + 8] = {
        {"output", 'o', "OUT",
         "the file to write; a folder for several FILEs, unless\nit is an "
         "archive; - for stdout",
         .text = &choices->output},
        {"format", 'f', "NAME",
         "npy, htk, csv, or one Kaldi archive of all with its\n.scp: ark, "
         "ark-text, ark-cm, ark-cm2, ark-cm3; default:\nby the name of OUT",
         .text = &choices->format},
        {"jobs", 'j', "N", "files at a time (default: one per processor)",
         .count = &choices->n_jobs, .low = 1, .high = 256},
        {"write-cmvn-stats", 0, "FILE",
         "instead of frames: their statistics over all FILEs,\nbefore "
         "normalisation, deltas and splicing, as Kaldi's\ncompute-cmvn-stats "
         "writes them",
         .text = &choices->stats_output},
        {"json", 0, NULL, "figures on stdout as JSON", .flag = &choices->json},
        {"quiet", 'q', NULL, "no progress and no lines on stderr",
         .flag = &work->quiet},
        {"show-config", 0, NULL, "print all settings as JSON and end",
         .flag = &choices->show_config},
    };
    const size_t n =
        7 + pinna_feature_settings_options(&choices->features, options + 7);

    return pinna_options_parse(&usage, options, n, argc, argv, files);
}

/* The preset and the file of settings first, then the options over them: they
 * are read twice. */
static int parse_over_base(int argc, char **argv, struct choices *choices,
                           struct work *work, pinna_list *files)
{
    pinna_list first_files = {0};
    pinna_error error = {""};

    pinna_feature_settings_default(&choices->features);
    const int code = parse(argc, argv, choices, work, &first_files);
    pinna_list_free(&first_files);
    if (code >= 0)
        return code;
    if (pinna_feature_settings_base(&choices->features, &error))
        return pinna_usage_error(&usage, "%s", error.text);
    return parse(argc, argv, choices, work, files);
}

int pinna_cmd_features(int argc, char **argv)
{
    pinna_list files = {0};
    struct choices choices = {.n_jobs = pinna_default_jobs()};
    struct work work = {.files = &files};

    int code = parse_over_base(argc, argv, &choices, &work, &files);
    if (code < 0)
        code = settle(&choices, &work);
    if (code < 0)
        code = open_outputs(&work);
    if (code < 0)
        code = run(&work, choices.n_jobs);
    if (work.outputs)
        pinna_output_paths_free(work.outputs, files.n_items);
    pinna_cmvn_stats_free(&work.total);
    pinna_cmvn_stats_free(&work.given);
    pinna_feature_settings_free(&choices.features);
    pinna_list_free(&files);
    return code;
}
