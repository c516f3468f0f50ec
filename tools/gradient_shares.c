#include "tools/gradient_shares.h"

#include "tools/crew.h"

#include <stdlib.h>
#include <string.h>

/* One part of the batch of a step. */
typedef struct share {
    const pinna_train_task *task;
    const pinna_network *network;
    size_t step, first, n;
    float *grads;
    double loss;
    pinna_status status;
    pinna_error error;
} share;

struct pinna_gradient_shares {
    size_t batch_size, n_threads;
    pinna_crew *crew;
    share shares[PINNA_MAX_THREADS];
};

/* Whoever is free computes it: what comes out depends on the share alone. */
static void run_share(void *user, size_t i)
{
    pinna_gradient_shares *shares = user;
    share *s = &shares->shares[i];
    memset(s->grads, 0, s->network->params.n_values * sizeof(float));
    s->loss = 0;
    s->status = s->n == 0 ? PINNA_OK
                          : s->task->gradient(s->task->self, s->network, i,
                                              s->step, s->first, s->n, s->grads,
                                              &s->loss, &s->error);
}

pinna_status pinna_gradient_shares_new(const pinna_train_task *task,
                                       const pinna_network *network,
                                       size_t batch_size, size_t n_threads,
                                       pinna_gradient_shares **out)
{
    *out = NULL;
    if (batch_size == 0 || n_threads == 0 || n_threads > PINNA_MAX_THREADS)
        return PINNA_BAD_ARG;
    pinna_gradient_shares *shares = calloc(1, sizeof *shares);
    if (!shares)
        return PINNA_NO_MEMORY;

    shares->batch_size = batch_size;
    shares->n_threads = n_threads;
    for (size_t i = 0; i < n_threads; i++) {
        shares->shares[i] = (share){
            .task = task,
            .network = network,
            .grads = malloc(network->params.n_values * sizeof(float)),
        };
        if (!shares->shares[i].grads) {
            pinna_gradient_shares_free(shares);
            return PINNA_NO_MEMORY;
        }
    }
    const pinna_status status =
        pinna_crew_new(run_share, shares, n_threads, n_threads, &shares->crew);
    if (status) {
        pinna_gradient_shares_free(shares);
        return status;
    }
    *out = shares;
    return PINNA_OK;
}

void pinna_gradient_shares_free(pinna_gradient_shares *shares)
{
    if (!shares)
        return;
    pinna_crew_free(shares->crew);
    for (size_t i = 0; i < shares->n_threads; i++)
        free(shares->shares[i].grads);
    free(shares);
}

pinna_status pinna_gradient_shares_step(pinna_gradient_shares *shares,
                                        size_t step, float **grads,
                                        double *loss, size_t *n_frames,
                                        pinna_error *error)
{
    const size_t batch = shares->batch_size, n_threads = shares->n_threads;

    for (size_t i = 0; i < n_threads; i++) {
        share *s = &shares->shares[i];
        s->step = step;
        s->first = batch * i / n_threads;
        s->n = batch * (i + 1) / n_threads - s->first;
    }
    pinna_crew_run(shares->crew);

    float *sum = shares->shares[0].grads;
    *grads = sum;
    *loss = 0;
    *n_frames = 0;
    for (size_t i = 0; i < shares->n_threads; i++) {
        const share *s = &shares->shares[i];
        if (s->status) {
            if (error)
                *error = s->error;
            return s->status;
        }
        *loss += s->loss;
        if (s->n > 0 && s->task->n_frames)
            *n_frames += s->task->n_frames(s->task->self, i);
        const size_t n_values = s->network->params.n_values;
        for (size_t k = 0; i > 0 && k < n_values; k++)
            sum[k] += s->grads[k];
    }
    return PINNA_OK;
}
