#include "tools/train_ctc.h"

#include "datasets/labels.h"
#include "rnn/model_check.h"
#include "tools/command.h"
#include "tools/ctc_data.h"
#include "tools/ctc_model.h"
#include "tools/ctc_task.h"
#include "tools/ctc_units.h"
#include "tools/options.h"
#include "tools/same_run.h"
#include "tools/train_settings.h"
#include "tools/training_note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digital silence must not lie far outside the range of real rooms: about the
 * band energy of one 16-bit step of dither. */
#define MEL_FLOOR 100

static const pinna_usage usage = {
    .command = "train ctc",
    .synopsis = "[options] --train MANIFEST... -o MODEL",
    .summary =
        "Train a recogniser with CTC. Every item is changed at random: speed,\n"
        "room, filter, noise, level; short clips of one speaker are joined to\n"
        "strings. With --words each word is a token; put <unk> among them and\n"
        "it stands for every other word. With --subwords tokens are frequent\n"
        "pieces of words (byte-pair encoding). Without, they are characters.\n"
        "Texts are made lower-case; a character that no token has is an "
        "error.\n"
        "\n" PINNA_MANIFEST_HELP,
    .examples =
        "  pinna train ctc --train train.jsonl --val dev.jsonl -o "
        "my.safetensors\n"
        "  pinna train ctc --train digits.jsonl sentences.jsonl --weights 4,1 "
        "\\\n"
        "      --words \"zero one two three four five six seven eight nine "
        "<unk>\" \\\n"
        "      --noise noise.jsonl --join 7 --rate 8000 -o "
        "digits.safetensors\n"
        "  pinna train ctc --train LibriSpeech/train-clean-100 --subwords 500 "
        "\\\n"
        "      --val LibriSpeech/dev-clean --max-seconds 20 -o "
        "english.safetensors\n"
        "  pinna train ctc --train cv/en/train.tsv kaldi/data/train -o "
        "my.safetensors\n",
};

typedef struct settings {
    pinna_ctc_sources sources;
    const char *weights, *words, *init, *type, *cell_name;
    pinna_cell_kind cell;
    bool bidirectional, learned_state, layer_norm;
    size_t n_subwords, n_dense, n_hidden, n_layers, n_mels, stack, stride,
        max_join;
    double manifest_weights[PINNA_CTC_MAX_MANIFESTS];
    double low_hz, high_hz, low_snr_db, high_snr_db, noise_only, dropout;
    bool plain;
    pinna_ctc_distortion distortion;
    pinna_train_settings shared;
} settings;

static pinna_status make_labels(const settings *s, pinna_labels *labels,
                                pinna_error *error)
{
    const pinna_ctc_units units = {.words = s->words,
                                   .n_subwords = s->n_subwords,
                                   .init = s->init,
                                   .quiet = s->shared.train.quiet};
    return pinna_ctc_units_make(&units, &s->sources.training, labels, error);
}

static pinna_fbank_config ear_config(const settings *s)
{
    pinna_fbank_config config = pinna_fbank_config_default(
        strcmp(s->type, "mfcc") == 0 ? PINNA_FEATURE_MFCC
                                     : PINNA_FEATURE_FBANK);
    config.sample_rate = s->sources.sample_rate;
    config.n_mels = s->n_mels;
    config.low_hz = s->low_hz;
    config.high_hz = s->high_hz;
    config.mel_floor = MEL_FLOOR;
    return config;
}

static pinna_status new_model(const settings *s, const pinna_labels *labels,
                              pinna_model **model, pinna_error *error)
{
    const pinna_ctc_model_config config = {
        .init = s->init,
        .ear = ear_config(s),
        .stack = s->stack,
        .stride = s->stride,
        .network = {.n_dense = s->n_dense,
                    .n_hidden = s->n_hidden,
                    .n_layers = s->n_layers,
                    .cell = s->cell,
                    .bidirectional = s->bidirectional,
                    .learned_state = s->learned_state,
                    .layer_norm = s->layer_norm},
        .seed = s->shared.train.seed,
        .quiet = s->shared.train.quiet,
    };
    return pinna_ctc_model_new(&config, labels, model, error);
}

static pinna_status check_ranks(const settings *s, const pinna_ctc_data *d,
                                const pinna_model *model, pinna_error *error)
{
    const pinna_named_data data[] = {
        {"training recordings", d->training, s->sources.training.n_items, 0},
        {"validation recordings", &d->validation, 1, 0},
        {"noise", &d->noise, 1, 0},
        {"room responses", &d->rooms, 1, 0},
    };
    return pinna_same_run(s->shared.train.ranks, usage.command,
                          s->shared.options, s->shared.n_options, model, data,
                          sizeof data / sizeof *data, error);
}

static pinna_status train(const settings *s, const pinna_ctc_data *d,
                          const pinna_labels *labels, pinna_model *model,
                          pinna_error *error)
{
    const pinna_train_options *options = &s->shared.train;
    pinna_ctc_task *task = NULL;
    pinna_ctc_task_config config = {
        .training = {.corpora = d->training,
                     .weights = s->manifest_weights,
                     .n_corpora = s->sources.training.n_items,
                     .noise = d->noise.n_clips > 0 ? &d->noise : NULL,
                     .rooms = d->rooms.n_clips > 0 ? &d->rooms : NULL,
                     .sample_rate = (unsigned)s->sources.sample_rate,
                     .max_join = s->max_join,
                     .join_below_s = 1.5,
                     .low_snr_db = s->low_snr_db,
                     .high_snr_db = s->high_snr_db,
                     .noise_only_share = s->noise_only,
                     .plain = s->plain},
        .distortion = s->distortion,
        .validation = &d->validation,
        .labels = labels,
        .dropout = s->dropout,
        .max_seconds = s->sources.max_seconds,
        .plan = pinna_share_plan_of(options),
        .ahead = true,
    };

    if (s->distortion.masks.freq_mask_width == 0)
        config.distortion.masks.freq_mask_width =
            model->network.config.n_in / model->ctc_ear.stack / 5;
    pinna_status status = pinna_ctc_task_new(&config, model, &task, error);
    if (!status && !model->offset) {
        status = pinna_ctc_task_normalise(task, model, 400);
        if (status)
            pinna_fail(error, status, "cannot set up training: %s",
                       pinna_strerror(status));
    }
    if (!status)
        status = pinna_training_note(model, usage.command, s->shared.options,
                                     s->shared.n_options, error);
    if (!status)
        status = check_ranks(s, d, model, error);
    if (!status) {
        const pinna_train_task interface = pinna_ctc_task_interface(task);
        status = pinna_train(options, &interface, model, error);
    }
    pinna_ctc_task_free(task);
    return status;
}

static pinna_status load_and_train(const settings *s,
                                   const pinna_labels *labels,
                                   pinna_model *model, pinna_error *error)
{
    pinna_ctc_data *data = calloc(1, sizeof *data);
    if (!data)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");

    /* What could not be written is better told now than after the training. */
    pinna_status status =
        pinna_model_check(model, s->shared.train.output, error);
    if (!status)
        status = pinna_ctc_data_load(&s->sources, &model->ctc_ear, labels, data,
                                     error);
    if (!status)
        status = train(s, data, labels, model, error);
    pinna_ctc_data_free(data);
    free(data);
    return status;
}

static int run(settings *s)
{
    pinna_labels labels = {0};
    pinna_model *model = NULL;
    pinna_error error = {""};
    int code = PINNA_EXIT_DONE;

    pinna_status status = pinna_train_settings_join(&s->shared, &error);
    s->sources.quiet = s->shared.train.quiet;
    if (!status)
        status = make_labels(s, &labels, &error);
    if (!status)
        status = new_model(s, &labels, &model, &error);
    if (!status && s->shared.dry_run)
        status = pinna_ctc_data_check(&s->sources, &model->ctc_ear, &labels,
                                      &code, &error);
    else if (!status)
        status = load_and_train(s, &labels, model, &error);
    pinna_model_free(model);
    pinna_labels_free(&labels);
    return pinna_train_settings_leave(&usage, &s->shared, status, &error, code);
}

/* One weight per manifest; equal ones when none is given. */
static bool read_weights(settings *s)
{
    size_t n = s->sources.training.n_items;
    if (!s->weights) {
        for (size_t i = 0; i < n; i++)
            s->manifest_weights[i] = 1;
        return true;
    }
    return pinna_parse_numbers(s->weights, 0, 1e6, s->manifest_weights,
                               PINNA_CTC_MAX_MANIFESTS, &n) &&
           n == s->sources.training.n_items;
}

static int parse_and_run(settings *s, int argc, char **argv)
{
    pinna_ctc_distortion *distortion = &s->distortion;
    const pinna_option own[] = {
        {"train", 0, "MANIFEST", "speech with texts; repeat or list several",
         .list = &s->sources.training},
        {"weights", 0, "W,W...",
         "how often each manifest is drawn from (default: equally)",
         .text = &s->weights},
        {"val", 0, "MANIFEST", "speech to validate on",
         .list = &s->sources.validation},
        {"noise", 0, "MANIFEST", "noise to mix in", .list = &s->sources.noise},
        {"rooms", 0, "MANIFEST", "room responses", .list = &s->sources.rooms},
        {"words", 0, "WORDS", "the vocabulary; without: characters",
         .text = &s->words},
        {"subwords", 0, "N",
         "or N pieces of words, learned from the texts (default 0: none)",
         .count = &s->n_subwords, .low = 0, .high = PINNA_MAX_TOKENS - 1},
        {"init", 0, "MODEL",
         "start from this model; with other --words its output layer is new;\n"
         "without, one of subwords keeps them",
         .text = &s->init},
        {"join", 0, "N", "join up to N short clips to a string (default 1)",
         .count = &s->max_join, .low = 1, .high = PINNA_MAX_JOIN},
        {"type", 0, "TYPE", "fbank or mfcc (default fbank)", .text = &s->type},
        {"rate", 0, "HZ", "sample rate of the model (default 16000)",
         .number = &s->sources.sample_rate, .low = 4000, .high = 96000},
        {"num-mel-bins", 0, "N", "mel bands (default 40)", .count = &s->n_mels,
         .low = 2, .high = 512},
        {"low-freq", 0, "HZ", "lowest frequency (default 60)",
         .number = &s->low_hz, .low = 0, .high = 48000},
        {"high-freq", 0, "HZ", "highest; <= 0 from Nyquist (default 0)",
         .number = &s->high_hz, .low = -48000, .high = 48000},
        {"stack", 0, "N", "feature frames seen at once (default 5)",
         .count = &s->stack, .low = 1, .high = 64},
        {"stride", 0, "N", "feature frames per network step (default 3)",
         .count = &s->stride, .low = 1, .high = 64},
        {"dense", 0, "N", "width of a first dense layer (default 0: none)",
         .count = &s->n_dense, .low = 0, .high = PINNA_MAX_WIDTH},
        {"hidden", 0, "N", "cells of each recurrent layer (default 128)",
         .count = &s->n_hidden, .low = 1, .high = PINNA_MAX_WIDTH},
        {"layers", 0, "N", "recurrent layers (default 2)",
         .count = &s->n_layers, .low = 1, .high = PINNA_MAX_LAYERS},
        {"cell", 0, "KIND",
         "gru (default), gru_reset_before, lstm, rnn_tanh or\nrnn_relu",
         .text = &s->cell_name},
        {"bidirectional", 0, NULL,
         "layers read both ways: recognises whole recordings\nonly",
         .flag = &s->bidirectional},
        {"layer-norm", 0, NULL, "normalise what comes out of each layer",
         .flag = &s->layer_norm},
        {"learned-state", 0, NULL, "learn the state before the first frame",
         .flag = &s->learned_state},
        {"dropout", 0, "P", "share of dropped activations (default 0.2)",
         .number = &s->dropout, .low = 0, .high = 0.9},
        {"plain", 0, NULL,
         "recordings as they are: no strings, speeds, rooms,\nfilters, noises, "
         "levels; their features are computed once",
         .flag = &s->plain},
        {"snr-low", 0, "DB", "lowest SNR of the noise (default 0)",
         .number = &s->low_snr_db, .low = -60, .high = 100},
        {"snr-high", 0, "DB", "highest SNR (default 40)",
         .number = &s->high_snr_db, .low = -60, .high = 100},
        {"noise-only", 0, "SHARE", "of items without speech (default 0.12)",
         .number = &s->noise_only, .low = 0, .high = 0.9},
        {"mask-share", 0, "SHARE",
         "of items whose features are masked as by SpecAugment (default 0.6)",
         .number = &distortion->mask_share, .low = 0, .high = 1},
        {"freq-masks", 0, "N", "bands masked in each of them (default 2)",
         .count = &distortion->masks.n_freq_masks, .low = 0, .high = 100},
        {"freq-mask-width", 0, "F",
         "widest of them, in features (default 0: a fifth of all)",
         .count = &distortion->masks.freq_mask_width, .low = 0, .high = 512},
        {"time-masks", 0, "N", "stretches of time masked (default 0)",
         .count = &distortion->masks.n_time_masks, .low = 0, .high = 100},
        {"time-mask-width", 0, "T",
         "longest of them, in feature frames and at most a fifth of the item\n"
         "(default 40)",
         .count = &distortion->masks.time_mask_width, .low = 0, .high = 10000},
        {"vtln-share", 0, "SHARE",
         "of items with another vocal tract (default 0.7)",
         .number = &distortion->warp_share, .low = 0, .high = 1},
        {"vtln-low", 0, "X", "smallest warp of frequencies (default 1/1.15)",
         .number = &distortion->low_warp, .low = 0.5, .high = 2},
        {"vtln-high", 0, "X", "largest warp (default 1.15)",
         .number = &distortion->high_warp, .low = 0.5, .high = 2},
        {"max-seconds", 0, "S", "leave out longer items (default 8)",
         .number = &s->sources.max_seconds, .low = 0.5, .high = 120},
    };

    int code = pinna_train_settings_parse(
        &usage, &s->shared, own, sizeof own / sizeof *own, "train", argc, argv);
    if (code >= 0)
        return code;
    if (s->sources.training.n_items > PINNA_CTC_MAX_MANIFESTS)
        return pinna_usage_error(&usage, "at most %d manifests",
                                 PINNA_CTC_MAX_MANIFESTS);
    if (s->words && s->n_subwords > 0)
        return pinna_usage_error(&usage,
                                 "--words and --subwords exclude each other");
    if (strcmp(s->type, "fbank") != 0 && strcmp(s->type, "mfcc") != 0)
        return pinna_usage_error(&usage, "--type is fbank or mfcc");
    code = pinna_cell_option(&usage, s->cell_name, &s->cell);
    if (code >= 0)
        return code;
    if (s->sources.validation.n_items == 0 &&
        pinna_hangs_on_validation(&s->shared.train))
        return pinna_usage_error(
            &usage, "--patience and --schedule plateau need --val");
    if (distortion->low_warp > distortion->high_warp)
        return pinna_usage_error(&usage, "--vtln-low is above --vtln-high");

    if (!read_weights(s))
        return pinna_usage_error(&usage,
                                 "--weights needs one number a manifest");
    return run(s);
}

int pinna_train_ctc(int argc, char **argv)
{
    settings s = {
        .sources = {.sample_rate = 16000, .max_seconds = 8},
        .shared = pinna_train_settings_default(),
        .type = "fbank",
        .n_dense = 0,
        .n_hidden = 128,
        .n_layers = 2,
        .cell_name = "gru",
        .n_mels = 40,
        .stack = 5,
        .stride = 3,
        .max_join = 1,
        .low_hz = 60,
        .high_hz = 0,
        .low_snr_db = 0,
        .high_snr_db = 40,
        .noise_only = 0.12,
        .dropout = 0.2,
        .distortion = {.mask_share = 0.6,
                       .masks = {.n_freq_masks = 2, .time_mask_width = 40},
                       .warp_share = 0.7,
                       .low_warp = 1 / 1.15,
                       .high_warp = 1.15},
    };
    pinna_train_options *train = &s.shared.train;
    train->n_steps = 10000;
    train->optimiser.weight_decay = 0.01;
    train->schedule.learning_rate = 2e-3;
    train->schedule.warmup_steps = 300;
    train->clip = 5;
    train->ema = 0.998;
    const int code = parse_and_run(&s, argc, argv);
    pinna_list_free(&s.sources.training);
    pinna_list_free(&s.sources.validation);
    pinna_list_free(&s.sources.noise);
    pinna_list_free(&s.sources.rooms);
    pinna_train_settings_free(&s.shared);
    return code;
}
