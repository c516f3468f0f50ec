/* rnn/seq2seq_run.h -- forward, backward and step-by-step decoding of an
 * encoder-decoder over a batch
 *
 * Arrays are time-major, and both sides may have sequences of different
 * lengths. Products are OpenBLAS's: this is for training and for files, not for
 * streams.
 *
 *     pinna_seq2seq_forward(net, values, worker, &batch, 0, NULL);
 *     pinna_cross_entropy_loss(logits, wanted, Tt * B, n_target, 0, dlogits);
 *     pinna_seq2seq_backward(net, values, worker, &batch, dlogits, grads);
 *
 * or, a token at a time,
 *
 *     pinna_seq2seq_encode(net, values, worker, &batch);
 *     while (...)
 *         logits = pinna_seq2seq_step(net, values, worker, &batch, 1, NULL,
 *                                     tokens);
 */
#ifndef PINNA_RNN_SEQ2SEQ_RUN_H
#define PINNA_RNN_SEQ2SEQ_RUN_H

#include "dsp/rng.h"
#include "dsp/status.h"
#include "rnn/seq2seq.h"

#include <stddef.h>

/* What forward leaves for backward, the state of decoding, and scratch. One
 * per thread. */
typedef struct pinna_seq2seq_worker pinna_seq2seq_worker;

/* Room for Ts, Tt and B. */
pinna_status pinna_seq2seq_worker_new(const pinna_seq2seq_config *config,
                                      size_t max_source, size_t max_target,
                                      size_t max_batch,
                                      pinna_seq2seq_worker **out);
void pinna_seq2seq_worker_free(pinna_seq2seq_worker *worker);

typedef struct pinna_seq2seq_batch {
    const int *source_ids;        /* [Ts, B], below 0: padding; or */
    const float *source_frames;   /* [Ts, B, n_in], finite in the padding */
    const size_t *source_lengths; /* [B], NULL for Ts everywhere */
    const int *target;            /* [Tt, B] the token before each that is asked
                                     for, below 0: padding */
    const size_t *target_lengths; /* [B], NULL for Tt everywhere */
    size_t n_source, n_target, n_batch; /* Ts, Tt, B */
} pinna_seq2seq_batch;

/* The logits [Tt, B, n_target] of the tokens that follow those of the target
 * (teacher forcing); valid until the next call, undefined in the padding. With
 * that share `sampling` of the tokens after the first is taken from the net's
 * own answer to those before, drawn by its probabilities, instead of the target
 * (scheduled sampling, Bengio et al. 2015); 0 draws nothing from rng. */
const float *pinna_seq2seq_forward(const pinna_seq2seq *net,
                                   const float *values,
                                   pinna_seq2seq_worker *worker,
                                   const pinna_seq2seq_batch *batch,
                                   double sampling, pinna_rng *rng);

/* After forward with the same arguments. dlogits [Tt, B, n_target] must be 0 in
 * the padding; grads [net->n_values] is added to. What was sampled is taken as
 * given. */
void pinna_seq2seq_backward(const pinna_seq2seq *net, const float *values,
                            pinna_seq2seq_worker *worker,
                            const pinna_seq2seq_batch *batch,
                            const float *dlogits, float *grads);

/* Read the source and stand before the first token; the target is not looked
 * at. */
void pinna_seq2seq_encode(const pinna_seq2seq *net, const float *values,
                          pinna_seq2seq_worker *worker,
                          const pinna_seq2seq_batch *batch);

/* After encode() or another step: the logits [n_beams, B, n_target] after one
 * more token of n_beams hypotheses for each source, n_beams * B <= max_batch.
 *   tokens   [n_beams, B]
 *   parents  [n_beams, B] the row (beam * B + b) of the step before that each
 *            goes on from, or of the B sources after encode(); NULL for its own
 * Valid until the next call. */
const float *pinna_seq2seq_step(const pinna_seq2seq *net, const float *values,
                                pinna_seq2seq_worker *worker,
                                const pinna_seq2seq_batch *batch,
                                size_t n_beams, const size_t *parents,
                                const int *tokens);

/* The attention of sequence b in the latest forward or step: [Tt or n_beams,
 * Ts], rows that sum to 1. Valid until the next one. */
const float *pinna_seq2seq_attention(const pinna_seq2seq_worker *worker,
                                     size_t b);

#endif
