/* tools/train_case.h -- steps of training on made-up data, to be measured
 *
 * A step is forward, loss, backward through time and Adam, over a batch that
 * threads share as in training (tools/gradient_shares.h). A case without a
 * network is the loss alone. */
#ifndef PINNA_TOOLS_TRAIN_CASE_H
#define PINNA_TOOLS_TRAIN_CASE_H

#include "dsp/status.h"
#include "rnn/network.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_train_case {
    const char *name;
    bool has_network;
    pinna_network_config network; /* n_out counts without a network too */
    size_t n_frames, n_batch;     /* T, B */
    size_t n_labels;              /* of CTC; 0 for squared error */
    bool sigmoid;                 /* of the outputs, with squared error */
} pinna_train_case;

typedef struct pinna_train_step pinna_train_step;

/* PINNA_NO_MEMORY, or PINNA_BAD_ARG for more threads than sequences. */
pinna_status pinna_train_step_new(const pinna_train_case *kind,
                                  size_t n_threads, pinna_train_step **out);
void pinna_train_step_free(pinna_train_step *step);

/* Gives the mean loss of a sequence before the step. */
double pinna_train_step_run(pinna_train_step *step);

/* Multiplications and additions of the matrix products of a step. */
double pinna_train_case_flops(const pinna_train_case *kind);

#endif
