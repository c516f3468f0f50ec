#include "dsp/ring.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct pinna_ring {
    size_t capacity;
    size_t begin; /* of the oldest sample */
    size_t count;
    float samples[]; /* [capacity] */
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

pinna_status pinna_ring_new(size_t capacity, pinna_ring **out)
{
    *out = NULL;
    if (capacity == 0)
        return PINNA_BAD_ARG;
    if (capacity > (SIZE_MAX - sizeof(pinna_ring)) / sizeof(float))
        return PINNA_NO_MEMORY;

    pinna_ring *ring = calloc(1, sizeof *ring + capacity * sizeof(float));
    if (!ring)
        return PINNA_NO_MEMORY;

    ring->capacity = capacity;
    *out = ring;
    return PINNA_OK;
}

void pinna_ring_free(pinna_ring *ring)
{
    free(ring);
}

void pinna_ring_reset(pinna_ring *ring)
{
    ring->begin = 0;
    ring->count = 0;
}

size_t pinna_ring_count(const pinna_ring *ring)
{
    return ring->count;
}

size_t pinna_ring_space(const pinna_ring *ring)
{
    return ring->capacity - ring->count;
}

size_t pinna_ring_write(pinna_ring *ring, const float *samples, size_t n)
{
    n = smaller(n, pinna_ring_space(ring));
    if (n == 0)
        return 0;

    /* end = begin + count, without an overflow of the sum. */
    const size_t to_wrap = ring->capacity - ring->begin;
    const size_t end = ring->count < to_wrap ? ring->begin + ring->count
                                             : ring->count - to_wrap;
    const size_t n_first = smaller(n, ring->capacity - end);
    memcpy(ring->samples + end, samples, n_first * sizeof(float));
    memcpy(ring->samples, samples + n_first, (n - n_first) * sizeof(float));

    ring->count += n;
    return n;
}

size_t pinna_ring_read(pinna_ring *ring, float *samples, size_t n)
{
    n = smaller(n, ring->count);
    if (n == 0)
        return 0;

    const size_t n_first = smaller(n, ring->capacity - ring->begin);
    memcpy(samples, ring->samples + ring->begin, n_first * sizeof(float));
    memcpy(samples + n_first, ring->samples, (n - n_first) * sizeof(float));

    ring->begin = n < ring->capacity - ring->begin
                      ? ring->begin + n
                      : n - (ring->capacity - ring->begin);
    ring->count -= n;
    return n;
}
