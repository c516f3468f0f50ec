#include "support.h"

#include <math.h>

#include "cell_checks.h"
#include "rnn/linalg.h"
#include "rnn/lstm.h"

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* Gates i f g o. */
static void formula(const double *xp, const double *hp, double *h, double *c)
{
    *c = sigmoid(xp[1] + hp[1]) * *c +
         sigmoid(xp[0] + hp[0]) * tanh(xp[2] + hp[2]);
    *h = sigmoid(xp[3] + hp[3]) * tanh(*c);
}

static pinna_status cache_new(size_t n_in, size_t n_hidden, size_t max_frames,
                              size_t max_batch, void **cache)
{
    pinna_lstm_cache *made;
    const pinna_status status =
        pinna_lstm_cache_new(n_in, n_hidden, max_frames, max_batch, &made);
    *cache = made;
    return status;
}

static void cache_free(void *cache)
{
    pinna_lstm_cache_free(cache);
}

static pinna_lstm_weights weights_of(const cell_layer *l)
{
    return (pinna_lstm_weights){l->n_in,      l->n_hidden,  l->arrays[0],
                                l->arrays[1], l->arrays[2], l->arrays[3]};
}

static void forward(cell_layer *l, const size_t *lengths)
{
    const pinna_lstm_weights weights = weights_of(l);
    pinna_lstm_forward(&weights, l->x, (pinna_lstm_state){l->h0, l->c0},
                       lengths, l->n_frames, l->n_batch, l->cache, l->y,
                       (pinna_lstm_state){l->hn, l->cn});
}

static void backward(cell_layer *l, const size_t *lengths)
{
    const pinna_lstm_weights weights = weights_of(l);
    const pinna_lstm_grads grads = {l->grads[0], l->grads[1], l->grads[2],
                                    l->grads[3]};
    pinna_lstm_backward(&weights, l->x, lengths, l->n_frames, l->n_batch,
                        l->cache, l->dy, (pinna_lstm_state){l->dhn, l->dcn},
                        l->dx, (pinna_lstm_state){l->dh0, l->dc0}, &grads);
}

static const cell_ops lstm = {.n_gates = 4,
                              .has_c = true,
                              .formula = formula,
                              .cache_new = cache_new,
                              .cache_free = cache_free,
                              .forward = forward,
                              .backward = backward};

static void test_forward_is_the_formula(void **state)
{
    (void)state;
    check_cell_forward(&lstm);
}

static void test_backward_by_differences(void **state)
{
    (void)state;
    check_cell_backward(&lstm);
}

static void test_backward_adds(void **state)
{
    (void)state;
    check_cell_adds(&lstm);
}

static void test_padding_does_not_matter(void **state)
{
    (void)state;
    check_cell_padding(&lstm);
}

static void test_runs_without_allocation(void **state)
{
    (void)state;
    check_cell_allocations(&lstm);
}

static void test_bad_sizes(void **state)
{
    (void)state;
    check_cell_bad_sizes(&lstm);
}

static void test_references(void **state)
{
    (void)state;
    check_cell_case(&lstm, "lstm_1layer");
    check_cell_case(&lstm, "lstm_2layer");
    check_cell_case(&lstm, "lstm_varlen");
    check_cell_case(&lstm, "lstm_h_odd");
    check_cell_case(&lstm, "lstm_h_multiple_of_16");
    check_cell_truncated(&lstm, "tbptt_lstm");
}

static pinna_status make(void)
{
    pinna_lstm_cache *cache;
    const pinna_status status = pinna_lstm_cache_new(3, 4, 5, 2, &cache);
    pinna_lstm_cache_free(cache);
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
    return cmocka_run_group_tests_name("lstm", tests, setup, NULL);
}
