#include "tools/example_sets.h"

#include <stdlib.h>
#include <string.h>

/* Digital silence must not lie far outside the range of real rooms: about the
 * band energy of one 16-bit step of dither. */
#define MEL_FLOOR 100

/* 30 ms of sound a step. */
#define STACK 3

/* Without --val one of so many is for validation. */
#define HELD_OUT 10

pinna_example_sets pinna_example_sets_default(void)
{
    return (pinna_example_sets){.columns = {"1", "2", false},
                                .max_tokens = 2000,
                                .sample_rate = 16000,
                                .n_mels = 40};
}

void pinna_example_sets_free(pinna_example_sets *sets)
{
    pinna_list_free(&sets->train_files);
    pinna_list_free(&sets->val_files);
    pinna_examples_free(&sets->training);
    pinna_examples_free(&sets->validation);
    pinna_vocabulary_free(&sets->vocabulary);
}

void pinna_example_options(pinna_example_sets *sets, pinna_option *options)
{
    const pinna_option all[PINNA_N_EXAMPLE_OPTIONS] = {
        {"train", 0, "FILE",
         "tables (.csv, .tsv) or manifests (.jsonl) to learn from",
         .list = &sets->train_files},
        {"val", 0, "FILE", "to validate on (default: every tenth of --train)",
         .list = &sets->val_files},
        {"text-column", 0, "NAME", "of tables, or its number",
         .text = &sets->columns.text, .shows_default = true},
        {"answer-column", 0, "NAME", "likewise", .text = &sets->columns.answer,
         .shows_default = true},
        {"words", 0, NULL, "texts are read by words, not by characters",
         .flag = &sets->words},
        {"max-tokens", 0, "N", "words or characters, the most frequent",
         .count = &sets->max_tokens, .shows_default = true, .low = 2,
         .high = PINNA_MAX_WIDTH},
        {"rate", 0, "HZ", "sample rate at which recordings are heard",
         .number = &sets->sample_rate, .shows_default = true, .low = 4000,
         .high = 96000},
        {"num-mel-bins", 0, "N", "mel bands of recordings",
         .count = &sets->n_mels, .shows_default = true, .low = 4, .high = 512},
    };
    memcpy(options, all, sizeof all);
}

/* Every HELD_OUT-th example of one becomes another's. */
static pinna_status hold_out(pinna_examples *from, pinna_examples *to)
{
    size_t n_kept = 0;

    to->items = calloc(from->n_items / HELD_OUT + 1, sizeof *to->items);
    if (!to->items)
        return PINNA_NO_MEMORY;
    to->room = from->n_items / HELD_OUT + 1;
    to->width = from->width;
    for (size_t i = 0; i < from->n_items; i++)
        if (i % HELD_OUT == HELD_OUT - 1)
            to->items[to->n_items++] = from->items[i];
        else
            from->items[n_kept++] = from->items[i];
    from->n_items = n_kept;
    return PINNA_OK;
}

static pinna_status number_texts(pinna_example_sets *sets)
{
    const size_t n = sets->training.n_items;
    const char **texts = calloc(n + 1, sizeof *texts);

    if (!texts)
        return PINNA_NO_MEMORY;
    for (size_t i = 0; i < n; i++)
        texts[i] = sets->training.items[i].text;
    pinna_status status = pinna_vocabulary_new(
        sets->words, "<unk>", texts, n, sets->max_tokens, &sets->vocabulary);
    free(texts);
    if (!status)
        status = pinna_examples_number(&sets->training, &sets->vocabulary);
    if (!status)
        status = pinna_examples_number(&sets->validation, &sets->vocabulary);
    return status;
}

pinna_status pinna_example_sets_read(pinna_example_sets *sets,
                                     pinna_error *error)
{
    pinna_fbank_config fbank = pinna_fbank_config_default(PINNA_FEATURE_FBANK);

    fbank.sample_rate = sets->sample_rate;
    fbank.n_mels = sets->n_mels;
    fbank.mel_floor = MEL_FLOOR;
    sets->ear =
        (pinna_ctc_ear){.fbank = fbank, .stack = STACK, .stride = STACK};
    pinna_status status = pinna_examples_read(
        &sets->train_files, &sets->columns, &sets->ear, &sets->training, error);
    if (!status)
        status = pinna_examples_read(&sets->val_files, &sets->columns,
                                     &sets->ear, &sets->validation, error);
    if (status)
        return status;
    if (sets->training.text_name)
        sets->columns.text = sets->training.text_name;
    if (sets->training.answer_name)
        sets->columns.answer = sets->training.answer_name;
    if (sets->val_files.n_items == 0)
        status = hold_out(&sets->training, &sets->validation);
    if (sets->training.n_items == 0)
        return pinna_fail(error, PINNA_BAD_ARG, "%s: nothing to learn from",
                          sets->train_files.items[0]);
    if (sets->validation.n_items == 0 && sets->val_files.n_items > 0)
        return pinna_fail(error, PINNA_BAD_ARG, "%s: nothing to validate on",
                          sets->val_files.items[0]);
    if (sets->validation.n_items == 0 && sets->must_validate)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: fewer than %d examples: --patience and "
                          "--schedule plateau need --val",
                          sets->train_files.items[0], HELD_OUT);
    if (sets->validation.width != sets->training.width)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "texts and recordings do not go together");
    if (!status && sets->training.width == 0)
        status = number_texts(sets);
    return status ? pinna_fail(error, status, "%s", pinna_strerror(status))
                  : PINNA_OK;
}

size_t pinna_example_sets_width(const pinna_example_sets *sets)
{
    return sets->training.width > 0 ? sets->training.width
                                    : sets->vocabulary.n_tokens;
}

pinna_status pinna_example_sets_finish(pinna_example_sets *sets,
                                       pinna_model *model)
{
    if (sets->training.width == 0) {
        model->input_tokens = sets->vocabulary.tokens;
        model->n_input_tokens = sets->vocabulary.n_tokens;
        model->input_words = sets->words;
        sets->vocabulary = (pinna_vocabulary){0};
        return PINNA_OK;
    }
    model->ctc_ear = sets->ear;
    const pinna_status status = pinna_examples_statistics(
        &sets->training, &model->offset, &model->scale);
    if (!status) {
        pinna_examples_normalise(&sets->training, model->offset, model->scale);
        pinna_examples_normalise(&sets->validation, model->offset,
                                 model->scale);
    }
    return status;
}

pinna_status pinna_examples_for_model(const pinna_list *files,
                                      const pinna_example_columns *columns,
                                      const pinna_model *model,
                                      pinna_examples *examples,
                                      pinna_error *error)
{
    const pinna_vocabulary vocabulary = {.words = model->input_words,
                                         .tokens = model->input_tokens,
                                         .n_tokens = model->n_input_tokens};
    const bool takes_texts = model->n_input_tokens > 0;

    examples->has_texts = takes_texts;
    examples->has_frames = !takes_texts;
    pinna_status status =
        pinna_examples_read(files, columns, &model->ctc_ear, examples, error);
    if (status)
        return status;
    if (!takes_texts)
        pinna_examples_normalise(examples, model->offset, model->scale);
    else if ((status = pinna_examples_number(examples, &vocabulary)))
        pinna_fail(error, status, "out of memory");
    return status;
}
