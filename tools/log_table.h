/* tools/log_table.h -- the log of a training run, read back as columns */
#ifndef PINNA_TOOLS_LOG_TABLE_H
#define PINNA_TOOLS_LOG_TABLE_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_log_table {
    char **names; /* [n_columns], the first is "step" */
    size_t n_columns;
    double *values; /* [n_rows, n_columns], NaN where there is none */
    size_t n_rows;
} pinna_log_table;

/* What tools/train_log.h wrote, .csv or .jsonl. A line that is none, and steps
 * that do not rise, are errors with their place: "run.csv:14: cause". A last
 * line without an end is being written, and left out. */
pinna_status pinna_log_table_read(const char *path, pinna_log_table *table,
                                  pinna_error *error);
void pinna_log_table_free(pinna_log_table *table);

/* The column of that name, or n_columns. */
size_t pinna_log_table_find(const pinna_log_table *table, const char *name);

#endif
