/* tools/rank_link.h -- messages between the processes of one training run
 *
 * The ranks of a run are numbered from 0. tools/mpi_link.h makes a link over
 * MPI; tests make one over sockets. */
#ifndef PINNA_TOOLS_RANK_LINK_H
#define PINNA_TOOLS_RANK_LINK_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_rank_link {
    size_t rank, n_ranks;
    char host[64]; /* where this rank runs, for people */
    void *self;

    /* Bytes to or from one other rank; returns when they have left or are
     * there. What one rank sends to another arrives in order. Fails when the
     * other rank is lost, and after Ctrl-C when it does not come soon, unless
     * told to be patient: PINNA_IO or PINNA_INTERRUPTED, and from then on
     * nothing works. */
    pinna_status (*send)(void *self, size_t to, const void *bytes, size_t n,
                         bool patient, pinna_error *error);
    pinna_status (*receive)(void *self, size_t from, void *bytes, size_t n,
                            bool patient, pinna_error *error);

    /* The last call. clean: all ranks make it. */
    void (*end)(void *self, bool clean);
} pinna_rank_link;

#endif
