/* tools/cmd_features.c -- `pinna features`: recordings to MFCC or log-mel
 * frames */
#include "tools/command.h"
#include "tools/features_file.h"
#include "tools/interrupt.h"
#include "tools/jobs.h"
#include "tools/options.h"
#include "tools/output_paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const pinna_usage usage = {
    .command = "features",
    .synopsis = "[options] FILE... -o OUT",
    .summary =
        "Write the feature frames of recordings as NumPy arrays (.npy), "
        "float32 "
        "[frames,\ncoefficients]. Options carry Kaldi's names and defaults; "
        "there is no dither.\nChannels are averaged.",
    .examples =
        "  pinna features in.wav -o out.npy\n"
        "  pinna features *.flac -o feats/ --type fbank --num-mel-bins 80\n"
        "  pinna features in.mp3 -o out.npy --rate 16000 --snip-edges=false\n",
};

static const char *const type_names[] = {"fbank", "mfcc"};

struct item {
    pinna_features_result result;
    pinna_status status;
    pinna_error error;
};

struct work {
    const pinna_list *files;
    char **outputs;
    struct item *items;
    pinna_features_settings settings;
    bool quiet;
    size_t n_failed;
};

/* What options hold until they are checked. */
struct choices {
    const char *output, *type, *window;
    size_t rate, n_jobs;
};

static bool work_on(void *user, size_t index)
{
    const struct work *work = user;
    struct item *item = &work->items[index];

    item->status =
        pinna_features_file(&work->settings, work->files->items[index],
                            work->outputs[index], &item->result, &item->error);
    return item->status != PINNA_INTERRUPTED;
}

static void finish(void *user, size_t index)
{
    struct work *work = user;
    const struct item *item = &work->items[index];

    if (item->status) {
        work->n_failed++;
        pinna_message("pinna features: %s", item->error.text);
    } else if (!work->quiet) {
        pinna_message("%s -> %s: %zu frames of %zu at %u Hz",
                      work->files->items[index], work->outputs[index],
                      item->result.n_frames, item->result.n_columns,
                      item->result.sample_rate);
    }
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
    const size_t n_done = pinna_jobs_run(&(pinna_jobs){.n_items = n,
                                                       .n_threads = n_jobs,
                                                       .user = work,
                                                       .work = work_on,
                                                       .finish = finish});
    pinna_progress_end(&progress);
    free(work->items);
    if (pinna_interrupted() && n_done < n)
        return PINNA_EXIT_INTERRUPTED;
    return work->n_failed || n_done < n ? PINNA_EXIT_INPUT : PINNA_EXIT_DONE;
}

/* Names to values, and a trial at a common rate so that options out of range
 * are told once and not for each file. Returns -1 to go on, or the exit
 * code. */
static int settle(const struct choices *choices, struct work *work)
{
    pinna_fbank_config *config = &work->settings.config;
    const size_t type = pinna_parse_choice(choices->type, type_names, 2);
    pinna_features *trial;
    pinna_error error = {""};

    if (work->files->n_items == 0)
        return pinna_usage_error(&usage, "no FILE");
    if (!choices->output)
        return pinna_usage_error(&usage, "where to? -o OUT is missing");
    if (type == 2)
        return pinna_usage_error(&usage, "--type %s: neither mfcc nor fbank",
                                 choices->type);
    config->type = type == 0 ? PINNA_FEATURE_FBANK : PINNA_FEATURE_MFCC;
    if (pinna_window_from_name(choices->window, &config->window))
        return pinna_usage_error(&usage,
                                 "--window-type %s: none of povey, hanning, "
                                 "hamming, rectangular, blackman, sine",
                                 choices->window);
    work->settings.sample_rate = (unsigned)choices->rate;
    if (choices->rate > 0) {
        config->sample_rate = (double)choices->rate;
        if (pinna_features_new(config, &trial, &error))
            return pinna_usage_error(&usage, "%s", error.text);
        pinna_features_free(trial);
    }
    return -1;
}

static int parse(int argc, char **argv, struct choices *choices,
                 struct work *work, pinna_list *files)
{
    pinna_fbank_config *config = &work->settings.config;
    const pinna_option options[] = {
        {"output", 'o', "OUT",
         "the .npy to write; a folder for several FILEs;\n- for stdout",
         .text = &choices->output},
        {"type", 't', "TYPE", "mfcc (default) or fbank (log-mel energies)",
         .text = &choices->type},
        {"rate", 'r', "HZ", "resample to HZ first (default: the file's rate)",
         .count = &choices->rate, .low = 1000, .high = 768000},
        {"frame-length", 0, "MS", "length of a frame (25)",
         .number = &config->frame_length_ms, .low = 1, .high = 1000},
        {"frame-shift", 0, "MS", "from frame to frame (10)",
         .number = &config->frame_shift_ms, .low = 0.1, .high = 1000},
        {"window-type", 0, "NAME",
         "povey (default), hanning, hamming, rectangular,\nblackman, sine",
         .text = &choices->window},
        {"preemphasis-coefficient", 0, "C", "0 .. 1 (0.97)",
         .number = &config->preemphasis, .low = 0, .high = 1},
        {"remove-dc-offset", 0, NULL, "=false to keep the mean of a frame",
         .flag = &config->remove_dc_offset},
        {"snip-edges", 0, NULL,
         "=false: as many frames as shifts, the ends mirrored",
         .flag = &config->snip_edges},
        {"round-to-power-of-two", 0, NULL, "=false: no padding of the frame",
         .flag = &config->round_to_power_of_two},
        {"num-mel-bins", 0, "N", "mel bands (23)", .count = &config->n_mels,
         .low = 1, .high = 1024},
        {"low-freq", 0, "HZ", "lowest edge (20)", .number = &config->low_hz,
         .low = 0, .high = 384000},
        {"high-freq", 0, "HZ", "highest edge; up to 0 counts from Nyquist (0)",
         .number = &config->high_hz, .low = -384000, .high = 384000},
        {"use-log-fbank", 0, NULL, "=false: fbank without logarithm",
         .flag = &config->use_log},
        {"use-power", 0, NULL, "=false: magnitude instead of power",
         .flag = &config->use_power},
        {"use-energy", 0, NULL, "energy for C0 (mfcc) or as first (fbank)",
         .flag = &config->use_energy},
        {"raw-energy", 0, NULL, "=false: energy after the window",
         .flag = &config->raw_energy},
        {"energy-floor", 0, "X", "floor of that energy (1)",
         .number = &config->energy_floor, .low = 0, .high = 1e30},
        {"num-ceps", 0, "N", "cepstra, C0 included (13)",
         .count = &config->n_ceps, .low = 1, .high = 1024},
        {"cepstral-lifter", 0, "L", "lifter, 0 for none (22)",
         .number = &config->lifter, .low = 0, .high = 1000},
        {"jobs", 'j', "N", "files at a time (default: one per processor)",
         .count = &choices->n_jobs, .low = 1, .high = 256},
        {"quiet", 'q', NULL, "no progress and no lines on stderr",
         .flag = &work->quiet},
    };

    return pinna_options_parse(
        &usage, options, sizeof options / sizeof options[0], argc, argv, files);
}

int pinna_cmd_features(int argc, char **argv)
{
    pinna_list files = {0};
    struct choices choices = {
        .type = "mfcc", .window = "povey", .n_jobs = pinna_default_jobs()};
    struct work work = {.files = &files,
                        .settings.config =
                            pinna_fbank_config_default(PINNA_FEATURE_MFCC)};

    int code = parse(argc, argv, &choices, &work, &files);
    if (code < 0)
        code = settle(&choices, &work);
    if (code < 0)
        code = pinna_output_paths(&usage, &files, choices.output, ".npy",
                                  &work.outputs);
    if (code < 0)
        code = run(&work, choices.n_jobs);
    pinna_output_paths_free(work.outputs, files.n_items);
    pinna_list_free(&files);
    return code;
}
