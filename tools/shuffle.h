/* tools/shuffle.h -- all items of a set in random order, again and again
 *
 * What stands at a position depends on seed and position alone, so that a
 * training goes on anywhere. One object per thread. */
#ifndef PINNA_TOOLS_SHUFFLE_H
#define PINNA_TOOLS_SHUFFLE_H

#include "dsp/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct pinna_shuffle {
    uint64_t seed;
    size_t n_items;
    size_t epoch;  /* that order is of, + 1; 0: of none */
    size_t *order; /* [n_items] */
} pinna_shuffle;

/* n_items > 0. */
pinna_status pinna_shuffle_new(uint64_t seed, size_t n_items,
                               pinna_shuffle *shuffle);
void pinna_shuffle_free(pinna_shuffle *shuffle);

/* Positions k n_items .. (k + 1) n_items - 1 hold every item once. */
size_t pinna_shuffle_at(pinna_shuffle *shuffle, size_t position);

#endif
