/* rnn/ctc_align.h -- where the tokens of a known text are: the likeliest CTC
 * path that writes it (Viterbi over the lattice of Graves et al. 2006) */
#ifndef PINNA_RNN_CTC_ALIGN_H
#define PINNA_RNN_CTC_ALIGN_H

#include "dsp/status.h"
#include "rnn/ctc_greedy.h"

#include <stddef.h>

/* logits [n_frames, n_tokens] before softmax, labels [n_labels] not blank ->
 * tokens [n_labels], each with its frames and mean probability; *log_p (may be
 * NULL) of the path. PINNA_BAD_ARG when the frames are too few: each label
 * takes one, and one more where it is the same as the one before. */
pinna_status pinna_ctc_align(const float *logits, size_t n_frames,
                             size_t n_tokens, const int *labels,
                             size_t n_labels, int blank,
                             pinna_ctc_token *tokens, double *log_p);

#endif
