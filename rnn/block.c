#include "rnn/block.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Floats of a cache line, and of the widest vector of today's CPUs. */
#define ALIGNMENT 16

/* *size takes a * b * c, rounded up to whole lines; false when that is 0 or
 * too much. */
static bool padded_size(const pinna_block_array *array, size_t *size)
{
    const size_t limit = SIZE_MAX / sizeof(float) / ALIGNMENT;
    const size_t a = array->a, b = array->b, c = array->c;

    if (a == 0 || b == 0 || c == 0 || a > limit / b || a * b > limit / c)
        return false;
    *size = (a * b * c + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return true;
}

pinna_status pinna_block_new(const pinna_block_array *arrays, size_t n_arrays,
                             float **block)
{
    const size_t limit = SIZE_MAX / sizeof(float) / ALIGNMENT;
    size_t total = 0, size;

    *block = NULL;
    for (size_t i = 0; i < n_arrays; i++) {
        if (!padded_size(&arrays[i], &size) || size > limit - total)
            return PINNA_BAD_ARG;
        total += size;
    }
    *block = aligned_alloc(ALIGNMENT * sizeof(float), total * sizeof(float));
    if (!*block)
        return PINNA_NO_MEMORY;

    float *next = *block;
    for (size_t i = 0; i < n_arrays; i++) {
        *arrays[i].array = next;
        if (padded_size(&arrays[i], &size))
            next += size;
    }
    return PINNA_OK;
}
