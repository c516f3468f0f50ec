#include "rnn/seq2seq_run.h"

#include "rnn/block.h"
#include "rnn/dense.h"
#include "rnn/embedding.h"
#include "rnn/kernels.h"
#include "rnn/layer.h"
#include "rnn/linalg.h"
#include "rnn/loss.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct pinna_seq2seq_worker {
    pinna_seq2seq_config config;
    size_t max_source, max_target, max_batch;
    pinna_layer_cache *encoder, *decoder;
    pinna_attention_cache *attention;
    int *inputs;                 /* [Tt, B] tokens that the decoder was given */
    float *block;                /* backs the arrays below */
    float *embedded, *dembedded; /* [Ts, B, E] source, of tokens */
    float *encoded, *dencoded;   /* [Ts, B, H] e */
    float *given, *dgiven;       /* [Tt, B, E] embedded inputs */
    float *decoded, *ddecoded;   /* [Tt, B, H] d */
    float *context, *dcontext;   /* [Tt, B, H] c */
    float *joined, *djoined;     /* [Tt, B, 2H] c and d */
    float *combined, *dcombined; /* [Tt, B, H] tanh(W_c [c d]) */
    float *logits;               /* [Tt, B, n_target] */
    float *h, *c, *dh, *dc;      /* [B, H] state between the two, or of the
                                    hypotheses while decoding */
    float *h_next, *c_next;      /* [B, H] */
    float *chances;              /* [n_target] of one row */
};

/* ---- memory ---- */

static pinna_status make_arrays(pinna_seq2seq_worker *w)
{
    const pinna_seq2seq_config *config = &w->config;
    const size_t Ts = w->max_source, Tt = w->max_target, B = w->max_batch;
    const size_t E = config->n_embed, H = config->n_hidden;
    const pinna_block_array arrays[] = {
        {&w->embedded, Ts, B, E},
        {&w->dembedded, Ts, B, E},
        {&w->encoded, Ts, B, H},
        {&w->dencoded, Ts, B, H},
        {&w->given, Tt, B, E},
        {&w->dgiven, Tt, B, E},
        {&w->decoded, Tt, B, H},
        {&w->ddecoded, Tt, B, H},
        {&w->context, Tt, B, H},
        {&w->dcontext, Tt, B, H},
        {&w->joined, Tt, B, 2 * H},
        {&w->djoined, Tt, B, 2 * H},
        {&w->combined, Tt, B, H},
        {&w->dcombined, Tt, B, H},
        {&w->h, 1, B, H},
        {&w->c, 1, B, H},
        {&w->dh, 1, B, H},
        {&w->dc, 1, B, H},
        {&w->h_next, 1, B, H},
        {&w->c_next, 1, B, H},
        {&w->chances, 1, 1, config->n_target},
        {&w->logits, Tt, B, config->n_target},
    };

    return pinna_block_new(arrays, sizeof arrays / sizeof *arrays, &w->block);
}

static pinna_status make_parts(pinna_seq2seq_worker *w)
{
    const pinna_seq2seq_config *config = &w->config;
    const size_t H = config->n_hidden, B = w->max_batch;
    const pinna_cell_room source = {pinna_seq2seq_encoder_in(config), H,
                                    w->max_source, B};
    const pinna_cell_room target = {config->n_embed, H, w->max_target, B};
    const pinna_attention_config attention = {config->score, H, H, H, H};
    /* A step has a query for each hypothesis. */
    const size_t n_queries = w->max_target > B ? w->max_target : B;

    pinna_status status = make_arrays(w);
    if (!status)
        status =
            pinna_layer_cache_new(config->cell, false, &source, &w->encoder);
    if (!status)
        status =
            pinna_layer_cache_new(config->cell, false, &target, &w->decoder);
    if (!status)
        status = pinna_attention_cache_new(&attention, n_queries, w->max_source,
                                           B, &w->attention);
    if (!status && !(w->inputs = calloc(w->max_target * B, sizeof(int))))
        status = PINNA_NO_MEMORY;
    return status;
}

pinna_status pinna_seq2seq_worker_new(const pinna_seq2seq_config *config,
                                      size_t max_source, size_t max_target,
                                      size_t max_batch,
                                      pinna_seq2seq_worker **out)
{
    *out = NULL;
    pinna_seq2seq_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return PINNA_NO_MEMORY;
    worker->config = *config;
    worker->max_source = max_source;
    worker->max_target = max_target;
    worker->max_batch = max_batch;

    const pinna_status status = make_parts(worker);
    if (status) {
        pinna_seq2seq_worker_free(worker);
        return status;
    }
    *out = worker;
    return PINNA_OK;
}

void pinna_seq2seq_worker_free(pinna_seq2seq_worker *worker)
{
    if (!worker)
        return;
    pinna_layer_cache_free(worker->encoder);
    pinna_layer_cache_free(worker->decoder);
    pinna_attention_cache_free(worker->attention);
    free(worker->inputs);
    free(worker->block);
    free(worker);
}

/* ---- forward ---- */

static pinna_cell_weights cell_weights(const pinna_seq2seq_offsets *offsets,
                                       const float *values, size_t n_in,
                                       size_t n_hidden)
{
    return (pinna_cell_weights){
        .n_in = n_in,
        .n_hidden = n_hidden,
        .weight_ih = values + offsets->weight_ih,
        .weight_hh = values + offsets->weight_hh,
        .bias_ih = values + offsets->bias_ih,
        .bias_hh = values + offsets->bias_hh,
    };
}

static pinna_attention_weights attention_weights(const pinna_seq2seq *net,
                                                 const float *values)
{
    return (pinna_attention_weights){values + net->general, values + net->query,
                                     values + net->key, values + net->bias,
                                     values + net->v};
}

static pinna_attention_input attention_input(const pinna_seq2seq_worker *w,
                                             const pinna_seq2seq_batch *batch,
                                             size_t n_queries)
{
    return (pinna_attention_input){
        .query = w->decoded,
        .key = w->encoded,
        .value = w->encoded,
        .key_lengths = batch->source_lengths,
        .n_queries = n_queries,
        .n_keys = batch->n_source,
        .n_batch = batch->n_batch,
    };
}

/* What the encoder reads. */
static const float *source_of(const pinna_seq2seq_worker *w,
                              const pinna_seq2seq_batch *batch)
{
    return w->config.n_source > 0 ? w->embedded : batch->source_frames;
}

void pinna_seq2seq_encode(const pinna_seq2seq *net, const float *values,
                          pinna_seq2seq_worker *w,
                          const pinna_seq2seq_batch *batch)
{
    const pinna_seq2seq_config *config = &net->config;
    const pinna_cell_weights weights =
        cell_weights(&net->encoder, values, pinna_seq2seq_encoder_in(config),
                     config->n_hidden);
    assert(batch->n_source <= w->max_source && batch->n_batch <= w->max_batch);

    if (config->n_source > 0)
        pinna_embedding_forward(values + net->embed_source, config->n_source,
                                config->n_embed, batch->source_ids,
                                batch->n_source * batch->n_batch, w->embedded);
    pinna_layer_forward(&weights, source_of(w, batch),
                        (pinna_layer_state){NULL, NULL}, batch->source_lengths,
                        batch->n_source, batch->n_batch, w->encoder, w->encoded,
                        (pinna_layer_state){w->h, w->c});
}

/* to [n_rows, 2H] = left and right [n_rows, H] side by side. */
static void join(const float *left, const float *right, size_t n_rows, size_t H,
                 float *to)
{
    for (size_t i = 0; i < n_rows; i++) {
        memcpy(to + 2 * i * H, left + i * H, H * sizeof(float));
        memcpy(to + (2 * i + 1) * H, right + i * H, H * sizeof(float));
    }
}

/* From w->decoded, n_queries for each source, to w->logits. */
static void answer(const pinna_seq2seq *net, const float *values,
                   pinna_seq2seq_worker *w, const pinna_seq2seq_batch *batch,
                   size_t n_queries)
{
    const size_t H = net->config.n_hidden, n_rows = n_queries * batch->n_batch;
    const pinna_attention_weights weights = attention_weights(net, values);
    const pinna_attention_input input = attention_input(w, batch, n_queries);

    pinna_attention_forward(&weights, &input, w->attention, w->context);
    join(w->context, w->decoded, n_rows, H, w->joined);
    pinna_gemm(false, true, n_rows, H, 2 * H, w->joined, 2 * H,
               values + net->combine, 2 * H, 0, w->combined, H);
    pinna_kernels_best()->tanh(w->combined, n_rows * H);
    pinna_dense_forward(values + net->out_weight, values + net->out_bias,
                        w->combined, n_rows, H, net->config.n_target,
                        w->logits);
}

/* n_rows of from [., H], those of parents; NULL for the first. */
static void take_rows(const float *from, const size_t *parents, size_t n_rows,
                      size_t H, float *to)
{
    for (size_t i = 0; i < n_rows; i++)
        memcpy(to + i * H, from + (parents ? parents[i] : i) * H,
               H * sizeof(float));
}

const float *pinna_seq2seq_step(const pinna_seq2seq *net, const float *values,
                                pinna_seq2seq_worker *w,
                                const pinna_seq2seq_batch *batch,
                                size_t n_beams, const size_t *parents,
                                const int *tokens)
{
    const pinna_seq2seq_config *config = &net->config;
    const size_t H = config->n_hidden, n_rows = n_beams * batch->n_batch;
    const pinna_cell_weights weights =
        cell_weights(&net->decoder, values, config->n_embed, H);
    assert(n_rows <= w->max_batch);

    take_rows(w->h, parents, n_rows, H, w->h_next);
    if (pinna_cell_has_c(config->cell))
        take_rows(w->c, parents, n_rows, H, w->c_next);
    pinna_embedding_forward(values + net->embed_target, config->n_target,
                            config->n_embed, tokens, n_rows, w->given);
    pinna_layer_forward(
        &weights, w->given, (pinna_layer_state){w->h_next, w->c_next}, NULL, 1,
        n_rows, w->decoder, w->decoded, (pinna_layer_state){w->h, w->c});
    answer(net, values, w, batch, n_beams);
    return w->logits;
}

/* One token by the probabilities of its logits. */
static int draw(pinna_seq2seq_worker *w, const float *logits, pinna_rng *rng)
{
    const size_t n = w->config.n_target;
    double rest = pinna_rng_uniform(rng, 0, 1);
    size_t token = 0;

    memcpy(w->chances, logits, n * sizeof(float));
    pinna_log_softmax(w->chances, 1, n);
    pinna_kernels_best()->exp(w->chances, n);
    while (token + 1 < n && rest >= (double)w->chances[token])
        rest -= (double)w->chances[token++];
    return (int)token;
}

/* w->inputs: the target, with a share of its tokens after the first drawn from
 * the answers so far. Leaves the state of the encoder as it was, in h and c. */
static void mix_inputs(const pinna_seq2seq *net, const float *values,
                       pinna_seq2seq_worker *w,
                       const pinna_seq2seq_batch *batch, double sampling,
                       pinna_rng *rng)
{
    const size_t B = batch->n_batch, n_state = B * net->config.n_hidden;
    const size_t n_target = net->config.n_target;

    memcpy(w->dh, w->h, n_state * sizeof(float));
    memcpy(w->dc, w->c, n_state * sizeof(float));
    for (size_t t = 0; t + 1 < batch->n_target; t++) {
        int *next = w->inputs + (t + 1) * B;
        const float *logits = pinna_seq2seq_step(net, values, w, batch, 1, NULL,
                                                 w->inputs + t * B);
        for (size_t b = 0; b < B; b++)
            if (pinna_rng_chance(rng, sampling))
                next[b] = draw(w, logits + b * n_target, rng);
    }
    memcpy(w->h, w->dh, n_state * sizeof(float));
    memcpy(w->c, w->dc, n_state * sizeof(float));
}

const float *pinna_seq2seq_forward(const pinna_seq2seq *net,
                                   const float *values, pinna_seq2seq_worker *w,
                                   const pinna_seq2seq_batch *batch,
                                   double sampling, pinna_rng *rng)
{
    const pinna_seq2seq_config *config = &net->config;
    const size_t n_rows = batch->n_target * batch->n_batch;
    const pinna_cell_weights weights =
        cell_weights(&net->decoder, values, config->n_embed, config->n_hidden);
    assert(batch->n_target <= w->max_target);

    pinna_seq2seq_encode(net, values, w, batch);
    memcpy(w->inputs, batch->target, n_rows * sizeof(int));
    if (sampling > 0)
        mix_inputs(net, values, w, batch, sampling, rng);
    pinna_embedding_forward(values + net->embed_target, config->n_target,
                            config->n_embed, w->inputs, n_rows, w->given);
    pinna_layer_forward(&weights, w->given, (pinna_layer_state){w->h, w->c},
                        batch->target_lengths, batch->n_target, batch->n_batch,
                        w->decoder, w->decoded,
                        (pinna_layer_state){NULL, NULL});
    answer(net, values, w, batch, batch->n_target);
    return w->logits;
}

const float *pinna_seq2seq_attention(const pinna_seq2seq_worker *worker,
                                     size_t b)
{
    return pinna_attention_weights_of(worker->attention, b);
}

/* ---- backward ---- */

static void clear(float *x, size_t n)
{
    memset(x, 0, n * sizeof(float));
}

/* left and right [n_rows, H] = the halves of from [n_rows, 2H]. */
static void part(const float *from, size_t n_rows, size_t H, float *left,
                 float *right)
{
    for (size_t i = 0; i < n_rows; i++) {
        memcpy(left + i * H, from + 2 * i * H, H * sizeof(float));
        memcpy(right + i * H, from + (2 * i + 1) * H, H * sizeof(float));
    }
}

static pinna_cell_grads cell_grads(const pinna_seq2seq_offsets *offsets,
                                   float *grads)
{
    return (pinna_cell_grads){
        .weight_ih = grads + offsets->weight_ih,
        .weight_hh = grads + offsets->weight_hh,
        .bias_ih = grads + offsets->bias_ih,
        .bias_hh = grads + offsets->bias_hh,
    };
}

/* The gradients of w->decoded and w->encoded, which are set. */
static void answer_backward(const pinna_seq2seq *net, const float *values,
                            pinna_seq2seq_worker *w,
                            const pinna_seq2seq_batch *batch,
                            const float *dlogits, float *grads)
{
    const size_t H = net->config.n_hidden;
    const size_t n_rows = batch->n_target * batch->n_batch;
    const pinna_attention_weights weights = attention_weights(net, values);
    const pinna_attention_input input =
        attention_input(w, batch, batch->n_target);
    const pinna_attention_grads attention_grads = {
        grads + net->general, grads + net->query, grads + net->key,
        grads + net->bias, grads + net->v};

    clear(w->dcombined, n_rows * H);
    pinna_dense_backward(values + net->out_weight, w->combined, dlogits, n_rows,
                         H, net->config.n_target, w->dcombined,
                         grads + net->out_weight, grads + net->out_bias);
    for (size_t i = 0; i < n_rows * H; i++)
        w->dcombined[i] *= 1 - w->combined[i] * w->combined[i];
    pinna_gemm(true, false, H, 2 * H, n_rows, w->dcombined, H, w->joined, 2 * H,
               1, grads + net->combine, 2 * H);
    pinna_gemm(false, false, n_rows, 2 * H, H, w->dcombined, H,
               values + net->combine, 2 * H, 0, w->djoined, 2 * H);
    part(w->djoined, n_rows, H, w->dcontext, w->ddecoded);
    clear(w->dencoded, batch->n_source * batch->n_batch * H);
    /* Keys and values are the same: both gradients go to one place. */
    pinna_attention_backward(&weights, &input, w->attention, w->dcontext,
                             w->ddecoded, w->dencoded, w->dencoded,
                             &attention_grads);
}

void pinna_seq2seq_backward(const pinna_seq2seq *net, const float *values,
                            pinna_seq2seq_worker *w,
                            const pinna_seq2seq_batch *batch,
                            const float *dlogits, float *grads)
{
    const pinna_seq2seq_config *config = &net->config;
    const size_t H = config->n_hidden, E = config->n_embed;
    const size_t n_source = batch->n_source * batch->n_batch;
    const size_t n_target = batch->n_target * batch->n_batch;
    const pinna_layer_state none = {NULL, NULL}, dstate = {w->dh, w->dc};
    const pinna_cell_weights encoder = cell_weights(
        &net->encoder, values, pinna_seq2seq_encoder_in(config), H);
    const pinna_cell_weights decoder =
        cell_weights(&net->decoder, values, E, H);
    const pinna_cell_grads dencoder = cell_grads(&net->encoder, grads);
    const pinna_cell_grads ddecoder = cell_grads(&net->decoder, grads);

    answer_backward(net, values, w, batch, dlogits, grads);

    clear(w->dgiven, n_target * E);
    clear(w->dh, batch->n_batch * H);
    clear(w->dc, batch->n_batch * H);
    pinna_layer_backward(&decoder, w->given, batch->target_lengths,
                         batch->n_target, batch->n_batch, w->decoder,
                         w->ddecoded, none, w->dgiven, dstate, &ddecoder);
    pinna_embedding_backward(w->inputs, n_target, w->dgiven, config->n_target,
                             E, grads + net->embed_target);

    if (config->n_source > 0)
        clear(w->dembedded, n_source * E);
    pinna_layer_backward(
        &encoder, source_of(w, batch), batch->source_lengths, batch->n_source,
        batch->n_batch, w->encoder, w->dencoded, dstate,
        config->n_source > 0 ? w->dembedded : NULL, none, &dencoder);
    if (config->n_source > 0)
        pinna_embedding_backward(batch->source_ids, n_source, w->dembedded,
                                 config->n_source, E,
                                 grads + net->embed_source);
}
