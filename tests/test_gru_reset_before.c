#include "support.h"

#include "cell_checks.h"
#include "rnn/gru_reset_before.h"

static pinna_status cache_new(const pinna_cell_room *room, void **cache)
{
    pinna_gru_reset_before_cache *made;
    const pinna_status status = pinna_gru_reset_before_cache_new(room, &made);
    *cache = made;
    return status;
}

static void cache_free(void *cache)
{
    pinna_gru_reset_before_cache_free(cache);
}

static void forward(cell_layer *l, const size_t *lengths)
{
    pinna_gru_reset_before_forward(&l->weights, l->x, l->h0, lengths,
                                   l->n_frames, l->n_batch, l->cache, l->y,
                                   l->hn);
}

static void backward(cell_layer *l, const size_t *lengths)
{
    pinna_gru_reset_before_backward(&l->weights, l->x, lengths, l->n_frames,
                                    l->n_batch, l->cache, l->dy, l->dhn, l->dx,
                                    l->dh0, &l->grads);
}

static const char *const cases[] = {"gru_reset_before_1layer",
                                    "gru_reset_before_varlen", NULL};

static const cell_ops gru = {.kind = PINNA_CELL_GRU_RESET_BEFORE,
                             .cache_new = cache_new,
                             .cache_free = cache_free,
                             .forward = forward,
                             .backward = backward,
                             .cases = cases};

int main(void)
{
    return run_cell_checks("gru_reset_before", &gru);
}
