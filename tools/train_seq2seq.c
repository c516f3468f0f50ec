/* tools/train_seq2seq.c -- `pinna train seq2seq`: texts or recordings to texts
 */
#include "datasets/vocabulary.h"
#include "dsp/rng.h"
#include "tools/command.h"
#include "tools/example_sets.h"
#include "tools/options.h"
#include "tools/seq2seq_task.h"
#include "tools/train.h"
#include "tools/train_frame.h"

#include <stdio.h>
#include <stdlib.h>

static const pinna_usage usage = {
    .command = "train seq2seq",
    .synopsis = "[options] --train FILE... -o MODEL",
    .summary =
        "Learn to turn texts into texts, from tables (CSV, or between tabs) "
        "of pairs, or\nshort recordings into texts, from manifests (JSON "
        "Lines): an encoder and a\ndecoder with attention, which writes "
        "character by character.",
    .examples =
        "  pinna train seq2seq --train dates.tsv -o dates.safetensors\n"
        "  pinna train seq2seq --train digits.jsonl --attention additive "
        "-o spell.safetensors\n",
};

typedef struct settings {
    pinna_example_sets sets;
    const char *cell_name, *score_name;
    size_t n_embed, n_hidden;
    double sampling;
    pinna_cell_kind cell;
    pinna_attention_score score;
    pinna_train_settings shared;
} settings;

/* The characters of all answers. */
static pinna_status take_tokens(const pinna_examples *examples,
                                pinna_model *model)
{
    const char **texts = calloc(examples->n_items, sizeof *texts);
    pinna_vocabulary vocabulary;

    if (!texts)
        return PINNA_NO_MEMORY;
    for (size_t i = 0; i < examples->n_items; i++)
        texts[i] = examples->items[i].answer;
    const pinna_status status = pinna_vocabulary_new(
        false, "<end>", texts, examples->n_items, PINNA_MAX_WIDTH, &vocabulary);
    free(texts);
    if (!status) {
        model->tokens = vocabulary.tokens;
        model->n_tokens = vocabulary.n_tokens;
    }
    return status;
}

static pinna_status fill_model(settings *s, pinna_model *model)
{
    pinna_rng rng;

    snprintf(model->task, sizeof model->task, "%s", PINNA_TASK_SEQ2SEQ);
    pinna_status status = take_tokens(&s->sets.training, model);
    if (!status)
        status = pinna_example_sets_finish(&s->sets, model);
    const pinna_seq2seq_config config = {
        .cell = s->cell,
        .score = s->score,
        .n_source = model->n_input_tokens,
        .n_in = s->sets.training.width,
        .n_target = model->n_tokens,
        .n_embed = s->n_embed,
        .n_hidden = s->n_hidden,
    };
    if (!status)
        status = pinna_seq2seq_declare(&config, &model->network.params,
                                       &model->seq2seq);
    if (!status)
        status = pinna_params_allocate(&model->network.params);
    if (status)
        return status;
    pinna_rng_seed(&rng, s->shared.train.seed, 0);
    pinna_seq2seq_init(&model->seq2seq, &model->network.params, &rng);
    return PINNA_OK;
}

static pinna_status train(settings *s, pinna_error *error)
{
    pinna_seq2seq_task *task = NULL;
    pinna_model *model = NULL;
    const pinna_seq2seq_task_config config = {
        .training = &s->sets.training,
        .validation = &s->sets.validation,
        .sampling = s->sampling,
        .n_steps = s->shared.train.n_steps,
        .plan = pinna_share_plan_of(&s->shared.train),
    };

    pinna_status status = pinna_example_sets_read(&s->sets, error);
    if (status)
        return status;
    model = calloc(1, sizeof *model);
    status = model ? fill_model(s, model) : PINNA_NO_MEMORY;
    if (!status)
        status = pinna_seq2seq_task_new(&config, model, &task);
    if (status)
        pinna_fail(error, status, "cannot set up training: %s",
                   pinna_strerror(status));
    if (!status) {
        const pinna_train_task interface = pinna_seq2seq_task_interface(task);
        status = pinna_train_run(&usage, &s->shared, &interface, model, error);
    }
    pinna_seq2seq_task_free(task);
    pinna_model_free(model);
    return status;
}

static int parse_and_run(settings *s, int argc, char **argv)
{
    pinna_option own[5 + PINNA_N_EXAMPLE_OPTIONS] = {
        {"cell", 0, "KIND", "gru, gru_reset_before, lstm, rnn_tanh or rnn_relu",
         .text = &s->cell_name, .shows_default = true},
        {"attention", 0, "KIND", "dot, scaled, general or additive",
         .text = &s->score_name, .shows_default = true},
        {"embed", 0, "N", "width of the embeddings", .count = &s->n_embed,
         .shows_default = true, .low = 1, .high = PINNA_MAX_WIDTH},
        {"hidden", 0, "N", "cells of encoder and decoder",
         .count = &s->n_hidden, .shows_default = true, .low = 1,
         .high = PINNA_MAX_WIDTH},
        {"sampling", 0, "SHARE",
         "of the characters told to the decoder that are its own in the end\n"
         "(scheduled sampling)",
         .number = &s->sampling, .shows_default = true, .low = 0, .high = 1},
    };

    pinna_example_options(&s->sets, own + 5);
    int code = pinna_train_settings_parse(
        &usage, &s->shared, own, sizeof own / sizeof *own, "train", argc, argv);
    if (code >= 0)
        return code;
    s->sets.must_validate = pinna_hangs_on_validation(&s->shared.train);
    code = pinna_cell_option(&usage, s->cell_name, &s->cell);
    if (code >= 0)
        return code;
    const size_t score = pinna_parse_choice(
        s->score_name, pinna_attention_names, PINNA_N_ATTENTION_SCORES);
    if (score == PINNA_N_ATTENTION_SCORES)
        return pinna_usage_error(&usage, "--attention: there is no \"%s\"",
                                 s->score_name);
    s->score = (pinna_attention_score)score;

    pinna_error error = {""};
    pinna_status status = pinna_train_settings_join(&s->shared, &error);
    if (!status)
        status = train(s, &error);
    return pinna_train_settings_leave(&usage, &s->shared, status, &error,
                                      PINNA_EXIT_DONE);
}

int pinna_train_seq2seq(int argc, char **argv)
{
    settings s = {
        .sets = pinna_example_sets_default(),
        .cell_name = "gru",
        .score_name = pinna_attention_names[PINNA_ATTENTION_GENERAL],
        .n_embed = 32,
        .n_hidden = 96,
        .shared = pinna_small_train_settings(3000, 4e-3),
    };
    s.shared.train.schedule.warmup_steps = 200;
    const int code = parse_and_run(&s, argc, argv);
    pinna_example_sets_free(&s.sets);
    pinna_train_settings_free(&s.shared);
    return code;
}
