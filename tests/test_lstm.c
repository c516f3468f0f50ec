#include "support.h"

#include "cell_checks.h"
#include "rnn/lstm.h"

static pinna_status cache_new(const pinna_cell_room *room, void **cache)
{
    pinna_lstm_cache *made;
    const pinna_status status = pinna_lstm_cache_new(room, &made);
    *cache = made;
    return status;
}

static void cache_free(void *cache)
{
    pinna_lstm_cache_free(cache);
}

static void forward(cell_layer *l, const size_t *lengths)
{
    pinna_lstm_forward(&l->weights, l->x, (pinna_lstm_state){l->h0, l->c0},
                       lengths, l->n_frames, l->n_batch, l->cache, l->y,
                       (pinna_lstm_state){l->hn, l->cn});
}

static void backward(cell_layer *l, const size_t *lengths)
{
    pinna_lstm_backward(&l->weights, l->x, lengths, l->n_frames, l->n_batch,
                        l->cache, l->dy, (pinna_lstm_state){l->dhn, l->dcn},
                        l->dx, (pinna_lstm_state){l->dh0, l->dc0}, &l->grads);
}

static const char *const cases[] = {"lstm_1layer",           "lstm_varlen",
                                    "lstm_2layer",           "lstm_h_odd",
                                    "lstm_h_multiple_of_16", NULL};

static const cell_ops lstm = {.kind = PINNA_CELL_LSTM,
                              .cache_new = cache_new,
                              .cache_free = cache_free,
                              .forward = forward,
                              .backward = backward,
                              .cases = cases,
                              .truncated = "tbptt_lstm"};

int main(void)
{
    return run_cell_checks("lstm", &lstm);
}
