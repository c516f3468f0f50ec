/* dsp/front_end.h -- samples to the feature frames that a model is fed
 *
 *     pinna_front_end_config config =
 *         pinna_front_end_config_default(PINNA_FEATURE_MFCC);
 *     config.delta.order = 2;
 *     config.resample = true; // take 44.1 kHz for features at 16 kHz
 *     pinna_front_end *front_end;
 *     pinna_front_end_new(&config, 44100, &front_end, &error);
 *     float frame[39]; // pinna_front_end_n_out(front_end)
 *     while ((n = read(samples)) > 0)
 *         for (size_t used = 0; used < n;) {
 *             used += pinna_front_end_push(front_end, samples + used, n -
 * used); while (pinna_front_end_pull(front_end, frame)) use(frame);
 *         }
 *     pinna_front_end_finish(front_end);
 *     while (pinna_front_end_pull(front_end, frame))
 *         use(frame);
 *
 * The stages, in Kaldi's order: resampling, features, mean and variance
 * normalisation, deltas, splicing. Any split of the samples gives the same
 * bits; memory is constant.
 *
 * Some stages look at the whole signal first: PINNA_CMVN_UTTERANCE, top_db,
 * whisper_range. They hear it more than once (pinna_front_end_n_passes()):
 *     do
 *         ... push, pull and finish as above, from its first sample ...
 *     while (pinna_front_end_next_pass(front_end));
 * Frames come in the last pass. */
#ifndef PINNA_DSP_FRONT_END_H
#define PINNA_DSP_FRONT_END_H

#include "dsp/cmvn.h"
#include "dsp/delta.h"
#include "dsp/fbank.h"
#include "dsp/sliding_cmvn.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum pinna_cmvn_kind {
    PINNA_CMVN_NONE,
    PINNA_CMVN_UTTERANCE, /* of the whole signal */
    PINNA_CMVN_SLIDING,   /* dsp/sliding_cmvn.h */
    PINNA_CMVN_ONLINE,    /* dsp/online_cmvn.h, over the last cmn_window */
    PINNA_CMVN_GLOBAL,    /* of a data set: `global` */
} pinna_cmvn_kind;

typedef struct pinna_front_end_config {
    pinna_fbank_config features;
    bool resample; /* samples of any rate; without, another rate is an error */
    pinna_cmvn_kind cmvn;
    pinna_sliding_cmvn_config sliding; /* norm_vars holds for every kind */
    const pinna_cmvn_stats *global;    /* GLOBAL, and ONLINE's start or NULL;
                                          copied by new() */
    pinna_delta_config delta;          /* order 0: none */
    size_t splice_left, splice_right;  /* frames of context */
    size_t subsample;                  /* every how many frames one is given */
} pinna_front_end_config;

/* Kaldi's features, no further stage. */
pinna_front_end_config pinna_front_end_config_default(pinna_feature_type type);

/* Samples from frame to frame, at a sample rate of the features, Hz. */
double pinna_front_end_shift(const pinna_front_end_config *config,
                             double sample_rate);

typedef struct pinna_front_end pinna_front_end;

/* in_rate is that of the samples, Hz. Errors name the field; a rate that is not
 * that of the features is one, unless config->resample. */
pinna_status pinna_front_end_new(const pinna_front_end_config *config,
                                 unsigned in_rate, pinna_front_end **out,
                                 pinna_error *error);
void pinna_front_end_free(pinna_front_end *front_end);
size_t pinna_front_end_n_out(const pinna_front_end *front_end);

/* How often a signal is heard: 1 for one that is heard as it comes. */
size_t pinna_front_end_n_passes(const pinna_front_end *front_end);

/* A new signal follows, in its first pass. */
PINNA_REALTIME void pinna_front_end_reset(pinna_front_end *front_end);

/* After finish() and the last pull(): the same signal follows once more. False,
 * and nothing is done, after the last pass. */
PINNA_REALTIME bool pinna_front_end_next_pass(pinna_front_end *front_end);

/* Take at most n samples, as many as fit before frames have to be pulled;
 * returns how many were taken. */
PINNA_REALTIME size_t pinna_front_end_push(pinna_front_end *front_end,
                                           const float *samples, size_t n);

/* No sample follows: the last frames may now be pulled. */
PINNA_REALTIME void pinna_front_end_finish(pinna_front_end *front_end);

/* The next frame [n_out], if it is there. Before the last pass never. */
PINNA_REALTIME bool pinna_front_end_pull(pinna_front_end *front_end,
                                         float *frame);

/* The frames of a whole signal, all passes: *frames [*n_frames, n_out] is to be
 * freed by the caller, NULL when there are none. Allocates. The state is reset
 * before and after. */
pinna_status pinna_front_end_all(pinna_front_end *front_end,
                                 const float *samples, size_t n, float **frames,
                                 size_t *n_frames);

#endif
