/* dsp/ring.h -- fixed-size first-in first-out store of samples, for one
 * thread */
#ifndef PINNA_DSP_RING_H
#define PINNA_DSP_RING_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_ring pinna_ring;

/* capacity in samples, > 0. */
pinna_status pinna_ring_new(size_t capacity, pinna_ring **out);
void pinna_ring_free(pinna_ring *ring);
PINNA_REALTIME void pinna_ring_reset(pinna_ring *ring);

PINNA_REALTIME size_t pinna_ring_count(const pinna_ring *ring);
PINNA_REALTIME size_t pinna_ring_space(const pinna_ring *ring);

/* Both return how many samples were moved: at most n, less when the ring is
 * full or empty. */
PINNA_REALTIME size_t pinna_ring_write(pinna_ring *ring, const float *samples,
                                       size_t n);
PINNA_REALTIME size_t pinna_ring_read(pinna_ring *ring, float *samples,
                                      size_t n);

#endif
