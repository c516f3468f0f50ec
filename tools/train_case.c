#include "tools/train_case.h"

#include "dsp/rng.h"
#include "rnn/adam.h"
#include "rnn/ctc.h"
#include "rnn/kernels.h"
#include "rnn/loss.h"
#include "rnn/network_train.h"
#include "tools/trainer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LEARNING_RATE 1e-3

/* One thread's share of the batch. */
typedef struct share {
    const pinna_train_step *step;
    size_t n_batch;
    pinna_net_worker *worker;
    pinna_ctc *ctc;
    float *x;      /* [T, b, n_in] */
    float *target; /* [T, b, n_out] of squared error */
    float *logits; /* [T, b, n_out] when there is no network */
    float *gains;  /* [T, b, n_out] of the sigmoid */
    int *labels;   /* [b, n_labels] */
    float *dy;     /* [T, b, n_out] */
    float *grads;
    double loss;
} share;

struct pinna_train_step {
    pinna_train_case kind;
    size_t n_threads;
    pinna_network network;
    pinna_adam adam;
    share shares[PINNA_MAX_THREADS];
};

static float *random_numbers(size_t n, pinna_rng *rng)
{
    float *x = malloc(n * sizeof *x);

    for (size_t i = 0; x && i < n; i++)
        x[i] = (float)pinna_rng_normal(rng);
    return x;
}

/* Labels 1 .. n_out - 1, by turns, so that none repeats; 0 is the blank. */
static void make_labels(const pinna_train_case *kind, share *s)
{
    for (size_t i = 0; i < s->n_batch * kind->n_labels; i++)
        s->labels[i] = (int)(1 + i % (kind->network.n_out - 1));
}

static pinna_status loss_new(const pinna_train_case *kind, share *s,
                             pinna_rng *rng)
{
    const size_t n = kind->n_frames * s->n_batch * kind->network.n_out;

    s->dy = malloc(n * sizeof *s->dy);
    if (!s->dy)
        return PINNA_NO_MEMORY;
    if (kind->n_labels == 0) {
        s->target = random_numbers(n, rng);
        s->gains = malloc(n * sizeof *s->gains);
        return s->target && s->gains ? PINNA_OK : PINNA_NO_MEMORY;
    }
    s->labels = malloc(s->n_batch * kind->n_labels * sizeof *s->labels);
    if (!s->labels)
        return PINNA_NO_MEMORY;
    make_labels(kind, s);
    return pinna_ctc_new(kind->n_frames, kind->network.n_out, kind->n_labels,
                         &s->ctc);
}

static pinna_status share_new(const pinna_train_step *step, size_t n_batch,
                              share *s)
{
    const pinna_train_case *kind = &step->kind;
    const size_t n_rows = kind->n_frames * n_batch;
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, (uint64_t)(s - step->shares));
    s->step = step;
    s->n_batch = n_batch;
    pinna_status status = loss_new(kind, s, &rng);
    if (status)
        return status;
    if (!kind->has_network) {
        s->logits = random_numbers(n_rows * kind->network.n_out, &rng);
        return s->logits ? PINNA_OK : PINNA_NO_MEMORY;
    }
    s->x = random_numbers(n_rows * kind->network.n_in, &rng);
    s->grads = malloc(step->network.params.n_values * sizeof *s->grads);
    if (!s->x || !s->grads)
        return PINNA_NO_MEMORY;
    return pinna_net_worker_new(&kind->network, kind->n_frames, n_batch,
                                &s->worker);
}

static pinna_status network_new(pinna_train_step *step)
{
    const pinna_adam_config config = pinna_adam_config_default();
    pinna_rng rng;

    const pinna_status status =
        pinna_network_new(&step->kind.network, &step->network);
    if (status)
        return status;
    pinna_rng_seed(&rng, 1, 0);
    pinna_network_init(&step->network, &rng);
    return pinna_adam_new(&config, step->network.params.n_values, &step->adam);
}

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
    pinna_status status = kind->has_network ? network_new(step) : PINNA_OK;
    for (size_t i = 0; !status && i < n_threads; i++) {
        const size_t first = kind->n_batch * i / n_threads;
        const size_t end = kind->n_batch * (i + 1) / n_threads;
        status = share_new(step, end - first, &step->shares[i]);
    }
    if (status) {
        pinna_train_step_free(step);
        return status;
    }
    *out = step;
    return PINNA_OK;
}

static void share_free(share *s)
{
    pinna_net_worker_free(s->worker);
    pinna_ctc_free(s->ctc);
    free(s->x);
    free(s->target);
    free(s->logits);
    free(s->gains);
    free(s->labels);
    free(s->dy);
    free(s->grads);
}

void pinna_train_step_free(pinna_train_step *step)
{
    if (!step)
        return;
    for (size_t i = 0; i < step->n_threads; i++)
        share_free(&step->shares[i]);
    pinna_adam_free(&step->adam);
    pinna_network_free(&step->network);
    free(step);
}

/* The labels fit and are in range: it cannot fail. */
static double ctc_loss(share *s, const float *y)
{
    const pinna_train_case *kind = &s->step->kind;
    const size_t V = kind->network.n_out, B = s->n_batch;
    double sum = 0;

    for (size_t b = 0; b < B; b++) {
        double loss = 0;
        pinna_ctc_loss(s->ctc, y + b * V, B * V, kind->n_frames,
                       s->labels + b * kind->n_labels, kind->n_labels, 0,
                       1.0f / (float)kind->n_batch, s->dy + b * V, &loss);
        sum += loss;
    }
    return sum;
}

/* Of the sigmoid of y, or of y itself. */
static double squared_error(share *s, const float *y)
{
    const pinna_train_case *kind = &s->step->kind;
    const size_t n = kind->n_frames * s->n_batch * kind->network.n_out;
    const float scale = 1.0f / (float)(kind->n_frames * kind->n_batch);

    if (kind->sigmoid) {
        memcpy(s->gains, y, n * sizeof *y);
        pinna_kernels_best()->sigmoid(s->gains, n);
        y = s->gains;
    }
    const double loss = pinna_mse_loss(y, s->target, NULL, n, s->dy);
    for (size_t i = 0; i < n; i++)
        s->dy[i] *= kind->sigmoid ? scale * y[i] * (1 - y[i]) : scale;
    return loss / (double)kind->n_frames;
}

static void *run_share(void *argument)
{
    share *s = argument;
    const pinna_train_step *step = s->step;
    const pinna_train_case *kind = &step->kind;

    if (!kind->has_network) {
        s->loss = ctc_loss(s, s->logits);
        return NULL;
    }
    memset(s->grads, 0, step->network.params.n_values * sizeof *s->grads);
    const float *y = pinna_net_forward(&step->network, s->worker, s->x, NULL,
                                       kind->n_frames, s->n_batch, 0, NULL);
    s->loss = kind->n_labels > 0 ? ctc_loss(s, y) : squared_error(s, y);
    pinna_net_backward(&step->network, s->worker, s->x, NULL, kind->n_frames,
                       s->n_batch, s->dy, s->grads);
    return NULL;
}

double pinna_train_step_run(pinna_train_step *step)
{
    const size_t n_threads = step->n_threads;
    const size_t n_values = step->network.params.n_values;
    pthread_t threads[PINNA_MAX_THREADS];
    bool started[PINNA_MAX_THREADS] = {false};
    double loss = 0;

    for (size_t i = 1; i < n_threads; i++)
        started[i] =
            pthread_create(&threads[i], NULL, run_share, &step->shares[i]) == 0;
    for (size_t i = 0; i < n_threads; i++)
        if (!started[i])
            run_share(&step->shares[i]);
    for (size_t i = 0; i < n_threads; i++) {
        const share *s = &step->shares[i];
        if (started[i])
            pthread_join(threads[i], NULL);
        loss += s->loss;
        for (size_t k = 0; i > 0 && k < n_values; k++)
            step->shares[0].grads[k] += s->grads[k];
    }
    if (step->kind.has_network)
        pinna_adam_step(&step->adam, LEARNING_RATE, step->shares[0].grads,
                        step->network.params.values);
    return loss / (double)step->kind.n_batch;
}

/* Backward multiplies each weight twice, but for the gradient of the input of
 * the first layer, which nobody needs. */
double pinna_train_case_flops(const pinna_train_case *kind)
{
    const pinna_network_config *c = &kind->network;
    double products = 0, unneeded = 0;

    if (!kind->has_network)
        return 0;
    for (size_t layer = 0; layer < c->n_layers; layer++) {
        const double in = (double)pinna_network_layer_in(c, layer);
        const double H = (double)c->n_hidden;

        products += 3 * H * (in + H);
        if (layer == 0)
            unneeded = 3 * H * in;
    }
    products += (double)(pinna_network_out_in(c) * c->n_out);
    return 2 * (3 * products - unneeded) *
           (double)(kind->n_frames * kind->n_batch);
}
