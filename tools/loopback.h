/* tools/loopback.h -- how long sound takes from the output back to the input,
 * through a cable or the air
 *
 * A quarter of a second of noise is played after half a second of silence; the
 * delay is that at which what comes back is most like it (the largest
 * normalised correlation). */
#ifndef PINNA_TOOLS_LOOPBACK_H
#define PINNA_TOOLS_LOOPBACK_H

#include "dsp/status.h"

#include <stddef.h>

/* How long all of it takes. */
#define PINNA_LOOPBACK_S 2.5

typedef struct pinna_loopback pinna_loopback;

pinna_status pinna_loopback_new(double rate, pinna_loopback **out);
void pinna_loopback_free(pinna_loopback *loopback);

/* A pinna_live_process of tools/live_stream.h, of one channel; out of what is
 * played last comes silence. */
PINNA_REALTIME void pinna_loopback_process(void *loopback,
                                           const float *const *in,
                                           float *const *out, size_t n);

/* After the last call of process(): the delay in samples. PINNA_NOT_FOUND when
 * nothing like it has come back, or PINNA_NO_MEMORY. */
pinna_status pinna_loopback_find(const pinna_loopback *loopback, size_t *delay);

#endif
