/* rnn/params.h -- the named trainable arrays of a network, in one block
 *
 * All values lie in one array, so that an optimiser step, a sum of gradients
 * or an average of weights is one loop. A gradient has the layout of the
 * values: gradient of parameter p starts at grads + p->offset. */
#ifndef PINNA_RNN_PARAMS_H
#define PINNA_RNN_PARAMS_H

#include "dsp/rng.h"
#include "dsp/status.h"

#include <stddef.h>
#include <stdint.h>

#define PINNA_PARAM_NAME_MAX 64

typedef struct pinna_param {
    char name[PINNA_PARAM_NAME_MAX]; /* as in PyTorch: "gru.weight_ih_l0" */
    size_t n_dims;                   /* 1 or 2 */
    size_t shape[2];
    size_t n;      /* elements */
    size_t offset; /* of the first element in values */

    /* Of a quantised matrix (rnn/quantise.h), else NULL: values hold scale
     * times integer. */
    int8_t *int8;  /* [n] within +-127 */
    float *scales; /* [shape[0]] */
} pinna_param;

typedef struct pinna_params {
    pinna_param *items;
    size_t n_items;
    float *values; /* [n_values] */
    size_t n_values;
} pinna_params;

/* Declare parameters first, then allocate() once. shape[1] is 0 for a vector.
 * The index of the new parameter goes to *index (may be NULL). PINNA_BAD_ARG
 * for a name that is too long or already there, or a shape of 0. */
pinna_status pinna_params_add(pinna_params *params, const char *name,
                              size_t rows, size_t cols, size_t *index);

/* values, all zero, aligned to 64 bytes. */
pinna_status pinna_params_allocate(pinna_params *params);
void pinna_params_free(pinna_params *params);

/* Index of a name, or n_items. */
size_t pinna_params_find(const pinna_params *params, const char *name);

/* Fill with uniform numbers in +-bound. */
void pinna_param_uniform(const pinna_params *params, size_t index, double bound,
                         pinna_rng *rng);

/* Room for int8 and scales of a matrix, all zero; params_free() frees it. */
pinna_status pinna_param_allocate_int8(pinna_param *matrix);
void pinna_param_free_int8(pinna_param *matrix);

/* int8 and scales -> values. */
void pinna_param_dequantise(const pinna_params *params,
                            const pinna_param *matrix);

#endif
