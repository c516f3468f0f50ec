/* rnn/weight_layout.h -- weights of recurrent and dense layers as others keep
 * them, to PyTorch's layout
 *
 *            gates of LSTM  gates of GRU  matrices           biases
 *   PyTorch  i f g o        r z n         [G H, I], [G H, H] [G H], [G H]
 *   ONNX     i o f c        z r h         [G H, I], [G H, H] [2 G H]
 *   Keras    i f c o        z r h         [I, G H], [H, G H] [G H] or [2, G H]
 *
 * g, n, c and h are names of the same. ONNX: operators RNN, GRU and LSTM,
 * without the axis of directions; B is that of W, then that of R. Keras (and
 * TensorFlow): a single row of biases stands for the sum of both, two rows for
 * input and state, which a GRU with reset_after has. One direction of one layer
 * at a time: I numbers in, H units, G gates. */
#ifndef PINNA_RNN_WEIGHT_LAYOUT_H
#define PINNA_RNN_WEIGHT_LAYOUT_H

#include "rnn/cell_kind.h"

#include <stddef.h>

/* What is written to: as in pinna_cell_weights. */
typedef struct pinna_layout_cell {
    size_t n_in, n_hidden; /* I, H */
    float *weight_ih;      /* [G H, I] */
    float *weight_hh;      /* [G H, H] */
    float *bias_ih;        /* [G H] */
    float *bias_hh;        /* [G H] */
} pinna_layout_cell;

/* w [G H, I], r [G H, H], b [2 G H] or NULL for zeros. */
void pinna_layout_from_onnx(pinna_cell_kind kind, const float *w,
                            const float *r, const float *b,
                            const pinna_layout_cell *to);

/* kernel [I, G H], recurrent_kernel [H, G H], bias [n_bias_rows, G H];
 * n_bias_rows is 0 (zeros), 1 or 2. */
void pinna_layout_from_keras(pinna_cell_kind kind, const float *kernel,
                             const float *recurrent_kernel, const float *bias,
                             size_t n_bias_rows, const pinna_layout_cell *to);

/* Keras' Dense: kernel [n_in, n_out] -> PyTorch's weight [n_out, n_in]. */
void pinna_layout_dense_from_keras(const float *kernel, size_t n_in,
                                   size_t n_out, float *weight);

#endif
