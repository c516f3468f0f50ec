#include "tests/cell_layer.h"

#include "tests/rnn_cases.h"
#include "tests/support.h"

#include <stdlib.h>

cell_layer cell_layer_new(const cell_ops *ops, size_t I, size_t H, size_t T,
                          size_t B)
{
    const size_t G = pinna_cell_n_gates(ops->kind);
    cell_layer l = {.n_in = I,
                    .n_hidden = H,
                    .n_frames = T,
                    .n_batch = B,
                    .sizes = {G * H * I, G * H * H, G * H, G * H}};

    for (size_t i = 0; i < 4; i++) {
        l.arrays[i] = random_floats(l.sizes[i], 10 + i, 0.7);
        l.grad_arrays[i] = zeros(l.sizes[i]);
    }
    l.weights = (pinna_cell_weights){I,           H,           l.arrays[0],
                                     l.arrays[1], l.arrays[2], l.arrays[3]};
    l.grads = (pinna_cell_grads){l.grad_arrays[0], l.grad_arrays[1],
                                 l.grad_arrays[2], l.grad_arrays[3]};
    l.x = random_floats(T * B * I, 20, 1);
    l.h0 = random_floats(B * H, 21, 1);
    l.dy = random_floats(T * B * H, 22, 1);
    l.dhn = random_floats(B * H, 23, 1);
    l.y = random_floats(T * B * H, 24, 1);
    l.hn = zeros(B * H);
    l.cn = zeros(B * H);
    l.c0 = pinna_cell_has_c(ops->kind) ? random_floats(B * H, 25, 1)
                                       : zeros(B * H);
    l.dcn = pinna_cell_has_c(ops->kind) ? random_floats(B * H, 26, 1)
                                        : zeros(B * H);
    l.dx = zeros(T * B * I);
    l.dh0 = zeros(B * H);
    l.dc0 = zeros(B * H);
    assert_int_equal(ops->cache_new(&(pinna_cell_room){I, H, T, B}, &l.cache),
                     PINNA_OK);
    return l;
}

void cell_layer_free(const cell_ops *ops, cell_layer *l)
{
    float *const arrays[] = {l->x, l->h0, l->c0, l->dy, l->dhn, l->dcn,
                             l->y, l->hn, l->cn, l->dx, l->dh0, l->dc0};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    for (size_t i = 0; i < 4; i++) {
        free(l->arrays[i]);
        free(l->grad_arrays[i]);
    }
    ops->cache_free(l->cache);
}

void cell_layer_run(const cell_ops *ops, cell_layer *l, const size_t *lengths)
{
    ops->forward(l, lengths);
    ops->backward(l, lengths);
}
