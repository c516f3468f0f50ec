/* tools/run_lock.h -- one training run at a time for each output
 *
 * A file PATH.lock under flock(): the kernel lets go of it when the process
 * ends in whatever way, so that one left by kill -9 locks nothing. */
#ifndef PINNA_TOOLS_RUN_LOCK_H
#define PINNA_TOOLS_RUN_LOCK_H

#include "dsp/status.h"

typedef struct pinna_run_lock {
    char path[4096 + 8];
    int file; /* -1: none is held */
} pinna_run_lock;

/* PINNA_BAD_ARG, with the output named, when another run holds it. */
pinna_status pinna_run_lock_take(const char *output, pinna_run_lock *lock,
                                 pinna_error *error);

/* Takes the file away; nothing when none is held. */
void pinna_run_lock_release(pinna_run_lock *lock);

#endif
