/* rnn/packed_dense.h -- y = W x + b with the weights packed for the kernels
 *
 * Float32 or int8, as the parameters are. Constant once made; threads share
 * it. */
#ifndef PINNA_RNN_PACKED_DENSE_H
#define PINNA_RNN_PACKED_DENSE_H

#include "dsp/status.h"
#include "rnn/kernels.h"
#include "rnn/kernels_int8.h"
#include "rnn/params.h"

#include <stddef.h>
#include <stdint.h>

/* What computes it. */
typedef struct pinna_dense_kernels {
    const pinna_kernels *float32;
    const pinna_int8_kernels *int8;
} pinna_dense_kernels;

/* The best sets for this CPU. */
pinna_dense_kernels pinna_dense_kernels_best(void);

typedef struct pinna_packed_dense {
    size_t n_in, n_out;
    pinna_dense_kernels kernels;
    float *bias; /* [n_out], to the end of a panel as all of int8 are */

    /* One of the two, the other is NULL: as pinna_pack() or pinna_int8_pack()
     * lays out [n_out, n_in]. */
    float *weight;
    int8_t *int8;
    int32_t *row_sums; /* [n_out] of int8 */
    float *scales;     /* [n_out] of int8 */
} pinna_packed_dense;

/* Copies the parameters that begin at these offsets in params: weight [n_out,
 * n_in] and bias [n_out]. PINNA_NO_MEMORY; *dense can be freed also then. */
pinna_status pinna_packed_dense_new(const pinna_params *params, size_t weight,
                                    size_t bias, pinna_dense_kernels kernels,
                                    pinna_packed_dense *dense);

/* Of the same weight and bias rows first .. end - 1 alone. */
pinna_status pinna_packed_dense_new_rows(const pinna_params *params,
                                         size_t weight, size_t bias,
                                         size_t first, size_t end,
                                         pinna_dense_kernels kernels,
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

/* x [n_in] -> y [n_out], which must not overlap; scratch
 * [pinna_int8_padded(n_in)]. */
PINNA_REALTIME void pinna_packed_dense_apply(const pinna_packed_dense *dense,
                                             pinna_sweep sweep, const float *x,
                                             int8_t *scratch, float *y);

/* The two products of a recurrent layer, x -> xp and h -> hp; on the way up the
 * second comes first. */
PINNA_REALTIME void
pinna_packed_dense_apply_two(const pinna_packed_dense *input,
                             const pinna_packed_dense *recurrent,
                             pinna_sweep sweep, const float *x, const float *h,
                             int8_t *scratch, float *xp, float *hp);

#endif
