/* tools/optimiser.h -- one of the optimisers, chosen by name
 *
 * Adam and RMSprop take weight decay as SGD does, into the gradient (L2, as in
 * PyTorch); AdamW beside it (Loshchilov and Hutter 2019). What an optimiser
 * remembers is open as arrays with names, so that a checkpoint can hold it. */
#ifndef PINNA_TOOLS_OPTIMISER_H
#define PINNA_TOOLS_OPTIMISER_H

#include "dsp/status.h"
#include "rnn/adam.h"
#include "rnn/rmsprop.h"
#include "rnn/sgd.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum pinna_optimiser_kind {
    PINNA_ADAMW,
    PINNA_ADAM,
    PINNA_SGD,
    PINNA_RMSPROP,
    PINNA_N_OPTIMISERS,
} pinna_optimiser_kind;

/* "adamw", "adam", "sgd", "rmsprop". */
extern const char *const pinna_optimiser_names[PINNA_N_OPTIMISERS];

typedef struct pinna_optimiser_config {
    pinna_optimiser_kind kind;
    double weight_decay;
    double momentum; /* of SGD */
    bool nesterov;   /* of SGD */
} pinna_optimiser_config;

#define PINNA_OPTIMISER_MAX_MEMORY 2

typedef struct pinna_optimiser_memory {
    const char *name; /* "adam.m" */
    float *values;    /* [n] */
} pinna_optimiser_memory;

typedef struct pinna_optimiser {
    pinna_optimiser_config config;
    size_t n;
    union {
        pinna_adam adam;
        pinna_sgd sgd;
        pinna_rmsprop rmsprop;
    } of;
    pinna_optimiser_memory memory[PINNA_OPTIMISER_MAX_MEMORY];
    size_t n_memory;
} pinna_optimiser;

/* For n values. PINNA_BAD_ARG for settings that are out of range. */
pinna_status pinna_optimiser_new(const pinna_optimiser_config *config, size_t n,
                                 pinna_optimiser *optimiser);
void pinna_optimiser_free(pinna_optimiser *optimiser);

/* step counts from 0. grads [n] are used up. */
void pinna_optimiser_step(pinna_optimiser *optimiser, size_t step,
                          double learning_rate, float *grads, float *values);

#endif
