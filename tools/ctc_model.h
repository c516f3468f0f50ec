/* tools/ctc_model.h -- the recogniser that a training begins with: new, or
 * another model's, if need be with an output layer for other tokens */
#ifndef PINNA_TOOLS_CTC_MODEL_H
#define PINNA_TOOLS_CTC_MODEL_H

#include "datasets/labels.h"
#include "dsp/fbank.h"
#include "dsp/status.h"
#include "rnn/model.h"
#include "rnn/network.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pinna_ctc_model_config {
    const char *init; /* file of the model to start from; NULL: a new one */
    pinna_fbank_config ear;
    size_t stack, stride;         /* see rnn/model.h */
    pinna_network_config network; /* n_in and n_out are filled in */
    uint64_t seed;                /* of new weights */
    bool quiet;
} pinna_ctc_model_config;

/* How the model's tokens spell texts; they stay the model's. */
pinna_labels pinna_labels_of(const pinna_model *model);

/* A model of another sample rate or task is refused; its ear and the sizes of
 * its network are its own. */
pinna_status pinna_ctc_model_new(const pinna_ctc_model_config *config,
                                 const pinna_labels *labels, pinna_model **out,
                                 pinna_error *error);

#endif
