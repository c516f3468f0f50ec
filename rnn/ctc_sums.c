/* rnn/ctc_sums.c -- the sums of CTC over all paths, in the linear domain
 *
 * Rescaled at every frame (Graves et al. 2006, after Rabiner 1989), but by
 * powers of 2: they lose no bit, and their logarithms need not be taken. */
#include "rnn/ctc_lattice.h"

#include <math.h>
#include <string.h>

/* Largest difference of log p between frames that rounding can explain; more
 * means that a path was lost to underflow. */
#define AGREEMENT 1e-6

/* Smallest sum of a frame whose reciprocal is safe. */
#define SUM_MIN 1e-280

#define LOG_2 0.693147180559945309

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

static void zeros(double *x, size_t first, size_t end)
{
    for (size_t k = first; k < end; k++)
        x[k] = 0;
}

/* What is outside of the window, of blank [L + 1] and label [L]. */
static void clear_outside(const pinna_ctc *ctc, window w, double *blank,
                          double *label)
{
    zeros(blank, 0, w.first_blank);
    zeros(blank, w.end_blank, ctc->n_labels + 1);
    zeros(label, 0, w.first_label);
    zeros(label, w.end_label, ctc->n_labels);
}

/* The power of 2 that brings sum to 0.5 .. 1; exponent takes its inverse, added
 * to. */
static double power_of_2(double sum, int *exponent)
{
    int e;

    (void)frexp(sum, &e);
    *exponent += e;
    return ldexp(1.0, -e);
}

/* alpha of frame t > 0 from that of the frame before, times scale. */
static void advance(pinna_ctc *ctc, size_t t, double scale)
{
    const size_t L = ctc->n_labels;
    const window w = window_at(ctc, t);
    const double e_blank = ctc->e_blank[t] * scale;
    const double *e_label = ctc->e_label + t * L;
    const double *skip = ctc->skip;
    const double *restrict blank_before = pinna_ctc_alpha_at(ctc, t - 1);
    const double *restrict label_before = blank_before + L + 2;
    double *restrict blank = pinna_ctc_alpha_at(ctc, t);
    double *restrict label = blank + L + 2;

    /* label_before[-1] is the 0 between the two arrays. */
    for (size_t k = w.first_blank; k < w.end_blank; k++)
        blank[k] = (blank_before[k] + label_before[(ptrdiff_t)k - 1]) * e_blank;
    for (size_t k = w.first_label; k < w.end_label; k++)
        label[k] = (label_before[k] + blank_before[k] +
                    skip[k] * label_before[(ptrdiff_t)k - 1]) *
                   scale * e_label[k];
    blank[L + 1] = 0;
    clear_outside(ctc, w, blank, label);
}

/* alpha of frame 0. */
static void begin(pinna_ctc *ctc)
{
    const window w = window_at(ctc, 0);
    double *alpha = ctc->alpha;

    memset(alpha, 0, (2 * ctc->n_labels + 2) * sizeof(double));
    if (w.first_blank == 0)
        alpha[0] = ctc->e_blank[0];
    if (w.end_label > 0)
        alpha[ctc->n_labels + 2] = ctc->e_label[0];
}

double pinna_ctc_forward(pinna_ctc *ctc)
{
    const size_t width = 2 * ctc->n_labels + 2;
    double sum = 0;
    int exponent = 0;

    for (size_t t = 0; t < ctc->n_frames; t++) {
        if (t > 0) {
            advance(ctc, t, power_of_2(sum, &exponent));
            ctc->exponent[t - 1] = exponent;
        } else {
            begin(ctc);
        }
        sum = pinna_ctc_sum(pinna_ctc_alpha_at(ctc, t), width);
        if (!(sum > SUM_MIN))
            return NAN;
    }
    /* The last window holds only states that end a path. */
    return log(sum) + exponent * LOG_2;
}

/* beta of frame t < T - 1 from that of the next frame, which is divided by a
 * power of 2. False when it underflows. */
static bool retreat(pinna_ctc *ctc, size_t t, int *exponent)
{
    const size_t L = ctc->n_labels;
    const window next = window_at(ctc, t + 1), w = window_at(ctc, t);
    const double e_blank = ctc->e_blank[t + 1];
    const double *e_label = ctc->e_label + (t + 1) * L;
    const double *skip = ctc->skip;
    double *restrict blank = ctc->beta;
    double *restrict label = ctc->beta + L + 2;
    double *restrict blank_ahead = ctc->ahead;
    double *restrict label_ahead = ctc->ahead + L + 2;

    for (size_t k = next.first_blank; k < next.end_blank; k++)
        blank_ahead[k] = blank[k] * e_blank;
    for (size_t k = next.first_label; k < next.end_label; k++)
        label_ahead[k] = label[k] * e_label[k];
    clear_outside(ctc, next, blank_ahead, label_ahead);

    const double sum = pinna_ctc_sum(ctc->ahead, 2 * L + 3);
    if (!(sum > SUM_MIN))
        return false;
    const double scale = power_of_2(sum, exponent);
    /* blank_ahead[L + 1] and label_ahead[L] are 0. What beta holds outside of
     * the window meets an alpha of 0. */
    for (size_t k = w.first_blank; k < w.end_blank; k++)
        blank[k] = (blank_ahead[k] + label_ahead[k]) * scale;
    for (size_t k = w.first_label; k < w.end_label; k++)
        label[k] = (label_ahead[k] + blank_ahead[k + 1] +
                    skip[k + 1] * label_ahead[k + 1]) *
                   scale;
    return true;
}

bool pinna_ctc_backward(pinna_ctc *ctc, double log_p, double scale,
                        float *dlogits, size_t stride)
{
    const size_t L = ctc->n_labels, width = 2 * L + 2, T = ctc->n_frames;
    const double most = exp(AGREEMENT * fmax(1, fabs(log_p)));
    double p = 0; /* divided by 2 to the exponent of all frames but the last */
    int exponent = 0; /* of beta */

    memset(ctc->beta, 0, (width + 1) * sizeof(double));
    memset(ctc->ahead, 0, (width + 1) * sizeof(double));
    ctc->beta[L] = 1;
    if (L > 0)
        ctc->beta[2 * L + 1] = 1;

    for (size_t t = T; t-- > 0;) {
        double *alpha = pinna_ctc_alpha_at(ctc, t);
        if (t + 1 < T && !retreat(ctc, t, &exponent))
            return false;

        for (size_t i = 0; i < width; i++)
            alpha[i] *= ctc->beta[i];
        const double sum = pinna_ctc_sum(alpha, width);
        if (!(sum > SUM_MIN))
            return false;
        const int before = t > 0 ? ctc->exponent[t - 1] : 0;
        const int all = T > 1 ? ctc->exponent[T - 2] : 0;
        const double same = ldexp(sum, before + exponent - all);
        if (t + 1 == T)
            p = same;
        if (!(same <= most * p && p <= most * same && isfinite(log_p)))
            return false;
        if (dlogits)
            pinna_ctc_subtract_posterior(ctc, alpha, alpha + L + 2, sum, scale,
                                         dlogits + t * stride);
    }
    return true;
}
