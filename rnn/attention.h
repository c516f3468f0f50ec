/* rnn/attention.h -- attention of queries to keys and values, batch forward
 * and backward
 *
 *   weight_ij = softmax_j(score(q_i, k_j)),  context_i = sum_j weight_ij v_j
 *
 *   dot       q.k                            Luong, Pham and Manning 2015
 *   scaled    q.k / sqrt(n_query)            Vaswani et al. 2017
 *   general   q^T W k                        Luong et al. 2015
 *   additive  v.tanh(W_q q + W_k k + b)      Bahdanau, Cho and Bengio 2015;
 *             with W = [W_q W_k] and b = 0 the "concat" of Luong et al.
 *
 * Arrays are time-major, as those of the cells. */
#ifndef PINNA_RNN_ATTENTION_H
#define PINNA_RNN_ATTENTION_H

#include "dsp/status.h"

#include <stddef.h>

typedef enum pinna_attention_score {
    PINNA_ATTENTION_DOT,
    PINNA_ATTENTION_SCALED,
    PINNA_ATTENTION_GENERAL,
    PINNA_ATTENTION_ADDITIVE,
} pinna_attention_score;

typedef struct pinna_attention_config {
    pinna_attention_score score;
    size_t n_query, n_key, n_value; /* width of each; dot and scaled take
                                       n_query = n_key */
    size_t n_hidden;                /* of additive, else not looked at */
} pinna_attention_config;

typedef struct pinna_attention_weights {
    const float *general; /* [n_query, n_key], of general alone */
    const float *query;   /* [n_hidden, n_query], of additive from here on */
    const float *key;     /* [n_hidden, n_key] */
    const float *bias;    /* [n_hidden] */
    const float *v;       /* [n_hidden] */
} pinna_attention_weights;

/* Gradients of the same arrays, added to. */
typedef struct pinna_attention_grads {
    float *general, *query, *key, *bias, *v;
} pinna_attention_grads;

/* What forward leaves for backward, and scratch of both. */
typedef struct pinna_attention_cache pinna_attention_cache;

/* Room for as many queries, keys and sequences. PINNA_BAD_ARG for widths of 0
 * or that do not fit the score. */
pinna_status pinna_attention_cache_new(const pinna_attention_config *config,
                                       size_t max_queries, size_t max_keys,
                                       size_t max_batch,
                                       pinna_attention_cache **out);
void pinna_attention_cache_free(pinna_attention_cache *cache);

/* What one call works on: Tq queries and Tk keys of B sequences. */
typedef struct pinna_attention_input {
    const float *query;        /* [Tq, B, n_query] */
    const float *key;          /* [Tk, B, n_key], finite in the padding too */
    const float *value;        /* [Tk, B, n_value], likewise */
    const size_t *key_lengths; /* [B] keys that count, NULL for Tk everywhere;
                                  with none of them the context is 0 */
    size_t n_queries, n_keys, n_batch;
} pinna_attention_input;

/* context [Tq, B, n_value]. */
void pinna_attention_forward(const pinna_attention_weights *weights,
                             const pinna_attention_input *input,
                             pinna_attention_cache *cache, float *context);

/* The weights of sequence b of the latest forward: [Tq, Tk], rows that sum to
 * 1. Valid until the next one. */
const float *pinna_attention_weights_of(const pinna_attention_cache *cache,
                                        size_t b);

/* After forward with the same weights, input and cache.
 * dcontext            [Tq, B, n_value]
 * dquery, dkey, dvalue  of the shapes of the input, added to */
void pinna_attention_backward(const pinna_attention_weights *weights,
                              const pinna_attention_input *input,
                              pinna_attention_cache *cache,
                              const float *dcontext, float *dquery, float *dkey,
                              float *dvalue,
                              const pinna_attention_grads *grads);

#endif
