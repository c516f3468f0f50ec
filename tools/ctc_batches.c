#include "tools/ctc_batches.h"

#include "datasets/batch.h"
#include "tools/prefetch.h"

#include <stdlib.h>
#include <string.h>

/* Items that are planned, and bucketed by length, together. */
#define EPOCH_BATCHES 64

struct pinna_ctc_batches {
    pinna_ctc_source source;
    pinna_ctc_input input;
    pinna_batch_plan plan;
    size_t plan_epoch;
    bool has_plan;
    pinna_ctc_batch slots[2];
    pinna_prefetch *prefetch;
};

static pinna_status batch_new(const pinna_ctc_input *input, size_t max_items,
                              pinna_ctc_batch *batch)
{
    batch->x =
        malloc(max_items * input->max_steps * input->n_in * sizeof(float));
    batch->lengths = malloc(max_items * sizeof *batch->lengths);
    batch->segments = malloc(max_items * sizeof *batch->segments);
    batch->n_segments = malloc(max_items * sizeof *batch->n_segments);
    return batch->x && batch->lengths && batch->segments && batch->n_segments
               ? PINNA_OK
               : PINNA_NO_MEMORY;
}

static void batch_free(pinna_ctc_batch *batch)
{
    free(batch->x);
    free(batch->lengths);
    free(batch->segments);
    free(batch->n_segments);
}

void pinna_ctc_plan_fitting(const pinna_ctc_material *material,
                            size_t max_samples, uint64_t seed, uint64_t number,
                            pinna_rng *rng, pinna_ctc_item *item)
{
    pinna_rng_seed(rng, seed, number);
    do
        pinna_ctc_item_plan(material, rng, item);
    while (pinna_ctc_item_longest(item) > max_samples);
}

static void plan_item(const pinna_ctc_batches *b, uint64_t number,
                      pinna_rng *rng, pinna_ctc_item *item)
{
    pinna_ctc_plan_fitting(b->source.material, b->input.max_samples,
                           b->source.seed, number, rng, item);
}

static pinna_status plan_epoch(pinna_ctc_batches *b, size_t epoch)
{
    if (b->has_plan && b->plan_epoch == epoch)
        return PINNA_OK;
    const size_t n = EPOCH_BATCHES * b->source.batch_size;
    size_t *lengths = malloc(n * sizeof *lengths);
    pinna_rng rng;
    if (!lengths)
        return PINNA_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        pinna_ctc_item item;
        plan_item(b, epoch * n + i, &rng, &item);
        lengths[i] = (size_t)((double)item.n_samples / item.tempo);
    }
    pinna_batch_plan_free(&b->plan);
    pinna_rng_seed(&rng, b->source.seed + 1, epoch);
    const pinna_status status =
        pinna_batch_plan_new(lengths, n, b->source.batch_size, &rng, &b->plan);
    free(lengths);
    b->has_plan = status == PINNA_OK;
    b->plan_epoch = epoch;
    return status;
}

/* Copy the input's column into column k, as far as it is long. */
static void put_column(const pinna_ctc_input *input, size_t k, size_t n_steps,
                       pinna_ctc_batch *batch)
{
    batch->lengths[k] = n_steps;
    for (size_t t = 0; t < n_steps; t++)
        memcpy(batch->x + (t * batch->n + k) * input->n_in,
               input->column + t * input->n_in, input->n_in * sizeof(float));
}

static void clear_padding(size_t n_in, pinna_ctc_batch *batch)
{
    for (size_t k = 0; k < batch->n; k++)
        for (size_t t = batch->lengths[k]; t < batch->n_steps; t++)
            memset(batch->x + (t * batch->n + k) * n_in, 0,
                   n_in * sizeof(float));
}

static pinna_status make_item(pinna_ctc_batches *b, uint64_t number, size_t k,
                              pinna_ctc_batch *batch)
{
    pinna_ctc_item item;
    size_t n_steps;

    plan_item(b, number, &batch->rng, &item);
    const pinna_status status =
        pinna_ctc_input_make(&b->input, &item, &batch->rng, &n_steps);
    if (status)
        return status;
    put_column(&b->input, k, n_steps, batch);
    batch->n_steps = n_steps > batch->n_steps ? n_steps : batch->n_steps;
    return pinna_ctc_segments_plan(&b->source.model->ctc_ear, b->source.labels,
                                   &item, n_steps, batch->segments[k],
                                   &batch->n_segments[k], NULL);
}

static void make(void *user, pinna_share_name name, size_t slot)
{
    pinna_ctc_batches *b = user;
    pinna_ctc_batch *batch = &b->slots[slot];
    const size_t epoch = name.step / EPOCH_BATCHES;
    const size_t n_epoch = EPOCH_BATCHES * b->source.batch_size;

    batch->n = name.n;
    batch->n_steps = 1;
    batch->status = plan_epoch(b, epoch);
    for (size_t k = 0; !batch->status && k < name.n; k++) {
        const size_t at =
            b->plan.begins[name.step % EPOCH_BATCHES] + name.first + k;
        batch->status =
            make_item(b, epoch * n_epoch + b->plan.items[at], k, batch);
    }
    if (batch->status)
        pinna_fail(&batch->error, batch->status,
                   "cannot make a training item: %s",
                   pinna_strerror(batch->status));
    else
        clear_padding(b->input.n_in, batch);
}

pinna_status pinna_ctc_batches_new(const pinna_ctc_source *source,
                                   size_t max_items, pinna_ctc_batches **out)
{
    pinna_ctc_batches *b = *out = calloc(1, sizeof *b);
    if (!b)
        return PINNA_NO_MEMORY;
    b->source = *source;
    pinna_status status =
        pinna_ctc_input_new(source->model, source->material, source->distortion,
                            source->cache, source->max_seconds, &b->input);
    const size_t n_slots = source->ahead ? 2 : 1;
    for (size_t i = 0; !status && i < n_slots; i++)
        status = batch_new(&b->input, max_items, &b->slots[i]);
    if (!status)
        status = pinna_prefetch_new(make, b, source->ahead, &b->prefetch);
    if (status) {
        pinna_ctc_batches_free(b);
        *out = NULL;
    }
    return status;
}

void pinna_ctc_batches_free(pinna_ctc_batches *batches)
{
    if (!batches)
        return;
    pinna_prefetch_free(batches->prefetch);
    for (size_t i = 0; i < 2; i++)
        batch_free(&batches->slots[i]);
    pinna_batch_plan_free(&batches->plan);
    pinna_ctc_input_free(&batches->input);
    free(batches);
}

pinna_status pinna_ctc_batches_take(pinna_ctc_batches *batches, size_t step,
                                    size_t first, size_t n,
                                    const pinna_ctc_batch **batch,
                                    pinna_error *error)
{
    const pinna_share_name name = {step, first, n};
    const size_t slot = pinna_prefetch_take(batches->prefetch, name);

    *batch = &batches->slots[slot];
    if ((*batch)->status && error)
        *error = (*batch)->error;
    return (*batch)->status;
}
