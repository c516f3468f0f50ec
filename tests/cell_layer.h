/* tests/cell_layer.h -- one layer of a recurrent cell with everything around
 * it, for the checks that every cell must pass */
#ifndef PINNA_TESTS_CELL_LAYER_H
#define PINNA_TESTS_CELL_LAYER_H

#include "rnn/cell.h"
#include "rnn/cell_kind.h"

#include <stddef.h>

/* One layer with everything around it. State arrays of c are there for every
 * cell, and stay 0 for those without. What a cell may be given as NULL (h0, c0,
 * hn, cn, dhn, dcn, dx, dh0, dc0) sometimes is. */
typedef struct cell_layer {
    size_t n_in, n_hidden, n_frames, n_batch;
    size_t sizes[4];  /* of the four below */
    float *arrays[4]; /* weight_ih, weight_hh, bias_ih, bias_hh */
    float *grad_arrays[4];
    pinna_cell_weights weights; /* the same arrays */
    pinna_cell_grads grads;
    float *x, *h0, *c0, *dy, *dhn, *dcn; /* in */
    float *y, *hn, *cn, *dx, *dh0, *dc0; /* out */
    void *cache;
} cell_layer;

typedef struct cell_ops {
    pinna_cell_kind kind;
    pinna_status (*cache_new)(const pinna_cell_room *room, void **cache);
    void (*cache_free)(void *cache);
    void (*forward)(cell_layer *layer, const size_t *lengths);
    void (*backward)(cell_layer *layer, const size_t *lengths);
    /* Reference cases of one direction; those that are not there are left
     * out. */
    const char *const *cases; /* ends with NULL */
    const char *truncated;    /* one that carries the state over, or NULL */
} cell_ops;

/* Random arrays; outputs and gradients are zero. */
cell_layer cell_layer_new(const cell_ops *ops, size_t n_in, size_t n_hidden,
                          size_t n_frames, size_t n_batch);
void cell_layer_free(const cell_ops *ops, cell_layer *layer);

/* Forward and backward. */
void cell_layer_run(const cell_ops *ops, cell_layer *layer,
                    const size_t *lengths);

#endif
