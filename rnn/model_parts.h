/* rnn/model_parts.h -- what a model of each task is made of */
#ifndef PINNA_RNN_MODEL_PARTS_H
#define PINNA_RNN_MODEL_PARTS_H

#include "rnn/model.h"

#include <stddef.h>

enum {
    PINNA_PART_NETWORK = 1 << 0,      /* network, of rnn/network.h */
    PINNA_PART_SEQ2SEQ = 1 << 1,      /* seq2seq, its parameters in network */
    PINNA_PART_FEATURES = 1 << 2,     /* ctc_ear */
    PINNA_PART_BANDS = 1 << 3,        /* bands */
    PINNA_PART_TOKENS = 1 << 4,       /* tokens */
    PINNA_PART_INPUT_TOKENS = 1 << 5, /* input_tokens */
    PINNA_PART_FORECAST = 1 << 6,     /* forecast */
    PINNA_PART_POOLING = 1 << 7,      /* mean_pooling */
};

/* A union of the above, or 0 for a task that there is not. Some tasks take
 * texts or recordings: texts when there are input tokens. */
unsigned pinna_model_parts(const pinna_model *model);

/* Numbers of a frame that offset and scale are for; 0 where the input are
 * tokens. */
size_t pinna_model_n_normalised(const pinna_model *model);

#endif
