/* tools/spsc_ring.h -- first in first out store of samples from one thread to
 * another, without locks
 *
 * One thread writes and one reads (single producer, single consumer); neither
 * ever waits for the other. Each moves whole frames of n_channels interleaved
 * samples, so that channels never part, however full it is. */
#ifndef PINNA_TOOLS_SPSC_RING_H
#define PINNA_TOOLS_SPSC_RING_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_spsc_ring pinna_spsc_ring;

/* capacity in frames, 1 and more; some are added. n_channels > 0. */
pinna_status pinna_spsc_ring_new(size_t capacity, size_t n_channels,
                                 pinna_spsc_ring **out);
void pinna_spsc_ring_free(pinna_spsc_ring *ring);

/* The writer's: channels [n_channels][n], deinterleaved. Returns how many
 * frames were taken: the first ones, fewer than n when the ring is full. */
PINNA_REALTIME size_t pinna_spsc_ring_write(pinna_spsc_ring *ring,
                                            const float *const *channels,
                                            size_t n);

/* The reader's: into channels [n_channels][n], or dropped where one is NULL.
 * Returns how many frames came. */
PINNA_REALTIME size_t pinna_spsc_ring_read(pinna_spsc_ring *ring,
                                           float *const *channels, size_t n);

#endif
