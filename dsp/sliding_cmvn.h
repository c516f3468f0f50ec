/* dsp/sliding_cmvn.h -- mean and variance normalisation over a window that
 * slides along the frames, as Kaldi's apply-cmvn-sliding
 *
 *     const pinna_sliding_cmvn_config config =
 *         pinna_sliding_cmvn_config_default();
 *     pinna_sliding_cmvn *cmvn;
 *     pinna_sliding_cmvn_new(13, &config, &cmvn);
 *     while (next_frame(frame)) {
 *         pinna_sliding_cmvn_push(cmvn, frame);
 *         while (pinna_sliding_cmvn_pull(cmvn, frame))
 *             use(frame);
 *     }
 *     pinna_sliding_cmvn_finish(cmvn);
 *     while (pinna_sliding_cmvn_pull(cmvn, frame))
 *         use(frame);
 *
 * Frame t is normalised by frames
 *   [t - cmn_window, max(t + 1, min_window))           if not center,
 *   [t - cmn_window/2, t - cmn_window/2 + cmn_window)  if center,
 * moved inside the stream as a whole where they begin before it, and where they
 * end beyond it; cut where that does not suffice. (That a causal window has
 * cmn_window + 1 frames is Kaldi's way.) NaN and infinity spoil their own
 * frames only. Memory is constant. */
#ifndef PINNA_DSP_SLIDING_CMVN_H
#define PINNA_DSP_SLIDING_CMVN_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_sliding_cmvn_config {
    size_t cmn_window; /* frames, 1 .. 1000000 */
    size_t min_window; /* frames, at most 1000000; not used when center */
    bool center;
    bool norm_vars; /* variance too, floored at 1e-10 */
} pinna_sliding_cmvn_config;

/* Kaldi's: 600, 100, false, false. */
pinna_sliding_cmvn_config pinna_sliding_cmvn_config_default(void);

typedef struct pinna_sliding_cmvn pinna_sliding_cmvn;

/* dim: features per frame, 1 .. 65536. */
pinna_status pinna_sliding_cmvn_new(size_t dim,
                                    const pinna_sliding_cmvn_config *config,
                                    pinna_sliding_cmvn **out);
void pinna_sliding_cmvn_free(pinna_sliding_cmvn *cmvn);
PINNA_REALTIME void pinna_sliding_cmvn_reset(pinna_sliding_cmvn *cmvn);

/* Take the next frame [dim]. Pull until false before the next push: the first
 * min_window (center: cmn_window / 2) frames come out together. */
PINNA_REALTIME void pinna_sliding_cmvn_push(pinna_sliding_cmvn *cmvn,
                                            const float *frame);

/* No frame will follow: the last ones may now be pulled. */
PINNA_REALTIME void pinna_sliding_cmvn_finish(pinna_sliding_cmvn *cmvn);

/* The next frame [dim], normalised, if its window is complete, else return
 * false. A window of one frame gives 0 with norm_vars. */
PINNA_REALTIME bool pinna_sliding_cmvn_pull(pinna_sliding_cmvn *cmvn,
                                            float *out);

#endif
