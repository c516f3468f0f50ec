#include "rnn/attention.h"

#include "rnn/block.h"
#include "rnn/dense.h"
#include "rnn/kernels.h"
#include "rnn/linalg.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct pinna_attention_cache {
    pinna_attention_config config;
    size_t n_compared; /* A, width of what is compared */
    size_t max_queries, max_keys, max_batch;
    size_t n_queries, n_keys; /* of the latest forward */
    float *block;             /* backs the arrays below */
    float *query, *key;       /* [Tq, B, A] [Tk, B, A] projected */
    float *dquery, *dkey;     /* their gradients */
    float *weights;           /* [B, Tq, Tk] */
    float *dscores;           /* [Tq, Tk] of one sequence */
    float *hidden;            /* [A] */
};

static bool fits(const pinna_attention_config *config)
{
    if (config->n_query == 0 || config->n_key == 0 || config->n_value == 0)
        return false;
    switch (config->score) {
    case PINNA_ATTENTION_DOT:
    case PINNA_ATTENTION_SCALED:
        return config->n_query == config->n_key;
    case PINNA_ATTENTION_GENERAL:
        return true;
    case PINNA_ATTENTION_ADDITIVE:
        return config->n_hidden > 0;
    }
    return false;
}

pinna_status pinna_attention_cache_new(const pinna_attention_config *config,
                                       size_t max_queries, size_t max_keys,
                                       size_t max_batch,
                                       pinna_attention_cache **out)
{
    const size_t Tq = max_queries, Tk = max_keys, B = max_batch;

    *out = NULL;
    if (!fits(config))
        return PINNA_BAD_ARG;
    pinna_attention_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return PINNA_NO_MEMORY;

    const size_t A = config->score == PINNA_ATTENTION_ADDITIVE
                         ? config->n_hidden
                         : config->n_key;
    cache->config = *config;
    cache->n_compared = A;
    cache->max_queries = Tq;
    cache->max_keys = Tk;
    cache->max_batch = B;
    const pinna_block_array arrays[] = {
        {&cache->query, Tq, B, A},    {&cache->key, Tk, B, A},
        {&cache->dquery, Tq, B, A},   {&cache->dkey, Tk, B, A},
        {&cache->weights, B, Tq, Tk}, {&cache->dscores, 1, Tq, Tk},
        {&cache->hidden, 1, 1, A},
    };
    const pinna_status status =
        pinna_block_new(arrays, sizeof arrays / sizeof *arrays, &cache->block);
    if (status) {
        pinna_attention_cache_free(cache);
        return status;
    }
    *out = cache;
    return PINNA_OK;
}

void pinna_attention_cache_free(pinna_attention_cache *cache)
{
    if (!cache)
        return;
    free(cache->block);
    free(cache);
}

static size_t keys_of(const pinna_attention_input *input, size_t b)
{
    return input->key_lengths ? input->key_lengths[b] : input->n_keys;
}

/* Queries and keys as they are compared. */
static void project(const pinna_attention_weights *weights,
                    const pinna_attention_input *input,
                    pinna_attention_cache *cache)
{
    const pinna_attention_config *config = &cache->config;
    const size_t n_q = input->n_queries * input->n_batch;
    const size_t n_k = input->n_keys * input->n_batch, A = cache->n_compared;

    if (config->score == PINNA_ATTENTION_ADDITIVE) {
        pinna_dense_forward(weights->query, weights->bias, input->query, n_q,
                            config->n_query, A, cache->query);
        pinna_gemm(false, true, n_k, A, config->n_key, input->key,
                   config->n_key, weights->key, config->n_key, 0, cache->key,
                   A);
        return;
    }
    if (config->score == PINNA_ATTENTION_GENERAL)
        pinna_gemm(false, false, n_q, A, config->n_query, input->query,
                   config->n_query, weights->general, A, 0, cache->query, A);
    else
        memcpy(cache->query, input->query, n_q * A * sizeof(float));
    memcpy(cache->key, input->key, n_k * A * sizeof(float));
}

static float score_scale(const pinna_attention_config *config)
{
    return config->score == PINNA_ATTENTION_SCALED
               ? 1 / sqrtf((float)config->n_query)
               : 1;
}

/* hidden [A] takes tanh(query + key), rows of A. */
static void take_hidden(pinna_attention_cache *cache, const float *query,
                        const float *key)
{
    for (size_t i = 0; i < cache->n_compared; i++)
        cache->hidden[i] = query[i] + key[i];
    pinna_kernels_best()->tanh(cache->hidden, cache->n_compared);
}

/* scores [Tq, Tk] of sequence b. */
static void take_scores(const pinna_attention_weights *weights,
                        const pinna_attention_input *input,
                        pinna_attention_cache *cache, size_t b, float *scores)
{
    const size_t A = cache->n_compared, stride = input->n_batch * A;
    const size_t Tq = input->n_queries, Tk = input->n_keys;
    const float *query = cache->query + b * A, *key = cache->key + b * A;

    if (cache->config.score != PINNA_ATTENTION_ADDITIVE) {
        const float scale = score_scale(&cache->config);
        pinna_gemm(false, true, Tq, Tk, A, query, stride, key, stride, 0,
                   scores, Tk);
        for (size_t i = 0; i < Tq * Tk; i++)
            scores[i] *= scale;
        return;
    }
    for (size_t i = 0; i < Tq; i++)
        for (size_t j = 0; j < keys_of(input, b); j++) {
            float sum = 0;
            take_hidden(cache, query + i * stride, key + j * stride);
            for (size_t k = 0; k < A; k++)
                sum += weights->v[k] * cache->hidden[k];
            scores[i * Tk + j] = sum;
        }
}

/* The first n_used of row [n] become their softmax, the others 0. */
static void softmax_row(float *row, size_t n, size_t n_used)
{
    float largest = -INFINITY;
    double sum = 0;

    for (size_t j = 0; j < n_used; j++)
        largest = fmaxf(largest, row[j]);
    for (size_t j = 0; j < n_used; j++)
        row[j] -= largest;
    pinna_kernels_best()->exp(row, n_used);
    for (size_t j = 0; j < n_used; j++)
        sum += (double)row[j];
    for (size_t j = 0; j < n_used; j++)
        row[j] = (float)((double)row[j] / sum);
    memset(row + n_used, 0, (n - n_used) * sizeof(float));
}

void pinna_attention_forward(const pinna_attention_weights *weights,
                             const pinna_attention_input *input,
                             pinna_attention_cache *cache, float *context)
{
    const size_t Tq = input->n_queries, Tk = input->n_keys;
    const size_t V = cache->config.n_value, stride = input->n_batch * V;
    assert(Tq <= cache->max_queries && Tk <= cache->max_keys);
    assert(input->n_batch <= cache->max_batch);

    cache->n_queries = Tq;
    cache->n_keys = Tk;
    project(weights, input, cache);
    for (size_t b = 0; b < input->n_batch; b++) {
        float *rows = cache->weights + b * Tq * Tk;
        assert(keys_of(input, b) <= Tk);
        take_scores(weights, input, cache, b, rows);
        for (size_t i = 0; i < Tq; i++)
            softmax_row(rows + i * Tk, Tk, keys_of(input, b));
        pinna_gemm(false, false, Tq, V, Tk, rows, Tk, input->value + b * V,
                   stride, 0, context + b * V, stride);
    }
}

const float *pinna_attention_weights_of(const pinna_attention_cache *cache,
                                        size_t b)
{
    return cache->weights + b * cache->n_queries * cache->n_keys;
}

/* dscores of sequence b from those of its weights, in place:
 * ds_j = w_j (dw_j - sum_k w_k dw_k). */
static void through_softmax(const float *weights, size_t n_rows, size_t n,
                            float *dscores)
{
    for (size_t i = 0; i < n_rows; i++, weights += n, dscores += n) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += (double)weights[j] * (double)dscores[j];
        for (size_t j = 0; j < n; j++)
            dscores[j] = weights[j] * (dscores[j] - (float)sum);
    }
}

/* Gradients of the projected queries and keys of sequence b, which are 0
 * before; dv is added to. */
static void through_scores(const pinna_attention_weights *weights,
                           const pinna_attention_input *input,
                           pinna_attention_cache *cache, size_t b, float *dv)
{
    const size_t A = cache->n_compared, stride = input->n_batch * A;
    const size_t Tq = input->n_queries, Tk = input->n_keys;
    const float *query = cache->query + b * A, *key = cache->key + b * A;
    float *dquery = cache->dquery + b * A, *dkey = cache->dkey + b * A;
    float *dscores = cache->dscores;

    if (cache->config.score != PINNA_ATTENTION_ADDITIVE) {
        const float scale = score_scale(&cache->config);
        for (size_t i = 0; i < Tq * Tk; i++)
            dscores[i] *= scale;
        pinna_gemm(false, false, Tq, A, Tk, dscores, Tk, key, stride, 0, dquery,
                   stride);
        pinna_gemm(true, false, Tk, A, Tq, dscores, Tk, query, stride, 0, dkey,
                   stride);
        return;
    }
    for (size_t i = 0; i < Tq; i++)
        for (size_t j = 0; j < keys_of(input, b); j++) {
            const float d = dscores[i * Tk + j];
            take_hidden(cache, query + i * stride, key + j * stride);
            for (size_t k = 0; k < A; k++) {
                const float u = cache->hidden[k];
                const float g = d * weights->v[k] * (1 - u * u);
                dv[k] += d * u;
                dquery[i * stride + k] += g;
                dkey[j * stride + k] += g;
            }
        }
}

static void through_projection(const pinna_attention_weights *weights,
                               const pinna_attention_input *input,
                               const pinna_attention_cache *cache,
                               float *dquery, float *dkey,
                               const pinna_attention_grads *grads)
{
    const pinna_attention_config *config = &cache->config;
    const size_t Dq = config->n_query, Dk = config->n_key;
    const size_t n_q = input->n_queries * input->n_batch;
    const size_t n_k = input->n_keys * input->n_batch, A = cache->n_compared;

    if (config->score == PINNA_ATTENTION_ADDITIVE) {
        pinna_dense_backward(weights->query, input->query, cache->dquery, n_q,
                             Dq, A, dquery, grads->query, grads->bias);
        pinna_gemm(false, false, n_k, Dk, A, cache->dkey, A, weights->key, Dk,
                   1, dkey, Dk);
        pinna_gemm(true, false, A, Dk, n_k, cache->dkey, A, input->key, Dk, 1,
                   grads->key, Dk);
        return;
    }
    if (config->score == PINNA_ATTENTION_GENERAL) {
        pinna_gemm(false, true, n_q, Dq, A, cache->dquery, A, weights->general,
                   A, 1, dquery, Dq);
        pinna_gemm(true, false, Dq, A, n_q, input->query, Dq, cache->dquery, A,
                   1, grads->general, A);
    } else {
        pinna_add(cache->dquery, n_q * A, dquery);
    }
    pinna_add(cache->dkey, n_k * A, dkey);
}

void pinna_attention_backward(const pinna_attention_weights *weights,
                              const pinna_attention_input *input,
                              pinna_attention_cache *cache,
                              const float *dcontext, float *dquery, float *dkey,
                              float *dvalue, const pinna_attention_grads *grads)
{
    const size_t Tq = input->n_queries, Tk = input->n_keys, B = input->n_batch;
    const size_t V = cache->config.n_value, stride = B * V;
    const size_t A = cache->n_compared;

    memset(cache->dquery, 0, Tq * B * A * sizeof(float));
    memset(cache->dkey, 0, Tk * B * A * sizeof(float));
    for (size_t b = 0; b < B; b++) {
        const float *rows = pinna_attention_weights_of(cache, b);
        pinna_gemm(false, true, Tq, Tk, V, dcontext + b * V, stride,
                   input->value + b * V, stride, 0, cache->dscores, Tk);
        pinna_gemm(true, false, Tk, V, Tq, rows, Tk, dcontext + b * V, stride,
                   1, dvalue + b * V, stride);
        through_softmax(rows, Tq, Tk, cache->dscores);
        through_scores(weights, input, cache, b, grads->v);
    }
    through_projection(weights, input, cache, dquery, dkey, grads);
}
