/* rnn/ctc_lattice.h -- what the files of rnn/ctc.h share; nobody else includes
 * it
 *
 * The lattice has a blank state before, between and after the labels, so
 * L + 1 blank states and L label states. Graves et al. store them alternately;
 * here they are two arrays, whose loops have neither branches nor strides. */
#ifndef PINNA_RNN_CTC_LATTICE_H
#define PINNA_RNN_CTC_LATTICE_H

#include "rnn/ctc.h"

#include <stdbool.h>
#include <stddef.h>

struct pinna_ctc {
    size_t max_frames, n_tokens, max_labels;

    /* Of the sequence at hand: T frames, L labels, U distinct labels. */
    size_t n_frames, n_labels, n_distinct;
    int blank;
    int *slot_of;  /* [V] place of a token in distinct, or -1 */
    int *distinct; /* [U] tokens in order of their first use */
    int *slots;    /* [L] of each label */
    int *exponent; /* [T] what forward sums up to frame t were divided by, as a
                      power of 2 */

    float *row;       /* [V] */
    double *alpha;    /* [T, 2L + 2] blank states, a 0, label states; each frame
                         as it came, before it is divided */
    double *e_label;  /* [T, L] probability of each label */
    double *e_blank;  /* [T] of the blank */
    double *of_slot;  /* [U] of each distinct label, in the frame at hand */
    double *skip;     /* [L + 1] 1 where the blank before label k may be left
                         out; 0 for k = 0 and k = L */
    double *beta;     /* [2L + 3] blank states, a 0, label states, a 0 */
    double *ahead;    /* [2L + 3] beta times the probabilities of its frame */
    double *highest;  /* [T] logit */
    double *total;    /* [T] sum of exp(logit - highest) */
    double *log_norm; /* [T] log sum exp of the logits; for logarithms alone */
};

static inline double *pinna_ctc_alpha_at(const pinna_ctc *ctc, size_t t)
{
    return ctc->alpha + t * (2 * ctc->n_labels + 2);
}

/* Sum of x [n] in a fixed order. */
double pinna_ctc_sum(const double *x, size_t n);

/* Softmax of frame t: times factor to p [V], the tokens of the lattice to
 * e_blank and e_label, the sum to highest and total. */
void pinna_ctc_emit(pinna_ctc *ctc, const float *logits, size_t t, float factor,
                    float *p);

/* The gradient of a frame, times scale: p [V] holds the softmax times scale.
 * blank [L + 1] and label [L] are the posteriors of the states times sum. */
void pinna_ctc_subtract_posterior(pinna_ctc *ctc, const double *blank,
                                  const double *label, double sum, double scale,
                                  float *p);

/* rnn/ctc_sums.c: log p by the forward sums, or NaN when they underflow; then
 * the gradient, false when the backward sums underflow or disagree. dlogits
 * holds the softmax times scale, NULL to skip. */
double pinna_ctc_forward(pinna_ctc *ctc);
bool pinna_ctc_backward(pinna_ctc *ctc, double log_p, double scale,
                        float *dlogits, size_t stride);

/* rnn/ctc_logs.c: the same by logarithms, some thirty times slower, for what
 * underflows: a net that is sure of the blank where many labels must fit. */
double pinna_ctc_log_forward(pinna_ctc *ctc, const float *logits,
                             size_t stride);
void pinna_ctc_log_backward(pinna_ctc *ctc, double log_p, double scale,
                            const float *logits, float *dlogits, size_t stride);

#endif
