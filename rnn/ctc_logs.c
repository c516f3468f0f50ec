/* rnn/ctc_logs.c -- the sums of CTC over all paths, by logarithms, which alpha
 * and beta hold */
#include "rnn/ctc_lattice.h"

#include <math.h>
#include <string.h>

static double log_add(double a, double b)
{
    const double high = a > b ? a : b, low = a > b ? b : a;
    return low == -INFINITY ? high : high + log1p(exp(low - high));
}

/* log probability of label k, or of the blank for k = L, in frame t. */
static double log_emission(const pinna_ctc *ctc, const float *logits,
                           size_t stride, size_t t, size_t k)
{
    const int token =
        k < ctc->n_labels ? ctc->distinct[ctc->slots[k]] : ctc->blank;
    return (double)logits[t * stride + (size_t)token] - ctc->log_norm[t];
}

double pinna_ctc_log_forward(pinna_ctc *ctc, const float *logits, size_t stride)
{
    const size_t L = ctc->n_labels, T = ctc->n_frames, width = 2 * L + 2;

    for (size_t t = 0; t < T; t++) {
        ctc->log_norm[t] = ctc->highest[t] + log(ctc->total[t]);
        const double e_blank = log_emission(ctc, logits, stride, t, L);
        double *blank = pinna_ctc_alpha_at(ctc, t), *label = blank + L + 2;

        /* Before the first frame only the start is possible. */
        for (size_t i = 0; t == 0 && i < width; i++)
            blank[i] = i == 0 ? 0 : -INFINITY;
        if (t > 0)
            memcpy(blank, pinna_ctc_alpha_at(ctc, t - 1),
                   width * sizeof(double));
        /* In place, from the last state to the first. */
        for (size_t k = L + 1; k-- > 0;) {
            if (k < L) {
                label[k] = log_add(label[k], blank[k]);
                if (ctc->skip[k] > 0)
                    label[k] = log_add(label[k], label[k - 1]);
                label[k] += log_emission(ctc, logits, stride, t, k);
            }
            if (k > 0)
                blank[k] = log_add(blank[k], label[k - 1]);
            blank[k] += e_blank;
        }
    }
    const double *last = pinna_ctc_alpha_at(ctc, T - 1);
    return L > 0 ? log_add(last[L], last[2 * L + 1]) : last[0];
}

/* beta of frame t from that of the next. */
static void log_retreat(pinna_ctc *ctc, const float *logits, size_t stride,
                        size_t t)
{
    const size_t L = ctc->n_labels;
    double *blank = ctc->beta, *label = ctc->beta + L + 2;

    for (size_t k = 0; k <= L; k++) {
        blank[k] += log_emission(ctc, logits, stride, t + 1, L);
        if (k < L)
            label[k] += log_emission(ctc, logits, stride, t + 1, k);
    }
    /* In place, from the first state to the last. */
    for (size_t k = 0; k < L; k++) {
        blank[k] = log_add(blank[k], label[k]);
        label[k] = log_add(label[k], blank[k + 1]);
        if (ctc->skip[k + 1] > 0)
            label[k] = log_add(label[k], label[k + 1]);
    }
}

void pinna_ctc_log_backward(pinna_ctc *ctc, double log_p, double scale,
                            const float *logits, float *dlogits, size_t stride)
{
    const size_t L = ctc->n_labels, width = 2 * L + 2;

    for (size_t i = 0; i <= width; i++)
        ctc->beta[i] = -INFINITY;
    ctc->beta[L] = 0;
    if (L > 0)
        ctc->beta[2 * L + 1] = 0;

    for (size_t t = ctc->n_frames; t-- > 0;) {
        float *p = dlogits + t * stride;
        double *alpha = pinna_ctc_alpha_at(ctc, t);
        if (t + 1 < ctc->n_frames)
            log_retreat(ctc, logits, stride, t);

        for (size_t i = 0; i < width; i++)
            alpha[i] = exp(alpha[i] + ctc->beta[i] - log_p);
        pinna_ctc_emit(ctc, logits + t * stride, t, (float)scale, p);
        pinna_ctc_subtract_posterior(ctc, alpha, alpha + L + 2,
                                     pinna_ctc_sum(alpha, width), scale, p);
    }
}
