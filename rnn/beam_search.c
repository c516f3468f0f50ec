#include "rnn/beam_search.h"

#include "rnn/loss.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A hypothesis and one more token. */
typedef struct candidate {
    size_t parent;
    int token;
    double log_p;
} candidate;

struct pinna_beam_search {
    pinna_beam_config config;
    size_t n_live;
    int *tokens, *next_tokens; /* [beam, max_length] of each hypothesis */
    double *log_p;             /* [beam] */
    size_t *parents;           /* [beam] of the latest step */
    int *latest;               /* [beam] */
    candidate *candidates;     /* [beam] best first */
    float *log_probabilities;  /* [beam, n_tokens] */
    int *best;                 /* [max_length] that has ended */
    pinna_beam_result result;
};

pinna_status pinna_beam_search_new(const pinna_beam_config *config,
                                   pinna_beam_search **out)
{
    const size_t n = config->beam, length = config->max_length;

    *out = NULL;
    if (n == 0 || config->n_tokens == 0 || length == 0 || config->end < 0 ||
        (size_t)config->end >= config->n_tokens || !(config->alpha >= 0) ||
        length > SIZE_MAX / n / sizeof(int) ||
        config->n_tokens > SIZE_MAX / n / sizeof(float))
        return PINNA_BAD_ARG;
    pinna_beam_search *search = calloc(1, sizeof *search);
    if (!search)
        return PINNA_NO_MEMORY;

    search->config = *config;
    search->tokens = malloc(n * length * sizeof(int));
    search->next_tokens = malloc(n * length * sizeof(int));
    search->log_p = calloc(n, sizeof *search->log_p);
    search->parents = calloc(n, sizeof *search->parents);
    search->latest = calloc(n, sizeof *search->latest);
    search->candidates = calloc(n, sizeof *search->candidates);
    search->log_probabilities = malloc(n * config->n_tokens * sizeof(float));
    search->best = calloc(length, sizeof *search->best);
    if (!search->tokens || !search->next_tokens || !search->log_p ||
        !search->parents || !search->latest || !search->candidates ||
        !search->log_probabilities || !search->best) {
        pinna_beam_search_free(search);
        return PINNA_NO_MEMORY;
    }
    *out = search;
    return PINNA_OK;
}

void pinna_beam_search_free(pinna_beam_search *search)
{
    if (!search)
        return;
    free(search->tokens);
    free(search->next_tokens);
    free(search->log_p);
    free(search->parents);
    free(search->latest);
    free(search->candidates);
    free(search->log_probabilities);
    free(search->best);
    free(search);
}

static double normalised(const pinna_beam_search *search, double log_p,
                         size_t n_tokens)
{
    return log_p / pow((5 + (double)n_tokens) / 6, search->config.alpha);
}

/* Into the sorted candidates [*n], of which at most beam are kept. */
static void offer(pinna_beam_search *search, candidate c, size_t *n)
{
    candidate *kept = search->candidates;
    size_t i = *n;

    if (*n == search->config.beam) {
        if (c.log_p <= kept[*n - 1].log_p)
            return;
        i--;
    } else {
        ++*n;
    }
    for (; i > 0 && kept[i - 1].log_p < c.log_p; i--)
        kept[i] = kept[i - 1];
    kept[i] = c;
}

/* The best ways to go on; returns how many. At the greatest length only the
 * end is one. */
static size_t take_candidates(pinna_beam_search *search, size_t length)
{
    const size_t V = search->config.n_tokens;
    const bool must_end = length == search->config.max_length;
    size_t n = 0;

    for (size_t i = 0; i < search->n_live; i++)
        for (size_t v = 0; v < V; v++)
            if (!must_end || (int)v == search->config.end)
                offer(search,
                      (candidate){
                          i, (int)v,
                          search->log_p[i] +
                              (double)search->log_probabilities[i * V + v]},
                      &n);
    return n;
}

static void keep_ended(pinna_beam_search *search, const candidate *c,
                       size_t length)
{
    pinna_beam_result *result = &search->result;
    const double score = normalised(search, c->log_p, length);

    if (result->tokens && score <= result->score)
        return;
    memcpy(search->best, search->tokens + c->parent * search->config.max_length,
           length * sizeof(int));
    *result = (pinna_beam_result){search->best, length, c->log_p, score};
}

/* Candidates that end are kept aside, the others live on. */
static void grow(pinna_beam_search *search, size_t length)
{
    const size_t row = search->config.max_length;
    const size_t n = take_candidates(search, length);
    size_t n_live = 0;

    for (size_t i = 0; i < n; i++) {
        const candidate *c = &search->candidates[i];
        if (c->token == search->config.end) {
            keep_ended(search, c, length);
            continue;
        }
        int *to = search->next_tokens + n_live * row;
        memcpy(to, search->tokens + c->parent * row, length * sizeof(int));
        to[length] = c->token;
        search->log_p[n_live] = c->log_p;
        search->parents[n_live] = c->parent;
        search->latest[n_live++] = c->token;
    }
    int *swapped = search->tokens;
    search->tokens = search->next_tokens;
    search->next_tokens = swapped;
    search->n_live = n_live;
}

pinna_beam_result pinna_beam_search_run(pinna_beam_search *search,
                                        pinna_beam_step step, void *user)
{
    const size_t V = search->config.n_tokens;

    search->result = (pinna_beam_result){0};
    search->n_live = 1;
    search->log_p[0] = 0;
    search->latest[0] = search->config.begin;
    for (size_t length = 0; search->n_live > 0; length++) {
        const float *logits =
            step(user, search->n_live, length > 0 ? search->parents : NULL,
                 search->latest);
        memcpy(search->log_probabilities, logits,
               search->n_live * V * sizeof(float));
        pinna_log_softmax(search->log_probabilities, search->n_live, V);
        grow(search, length);
    }
    return search->result;
}
