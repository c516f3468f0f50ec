/* tools/ctc_units.h -- the tokens that a new recogniser is to write */
#ifndef PINNA_TOOLS_CTC_UNITS_H
#define PINNA_TOOLS_CTC_UNITS_H

#include "datasets/labels.h"
#include "dsp/status.h"
#include "tools/options.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_ctc_units {
    const char *words; /* these, or */
    size_t n_subwords; /* so many pieces of the words of the training, or */
    const char *init;  /* those of this model, if they are such pieces; */
    bool quiet;        /* NULL, 0, NULL: characters */
} pinna_ctc_units;

/* training: manifests, whose bad lines are passed over here. */
pinna_status pinna_ctc_units_make(const pinna_ctc_units *units,
                                  const pinna_list *training,
                                  pinna_labels *labels, pinna_error *error);

#endif
