/* tools/ctc_data.h -- the recordings that a recogniser is trained on */
#ifndef PINNA_TOOLS_CTC_DATA_H
#define PINNA_TOOLS_CTC_DATA_H

#include "datasets/corpus.h"
#include "datasets/labels.h"
#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/options.h"

#include <stdbool.h>

#define PINNA_CTC_MAX_MANIFESTS 32 /* of training */

/* Manifests, and what is to become of them. */
typedef struct pinna_ctc_sources {
    pinna_list training, validation, noise, rooms;
    double sample_rate; /* of the model, Hz */
    double max_seconds; /* of an item with its pauses, at the slowest speed */
    bool quiet;
} pinna_ctc_sources;

typedef struct pinna_ctc_data {
    pinna_corpus training[PINNA_CTC_MAX_MANIFESTS]; /* one per manifest */
    pinna_corpus validation, noise, rooms;
} pinna_ctc_data;

/* Zero-initialise data, and free it in any case. Training recordings that are
 * too long for max_seconds, or too short for their text, are told and left
 * out; a text that is missing or cannot be spelled is an error. */
pinna_status pinna_ctc_data_load(const pinna_ctc_sources *sources,
                                 const pinna_ctc_ear *ear,
                                 const pinna_labels *labels,
                                 pinna_ctc_data *data, pinna_error *error);
void pinna_ctc_data_free(pinna_ctc_data *data);

/* Name every bad line of all manifests (tools/data_check.h). *code is what the
 * command ends with. */
pinna_status pinna_ctc_data_check(const pinna_ctc_sources *sources,
                                  const pinna_ctc_ear *ear,
                                  const pinna_labels *labels, int *code,
                                  pinna_error *error);

#endif
