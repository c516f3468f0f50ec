/* tests/naive_seq2seq.h -- an encoder-decoder by its definition, in double, one
 * sequence at a time */
#ifndef PINNA_TESTS_NAIVE_SEQ2SEQ_H
#define PINNA_TESTS_NAIVE_SEQ2SEQ_H

#include "rnn/seq2seq_run.h"

enum { NAIVE_MAX_WIDTH = 40, NAIVE_MAX_FRAMES = 12 };

/* What goes through one sequence. */
typedef struct naive_seq2seq {
    const pinna_seq2seq *net;
    const double *values; /* [net->n_values] */
    size_t n_encoded;
    double encoded[NAIVE_MAX_FRAMES][NAIVE_MAX_WIDTH];
    double h[NAIVE_MAX_WIDTH], c[NAIVE_MAX_WIDTH];
} naive_seq2seq;

/* Read sequence b of the source. */
void naive_encode(naive_seq2seq *naive, const pinna_seq2seq_batch *batch,
                  size_t b);

/* One more token of the target (below 0: none); logits [n_target]. */
void naive_step(naive_seq2seq *naive, int token, double *logits);

#endif
