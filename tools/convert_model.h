/* tools/convert_model.h -- what `pinna convert` does with models */
#ifndef PINNA_TOOLS_CONVERT_MODEL_H
#define PINNA_TOOLS_CONVERT_MODEL_H

#include "dsp/status.h"
#include "tools/import_weights.h"

#include <stdbool.h>

/* The model `from` with weights of 8 bits, to the file `to`. *has_quality tells
 * whether figures in it tell of the weights before. */
pinna_status pinna_convert_to_int8(const char *from, const char *to,
                                   bool *has_quality, pinna_error *error);

/* The weights of a safetensors file into the network of the model `into`, to
 * the file `to`. What the model tells of its training and quality is left out.
 */
pinna_status pinna_convert_weights(const char *weights,
                                   pinna_weight_layout layout, const char *into,
                                   const char *to, pinna_error *error);

#endif
