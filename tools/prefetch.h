/* tools/prefetch.h -- the next share of a batch, made while the last is used
 *
 * Two slots: the caller uses one while a thread fills the other with what comes
 * next if the steps go on one by one. What a share holds depends on its name
 * alone, so that it is the same whoever makes it. */
#ifndef PINNA_TOOLS_PREFETCH_H
#define PINNA_TOOLS_PREFETCH_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Items first .. first + n - 1 of a step. */
typedef struct pinna_share_name {
    size_t step, first, n;
} pinna_share_name;

typedef struct pinna_prefetch pinna_prefetch;

/* make() fills slot 0 or 1; calls never overlap. Without `ahead`, or when there
 * can be no thread, it runs when its share is taken. user must outlive it. */
pinna_status pinna_prefetch_new(void (*make)(void *user, pinna_share_name name,
                                             size_t slot),
                                void *user, bool ahead, pinna_prefetch **out);

/* Waits for what is being made; NULL is fine. */
void pinna_prefetch_free(pinna_prefetch *prefetch);

/* The slot that holds the share; it stays as it is until the next call. */
size_t pinna_prefetch_take(pinna_prefetch *prefetch, pinna_share_name name);

#endif
