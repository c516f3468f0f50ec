#include "tools/spsc_ring.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What one thread writes stays off the other's cache lines. */
#define CACHE_LINE 64

/* Counts of frames ever moved; they may wrap, since the capacity is a power of
 * two. The writer publishes samples by a release of n_written, the reader gives
 * places back by a release of n_read. */
struct pinna_spsc_ring {
    size_t mask; /* capacity - 1 */
    size_t n_channels;
    _Alignas(CACHE_LINE) atomic_size_t n_written;
    _Alignas(CACHE_LINE) atomic_size_t n_read;
    _Alignas(CACHE_LINE) float samples[]; /* [capacity, n_channels] */
};

pinna_status pinna_spsc_ring_new(size_t capacity, size_t n_channels,
                                 pinna_spsc_ring **out)
{
    size_t size = 1;

    *out = NULL;
    if (capacity == 0 || n_channels == 0)
        return PINNA_BAD_ARG;
    while (size < capacity && size <= SIZE_MAX / 2)
        size *= 2;
    if (size < capacity || size > SIZE_MAX / 2 / sizeof(float) / n_channels)
        return PINNA_NO_MEMORY;

    const size_t bytes =
        sizeof(pinna_spsc_ring) + size * n_channels * sizeof(float);
    pinna_spsc_ring *ring = aligned_alloc(
        CACHE_LINE, (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
    if (!ring)
        return PINNA_NO_MEMORY;
    /* Touched once, so that the first lap finds no page missing. */
    memset(ring, 0, bytes);
    ring->mask = size - 1;
    ring->n_channels = n_channels;
    atomic_init(&ring->n_written, 0);
    atomic_init(&ring->n_read, 0);
    *out = ring;
    return PINNA_OK;
}

void pinna_spsc_ring_free(pinna_spsc_ring *ring)
{
    free(ring);
}

size_t pinna_spsc_ring_write(pinna_spsc_ring *ring,
                             const float *const *channels, size_t n)
{
    const size_t begin =
        atomic_load_explicit(&ring->n_written, memory_order_relaxed);
    const size_t n_read =
        atomic_load_explicit(&ring->n_read, memory_order_acquire);
    const size_t space = ring->mask + 1 - (begin - n_read);

    n = n < space ? n : space;
    for (size_t c = 0; c < ring->n_channels; c++)
        for (size_t i = 0; i < n; i++)
            ring->samples[((begin + i) & ring->mask) * ring->n_channels + c] =
                channels[c][i];
    atomic_store_explicit(&ring->n_written, begin + n, memory_order_release);
    return n;
}

size_t pinna_spsc_ring_read(pinna_spsc_ring *ring, float *const *channels,
                            size_t n)
{
    const size_t begin =
        atomic_load_explicit(&ring->n_read, memory_order_relaxed);
    const size_t n_written =
        atomic_load_explicit(&ring->n_written, memory_order_acquire);
    const size_t count = n_written - begin;

    n = n < count ? n : count;
    for (size_t c = 0; c < ring->n_channels; c++)
        for (size_t i = 0; channels[c] && i < n; i++)
            channels[c][i] =
                ring->samples[((begin + i) & ring->mask) * ring->n_channels +
                              c];
    atomic_store_explicit(&ring->n_read, begin + n, memory_order_release);
    return n;
}
