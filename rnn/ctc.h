/* rnn/ctc.h -- connectionist temporal classification loss
 *
 * Graves et al. 2006. Forward and backward sums run in the linear domain in
 * double, rescaled at every frame, so that long utterances neither underflow
 * nor lose the small posteriors; a sequence for which even that loses paths is
 * done again by logarithms. */
#ifndef PINNA_RNN_CTC_H
#define PINNA_RNN_CTC_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_ctc pinna_ctc;

/* Room for T <= max_frames, V = n_tokens, L <= max_labels. One per thread. */
pinna_status pinna_ctc_new(size_t max_frames, size_t n_tokens,
                           size_t max_labels, pinna_ctc **out);
void pinna_ctc_free(pinna_ctc *ctc);

/* One sequence. logits are before softmax: frame t at logits + t * stride,
 * V wide. labels [n_labels] in 0..V-1, none equal to blank. *loss takes
 * -log p(labels | logits), +inf when the labels cannot fit into n_frames
 * frames (then the gradient is 0). dlogits (same stride, not overlapping
 * logits, may be NULL) is set to scale times the gradient. PINNA_BAD_ARG for a
 * label out of range or sizes above the room. */
pinna_status pinna_ctc_loss(pinna_ctc *ctc, const float *logits, size_t stride,
                            size_t n_frames, const int *labels, size_t n_labels,
                            int blank, float scale, float *dlogits,
                            double *loss);

#endif
