/* tools/curves.h -- training runs as pictures: one panel for each figure of
 * their logs over the steps, one colour for each run */
#ifndef PINNA_TOOLS_CURVES_H
#define PINNA_TOOLS_CURVES_H

#include "dsp/status.h"
#include "tools/log_table.h"
#include "tools/picture.h"

#include <stddef.h>
#include <stdio.h>

typedef struct pinna_run {
    const char *name; /* of its log */
    pinna_log_table log;
} pinna_run;

/* Panels in the order of the columns of the first run, then what others have
 * beside. picture is to be freed. PINNA_NO_MEMORY. */
pinna_status pinna_curves_picture(const pinna_run *runs, size_t n_runs,
                                  pinna_picture *picture);

/* A web page that needs nothing else: the picture, and a table of the first,
 * the last, the lowest and the highest of each figure. */
pinna_status pinna_curves_page(FILE *file, const pinna_run *runs, size_t n_runs,
                               pinna_error *error);

#endif
