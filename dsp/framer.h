/* dsp/framer.h -- cuts a stream into overlapping frames
 *
 * Frame k covers samples [k * shift, k * shift + length). snip_edges true
 * drops what does not fill a frame: n < length ? 0 : 1 + (n - length) / shift
 * frames. False centres frame k at (k + 1/2) shift and mirrors the signal at
 * both ends, the edge sample included: (n + shift/2) / shift frames (Kaldi). */
#ifndef PINNA_DSP_FRAMER_H
#define PINNA_DSP_FRAMER_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_framer pinna_framer;

/* 0 < shift, 0 < length, in samples. */
pinna_status pinna_framer_new(size_t length, size_t shift, bool snip_edges,
                              pinna_framer **out);
void pinna_framer_free(pinna_framer *framer);
PINNA_REALTIME void pinna_framer_reset(pinna_framer *framer);

/* How many frames a stream of n_samples gives. */
PINNA_REALTIME size_t pinna_framer_n_frames(const pinna_framer *framer,
                                            size_t n_samples);

/* Take at most n samples, as many as fit before a frame has to be pulled;
 * returns how many were taken. Memory never grows. */
PINNA_REALTIME size_t pinna_framer_push(pinna_framer *framer,
                                        const float *samples, size_t n);

/* No sample will follow: the mirrored end may now be used. */
PINNA_REALTIME void pinna_framer_finish(pinna_framer *framer);

/* Copy the next frame [length] if it is complete, else return false. */
PINNA_REALTIME bool pinna_framer_pull(pinna_framer *framer, float *frame);

#endif
