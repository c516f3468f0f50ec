#include "datasets/batch.h"

#include <stdlib.h>

/* Batches sorted together: enough to find items of like length, few enough
 * that batches differ from epoch to epoch. */
#define POOL_BATCHES 16

struct item {
    size_t length;
    size_t place; /* in the shuffled order; breaks ties, as qsort() does not */
    size_t index;
};

static int by_length(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

/* All items in random order, those of one pool sorted by length. */
static void arrange(const size_t *lengths, size_t n_items, size_t pool,
                    pinna_rng *rng, size_t *order, struct item *items)
{
    for (size_t i = 0; i < n_items; i++)
        order[i] = i;
    pinna_rng_shuffle(rng, order, n_items);

    for (size_t i = 0; i < n_items; i++)
        items[i] = (struct item){lengths[order[i]], i, order[i]};
    for (size_t begin = 0; begin < n_items; begin += pool) {
        const size_t left = n_items - begin;
        qsort(items + begin, left < pool ? left : pool, sizeof *items,
              by_length);
    }
}

pinna_status pinna_batch_plan_new(const size_t *lengths, size_t n_items,
                                  size_t batch_size, pinna_rng *rng,
                                  pinna_batch_plan *plan)
{
    *plan = (pinna_batch_plan){0};
    if (batch_size == 0)
        return PINNA_BAD_ARG;
    if (batch_size > n_items)
        batch_size = n_items > 0 ? n_items : 1;

    const size_t n_batches = n_items / batch_size + (n_items % batch_size != 0);
    struct item *items = calloc(n_items + 1, sizeof *items);
    size_t *order = calloc(n_items + 1, sizeof *order);
    plan->items = calloc(n_items + 1, sizeof *plan->items);
    plan->begins = calloc(n_batches + 1, sizeof *plan->begins);
    if (!items || !order || !plan->items || !plan->begins) {
        free(items);
        free(order);
        pinna_batch_plan_free(plan);
        return PINNA_NO_MEMORY;
    }

    const size_t pool = batch_size < n_items / POOL_BATCHES
                            ? batch_size * POOL_BATCHES
                            : n_items + 1;
    arrange(lengths, n_items, pool, rng, order, items);

    for (size_t b = 0; b < n_batches; b++)
        order[b] = b;
    pinna_rng_shuffle(rng, order, n_batches);

    for (size_t b = 0; b < n_batches; b++) {
        const size_t begin = order[b] * batch_size;
        const size_t left = n_items - begin;
        for (size_t i = 0; i < batch_size && i < left; i++)
            plan->items[plan->n_items++] = items[begin + i].index;
        plan->begins[b + 1] = plan->n_items;
    }
    plan->n_batches = n_batches;

    free(items);
    free(order);
    return PINNA_OK;
}

void pinna_batch_plan_free(pinna_batch_plan *plan)
{
    if (!plan)
        return;
    free(plan->items);
    free(plan->begins);
    *plan = (pinna_batch_plan){0};
}

double pinna_batch_plan_padding(const pinna_batch_plan *plan,
                                const size_t *lengths)
{
    double used = 0, padded = 0;

    for (size_t b = 0; b < plan->n_batches; b++) {
        size_t longest = 0;
        for (size_t i = plan->begins[b]; i < plan->begins[b + 1]; i++) {
            const size_t length = lengths[plan->items[i]];
            used += (double)length;
            if (length > longest)
                longest = length;
        }
        padded +=
            (double)longest * (double)(plan->begins[b + 1] - plan->begins[b]);
    }
    return padded > 0 ? 1 - used / padded : 0;
}
