/* rnn/network.h -- the recurrent network of both products
 *
 *   a    = tanh(dense_in x)                 (left out when n_dense is 0)
 *   h_1  = GRU_1(a), h_2 = GRU_2(h_1), ...
 *   y    = dense_out [h_1 h_2 ...]          (skip), or dense_out h_last
 *
 * y are plain numbers: logits for a recogniser, logits of gains for a denoiser.
 * Parameters are named as in PyTorch: dense_in.weight, gru.weight_ih_l0,
 * dense_out.bias. */
#ifndef PINNA_RNN_NETWORK_H
#define PINNA_RNN_NETWORK_H

#include "dsp/rng.h"
#include "dsp/status.h"
#include "rnn/params.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_MAX_LAYERS 8
#define PINNA_MAX_WIDTH  4096

typedef struct pinna_network_config {
    size_t n_in;     /* numbers per frame in */
    size_t n_dense;  /* width of dense_in, 0 for none */
    size_t n_hidden; /* cells of each GRU layer */
    size_t n_layers; /* 1 .. PINNA_MAX_LAYERS */
    size_t n_out;    /* numbers per frame out */
    bool skip;       /* dense_out sees all layers */
} pinna_network_config;

/* Where each array lies in params (offsets into values or gradients). */
typedef struct pinna_network {
    pinna_network_config config;
    pinna_params params;
    size_t dense_in_weight, dense_in_bias;
    size_t weight_ih[PINNA_MAX_LAYERS], weight_hh[PINNA_MAX_LAYERS];
    size_t bias_ih[PINNA_MAX_LAYERS], bias_hh[PINNA_MAX_LAYERS];
    size_t dense_out_weight, dense_out_bias;
} pinna_network;

/* All parameters zero. PINNA_BAD_ARG for sizes out of range. */
pinna_status pinna_network_new(const pinna_network_config *config,
                               pinna_network *network);
void pinna_network_free(pinna_network *network);

/* Glorot and Bengio 2010, per gate: uniform in +-sqrt(6 / (fan in + fan out)),
 * biases 0. */
void pinna_network_init(pinna_network *network, pinna_rng *rng);

/* Numbers that go into a recurrent layer, and into dense_out. */
size_t pinna_network_layer_in(const pinna_network_config *config, size_t layer);
size_t pinna_network_out_in(const pinna_network_config *config);

#endif
