#include "tools/train_denoise.h"

#include "datasets/audio_file.h"
#include "datasets/corpus.h"
#include "datasets/manifest.h"
#include "dsp/rng.h"
#include "tools/command.h"
#include "tools/data_check.h"
#include "tools/default_model.h"
#include "tools/denoise_task.h"
#include "tools/interrupt.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/same_run.h"
#include "tools/train_settings.h"
#include "tools/training_note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files at this rate or above count as full band. */
#define FULL_BAND_RATE 32000

static const pinna_usage usage = {
    .command = "train denoise",
    .synopsis = "[options] --speech MANIFEST... --noise MANIFEST... -o MODEL",
    .summary =
        "Train a denoiser on clean speech and noise; every item is mixed\n"
        "afresh. Manifests are JSON Lines with \"audio_filepath\". Recordings\n"
        "at 32 kHz and above also teach the bands up to 20 kHz.",
    .examples =
        "  pinna train denoise --speech speech/train.jsonl "
        "--noise noise/train.jsonl -o my.safetensors\n"
        "  pinna train denoise --speech a.jsonl b.jsonl --noise n.jsonl \\\n"
        "      --rooms rir.jsonl --val-speech dev.jsonl --val-noise n.jsonl "
        "\\\n"
        "      --steps 20000 --threads 4 -o my.safetensors --resume\n",
};

typedef struct settings {
    pinna_list speech, noise, rooms, val_speech, val_noise;
    const char *init, *cell_name;
    pinna_cell_kind cell;
    bool long_frames, learned_state, layer_norm;
    size_t n_dense, n_hidden, n_layers, n_frames, n_validation;
    double low_snr_db, high_snr_db;
    pinna_denoise_loss_config loss;
    pinna_train_settings shared;
} settings;

static int interrupted_progress(void *user, size_t done, size_t total)
{
    pinna_progress_update(user, (double)done, (double)total, "reading");
    return pinna_interrupted();
}

static bool is_full_band(const char *manifest_path)
{
    pinna_manifest manifest;
    pinna_audio_info info = {0};
    pinna_audio_reader *reader;

    if (pinna_manifest_read(manifest_path, &manifest, NULL))
        return false;
    const char *path = manifest.entries[0].audio_path;
    if (path && !pinna_audio_reader_open(path, &reader, &info, NULL))
        pinna_audio_reader_close(reader);
    pinna_manifest_free(&manifest);
    return info.sample_rate >= FULL_BAND_RATE;
}

/* Every manifest at the wide rate; full-band ones at the full rate as well. */
static pinna_status load(const pinna_list *manifests, bool quiet,
                         pinna_corpus *corpus, pinna_error *error)
{
    pinna_progress progress;
    pinna_status status = PINNA_OK;

    pinna_progress_start(&progress, "train", quiet);
    for (size_t i = 0; !status && i < manifests->n_items; i++) {
        const char *path = manifests->items[i];
        status = pinna_corpus_add(corpus, path, PINNA_ITEM_RATE_WIDE,
                                  interrupted_progress, &progress, error);
        if (!status && is_full_band(path))
            status = pinna_corpus_add(corpus, path, PINNA_ITEM_RATE_FULL,
                                      interrupted_progress, &progress, error);
    }
    pinna_progress_end(&progress);
    return status;
}

static pinna_status new_model(const settings *s, pinna_model **out,
                              pinna_error *error)
{
    if (s->init)
        return pinna_read_init_model(s->init, PINNA_TASK_DENOISE, out, error);

    pinna_model *model = calloc(1, sizeof *model);
    if (!model)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    snprintf(model->task, sizeof model->task, "%s", PINNA_TASK_DENOISE);
    model->bands = pinna_denoise_bands_default(s->long_frames ? 40 : 20);
    const pinna_network_config config = {
        .n_in = model->bands.n_bands,
        .n_dense = s->n_dense,
        .n_hidden = s->n_hidden,
        .n_layers = s->n_layers,
        .cell = s->cell,
        .learned_state = s->learned_state,
        .layer_norm = s->layer_norm,
        .n_out = model->bands.n_bands + 1,
        .skip = true,
    };
    const pinna_status status = pinna_network_new(&config, &model->network);
    if (status) {
        pinna_model_free(model);
        return pinna_fail(error, status, "network sizes are out of range");
    }
    pinna_rng rng;
    pinna_rng_seed(&rng, s->shared.train.seed, 0);
    pinna_network_init(&model->network, &rng);
    *out = model;
    return PINNA_OK;
}

static pinna_status check_ranks(const settings *s,
                                const pinna_corpus corpora[5],
                                const pinna_model *model, pinna_error *error)
{
    const pinna_named_data data[] = {
        {"speech", &corpora[0], 1, 0},
        {"noise", &corpora[1], 1, 0},
        {"room responses", &corpora[2], 1, 0},
        {"validation speech", &corpora[3], 1, 0},
        {"validation noise", &corpora[4], 1, 0},
    };
    return pinna_same_run(s->shared.train.ranks, usage.command,
                          s->shared.options, s->shared.n_options, model, data,
                          sizeof data / sizeof *data, error);
}

static pinna_status train(const settings *s, const pinna_corpus corpora[5],
                          pinna_error *error)
{
    pinna_model *model = NULL;
    pinna_denoise_task *task = NULL;
    const pinna_denoise_material training = {
        .speech = &corpora[0],
        .noise = &corpora[1],
        .rooms = s->rooms.n_items > 0 ? &corpora[2] : NULL,
        .low_snr_db = s->low_snr_db,
        .high_snr_db = s->high_snr_db,
    };
    pinna_denoise_material validation = training;
    if (s->val_speech.n_items > 0)
        validation.speech = &corpora[3];
    if (s->val_noise.n_items > 0)
        validation.noise = &corpora[4];

    pinna_status status = new_model(s, &model, error);
    if (status) {
        pinna_model_free(model);
        return status;
    }
    const pinna_denoise_task_config config = {
        .training = training,
        .validation = validation,
        .loss = s->loss,
        .n_frames = s->n_frames,
        .n_validation = s->n_validation,
        .plan = pinna_share_plan_of(&s->shared.train),
    };
    status = pinna_denoise_task_new(&config, model, &task);
    if (!status && !model->offset)
        status = pinna_denoise_task_normalise(task, model, 200);
    if (status)
        pinna_fail(error, status, "cannot set up training: %s",
                   pinna_strerror(status));
    if (!status)
        status = pinna_training_note(model, usage.command, s->shared.options,
                                     s->shared.n_options, error);
    if (!status)
        status = check_ranks(s, corpora, model, error);
    if (!status) {
        const pinna_train_task interface = pinna_denoise_task_interface(task);
        status = pinna_train(&s->shared.train, &interface, model, error);
    }
    pinna_denoise_task_free(task);
    pinna_model_free(model);
    return status;
}

static pinna_status load_and_train(settings *s, pinna_error *error)
{
    const pinna_list *lists[5] = {&s->speech, &s->noise, &s->rooms,
                                  &s->val_speech, &s->val_noise};
    pinna_corpus corpora[5] = {{0}};

    pinna_status status = pinna_train_settings_join(&s->shared, error);
    for (size_t i = 0; !status && i < 5; i++)
        status = load(lists[i], s->shared.train.quiet, &corpora[i], error);
    if (!status)
        status = train(s, corpora, error);
    for (size_t i = 0; i < 5; i++)
        pinna_corpus_free(&corpora[i]);
    return status;
}

/* Training speech and noise first, for what validates must not be among them.
 */
static pinna_status check_data(const settings *s, int *code, pinna_error *error)
{
    const pinna_data_role training = {"training", PINNA_ITEM_RATE_WIDE,
                                      true,       false,
                                      NULL,       NULL},
                          validation = {"validation", PINNA_ITEM_RATE_WIDE,
                                        false,        true,
                                        NULL,         NULL},
                          rooms = {"rooms", PINNA_ITEM_RATE_WIDE,
                                   false,   false,
                                   NULL,    NULL};
    const struct {
        const pinna_list *list;
        const pinna_data_role *role;
    } parts[] = {
        {&s->speech, &training},      {&s->noise, &training},
        {&s->rooms, &rooms},          {&s->val_speech, &validation},
        {&s->val_noise, &validation},
    };
    pinna_data_check *check =
        pinna_data_check_new(usage.command, s->shared.train.quiet);
    pinna_status status = check ? PINNA_OK : PINNA_NO_MEMORY;

    for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; i++)
        status = pinna_data_check_add(check, parts[i].list, parts[i].role);
    if (status)
        pinna_fail(error, status, "%s", pinna_strerror(status));
    else
        *code = pinna_data_check_end(check);
    pinna_data_check_free(check);
    return status;
}

static int parse_and_run(settings *s, int argc, char **argv)
{
    const pinna_option own[] = {
        {"speech", 0, "MANIFEST", "clean speech; repeat or list several",
         .list = &s->speech},
        {"noise", 0, "MANIFEST", "noise", .list = &s->noise},
        {"rooms", 0, "MANIFEST", "room responses", .list = &s->rooms},
        {"val-speech", 0, "MANIFEST",
         "speech to validate on (default: that of training)",
         .list = &s->val_speech},
        {"val-noise", 0, "MANIFEST",
         "noise to validate on (default: that of training)",
         .list = &s->val_noise},
        {"init", 0, "MODEL", "start from this model", .text = &s->init},
        {"frames", 0, "N", "10 ms frames of an item (default 250)",
         .count = &s->n_frames, .low = 10, .high = 6000},
        {"long-frames", 0, NULL,
         "hear 40 ms at a time instead of 20, which tells\nharmonics apart; "
         "the delay stays 20 ms",
         .flag = &s->long_frames},
        {"dense", 0, "N", "width of the first layer (default 160)",
         .count = &s->n_dense, .low = 1, .high = PINNA_MAX_WIDTH},
        {"hidden", 0, "N", "cells of each recurrent layer (default 192)",
         .count = &s->n_hidden, .low = 1, .high = PINNA_MAX_WIDTH},
        {"layers", 0, "N", "recurrent layers (default 2)",
         .count = &s->n_layers, .low = 1, .high = PINNA_MAX_LAYERS},
        {"cell", 0, "KIND",
         "gru (default), gru_reset_before, lstm, rnn_tanh or\nrnn_relu",
         .text = &s->cell_name},
        {"layer-norm", 0, NULL, "normalise what comes out of each layer",
         .flag = &s->layer_norm},
        {"learned-state", 0, NULL, "learn the state before the first frame",
         .flag = &s->learned_state},
        {"snr-low", 0, "DB", "lowest SNR of a noise (default -8)",
         .number = &s->low_snr_db, .low = -60, .high = 60},
        {"snr-high", 0, "DB", "highest SNR (default 22)",
         .number = &s->high_snr_db, .low = -60, .high = 100},
        {"phase", 0, "A", "share of the phase-aware loss (default 0.2)",
         .number = &s->loss.phase, .low = 0, .high = 1},
        {"oversuppression", 0, "U",
         "weight of the loss where speech is taken away (default 1.5)",
         .number = &s->loss.oversuppression, .low = 1, .high = 100},
        {"validation", 0, "N", "validation items (default 128)",
         .count = &s->n_validation, .low = 1, .high = 1e6},
    };

    int code = pinna_train_settings_parse(&usage, &s->shared, own,
                                          sizeof own / sizeof *own, "speech",
                                          argc, argv);
    if (code >= 0)
        return code;
    code = pinna_cell_option(&usage, s->cell_name, &s->cell);
    if (code >= 0)
        return code;
    pinna_error error = {""};
    int done = PINNA_EXIT_DONE;
    const pinna_status status = s->shared.dry_run ? check_data(s, &done, &error)
                                                  : load_and_train(s, &error);
    return pinna_train_settings_leave(&usage, &s->shared, status, &error, done);
}

int pinna_train_denoise(int argc, char **argv)
{
    settings s = {
        .shared = pinna_train_settings_default(),
        .n_dense = 160,
        .n_hidden = 192,
        .n_layers = 2,
        .cell_name = "gru",
        .n_frames = 250,
        .n_validation = 128,
        .low_snr_db = -8,
        .high_snr_db = 22,
        .loss = pinna_denoise_loss_config_default(),
    };
    pinna_train_options *train = &s.shared.train;
    train->n_steps = 20000;
    train->optimiser.weight_decay = 1e-4;
    train->schedule.learning_rate = 1e-3;
    train->schedule.warmup_steps = 500;
    train->clip = 1;
    train->ema = 0.999;
    const int code = parse_and_run(&s, argc, argv);
    pinna_list_free(&s.speech);
    pinna_list_free(&s.noise);
    pinna_list_free(&s.rooms);
    pinna_list_free(&s.val_speech);
    pinna_list_free(&s.val_noise);
    pinna_train_settings_free(&s.shared);
    return code;
}
