/* rnn/ctc_beam_state.h -- what the files of rnn/ctc_beam.h share; nobody else
 * includes it */
#ifndef PINNA_RNN_CTC_BEAM_STATE_H
#define PINNA_RNN_CTC_BEAM_STATE_H

#include "rnn/ctc_beam.h"
#include "rnn/prefix_tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a token of a hypothesis is, on its likeliest path. */
typedef struct pinna_beam_mark {
    size_t first_frame;
    uint32_t n_frames;
    float confidence; /* sum over the frames */
} pinna_beam_mark;

/* A prefix that is kept. Scores are natural logarithms. */
typedef struct pinna_beam_hypothesis {
    uint32_t node;
    double blank, label;    /* of the paths that end in a blank, in the token */
    double total;           /* of both */
    double score;           /* and of the guide */
    pinna_beam_mark *marks; /* [n_marks] of the token at depth d: d % n_marks */
} pinna_beam_hypothesis;

/* A prefix that may be kept after this frame. */
typedef struct pinna_beam_candidate {
    double score;
    double blank, label;
    double bonus; /* of the guide, for a new node */
    pinna_guide_place place;
    uint32_t node;  /* PINNA_NO_NODE: a new one, of */
    uint32_t from;  /* hypothesis whose path goes on, */
    uint32_t arc;   /* along this arc */
    int token;      /* with this token; or */
    bool is_longer; /* false: with no other token */
    bool in_token;  /* the likeliest path ends in the token */
} pinna_beam_candidate;

struct pinna_ctc_beam {
    pinna_ctc_beam_config config;
    size_t n_tokens;
    int blank;

    pinna_prefix_tree tree;

    pinna_beam_hypothesis *now;  /* [width] after the last frame, best first */
    pinna_beam_hypothesis *then; /* [width] before it */
    size_t n_now;
    pinna_beam_mark *marks; /* [2, width, n_marks] */
    size_t n_marks;

    pinna_beam_candidate *heap; /* [width] the worst on top */
    size_t n_heap;
    double cut_off; /* candidates below it need not be made */

    double *log_p; /* [n_tokens] of the frame */
    int *likely;   /* [n_likely] tokens, not the blank */
    size_t n_likely;
    uint32_t *child; /* [n_tokens] of the hypothesis that is made longer */
    size_t frame;
    size_t n_pulled_frames; /* up to the end of the last token pulled */
    bool finished;
};

static inline pinna_beam_mark *
pinna_beam_mark_at(const pinna_ctc_beam *beam, const pinna_beam_hypothesis *hyp,
                   uint32_t depth)
{
    return &hyp->marks[depth % beam->n_marks];
}

/* rnn/ctc_beam_step.c: hypotheses of the next frame from those of the last. */
void pinna_ctc_beam_step(pinna_ctc_beam *beam, const float *logits);

/* rnn/ctc_beam_commit.c: shorten a tail that is too long to grow. */
void pinna_ctc_beam_make_room(pinna_ctc_beam *beam);

#endif
