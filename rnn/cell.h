/* rnn/cell.h -- what the recurrent cells (gru.h, lstm.h, simple_rnn.h) share
 *
 * A cell of H units and G gates sees W x + b_ih and U h_prev + b_hh, G H
 * numbers each. Arrays are time-major: [T, B, ...]. */
#ifndef PINNA_RNN_CELL_H
#define PINNA_RNN_CELL_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

/* One layer, laid out as in PyTorch. */
typedef struct pinna_cell_weights {
    size_t n_in, n_hidden;  /* I, H */
    const float *weight_ih; /* [G H, I], W */
    const float *weight_hh; /* [G H, H], U */
    const float *bias_ih;   /* [G H] */
    const float *bias_hh;   /* [G H] */
} pinna_cell_weights;

/* Gradients of the four arrays, same shapes, added to. */
typedef struct pinna_cell_grads {
    float *weight_ih, *weight_hh, *bias_ih, *bias_hh;
} pinna_cell_grads;

/* What a cell's cache has room for. */
typedef struct pinna_cell_room {
    size_t n_in, n_hidden, max_frames, max_batch;
} pinna_cell_room;

/* Are all above 0, and small enough to be multiplied by a number of gates? */
bool pinna_cell_room_ok(const pinna_cell_room *room);

/* Asserts that a call fits. */
void pinna_cell_check_room(const pinna_cell_room *room,
                           const pinna_cell_weights *weights, size_t n_frames,
                           size_t n_batch);

/* Is frame t inside sequence b? lengths NULL: always. */
static inline bool pinna_frame_is_valid(const size_t *lengths, size_t b,
                                        size_t t)
{
    return !lengths || t < lengths[b];
}

/* xp [n_rows, n_gates H] = W x + bias for x [n_rows, I]; bias [n_gates H]. */
void pinna_cell_project(const pinna_cell_weights *weights, size_t n_gates,
                        const float *bias, const float *x, size_t n_rows,
                        float *xp);

/* Frames to project, or to take the gradients of, together: rows enough for
 * OpenBLAS to be at its best, few enough for them to stay in the second-level
 * cache meanwhile. */
size_t pinna_cell_frames_at_once(size_t width, size_t n_batch);

/* The gradients of W and b_ih, and of x unless dx is NULL, over n_rows:
 *   x    [n_rows, I]
 *   dxp  [n_rows, n_gates H] of W x + b_ih
 *   dx   [n_rows, I], added to */
void pinna_cell_input_backward(const pinna_cell_weights *weights,
                               size_t n_gates, const float *x, const float *dxp,
                               size_t n_rows, float *dx,
                               const pinna_cell_grads *grads);

/* The gradients of U and b_hh for n_gates gates from the first on:
 *   states  [n_rows, H] h_prev
 *   dhp     [n_rows, n_gates H] of U h_prev + b_hh, rows stride apart */
void pinna_cell_recurrent_backward(const pinna_cell_weights *weights,
                                   size_t first_gate, size_t n_gates,
                                   const float *states, const float *dhp,
                                   size_t stride, size_t n_rows,
                                   const pinna_cell_grads *grads);

#endif
