/* rnn/cell_memory.h -- what the recurrent cells share: scratch in one block,
 * and sequences of unequal length */
#ifndef PINNA_RNN_CELL_MEMORY_H
#define PINNA_RNN_CELL_MEMORY_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

/* One array of a block: room for a * b * c floats at *array. */
typedef struct pinna_block_array {
    float **array;
    size_t a, b, c;
} pinna_block_array;

/* Allocate all arrays as one block, each on its own cache lines; *block is to
 * be freed. PINNA_BAD_ARG when a size is 0 or they are too large together. */
pinna_status pinna_block_new(const pinna_block_array *arrays, size_t n_arrays,
                             float **block);

/* Is frame t inside sequence b? lengths NULL: always. */
static inline bool pinna_frame_is_valid(const size_t *lengths, size_t b,
                                        size_t t)
{
    return !lengths || t < lengths[b];
}

/* from [n], or zeros for NULL. */
void pinna_copy_or_zero(const float *from, size_t n, float *to);

/* to [n] += from, unless to is NULL. */
void pinna_add_unless_null(const float *from, size_t n, float *to);

#endif
