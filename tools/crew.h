/* tools/crew.h -- threads that do the same round of work again and again
 *
 * A round has a fixed number of items; whoever is free takes the next, the
 * caller too. Between rounds the helpers sleep, so that other programs have
 * their processors; and where none is free for a helper, the caller takes its
 * items as well: a round never waits for a thread that has not begun. On a
 * machine so busy that rounds take longer with help, the caller does without,
 * and tries again now and then. */
#ifndef PINNA_TOOLS_CREW_H
#define PINNA_TOOLS_CREW_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_crew pinna_crew;

/* work() is called by several threads at once, each with another item of
 * 0 .. n_items - 1; none may wait for another. The caller and n_threads - 1
 * helpers do it; helpers that the system refuses are done without. user must
 * outlive it. */
pinna_status pinna_crew_new(void (*work)(void *user, size_t item), void *user,
                            size_t n_items, size_t n_threads, pinna_crew **out);
void pinna_crew_free(pinna_crew *crew);

/* Each item once; returns when all are done. Calls must not overlap. */
void pinna_crew_run(pinna_crew *crew);

#endif
