#include "tools/classify_task.h"

#include "rnn/linalg.h"
#include "rnn/loss.h"
#include "rnn/network_train.h"
#include "tools/example_batch.h"
#include "tools/shuffle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Examples that are judged at a time. */
#define JUDGED_AT_ONCE 16

/* One thread's own. */
typedef struct worker {
    pinna_net_worker *net;
    pinna_shuffle shuffle;
    pinna_example_batch batch;
    size_t n_items; /* room of it */
    float *one_hot; /* [T, B, n_in] of texts: 1 at the token's place */
    float *dy;      /* [T, B, n_classes] */
    float *pooled;  /* [B, n_classes] logits, then their gradient */
    int *wanted;    /* [B] */
} worker;

struct pinna_classify_task {
    pinna_classify_task_config config;
    const pinna_model *model;
    worker workers[PINNA_MAX_THREADS];
};

size_t pinna_class_of(const pinna_model *model, const char *answer)
{
    size_t i = 0;
    while (i < model->n_tokens && strcmp(model->tokens[i], answer) != 0)
        i++;
    return i;
}

static pinna_status worker_new(const pinna_model *model,
                               const pinna_examples *examples,
                               size_t max_frames, size_t n_items, worker *w)
{
    const size_t n_rows = max_frames * n_items;
    const size_t n_in = model->network.config.n_in;

    w->n_items = n_items;
    w->one_hot =
        malloc((examples->width == 0 ? n_rows * n_in : 1) * sizeof(float));
    w->dy = malloc(n_rows * model->n_tokens * sizeof(float));
    w->pooled = malloc(n_items * model->n_tokens * sizeof(float));
    w->wanted = malloc(n_items * sizeof *w->wanted);
    pinna_status status = pinna_example_batch_new(examples->width, max_frames,
                                                  n_items, &w->batch);
    if (!w->one_hot || !w->dy || !w->pooled || !w->wanted)
        status = PINNA_NO_MEMORY;
    return status ? status
                  : pinna_net_worker_new(&model->network.config, max_frames,
                                         n_items, &w->net);
}

static void worker_free(worker *w)
{
    pinna_net_worker_free(w->net);
    pinna_shuffle_free(&w->shuffle);
    pinna_example_batch_free(&w->batch);
    free(w->one_hot);
    free(w->dy);
    free(w->pooled);
    free(w->wanted);
}

static pinna_status check_answers(const pinna_examples *examples,
                                  const pinna_model *model, pinna_error *error)
{
    for (size_t i = 0; i < examples->n_items; i++)
        if (pinna_class_of(model, examples->items[i].answer) == model->n_tokens)
            return pinna_fail(error, PINNA_BAD_ARG,
                              "\"%.80s\" is none of the classes that are "
                              "learned",
                              examples->items[i].answer);
    return PINNA_OK;
}

pinna_status pinna_classify_task_new(const pinna_classify_task_config *config,
                                     const pinna_model *model,
                                     pinna_classify_task **out,
                                     pinna_error *error)
{
    const size_t n_items = pinna_share_plan_most(&config->plan);
    const size_t longest = pinna_examples_longest(config->training);
    const size_t longest_judged = pinna_examples_longest(config->validation);

    *out = NULL;
    pinna_status status = check_answers(config->training, model, error);
    if (!status)
        status = check_answers(config->validation, model, error);
    if (status)
        return status;
    pinna_classify_task *task = calloc(1, sizeof *task);
    if (!task)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    task->config = *config;
    task->model = model;
    for (size_t i = 0; !status && i < config->plan.n_threads; i++) {
        worker *w = &task->workers[i];
        status = worker_new(model, config->training,
                            longest > longest_judged ? longest : longest_judged,
                            n_items, w);
        if (!status)
            status = pinna_shuffle_new(config->plan.seed,
                                       config->training->n_items, &w->shuffle);
    }
    if (status) {
        pinna_classify_task_free(task);
        return pinna_fail(error, status, "%s", pinna_strerror(status));
    }
    *out = task;
    return PINNA_OK;
}

void pinna_classify_task_free(pinna_classify_task *task)
{
    if (!task)
        return;
    for (size_t i = 0; i < task->config.plan.n_threads; i++)
        worker_free(&task->workers[i]);
    free(task);
}

/* The batch as the network takes it: [T, B, n_in]. */
static const float *input_of(worker *w, size_t n_in)
{
    const size_t n_rows = w->batch.n_steps * w->batch.n;

    if (w->batch.frames)
        return w->batch.frames;
    memset(w->one_hot, 0, n_rows * n_in * sizeof(float));
    for (size_t i = 0; i < n_rows; i++)
        if (w->batch.ids[i] >= 0)
            w->one_hot[i * n_in + (size_t)w->batch.ids[i]] = 1;
    return w->one_hot;
}

/* y [T, n, n_classes] -> w->pooled: the mean over the frames of each sequence,
 * or its last. */
static void pool(const pinna_model *model, worker *w, const float *y)
{
    const size_t V = model->n_tokens, n = w->batch.n;

    memset(w->pooled, 0, n * V * sizeof(float));
    for (size_t b = 0; b < n; b++) {
        const size_t length = w->batch.lengths[b];
        const size_t first = model->mean_pooling ? 0 : length - 1;
        for (size_t t = first; t < length; t++)
            for (size_t v = 0; v < V; v++)
                w->pooled[b * V + v] +=
                    y[(t * n + b) * V + v] / (float)(length - first);
    }
}

static void pool_backward(const pinna_model *model, worker *w)
{
    const size_t V = model->n_tokens, n = w->batch.n;

    memset(w->dy, 0, w->batch.n_steps * n * V * sizeof(float));
    for (size_t b = 0; b < n; b++) {
        const size_t length = w->batch.lengths[b];
        const size_t first = model->mean_pooling ? 0 : length - 1;
        for (size_t t = first; t < length; t++)
            for (size_t v = 0; v < V; v++)
                w->dy[(t * n + b) * V + v] =
                    w->pooled[b * V + v] / (float)(length - first);
    }
}

static pinna_status gradient(void *self, const pinna_network *network,
                             size_t share, size_t step, size_t first, size_t n,
                             float *grads, double *loss, pinna_error *error)
{
    pinna_classify_task *task = self;
    const pinna_classify_task_config *config = &task->config;
    const pinna_model *model = task->model;
    const size_t V = model->n_tokens;
    const size_t position = step * config->plan.batch_size + first;
    worker *w = &task->workers[share];
    const pinna_example_batch *batch = &w->batch;
    pinna_rng rng;
    (void)error;

    for (size_t b = 0; b < n; b++) {
        const size_t item = pinna_shuffle_at(&w->shuffle, position + b);
        batch->items[b] = item;
        w->wanted[b] =
            (int)pinna_class_of(model, config->training->items[item].answer);
    }
    pinna_example_batch_fill(&w->batch, config->training, n);
    const float *x = input_of(w, network->config.n_in);
    pinna_rng_seed(&rng, config->plan.seed + 1, position);
    const float *y =
        pinna_net_forward(network, w->net, x, batch->lengths, batch->n_steps, n,
                          config->dropout, &rng);
    pool(model, w, y);
    *loss +=
        pinna_cross_entropy_loss(w->pooled, w->wanted, n, V, 0, w->pooled) /
        (double)config->plan.batch_size;
    for (size_t i = 0; i < n * V; i++)
        w->pooled[i] /= (float)config->plan.batch_size;
    pool_backward(model, w);
    pinna_net_backward(network, w->net, x, batch->lengths, batch->n_steps, n,
                       w->dy, grads);
    return PINNA_OK;
}

static size_t n_frames(void *self, size_t share)
{
    const pinna_classify_task *task = self;
    const pinna_example_batch *batch = &task->workers[share].batch;
    return batch->n_steps * batch->n;
}

/* As many examples from the first on as there is room for; their logits go to
 * w->pooled. */
static size_t judge(const pinna_model *model, const pinna_network *network,
                    const pinna_examples *examples, worker *w, size_t first)
{
    const size_t left = examples->n_items - first;
    const size_t n = left < w->n_items ? left : w->n_items;
    const pinna_example_batch *batch = &w->batch;

    for (size_t b = 0; b < n; b++)
        batch->items[b] = first + b;
    pinna_example_batch_fill(&w->batch, examples, n);
    pool(model, w,
         pinna_net_forward(network, w->net, input_of(w, network->config.n_in),
                           batch->lengths, batch->n_steps, n, 0, NULL));
    return n;
}

static size_t best_of(const float *logits, size_t n)
{
    size_t best = 0;
    for (size_t v = 1; v < n; v++)
        best = logits[v] > logits[best] ? v : best;
    return best;
}

pinna_status pinna_classify_all(const pinna_model *model,
                                const pinna_examples *examples, size_t *classes)
{
    worker w = {0};

    pinna_linalg_init();
    const pinna_status status = worker_new(
        model, examples, pinna_examples_longest(examples), JUDGED_AT_ONCE, &w);
    for (size_t i = 0, n; !status && i < examples->n_items; i += n) {
        n = judge(model, &model->network, examples, &w, i);
        for (size_t b = 0; b < n; b++)
            classes[i + b] =
                best_of(w.pooled + b * model->n_tokens, model->n_tokens);
    }
    worker_free(&w);
    return status;
}

static pinna_status validate(void *self, const pinna_network *network,
                             pinna_validation *result, pinna_error *error)
{
    pinna_classify_task *task = self;
    const pinna_model *model = task->model;
    const pinna_examples *examples = task->config.validation;
    worker *w = &task->workers[0];
    size_t n_right = 0;
    double loss = 0;
    (void)error;

    if (examples->n_items == 0) {
        result->score = (double)NAN;
        return PINNA_OK;
    }
    for (size_t i = 0, n; i < examples->n_items; i += n) {
        n = judge(model, network, examples, w, i);
        for (size_t b = 0; b < n; b++) {
            w->wanted[b] =
                (int)pinna_class_of(model, examples->items[i + b].answer);
            n_right += best_of(w->pooled + b * model->n_tokens,
                               model->n_tokens) == (size_t)w->wanted[b];
        }
        loss += pinna_cross_entropy_loss(w->pooled, w->wanted, n,
                                         model->n_tokens, 0, NULL);
    }
    const double n = (double)examples->n_items;
    result->score = loss / n;
    snprintf(result->line, sizeof result->line,
             "validation right %zu of %zu, loss %.4f", n_right,
             examples->n_items, loss / n);
    result->figures[0] =
        (pinna_figure){"validation_accuracy", (double)n_right / n};
    result->n_figures = 1;
    return PINNA_OK;
}

pinna_train_task pinna_classify_task_interface(pinna_classify_task *task)
{
    return (pinna_train_task){.self = task,
                              .data_hash =
                                  pinna_examples_hash(task->config.training),
                              .gradient = gradient,
                              .n_frames = n_frames,
                              .validate = validate};
}
