/* rnn/recorded_steps.h -- a recording that a bidirectional network hears at its
 * end: its steps until then, and their logits; a part of rnn/recogniser.h */
#ifndef PINNA_RNN_RECORDED_STEPS_H
#define PINNA_RNN_RECORDED_STEPS_H

#include "dsp/status.h"
#include "rnn/offline_net.h"
#include "rnn/word_maker.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_recorded_steps {
    const pinna_offline_net *net;
    pinna_offline_state *state;
    size_t n_in, n_out, max_steps;
    float *x;                      /* [max_steps, n_in] */
    float *logits;                 /* [max_steps, n_out], once it has ended */
    pinna_moment *moments;         /* [max_steps] */
    size_t n_steps, n_due, n_done; /* heard, to be decoded, decoded */
} pinna_recorded_steps;

/* PINNA_BAD_ARG for more steps than memory can have, or PINNA_NO_MEMORY; it can
 * be freed also then. */
pinna_status pinna_recorded_steps_new(const pinna_offline_net *net, size_t n_in,
                                      size_t n_out, double max_steps,
                                      pinna_recorded_steps *steps);
/* All zero is fine. */
void pinna_recorded_steps_free(pinna_recorded_steps *steps);
PINNA_REALTIME void pinna_recorded_steps_reset(pinna_recorded_steps *steps);

/* Keep x [n_in], and where things are; none behind max_steps. */
PINNA_REALTIME void pinna_recorded_steps_add(pinna_recorded_steps *steps,
                                             const float *x,
                                             const pinna_moment *now);

/* The recording has ended: run the network. */
PINNA_REALTIME void pinna_recorded_steps_finish(pinna_recorded_steps *steps);

/* The logits [n_out] of the next step and where things were; NULL while the
 * recording has not ended, and after the last one. */
PINNA_REALTIME const float *
pinna_recorded_steps_next(pinna_recorded_steps *steps,
                          const pinna_moment **then);

/* Was that the last one? */
static inline bool
pinna_recorded_steps_are_done(const pinna_recorded_steps *steps)
{
    return steps->n_done == steps->n_due;
}

#endif
