/* rnn/seq2seq.h -- encoder-decoder with attention: what it is made of
 *
 *   e_1 .. e_Ts  = encoder(source)              token embeddings, or frames
 *   d_1 .. d_Tt  = decoder(embeddings of the tokens before), which starts from
 *                  the last state of the encoder
 *   c_t          = attention of d_t to e_1 .. e_Ts
 *   logits_t     = W_out tanh(W_c [c_t d_t]) + b_out
 *
 * Sutskever, Vinyals and Le 2014 with the global attention of Luong, Pham and
 * Manning 2015. Training and decoding are in rnn/seq2seq_run.h. Parameters are
 * named as in PyTorch: embed_src.weight, enc.weight_ih_l0, dec.weight_ih_l0,
 * attention.general, combine.weight, out.bias. */
#ifndef PINNA_RNN_SEQ2SEQ_H
#define PINNA_RNN_SEQ2SEQ_H

#include "dsp/rng.h"
#include "dsp/status.h"
#include "rnn/attention.h"
#include "rnn/cell_kind.h"
#include "rnn/params.h"

#include <stddef.h>

#define PINNA_N_ATTENTION_SCORES 4

/* "dot", "scaled", "general", "additive", by pinna_attention_score. */
extern const char *const pinna_attention_names[PINNA_N_ATTENTION_SCORES];

typedef struct pinna_seq2seq_config {
    pinna_cell_kind cell; /* of encoder and decoder */
    pinna_attention_score score;
    size_t n_source; /* source tokens; 0 when the source is frames */
    size_t n_in;     /* width of a source frame; not looked at for tokens */
    size_t n_target; /* target tokens */
    size_t n_embed;  /* width of the embeddings */
    size_t n_hidden; /* H, of both cells, and of additive attention */
} pinna_seq2seq_config;

/* Where the arrays of one cell lie. */
typedef struct pinna_seq2seq_offsets {
    size_t weight_ih, weight_hh, bias_ih, bias_hh;
} pinna_seq2seq_offsets;

/* Where each array lies in params (offsets into values or gradients). */
typedef struct pinna_seq2seq {
    pinna_seq2seq_config config;
    size_t n_values;     /* of the params that it was declared in */
    size_t embed_source; /* [n_source, n_embed], of tokens alone */
    size_t embed_target; /* [n_target, n_embed] */
    pinna_seq2seq_offsets encoder, decoder;
    size_t general;             /* [H, H], of that score alone */
    size_t query, key, bias, v; /* of additive alone, see rnn/attention.h */
    size_t combine;             /* [H, 2H], W_c */
    size_t out_weight;          /* [n_target, H] */
    size_t out_bias;            /* [n_target] */
} pinna_seq2seq;

/* Declares the parameters in params, which is empty before; the caller
 * allocates, and frees them on failure too. PINNA_BAD_ARG for a width of 0 or
 * an unknown cell or score. */
pinna_status pinna_seq2seq_declare(const pinna_seq2seq_config *config,
                                   pinna_params *params, pinna_seq2seq *net);

/* Glorot and Bengio 2010, per gate: uniform in +-sqrt(6 / (fan in + fan out)).
 * Biases are 0, but 1 for the forget gates of an LSTM (Jozefowicz, Zaremba and
 * Sutskever 2015). */
void pinna_seq2seq_init(const pinna_seq2seq *net, pinna_params *params,
                        pinna_rng *rng);

/* Numbers that go into a frame of the encoder. */
size_t pinna_seq2seq_encoder_in(const pinna_seq2seq_config *config);

#endif
