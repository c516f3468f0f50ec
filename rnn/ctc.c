#include "rnn/ctc.h"

#include "rnn/ctc_lattice.h"
#include "rnn/kernels.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Partial sums, so that loops vectorise with a fixed order. */
#define LANES 8

/* Logits this far below the maximum need exp() in double. */
#define FLOAT_EXP_MIN -80.0f

pinna_status pinna_ctc_new(size_t max_frames, size_t n_tokens,
                           size_t max_labels, pinna_ctc **out)
{
    const size_t T = max_frames, V = n_tokens, L = max_labels;

    *out = NULL;
    /* The largest array is alpha; V and L are counts of int. */
    if (T == 0 || V == 0 || V > INT32_MAX || L > INT32_MAX / 4 ||
        T > SIZE_MAX / sizeof(double) / (2 * L + 3))
        return PINNA_BAD_ARG;

    pinna_ctc *ctc = calloc(1, sizeof *ctc);
    if (!ctc)
        return PINNA_NO_MEMORY;

    const size_t U = (V < L ? V : L) + 1;
    ctc->max_frames = T;
    ctc->n_tokens = V;
    ctc->max_labels = L;
    ctc->slot_of = malloc((V + U + L + T) * sizeof(int));
    ctc->row = malloc(V * sizeof(float));
    ctc->alpha = malloc(T * (2 * L + 2) * sizeof(double));
    ctc->e_label = malloc((T * L + 1) * sizeof(double));
    ctc->e_blank = malloc((4 * T + 5 * L + U + 7) * sizeof(double));
    if (!ctc->slot_of || !ctc->row || !ctc->alpha || !ctc->e_label ||
        !ctc->e_blank) {
        pinna_ctc_free(ctc);
        return PINNA_NO_MEMORY;
    }
    ctc->distinct = ctc->slot_of + V;
    ctc->slots = ctc->distinct + U;
    ctc->exponent = ctc->slots + L;
    ctc->highest = ctc->e_blank + T;
    ctc->total = ctc->highest + T;
    ctc->log_norm = ctc->total + T;
    ctc->skip = ctc->log_norm + T;
    ctc->beta = ctc->skip + L + 1;
    ctc->ahead = ctc->beta + 2 * L + 3;
    ctc->of_slot = ctc->ahead + 2 * L + 3;

    for (size_t v = 0; v < V; v++)
        ctc->slot_of[v] = -1;
    *out = ctc;
    return PINNA_OK;
}

void pinna_ctc_free(pinna_ctc *ctc)
{
    if (!ctc)
        return;
    free(ctc->slot_of);
    free(ctc->row);
    free(ctc->alpha);
    free(ctc->e_label);
    free(ctc->e_blank);
    free(ctc);
}

/* Number the distinct labels, note where blanks may be skipped, and return the
 * fewest frames that the labels need. */
static size_t set_labels(pinna_ctc *ctc, const int *labels, size_t n_labels)
{
    size_t n_needed = n_labels;

    for (size_t i = 0; i < ctc->n_distinct; i++)
        ctc->slot_of[ctc->distinct[i]] = -1;
    ctc->n_distinct = 0;
    ctc->n_labels = n_labels;
    ctc->skip[0] = 0;
    ctc->skip[n_labels] = 0;
    for (size_t k = 0; k < n_labels; k++) {
        int *slot = &ctc->slot_of[labels[k]];
        if (*slot < 0) {
            *slot = (int)ctc->n_distinct;
            ctc->distinct[ctc->n_distinct++] = labels[k];
        }
        ctc->slots[k] = *slot;
        if (k > 0) {
            ctc->skip[k] = labels[k] != labels[k - 1];
            n_needed += labels[k] == labels[k - 1];
        }
    }
    return n_needed;
}

double pinna_ctc_sum(const double *x, size_t n)
{
    double lanes[LANES] = {0}, sum = 0;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lanes[j] += x[i + j];
    for (; i < n; i++)
        sum += x[i];
    for (size_t j = 0; j < LANES; j++)
        sum += lanes[j];
    return sum;
}

/* exp(logit - max), which e [V] holds unless it is too small for it. */
static double exp_of(const float *logits, const float *e, int token, float max)
{
    const float x = logits[token] - max;

    return x > FLOAT_EXP_MIN ? (double)e[token] : exp((double)x);
}

void pinna_ctc_emit(pinna_ctc *ctc, const float *logits, size_t t, float factor,
                    float *p)
{
    const size_t V = ctc->n_tokens;
    const pinna_kernels *kernels = pinna_kernels_best();
    const float max = kernels->max(logits, V);
    const double sum = kernels->exp_sum(logits, max, V, p);

    ctc->highest[t] = (double)max;
    ctc->total[t] = sum;

    const double share = 1 / sum;
    double *e_label = ctc->e_label + t * ctc->n_labels;
    ctc->e_blank[t] = exp_of(logits, p, ctc->blank, max) * share;
    for (size_t i = 0; i < ctc->n_distinct; i++)
        ctc->of_slot[i] = exp_of(logits, p, ctc->distinct[i], max) * share;
    for (size_t k = 0; k < ctc->n_labels; k++)
        e_label[k] = ctc->of_slot[ctc->slots[k]];
    kernels->scale(p, V, (float)((double)factor * share));
}

void pinna_ctc_subtract_posterior(pinna_ctc *ctc, const double *blank,
                                  const double *label, double sum, double scale,
                                  float *p)
{
    const double factor = scale / sum;

    for (size_t i = 0; i < ctc->n_distinct; i++)
        ctc->of_slot[i] = 0;
    for (size_t k = 0; k < ctc->n_labels; k++)
        ctc->of_slot[ctc->slots[k]] += label[k];
    for (size_t i = 0; i < ctc->n_distinct; i++)
        p[ctc->distinct[i]] -= (float)(factor * ctc->of_slot[i]);
    p[ctc->blank] -= (float)(factor * pinna_ctc_sum(blank, ctc->n_labels + 1));
}

static bool labels_in_range(const int *labels, size_t n_labels, size_t n_tokens,
                            int blank)
{
    if (blank < 0 || (size_t)blank >= n_tokens)
        return false;
    for (size_t k = 0; k < n_labels; k++)
        if (labels[k] < 0 || (size_t)labels[k] >= n_tokens ||
            labels[k] == blank)
            return false;
    return true;
}

pinna_status pinna_ctc_loss(pinna_ctc *ctc, const float *logits, size_t stride,
                            size_t n_frames, const int *labels, size_t n_labels,
                            int blank, float scale, float *dlogits,
                            double *loss)
{
    const size_t V = ctc->n_tokens;
    if (n_frames > ctc->max_frames || n_labels > ctc->max_labels ||
        stride < V || !labels_in_range(labels, n_labels, V, blank))
        return PINNA_BAD_ARG;

    ctc->n_frames = n_frames;
    ctc->blank = blank;
    double log_p = -INFINITY;
    if (set_labels(ctc, labels, n_labels) <= n_frames) {
        for (size_t t = 0; t < n_frames; t++)
            pinna_ctc_emit(ctc, logits + t * stride, t, scale,
                           dlogits ? dlogits + t * stride : ctc->row);
        log_p = n_frames > 0 ? pinna_ctc_forward(ctc) : 0;
        if (!pinna_ctc_backward(ctc, log_p, (double)scale, dlogits, stride)) {
            log_p = pinna_ctc_log_forward(ctc, logits, stride);
            if (dlogits)
                pinna_ctc_log_backward(ctc, log_p, (double)scale, logits,
                                       dlogits, stride);
        }
    }
    for (size_t t = 0; log_p == -INFINITY && dlogits && t < n_frames; t++)
        memset(dlogits + t * stride, 0, V * sizeof(float));
    *loss = -log_p;
    return PINNA_OK;
}
