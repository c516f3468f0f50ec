/* rnn/ctc_greedy.h -- best-path CTC decoding, frame by frame
 *
 * Graves et al. 2006, section 3.2: take the best token of each frame, merge
 * repeats, drop blanks. */
#ifndef PINNA_RNN_CTC_GREEDY_H
#define PINNA_RNN_CTC_GREEDY_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

/* One decoded token: the run of frames in which it was the best. */
typedef struct pinna_ctc_token {
    int token;
    size_t first_frame; /* of the run */
    size_t n_frames;
    float confidence; /* mean probability of the token over the run, 0..1 */
} pinna_ctc_token;

/* Zero-initialise through pinna_ctc_greedy_reset(). */
typedef struct pinna_ctc_greedy {
    int blank;
    size_t frame;
    bool open; /* a run is under way */
    pinna_ctc_token run;
} pinna_ctc_greedy;

PINNA_REALTIME void pinna_ctc_greedy_reset(pinna_ctc_greedy *greedy, int blank);

/* Take one frame of logits [n_tokens] (before softmax). When a run of a token
 * ends here, write it to *done and return true. */
PINNA_REALTIME bool pinna_ctc_greedy_process(pinna_ctc_greedy *greedy,
                                             const float *logits,
                                             size_t n_tokens,
                                             pinna_ctc_token *done);

/* End of the stream: give the run that is still open, if any. */
PINNA_REALTIME bool pinna_ctc_greedy_finish(pinna_ctc_greedy *greedy,
                                            pinna_ctc_token *done);

#endif
