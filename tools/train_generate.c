/* tools/train_generate.c -- `pinna train generate`: a model of text */
#include "datasets/text_file.h"
#include "datasets/vocabulary.h"
#include "tools/command.h"
#include "tools/generate_task.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/train.h"
#include "tools/train_frame.h"

#include <stdlib.h>
#include <string.h>

static const pinna_usage usage = {
    .command = "train generate",
    .synopsis = "[options] --train TEXT -o MODEL",
    .summary =
        "Learn to go on with a text, character by character (UTF-8), with "
        "the state\ncarried from part to part. pinna generate writes by it.",
    .examples =
        "  pinna train generate --train book.txt -o book.safetensors\n"
        "  pinna generate book.safetensors --temperature 0.7 --length 500\n",
};

typedef struct settings {
    const char *text, *validation;
    size_t n_frames, max_tokens;
    double held_out;
    pinna_layer_choice layers;
    pinna_cell_kind cell;
    pinna_train_settings shared;
} settings;

static pinna_status new_model(const settings *s, pinna_model **out,
                              pinna_error *error)
{
    pinna_vocabulary vocabulary;
    char *text;
    size_t n_bytes;

    *out = NULL;
    pinna_status status = pinna_text_file_read(s->text, &text, &n_bytes, error);
    if (status)
        return status;
    const char *const texts[] = {text};
    status = pinna_vocabulary_new(false, "<unk>", texts, 1, s->max_tokens,
                                  &vocabulary);
    free(text);
    if (status)
        return pinna_fail(error, status, "%s: %s", s->text,
                          pinna_strerror(status));
    const pinna_network_config config = {.n_in = vocabulary.n_tokens,
                                         .n_hidden = s->layers.n_hidden,
                                         .n_layers = s->layers.n_layers,
                                         .n_out = vocabulary.n_tokens,
                                         .cell = s->cell};
    status = pinna_fresh_model(PINNA_TASK_GENERATE, &config,
                               s->shared.train.seed, out, error);
    if (status) {
        pinna_vocabulary_free(&vocabulary);
        return status;
    }
    (*out)->tokens = vocabulary.tokens;
    (*out)->n_tokens = vocabulary.n_tokens;
    return PINNA_OK;
}

/* The texts to learn from and to validate on: the tail of the one when there is
 * no other. */
static pinna_status read_texts(const settings *s, const pinna_model *model,
                               pinna_ids *training, pinna_ids *validation,
                               pinna_error *error)
{
    *validation = (pinna_ids){0};
    pinna_status status = pinna_ids_read(s->text, model->tokens,
                                         model->n_tokens, training, error);
    if (!status && s->validation)
        status = pinna_ids_read(s->validation, model->tokens, model->n_tokens,
                                validation, error);
    if (status)
        return status;
    if (!s->validation) {
        const size_t n = (size_t)(s->held_out * (double)training->n);
        validation->ids = malloc((n + 1) * sizeof *validation->ids);
        if (!validation->ids)
            return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
        training->n -= n;
        validation->n = n;
        memcpy(validation->ids, training->ids + training->n,
               n * sizeof *validation->ids);
    }
    if (validation->n < 2 || training->n < 2 * s->shared.train.batch_size)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: %zu characters to learn from and %zu to "
                          "validate on are too few",
                          s->text, training->n, validation->n);
    return PINNA_OK;
}

static pinna_status train(const settings *s, pinna_error *error)
{
    pinna_generate_task_config config = {
        .n_frames = s->n_frames,
        .dropout = s->layers.dropout,
        .plan = pinna_share_plan_of(&s->shared.train),
    };
    pinna_generate_task *task = NULL;
    pinna_model *model = NULL;

    pinna_status status = new_model(s, &model, error);
    if (!status)
        status =
            read_texts(s, model, &config.training, &config.validation, error);
    if (!status) {
        status = pinna_generate_task_new(&config, model, &task);
        if (status)
            pinna_fail(error, status, "%s", pinna_strerror(status));
    }
    if (!status) {
        const pinna_train_task interface = pinna_generate_task_interface(task);
        status = pinna_train_run(&usage, &s->shared, &interface, model, error);
    }
    pinna_generate_task_free(task);
    pinna_model_free(model);
    free(config.training.ids);
    free(config.validation.ids);
    return status;
}

static int parse_and_run(settings *s, int argc, char **argv)
{
    pinna_option own[5 + PINNA_N_LAYER_OPTIONS] = {
        {"train", 0, "TEXT", "the text to learn from", .text = &s->text},
        {"val", 0, "TEXT", "text to validate on (default: the last part)",
         .text = &s->validation},
        {"held-out", 0, "SHARE", "how large a part, without --val",
         .number = &s->held_out, .shows_default = true, .low = 0.001,
         .high = 0.9},
        {"frames", 0, "N", "characters that a gradient goes back",
         .count = &s->n_frames, .shows_default = true, .low = 1, .high = 10000},
        {"max-tokens", 0, "N", "characters to tell apart, the most frequent",
         .count = &s->max_tokens, .shows_default = true, .low = 2,
         .high = PINNA_MAX_WIDTH},
    };

    pinna_layer_options(&s->layers, own + 5);
    int code = pinna_train_settings_parse(
        &usage, &s->shared, own, sizeof own / sizeof *own, "train", argc, argv);
    if (code >= 0)
        return code;
    code = pinna_cell_option(&usage, s->layers.cell_name, &s->cell);
    if (code >= 0)
        return code;

    pinna_error error = {""};
    pinna_status status = pinna_train_settings_join(&s->shared, &error);
    if (!status)
        status = train(s, &error);
    return pinna_train_settings_leave(&usage, &s->shared, status, &error,
                                      PINNA_EXIT_DONE);
}

int pinna_train_generate(int argc, char **argv)
{
    settings s = {
        .n_frames = 64,
        .max_tokens = 512,
        .held_out = 0.1,
        .layers = {.cell_name = "gru", .n_hidden = 128, .n_layers = 1},
        .shared = pinna_small_train_settings(3000, 4e-3),
    };
    const int code = parse_and_run(&s, argc, argv);
    pinna_train_settings_free(&s.shared);
    return code;
}
