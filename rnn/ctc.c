/* rnn/ctc.c
 *
 * The lattice has a blank state before, between and after the labels, so
 * L + 1 blank states and L label states. Graves et al. store them alternately;
 * here they are two arrays, whose loops have neither branches nor strides. */
#include "rnn/ctc.h"

#include "rnn/kernels.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Largest difference of log p between frames that rounding can explain; more
 * means that a path was lost to underflow. */
#define AGREEMENT 1e-6

/* Smallest sum of a frame whose reciprocal is safe. */
#define SUM_MIN 1e-280

/* Partial sums, so that loops vectorise with a fixed order. */
#define LANES 4

/* Logits this far below the maximum need exp() in double. */
#define FLOAT_EXP_MIN -80.0f

struct pinna_ctc {
    size_t max_frames, n_tokens, max_labels;

    /* Of the sequence at hand: T frames, L labels, U distinct labels. */
    size_t n_frames, n_labels, n_distinct;
    int blank;
    int *slot_of;  /* [V] place of a token in distinct, or -1 */
    int *distinct; /* [U] tokens in order of their first use */
    int *slots;    /* [L] of each label */

    float *row;       /* [V] */
    double *alpha;    /* [T, 2L + 2] blank states, a 0, label states; each frame
                         as it came, before it is divided by its sum */
    double *e_label;  /* [T, U] probability of the distinct labels */
    double *log_norm; /* [T] log sum exp of the logits */
    double *log_sum;  /* [T] log of what alpha was divided by up to frame t */
    double *e_blank;  /* [T] probability of the blank */
    double *skip;     /* [L + 1] 1 where the blank before label k may be left
                         out; 0 for k = 0 and k = L */
    double *beta;     /* [2L + 3] blank states, a 0, label states, a 0 */
    double *ahead;    /* [2L + 3] beta times the probabilities of its frame */
    double *by_slot;  /* [U] */
};

/* First and last (exclusive) of the states k that can still be on a path at
 * frame t: 2t + 2 states are within reach of the start, 2(T - t) of the end. */
typedef struct window {
    size_t first_blank, end_blank, first_label, end_label;
} window;

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static window window_at(const pinna_ctc *ctc, size_t t)
{
    const size_t n_states = 2 * ctc->n_labels + 1;
    const size_t n_ahead = smaller(2 * (ctc->n_frames - t), n_states);
    const size_t first = n_states - n_ahead;
    const size_t end = smaller(2 * t + 2, n_states);

    return (window){.first_blank = (first + 1) / 2,
                    .end_blank = (end + 1) / 2,
                    .first_label = first / 2,
                    .end_label = end / 2};
}

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

    const size_t U = smaller(V, L) + 1;
    ctc->max_frames = T;
    ctc->n_tokens = V;
    ctc->max_labels = L;
    ctc->slot_of = malloc((V + U + L + 1) * sizeof(int));
    ctc->row = malloc(V * sizeof(float));
    ctc->alpha = malloc(T * (2 * L + 2) * sizeof(double));
    ctc->e_label = malloc(T * U * sizeof(double));
    ctc->log_norm = malloc((3 * T + 5 * L + 7 + U) * sizeof(double));
    if (!ctc->slot_of || !ctc->row || !ctc->alpha || !ctc->e_label ||
        !ctc->log_norm) {
        pinna_ctc_free(ctc);
        return PINNA_NO_MEMORY;
    }
    ctc->distinct = ctc->slot_of + V;
    ctc->slots = ctc->distinct + U;
    ctc->log_sum = ctc->log_norm + T;
    ctc->e_blank = ctc->log_sum + T;
    ctc->skip = ctc->e_blank + T;
    ctc->beta = ctc->skip + L + 1;
    ctc->ahead = ctc->beta + 2 * L + 3;
    ctc->by_slot = ctc->ahead + 2 * L + 3;

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
    free(ctc->log_norm);
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

static double sum_of(const double *x, size_t n)
{
    double lanes[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lanes[j] += x[i + j];

    double sum = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    for (; i < n; i++)
        sum += x[i];
    return sum;
}

/* Softmax of frame t: all of it to p [V] in float, the tokens of the lattice
 * in double. */
static void emit(pinna_ctc *ctc, const float *logits, size_t t, float *p)
{
    const size_t V = ctc->n_tokens;
    float max = logits[0];
    for (size_t v = 1; v < V; v++)
        max = logits[v] > max ? logits[v] : max;
    for (size_t v = 0; v < V; v++)
        p[v] = logits[v] - max;
    pinna_kernels_best()->exp(p, V);

    double lanes[LANES] = {0};
    size_t v = 0;
    for (; v + LANES <= V; v += LANES)
        for (size_t j = 0; j < LANES; j++)
            lanes[j] += (double)p[v + j];
    double sum = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    for (; v < V; v++)
        sum += (double)p[v];

    for (size_t i = 0; i <= ctc->n_distinct; i++) {
        const int token = i < ctc->n_distinct ? ctc->distinct[i] : ctc->blank;
        const float x = logits[token] - max;
        const double e = x > FLOAT_EXP_MIN ? (double)p[token] : exp((double)x);
        if (i < ctc->n_distinct)
            ctc->e_label[t * ctc->n_distinct + i] = e / sum;
        else
            ctc->e_blank[t] = e / sum;
    }
    ctc->log_norm[t] = (double)max + log(sum);

    const float scale = (float)(1 / sum);
    for (v = 0; v < V; v++)
        p[v] *= scale;
}

static double *alpha_at(const pinna_ctc *ctc, size_t t)
{
    return ctc->alpha + t * (2 * ctc->n_labels + 2);
}

/* alpha of frame t > 0 from that of the frame before, times scale. */
static void advance(pinna_ctc *ctc, size_t t, double scale)
{
    const size_t L = ctc->n_labels;
    const window w = window_at(ctc, t);
    const double e_blank = ctc->e_blank[t] * scale;
    const double *e_label = ctc->e_label + t * ctc->n_distinct;
    const int *slots = ctc->slots;
    const double *skip = ctc->skip;
    const double *restrict blank_before = alpha_at(ctc, t - 1);
    const double *restrict label_before = blank_before + L + 2;
    double *restrict blank = alpha_at(ctc, t);
    double *restrict label = blank + L + 2;

    /* label_before[-1] is the 0 between the two arrays. */
    for (size_t k = w.first_blank; k < w.end_blank; k++)
        blank[k] = (blank_before[k] + label_before[(ptrdiff_t)k - 1]) * e_blank;
    for (size_t k = w.first_label; k < w.end_label; k++)
        label[k] = (label_before[k] + blank_before[k] +
                    skip[k] * label_before[(ptrdiff_t)k - 1]) *
                   scale;
    for (size_t k = w.first_label; k < w.end_label; k++)
        label[k] *= e_label[slots[k]];
}

/* log p by the forward sums, or NaN when they underflow. */
static double forward(pinna_ctc *ctc)
{
    const size_t width = 2 * ctc->n_labels + 2;
    double log_p = 0, sum = 0;

    memset(ctc->alpha, 0, ctc->n_frames * width * sizeof(double));
    for (size_t t = 0; t < ctc->n_frames; t++) {
        double *alpha = alpha_at(ctc, t);
        if (t > 0) {
            advance(ctc, t, 1 / sum);
        } else {
            const window w = window_at(ctc, 0);
            if (w.first_blank == 0)
                alpha[0] = ctc->e_blank[0];
            if (w.end_label > 0)
                alpha[ctc->n_labels + 2] = ctc->e_label[ctc->slots[0]];
        }
        sum = sum_of(alpha, width);
        if (!(sum > SUM_MIN))
            return NAN;
        log_p += log(sum);
        ctc->log_sum[t] = log_p;
    }
    return log_p;
}

/* beta of frame t < T - 1 from that of the next frame, which is divided by
 * its sum; gives log of that sum. */
static double retreat(pinna_ctc *ctc, size_t t)
{
    const size_t L = ctc->n_labels;
    const window next = window_at(ctc, t + 1), w = window_at(ctc, t);
    const double e_blank = ctc->e_blank[t + 1];
    const double *e_label = ctc->e_label + (t + 1) * ctc->n_distinct;
    const int *slots = ctc->slots;
    const double *skip = ctc->skip;
    double *restrict blank = ctc->beta;
    double *restrict label = ctc->beta + L + 2;
    double *restrict blank_ahead = ctc->ahead;
    double *restrict label_ahead = ctc->ahead + L + 2;

    memset(ctc->ahead, 0, (2 * L + 3) * sizeof(double));
    for (size_t k = next.first_blank; k < next.end_blank; k++)
        blank_ahead[k] = blank[k] * e_blank;
    for (size_t k = next.first_label; k < next.end_label; k++)
        label_ahead[k] = label[k] * e_label[slots[k]];

    const double sum = sum_of(ctc->ahead, 2 * L + 3);
    const double scale = 1 / sum;
    memset(ctc->beta, 0, (2 * L + 3) * sizeof(double));
    /* blank_ahead[L + 1] and label_ahead[L] are 0. */
    for (size_t k = w.first_blank; k < w.end_blank; k++)
        blank[k] = (blank_ahead[k] + label_ahead[k]) * scale;
    for (size_t k = w.first_label; k < w.end_label; k++)
        label[k] = (label_ahead[k] + blank_ahead[k + 1] +
                    skip[k + 1] * label_ahead[k + 1]) *
                   scale;
    return sum > SUM_MIN ? log(sum) : (double)NAN;
}

/* p [V] holds the softmax and takes scale times the gradient. blank and label
 * are the posteriors of the states, not yet divided by their sum. */
static void subtract_posterior(pinna_ctc *ctc, const double *blank,
                               const double *label, double sum, double scale,
                               float *p)
{
    const size_t L = ctc->n_labels;
    for (size_t v = 0; v < ctc->n_tokens; v++)
        p[v] *= (float)scale;

    memset(ctc->by_slot, 0, ctc->n_distinct * sizeof(double));
    for (size_t k = 0; k < L; k++)
        ctc->by_slot[ctc->slots[k]] += label[k];
    for (size_t i = 0; i < ctc->n_distinct; i++)
        p[ctc->distinct[i]] -= (float)(scale * ctc->by_slot[i] / sum);
    p[ctc->blank] -= (float)(scale * sum_of(blank, L + 1) / sum);
}

/* Backward sums and the gradient. False when they underflow or disagree with
 * log p of the forward sums. */
static bool backward(pinna_ctc *ctc, double log_p, double scale, float *dlogits,
                     size_t stride)
{
    const size_t L = ctc->n_labels, width = 2 * L + 2;
    const double tolerance = AGREEMENT * fmax(1, fabs(log_p));
    double log_ahead = 0; /* log of what beta was divided by */

    memset(ctc->beta, 0, (width + 1) * sizeof(double));
    ctc->beta[L] = 1;
    if (L > 0)
        ctc->beta[2 * L + 1] = 1;

    for (size_t t = ctc->n_frames; t-- > 0;) {
        double *alpha = alpha_at(ctc, t);
        if (t + 1 < ctc->n_frames)
            log_ahead += retreat(ctc, t);

        for (size_t i = 0; i < width; i++)
            alpha[i] *= ctc->beta[i];
        const double sum = sum_of(alpha, width);
        const double before = t > 0 ? ctc->log_sum[t - 1] : 0;
        if (!(fabs(before + log(sum) + log_ahead - log_p) <= tolerance))
            return false;
        if (dlogits)
            subtract_posterior(ctc, alpha, alpha + L + 2, sum, scale,
                               dlogits + t * stride);
    }
    return true;
}

/* ---- the same sums by logarithms ----
 * Some thirty times slower; for what underflows: a net that is sure of the
 * blank where many labels must fit. alpha and beta hold logarithms. */

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

static double log_forward(pinna_ctc *ctc, const float *logits, size_t stride)
{
    const size_t L = ctc->n_labels, T = ctc->n_frames, width = 2 * L + 2;

    for (size_t t = 0; t < T; t++) {
        const double e_blank = log_emission(ctc, logits, stride, t, L);
        double *blank = alpha_at(ctc, t), *label = blank + L + 2;

        /* Before the first frame only the start is possible. */
        for (size_t i = 0; t == 0 && i < width; i++)
            blank[i] = i == 0 ? 0 : -INFINITY;
        if (t > 0)
            memcpy(blank, alpha_at(ctc, t - 1), width * sizeof(double));
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
    const double *last = alpha_at(ctc, T - 1);
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

static void log_backward(pinna_ctc *ctc, double log_p, double scale,
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
        double *alpha = alpha_at(ctc, t);
        if (t + 1 < ctc->n_frames)
            log_retreat(ctc, logits, stride, t);

        for (size_t i = 0; i < width; i++)
            alpha[i] = exp(alpha[i] + ctc->beta[i] - log_p);
        emit(ctc, logits + t * stride, t, p);
        subtract_posterior(ctc, alpha, alpha + L + 2, sum_of(alpha, width),
                           scale, p);
    }
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
            emit(ctc, logits + t * stride, t,
                 dlogits ? dlogits + t * stride : ctc->row);
        log_p = n_frames > 0 ? forward(ctc) : 0;
        if (!backward(ctc, log_p, (double)scale, dlogits, stride)) {
            log_p = log_forward(ctc, logits, stride);
            if (dlogits)
                log_backward(ctc, log_p, (double)scale, logits, dlogits,
                             stride);
        }
    }
    for (size_t t = 0; log_p == -INFINITY && dlogits && t < n_frames; t++)
        memset(dlogits + t * stride, 0, V * sizeof(float));
    *loss = -log_p;
    return PINNA_OK;
}
