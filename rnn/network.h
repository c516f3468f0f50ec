/* rnn/network.h -- the recurrent network of both products
 *
 *   a    = tanh(dense_in x)                 (left out when n_dense is 0)
 *   a    = [tanh(streams.0 x_0) tanh(streams.1 x_1) ...]      (with streams)
 *   h_1  = layer_1(a), h_2 = layer_2(h_1), ...
 *   y    = dense_out [h_1 h_2 ...]          (skip), or dense_out h_last
 *
 * Streams are kinds of features that a frame holds side by side, x = [x_0 x_1
 * ...]: each has a projection of its own, and the layers see all of them.
 *
 * A layer is of the cells of rnn/cell_kind.h, in one or both directions
 * (rnn/layer.h); with layer_norm what others see of it is normalised
 * (rnn/layer_norm.h). It begins with zeros, or with learned_state from
 * parameters.
 *
 * y are plain numbers: logits for a recogniser, logits of gains for a denoiser.
 * Parameters are named as in PyTorch: dense_in.weight, streams.0.weight (of an
 * nn.ModuleList), gru.weight_ih_l0,
 * gru.weight_ih_l0_reverse, layer_norm.0.weight, dense_out.bias; lstm. and rnn.
 * for those cells. PyTorch has no learned state: here gru.h0_l0, lstm.c0_l0.
 */
#ifndef PINNA_RNN_NETWORK_H
#define PINNA_RNN_NETWORK_H

#include "dsp/rng.h"
#include "dsp/status.h"
#include "rnn/cell_kind.h"
#include "rnn/params.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_MAX_LAYERS  8
#define PINNA_MAX_STREAMS 16
#define PINNA_MAX_WIDTH   4096

typedef struct pinna_network_config {
    size_t n_in;     /* numbers per frame in */
    size_t n_dense;  /* width of dense_in, or of each stream's projection; 0
                        for none */
    size_t n_hidden; /* cells of each recurrent layer and direction */
    size_t n_layers; /* 1 .. PINNA_MAX_LAYERS */
    size_t n_out;    /* numbers per frame out */
    bool skip;       /* dense_out sees all layers */
    pinna_cell_kind cell;
    bool bidirectional; /* needs all frames at once: cannot stream */
    bool learned_state; /* the state before the first frame */
    bool layer_norm;
    size_t n_streams;                        /* 0: dense_in, if any */
    size_t stream_widths[PINNA_MAX_STREAMS]; /* n_in together */
} pinna_network_config;

/* Where the arrays of one direction of a layer lie in params (offsets into
 * values or gradients): those of pinna_cell_weights, and with learned_state
 * those of the first state [H], c0 for LSTM only. */
typedef struct pinna_network_cell {
    size_t weight_ih, weight_hh, bias_ih, bias_hh;
    size_t h0, c0;
} pinna_network_cell;

typedef struct pinna_network {
    pinna_network_config config;
    pinna_params params;
    /* Offsets likewise. */
    size_t in_weight[PINNA_MAX_STREAMS], in_bias[PINNA_MAX_STREAMS];
    pinna_network_cell cells[PINNA_MAX_LAYERS][2];
    size_t norm_weight[PINNA_MAX_LAYERS], norm_bias[PINNA_MAX_LAYERS];
    size_t dense_out_weight, dense_out_bias;
} pinna_network;

/* The parameters without memory for their values, to see how many there are;
 * pinna_params_allocate() may follow. PINNA_BAD_ARG for sizes out of range. */
pinna_status pinna_network_declare(const pinna_network_config *config,
                                   pinna_network *network);

/* With memory, all zero. */
pinna_status pinna_network_new(const pinna_network_config *config,
                               pinna_network *network);
void pinna_network_free(pinna_network *network);

/* Glorot and Bengio 2010, per gate: uniform in +-sqrt(6 / (fan in + fan out)),
 * biases and first states 0, weights of layer_norm 1. */
void pinna_network_init(pinna_network *network, pinna_rng *rng);

/* Are there no streams, or do they make up n_in and have projections? */
bool pinna_network_streams_fit(const pinna_network_config *config);

/* Projections of the input: the streams, or 1 of dense_in, or 0; and numbers
 * that go into one. */
size_t pinna_network_n_projections(const pinna_network_config *config);
size_t pinna_network_projection_in(const pinna_network_config *config,
                                   size_t projection);

/* Directions of a layer; numbers that come out of one, go into layer `layer`,
 * and into dense_out. */
size_t pinna_network_n_directions(const pinna_network_config *config);
size_t pinna_network_layer_out(const pinna_network_config *config);
size_t pinna_network_layer_in(const pinna_network_config *config, size_t layer);
size_t pinna_network_out_in(const pinna_network_config *config);

#endif
