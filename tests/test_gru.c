#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/gru.h"
#include "rnn/linalg.h"
#include "rnn_cases.h"

/* ---- the definition, in double ---- */

typedef struct naive_gru {
    size_t n_in, n_hidden, n_frames, n_batch;
    const size_t *lengths;
    double *weight_ih, *weight_hh, *bias_ih, *bias_hh, *x, *h0, *dy, *dhn;
    double *y, *hn; /* results */
} naive_gru;

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double product(const double *weight, const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += weight[i] * x[i];
    return sum;
}

/* One frame of one sequence: h [H] of the frame before -> next [H]. */
static void naive_step(const naive_gru *g, const double *x, const double *h,
                       double *next)
{
    const size_t I = g->n_in, H = g->n_hidden;
    for (size_t i = 0; i < H; i++) {
        double xp[3], hp[3];
        for (size_t gate = 0; gate < 3; gate++) {
            const size_t row = gate * H + i;
            xp[gate] = g->bias_ih[row] + product(g->weight_ih + row * I, x, I);
            hp[gate] = g->bias_hh[row] + product(g->weight_hh + row * H, h, H);
        }
        const double r = sigmoid(xp[0] + hp[0]), z = sigmoid(xp[1] + hp[1]);
        next[i] = (1 - z) * tanh(xp[2] + r * hp[2]) + z * h[i];
    }
}

static void naive_forward(const naive_gru *g)
{
    const size_t I = g->n_in, H = g->n_hidden, B = g->n_batch;
    double h[64], next[64];
    assert_true(H <= 64);

    for (size_t b = 0; b < B; b++) {
        const size_t length = g->lengths ? g->lengths[b] : g->n_frames;
        memcpy(h, g->h0 + b * H, H * sizeof *h);
        for (size_t t = 0; t < g->n_frames; t++) {
            double *y = g->y + (t * B + b) * H;
            memset(y, 0, H * sizeof *y);
            if (t < length) {
                naive_step(g, g->x + (t * B + b) * I, h, next);
                memcpy(h, next, H * sizeof *h);
                memcpy(y, h, H * sizeof *y);
            }
        }
        memcpy(g->hn + b * H, h, H * sizeof *h);
    }
}

static double naive_loss(const void *context)
{
    const naive_gru *g = context;
    naive_forward(g);

    double loss = product(g->hn, g->dhn, g->n_batch * g->n_hidden);
    for (size_t t = 0; t < g->n_frames; t++)
        for (size_t b = 0; b < g->n_batch; b++) {
            const size_t at = (t * g->n_batch + b) * g->n_hidden;
            if (!g->lengths || t < g->lengths[b])
                loss += product(g->y + at, g->dy + at, g->n_hidden);
        }
    return loss;
}

/* ---- one layer with everything around it ---- */

typedef struct layer {
    pinna_gru_weights weights;
    float *arrays[4]; /* weight_ih, weight_hh, bias_ih, bias_hh */
    size_t sizes[4];
    float *grads[4];
    size_t n_frames, n_batch;
    float *x, *h0, *dy, *dhn, *y, *hn, *dx, *dh0;
    pinna_gru_cache *cache;
} layer;

static layer layer_new(size_t I, size_t H, size_t T, size_t B)
{
    layer l = {.sizes = {3 * H * I, 3 * H * H, 3 * H, 3 * H},
               .n_frames = T,
               .n_batch = B};
    for (size_t i = 0; i < 4; i++) {
        l.arrays[i] = random_floats(l.sizes[i], 10 + i, 0.7);
        l.grads[i] = zeros(l.sizes[i]);
    }
    l.weights = (pinna_gru_weights){I,           H,           l.arrays[0],
                                    l.arrays[1], l.arrays[2], l.arrays[3]};
    l.x = random_floats(T * B * I, 20, 1);
    l.h0 = random_floats(B * H, 21, 1);
    l.dy = random_floats(T * B * H, 22, 1);
    l.dhn = random_floats(B * H, 23, 1);
    l.y = random_floats(T * B * H, 24, 1);
    l.hn = random_floats(B * H, 25, 1);
    l.dx = zeros(T * B * I);
    l.dh0 = zeros(B * H);
    assert_int_equal(pinna_gru_cache_new(I, H, T, B, &l.cache), PINNA_OK);
    return l;
}

static void layer_free(layer *l)
{
    for (size_t i = 0; i < 4; i++) {
        free(l->arrays[i]);
        free(l->grads[i]);
    }
    free(l->x);
    free(l->h0);
    free(l->dy);
    free(l->dhn);
    free(l->y);
    free(l->hn);
    free(l->dx);
    free(l->dh0);
    pinna_gru_cache_free(l->cache);
}

static void layer_run(layer *l, const size_t *lengths)
{
    const pinna_gru_grads grads = {l->grads[0], l->grads[1], l->grads[2],
                                   l->grads[3]};
    pinna_gru_forward(&l->weights, l->x, l->h0, lengths, l->n_frames,
                      l->n_batch, l->cache, l->y, l->hn);
    pinna_gru_backward(&l->weights, l->x, l->h0, lengths, l->n_frames,
                       l->n_batch, l->cache, l->dy, l->dhn, l->dx, l->dh0,
                       &grads);
}

static naive_gru naive_of(const layer *l, const size_t *lengths)
{
    const size_t I = l->weights.n_in, H = l->weights.n_hidden;
    const size_t T = l->n_frames, B = l->n_batch;
    float *empty = zeros(T * B * H);
    const naive_gru g = {
        .n_in = I,
        .n_hidden = H,
        .n_frames = T,
        .n_batch = B,
        .lengths = lengths,
        .weight_ih = to_doubles(l->arrays[0], l->sizes[0]),
        .weight_hh = to_doubles(l->arrays[1], l->sizes[1]),
        .bias_ih = to_doubles(l->arrays[2], l->sizes[2]),
        .bias_hh = to_doubles(l->arrays[3], l->sizes[3]),
        .x = to_doubles(l->x, T * B * I),
        .h0 = to_doubles(l->h0, B * H),
        .dy = to_doubles(l->dy, T * B * H),
        .dhn = to_doubles(l->dhn, B * H),
        .y = to_doubles(empty, T * B * H),
        .hn = to_doubles(empty, B * H),
    };
    free(empty);
    return g;
}

static void naive_free(naive_gru *g)
{
    double *const arrays[] = {
        g->weight_ih, g->weight_hh, g->bias_ih, g->bias_hh, g->x,
        g->h0,        g->dy,        g->dhn,     g->y,       g->hn};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
}

static void assert_near_doubles(const float *got, const double *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_close((double)got[i], want[i], OUTPUT_TOLERANCE);
}

/* ---- tests ---- */

static void check_forward(size_t I, size_t H, size_t T, size_t B,
                          const size_t *lengths)
{
    layer l = layer_new(I, H, T, B);
    naive_gru g = naive_of(&l, lengths);

    naive_forward(&g);
    pinna_gru_forward(&l.weights, l.x, l.h0, lengths, T, B, l.cache, l.y, l.hn);
    assert_near_doubles(l.y, g.y, T * B * H);
    assert_near_doubles(l.hn, g.hn, B * H);

    /* From silence, and without hn. */
    memset(g.h0, 0, B * H * sizeof *g.h0);
    naive_forward(&g);
    pinna_gru_forward(&l.weights, l.x, NULL, lengths, T, B, l.cache, l.y, NULL);
    assert_near_doubles(l.y, g.y, T * B * H);

    naive_free(&g);
    layer_free(&l);
}

static void test_forward_is_the_formula(void **state)
{
    (void)state;
    const size_t lengths[] = {3, 9, 0, 1, 8};
    check_forward(5, 4, 7, 3, NULL);
    check_forward(1, 1, 1, 1, NULL);
    check_forward(17, 33, 9, 2, NULL);
    check_forward(3, 64, 9, 5, lengths);
}

static void check_gradient(const naive_gru *g, double *x, const float *got,
                           size_t n)
{
    float *want = central_differences(naive_loss, g, x, n);
    assert_near(got, want, n, GRADIENT_TOLERANCE);
    free(want);
}

static void check_backward(size_t I, size_t H, size_t T, size_t B,
                           const size_t *lengths)
{
    layer l = layer_new(I, H, T, B);
    naive_gru g = naive_of(&l, lengths);

    layer_run(&l, lengths);
    check_gradient(&g, g.weight_ih, l.grads[0], l.sizes[0]);
    check_gradient(&g, g.weight_hh, l.grads[1], l.sizes[1]);
    check_gradient(&g, g.bias_ih, l.grads[2], l.sizes[2]);
    check_gradient(&g, g.bias_hh, l.grads[3], l.sizes[3]);
    check_gradient(&g, g.x, l.dx, T * B * I);
    check_gradient(&g, g.h0, l.dh0, B * H);

    naive_free(&g);
    layer_free(&l);
}

static void test_backward_by_differences(void **state)
{
    (void)state;
    const size_t lengths[] = {3, 6, 0, 1};
    check_backward(3, 4, 5, 2, NULL);
    check_backward(1, 1, 1, 1, NULL);
    check_backward(2, 19, 3, 1, NULL);
    check_backward(3, 5, 6, 4, lengths);
}

/* Gradients of a second call come on top of those of the first; what the
 * caller does not want is left out. */
static void test_backward_adds(void **state)
{
    (void)state;
    const size_t I = 5, H = 8, T = 6, B = 3, n = T * B * I;
    layer l = layer_new(I, H, T, B);
    layer_run(&l, NULL);

    float *once[4];
    for (size_t i = 0; i < 4; i++) {
        once[i] = zeros(l.sizes[i]);
        memcpy(once[i], l.grads[i], l.sizes[i] * sizeof(float));
    }
    layer_run(&l, NULL);
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < l.sizes[i]; j++)
            once[i][j] *= 2;
        assert_near(l.grads[i], once[i], l.sizes[i], 1e-6);
    }

    float *kept = zeros(n);
    memcpy(kept, l.dx, n * sizeof(float));
    const pinna_gru_grads grads = {l.grads[0], l.grads[1], l.grads[2],
                                   l.grads[3]};
    pinna_gru_backward(&l.weights, l.x, l.h0, NULL, T, B, l.cache, l.dy, NULL,
                       NULL, NULL, &grads);
    assert_memory_equal(l.dx, kept, n * sizeof(float));

    for (size_t i = 0; i < 4; i++)
        free(once[i]);
    free(kept);
    layer_free(&l);
}

static void test_padding_does_not_matter(void **state)
{
    (void)state;
    const size_t I = 5, H = 8, T = 7, B = 3, lengths[] = {7, 2, 5};
    layer l = layer_new(I, H, T, B), other = layer_new(I, H, T, B);

    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B; b++) {
            const size_t row = t * B + b;
            for (size_t i = 0; t >= lengths[b] && i < I; i++)
                other.x[row * I + i] = 1e6f;
            for (size_t i = 0; t >= lengths[b] && i < H; i++)
                other.dy[row * H + i] = NAN;
        }
    layer_run(&l, lengths);
    layer_run(&other, lengths);
    assert_memory_equal(l.y, other.y, T * B * H * sizeof(float));
    assert_memory_equal(l.dx, other.dx, T * B * I * sizeof(float));
    assert_memory_equal(l.dh0, other.dh0, B * H * sizeof(float));
    for (size_t i = 0; i < 4; i++)
        assert_all_close(l.grads[i], other.grads[i], l.sizes[i], 0, 0);

    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B; b++)
            for (size_t i = 0; t >= lengths[b] && i < I; i++)
                assert_close((double)l.dx[(t * B + b) * I + i], 0, 0);

    layer_free(&l);
    layer_free(&other);
}

static void test_smaller_than_the_room(void **state)
{
    (void)state;
    const size_t I = 5, H = 8, T = 6, B = 3;
    layer l = layer_new(I, H, T, B), roomy = layer_new(I, H, T, B);
    pinna_gru_cache_free(roomy.cache);
    assert_int_equal(pinna_gru_cache_new(I, H, 50, 40, &roomy.cache), PINNA_OK);

    layer_run(&l, NULL);
    layer_run(&roomy, NULL);
    assert_memory_equal(l.y, roomy.y, T * B * H * sizeof(float));
    assert_memory_equal(l.dx, roomy.dx, T * B * I * sizeof(float));
    layer_free(&l);
    layer_free(&roomy);
}

static void test_runs_without_allocation(void **state)
{
    (void)state;
    const size_t lengths[] = {6, 4, 1};
    layer l = layer_new(20, 32, 6, 3);
    layer_run(&l, lengths);
    support_count_allocations();
    layer_run(&l, lengths);
    assert_int_equal(support_own_allocations(), 0);
    layer_free(&l);
}

/* ---- reference cases ---- */

/* n floats of "NAMEk", or of "grad.NAMEk", for layer k. */
static const float *of_layer(const reference *file, const char *name, size_t k,
                             size_t n)
{
    char full[64];
    snprintf(full, sizeof full, "%s%zu", name, k);
    return reference_floats(file, full, n);
}

static layer layer_of_case(const reference *file, size_t k, const float *x)
{
    const reference_tensor *y = reference_find(file, "y");
    assert_non_null(y);
    const size_t T = y->shape[0], B = y->shape[1], H = y->shape[2];
    const size_t I = k > 0 ? H : reference_find(file, "x")->shape[2];
    static const char *const names[] = {"weight_ih_l", "weight_hh_l",
                                        "bias_ih_l", "bias_hh_l"};
    layer l = layer_new(I, H, T, B);

    for (size_t i = 0; i < 4; i++)
        memcpy(l.arrays[i], of_layer(file, names[i], k, l.sizes[i]),
               l.sizes[i] * sizeof(float));
    memcpy(l.x, x, T * B * I * sizeof(float));
    memcpy(l.h0, reference_floats(file, "h0", 0) + k * B * H,
           B * H * sizeof(float));
    return l;
}

static void check_weight_gradients(const reference *file, const layer *l,
                                   size_t k)
{
    static const char *const names[] = {"grad.weight_ih_l", "grad.weight_hh_l",
                                        "grad.bias_ih_l", "grad.bias_hh_l"};
    for (size_t i = 0; i < 4; i++)
        assert_near(l->grads[i], of_layer(file, names[i], k, l->sizes[i]),
                    l->sizes[i], GRADIENT_TOLERANCE);
}

static void check_case(const char *name)
{
    reference *file = rnn_case(name);
    if (!file)
        return;

    enum { MAX_LAYERS = 2, MAX_BATCH = 16 };
    const size_t n_layers =
        (size_t)atoi(reference_metadata(file, "layers")) /* 1 or 2 */;
    const reference_tensor *y = reference_find(file, "y");
    const size_t T = y->shape[0], B = y->shape[1], H = y->shape[2];
    const int32_t *lengths32 = reference_ints(file, "lengths", B);
    const float *dhn = reference_floats(file, "dhn", n_layers * B * H);
    const float *hn = reference_floats(file, "hn", n_layers * B * H);
    const float *dh0 = reference_floats(file, "grad.h0", n_layers * B * H);
    size_t lengths[MAX_BATCH];
    layer layers[MAX_LAYERS] = {0};
    assert_true(n_layers >= 1 && n_layers <= MAX_LAYERS && B <= MAX_BATCH);

    for (size_t b = 0; b < B; b++)
        lengths[b] = (size_t)lengths32[b];
    for (size_t k = 0; k < n_layers; k++) {
        const float *x =
            k > 0 ? layers[k - 1].y : reference_floats(file, "x", 0);
        layer *l = &layers[k];
        *l = layer_of_case(file, k, x);
        pinna_gru_forward(&l->weights, l->x, l->h0, lengths, T, B, l->cache,
                          l->y, l->hn);
        assert_near(l->hn, hn + k * B * H, B * H, OUTPUT_TOLERANCE);
    }
    assert_near(layers[n_layers - 1].y, y->f32, y->n, OUTPUT_TOLERANCE);

    const float *dy = reference_floats(file, "dy", y->n);
    for (size_t k = n_layers; k-- > 0;) {
        layer *l = &layers[k];
        const pinna_gru_grads grads = {l->grads[0], l->grads[1], l->grads[2],
                                       l->grads[3]};
        pinna_gru_backward(&l->weights, l->x, l->h0, lengths, T, B, l->cache,
                           dy, dhn + k * B * H, l->dx, l->dh0, &grads);
        check_weight_gradients(file, l, k);
        assert_near(l->dh0, dh0 + k * B * H, B * H, GRADIENT_TOLERANCE);
        dy = l->dx;
    }
    const reference_tensor *dx = reference_find(file, "grad.x");
    assert_near(layers[0].dx, dx->f32, dx->n, GRADIENT_TOLERANCE);

    for (size_t k = 0; k < n_layers; k++)
        layer_free(&layers[k]);
    reference_close(file);
}

static void test_references(void **state)
{
    (void)state;
    check_case("gru_1layer");
    check_case("gru_varlen");
    check_case("gru_2layer");
    check_case("gru_h_odd");
    check_case("gru_h_multiple_of_16");
}

/* Chunks with the state carried over and the gradient cut between them. */
static void test_truncated_backward(void **state)
{
    (void)state;
    reference *file = rnn_case("tbptt_gru");
    if (!file)
        skip();

    const size_t chunk = (size_t)atoi(reference_metadata(file, "chunk"));
    layer l = layer_of_case(file, 0, reference_floats(file, "x", 0));
    const size_t T = l.n_frames, B = l.n_batch;
    const size_t I = l.weights.n_in, H = l.weights.n_hidden;
    const float *dy = reference_floats(file, "dy", T * B * H);
    const pinna_gru_grads grads = {l.grads[0], l.grads[1], l.grads[2],
                                   l.grads[3]};

    for (size_t t = 0; t < T; t += chunk) {
        const size_t n = T - t < chunk ? T - t : chunk;
        const float *x = l.x + t * B * I;
        pinna_gru_forward(&l.weights, x, l.h0, NULL, n, B, l.cache,
                          l.y + t * B * H, l.hn);
        pinna_gru_backward(&l.weights, x, l.h0, NULL, n, B, l.cache,
                           dy + t * B * H, NULL, l.dx + t * B * I, NULL,
                           &grads);
        memcpy(l.h0, l.hn, B * H * sizeof(float));
    }
    assert_near(l.y, reference_floats(file, "y", 0), T * B * H,
                OUTPUT_TOLERANCE);
    assert_near(l.hn, reference_floats(file, "hn", 0), B * H, OUTPUT_TOLERANCE);
    assert_near(l.dx, reference_floats(file, "grad.x", 0), T * B * I,
                GRADIENT_TOLERANCE);
    check_weight_gradients(file, &l, 0);

    layer_free(&l);
    reference_close(file);
}

static void test_bad_sizes(void **state)
{
    (void)state;
    pinna_gru_cache *cache;
    const size_t bad[][4] = {
        {0, 1, 1, 1},        {1, 0, 1, 1},
        {1, 1, 0, 1},        {1, 1, 1, 0},
        {1, SIZE_MAX, 1, 1}, {1, 1, SIZE_MAX, 1},
        {1, 1, 1, SIZE_MAX}, {1, 1 << 20, 1 << 20, 1 << 20},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(pinna_gru_cache_new(bad[i][0], bad[i][1], bad[i][2],
                                             bad[i][3], &cache),
                         PINNA_BAD_ARG);
        assert_null(cache);
    }
    pinna_gru_cache_free(NULL);
}

static pinna_status make(void)
{
    pinna_gru_cache *cache;
    const pinna_status status = pinna_gru_cache_new(3, 4, 5, 2, &cache);
    pinna_gru_cache_free(cache);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

static int setup(void **state)
{
    (void)state;
    pinna_linalg_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forward_is_the_formula),
        cmocka_unit_test(test_backward_by_differences),
        cmocka_unit_test(test_backward_adds),
        cmocka_unit_test(test_padding_does_not_matter),
        cmocka_unit_test(test_smaller_than_the_room),
        cmocka_unit_test(test_runs_without_allocation),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_truncated_backward),
        cmocka_unit_test(test_bad_sizes),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("gru", tests, setup, NULL);
}
