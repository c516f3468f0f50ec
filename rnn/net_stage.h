/* rnn/net_stage.h -- what one stage of a network gives in training: its output,
 * dropout (Srivastava et al. 2014) and gradient */
#ifndef PINNA_RNN_NET_STAGE_H
#define PINNA_RNN_NET_STAGE_H

#include "dsp/rng.h"
#include "dsp/status.h"

#include <stddef.h>

/* Arrays are [n_rows, width]. */
typedef struct pinna_net_stage {
    size_t width;
    float *y;         /* what the stage computes */
    const float *out; /* what the next stage reads: y, or dropped */
    float *dropped;   /* y with a share of it set to 0 */
    float *mask;      /* what y was multiplied with */
    float *dy;        /* gradient of out, then of y */
    float *block;     /* backs the arrays above */
} pinna_net_stage;

pinna_status pinna_net_stage_new(size_t max_rows, size_t width,
                                 pinna_net_stage *stage);
void pinna_net_stage_free(pinna_net_stage *stage);

/* y is there: out. That share of y, drawn from rng, becomes 0 and the rest is
 * scaled up; 0 for none. */
void pinna_net_stage_drop(pinna_net_stage *stage, size_t n_rows, double dropout,
                          pinna_rng *rng);

/* dy, the gradient of out, becomes that of y. */
void pinna_net_stage_drop_backward(pinna_net_stage *stage, size_t n_rows);

/* joined [n_rows, widths together] takes the out of the stages side by side. */
void pinna_net_stages_join(const pinna_net_stage *stages, size_t n_stages,
                           size_t n_rows, float *joined);

/* The dy of the stages take their columns of djoined. */
void pinna_net_stages_split(pinna_net_stage *stages, size_t n_stages,
                            size_t n_rows, const float *djoined);

#endif
