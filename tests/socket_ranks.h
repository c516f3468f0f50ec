/* tests/socket_ranks.h -- ranks over sockets: processes of this machine, forked
 * from the test */
#ifndef PINNA_TESTS_SOCKET_RANKS_H
#define PINNA_TESTS_SOCKET_RANKS_H

#include "tools/ranks.h"

#include <stdbool.h>
#include <stddef.h>

#define MAX_RANKS 4

/* Calls body() in n_ranks processes, each with its rank and n_threads[rank];
 * body leaves. Whether it was true in all of them (false in one that was
 * killed); ends with all of them. */
bool run_ranks(size_t n_ranks, const size_t *n_threads,
               bool (*body)(pinna_ranks *ranks, size_t rank, void *user),
               void *user);

#endif
