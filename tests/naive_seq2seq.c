#include "tests/naive_seq2seq.h"

#include "tests/naive_cell.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

/* y [n_rows] = W [n_rows, n] x + bias (may be NULL). */
static void matvec(const double *W, const double *bias, const double *x,
                   size_t n_rows, size_t n, double *y)
{
    for (size_t i = 0; i < n_rows; i++) {
        y[i] = bias ? bias[i] : 0;
        for (size_t j = 0; j < n; j++)
            y[i] += W[i * n + j] * x[j];
    }
}

/* The state goes one frame on by x [n_in]. */
static void step(naive_seq2seq *v, const pinna_seq2seq_offsets *at,
                 const double *x, size_t n_in)
{
    const naive_cell cell = {
        v->net->config.cell,       n_in,
        v->net->config.n_hidden,   v->values + at->weight_ih,
        v->values + at->weight_hh, v->values + at->bias_ih,
        v->values + at->bias_hh};

    naive_cell_step(&cell, x, v->h, v->c);
}

void naive_encode(naive_seq2seq *v, const pinna_seq2seq_batch *batch, size_t b)
{
    const pinna_seq2seq_config *config = &v->net->config;
    const size_t n_in = pinna_seq2seq_encoder_in(config);
    double x[NAIVE_MAX_WIDTH];

    assert_true(config->n_hidden <= NAIVE_MAX_WIDTH && n_in <= NAIVE_MAX_WIDTH);
    memset(v->h, 0, sizeof v->h);
    memset(v->c, 0, sizeof v->c);
    v->n_encoded =
        batch->source_lengths ? batch->source_lengths[b] : batch->n_source;
    assert_true(v->n_encoded <= NAIVE_MAX_FRAMES);
    for (size_t t = 0; t < v->n_encoded; t++) {
        const size_t row = t * batch->n_batch + b;
        for (size_t i = 0; i < n_in; i++)
            x[i] = config->n_source > 0
                       ? v->values[v->net->embed_source +
                                   (size_t)batch->source_ids[row] * n_in + i]
                       : (double)batch->source_frames[row * n_in + i];
        step(v, &v->net->encoder, x, n_in);
        memcpy(v->encoded[t], v->h, sizeof v->h);
    }
}

static double score(const naive_seq2seq *v, const double *q, const double *k)
{
    const pinna_seq2seq *net = v->net;
    const size_t H = net->config.n_hidden;
    double a[NAIVE_MAX_WIDTH], b[NAIVE_MAX_WIDTH], sum = 0;

    if (net->config.score == PINNA_ATTENTION_ADDITIVE) {
        matvec(v->values + net->query, v->values + net->bias, q, H, H, a);
        matvec(v->values + net->key, NULL, k, H, H, b);
        for (size_t i = 0; i < H; i++)
            sum += v->values[net->v + i] * tanh(a[i] + b[i]);
        return sum;
    }
    if (net->config.score == PINNA_ATTENTION_GENERAL) {
        matvec(v->values + net->general, NULL, k, H, H, b);
        k = b;
    }
    for (size_t i = 0; i < H; i++)
        sum += q[i] * k[i];
    return net->config.score == PINNA_ATTENTION_SCALED ? sum / sqrt((double)H)
                                                       : sum;
}

void naive_step(naive_seq2seq *v, int token, double *logits)
{
    const pinna_seq2seq *net = v->net;
    const size_t H = net->config.n_hidden, E = net->config.n_embed;
    double x[NAIVE_MAX_WIDTH] = {0}, joined[2 * NAIVE_MAX_WIDTH] = {0};
    double combined[NAIVE_MAX_WIDTH], norm = 0;

    assert_true(E <= NAIVE_MAX_WIDTH);
    for (size_t i = 0; token >= 0 && i < E; i++)
        x[i] = v->values[net->embed_target + (size_t)token * E + i];
    step(v, &net->decoder, x, E);

    for (size_t t = 0; t < v->n_encoded; t++) {
        const double e = exp(score(v, v->h, v->encoded[t]));
        norm += e;
        for (size_t i = 0; i < H; i++)
            joined[i] += e * v->encoded[t][i];
    }
    for (size_t i = 0; i < H; i++) {
        joined[i] /= norm;
        joined[H + i] = v->h[i];
    }
    matvec(v->values + net->combine, NULL, joined, H, 2 * H, combined);
    for (size_t i = 0; i < H; i++)
        combined[i] = tanh(combined[i]);
    matvec(v->values + net->out_weight, v->values + net->out_bias, combined,
           net->config.n_target, H, logits);
}
