#include "tools/train_case.h"

#include "dsp/rng.h"
#include "rnn/adam.h"
#include "rnn/ctc.h"
#include "rnn/kernels.h"
#include "rnn/loss.h"
#include "rnn/network_train.h"
#include "tools/gradient_shares.h"
#include "tools/trainer.h"

#include <stdlib.h>
#include <string.h>

#define LEARNING_RATE 1e-3

/* What one share is computed with. */
typedef struct worker {
    size_t n_batch; /* b, its share of the batch */
    pinna_net_worker *net;
    pinna_ctc *ctc;
    float *x;      /* [T, b, n_in] */
    float *target; /* [T, b, n_out] of squared error */
    float *logits; /* [T, b, n_out] when there is no network */
    float *gains;  /* [T, b, n_out] of the sigmoid */
    int *labels;   /* [b, n_labels] */
    float *dy;     /* [T, b, n_out] */
} worker;

struct pinna_train_step {
    pinna_train_case kind;
    size_t n_threads;
    pinna_network network;
    pinna_adam adam;
    pinna_train_task task;
    pinna_gradient_shares *shares;
    worker workers[PINNA_MAX_THREADS];
};

static float *random_numbers(size_t n, pinna_rng *rng)
{
    float *x = malloc(n * sizeof *x);

    for (size_t i = 0; x && i < n; i++)
        x[i] = (float)pinna_rng_normal(rng);
    return x;
}

/* Labels 1 .. n_out - 1, by turns, so that none repeats; 0 is the blank. */
static void make_labels(const pinna_train_case *kind, worker *w)
{
    for (size_t i = 0; i < w->n_batch * kind->n_labels; i++)
        w->labels[i] = (int)(1 + i % (kind->network.n_out - 1));
}

static pinna_status loss_new(const pinna_train_case *kind, worker *w,
                             pinna_rng *rng)
{
    const size_t n = kind->n_frames * w->n_batch * kind->network.n_out;

    w->dy = malloc(n * sizeof *w->dy);
    if (!w->dy)
        return PINNA_NO_MEMORY;
    if (kind->n_labels == 0) {
        w->target = random_numbers(n, rng);
        w->gains = malloc(n * sizeof *w->gains);
        return w->target && w->gains ? PINNA_OK : PINNA_NO_MEMORY;
    }
    w->labels = malloc(w->n_batch * kind->n_labels * sizeof *w->labels);
    if (!w->labels)
        return PINNA_NO_MEMORY;
    make_labels(kind, w);
    return pinna_ctc_new(kind->n_frames, kind->network.n_out, kind->n_labels,
                         &w->ctc);
}

static pinna_status worker_new(const pinna_train_step *step, size_t n_batch,
                               worker *w)
{
    const pinna_train_case *kind = &step->kind;
    const size_t n_rows = kind->n_frames * n_batch;
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, (uint64_t)(w - step->workers));
    w->n_batch = n_batch;
    pinna_status status = loss_new(kind, w, &rng);
    if (status)
        return status;
    if (!kind->has_network) {
        w->logits = random_numbers(n_rows * kind->network.n_out, &rng);
        return w->logits ? PINNA_OK : PINNA_NO_MEMORY;
    }
    w->x = random_numbers(n_rows * kind->network.n_in, &rng);
    if (!w->x)
        return PINNA_NO_MEMORY;
    return pinna_net_worker_new(&kind->network, kind->n_frames, n_batch,
                                &w->net);
}

/* A loss alone gets the smallest network, so that there is one. */
static pinna_status network_new(pinna_train_step *step)
{
    const pinna_network_config smallest = {
        .n_in = 1, .n_hidden = 1, .n_layers = 1, .n_out = 1};
    const pinna_adam_config config = pinna_adam_config_default();
    pinna_rng rng;

    const pinna_status status = pinna_network_new(
        step->kind.has_network ? &step->kind.network : &smallest,
        &step->network);
    if (status)
        return status;
    pinna_rng_seed(&rng, 1, 0);
    pinna_network_init(&step->network, &rng);
    return pinna_adam_new(&config, step->network.params.n_values, &step->adam);
}

static pinna_status gradient(void *self, const pinna_network *network,
                             size_t share, size_t n_step, size_t first,
                             size_t n, float *grads, double *loss,
                             pinna_error *error);

pinna_status pinna_train_step_new(const pinna_train_case *kind,
                                  size_t n_threads, pinna_train_step **out)
{
    *out = NULL;
    if (n_threads == 0 || n_threads > kind->n_batch ||
        n_threads > PINNA_MAX_THREADS)
        return PINNA_BAD_ARG;
    pinna_train_step *step = calloc(1, sizeof *step);
    if (!step)
        return PINNA_NO_MEMORY;

    step->kind = *kind;
    step->n_threads = n_threads;
    step->task = (pinna_train_task){.self = step, .gradient = gradient};
    pinna_status status = network_new(step);
    if (!status)
        status = pinna_gradient_shares_new(&step->task, &step->network,
                                           kind->n_batch, n_threads, NULL,
                                           &step->shares);
    for (size_t i = 0; !status && i < n_threads; i++) {
        const size_t first = kind->n_batch * i / n_threads;
        const size_t end = kind->n_batch * (i + 1) / n_threads;
        status = worker_new(step, end - first, &step->workers[i]);
    }
    if (status) {
        pinna_train_step_free(step);
        return status;
    }
    *out = step;
    return PINNA_OK;
}

static void worker_free(worker *w)
{
    pinna_net_worker_free(w->net);
    pinna_ctc_free(w->ctc);
    free(w->x);
    free(w->target);
    free(w->logits);
    free(w->gains);
    free(w->labels);
    free(w->dy);
}

void pinna_train_step_free(pinna_train_step *step)
{
    if (!step)
        return;
    for (size_t i = 0; i < step->n_threads; i++)
        worker_free(&step->workers[i]);
    pinna_gradient_shares_free(step->shares);
    pinna_adam_free(&step->adam);
    pinna_network_free(&step->network);
    free(step);
}

/* The labels fit and are in range: it cannot fail. */
static double ctc_loss(const pinna_train_case *kind, worker *w, const float *y)
{
    const size_t V = kind->network.n_out, B = w->n_batch;
    double sum = 0;

    for (size_t b = 0; b < B; b++) {
        double loss = 0;
        pinna_ctc_loss(w->ctc, y + b * V, B * V, kind->n_frames,
                       w->labels + b * kind->n_labels, kind->n_labels, 0,
                       1.0f / (float)kind->n_batch, w->dy + b * V, &loss);
        sum += loss;
    }
    return sum;
}

/* Of the sigmoid of y, or of y itself. */
static double squared_error(const pinna_train_case *kind, worker *w,
                            const float *y)
{
    const size_t n = kind->n_frames * w->n_batch * kind->network.n_out;
    const float scale = 1.0f / (float)(kind->n_frames * kind->n_batch);

    if (kind->sigmoid) {
        memcpy(w->gains, y, n * sizeof *y);
        pinna_kernels_best()->sigmoid(w->gains, n);
        y = w->gains;
    }
    const double loss = pinna_mse_loss(y, w->target, NULL, n, w->dy);
    for (size_t i = 0; i < n; i++)
        w->dy[i] *= kind->sigmoid ? scale * y[i] * (1 - y[i]) : scale;
    return loss / (double)kind->n_frames;
}

/* As a task of the trainer. */
static pinna_status gradient(void *self, const pinna_network *network,
                             size_t share, size_t n_step, size_t first,
                             size_t n, float *grads, double *loss,
                             pinna_error *error)
{
    pinna_train_step *step = self;
    const pinna_train_case *kind = &step->kind;
    worker *w = &step->workers[share];
    (void)n_step;
    (void)first;
    (void)n; /* that of the worker */
    (void)error;

    if (!kind->has_network) {
        *loss = ctc_loss(kind, w, w->logits);
        return PINNA_OK;
    }
    const float *y = pinna_net_forward(network, w->net, w->x, NULL,
                                       kind->n_frames, w->n_batch, 0, NULL);
    *loss =
        kind->n_labels > 0 ? ctc_loss(kind, w, y) : squared_error(kind, w, y);
    pinna_net_backward(network, w->net, w->x, NULL, kind->n_frames, w->n_batch,
                       w->dy, grads);
    return PINNA_OK;
}

double pinna_train_step_run(pinna_train_step *step)
{
    pinna_share sum;

    /* The task never fails. */
    pinna_gradient_shares_step(step->shares, step->adam.step, &sum, NULL);
    if (step->kind.has_network)
        pinna_adam_step(&step->adam, LEARNING_RATE, sum.grads,
                        step->network.params.values);
    return sum.loss / (double)step->kind.n_batch;
}

/* Backward multiplies each weight twice, but for the gradient of the input of
 * the first layer, which nobody needs. */
double pinna_train_case_flops(const pinna_train_case *kind)
{
    const pinna_network_config *c = &kind->network;
    double products = 0, unneeded = 0;

    if (!kind->has_network)
        return 0;
    const double height = (double)(pinna_cell_n_gates(c->cell) * c->n_hidden *
                                   pinna_network_n_directions(c));
    for (size_t layer = 0; layer < c->n_layers; layer++) {
        const double n_in = (double)pinna_network_layer_in(c, layer);
        products += height * (n_in + (double)c->n_hidden);
        if (layer == 0)
            unneeded = height * n_in;
    }
    products += (double)(pinna_network_out_in(c) * c->n_out);
    return 2 * (3 * products - unneeded) *
           (double)(kind->n_frames * kind->n_batch);
}
