#include "tests/cell_cases.h"

#include "tests/rnn_cases.h"
#include "tests/support.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LAYERS = 2, MAX_BATCH = 16 };

static const char *const names[] = {"weight_ih_l", "weight_hh_l", "bias_ih_l",
                                    "bias_hh_l"};

/* n floats of "NAMEk", for layer k. */
static const float *of_layer(const reference *file, const char *prefix,
                             const char *name, size_t k, size_t n)
{
    char full[64];
    snprintf(full, sizeof full, "%s%s%zu", prefix, name, k);
    return reference_floats(file, full, n);
}

static cell_layer layer_of_case(const cell_ops *ops, const reference *file,
                                size_t k, const float *x)
{
    const reference_tensor *y = reference_find(file, "y");
    assert_non_null(y);
    const size_t T = y->shape[0], B = y->shape[1], H = y->shape[2];
    const size_t I = k > 0 ? H : reference_find(file, "x")->shape[2];
    cell_layer l = cell_layer_new(ops, I, H, T, B);

    for (size_t i = 0; i < 4; i++)
        memcpy(l.arrays[i], of_layer(file, "", names[i], k, l.sizes[i]),
               l.sizes[i] * sizeof(float));
    memcpy(l.x, x, T * B * I * sizeof(float));
    memcpy(l.h0, reference_floats(file, "h0", 0) + k * B * H,
           B * H * sizeof(float));
    if (pinna_cell_has_c(ops->kind))
        memcpy(l.c0, reference_floats(file, "c0", 0) + k * B * H,
               B * H * sizeof(float));
    return l;
}

static void check_weight_gradients(const reference *file, const cell_layer *l,
                                   size_t k)
{
    for (size_t i = 0; i < 4; i++)
        assert_near(l->grad_arrays[i],
                    of_layer(file, "grad.", names[i], k, l->sizes[i]),
                    l->sizes[i], GRADIENT_TOLERANCE);
}

/* Layer k of a case against what it gives for a state ("hn", "grad.c0"). */
static void check_state(const reference *file, const char *name, size_t k,
                        const float *got, size_t n, double tolerance)
{
    assert_near(got, reference_floats(file, name, 0) + k * n, n, tolerance);
}

static void take_state(const reference *file, const char *name, size_t k,
                       float *to, size_t n)
{
    memcpy(to, reference_floats(file, name, 0) + k * n, n * sizeof(float));
}

static void case_backward(const cell_ops *ops, const reference *file,
                          cell_layer *layers, size_t n_layers,
                          const size_t *lengths)
{
    const size_t n = layers[0].n_batch * layers[0].n_hidden;
    const size_t n_y = layers[0].n_frames * n;
    const float *dy = reference_floats(file, "dy", n_y);

    for (size_t k = n_layers; k-- > 0;) {
        cell_layer *l = &layers[k];
        memcpy(l->dy, dy, n_y * sizeof(float));
        take_state(file, "dhn", k, l->dhn, n);
        if (pinna_cell_has_c(ops->kind))
            take_state(file, "dcn", k, l->dcn, n);
        ops->backward(l, lengths);
        check_weight_gradients(file, l, k);
        check_state(file, "grad.h0", k, l->dh0, n, GRADIENT_TOLERANCE);
        if (pinna_cell_has_c(ops->kind))
            check_state(file, "grad.c0", k, l->dc0, n, GRADIENT_TOLERANCE);
        dy = l->dx;
    }
    const reference_tensor *dx = reference_find(file, "grad.x");
    assert_near(layers[0].dx, dx->f32, dx->n, GRADIENT_TOLERANCE);
}

void check_cell_case(const cell_ops *ops, const char *name)
{
    reference *file = rnn_case(name);
    if (!file)
        return;

    const size_t n_layers = (size_t)atoi(reference_metadata(file, "layers"));
    const reference_tensor *y = reference_find(file, "y");
    const size_t B = y->shape[1], H = y->shape[2];
    const int32_t *lengths32 = reference_ints(file, "lengths", B);
    size_t lengths[MAX_BATCH];
    cell_layer layers[MAX_LAYERS] = {0};
    assert_true(n_layers >= 1 && n_layers <= MAX_LAYERS && B <= MAX_BATCH);

    for (size_t b = 0; b < B; b++)
        lengths[b] = (size_t)lengths32[b];
    for (size_t k = 0; k < n_layers; k++) {
        const float *x =
            k > 0 ? layers[k - 1].y : reference_floats(file, "x", 0);
        layers[k] = layer_of_case(ops, file, k, x);
        ops->forward(&layers[k], lengths);
        check_state(file, "hn", k, layers[k].hn, B * H, OUTPUT_TOLERANCE);
        if (pinna_cell_has_c(ops->kind))
            check_state(file, "cn", k, layers[k].cn, B * H, OUTPUT_TOLERANCE);
    }
    assert_near(layers[n_layers - 1].y, y->f32, y->n, OUTPUT_TOLERANCE);
    case_backward(ops, file, layers, n_layers, lengths);

    for (size_t k = 0; k < n_layers; k++)
        cell_layer_free(ops, &layers[k]);
    reference_close(file);
}

/* A view of n frames of a layer from frame t on. */
static cell_layer part_of(const cell_layer *l, size_t t, size_t n)
{
    const size_t rows = t * l->n_batch;
    cell_layer part = *l;

    part.n_frames = n;
    part.x += rows * l->n_in;
    part.dx += rows * l->n_in;
    part.y += rows * l->n_hidden;
    part.dy += rows * l->n_hidden;
    return part;
}

void check_cell_truncated(const cell_ops *ops, const char *name)
{
    reference *file = rnn_case(name);
    if (!file)
        return;

    const size_t chunk = (size_t)atoi(reference_metadata(file, "chunk"));
    cell_layer l = layer_of_case(ops, file, 0, reference_floats(file, "x", 0));
    const size_t T = l.n_frames, n_state = l.n_batch * l.n_hidden;

    memcpy(l.dy, reference_floats(file, "dy", T * n_state),
           T * n_state * sizeof(float));
    memset(l.dhn, 0, n_state * sizeof(float));
    memset(l.dcn, 0, n_state * sizeof(float));
    for (size_t t = 0; t < T; t += chunk) {
        cell_layer part = part_of(&l, t, T - t < chunk ? T - t : chunk);
        cell_layer_run(ops, &part, NULL);
        memcpy(l.h0, l.hn, n_state * sizeof(float));
        memcpy(l.c0, l.cn, n_state * sizeof(float));
    }
    assert_near(l.y, reference_floats(file, "y", 0), T * n_state,
                OUTPUT_TOLERANCE);
    check_state(file, "hn", 0, l.hn, n_state, OUTPUT_TOLERANCE);
    assert_near(l.dx, reference_floats(file, "grad.x", 0),
                T * l.n_batch * l.n_in, GRADIENT_TOLERANCE);
    check_weight_gradients(file, &l, 0);

    cell_layer_free(ops, &l);
    reference_close(file);
}
