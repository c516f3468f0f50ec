/* tools/train_log.h -- the figures of a training run, one line a validation
 *
 * NAME.csv has a line of names first; NAME.jsonl has an object a line. A run
 * that goes on from a checkpoint drops the lines of steps that will come again.
 */
#ifndef PINNA_TOOLS_TRAIN_LOG_H
#define PINNA_TOOLS_TRAIN_LOG_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct pinna_figure {
    const char *name;
    double value; /* what is not finite is left empty, or null */
} pinna_figure;

typedef struct pinna_train_log {
    FILE *file; /* NULL when none is open */
    const char *path;
    bool csv, headed;
    char buffer[BUFSIZ]; /* stdio would allocate it */
} pinna_train_log;

/* Whether the name ends as one of the two. */
bool pinna_train_log_name_fits(const char *path);

/* Goes on behind the lines of steps up to last_step; with last_step 0 a file
 * that is there is replaced. path must outlive the log. */
pinna_status pinna_train_log_open(const char *path, size_t last_step,
                                  pinna_train_log *log, pinna_error *error);
void pinna_train_log_close(pinna_train_log *log);

/* Written and flushed at once. */
pinna_status pinna_train_log_write(pinna_train_log *log, size_t step,
                                   const pinna_figure *figures, size_t n,
                                   pinna_error *error);

#endif
