/* tools/same_run.h -- whether all ranks are about to train the same
 *
 * Each compares options, initial model and data with those of rank 0;
 * the bits that a run ends with would mean nothing otherwise. */
#ifndef PINNA_TOOLS_SAME_RUN_H
#define PINNA_TOOLS_SAME_RUN_H

#include "datasets/corpus.h"
#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/options.h"
#include "tools/ranks.h"

#include <stddef.h>
#include <stdint.h>

/* What is learned from, or a part of it. */
typedef struct pinna_named_data {
    const char *name; /* "training recordings" */
    const pinna_corpus *corpora;
    size_t n;
    uint64_t hash; /* of what lies in no corpus */
} pinna_named_data;

#define PINNA_MAX_NAMED_DATA 8

/* All ranks get the same answer; PINNA_BAD_ARG: "rank 1 (host): other --seed
 * than on rank 0". Options of one call alone may differ. */
pinna_status pinna_same_run(pinna_ranks *ranks, const char *command,
                            const pinna_option *options, size_t n_options,
                            const pinna_model *model,
                            const pinna_named_data *data, size_t n_data,
                            pinna_error *error);

#endif
