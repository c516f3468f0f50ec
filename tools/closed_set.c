#include "tools/closed_set.h"

#include "rnn/ctc.h"
#include "tools/ctc_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Most tokens of a text. */
#define MAX_TOKENS 1024

typedef struct candidate {
    const char *text;
    int *ids;
    size_t n_ids;
} candidate;

struct pinna_closed_set {
    size_t n_tokens; /* of the model */
    candidate *candidates;
    size_t n_candidates, longest;
};

static bool is_known(const pinna_closed_set *set, const char *text)
{
    for (size_t i = 0; i < set->n_candidates; i++)
        if (strcmp(set->candidates[i].text, text) == 0)
            return true;
    return false;
}

static pinna_status add(pinna_closed_set *set, const pinna_labels *labels,
                        const char *text, pinna_error *error)
{
    candidate *c = &set->candidates[set->n_candidates];
    c->text = text;
    c->ids = malloc(MAX_TOKENS * sizeof *c->ids);
    if (!c->ids)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    set->n_candidates++;
    const pinna_status status =
        pinna_labels_encode(labels, text, c->ids, MAX_TOKENS, &c->n_ids, error);
    if (c->n_ids > set->longest)
        set->longest = c->n_ids;
    return status;
}

pinna_status pinna_closed_set_new(const pinna_model *model,
                                  const pinna_sound_list *list,
                                  pinna_closed_set **out, pinna_error *error)
{
    const pinna_labels labels = pinna_labels_of(model);
    pinna_closed_set *set = calloc(1, sizeof *set);

    *out = NULL;
    if (set)
        set->candidates = calloc(list->n_items + 1, sizeof *set->candidates);
    if (!set || !set->candidates) {
        free(set);
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    }
    set->n_tokens = model->n_tokens;
    set->longest = 1;
    pinna_status status = PINNA_OK;
    for (size_t i = 0; !status && i < list->n_items; i++)
        if (list->items[i].text && !is_known(set, list->items[i].text))
            status = add(set, &labels, list->items[i].text, error);
    if (status) {
        pinna_closed_set_free(set);
        return status;
    }
    *out = set;
    return PINNA_OK;
}

void pinna_closed_set_free(pinna_closed_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->n_candidates; i++)
        free(set->candidates[i].ids);
    free(set->candidates);
    free(set);
}

pinna_status pinna_closed_set_choose(const pinna_closed_set *set,
                                     const float *logits, size_t n_steps,
                                     const char **text)
{
    double lowest = INFINITY;
    pinna_ctc *ctc;

    *text = "";
    if (n_steps == 0)
        return PINNA_OK;
    pinna_status status =
        pinna_ctc_new(n_steps, set->n_tokens, set->longest, &ctc);
    if (status)
        return status;
    for (size_t i = 0; !status && i < set->n_candidates; i++) {
        const candidate *c = &set->candidates[i];
        double loss;
        status = pinna_ctc_loss(ctc, logits, set->n_tokens, n_steps, c->ids,
                                c->n_ids, 0, 1, NULL, &loss);
        if (!status && loss < lowest) {
            lowest = loss;
            *text = c->text;
        }
    }
    pinna_ctc_free(ctc);
    return status;
}
