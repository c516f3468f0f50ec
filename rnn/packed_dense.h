/* rnn/packed_dense.h -- y = W x + b with the weights packed for the kernels
 *
 * Constant once made; threads share it. */
#ifndef PINNA_RNN_PACKED_DENSE_H
#define PINNA_RNN_PACKED_DENSE_H

#include "dsp/status.h"
#include "rnn/kernels.h"
#include "rnn/params.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_packed_dense {
    size_t n_in, n_out;
    const pinna_kernels *kernels;
    float *weight; /* [n_out, n_in] as pinna_pack() lays it out */
    float *bias;   /* [n_out] */
} pinna_packed_dense;

/* Copies the parameters that begin at these offsets in params: weight [n_out,
 * n_in] and bias [n_out]. PINNA_NO_MEMORY; *dense can be freed also then. */
pinna_status pinna_packed_dense_new(const pinna_params *params, size_t weight,
                                    size_t bias, const pinna_kernels *kernels,
                                    pinna_packed_dense *dense);
/* All zero is fine. */
void pinna_packed_dense_free(pinna_packed_dense *dense);

/* The order in which the weights are read. What was read last is what the
 * caches hold: a net that turns round for every frame finds its end there,
 * however large it is (GRU 512, 6.3 MB: 170 us instead of 220). Same bits. */
typedef enum pinna_sweep {
    PINNA_SWEEP_DOWN, /* from the first row to the last */
    PINNA_SWEEP_UP,
} pinna_sweep;

static inline pinna_sweep pinna_sweep_back(pinna_sweep sweep)
{
    return sweep == PINNA_SWEEP_DOWN ? PINNA_SWEEP_UP : PINNA_SWEEP_DOWN;
}

/* x [n_in] -> y [n_out], which must not overlap. */
PINNA_REALTIME void pinna_packed_dense_apply(const pinna_packed_dense *dense,
                                             pinna_sweep sweep, const float *x,
                                             float *y);

/* The two products of a recurrent layer, x -> xp and h -> hp; on the way up the
 * second comes first. */
PINNA_REALTIME void pinna_packed_dense_apply_two(
    const pinna_packed_dense *input, const pinna_packed_dense *recurrent,
    pinna_sweep sweep, const float *x, const float *h, float *xp, float *hp);

#endif
