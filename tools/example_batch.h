/* tools/example_batch.h -- texts or recordings side by side, padded to the
 * longest of them */
#ifndef PINNA_TOOLS_EXAMPLE_BATCH_H
#define PINNA_TOOLS_EXAMPLE_BATCH_H

#include "dsp/status.h"
#include "tools/examples.h"

#include <stddef.h>

typedef struct pinna_example_batch {
    size_t *items;     /* [B] which example stands in a column; the caller's to
                          set */
    size_t *lengths;   /* [B] */
    int *ids;          /* [T, B] of texts, -1 behind their ends; or else NULL */
    float *frames;     /* [T, B, width] of recordings, 0 behind their ends */
    size_t n_steps, n; /* T and B of the latest */
} pinna_example_batch;

/* Room for as many items as long as that; width as in pinna_examples. Free it
 * also when this fails. */
pinna_status pinna_example_batch_new(size_t width, size_t longest,
                                     size_t max_items,
                                     pinna_example_batch *batch);
void pinna_example_batch_free(pinna_example_batch *batch);

/* The examples that items [n] names, with their lengths. */
void pinna_example_batch_fill(pinna_example_batch *batch,
                              const pinna_examples *examples, size_t n);

#endif
