/* tools/jobs.h -- many items over several threads, results in input order */
#ifndef PINNA_TOOLS_JOBS_H
#define PINNA_TOOLS_JOBS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_jobs {
    size_t n_items;
    size_t n_threads; /* at least 1 */
    void *user;

    /* Called on any thread, once for each item. False when it stopped before
     * the item was complete. */
    bool (*work)(void *user, size_t item);

    /* Called on the thread of run(), in the order of the items, for each whose
     * work returned true. May be NULL. */
    void (*finish)(void *user, size_t item);
} pinna_jobs;

/* Returns how many items were completed: fewer than n_items after an interrupt
 * (no new item is begun then) or when memory for the bookkeeping is missing
 * (0). */
size_t pinna_jobs_run(const pinna_jobs *jobs);

/* What a command returns whose jobs came to this; n_failed counts what else
 * went wrong, too. */
int pinna_jobs_exit_code(size_t n_items, size_t n_done, size_t n_failed);

#endif
