#include "support.h"

#include <math.h>

#include "cell_checks.h"
#include "rnn/linalg.h"
#include "rnn/simple_rnn.h"

static void tanh_formula(const double *xp, const double *hp, double *h,
                         double *c)
{
    (void)c;
    *h = tanh(xp[0] + hp[0]);
}

static void relu_formula(const double *xp, const double *hp, double *h,
                         double *c)
{
    (void)c;
    *h = fmax(xp[0] + hp[0], 0);
}

static pinna_status cache_new(size_t n_in, size_t n_hidden, size_t max_frames,
                              size_t max_batch, void **cache)
{
    pinna_simple_rnn_cache *made;
    const pinna_status status = pinna_simple_rnn_cache_new(
        n_in, n_hidden, max_frames, max_batch, &made);
    *cache = made;
    return status;
}

static void cache_free(void *cache)
{
    pinna_simple_rnn_cache_free(cache);
}

static pinna_simple_rnn_weights weights_of(const cell_layer *l,
                                           pinna_rnn_activation activation)
{
    return (pinna_simple_rnn_weights){activation,   l->n_in,      l->n_hidden,
                                      l->arrays[0], l->arrays[1], l->arrays[2],
                                      l->arrays[3]};
}

static void forward(cell_layer *l, pinna_rnn_activation activation,
                    const size_t *lengths)
{
    const pinna_simple_rnn_weights weights = weights_of(l, activation);
    pinna_simple_rnn_forward(&weights, l->x, l->h0, lengths, l->n_frames,
                             l->n_batch, l->cache, l->y, l->hn);
}

static void backward(cell_layer *l, pinna_rnn_activation activation,
                     const size_t *lengths)
{
    const pinna_simple_rnn_weights weights = weights_of(l, activation);
    const pinna_simple_rnn_grads grads = {l->grads[0], l->grads[1], l->grads[2],
                                          l->grads[3]};
    pinna_simple_rnn_backward(&weights, l->x, lengths, l->n_frames, l->n_batch,
                              l->cache, l->dy, l->dhn, l->dx, l->dh0, &grads);
}

static void tanh_forward(cell_layer *l, const size_t *lengths)
{
    forward(l, PINNA_RNN_TANH, lengths);
}

static void tanh_backward(cell_layer *l, const size_t *lengths)
{
    backward(l, PINNA_RNN_TANH, lengths);
}

static void relu_forward(cell_layer *l, const size_t *lengths)
{
    forward(l, PINNA_RNN_RELU, lengths);
}

static void relu_backward(cell_layer *l, const size_t *lengths)
{
    backward(l, PINNA_RNN_RELU, lengths);
}

static const cell_ops by_activation[] = {
    {1, false, tanh_formula, cache_new, cache_free, tanh_forward,
     tanh_backward},
    {1, false, relu_formula, cache_new, cache_free, relu_forward,
     relu_backward},
};
static const cell_ops *const with_tanh = &by_activation[0];
static const cell_ops *const with_relu = &by_activation[1];

static void test_forward_is_the_formula(void **state)
{
    (void)state;
    check_cell_forward(with_tanh);
    check_cell_forward(with_relu);
}

static void test_backward_by_differences(void **state)
{
    (void)state;
    check_cell_backward(with_tanh);
    check_cell_backward(with_relu);
}

static void test_backward_adds(void **state)
{
    (void)state;
    check_cell_adds(with_tanh);
}

static void test_padding_does_not_matter(void **state)
{
    (void)state;
    check_cell_padding(with_tanh);
    check_cell_padding(with_relu);
}

static void test_runs_without_allocation(void **state)
{
    (void)state;
    check_cell_allocations(with_tanh);
}

static void test_bad_sizes(void **state)
{
    (void)state;
    check_cell_bad_sizes(with_tanh);
}

static void test_references(void **state)
{
    (void)state;
    check_cell_case(with_tanh, "rnn_tanh_1layer");
    check_cell_case(with_tanh, "rnn_tanh_varlen");
    check_cell_case(with_relu, "rnn_relu_1layer");
    check_cell_case(with_relu, "rnn_relu_varlen");
}

static pinna_status make(void)
{
    pinna_simple_rnn_cache *cache;
    const pinna_status status = pinna_simple_rnn_cache_new(3, 4, 5, 2, &cache);
    pinna_simple_rnn_cache_free(cache);
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
        cmocka_unit_test(test_runs_without_allocation),
        cmocka_unit_test(test_bad_sizes),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("simple_rnn", tests, setup, NULL);
}
