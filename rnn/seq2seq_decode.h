/* rnn/seq2seq_decode.h -- the answer of an encoder-decoder to one source, by
 * beam search */
#ifndef PINNA_RNN_SEQ2SEQ_DECODE_H
#define PINNA_RNN_SEQ2SEQ_DECODE_H

#include "rnn/beam_search.h"
#include "rnn/seq2seq_run.h"

/* batch holds one source, its target is not looked at. The worker has room for
 * a batch as large as the beam; search is over the target tokens of net. */
pinna_beam_result pinna_seq2seq_decode(const pinna_seq2seq *net,
                                       const float *values,
                                       pinna_seq2seq_worker *worker,
                                       const pinna_seq2seq_batch *batch,
                                       pinna_beam_search *search);

#endif
