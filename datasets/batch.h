/* datasets/batch.h -- which items go together in a padded batch
 *
 * Items of like length share a batch, so that little of it is padding; what
 * goes where changes with every epoch, by the rng alone. */
#ifndef PINNA_DATASETS_BATCH_H
#define PINNA_DATASETS_BATCH_H

#include "dsp/rng.h"
#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_batch_plan {
    size_t *items;  /* [n_items], batch after batch */
    size_t n_items; /* every item once */
    size_t *begins; /* [n_batches + 1] into items */
    size_t n_batches;
} pinna_batch_plan;

/* lengths [n_items], any unit. Shuffle, sort within pools of 16 batches, cut
 * into batches of batch_size (the last may be smaller), shuffle the batches. */
pinna_status pinna_batch_plan_new(const size_t *lengths, size_t n_items,
                                  size_t batch_size, pinna_rng *rng,
                                  pinna_batch_plan *plan);
void pinna_batch_plan_free(pinna_batch_plan *plan);

/* How much of the batches is padding, 0..1. */
double pinna_batch_plan_padding(const pinna_batch_plan *plan,
                                const size_t *lengths);

#endif
