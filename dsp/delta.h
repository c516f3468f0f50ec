/* dsp/delta.h -- how a stream of feature frames changes: deltas and
 * accelerations
 *
 *     const pinna_delta_config config =
 *         pinna_delta_config_default(PINNA_DELTA_KALDI);
 *     pinna_delta *delta;
 *     pinna_delta_new(13, &config, &delta);
 *     float out[39]; // pinna_delta_n_out(delta)
 *     while (next_frame(frame)) {
 *         pinna_delta_push(delta, frame);
 *         while (pinna_delta_pull(delta, out))
 *             use(out);
 *     }
 *     pinna_delta_finish(delta);
 *     while (pinna_delta_pull(delta, out))
 *         use(out);
 *
 * As many frames come out as went in, each with its deltas behind it. Memory is
 * constant. */
#ifndef PINNA_DSP_DELTA_H
#define PINNA_DSP_DELTA_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

/* With w = window, the delta of x is
 *   d[t] = sum_j j x[t + j] / sum_j j^2,  j = -w .. w
 * (the slope of a line through 2 w + 1 frames). They differ in higher orders
 * and at the ends of the stream. */
typedef enum pinna_delta_kind {
    /* add-deltas: order k is the k-fold convolution of that filter, on x whose
     * first and last frames are repeated. */
    PINNA_DELTA_KALDI,
    /* HTK, and torchaudio's compute_deltas over and over: order k is the delta
     * of order k - 1, whose first and last frames are repeated. */
    PINNA_DELTA_HTK,
    /* librosa's feature.delta with mode "interp", width 2 w + 1: order k is the
     * k-th derivative of the polynomial of degree k through the 2 w + 1 frames
     * around t (Savitzky and Golay, 1964), at the ends through the first or
     * last 2 w + 1. Such derivatives are constant, so all of a stream's first w
     * frames have the deltas of frame w. librosa refuses streams shorter than
     * 2 w + 1 frames; here their deltas are 0. */
    PINNA_DELTA_SAVGOL,
} pinna_delta_kind;

typedef struct pinna_delta_config {
    pinna_delta_kind kind;
    size_t order;  /* 0 .. 8; 1: deltas, 2: accelerations too */
    size_t window; /* 1 .. 1000 frames to each side */
} pinna_delta_config;

/* Order 2; window 2, of Savitzky and Golay 4 (librosa's width 9). */
pinna_delta_config pinna_delta_config_default(pinna_delta_kind kind);

typedef struct pinna_delta pinna_delta;

/* dim: features per frame, 1 .. 65536. PINNA_BAD_ARG also when Savitzky and
 * Golay have order > 2 window. */
pinna_status pinna_delta_new(size_t dim, const pinna_delta_config *config,
                             pinna_delta **out);
void pinna_delta_free(pinna_delta *delta);
PINNA_REALTIME void pinna_delta_reset(pinna_delta *delta);

/* (order + 1) dim. */
size_t pinna_delta_n_out(const pinna_delta *delta);

/* Frame t can be pulled once frame t + delay is pushed: order * window, for
 * Savitzky and Golay window (and then frames 0 .. window come at once). */
size_t pinna_delta_delay(const pinna_delta *delta);

/* Take the next frame [dim]. Pull until false before the next push. */
PINNA_REALTIME void pinna_delta_push(pinna_delta *delta, const float *frame);

/* No frame will follow: the last ones may now be pulled. */
PINNA_REALTIME void pinna_delta_finish(pinna_delta *delta);

/* The next frame [n_out] = its features, deltas, accelerations ... if all it
 * needs is there, else return false. */
PINNA_REALTIME bool pinna_delta_pull(pinna_delta *delta, float *out);

#endif
