#include "support.h"

#include "cell_checks.h"
#include "rnn/simple_rnn.h"

static pinna_rnn_activation activation; /* of the group under way */

static pinna_status cache_new(const pinna_cell_room *room, void **cache)
{
    pinna_simple_rnn_cache *made;
    const pinna_status status =
        pinna_simple_rnn_cache_new(activation, room, &made);
    *cache = made;
    return status;
}

static void cache_free(void *cache)
{
    pinna_simple_rnn_cache_free(cache);
}

static void forward(cell_layer *l, const size_t *lengths)
{
    pinna_simple_rnn_forward(&l->weights, l->x, l->h0, lengths, l->n_frames,
                             l->n_batch, l->cache, l->y, l->hn);
}

static void backward(cell_layer *l, const size_t *lengths)
{
    pinna_simple_rnn_backward(&l->weights, l->x, lengths, l->n_frames,
                              l->n_batch, l->cache, l->dy, l->dhn, l->dx,
                              l->dh0, &l->grads);
}

static int run(pinna_rnn_activation which, const char *name,
               const char *const *cases)
{
    const cell_ops ops = {.kind = which == PINNA_RNN_TANH ? PINNA_CELL_RNN_TANH
                                                          : PINNA_CELL_RNN_RELU,
                          .cache_new = cache_new,
                          .cache_free = cache_free,
                          .forward = forward,
                          .backward = backward,
                          .cases = cases};
    activation = which;
    return run_cell_checks(name, &ops);
}

int main(void)
{
    static const char *const with_tanh[] = {"rnn_tanh_1layer",
                                            "rnn_tanh_varlen", NULL};
    static const char *const with_relu[] = {"rnn_relu_1layer",
                                            "rnn_relu_varlen", NULL};
    const int n_failed = run(PINNA_RNN_TANH, "simple_rnn_tanh", with_tanh);
    return n_failed + run(PINNA_RNN_RELU, "simple_rnn_relu", with_relu);
}
