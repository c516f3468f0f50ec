/* tools/ctc_whole.h -- a recogniser's network over a whole recording at once:
 * what a bidirectional one needs, and what texts are scored with */
#ifndef PINNA_TOOLS_CTC_WHOLE_H
#define PINNA_TOOLS_CTC_WHOLE_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/transcript.h"

#include <stddef.h>

/* samples [n_samples] at the rate of the model's ear -> *logits
 * [*n_steps, model->n_tokens] before softmax, to be freed; NULL for no steps.
 * Silence lies around the samples as a recogniser hears it. Memory grows with
 * the recording: about 50 kB a second for two layers of 128 cells. */
pinna_status pinna_ctc_whole_logits(const pinna_model *model,
                                    const float *samples, size_t n_samples,
                                    float **logits, size_t *n_steps);

/* As pinna_transcribe_part(), by best-path decoding. Words lie where their
 * tokens were the best. */
pinna_status pinna_ctc_whole_transcribe(const pinna_model *model,
                                        const pinna_sound_part *part,
                                        pinna_transcript *transcript,
                                        pinna_error *error);

#endif
