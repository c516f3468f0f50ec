/* tools/ctc_batches.h -- the training batches of one thread of a recogniser
 *
 * Which items a step holds depends on seed and step alone: items are planned
 * for many batches at once, an epoch, and those of like length share one. */
#ifndef PINNA_TOOLS_CTC_BATCHES_H
#define PINNA_TOOLS_CTC_BATCHES_H

#include "datasets/labels.h"
#include "dsp/rng.h"
#include "dsp/status.h"
#include "tools/ctc_input.h"
#include "tools/ctc_segments.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pinna_ctc_source {
    const pinna_model *model;
    const pinna_ctc_material *material;
    const pinna_ctc_distortion *distortion;
    const pinna_labels *labels;
    pinna_frame_cache *cache;
    double max_seconds;
    size_t batch_size; /* of a step, over all threads */
    uint64_t seed;
    bool ahead; /* make the next batch in the background */
} pinna_ctc_source;

/* n items of a step. */
typedef struct pinna_ctc_batch {
    size_t n, n_steps;
    float *x;        /* [n_steps, n, n_in], zero behind the end of an item */
    size_t *lengths; /* [n] steps */
    pinna_ctc_segment (*segments)[PINNA_MAX_JOIN]; /* [n] */
    size_t *n_segments;                            /* [n] */
    pinna_rng rng; /* as the last item left it, for dropout */
    pinna_status status;
    pinna_error error;
} pinna_ctc_batch;

typedef struct pinna_ctc_batches pinna_ctc_batches;

/* Of at most max_items. What source points to must outlive it. */
pinna_status pinna_ctc_batches_new(const pinna_ctc_source *source,
                                   size_t max_items, pinna_ctc_batches **out);
void pinna_ctc_batches_free(pinna_ctc_batches *batches);

/* Items first .. first + n - 1 of a step. *batch is good until the next call.
 */
pinna_status pinna_ctc_batches_take(pinna_ctc_batches *batches, size_t step,
                                    size_t first, size_t n,
                                    const pinna_ctc_batch **batch,
                                    pinna_error *error);

/* Random item of an epoch; one that is too long is drawn again. */
void pinna_ctc_plan_fitting(const pinna_ctc_material *material,
                            size_t max_samples, uint64_t seed, uint64_t number,
                            pinna_rng *rng, pinna_ctc_item *item);

#endif
