/* tools/import_weights.h -- the weights of a network trained elsewhere, into
 * one of the same shape
 *
 * Recurrent layers are found by the last part of a tensor's name, behind "." or
 * "/" (and before ":0"):
 *   PyTorch  weight_ih_l0, weight_hh_l0_reverse, ... of one nn.GRU, nn.LSTM or
 *            nn.RNN
 *   ONNX     W [D, G H, I], R [D, G H, H] and B [D, 2 G H] of each operator
 *   Keras    kernel, recurrent_kernel and bias of each layer and direction
 * ONNX' and Keras' layers come in the order of the file. Biases of the last two
 * may be missing: zeros. Dense layers are "weight" and "bias" of PyTorch's
 * nn.Linear (Keras: kernel and bias of Dense): dense_in and dense_out by name,
 * or else the only ones of their shape. Streams and layer normalisation go by
 * pinna's own names. A learned first state that is not there becomes zeros. */
#ifndef PINNA_TOOLS_IMPORT_WEIGHTS_H
#define PINNA_TOOLS_IMPORT_WEIGHTS_H

#include "dsp/status.h"
#include "rnn/network.h"
#include "rnn/safetensors.h"

typedef enum pinna_weight_layout {
    PINNA_WEIGHTS_PYTORCH,
    PINNA_WEIGHTS_ONNX,
    PINNA_WEIGHTS_KERAS,
} pinna_weight_layout;

/* All parameters of the network take the values of the file, or an error names
 * the tensor that is missing or has another shape; the values are undefined
 * then. */
pinna_status pinna_import_weights(const pinna_safetensors *file,
                                  pinna_weight_layout layout,
                                  pinna_network *network, pinna_error *error);

#endif
