#include "support.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "naive_cell.h"
#include "rnn/layer.h"
#include "rnn/linalg.h"
#include "rnn_cases.h"

enum { MAX_LAYERS = 2, MAX_BATCH = 16 };

static const char *const names[] = {"weight_ih_l", "weight_hh_l", "bias_ih_l",
                                    "bias_hh_l"};

/* ---- a layer with everything around it ---- */

typedef struct layer {
    pinna_cell_kind kind;
    size_t n_directions, n_in, n_hidden, n_frames, n_batch;
    size_t sizes[4]; /* of the arrays below */
    float *arrays[2][4], *grad_arrays[2][4];
    pinna_cell_weights weights[2]; /* the same arrays */
    pinna_cell_grads grads[2];
    size_t n_x, n_y, n_state;
    float *x, *dy, *y, *dx;
    pinna_layer_state first, last, dfirst, dlast; /* [D, B, H] */
    pinna_layer_cache *cache;
} layer;

static layer layer_new(pinna_cell_kind kind, size_t D, size_t I, size_t H,
                       size_t T, size_t B)
{
    const size_t G = pinna_cell_n_gates(kind);
    layer l = {.kind = kind,
               .n_directions = D,
               .n_in = I,
               .n_hidden = H,
               .n_frames = T,
               .n_batch = B,
               .sizes = {G * H * I, G * H * H, G * H, G * H},
               .n_x = T * B * I,
               .n_y = T * B * D * H,
               .n_state = D * B * H};

    for (size_t d = 0; d < D; d++) {
        float **a = l.arrays[d], **g = l.grad_arrays[d];
        for (size_t i = 0; i < 4; i++) {
            a[i] = random_floats(l.sizes[i], 10 + 4 * d + i, 0.7);
            g[i] = zeros(l.sizes[i]);
        }
        l.weights[d] = (pinna_cell_weights){I, H, a[0], a[1], a[2], a[3]};
        l.grads[d] = (pinna_cell_grads){g[0], g[1], g[2], g[3]};
    }
    l.x = random_floats(l.n_x, 20, 1);
    l.dy = random_floats(l.n_y, 21, 1);
    l.y = random_floats(l.n_y, 22, 1);
    l.dx = zeros(l.n_x);
    l.first = (pinna_layer_state){random_floats(l.n_state, 23, 1),
                                  random_floats(l.n_state, 24, 1)};
    l.dlast = (pinna_layer_state){random_floats(l.n_state, 25, 1),
                                  random_floats(l.n_state, 26, 1)};
    l.last = (pinna_layer_state){zeros(l.n_state), zeros(l.n_state)};
    l.dfirst = (pinna_layer_state){zeros(l.n_state), zeros(l.n_state)};
    const pinna_cell_room room = {I, H, T, B};
    assert_int_equal(pinna_layer_cache_new(kind, D == 2, &room, &l.cache),
                     PINNA_OK);
    return l;
}

static void layer_free(layer *l)
{
    float *const arrays[] = {l->x,        l->dy,       l->y,       l->dx,
                             l->first.h,  l->first.c,  l->last.h,  l->last.c,
                             l->dfirst.h, l->dfirst.c, l->dlast.h, l->dlast.c};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    for (size_t d = 0; d < l->n_directions; d++)
        for (size_t i = 0; i < 4; i++) {
            free(l->arrays[d][i]);
            free(l->grad_arrays[d][i]);
        }
    pinna_layer_cache_free(l->cache);
}

static void forward(layer *l, const size_t *lengths)
{
    pinna_layer_forward(l->weights, l->x, l->first, lengths, l->n_frames,
                        l->n_batch, l->cache, l->y, l->last);
}

static void backward(layer *l, const size_t *lengths)
{
    pinna_layer_backward(l->weights, l->x, lengths, l->n_frames, l->n_batch,
                         l->cache, l->dy, l->dlast, l->dx, l->dfirst, l->grads);
}

/* ---- the definition, in double ---- */

typedef struct naive {
    const layer *l; /* sizes */
    const size_t *lengths;
    double *arrays[2][4], *x, *h0, *c0, *dy, *dhn, *dcn;
    double *y, *hn, *cn; /* results */
} naive;

static void naive_forward(const naive *v)
{
    const layer *l = v->l;
    const size_t D = l->n_directions, I = l->n_in, H = l->n_hidden;
    const size_t B = l->n_batch;

    memset(v->y, 0, l->n_y * sizeof *v->y);
    for (size_t d = 0; d < D; d++)
        for (size_t b = 0; b < B; b++) {
            double *const *a = v->arrays[d];
            const naive_cell cell = {l->kind, I, H, a[0], a[1], a[2], a[3]};
            const size_t offset = (d * B + b) * H;
            const size_t length = v->lengths ? v->lengths[b] : l->n_frames;
            double *h = v->hn + offset, *c = v->cn + offset;

            memcpy(h, v->h0 + offset, H * sizeof *h);
            memcpy(c, v->c0 + offset, H * sizeof *c);
            for (size_t i = 0; i < length; i++) {
                const size_t t = d == 0 ? i : length - 1 - i;
                naive_cell_step(&cell, v->x + (t * B + b) * I, h, c);
                memcpy(v->y + ((t * B + b) * D + d) * H, h, H * sizeof *h);
            }
        }
}

static double product(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static double naive_loss(const void *context)
{
    const naive *v = context;
    const bool has_c = pinna_cell_has_c(v->l->kind);

    naive_forward(v);
    return product(v->y, v->dy, v->l->n_y) +
           product(v->hn, v->dhn, v->l->n_state) +
           (has_c ? product(v->cn, v->dcn, v->l->n_state) : 0);
}

static naive naive_new(const layer *l, const size_t *lengths)
{
    naive v = {.l = l,
               .lengths = lengths,
               .x = to_doubles(l->x, l->n_x),
               .h0 = to_doubles(l->first.h, l->n_state),
               .c0 = to_doubles(l->first.c, l->n_state),
               .dy = to_doubles(l->dy, l->n_y),
               .dhn = to_doubles(l->dlast.h, l->n_state),
               .dcn = to_doubles(l->dlast.c, l->n_state),
               .y = to_doubles(l->y, l->n_y),
               .hn = to_doubles(l->last.h, l->n_state),
               .cn = to_doubles(l->last.c, l->n_state)};
    for (size_t d = 0; d < l->n_directions; d++)
        for (size_t i = 0; i < 4; i++)
            v.arrays[d][i] = to_doubles(l->arrays[d][i], l->sizes[i]);
    return v;
}

static void naive_free(naive *v)
{
    double *const arrays[] = {v->x,   v->h0, v->c0, v->dy, v->dhn,
                              v->dcn, v->y,  v->hn, v->cn};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    for (size_t d = 0; d < v->l->n_directions; d++)
        for (size_t i = 0; i < 4; i++)
            free(v->arrays[d][i]);
}

/* ---- against the definition ---- */

static void assert_near_doubles(const float *got, const double *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_close((double)got[i], want[i], OUTPUT_TOLERANCE);
}

static void forward_of(pinna_cell_kind kind, size_t D, size_t I, size_t H,
                       size_t T, size_t B, const size_t *lengths)
{
    layer l = layer_new(kind, D, I, H, T, B);
    const pinna_layer_state none = {NULL, NULL};

    /* relu has nothing that bounds it. */
    for (size_t d = 0; kind == PINNA_CELL_RNN_RELU && d < D; d++)
        for (size_t i = 0; i < l.sizes[1]; i++)
            l.arrays[d][1][i] /= (float)H;
    naive v = naive_new(&l, lengths);

    naive_forward(&v);
    forward(&l, lengths);
    assert_near_doubles(l.y, v.y, l.n_y);
    assert_near_doubles(l.last.h, v.hn, l.n_state);
    if (pinna_cell_has_c(kind))
        assert_near_doubles(l.last.c, v.cn, l.n_state);

    /* From silence, and without the last state. */
    memset(v.h0, 0, l.n_state * sizeof *v.h0);
    memset(v.c0, 0, l.n_state * sizeof *v.c0);
    naive_forward(&v);
    pinna_layer_forward(l.weights, l.x, none, lengths, T, B, l.cache, l.y,
                        none);
    assert_near_doubles(l.y, v.y, l.n_y);
    naive_free(&v);
    layer_free(&l);
}

static void test_forward_is_the_definition(void **state)
{
    (void)state;
    const size_t lengths[] = {3, 9, 0, 1, 8};

    for (size_t k = 0; k < PINNA_N_CELL_KINDS; k++)
        for (size_t D = 1; D <= 2; D++) {
            const pinna_cell_kind kind = (pinna_cell_kind)k;
            forward_of(kind, D, 5, 4, 7, 3, NULL);
            forward_of(kind, D, 1, 1, 1, 1, NULL);
            forward_of(kind, D, 17, 33, 9, 5, lengths);
        }
}

static void check_gradient(const naive *v, double *x, const float *got,
                           size_t n)
{
    float *want = central_differences(naive_loss, v, x, n);
    assert_near(got, want, n, GRADIENT_TOLERANCE);
    free(want);
}

static void backward_of(pinna_cell_kind kind, size_t D, size_t I, size_t H,
                        size_t T, size_t B, const size_t *lengths)
{
    layer l = layer_new(kind, D, I, H, T, B);
    naive v = naive_new(&l, lengths);

    forward(&l, lengths);
    backward(&l, lengths);
    for (size_t d = 0; d < D; d++)
        for (size_t i = 0; i < 4; i++)
            check_gradient(&v, v.arrays[d][i], l.grad_arrays[d][i], l.sizes[i]);
    check_gradient(&v, v.x, l.dx, l.n_x);
    check_gradient(&v, v.h0, l.dfirst.h, l.n_state);
    if (pinna_cell_has_c(kind))
        check_gradient(&v, v.c0, l.dfirst.c, l.n_state);
    naive_free(&v);
    layer_free(&l);
}

static void test_backward_by_differences(void **state)
{
    (void)state;
    const size_t lengths[] = {3, 6, 0, 1};

    for (size_t k = 0; k < PINNA_N_CELL_KINDS; k++)
        for (size_t D = 1; D <= 2; D++) {
            const pinna_cell_kind kind = (pinna_cell_kind)k;
            backward_of(kind, D, 3, 4, 5, 2, NULL);
            backward_of(kind, D, 1, 1, 1, 1, NULL);
            backward_of(kind, D, 2, 17, 3, 1, NULL);
            backward_of(kind, D, 3, 5, 6, 4, lengths);
        }
}

/* Gradients of a second run come on top of those of the first; what the caller
 * does not want is left out. */
static void backward_adds(pinna_cell_kind kind)
{
    layer l = layer_new(kind, 2, 5, 8, 6, 3);
    const pinna_layer_state none = {NULL, NULL};
    float *once = zeros(l.sizes[1]), *dx = zeros(l.n_x);

    forward(&l, NULL);
    backward(&l, NULL);
    for (size_t i = 0; i < l.sizes[1]; i++)
        once[i] = 2 * l.grad_arrays[1][1][i];
    for (size_t i = 0; i < l.n_x; i++)
        dx[i] = 2 * l.dx[i];
    forward(&l, NULL);
    backward(&l, NULL);
    assert_near(l.grad_arrays[1][1], once, l.sizes[1], 1e-6);
    assert_near(l.dx, dx, l.n_x, 1e-6);

    memcpy(dx, l.dx, l.n_x * sizeof(float));
    forward(&l, NULL);
    pinna_layer_backward(l.weights, l.x, NULL, l.n_frames, l.n_batch, l.cache,
                         l.dy, none, NULL, none, l.grads);
    assert_memory_equal(l.dx, dx, l.n_x * sizeof(float));
    free(once);
    free(dx);
    layer_free(&l);
}

static void test_backward_adds(void **state)
{
    (void)state;
    for (size_t k = 0; k < PINNA_N_CELL_KINDS; k++)
        backward_adds((pinna_cell_kind)k);
}

/* The last state of a part is the first of the next: as one run. */
static void carries_the_state(pinna_cell_kind kind)
{
    enum { T = 9, PART = 4, B = 2, H = 5, I = 3 };
    layer l = layer_new(kind, 1, I, H, T, B);
    float *y = zeros(l.n_y), *h = zeros(l.n_state);

    forward(&l, NULL);
    memcpy(y, l.y, l.n_y * sizeof(float));
    memcpy(h, l.last.h, l.n_state * sizeof(float));
    for (size_t t = 0; t < T; t += PART) {
        const size_t n = T - t < PART ? T - t : PART;
        pinna_layer_forward(l.weights, l.x + t * B * I, l.first, NULL, n, B,
                            l.cache, l.y + t * B * H, l.first);
    }
    assert_near(l.y, y, l.n_y, 1e-6);
    assert_near(l.first.h, h, l.n_state, 1e-6);
    free(y);
    free(h);
    layer_free(&l);
}

static void test_carries_the_state(void **state)
{
    (void)state;
    for (size_t k = 0; k < PINNA_N_CELL_KINDS; k++)
        carries_the_state((pinna_cell_kind)k);
}

/* ---- against the reference cases ---- */

/* n floats of "PREFIXNAMEk", of direction 1 "PREFIXNAMEk_reverse". */
static const float *of_layer(const reference *file, const char *prefix,
                             const char *name, size_t k, size_t d, size_t n)
{
    char full[64];
    snprintf(full, sizeof full, "%s%s%zu%s", prefix, name, k,
             d > 0 ? "_reverse" : "");
    return reference_floats(file, full, n);
}

/* Layer k of a state ("hn", "grad.c0"), which may have no c. */
static const float *state_of(const reference *file, const char *name, size_t k,
                             const layer *l)
{
    return reference_floats(file, name, 0) + k * l->n_state;
}

static void take(float *to, const float *from, size_t n)
{
    memcpy(to, from, n * sizeof(float));
}

static layer layer_of_case(pinna_cell_kind kind, size_t D,
                           const reference *file, size_t k, const float *x)
{
    const reference_tensor *y = reference_find(file, "y");
    const size_t T = y->shape[0], B = y->shape[1], H = y->shape[2] / D;
    const size_t I = k > 0 ? D * H : reference_find(file, "x")->shape[2];
    layer l = layer_new(kind, D, I, H, T, B);

    for (size_t d = 0; d < D; d++)
        for (size_t i = 0; i < 4; i++)
            take(l.arrays[d][i], of_layer(file, "", names[i], k, d, l.sizes[i]),
                 l.sizes[i]);
    take(l.x, x, l.n_x);
    take(l.first.h, state_of(file, "h0", k, &l), l.n_state);
    take(l.dlast.h, state_of(file, "dhn", k, &l), l.n_state);
    if (pinna_cell_has_c(kind)) {
        take(l.first.c, state_of(file, "c0", k, &l), l.n_state);
        take(l.dlast.c, state_of(file, "dcn", k, &l), l.n_state);
    }
    return l;
}

static void check_backward(const reference *file, const layer *l, size_t k)
{
    for (size_t d = 0; d < l->n_directions; d++)
        for (size_t i = 0; i < 4; i++)
            assert_near(l->grad_arrays[d][i],
                        of_layer(file, "grad.", names[i], k, d, l->sizes[i]),
                        l->sizes[i], GRADIENT_TOLERANCE);
    assert_near(l->dfirst.h, state_of(file, "grad.h0", k, l), l->n_state,
                GRADIENT_TOLERANCE);
    if (pinna_cell_has_c(l->kind))
        assert_near(l->dfirst.c, state_of(file, "grad.c0", k, l), l->n_state,
                    GRADIENT_TOLERANCE);
}

/* A case that is not there is left out. */
static void check_case(pinna_cell_kind kind, const char *name)
{
    reference *file = rnn_case(name);
    if (!file)
        return;
    const size_t D =
        strcmp(reference_metadata(file, "bidirectional"), "1") == 0 ? 2 : 1;
    const size_t n_layers = (size_t)atoi(reference_metadata(file, "layers"));
    const reference_tensor *y = reference_find(file, "y");
    const size_t B = y->shape[1];
    const int32_t *lengths32 = reference_ints(file, "lengths", B);
    size_t lengths[MAX_BATCH];
    layer layers[MAX_LAYERS];

    assert_true(n_layers >= 1 && n_layers <= MAX_LAYERS && B <= MAX_BATCH);
    for (size_t b = 0; b < B; b++)
        lengths[b] = (size_t)lengths32[b];
    for (size_t k = 0; k < n_layers; k++) {
        layer *l = &layers[k];
        *l = layer_of_case(kind, D, file, k,
                           k > 0 ? layers[k - 1].y
                                 : reference_floats(file, "x", 0));
        forward(l, lengths);
        assert_near(l->last.h, state_of(file, "hn", k, l), l->n_state,
                    OUTPUT_TOLERANCE);
        if (pinna_cell_has_c(kind))
            assert_near(l->last.c, state_of(file, "cn", k, l), l->n_state,
                        OUTPUT_TOLERANCE);
    }
    assert_near(layers[n_layers - 1].y, y->f32, y->n, OUTPUT_TOLERANCE);

    const float *dy = reference_floats(file, "dy", y->n);
    for (size_t k = n_layers; k-- > 0; dy = layers[k].dx) {
        take(layers[k].dy, dy, layers[k].n_y);
        backward(&layers[k], lengths);
        check_backward(file, &layers[k], k);
    }
    assert_near(layers[0].dx, reference_floats(file, "grad.x", layers[0].n_x),
                layers[0].n_x, GRADIENT_TOLERANCE);

    for (size_t k = 0; k < n_layers; k++)
        layer_free(&layers[k]);
    reference_close(file);
}

static void test_references(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "1layer",       "2layer",  "2layer_bidir", "varlen",
        "varlen_bidir", "layouts", "h_odd",        "h_multiple_of_16"};

    for (size_t k = 0; k < PINNA_N_CELL_KINDS; k++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            char name[64];
            snprintf(name, sizeof name, "%s_%s",
                     pinna_cell_name((pinna_cell_kind)k), cases[i]);
            check_case((pinna_cell_kind)k, name);
        }
}

/* ---- memory ---- */

static void test_runs_without_allocation(void **state)
{
    (void)state;
    const size_t lengths[] = {6, 4, 1};

    for (size_t k = 0; k < PINNA_N_CELL_KINDS; k++) {
        layer l = layer_new((pinna_cell_kind)k, 2, 20, 32, 6, 3);
        forward(&l, lengths);
        backward(&l, lengths);
        support_count_allocations();
        forward(&l, lengths);
        backward(&l, lengths);
        assert_int_equal(support_own_allocations(), 0);
        layer_free(&l);
    }
}

static void test_bad_rooms(void **state)
{
    (void)state;
    const pinna_cell_room bad = {3, 0, 1, 1}, good = {3, 4, 5, 2};
    pinna_layer_cache *cache;

    for (size_t k = 0; k < PINNA_N_CELL_KINDS; k++) {
        assert_int_equal(
            pinna_layer_cache_new((pinna_cell_kind)k, true, &bad, &cache),
            PINNA_BAD_ARG);
        assert_null(cache);
    }
    assert_int_equal(
        pinna_layer_cache_new((pinna_cell_kind)99, true, &good, &cache),
        PINNA_BAD_ARG);
    assert_null(cache);
    pinna_layer_cache_free(NULL);
}

static pinna_cell_kind made;

static pinna_status make(void)
{
    pinna_layer_cache *cache;
    const pinna_status status = pinna_layer_cache_new(
        made, true, &(pinna_cell_room){3, 4, 5, 2}, &cache);
    pinna_layer_cache_free(cache);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    for (size_t k = 0; k < PINNA_N_CELL_KINDS; k++) {
        made = (pinna_cell_kind)k;
        support_survives_no_memory(make);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forward_is_the_definition),
        cmocka_unit_test(test_backward_by_differences),
        cmocka_unit_test(test_backward_adds),
        cmocka_unit_test(test_carries_the_state),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_runs_without_allocation),
        cmocka_unit_test(test_bad_rooms),
        cmocka_unit_test(test_survives_no_memory),
    };
    pinna_linalg_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
