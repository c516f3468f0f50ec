#include "support.h"

#include "cell_checks.h"
#include "rnn/gru.h"

static pinna_status cache_new(const pinna_cell_room *room, void **cache)
{
    pinna_gru_cache *made;
    const pinna_status status = pinna_gru_cache_new(room, &made);
    *cache = made;
    return status;
}

static void cache_free(void *cache)
{
    pinna_gru_cache_free(cache);
}

static void forward(cell_layer *l, const size_t *lengths)
{
    pinna_gru_forward(&l->weights, l->x, l->h0, lengths, l->n_frames,
                      l->n_batch, l->cache, l->y, l->hn);
}

static void backward(cell_layer *l, const size_t *lengths)
{
    pinna_gru_backward(&l->weights, l->x, lengths, l->n_frames, l->n_batch,
                       l->cache, l->dy, l->dhn, l->dx, l->dh0, &l->grads);
}

static const char *const cases[] = {"gru_1layer",           "gru_varlen",
                                    "gru_2layer",           "gru_h_odd",
                                    "gru_h_multiple_of_16", NULL};

static const cell_ops gru = {.kind = PINNA_CELL_GRU,
                             .cache_new = cache_new,
                             .cache_free = cache_free,
                             .forward = forward,
                             .backward = backward,
                             .cases = cases,
                             .truncated = "tbptt_gru"};

int main(void)
{
    return run_cell_checks("gru", &gru);
}
