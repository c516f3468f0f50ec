/* rnn/block.h -- several arrays of floats in one piece of memory */
#ifndef PINNA_RNN_BLOCK_H
#define PINNA_RNN_BLOCK_H

#include "dsp/status.h"

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

#endif
