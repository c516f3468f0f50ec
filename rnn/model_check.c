#include "rnn/model_check.h"

#include "rnn/model_parts.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a token, so that a word fits PINNA_WORD_MAX with its 0. */
#define MAX_TOKEN 63

static int compare_strings(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* name: "tokens". */
static pinna_status check_lengths(char *const *tokens, size_t n,
                                  const char *file, const char *name,
                                  pinna_error *error)
{
    for (size_t i = 0; i < n; i++) {
        const size_t length = strlen(tokens[i]);
        if (length == 0 || length > MAX_TOKEN)
            return pinna_fail(error, PINNA_BAD_ARG,
                              "%s: %s[%zu]: %zu bytes, not 1 to %d", file, name,
                              i, length, MAX_TOKEN);
    }
    return PINNA_OK;
}

static pinna_status check_distinct(char *const *tokens, size_t n,
                                   const char *file, const char *name,
                                   pinna_error *error)
{
    char **sorted = malloc(n * sizeof *sorted);
    if (!sorted)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", file);
    memcpy(sorted, tokens, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_strings);

    bool distinct = true;
    for (size_t i = 1; i < n; i++)
        distinct = distinct && strcmp(sorted[i - 1], sorted[i]) != 0;
    free(sorted);
    if (distinct)
        return PINNA_OK;
    return pinna_fail(error, PINNA_BAD_ARG, "%s: %s: one is there twice", file,
                      name);
}

/* What the first token must be, or NULL. */
static const char *first_token(const char *task)
{
    static const char *const firsts[][2] = {{PINNA_TASK_CTC, "<blank>"},
                                            {PINNA_TASK_GENERATE, "<unk>"},
                                            {PINNA_TASK_SEQ2SEQ, "<end>"}};

    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++)
        if (strcmp(task, firsts[i][0]) == 0)
            return firsts[i][1];
    return NULL;
}

static pinna_status check_tokens(const pinna_model *model, const char *file,
                                 pinna_error *error)
{
    const size_t n_out = model->network.config.n_out, n = model->n_tokens;
    const char *first = first_token(model->task);

    if (n == 0)
        return pinna_fail(error, PINNA_BAD_ARG, "%s: tokens: none", file);
    if (pinna_model_parts(model) & PINNA_PART_NETWORK && n != n_out)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: tokens: %zu of them, but network.n_out is %zu",
                          file, n, n_out);
    if (first && strcmp(model->tokens[0], first) != 0)
        return pinna_fail(error, PINNA_BAD_ARG, "%s: tokens[0]: not \"%s\"",
                          file, first);
    if (model->subword_tokens &&
        (model->word_tokens || strcmp(model->task, PINNA_TASK_CTC) != 0))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: subword_tokens: only of ctc, and not with "
                          "word_tokens",
                          file);
    const pinna_status status =
        check_lengths(model->tokens, n, file, "tokens", error);
    return status ? status
                  : check_distinct(model->tokens, n, file, "tokens", error);
}

static pinna_status check_features(const pinna_model *model, size_t n_in,
                                   const char *group, const char *file,
                                   pinna_error *error)
{
    const pinna_ctc_ear *ear = &model->ctc_ear;
    pinna_error inner = {{0}};
    pinna_fbank *fbank;

    const pinna_status status = pinna_fbank_new(&ear->fbank, &fbank, &inner);
    if (status)
        return pinna_fail(error, status, "%s: features: %s", file, inner.text);
    const size_t n_out = pinna_fbank_n_out(fbank);
    pinna_fbank_free(fbank);

    if (ear->fbank.sample_rate != floor(ear->fbank.sample_rate))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: features.sample_rate: %g is not whole", file,
                          ear->fbank.sample_rate);
    if (n_in != ear->stack * n_out)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: %s.n_in: %zu, but features give %zu times "
                          "stack %zu",
                          file, group, n_in, n_out, ear->stack);
    return PINNA_OK;
}

/* Texts come as one number for each token: to the network as a row that is 1
 * at its place. */
static pinna_status check_texts(const pinna_model *model, const char *file,
                                pinna_error *error)
{
    const bool is_generate = strcmp(model->task, PINNA_TASK_GENERATE) == 0;
    const size_t n_in = model->network.config.n_in;
    const size_t n = is_generate ? model->n_tokens : model->n_input_tokens;

    if (is_generate && model->network.config.bidirectional)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: network.bidirectional: a text is written from "
                          "one end",
                          file);
    if (pinna_model_parts(model) & PINNA_PART_NETWORK && n_in != n)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: network.n_in: %zu, but there are %zu tokens",
                          file, n_in, n);
    return check_lengths(model->input_tokens, model->n_input_tokens, file,
                         "input_tokens", error);
}

static pinna_status check_forecast(const pinna_model *model, const char *file,
                                   pinna_error *error)
{
    if (model->network.config.n_out != 1)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: network.n_out: %zu, but a forecast is 1 number",
                          file, model->network.config.n_out);
    return PINNA_OK;
}

static pinna_status check_denoise(const pinna_model *model, const char *file,
                                  pinna_error *error)
{
    const pinna_network_config *network = &model->network.config;
    const size_t n_bands = model->bands.n_bands;
    pinna_denoise_ear *ear;

    /* The bands do not depend on the rate: any will do. */
    const pinna_status status =
        pinna_denoise_ear_new(&model->bands, 48000, &ear);
    if (status == PINNA_BAD_ARG)
        return pinna_fail(error, status,
                          "%s: bands: no %zu of them fit linear_hz %g and "
                          "top_hz %g",
                          file, n_bands, model->bands.linear_hz,
                          model->bands.top_hz);
    if (status)
        return pinna_fail(error, status, "%s: bands: %s", file,
                          pinna_strerror(status));
    pinna_denoise_ear_free(ear);

    if (network->bidirectional)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: network.bidirectional: a denoiser streams, and "
                          "cannot begin at the end",
                          file);
    if (network->n_in != n_bands)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: network.n_in: %zu, but bands.n_bands is %zu",
                          file, network->n_in, n_bands);
    if (network->n_out != n_bands + 1)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: network.n_out: %zu, but bands.n_bands is %zu, "
                          "and one more for speech",
                          file, network->n_out, n_bands);
    return PINNA_OK;
}

pinna_status pinna_model_check(const pinna_model *model, const char *file,
                               pinna_error *error)
{
    const unsigned parts = pinna_model_parts(model);
    const bool is_seq2seq = parts & PINNA_PART_SEQ2SEQ;
    pinna_status status = PINNA_OK;

    if (parts & PINNA_PART_BANDS)
        return check_denoise(model, file, error);
    if (parts & PINNA_PART_FEATURES)
        status =
            check_features(model,
                           is_seq2seq ? model->seq2seq.config.n_in
                                      : model->network.config.n_in,
                           is_seq2seq ? "seq2seq" : "network", file, error);
    else
        status = check_texts(model, file, error);
    if (!status && parts & PINNA_PART_FORECAST)
        status = check_forecast(model, file, error);
    if (!status && parts & PINNA_PART_TOKENS)
        status = check_tokens(model, file, error);
    return status;
}
