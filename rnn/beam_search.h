/* rnn/beam_search.h -- the most probable sequence of tokens, by keeping a few
 * hypotheses at a time
 *
 * A hypothesis that ends leaves the beam, as in Sutskever, Vinyals and Le 2014;
 * those that ended are compared by
 *
 *   log p(tokens, end) / ((5 + n) / 6)^alpha,  n tokens before the end
 *
 * (Wu et al. 2016). A beam of 1 is greedy decoding. One object per thread. */
#ifndef PINNA_RNN_BEAM_SEARCH_H
#define PINNA_RNN_BEAM_SEARCH_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_beam_config {
    size_t beam;       /* hypotheses at a time */
    size_t n_tokens;   /* the end is one of them */
    size_t max_length; /* tokens before the end, which must come then */
    int begin, end;    /* what the first step is told, and what ends */
    double alpha;      /* of the length; 0 prefers the short */
} pinna_beam_config;

typedef struct pinna_beam_search pinna_beam_search;

/* PINNA_BAD_ARG for a size of 0, an end that is no token, or alpha < 0. */
pinna_status pinna_beam_search_new(const pinna_beam_config *config,
                                   pinna_beam_search **out);
void pinna_beam_search_free(pinna_beam_search *search);

/* The logits [n_beams, n_tokens] after one more token of each hypothesis:
 * tokens [n_beams], where row i goes on from row parents[i] of the step before,
 * parents NULL in the first. */
typedef const float *(*pinna_beam_step)(void *user, size_t n_beams,
                                        const size_t *parents,
                                        const int *tokens);

/* What was found. */
typedef struct pinna_beam_result {
    const int
        *tokens; /* [n_tokens] without the end, valid until the next run */
    size_t n_tokens;
    double log_p; /* of tokens and end */
    double score; /* log_p with the length taken out */
} pinna_beam_result;

pinna_beam_result pinna_beam_search_run(pinna_beam_search *search,
                                        pinna_beam_step step, void *user);

#endif
