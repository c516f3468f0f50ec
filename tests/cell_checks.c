#include "tests/cell_checks.h"

#include "tests/rnn_cases.h"
#include "tests/support.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LAYERS = 2, MAX_BATCH = 16 };

static const char *const names[] = {"weight_ih_l", "weight_hh_l", "bias_ih_l",
                                    "bias_hh_l"};

/* ---- one layer ---- */

static cell_layer layer_new(const cell_ops *ops, size_t I, size_t H, size_t T,
                            size_t B)
{
    const size_t G = ops->n_gates;
    cell_layer l = {.n_in = I,
                    .n_hidden = H,
                    .n_frames = T,
                    .n_batch = B,
                    .sizes = {G * H * I, G * H * H, G * H, G * H}};

    assert_true(H <= CELL_MAX_HIDDEN && G <= CELL_MAX_GATES);
    for (size_t i = 0; i < 4; i++) {
        l.arrays[i] = random_floats(l.sizes[i], 10 + i, 0.7);
        l.grads[i] = zeros(l.sizes[i]);
    }
    l.x = random_floats(T * B * I, 20, 1);
    l.h0 = random_floats(B * H, 21, 1);
    l.dy = random_floats(T * B * H, 22, 1);
    l.dhn = random_floats(B * H, 23, 1);
    l.y = random_floats(T * B * H, 24, 1);
    l.hn = zeros(B * H);
    l.cn = zeros(B * H);
    l.c0 = ops->has_c ? random_floats(B * H, 25, 1) : zeros(B * H);
    l.dcn = ops->has_c ? random_floats(B * H, 26, 1) : zeros(B * H);
    l.dx = zeros(T * B * I);
    l.dh0 = zeros(B * H);
    l.dc0 = zeros(B * H);
    assert_int_equal(ops->cache_new(I, H, T, B, &l.cache), PINNA_OK);
    return l;
}

static void layer_free(const cell_ops *ops, cell_layer *l)
{
    float *const arrays[] = {l->x, l->h0, l->c0, l->dy, l->dhn, l->dcn,
                             l->y, l->hn, l->cn, l->dx, l->dh0, l->dc0};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    for (size_t i = 0; i < 4; i++) {
        free(l->arrays[i]);
        free(l->grads[i]);
    }
    ops->cache_free(l->cache);
}

static void layer_run(const cell_ops *ops, cell_layer *l, const size_t *lengths)
{
    ops->forward(l, lengths);
    ops->backward(l, lengths);
}

/* ---- the formula, in double ---- */

typedef struct naive {
    const cell_ops *ops;
    const cell_layer *layer; /* sizes */
    const size_t *lengths;
    double *arrays[4], *x, *h0, *c0, *dy, *dhn, *dcn;
    double *y, *hn, *cn; /* results */
} naive;

static double product(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* h and c [H] go one frame on. */
static void naive_step(const naive *v, const double *x, double *h, double *c)
{
    const size_t I = v->layer->n_in, H = v->layer->n_hidden;
    double before[CELL_MAX_HIDDEN];

    memcpy(before, h, H * sizeof *h);
    for (size_t i = 0; i < H; i++) {
        double xp[CELL_MAX_GATES], hp[CELL_MAX_GATES];
        for (size_t gate = 0; gate < v->ops->n_gates; gate++) {
            const size_t row = gate * H + i;
            xp[gate] =
                v->arrays[2][row] + product(v->arrays[0] + row * I, x, I);
            hp[gate] =
                v->arrays[3][row] + product(v->arrays[1] + row * H, before, H);
        }
        v->ops->formula(xp, hp, &h[i], &c[i]);
    }
}

static void naive_forward(const naive *v)
{
    const cell_layer *l = v->layer;
    const size_t I = l->n_in, H = l->n_hidden, B = l->n_batch;

    for (size_t b = 0; b < B; b++) {
        double *h = v->hn + b * H, *c = v->cn + b * H;
        memcpy(h, v->h0 + b * H, H * sizeof *h);
        memcpy(c, v->c0 + b * H, H * sizeof *c);
        for (size_t t = 0; t < l->n_frames; t++) {
            double *y = v->y + (t * B + b) * H;
            memset(y, 0, H * sizeof *y);
            if (v->lengths && t >= v->lengths[b])
                continue;
            naive_step(v, v->x + (t * B + b) * I, h, c);
            memcpy(y, h, H * sizeof *y);
        }
    }
}

static double naive_loss(const void *context)
{
    const naive *v = context;
    const cell_layer *l = v->layer;
    const size_t n_state = l->n_batch * l->n_hidden;

    naive_forward(v);
    return product(v->hn, v->dhn, n_state) + product(v->cn, v->dcn, n_state) +
           product(v->y, v->dy, l->n_frames * n_state);
}

static naive naive_new(const cell_ops *ops, const cell_layer *l,
                       const size_t *lengths)
{
    const size_t n_x = l->n_frames * l->n_batch * l->n_in;
    const size_t n_state = l->n_batch * l->n_hidden;
    const size_t n_y = l->n_frames * n_state;
    naive v = {.ops = ops,
               .layer = l,
               .lengths = lengths,
               .x = to_doubles(l->x, n_x),
               .h0 = to_doubles(l->h0, n_state),
               .c0 = to_doubles(l->c0, n_state),
               .dy = to_doubles(l->dy, n_y),
               .dhn = to_doubles(l->dhn, n_state),
               .dcn = to_doubles(l->dcn, n_state),
               .y = to_doubles(l->y, n_y),
               .hn = to_doubles(l->hn, n_state),
               .cn = to_doubles(l->cn, n_state)};
    for (size_t i = 0; i < 4; i++)
        v.arrays[i] = to_doubles(l->arrays[i], l->sizes[i]);
    return v;
}

static void naive_free(naive *v)
{
    double *const arrays[] = {
        v->arrays[0], v->arrays[1], v->arrays[2], v->arrays[3], v->x,
        v->h0,        v->c0,        v->dy,        v->dhn,       v->dcn,
        v->y,         v->hn,        v->cn};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
}

/* ---- the checks ---- */

static void assert_near_doubles(const float *got, const double *want, size_t n)
{
    double largest = 1;

    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(want[i]));
    for (size_t i = 0; i < n; i++)
        assert_close((double)got[i], want[i], OUTPUT_TOLERANCE * largest);
}

static void forward_of(const cell_ops *ops, size_t I, size_t H, size_t T,
                       size_t B, const size_t *lengths)
{
    cell_layer l = layer_new(ops, I, H, T, B);
    naive v = naive_new(ops, &l, lengths);

    naive_forward(&v);
    ops->forward(&l, lengths);
    assert_near_doubles(l.y, v.y, T * B * H);
    assert_near_doubles(l.hn, v.hn, B * H);
    if (ops->has_c)
        assert_near_doubles(l.cn, v.cn, B * H);
    naive_free(&v);
    layer_free(ops, &l);
}

void check_cell_forward(const cell_ops *ops)
{
    const size_t lengths[] = {3, 9, 0, 1, 8};

    forward_of(ops, 5, 4, 7, 3, NULL);
    forward_of(ops, 1, 1, 1, 1, NULL);
    forward_of(ops, 17, 33, 9, 2, NULL);
    forward_of(ops, 3, 64, 9, 5, lengths);
}

static void check_gradient(const naive *v, double *x, const float *got,
                           size_t n)
{
    float *want = central_differences(naive_loss, v, x, n);
    assert_near(got, want, n, GRADIENT_TOLERANCE);
    free(want);
}

static void backward_of(const cell_ops *ops, size_t I, size_t H, size_t T,
                        size_t B, const size_t *lengths)
{
    cell_layer l = layer_new(ops, I, H, T, B);
    naive v = naive_new(ops, &l, lengths);

    layer_run(ops, &l, lengths);
    for (size_t i = 0; i < 4; i++)
        check_gradient(&v, v.arrays[i], l.grads[i], l.sizes[i]);
    check_gradient(&v, v.x, l.dx, T * B * I);
    check_gradient(&v, v.h0, l.dh0, B * H);
    if (ops->has_c)
        check_gradient(&v, v.c0, l.dc0, B * H);
    naive_free(&v);
    layer_free(ops, &l);
}

void check_cell_backward(const cell_ops *ops)
{
    const size_t lengths[] = {3, 6, 0, 1};

    backward_of(ops, 3, 4, 5, 2, NULL);
    backward_of(ops, 1, 1, 1, 1, NULL);
    backward_of(ops, 2, 19, 3, 1, NULL);
    backward_of(ops, 3, 5, 6, 4, lengths);
}

void check_cell_adds(const cell_ops *ops)
{
    cell_layer l = layer_new(ops, 5, 8, 6, 3);
    float *once[4];

    layer_run(ops, &l, NULL);
    for (size_t i = 0; i < 4; i++) {
        once[i] = zeros(l.sizes[i]);
        for (size_t j = 0; j < l.sizes[i]; j++)
            once[i][j] = 2 * l.grads[i][j];
    }
    layer_run(ops, &l, NULL);
    for (size_t i = 0; i < 4; i++) {
        assert_near(l.grads[i], once[i], l.sizes[i], 1e-6);
        free(once[i]);
    }
    layer_free(ops, &l);
}

void check_cell_padding(const cell_ops *ops)
{
    const size_t I = 5, H = 8, T = 7, B = 3, lengths[] = {7, 2, 5};
    cell_layer l = layer_new(ops, I, H, T, B);
    cell_layer other = layer_new(ops, I, H, T, B);

    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B; b++) {
            const size_t row = t * B + b;
            for (size_t i = 0; t >= lengths[b] && i < I; i++)
                other.x[row * I + i] = 1e6f;
            for (size_t i = 0; t >= lengths[b] && i < H; i++)
                other.dy[row * H + i] = NAN;
        }
    layer_run(ops, &l, lengths);
    layer_run(ops, &other, lengths);
    assert_memory_equal(l.y, other.y, T * B * H * sizeof(float));
    assert_memory_equal(l.dx, other.dx, T * B * I * sizeof(float));
    assert_memory_equal(l.dh0, other.dh0, B * H * sizeof(float));
    for (size_t i = 0; i < 4; i++)
        assert_all_close(l.grads[i], other.grads[i], l.sizes[i], 0, 0);
    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B; b++)
            for (size_t i = 0; t >= lengths[b] && i < I; i++)
                assert_close((double)l.dx[(t * B + b) * I + i], 0, 0);
    layer_free(ops, &l);
    layer_free(ops, &other);
}

void check_cell_allocations(const cell_ops *ops)
{
    const size_t lengths[] = {6, 4, 1};
    cell_layer l = layer_new(ops, 20, 32, 6, 3);

    layer_run(ops, &l, lengths);
    support_count_allocations();
    layer_run(ops, &l, lengths);
    assert_int_equal(support_own_allocations(), 0);
    layer_free(ops, &l);
}

void check_cell_bad_sizes(const cell_ops *ops)
{
    const size_t bad[][4] = {
        {0, 1, 1, 1},        {1, 0, 1, 1},
        {1, 1, 0, 1},        {1, 1, 1, 0},
        {1, SIZE_MAX, 1, 1}, {1, 1, SIZE_MAX, 1},
        {1, 1, 1, SIZE_MAX}, {1, 1 << 20, 1 << 20, 1 << 20},
    };
    void *cache = NULL;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(
            ops->cache_new(bad[i][0], bad[i][1], bad[i][2], bad[i][3], &cache),
            PINNA_BAD_ARG);
        assert_null(cache);
    }
    ops->cache_free(NULL);
}

/* ---- reference cases ---- */

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
    cell_layer l = layer_new(ops, I, H, T, B);

    for (size_t i = 0; i < 4; i++)
        memcpy(l.arrays[i], of_layer(file, "", names[i], k, l.sizes[i]),
               l.sizes[i] * sizeof(float));
    memcpy(l.x, x, T * B * I * sizeof(float));
    memcpy(l.h0, reference_floats(file, "h0", 0) + k * B * H,
           B * H * sizeof(float));
    if (ops->has_c)
        memcpy(l.c0, reference_floats(file, "c0", 0) + k * B * H,
               B * H * sizeof(float));
    return l;
}

static void check_weight_gradients(const reference *file, const cell_layer *l,
                                   size_t k)
{
    for (size_t i = 0; i < 4; i++)
        assert_near(l->grads[i],
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
        if (ops->has_c)
            take_state(file, "dcn", k, l->dcn, n);
        ops->backward(l, lengths);
        check_weight_gradients(file, l, k);
        check_state(file, "grad.h0", k, l->dh0, n, GRADIENT_TOLERANCE);
        if (ops->has_c)
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
        if (ops->has_c)
            check_state(file, "cn", k, layers[k].cn, B * H, OUTPUT_TOLERANCE);
    }
    assert_near(layers[n_layers - 1].y, y->f32, y->n, OUTPUT_TOLERANCE);
    case_backward(ops, file, layers, n_layers, lengths);

    for (size_t k = 0; k < n_layers; k++)
        layer_free(ops, &layers[k]);
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
        layer_run(ops, &part, NULL);
        memcpy(l.h0, l.hn, n_state * sizeof(float));
        memcpy(l.c0, l.cn, n_state * sizeof(float));
    }
    assert_near(l.y, reference_floats(file, "y", 0), T * n_state,
                OUTPUT_TOLERANCE);
    check_state(file, "hn", 0, l.hn, n_state, OUTPUT_TOLERANCE);
    assert_near(l.dx, reference_floats(file, "grad.x", 0),
                T * l.n_batch * l.n_in, GRADIENT_TOLERANCE);
    check_weight_gradients(file, &l, 0);

    layer_free(ops, &l);
    reference_close(file);
}
