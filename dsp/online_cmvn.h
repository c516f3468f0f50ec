/* dsp/online_cmvn.h -- mean and variance normalisation by what was heard so
 * far, without delay, as Kaldi's online decoders do it
 *
 *     pinna_online_cmvn_config config = pinna_online_cmvn_config_default();
 *     config.global = &stats; // of the training data
 *     pinna_online_cmvn *cmvn;
 *     pinna_online_cmvn_new(13, &config, &cmvn);
 *     while (next_frame(frame)) {
 *         pinna_online_cmvn_process(cmvn, frame, frame, 1);
 *         use(frame);
 *     }
 *
 * Frame t is normalised by the statistics of frames t - cmn_window + 1 .. t.
 * While these are fewer than cmn_window, global statistics fill up: they count
 * as at most global_frames frames, and as no more than are missing (Kaldi's
 * OnlineCmvn without statistics of a speaker). Memory is constant. */
#ifndef PINNA_DSP_ONLINE_CMVN_H
#define PINNA_DSP_ONLINE_CMVN_H

#include "dsp/cmvn.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_online_cmvn_config {
    size_t cmn_window;    /* frames, at most 1000000; 0: all since the start */
    size_t global_frames; /* what the global statistics count as, at most */
    bool norm_vars;       /* variance too, floored at 1e-20 */
    const pinna_cmvn_stats *global; /* copied by new(); NULL: none */
} pinna_online_cmvn_config;

/* Kaldi's: 600, 200, false; no global statistics. */
pinna_online_cmvn_config pinna_online_cmvn_config_default(void);

typedef struct pinna_online_cmvn pinna_online_cmvn;

/* dim: features per frame, 1 .. 65536, and of the global statistics, which
 * must have been counted over something; else PINNA_BAD_ARG. */
pinna_status pinna_online_cmvn_new(size_t dim,
                                   const pinna_online_cmvn_config *config,
                                   pinna_online_cmvn **out);
void pinna_online_cmvn_free(pinna_online_cmvn *cmvn);
PINNA_REALTIME void pinna_online_cmvn_reset(pinna_online_cmvn *cmvn);

/* in [n, dim] -> out [n, dim]; they may be the same. NaN and infinity spoil
 * their own frames only. */
PINNA_REALTIME void pinna_online_cmvn_process(pinna_online_cmvn *cmvn,
                                              const float *in, float *out,
                                              size_t n);

#endif
