/* tools/ctc_clip_check.h -- whether a recogniser can learn from a recording */
#ifndef PINNA_TOOLS_CTC_CLIP_CHECK_H
#define PINNA_TOOLS_CTC_CLIP_CHECK_H

#include "datasets/corpus.h"
#include "datasets/labels.h"
#include "dsp/status.h"
#include "rnn/model.h"

/* PINNA_BAD_FORMAT without a text, PINNA_NOT_FOUND when the labels cannot spell
 * it, PINNA_BAD_ARG when it has more labels than the network has steps while
 * the recording lasts; error tells the cause alone. */
pinna_status pinna_ctc_clip_check(const pinna_ctc_ear *ear,
                                  const pinna_labels *labels,
                                  const pinna_clip *clip, pinna_error *error);

/* The shortest that a clip which can be learned should become, in seconds. */
double pinna_ctc_clip_least_s(const pinna_ctc_ear *ear,
                              const pinna_labels *labels,
                              const pinna_clip *clip);

#endif
