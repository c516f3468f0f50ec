/* tests/cell_checks.h -- checks that every recurrent cell must pass: against
 * its formula in double, central differences, and the reference cases
 *
 * A cell_ops says how to run one layer of a cell, and its formula. */
#ifndef PINNA_TESTS_CELL_CHECKS_H
#define PINNA_TESTS_CELL_CHECKS_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { CELL_MAX_GATES = 4, CELL_MAX_HIDDEN = 64 };

/* One layer with everything around it. State arrays of c are there for every
 * cell, and stay 0 for those without. */
typedef struct cell_layer {
    size_t n_in, n_hidden, n_frames, n_batch;
    size_t sizes[4];  /* of the four below */
    float *arrays[4]; /* weight_ih, weight_hh, bias_ih, bias_hh */
    float *grads[4];
    float *x, *h0, *c0, *dy, *dhn, *dcn; /* in */
    float *y, *hn, *cn, *dx, *dh0, *dc0; /* out */
    void *cache;
} cell_layer;

typedef struct cell_ops {
    size_t n_gates;
    bool has_c;
    /* The next state from the sums of each gate: xp [gates] = W x + b_ih,
     * hp [gates] = U h + b_hh. */
    void (*formula)(const double *xp, const double *hp, double *h, double *c);
    pinna_status (*cache_new)(size_t n_in, size_t n_hidden, size_t max_frames,
                              size_t max_batch, void **cache);
    void (*cache_free)(void *cache);
    void (*forward)(cell_layer *layer, const size_t *lengths);
    void (*backward)(cell_layer *layer, const size_t *lengths);
} cell_ops;

void check_cell_forward(const cell_ops *ops);
void check_cell_backward(const cell_ops *ops);
/* Gradients of a second call come on top of the first. */
void check_cell_adds(const cell_ops *ops);
void check_cell_padding(const cell_ops *ops);
void check_cell_allocations(const cell_ops *ops);
void check_cell_bad_sizes(const cell_ops *ops);

/* Reference cases of one direction; nothing when the case is not there. */
void check_cell_case(const cell_ops *ops, const char *name);
/* Chunks with the state carried over and the gradient cut. */
void check_cell_truncated(const cell_ops *ops, const char *name);

#endif
