#include "rnn/ctc_align.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* State 2k is the blank before label k, state 2k + 1 is label k. */
typedef struct lattice {
    size_t n_states;
    double *best;     /* [n_states] log p of the best path to each */
    uint8_t *came_by; /* [n_frames, n_states] states back: 0, 1 or 2 */
} lattice;

static double log_sum_exp(const float *logits, size_t n)
{
    float highest = logits[0];
    double sum = 0;

    for (size_t i = 1; i < n; i++)
        highest = logits[i] > highest ? logits[i] : highest;
    for (size_t i = 0; i < n; i++)
        sum += exp((double)logits[i] - (double)highest);
    return (double)highest + log(sum);
}

/* May the blank before label k be left out? */
static bool may_skip(const int *labels, size_t k)
{
    return k > 0 && labels[k] != labels[k - 1];
}

/* One frame: from the last state backwards, so that best[] of the frame before
 * is there when it is needed. */
static void step(lattice *l, const float *logits, double norm,
                 const int *labels, int blank, uint8_t *came_by)
{
    for (size_t s = l->n_states; s-- > 0;) {
        const int token = s % 2 == 0 ? blank : labels[s / 2];
        double best = l->best[s];

        came_by[s] = 0;
        if (s > 0 && l->best[s - 1] > best) {
            best = l->best[s - 1];
            came_by[s] = 1;
        }
        if (s % 2 == 1 && may_skip(labels, s / 2) && l->best[s - 2] > best) {
            best = l->best[s - 2];
            came_by[s] = 2;
        }
        l->best[s] = best + (double)logits[token] - norm;
    }
}

/* Back from state s after the last frame: the runs of the labels. */
static void trace(const lattice *l, const float *logits, size_t n_frames,
                  size_t n_tokens, const int *labels, size_t s,
                  pinna_ctc_token *tokens)
{
    for (size_t t = n_frames; t-- > 0;) {
        const float *frame = logits + t * n_tokens;
        if (s % 2 == 1) {
            pinna_ctc_token *token = &tokens[s / 2];
            token->first_frame = t;
            token->n_frames++;
            token->confidence += (float)exp((double)frame[labels[s / 2]] -
                                            log_sum_exp(frame, n_tokens));
        }
        s -= l->came_by[t * l->n_states + s];
    }
}

pinna_status pinna_ctc_align(const float *logits, size_t n_frames,
                             size_t n_tokens, const int *labels,
                             size_t n_labels, int blank,
                             pinna_ctc_token *tokens, double *log_p)
{
    lattice l = {.n_states = 2 * n_labels + 1};

    if (n_labels > SIZE_MAX / 4 || n_frames > SIZE_MAX / l.n_states - 1)
        return PINNA_BAD_ARG;
    l.best = malloc(l.n_states * sizeof *l.best);
    l.came_by = malloc((n_frames + 1) * l.n_states);
    if (!l.best || !l.came_by) {
        free(l.best);
        free(l.came_by);
        return PINNA_NO_MEMORY;
    }
    /* Before the first frame: in the first blank, which costs nothing. */
    for (size_t s = 0; s < l.n_states; s++)
        l.best[s] = s == 0 ? 0 : -INFINITY;
    for (size_t t = 0; t < n_frames; t++)
        step(&l, logits + t * n_tokens,
             log_sum_exp(logits + t * n_tokens, n_tokens), labels, blank,
             l.came_by + t * l.n_states);

    size_t last = l.n_states - 1;
    if (n_labels > 0 && l.best[last - 1] > l.best[last])
        last--;
    const double total = l.best[last];
    for (size_t k = 0; k < n_labels; k++)
        tokens[k] = (pinna_ctc_token){.token = labels[k]};
    if (total > -INFINITY)
        trace(&l, logits, n_frames, n_tokens, labels, last, tokens);
    for (size_t k = 0; k < n_labels; k++)
        tokens[k].confidence /= (float)tokens[k].n_frames;
    if (log_p)
        *log_p = total;
    free(l.best);
    free(l.came_by);
    return total > -INFINITY ? PINNA_OK : PINNA_BAD_ARG;
}
