/* rnn/model_check.h -- what must hold between the fields of a model
 *
 * Whether it was read or is about to be written: the features exist and fill
 * the input of the network, its outputs have their tokens or bands. */
#ifndef PINNA_RNN_MODEL_CHECK_H
#define PINNA_RNN_MODEL_CHECK_H

#include "dsp/status.h"
#include "rnn/model.h"

/* Each field has passed the range of rnn/model_json.c. Looks at no tensor.
 * PINNA_BAD_ARG or PINNA_NO_MEMORY, with a line that begins with file. */
pinna_status pinna_model_check(const pinna_model *model, const char *file,
                               pinna_error *error);

#endif
