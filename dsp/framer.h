/* dsp/framer.h -- cuts a stream into overlapping frames
 *
 * What a frame may show beyond the ends of the signal:
 *   SNIP    nothing: frame k covers [k shift, k shift + length); what does not
 *           fill a frame is dropped: n < length ? 0 : 1 + (n - length) / shift
 *           frames (Kaldi's snip_edges, torch's center=False)
 *   MIRROR  the signal mirrored, the edge sample included: frame k is centred
 *           at (k + 1/2) shift, (n + shift/2) / shift frames (Kaldi without
 *           snip_edges)
 *   ZERO, REFLECT, REPLICATE  zeros, the signal mirrored about the edge sample,
 *           the edge sample again: frame k is centred at k shift, 1 + n / shift
 *           frames, 1 + (n - 1) / shift of an odd length (pad_mode "constant",
 *           "reflect", "edge" of torch and librosa). No sample, no frame; a
 * signal that is too short to reflect, of length/2 samples or fewer, gives none
 * either. */
#ifndef PINNA_DSP_FRAMER_H
#define PINNA_DSP_FRAMER_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum pinna_edges {
    PINNA_EDGES_SNIP,
    PINNA_EDGES_MIRROR,
    PINNA_EDGES_ZERO,
    PINNA_EDGES_REFLECT,
    PINNA_EDGES_REPLICATE,
} pinna_edges;

typedef struct pinna_framer pinna_framer;

/* 0 < shift, 0 < length, in samples. */
pinna_status pinna_framer_new(size_t length, size_t shift, pinna_edges edges,
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

/* No sample will follow: what lies beyond the end may now be used. */
PINNA_REALTIME void pinna_framer_finish(pinna_framer *framer);

/* Copy the next frame [length] if it is complete, else return false. */
PINNA_REALTIME bool pinna_framer_pull(pinna_framer *framer, float *frame);

#endif
