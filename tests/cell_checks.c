#include "tests/cell_checks.h"

#include "rnn/linalg.h"
#include "tests/cell_cases.h"
#include "tests/naive_cell.h"
#include "tests/rnn_cases.h"
#include "tests/support.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

static void naive_forward(const naive *v)
{
    const cell_layer *l = v->layer;
    const size_t I = l->n_in, H = l->n_hidden, B = l->n_batch;
    const naive_cell cell = {
        v->ops->kind, I,           H, v->arrays[0], v->arrays[1],
        v->arrays[2], v->arrays[3]};

    for (size_t b = 0; b < B; b++) {
        double *h = v->hn + b * H, *c = v->cn + b * H;
        memcpy(h, v->h0 + b * H, H * sizeof *h);
        memcpy(c, v->c0 + b * H, H * sizeof *c);
        for (size_t t = 0; t < l->n_frames; t++) {
            double *y = v->y + (t * B + b) * H;
            memset(y, 0, H * sizeof *y);
            if (v->lengths && t >= v->lengths[b])
                continue;
            naive_cell_step(&cell, v->x + (t * B + b) * I, h, c);
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
    cell_layer l = cell_layer_new(ops, I, H, T, B);
    naive v = naive_new(ops, &l, lengths);

    naive_forward(&v);
    ops->forward(&l, lengths);
    assert_near_doubles(l.y, v.y, T * B * H);
    assert_near_doubles(l.hn, v.hn, B * H);
    if (pinna_cell_has_c(ops->kind))
        assert_near_doubles(l.cn, v.cn, B * H);

    /* From silence, and without the last state. */
    cell_layer bare = l;
    bare.h0 = bare.c0 = bare.hn = bare.cn = NULL;
    memset(v.h0, 0, B * H * sizeof *v.h0);
    memset(v.c0, 0, B * H * sizeof *v.c0);
    naive_forward(&v);
    ops->forward(&bare, lengths);
    assert_near_doubles(l.y, v.y, T * B * H);
    naive_free(&v);
    cell_layer_free(ops, &l);
}

static void test_forward_is_the_formula(void **state)
{
    const cell_ops *ops = *state;
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
    cell_layer l = cell_layer_new(ops, I, H, T, B);
    naive v = naive_new(ops, &l, lengths);

    cell_layer_run(ops, &l, lengths);
    for (size_t i = 0; i < 4; i++)
        check_gradient(&v, v.arrays[i], l.grad_arrays[i], l.sizes[i]);
    check_gradient(&v, v.x, l.dx, T * B * I);
    check_gradient(&v, v.h0, l.dh0, B * H);
    if (pinna_cell_has_c(ops->kind))
        check_gradient(&v, v.c0, l.dc0, B * H);
    naive_free(&v);
    cell_layer_free(ops, &l);
}

static void test_backward_by_differences(void **state)
{
    const cell_ops *ops = *state;
    const size_t lengths[] = {3, 6, 0, 1};

    backward_of(ops, 3, 4, 5, 2, NULL);
    backward_of(ops, 1, 1, 1, 1, NULL);
    backward_of(ops, 2, 19, 3, 1, NULL);
    backward_of(ops, 3, 5, 6, 4, lengths);
}

/* Gradients of a second call come on top of those of the first; what the
 * caller does not want is left out. */
static void test_backward_adds(void **state)
{
    const cell_ops *ops = *state;
    const size_t n = 6 * 3 * 5;
    cell_layer l = cell_layer_new(ops, 5, 8, 6, 3);
    float *once[4], *dx = zeros(n);

    cell_layer_run(ops, &l, NULL);
    for (size_t i = 0; i < 4; i++) {
        once[i] = zeros(l.sizes[i]);
        for (size_t j = 0; j < l.sizes[i]; j++)
            once[i][j] = 2 * l.grad_arrays[i][j];
    }
    cell_layer_run(ops, &l, NULL);
    for (size_t i = 0; i < 4; i++) {
        assert_near(l.grad_arrays[i], once[i], l.sizes[i], 1e-6);
        free(once[i]);
    }

    cell_layer bare = l;
    bare.dhn = bare.dcn = bare.dx = bare.dh0 = bare.dc0 = NULL;
    memcpy(dx, l.dx, n * sizeof(float));
    cell_layer_run(ops, &bare, NULL);
    assert_memory_equal(l.dx, dx, n * sizeof(float));
    free(dx);
    cell_layer_free(ops, &l);
}

static void test_padding_does_not_matter(void **state)
{
    const cell_ops *ops = *state;
    const size_t I = 5, H = 8, T = 7, B = 3, lengths[] = {7, 2, 5};
    cell_layer l = cell_layer_new(ops, I, H, T, B);
    cell_layer other = cell_layer_new(ops, I, H, T, B);

    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B; b++) {
            const size_t row = t * B + b;
            for (size_t i = 0; t >= lengths[b] && i < I; i++)
                other.x[row * I + i] = 1e6f;
            for (size_t i = 0; t >= lengths[b] && i < H; i++)
                other.dy[row * H + i] = NAN;
        }
    cell_layer_run(ops, &l, lengths);
    cell_layer_run(ops, &other, lengths);
    assert_memory_equal(l.y, other.y, T * B * H * sizeof(float));
    assert_memory_equal(l.dx, other.dx, T * B * I * sizeof(float));
    assert_memory_equal(l.dh0, other.dh0, B * H * sizeof(float));
    for (size_t i = 0; i < 4; i++)
        assert_all_close(l.grad_arrays[i], other.grad_arrays[i], l.sizes[i], 0,
                         0);
    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B; b++)
            for (size_t i = 0; t >= lengths[b] && i < I; i++)
                assert_close((double)l.dx[(t * B + b) * I + i], 0, 0);
    cell_layer_free(ops, &l);
    cell_layer_free(ops, &other);
}

static void test_runs_without_allocation(void **state)
{
    const cell_ops *ops = *state;
    const size_t lengths[] = {6, 4, 1};
    cell_layer l = cell_layer_new(ops, 20, 32, 6, 3);

    cell_layer_run(ops, &l, lengths);
    support_count_allocations();
    cell_layer_run(ops, &l, lengths);
    assert_int_equal(support_own_allocations(), 0);
    cell_layer_free(ops, &l);
}

static void test_bad_sizes(void **state)
{
    const cell_ops *ops = *state;
    const pinna_cell_room bad[] = {
        {0, 1, 1, 1},        {1, 0, 1, 1},
        {1, 1, 0, 1},        {1, 1, 1, 0},
        {1, SIZE_MAX, 1, 1}, {1, 1, SIZE_MAX, 1},
        {1, 1, 1, SIZE_MAX}, {1, 1 << 20, 1 << 20, 1 << 20},
    };
    void *cache = NULL;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(ops->cache_new(&bad[i], &cache), PINNA_BAD_ARG);
        assert_null(cache);
    }
    ops->cache_free(NULL);
}

/* A cache for more frames and sequences gives the same bits. */
static void test_smaller_than_the_room(void **state)
{
    const cell_ops *ops = *state;
    const size_t I = 5, H = 8, T = 6, B = 3;
    cell_layer l = cell_layer_new(ops, I, H, T, B);
    cell_layer roomy = cell_layer_new(ops, I, H, T, B);

    ops->cache_free(roomy.cache);
    assert_int_equal(
        ops->cache_new(&(pinna_cell_room){I, H, 50, 40}, &roomy.cache),
        PINNA_OK);
    cell_layer_run(ops, &l, NULL);
    cell_layer_run(ops, &roomy, NULL);
    assert_memory_equal(l.y, roomy.y, T * B * H * sizeof(float));
    assert_memory_equal(l.dx, roomy.dx, T * B * I * sizeof(float));
    cell_layer_free(ops, &l);
    cell_layer_free(ops, &roomy);
}

static const cell_ops *made;

static pinna_status make(void)
{
    void *cache;
    const pinna_status status =
        made->cache_new(&(pinna_cell_room){3, 4, 5, 2}, &cache);
    made->cache_free(cache);
    return status;
}

static void test_survives_no_memory(void **state)
{
    made = *state;
    support_survives_no_memory(make);
}

static void test_references(void **state)
{
    const cell_ops *ops = *state;

    for (size_t i = 0; ops->cases[i]; i++)
        check_cell_case(ops, ops->cases[i]);
    if (ops->truncated)
        check_cell_truncated(ops, ops->truncated);
}

/* ---- all of them ---- */

static int setup(void **state)
{
    (void)state;
    pinna_linalg_init();
    return 0;
}

int run_cell_checks(const char *name, const cell_ops *ops)
{
    void *state = (void *)(uintptr_t)ops; /* cmocka's is not const */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_forward_is_the_formula, state),
        cmocka_unit_test_prestate(test_backward_by_differences, state),
        cmocka_unit_test_prestate(test_backward_adds, state),
        cmocka_unit_test_prestate(test_padding_does_not_matter, state),
        cmocka_unit_test_prestate(test_smaller_than_the_room, state),
        cmocka_unit_test_prestate(test_runs_without_allocation, state),
        cmocka_unit_test_prestate(test_references, state),
        cmocka_unit_test_prestate(test_bad_sizes, state),
        cmocka_unit_test_prestate(test_survives_no_memory, state),
    };
    return cmocka_run_group_tests_name(name, tests, setup, NULL);
}
