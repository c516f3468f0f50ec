/* tools/data_check.h -- looks through all recordings of a training before it
 *
 * Every line of every manifest is read and every recording decoded; each bad
 * line is named on stderr, "train.jsonl:14: cause". A recording of a lower rate
 * than the model's is bad, and one that is in the training and in the
 * validation (the same samples, whatever its name). */
#ifndef PINNA_TOOLS_DATA_CHECK_H
#define PINNA_TOOLS_DATA_CHECK_H

#include "datasets/corpus.h"
#include "dsp/status.h"
#include "tools/options.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_data_check pinna_data_check;

typedef struct pinna_data_role {
    const char *name;     /* "training" */
    unsigned sample_rate; /* of the model, Hz */
    bool learned_from;    /* validation may not have it */
    bool validated_on;    /* check against those before */
    /* What is wrong with a recording, beyond that it cannot be read; may be
     * NULL. */
    pinna_status (*judge)(void *user, const pinna_clip *clip,
                          pinna_error *error);
    void *user;
} pinna_data_role;

/* NULL without memory. */
pinna_data_check *pinna_data_check_new(const char *command, bool quiet);
void pinna_data_check_free(pinna_data_check *check);

/* Training before validation. PINNA_INTERRUPTED after Ctrl-C; a manifest that
 * cannot be opened counts as bad. */
pinna_status pinna_data_check_add(pinna_data_check *check,
                                  const pinna_list *manifests,
                                  const pinna_data_role *role);

/* The counts to stdout; gives the exit code. */
int pinna_data_check_end(const pinna_data_check *check);

#endif
