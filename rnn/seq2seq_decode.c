#include "rnn/seq2seq_decode.h"

#include <assert.h>

struct source {
    const pinna_seq2seq *net;
    const float *values;
    pinna_seq2seq_worker *worker;
    const pinna_seq2seq_batch *batch;
};

static const float *step(void *user, size_t n_beams, const size_t *parents,
                         const int *tokens)
{
    const struct source *source = user;
    return pinna_seq2seq_step(source->net, source->values, source->worker,
                              source->batch, n_beams, parents, tokens);
}

pinna_beam_result pinna_seq2seq_decode(const pinna_seq2seq *net,
                                       const float *values,
                                       pinna_seq2seq_worker *worker,
                                       const pinna_seq2seq_batch *batch,
                                       pinna_beam_search *search)
{
    struct source source = {net, values, worker, batch};

    assert(batch->n_batch == 1);
    pinna_seq2seq_encode(net, values, worker, batch);
    return pinna_beam_search_run(search, step, &source);
}
