#include "tools/ctc_units.h"

#include "datasets/manifest.h"
#include "datasets/subwords.h"
#include "rnn/model.h"
#include "tools/ctc_model.h"
#include "tools/default_model.h"
#include "tools/progress.h"

#include <stdlib.h>

/* Bad lines are told when the recordings are read. */
static void pass_over(void *user, const char *message)
{
    (void)user;
    (void)message;
}

/* All texts of the manifests, which they stay with. */
static pinna_status collect_texts(const pinna_list *training,
                                  pinna_manifest *manifests,
                                  const char ***texts, size_t *n,
                                  pinna_error *error)
{
    size_t n_entries = 0;

    for (size_t i = 0; i < training->n_items; i++) {
        const pinna_status status = pinna_manifest_read_good(
            training->items[i], pass_over, NULL, &manifests[i], error);
        if (status)
            return status;
        n_entries += manifests[i].n_entries;
    }
    *n = 0;
    *texts = malloc((n_entries + 1) * sizeof **texts);
    if (!*texts)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < training->n_items; i++)
        for (size_t e = 0; e < manifests[i].n_entries; e++)
            (*texts)[(*n)++] = manifests[i].entries[e].text;
    return PINNA_OK;
}

static pinna_status learn_subwords(const pinna_ctc_units *units,
                                   const pinna_list *training,
                                   pinna_labels *labels, pinna_error *error)
{
    pinna_manifest *manifests =
        calloc(training->n_items + 1, sizeof *manifests);
    const char **texts = NULL;
    pinna_error cause = {""};
    size_t n;

    if (!manifests)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    pinna_status status = collect_texts(training, manifests, &texts, &n, error);
    if (!status) {
        status =
            pinna_subwords_learn(texts, n, units->n_subwords, labels, &cause);
        if (status)
            pinna_fail(error, status, "--subwords: %s", cause.text);
    }
    if (!status && labels->n_tokens - 1 < units->n_subwords && !units->quiet)
        pinna_message(
            "the texts give %zu pieces, not %zu: no pair more is there "
            "twice",
            labels->n_tokens - 1, units->n_subwords);
    for (size_t i = 0; i < training->n_items; i++)
        pinna_manifest_free(&manifests[i]);
    free(manifests);
    free(texts);
    return status;
}

/* Those of the model, if it writes pieces of words; else none. */
static pinna_status take_of_model(const char *path, pinna_labels *labels,
                                  pinna_error *error)
{
    pinna_model *model;

    const pinna_status status =
        pinna_read_init_model(path, PINNA_TASK_CTC, &model, error);
    if (!status && model->subword_tokens) {
        *labels = pinna_labels_of(model);
        model->tokens = NULL; /* moved */
        model->n_tokens = 0;
    }
    pinna_model_free(model);
    return status;
}

pinna_status pinna_ctc_units_make(const pinna_ctc_units *units,
                                  const pinna_list *training,
                                  pinna_labels *labels, pinna_error *error)
{
    pinna_status status = PINNA_OK;

    *labels = (pinna_labels){0};
    if (units->n_subwords > 0)
        return learn_subwords(units, training, labels, error);
    if (units->init && !units->words)
        status = take_of_model(units->init, labels, error);
    if (status || labels->n_tokens > 0)
        return status;
    status = pinna_labels_new(units->words ? PINNA_UNIT_WORD : PINNA_UNIT_CHAR,
                              units->words, labels);
    return status ? pinna_fail(error, status, "--words: %s",
                               pinna_strerror(status))
                  : PINNA_OK;
}
