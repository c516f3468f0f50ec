/* datasets/kaldi_scp.h -- lines of Kaldi's script files
 *
 *     KEY FILE             a matrix without a key, the whole file
 *     KEY FILE:OFFSET      one in an archive, from that byte on
 *     ... [3:7]            rows 3 to 7 of it, both included
 *     ... [3:7,0:12]       and columns; ":" stands for all of them
 *
 * As kaldi-io.cc and kaldi-holder.cc read them. */
#ifndef PINNA_DATASETS_KALDI_SCP_H
#define PINNA_DATASETS_KALDI_SCP_H

#include "datasets/matrix.h"
#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_scp_entry {
    const char *key, *path;
    long offset;                      /* -1: the whole file */
    size_t first_row, last_row;       /* last SIZE_MAX: all */
    size_t first_column, last_column; /* likewise */
} pinna_scp_entry;

/* Take a line apart; entry points into it. Errors tell the cause, not the
 * place. A line that names a command ("... |") is PINNA_UNSUPPORTED. */
pinna_status pinna_scp_parse(char *line, pinna_scp_entry *entry,
                             pinna_error *error);

/* Leave of the matrix what the range names. As in Kaldi the last row may lie up
 * to three behind the end: ranges come from times that were rounded. */
pinna_status pinna_scp_cut(const pinna_scp_entry *entry, pinna_matrix *matrix,
                           pinna_error *error);

#endif
