#include "tools/shuffle.h"

#include "dsp/rng.h"

#include <stdlib.h>

pinna_status pinna_shuffle_new(uint64_t seed, size_t n_items,
                               pinna_shuffle *shuffle)
{
    *shuffle = (pinna_shuffle){.seed = seed, .n_items = n_items};
    shuffle->order = malloc(n_items * sizeof *shuffle->order);
    return shuffle->order ? PINNA_OK : PINNA_NO_MEMORY;
}

void pinna_shuffle_free(pinna_shuffle *shuffle)
{
    if (!shuffle)
        return;
    free(shuffle->order);
    *shuffle = (pinna_shuffle){0};
}

size_t pinna_shuffle_at(pinna_shuffle *shuffle, size_t position)
{
    const size_t epoch = position / shuffle->n_items;

    if (shuffle->epoch != epoch + 1) {
        pinna_rng rng;
        pinna_rng_seed(&rng, shuffle->seed, epoch);
        for (size_t i = 0; i < shuffle->n_items; i++)
            shuffle->order[i] = i;
        pinna_rng_shuffle(&rng, shuffle->order, shuffle->n_items);
        shuffle->epoch = epoch + 1;
    }
    return shuffle->order[position % shuffle->n_items];
}
