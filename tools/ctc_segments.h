/* tools/ctc_segments.h -- constrained CTC (Sak et al. 2015)
 *
 * The labels of a clip may only come from the frames in which it is heard, a
 * single word not before its middle, and no later than a moment after its end;
 * all else is blank. Without it a net that answers with whole words falls into
 * guessing at the first frame, and words come late. */
#ifndef PINNA_TOOLS_CTC_SEGMENTS_H
#define PINNA_TOOLS_CTC_SEGMENTS_H

#include "datasets/labels.h"
#include "dsp/status.h"
#include "rnn/ctc.h"
#include "rnn/model.h"
#include "tools/ctc_items.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_CTC_MAX_LABELS 1024 /* of one clip */

/* Network steps that must spell the labels of one clip. */
typedef struct pinna_ctc_segment {
    size_t first, n_steps;
    int labels[PINNA_CTC_MAX_LABELS];
    size_t n_labels;
} pinna_ctc_segment;

/* The labels of a clip's text, one <unk> for several unknown words in a row:
 * nobody counts what is not understood. */
pinna_status pinna_ctc_clip_labels(const pinna_labels *labels, const char *text,
                                   int ids[PINNA_CTC_MAX_LABELS], size_t *n_ids,
                                   pinna_error *error);

/* Which steps of an item of n_steps must spell what; segments
 * [PINNA_MAX_JOIN]. */
pinna_status pinna_ctc_segments_plan(const pinna_ctc_ear *ear,
                                     const pinna_labels *labels,
                                     const pinna_ctc_item *item, size_t n_steps,
                                     pinna_ctc_segment *segments,
                                     size_t *n_segments, pinna_error *error);

/* The fewest steps that can spell the labels: between two equal ones lies a
 * blank. */
size_t pinna_ctc_fewest_steps(const pinna_ctc_segment *segment);

/* Loss of an item: logits y of its step t at y + t * row [n_tokens], their
 * gradient likewise to dy; both times scale. A segment that is too short for
 * its labels is left out. */
pinna_status pinna_ctc_segments_loss(pinna_ctc *ctc,
                                     const pinna_ctc_segment *segments,
                                     size_t n_segments, size_t n_steps,
                                     size_t n_tokens, size_t row, float scale,
                                     const float *y, float *dy, double *loss);

#endif
