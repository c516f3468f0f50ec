/* tools/train_classify.c -- `pinna train classify`: sentences or recordings to
 * classes */
#include "tools/classify_task.h"
#include "tools/command.h"
#include "tools/example_sets.h"
#include "tools/options.h"
#include "tools/train.h"
#include "tools/train_frame.h"

#include <stdlib.h>
#include <string.h>

static const pinna_usage usage = {
    .command = "train classify",
    .synopsis = "[options] --train FILE... -o MODEL",
    .summary =
        "Learn to tell classes apart: of sentences, from tables (CSV) with a "
        "text and an\nanswer a row, or of short recordings, from manifests "
        "(JSON Lines) whose \"label\"\n(or \"text\") is the answer. The "
        "classes are the answers that there are.",
    .examples =
        "  pinna train classify --words --train reviews.csv --text-column "
        "review \\\n"
        "      --answer-column mood -o moods.safetensors\n"
        "  pinna train classify --train digits.jsonl --val dev.jsonl "
        "-o digits.safetensors\n",
};

typedef struct settings {
    pinna_example_sets sets;
    bool last, bidirectional;
    size_t n_dense;
    pinna_layer_choice layers;
    pinna_cell_kind cell;
    pinna_train_settings shared;
} settings;

static int compare_strings(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* All answers once, in the order of their bytes: [*n], to be freed, as the
 * strings are not. */
static const char **list_classes(const pinna_examples *examples, size_t *n)
{
    const char **answers = calloc(examples->n_items, sizeof *answers);

    *n = 0;
    if (!answers)
        return NULL;
    for (size_t i = 0; i < examples->n_items; i++)
        answers[i] = examples->items[i].answer;
    qsort(answers, examples->n_items, sizeof *answers, compare_strings);
    for (size_t i = 0; i < examples->n_items; i++)
        if (*n == 0 || strcmp(answers[*n - 1], answers[i]) != 0)
            answers[(*n)++] = answers[i];
    return answers;
}

static pinna_status new_model(settings *s, pinna_model **out,
                              pinna_error *error)
{
    size_t n_classes;
    const char **classes = list_classes(&s->sets.training, &n_classes);

    *out = NULL;
    if (!classes)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    if (n_classes < 2) {
        pinna_fail(error, PINNA_BAD_ARG,
                   "%s: every answer is \"%.80s\": there is nothing to tell "
                   "apart",
                   s->sets.train_files.items[0], classes[0]);
        free(classes);
        return PINNA_BAD_ARG;
    }
    const pinna_network_config config = {
        .n_in = pinna_example_sets_width(&s->sets),
        .n_dense = s->n_dense,
        .n_hidden = s->layers.n_hidden,
        .n_layers = s->layers.n_layers,
        .n_out = n_classes,
        .cell = s->cell,
        .bidirectional = s->bidirectional,
    };
    pinna_status status = pinna_fresh_model(PINNA_TASK_CLASSIFY, &config,
                                            s->shared.train.seed, out, error);
    if (!status) {
        pinna_model *model = *out;
        model->mean_pooling = !s->last;
        model->word_tokens = true;
        status = pinna_copy_strings(classes, n_classes, &model->tokens,
                                    &model->n_tokens);
        if (!status)
            status = pinna_example_sets_finish(&s->sets, model);
        if (status)
            pinna_fail(error, status, "%s", pinna_strerror(status));
    }
    free(classes);
    return status;
}

static pinna_status train(settings *s, pinna_error *error)
{
    pinna_classify_task *task = NULL;
    pinna_model *model = NULL;
    const pinna_classify_task_config config = {
        .training = &s->sets.training,
        .validation = &s->sets.validation,
        .dropout = s->layers.dropout,
        .plan = pinna_share_plan_of(&s->shared.train),
    };

    pinna_status status = pinna_example_sets_read(&s->sets, error);
    if (!status)
        status = new_model(s, &model, error);
    if (!status)
        status = pinna_classify_task_new(&config, model, &task, error);
    if (!status) {
        const pinna_train_task interface = pinna_classify_task_interface(task);
        status = pinna_train_run(&usage, &s->shared, &interface, model, error);
    }
    pinna_classify_task_free(task);
    pinna_model_free(model);
    return status;
}

static int parse_and_run(settings *s, int argc, char **argv)
{
    pinna_option own[3 + PINNA_N_EXAMPLE_OPTIONS + PINNA_N_LAYER_OPTIONS] = {
        {"dense", 0, "N", "width of the layer before, an embedding of tokens",
         .count = &s->n_dense, .shows_default = true, .low = 0,
         .high = PINNA_MAX_WIDTH},
        {"last", 0, NULL, "judge by the last frame, not by the mean of all",
         .flag = &s->last},
        {"bidirectional", 0, NULL, "read from both ends",
         .flag = &s->bidirectional},
    };

    pinna_example_options(&s->sets, own + 3);
    pinna_layer_options(&s->layers, own + 3 + PINNA_N_EXAMPLE_OPTIONS);
    int code = pinna_train_settings_parse(
        &usage, &s->shared, own, sizeof own / sizeof *own, "train", argc, argv);
    if (code >= 0)
        return code;
    s->sets.must_validate = pinna_hangs_on_validation(&s->shared.train);
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

int pinna_train_classify(int argc, char **argv)
{
    settings s = {
        .sets = pinna_example_sets_default(),
        .n_dense = 32,
        .layers = {.cell_name = "gru",
                   .n_hidden = 48,
                   .n_layers = 1,
                   .dropout = 0.3},
        .shared = pinna_small_train_settings(2000, 3e-3),
    };
    s.shared.train.optimiser.weight_decay = 0.01;
    const int code = parse_and_run(&s, argc, argv);
    pinna_example_sets_free(&s.sets);
    pinna_train_settings_free(&s.shared);
    return code;
}
