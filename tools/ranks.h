/* tools/ranks.h -- one training run by several processes, on one machine or
 * more
 *
 * Every rank computes its threads' shares of each batch, and all make the same
 * step with the sum. Shares are added one by one in the order of their numbers,
 * over all ranks, so that the bits depend on their number alone: two ranks of
 * one thread come to those of one process with two. Rank 0 alone writes.
 *
 * In all functions NULL stands for a process of its own, which talks to nobody.
 * All ranks have to call them in the same order: what only some can come to is
 * followed by pinna_ranks_agree(). */
#ifndef PINNA_TOOLS_RANKS_H
#define PINNA_TOOLS_RANKS_H

#include "dsp/status.h"
#include "tools/rank_link.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pinna_ranks pinna_ranks;

/* n_threads are this rank's. Takes the link over, also when it fails. */
pinna_status pinna_ranks_new(const pinna_rank_link *link, size_t n_threads,
                             pinna_ranks **out, pinna_error *error);

/* With what this rank's part of the run has come to: if that is an error which
 * the others do not know of yet, they are told. Frees. */
void pinna_ranks_leave(pinna_ranks *ranks, pinna_status status,
                       const pinna_error *error);

/* Whether this is the rank that writes files and messages. */
bool pinna_ranks_writes(const pinna_ranks *ranks);

/* Threads of all ranks, those before this rank's first, and this rank's own,
 * of n_alone of a process of its own. */
size_t pinna_ranks_all_threads(const pinna_ranks *ranks, size_t n_alone);
size_t pinna_ranks_first_thread(const pinna_ranks *ranks);
size_t pinna_ranks_own_threads(const pinna_ranks *ranks, size_t n_alone);

/* PINNA_OK when all ranks say so, else the error of the first that does not,
 * "rank 2 (host): ...", on all. */
pinna_status pinna_ranks_agree(pinna_ranks *ranks, pinna_status status,
                               pinna_error *error);

/* Whether one of them was interrupted before they agreed last. */
bool pinna_ranks_interrupted(const pinna_ranks *ranks);

/* Whether another rank has ended on its own: then no call reaches anybody, and
 * all fail. */
bool pinna_ranks_broken(const pinna_ranks *ranks);

/* One thread's share of a step. */
typedef struct pinna_share {
    float *grads; /* [n_values] */
    double loss;
    uint64_t n_frames;
} pinna_share;

/* The sum of this rank's shares [n] and those of all others to shares[0]. */
pinna_status pinna_ranks_sum(pinna_ranks *ranks, pinna_share *shares, size_t n,
                             size_t n_values, pinna_error *error);

/* Of values [n], each rank's own first .. end - 1 to rank 0; those of the one
 * above it begin at end. */
pinna_status pinna_ranks_gather(pinna_ranks *ranks, float *values, size_t first,
                                size_t end, size_t n, pinna_error *error);

/* What rank 0 has there to the others. */
pinna_status pinna_ranks_share(pinna_ranks *ranks, void *bytes, size_t n,
                               pinna_error *error);

#endif
