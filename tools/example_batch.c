#include "tools/example_batch.h"

#include <stdlib.h>
#include <string.h>

pinna_status pinna_example_batch_new(size_t width, size_t longest,
                                     size_t max_items,
                                     pinna_example_batch *batch)
{
    const size_t n_rows = longest * max_items;

    *batch = (pinna_example_batch){
        .items = malloc(max_items * sizeof *batch->items),
        .lengths = malloc(max_items * sizeof *batch->lengths),
    };
    if (width > 0)
        batch->frames = malloc(n_rows * width * sizeof *batch->frames);
    else
        batch->ids = malloc(n_rows * sizeof *batch->ids);
    return batch->items && batch->lengths && (batch->frames || batch->ids)
               ? PINNA_OK
               : PINNA_NO_MEMORY;
}

void pinna_example_batch_free(pinna_example_batch *batch)
{
    free(batch->items);
    free(batch->lengths);
    free(batch->frames);
    free(batch->ids);
}

/* One into column b. */
static void fill_column(pinna_example_batch *batch,
                        const pinna_example *example, size_t width, size_t b)
{
    for (size_t t = 0; t < batch->n_steps; t++) {
        const size_t row = t * batch->n + b;
        const bool is_padding = t >= example->n;
        if (width == 0)
            batch->ids[row] = is_padding ? -1 : example->ids[t];
        else if (is_padding)
            memset(batch->frames + row * width, 0, width * sizeof(float));
        else
            memcpy(batch->frames + row * width, example->frames + t * width,
                   width * sizeof(float));
    }
}

void pinna_example_batch_fill(pinna_example_batch *batch,
                              const pinna_examples *examples, size_t n)
{
    batch->n = n;
    batch->n_steps = 1;
    for (size_t b = 0; b < n; b++) {
        const size_t length = examples->items[batch->items[b]].n;
        batch->lengths[b] = length;
        if (length > batch->n_steps)
            batch->n_steps = length;
    }
    for (size_t b = 0; b < n; b++)
        fill_column(batch, &examples->items[batch->items[b]], examples->width,
                    b);
}
