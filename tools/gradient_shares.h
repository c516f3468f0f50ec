/* tools/gradient_shares.h -- the gradient of a step, computed by threads
 *
 * The batch is cut into as many shares as there are threads, of all ranks
 * together; they are summed in a fixed order, so that a number of threads gives
 * the same bits every time, whichever thread computes which share. */
#ifndef PINNA_TOOLS_GRADIENT_SHARES_H
#define PINNA_TOOLS_GRADIENT_SHARES_H

#include "dsp/status.h"
#include "tools/ranks.h"
#include "tools/trainer.h"

#include <stddef.h>

typedef struct pinna_gradient_shares pinna_gradient_shares;

/* n_threads are those of all ranks. task, network and ranks must outlive it. */
pinna_status pinna_gradient_shares_new(const pinna_train_task *task,
                                       const pinna_network *network,
                                       size_t batch_size, size_t n_threads,
                                       pinna_ranks *ranks,
                                       pinna_gradient_shares **out);
void pinna_gradient_shares_free(pinna_gradient_shares *shares);

/* The sum of all shares, the same on all ranks, who all call this and all get
 * the same error. Rank 0 has what all items carry on, too. sum->grads
 * [n_values] is overwritten by the next call. */
pinna_status pinna_gradient_shares_step(pinna_gradient_shares *shares,
                                        size_t step, pinna_share *sum,
                                        pinna_error *error);

#endif
