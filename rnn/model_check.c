#include "rnn/model_check.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLANK "<blank>"

/* Bytes of a token, so that a word fits PINNA_WORD_MAX with its 0. */
#define MAX_TOKEN 63

static int compare_strings(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static pinna_status check_distinct(const pinna_model *model, const char *file,
                                   pinna_error *error)
{
    const size_t n = model->n_tokens;
    char **sorted = malloc(n * sizeof *sorted);
    if (!sorted)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", file);
    memcpy(sorted, model->tokens, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_strings);

    bool distinct = true;
    for (size_t i = 1; i < n; i++)
        distinct = distinct && strcmp(sorted[i - 1], sorted[i]) != 0;
    free(sorted);
    if (distinct)
        return PINNA_OK;
    return pinna_fail(error, PINNA_BAD_ARG, "%s: tokens: one is there twice",
                      file);
}

static pinna_status check_tokens(const pinna_model *model, const char *file,
                                 pinna_error *error)
{
    const size_t n_out = model->network.config.n_out;
    if (model->n_tokens == 0 || model->n_tokens != n_out)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: tokens: %zu of them, but network.n_out is %zu",
                          file, model->n_tokens, n_out);
    if (strcmp(model->tokens[0], BLANK) != 0)
        return pinna_fail(error, PINNA_BAD_ARG, "%s: tokens[0]: not \"%s\"",
                          file, BLANK);
    for (size_t i = 0; i < n_out; i++) {
        const size_t length = strlen(model->tokens[i]);
        if (length == 0 || length > MAX_TOKEN)
            return pinna_fail(error, PINNA_BAD_ARG,
                              "%s: tokens[%zu]: %zu bytes, not 1 to %d", file,
                              i, length, MAX_TOKEN);
    }
    return check_distinct(model, file, error);
}

static pinna_status check_ctc(const pinna_model *model, const char *file,
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
    if (model->network.config.n_in != ear->stack * n_out)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: network.n_in: %zu, but features give %zu times "
                          "stack %zu",
                          file, model->network.config.n_in, n_out, ear->stack);
    return check_tokens(model, file, error);
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
    return strcmp(model->task, PINNA_TASK_CTC) == 0
               ? check_ctc(model, file, error)
               : check_denoise(model, file, error);
}
