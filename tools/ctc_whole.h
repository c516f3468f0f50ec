/* tools/ctc_whole.h -- what a recogniser's network says of a whole recording,
 * frame by frame, before it is decoded */
#ifndef PINNA_TOOLS_CTC_WHOLE_H
#define PINNA_TOOLS_CTC_WHOLE_H

#include "dsp/status.h"
#include "rnn/model.h"

#include <stddef.h>

/* samples [n_samples] at the rate of the model's ear -> *frames [*n_frames,
 * *width] of features, to be freed; NULL for none. Silence lies around the
 * samples, as a recogniser hears it. Allocates. */
pinna_status pinna_ctc_whole_frames(const pinna_model *model,
                                    const float *samples, size_t n_samples,
                                    float **frames, size_t *n_frames,
                                    size_t *width);

/* Those frames -> *logits [*n_steps, model->n_tokens] before softmax, to be
 * freed; NULL for no steps. Allocates. */
pinna_status pinna_ctc_frames_logits(const pinna_model *model,
                                     const float *frames, size_t n_frames,
                                     float **logits, size_t *n_steps);

/* Both. */
pinna_status pinna_ctc_whole_logits(const pinna_model *model,
                                    const float *samples, size_t n_samples,
                                    float **logits, size_t *n_steps);

#endif
