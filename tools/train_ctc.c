#include "tools/train_ctc.h"

#include "datasets/corpus.h"
#include "datasets/labels.h"
#include "dsp/rng.h"
#include "rnn/model_check.h"
#include "tools/command.h"
#include "tools/ctc_task.h"
#include "tools/interrupt.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/training_note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MANIFESTS 32

/* Digital silence must not lie far outside the range of real rooms: about the
 * band energy of one 16-bit step of dither. */
#define MEL_FLOOR 100

/* Of --max-seconds: what a recording may last, so that it fits when it is
 * played slowly and lies between pauses. */
#define LONGEST_SHARE 0.65

static const pinna_usage usage = {
    .command = "train ctc",
    .synopsis = "[options] --train MANIFEST... -o MODEL",
    .summary =
        "Train a recogniser with CTC. Manifests are JSON Lines with\n"
        "\"audio_filepath\" and \"text\". Every item is changed at random:\n"
        "speed, room, filter, noise, level; short clips of one speaker are\n"
        "joined to strings. With --words each word is a token; put <unk> "
        "among\n"
        "them and it stands for every other word. Without, tokens are\n"
        "characters.",
    .examples =
        "  pinna train ctc --train train.jsonl --val dev.jsonl -o "
        "my.safetensors\n"
        "  pinna train ctc --train digits.jsonl sentences.jsonl --weights 4,1 "
        "\\\n"
        "      --words \"zero one two three four five six seven eight nine "
        "<unk>\" \\\n"
        "      --noise noise.jsonl --join 7 --rate 8000 -o "
        "digits.safetensors\n",
};

typedef struct settings {
    pinna_list train_lists, validation, noise, rooms;
    const char *weights, *words, *output, *init, *statement, *type, *cell_name;
    pinna_cell_kind cell;
    bool bidirectional, learned_state, layer_norm;
    size_t n_dense, n_hidden, n_layers, n_mels, stack, stride, max_join;
    double sample_rate, low_hz, high_hz, low_snr_db, high_snr_db, noise_only,
        dropout, max_seconds;
    pinna_train_options train;
} settings;

/* What is loaded before the training begins. */
typedef struct data {
    pinna_corpus training[MAX_MANIFESTS];
    double weights[MAX_MANIFESTS];
    pinna_corpus validation, noise, rooms;
    pinna_labels labels;
} data;

static int load_progress(void *user, size_t done, size_t total)
{
    pinna_progress_update(user, (double)done, (double)total, "reading");
    return pinna_interrupted();
}

static pinna_status load_list(const settings *s, const pinna_list *manifests,
                              pinna_corpus *corpus, pinna_error *error)
{
    pinna_progress progress;
    pinna_status status = PINNA_OK;

    pinna_progress_start(&progress, "train", s->train.quiet);
    for (size_t i = 0; !status && i < manifests->n_items; i++)
        status = pinna_corpus_add(corpus, manifests->items[i],
                                  (unsigned)s->sample_rate, load_progress,
                                  &progress, error);
    pinna_progress_end(&progress);
    return status;
}

/* Leave out recordings that would be too long at the slowest speed, with some
 * room for pauses: at least one must stay. All need a text. */
static pinna_status keep_usable(const settings *s, const char *manifest,
                                pinna_corpus *corpus, pinna_error *error)
{
    const double longest_s = LONGEST_SHARE * s->max_seconds;
    const size_t n = corpus->n_clips;

    for (size_t i = 0; i < n; i++)
        if (!corpus->clips[i].text)
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s: recording %zu has no text", manifest, i + 1);
    const size_t n_kept = pinna_corpus_keep_short(corpus, longest_s);
    if (n_kept == 0)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: every recording is longer than %.1f s, which "
                          "is what --max-seconds %g allows",
                          manifest, longest_s, s->max_seconds);
    if (n_kept < n && !s->train.quiet)
        pinna_message("%s: %zu of %zu recordings are longer than %.1f s and "
                      "left out (--max-seconds)",
                      manifest, n - n_kept, n, longest_s);
    return PINNA_OK;
}

static pinna_status load(const settings *s, data *d, pinna_error *error)
{
    pinna_status status = pinna_labels_new(
        s->words ? PINNA_UNIT_WORD : PINNA_UNIT_CHAR, s->words, &d->labels);
    if (status)
        return pinna_fail(error, status, "--words: %s", pinna_strerror(status));
    for (size_t i = 0; !status && i < s->train_lists.n_items; i++) {
        const pinna_list one = {.items = &s->train_lists.items[i],
                                .n_items = 1};
        status = load_list(s, &one, &d->training[i], error);
        if (!status)
            status =
                keep_usable(s, s->train_lists.items[i], &d->training[i], error);
    }
    if (!status)
        status = load_list(s, &s->validation, &d->validation, error);
    if (!status)
        status = load_list(s, &s->noise, &d->noise, error);
    if (!status)
        status = load_list(s, &s->rooms, &d->rooms, error);
    return status;
}

static void release(data *d)
{
    for (size_t i = 0; i < MAX_MANIFESTS; i++)
        pinna_corpus_free(&d->training[i]);
    pinna_corpus_free(&d->validation);
    pinna_corpus_free(&d->noise);
    pinna_corpus_free(&d->rooms);
    pinna_labels_free(&d->labels);
    free(d);
}

static pinna_status copy_tokens(const pinna_labels *labels, pinna_model *model)
{
    model->tokens = calloc(labels->n_tokens, sizeof *model->tokens);
    if (!model->tokens)
        return PINNA_NO_MEMORY;
    model->n_tokens = labels->n_tokens;
    model->word_tokens = labels->unit == PINNA_UNIT_WORD;
    for (size_t i = 0; i < labels->n_tokens; i++) {
        model->tokens[i] = strdup(labels->tokens[i]);
        if (!model->tokens[i])
            return PINNA_NO_MEMORY;
    }
    return PINNA_OK;
}

static pinna_fbank_config ear_config(const settings *s)
{
    pinna_fbank_config config = pinna_fbank_config_default(
        strcmp(s->type, "mfcc") == 0 ? PINNA_FEATURE_MFCC
                                     : PINNA_FEATURE_FBANK);
    config.sample_rate = s->sample_rate;
    config.n_mels = s->n_mels;
    config.low_hz = s->low_hz;
    config.high_hz = s->high_hz;
    config.mel_floor = MEL_FLOOR;
    return config;
}

static void drop_tokens(pinna_model *model)
{
    for (size_t i = 0; i < model->n_tokens; i++)
        free(model->tokens[i]);
    free(model->tokens);
    model->tokens = NULL;
    model->n_tokens = 0;
}

/* Whether the model writes just these tokens. */
static bool same_tokens(const pinna_model *model, const pinna_labels *labels)
{
    bool same = model->n_tokens == labels->n_tokens &&
                model->word_tokens == (labels->unit == PINNA_UNIT_WORD);
    for (size_t i = 0; same && i < labels->n_tokens; i++)
        same = strcmp(model->tokens[i], labels->tokens[i]) == 0;
    return same;
}

/* Other tokens: an output layer of their own, which begins afresh. */
static pinna_status exchange_output(const settings *s,
                                    const pinna_labels *labels,
                                    pinna_model *model)
{
    pinna_network old = model->network;
    pinna_network_config config = old.config;
    pinna_network *network = &model->network;
    pinna_rng rng;

    config.n_out = labels->n_tokens;
    memset(network, 0, sizeof *network);
    pinna_status status = pinna_network_new(&config, network);
    if (!status) {
        pinna_rng_seed(&rng, s->train.seed, 0);
        pinna_network_init(network, &rng);
        /* All that comes before the output layer is declared before it. */
        memcpy(network->params.values, old.params.values,
               network->dense_out_weight * sizeof(float));
        drop_tokens(model);
        status = copy_tokens(labels, model);
    }
    pinna_network_free(&old);
    return status;
}

/* The network and the ear are those of the model, so it must fit the rest. */
static pinna_status read_init(const settings *s, const pinna_labels *labels,
                              pinna_model **out, pinna_error *error)
{
    pinna_status status = pinna_model_read(s->init, out, error);
    if (status)
        return status;
    const pinna_model *model = *out;
    if (strcmp(model->task, PINNA_TASK_CTC) != 0)
        return pinna_fail(error, PINNA_BAD_ARG, "%s: it is for task \"%s\"",
                          s->init, model->task);
    if (model->ctc_ear.fbank.sample_rate != s->sample_rate)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: its sample rate is %g Hz: give --rate %g",
                          s->init, model->ctc_ear.fbank.sample_rate,
                          model->ctc_ear.fbank.sample_rate);
    if (!same_tokens(model, labels)) {
        status = exchange_output(s, labels, *out);
        if (status)
            return pinna_fail(error, status, "%s: new output layer: %s",
                              s->init, pinna_strerror(status));
        if (!s->train.quiet)
            pinna_message("%s: it writes other words, so that its output "
                          "layer begins afresh",
                          s->init);
    }
    return PINNA_OK;
}

static pinna_status new_model(const settings *s, const pinna_labels *labels,
                              pinna_model **out, pinna_error *error)
{
    if (s->init)
        return read_init(s, labels, out, error);

    pinna_fbank *fbank;
    const pinna_fbank_config ear = ear_config(s);
    pinna_status status = pinna_fbank_new(&ear, &fbank, error);
    if (status)
        return status;
    const size_t n_features = pinna_fbank_n_out(fbank);
    pinna_fbank_free(fbank);

    pinna_model *model = calloc(1, sizeof *model);
    if (!model)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    snprintf(model->task, sizeof model->task, "%s", PINNA_TASK_CTC);
    model->ctc_ear =
        (pinna_ctc_ear){.fbank = ear, .stack = s->stack, .stride = s->stride};
    const pinna_network_config config = {
        .n_in = s->stack * n_features,
        .n_dense = s->n_dense,
        .n_hidden = s->n_hidden,
        .n_layers = s->n_layers,
        .cell = s->cell,
        .bidirectional = s->bidirectional,
        .learned_state = s->learned_state,
        .layer_norm = s->layer_norm,
        .n_out = labels->n_tokens,
        .skip = false,
    };
    status = pinna_network_new(&config, &model->network);
    if (!status)
        status = copy_tokens(labels, model);
    if (status) {
        pinna_model_free(model);
        return pinna_fail(error, status, "cannot set up the network: %s",
                          pinna_strerror(status));
    }
    pinna_rng rng;
    pinna_rng_seed(&rng, s->train.seed, 0);
    pinna_network_init(&model->network, &rng);
    *out = model;
    return PINNA_OK;
}

static pinna_status train(const settings *s, const data *d, pinna_error *error)
{
    pinna_model *model = NULL;
    pinna_ctc_task *task = NULL;
    const pinna_ctc_task_config config = {
        .training = {.corpora = d->training,
                     .weights = d->weights,
                     .n_corpora = s->train_lists.n_items,
                     .noise = d->noise.n_clips > 0 ? &d->noise : NULL,
                     .rooms = d->rooms.n_clips > 0 ? &d->rooms : NULL,
                     .sample_rate = (unsigned)s->sample_rate,
                     .max_join = s->max_join,
                     .join_below_s = 1.5,
                     .low_snr_db = s->low_snr_db,
                     .high_snr_db = s->high_snr_db,
                     .noise_only_share = s->noise_only},
        .validation = &d->validation,
        .labels = &d->labels,
        .dropout = s->dropout,
        .max_seconds = s->max_seconds,
        .batch_size = s->train.batch_size,
        .n_threads = s->train.n_threads,
        .seed = s->train.seed,
    };

    pinna_status status = new_model(s, &d->labels, &model, error);
    /* What could not be written is better told now than after the training. */
    if (!status)
        status = pinna_model_check(model, s->output, error);
    if (!status)
        status = pinna_ctc_task_new(&config, model, &task, error);
    if (!status && !model->offset) {
        status = pinna_ctc_task_normalise(task, model, 400);
        if (status)
            pinna_fail(error, status, "cannot set up training: %s",
                       pinna_strerror(status));
    }
    if (!status)
        status = pinna_training_note(model, &s->train, s->statement, error);
    if (!status) {
        const pinna_train_task interface = pinna_ctc_task_interface(task);
        status = pinna_train(&s->train, &interface, model, error);
    }
    pinna_ctc_task_free(task);
    pinna_model_free(model);
    return status;
}

static int load_and_train(const settings *s, data *d)
{
    pinna_error error = {""};

    pinna_status status = load(s, d, &error);
    if (!status)
        status = train(s, d, &error);
    if (status)
        pinna_message("pinna train ctc: %s", error.text);
    return status == PINNA_OK            ? PINNA_EXIT_DONE
           : status == PINNA_INTERRUPTED ? PINNA_EXIT_INTERRUPTED
                                         : PINNA_EXIT_START;
}

/* One weight per manifest; equal ones when none is given. */
static bool read_weights(const settings *s, data *d)
{
    size_t n = s->train_lists.n_items;
    if (!s->weights) {
        for (size_t i = 0; i < n; i++)
            d->weights[i] = 1;
        return true;
    }
    return pinna_parse_numbers(s->weights, 0, 1e6, d->weights, MAX_MANIFESTS,
                               &n) &&
           n == s->train_lists.n_items;
}

static int parse_and_run(settings *s, int argc, char **argv)
{
    pinna_train_options *t = &s->train;
    const pinna_option options[] = {
        {"train", 0, "MANIFEST", "speech with texts; repeat or list several",
         .list = &s->train_lists},
        {"weights", 0, "W,W...",
         "how often each manifest is drawn from (default: equally)",
         .text = &s->weights},
        {"val", 0, "MANIFEST", "speech to validate on", .list = &s->validation},
        {"noise", 0, "MANIFEST", "noise to mix in", .list = &s->noise},
        {"rooms", 0, "MANIFEST", "room responses", .list = &s->rooms},
        {"words", 0, "WORDS", "the vocabulary; without: characters",
         .text = &s->words},
        {"output", 'o', "MODEL", "model file to write", .text = &s->output},
        {"init", 0, "MODEL",
         "start from this model; with other --words its output layer is new",
         .text = &s->init},
        {"join", 0, "N", "join up to N short clips to a string (default 1)",
         .count = &s->max_join, .low = 1, .high = PINNA_MAX_JOIN},
        {"type", 0, "TYPE", "fbank or mfcc (default fbank)", .text = &s->type},
        {"rate", 0, "HZ", "sample rate of the model (default 16000)",
         .number = &s->sample_rate, .low = 4000, .high = 96000},
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
        {"snr-low", 0, "DB", "lowest SNR of the noise (default 0)",
         .number = &s->low_snr_db, .low = -60, .high = 100},
        {"snr-high", 0, "DB", "highest SNR (default 40)",
         .number = &s->high_snr_db, .low = -60, .high = 100},
        {"noise-only", 0, "SHARE", "of items without speech (default 0.12)",
         .number = &s->noise_only, .low = 0, .high = 0.9},
        {"max-seconds", 0, "S", "leave out longer items (default 8)",
         .number = &s->max_seconds, .low = 0.5, .high = 120},
        {"steps", 0, "N", "updates (default 10000)", .count = &t->n_steps,
         .low = 1, .high = 1e9},
        {"batch", 0, "N", "items of a step (default 32)",
         .count = &t->batch_size, .low = 1, .high = 4096},
        {"lr", 0, "RATE", "highest learning rate (default 0.002)",
         .number = &t->learning_rate, .low = 0, .high = 1},
        {"warmup", 0, "N", "steps to reach it (default 300)",
         .count = &t->warmup_steps, .low = 0, .high = 1e6},
        {"clip", 0, "NORM", "clip the gradient's norm (default 5)",
         .number = &t->clip, .low = 1e-9, .high = 1e9},
        {"ema", 0, "KEEP", "mean of weights over steps (default 0.998)",
         .number = &t->ema, .low = 0, .high = 0.999999},
        {"weight-decay", 0, "D", "as in AdamW (default 0.01)",
         .number = &t->weight_decay, .low = 0, .high = 1},
        {"validate-every", 0, "N", "steps between checkpoints (default 500)",
         .count = &t->validate_every, .low = 1, .high = 1e9},
        {"threads", 0, "N", "threads (default: one per processor)",
         .count = &t->n_threads, .low = 1, .high = PINNA_MAX_THREADS},
        {"statement", 0, "TEXT", "data and licence, kept in the model",
         .text = &s->statement},
        {"resume", 0, NULL, "go on from MODEL.checkpoint", .flag = &t->resume},
        {"seed", 0, "N", "of everything random (default 1)", .seed = &t->seed},
        {"quiet", 'q', NULL, "no log lines", .flag = &t->quiet},
    };

    const int code = pinna_options_parse(
        &usage, options, sizeof options / sizeof *options, argc, argv, NULL);
    if (code >= 0)
        return code;
    if (s->train_lists.n_items == 0 || !s->output)
        return pinna_usage_error(&usage, "--train and -o are needed");
    if (s->train_lists.n_items > MAX_MANIFESTS)
        return pinna_usage_error(&usage, "at most %d manifests", MAX_MANIFESTS);
    if (strcmp(s->type, "fbank") != 0 && strcmp(s->type, "mfcc") != 0)
        return pinna_usage_error(&usage, "--type is fbank or mfcc");
    if (pinna_cell_from_name(s->cell_name, &s->cell))
        return pinna_usage_error(&usage, "--cell: there is no \"%s\"",
                                 s->cell_name);
    if (t->n_steps <= t->warmup_steps)
        return pinna_usage_error(&usage, "--steps must exceed --warmup");
    t->output = s->output;

    data *d = calloc(1, sizeof *d);
    if (!d) {
        pinna_message("pinna train ctc: out of memory");
        return PINNA_EXIT_START;
    }
    const int result =
        read_weights(s, d)
            ? load_and_train(s, d)
            : pinna_usage_error(&usage,
                                "--weights needs one number a manifest");
    release(d);
    return result;
}

int pinna_train_ctc(int argc, char **argv)
{
    settings s = {
        .type = "fbank",
        .n_dense = 0,
        .n_hidden = 128,
        .n_layers = 2,
        .cell_name = "gru",
        .n_mels = 40,
        .stack = 5,
        .stride = 3,
        .max_join = 1,
        .sample_rate = 16000,
        .low_hz = 60,
        .high_hz = 0,
        .low_snr_db = 0,
        .high_snr_db = 40,
        .noise_only = 0.12,
        .dropout = 0.2,
        .max_seconds = 8,
        .train = {.n_steps = 10000,
                  .batch_size = 32,
                  .n_threads = pinna_default_jobs(),
                  .learning_rate = 2e-3,
                  .warmup_steps = 300,
                  .clip = 5,
                  .ema = 0.998,
                  .weight_decay = 0.01,
                  .seed = 1,
                  .validate_every = 500},
    };
    if (s.train.n_threads > PINNA_MAX_THREADS)
        s.train.n_threads = PINNA_MAX_THREADS;
    const int code = parse_and_run(&s, argc, argv);
    pinna_list_free(&s.train_lists);
    pinna_list_free(&s.validation);
    pinna_list_free(&s.noise);
    pinna_list_free(&s.rooms);
    return code;
}
