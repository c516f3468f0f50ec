#include "rnn/cell.h"

#include "rnn/linalg.h"

#include <assert.h>
#include <stdint.h>

/* Measured on a Xeon with 2 MB of second-level cache from 1 to 8192
 * thousand. */
#define FLOATS_AT_ONCE 65536
#define ROWS_AT_LEAST  256

bool pinna_cell_room_ok(const pinna_cell_room *room)
{
    const size_t limit = SIZE_MAX / 16;

    return room->n_in > 0 && room->n_hidden > 0 && room->n_hidden <= limit &&
           room->max_frames > 0 && room->max_frames <= limit &&
           room->max_batch > 0;
}

void pinna_cell_check_room(const pinna_cell_room *room,
                           const pinna_cell_weights *weights, size_t n_frames,
                           size_t n_batch)
{
    assert(weights->n_in == room->n_in);
    assert(weights->n_hidden == room->n_hidden);
    assert(n_frames <= room->max_frames && n_batch <= room->max_batch);
    (void)room;
    (void)weights;
    (void)n_frames;
    (void)n_batch;
}

void pinna_cell_project(const pinna_cell_weights *weights, size_t n_gates,
                        const float *bias, const float *x, size_t n_rows,
                        float *xp)
{
    const size_t I = weights->n_in, width = n_gates * weights->n_hidden;

    pinna_fill_rows(bias, n_rows, width, xp);
    pinna_gemm(false, true, n_rows, width, I, x, I, weights->weight_ih, I, 1.0f,
               xp, width);
}

size_t pinna_cell_frames_at_once(size_t width, size_t n_batch)
{
    const size_t n_rows = FLOATS_AT_ONCE / width;
    const size_t n_frames =
        (n_rows > ROWS_AT_LEAST ? n_rows : ROWS_AT_LEAST) / n_batch;

    return n_frames > 0 ? n_frames : 1;
}

void pinna_cell_input_backward(const pinna_cell_weights *weights,
                               size_t n_gates, const float *x, const float *dxp,
                               size_t n_rows, float *dx,
                               const pinna_cell_grads *grads)
{
    const size_t I = weights->n_in, width = n_gates * weights->n_hidden;

    pinna_gemm(true, false, width, I, n_rows, dxp, width, x, I, 1.0f,
               grads->weight_ih, I);
    pinna_add_column_sums(dxp, width, n_rows, width, grads->bias_ih);
    if (dx)
        pinna_gemm(false, false, n_rows, I, width, dxp, width,
                   weights->weight_ih, I, 1.0f, dx, I);
}

void pinna_cell_recurrent_backward(const pinna_cell_weights *weights,
                                   size_t first_gate, size_t n_gates,
                                   const float *states, const float *dhp,
                                   size_t stride, size_t n_rows,
                                   const pinna_cell_grads *grads)
{
    const size_t H = weights->n_hidden;
    const size_t first = first_gate * H, width = n_gates * H;

    pinna_gemm(true, false, width, H, n_rows, dhp, stride, states, H, 1.0f,
               grads->weight_hh + first * H, H);
    pinna_add_column_sums(dhp, stride, n_rows, width, grads->bias_hh + first);
}
