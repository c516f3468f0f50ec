#include "tools/gradient_shares.h"

#include "tools/crew.h"

#include <stdlib.h>
#include <string.h>

/* One part of the batch of a step, and how its gradient went. */
typedef struct part {
    size_t first, n;
    pinna_status status;
    pinna_error error;
} part;

struct pinna_gradient_shares {
    const pinna_train_task *task;
    const pinna_network *network;
    pinna_ranks *ranks;
    size_t batch_size;
    size_t step;
    size_t n; /* parts and shares of this rank */
    pinna_crew *crew;
    part *parts;         /* [n] */
    pinna_share *shares; /* [n] */
};

/* Whoever is free computes it: what comes out depends on the share alone. */
static void run_share(void *user, size_t i)
{
    pinna_gradient_shares *s = user;
    part *p = &s->parts[i];
    pinna_share *share = &s->shares[i];

    memset(share->grads, 0, s->network->params.n_values * sizeof(float));
    share->loss = 0;
    share->n_frames = 0;
    p->status = PINNA_OK;
    if (p->n == 0)
        return;
    p->status =
        s->task->gradient(s->task->self, s->network, i, s->step, p->first, p->n,
                          share->grads, &share->loss, &p->error);
    if (!p->status && s->task->n_frames)
        share->n_frames = s->task->n_frames(s->task->self, i);
}

static pinna_status allocate(pinna_gradient_shares *s)
{
    s->parts = calloc(s->n, sizeof *s->parts);
    s->shares = calloc(s->n, sizeof *s->shares);
    if (!s->parts || !s->shares)
        return PINNA_NO_MEMORY;
    for (size_t i = 0; i < s->n; i++) {
        s->shares[i].grads =
            malloc(s->network->params.n_values * sizeof(float));
        if (!s->shares[i].grads)
            return PINNA_NO_MEMORY;
    }
    return pinna_crew_new(run_share, s, s->n, s->n, &s->crew);
}

pinna_status pinna_gradient_shares_new(const pinna_train_task *task,
                                       const pinna_network *network,
                                       size_t batch_size, size_t n_threads,
                                       pinna_ranks *ranks,
                                       pinna_gradient_shares **out)
{
    *out = NULL;
    if (batch_size == 0 || n_threads == 0 || n_threads > PINNA_MAX_THREADS)
        return PINNA_BAD_ARG;
    pinna_gradient_shares *s = calloc(1, sizeof *s);
    if (!s)
        return PINNA_NO_MEMORY;
    s->task = task;
    s->network = network;
    s->ranks = ranks;
    s->batch_size = batch_size;
    s->n = pinna_ranks_own_threads(ranks, n_threads);

    const pinna_status status = allocate(s);
    if (status) {
        pinna_gradient_shares_free(s);
        return status;
    }
    const size_t first = pinna_ranks_first_thread(ranks);
    for (size_t i = 0; i < s->n; i++) {
        part *p = &s->parts[i];
        p->first = batch_size * (first + i) / n_threads;
        p->n = batch_size * (first + i + 1) / n_threads - p->first;
    }
    *out = s;
    return PINNA_OK;
}

void pinna_gradient_shares_free(pinna_gradient_shares *s)
{
    if (!s)
        return;
    pinna_crew_free(s->crew);
    for (size_t i = 0; s->shares && i < s->n; i++)
        free(s->shares[i].grads);
    free(s->shares);
    free(s->parts);
    free(s);
}

/* What the items of all ranks carry on, to the one that keeps checkpoints. */
static pinna_status gather_carried(const pinna_gradient_shares *s,
                                   pinna_error *error)
{
    const size_t n = s->task->n_carried, n_each = n / s->batch_size;
    const part *last = &s->parts[s->n - 1];

    return pinna_ranks_gather(s->ranks, s->task->carried,
                              s->parts[0].first * n_each,
                              (last->first + last->n) * n_each, n, error);
}

pinna_status pinna_gradient_shares_step(pinna_gradient_shares *s, size_t step,
                                        pinna_share *sum, pinna_error *error)
{
    pinna_status status = PINNA_OK;

    s->step = step;
    pinna_crew_run(s->crew);
    for (size_t i = 0; !status && i < s->n; i++) {
        status = s->parts[i].status;
        if (status && error)
            *error = s->parts[i].error;
    }
    status = pinna_ranks_agree(s->ranks, status, error);
    if (!status)
        status = pinna_ranks_sum(s->ranks, s->shares, s->n,
                                 s->network->params.n_values, error);
    if (!status && s->task->n_carried > 0)
        status = gather_carried(s, error);
    *sum = s->shares[0];
    return status;
}
