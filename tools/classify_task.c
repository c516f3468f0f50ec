#include "tools/classify_task.h"

#include "rnn/linalg.h"
#include "rnn/loss.h"
#include "rnn/network_train.h"
#include "tools/shuffle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Examples that are judged at a time. */
#define JUDGED_AT_ONCE 16

/* One thread's own. */
typedef struct worker {
    pinna_net_worker *net;
    pinna_shuffle shuffle;
    size_t n_items, n_last; /* room; frames of the latest gradient */
    float *x;               /* [T, B, n_in] */
    float *dy;              /* [T, B, n_classes] */
    float *pooled;          /* [B, n_classes] logits, then their gradient */
    size_t *lengths;        /* [B] */
    int *wanted;            /* [B] */
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

static pinna_status worker_new(const pinna_model *model, size_t max_frames,
                               size_t n_items, worker *w)
{
    const size_t n_rows = max_frames * n_items;

    w->n_items = n_items;
    w->x = malloc(n_rows * model->network.config.n_in * sizeof(float));
    w->dy = malloc(n_rows * model->n_tokens * sizeof(float));
    w->pooled = malloc(n_items * model->n_tokens * sizeof(float));
    w->lengths = malloc(n_items * sizeof *w->lengths);
    w->wanted = malloc(n_items * sizeof *w->wanted);
    if (!w->x || !w->dy || !w->pooled || !w->lengths || !w->wanted)
        return PINNA_NO_MEMORY;
    return pinna_net_worker_new(&model->network.config, max_frames, n_items,
                                &w->net);
}

static void worker_free(worker *w)
{
    pinna_net_worker_free(w->net);
    pinna_shuffle_free(&w->shuffle);
    free(w->x);
    free(w->dy);
    free(w->pooled);
    free(w->lengths);
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
    const size_t n_items =
        (config->batch_size + config->n_threads - 1) / config->n_threads;
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
    for (size_t i = 0; !status && i < config->n_threads; i++) {
        worker *w = &task->workers[i];
        status = worker_new(model,
                            longest > longest_judged ? longest : longest_judged,
                            n_items, w);
        if (!status)
            status = pinna_shuffle_new(config->seed, config->training->n_items,
                                       &w->shuffle);
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
    for (size_t i = 0; i < task->config.n_threads; i++)
        worker_free(&task->workers[i]);
    free(task);
}

/* Example into column b of a batch of n, as long as it is. */
static void put_example(const pinna_examples *examples, worker *w,
                        const pinna_example *example, size_t n_in, size_t b,
                        size_t n)
{
    w->lengths[b] = example->n;
    for (size_t t = 0; t < example->n; t++) {
        float *x = w->x + (t * n + b) * n_in;
        if (examples->width > 0) {
            memcpy(x, example->frames + t * n_in, n_in * sizeof *x);
        } else {
            memset(x, 0, n_in * sizeof *x);
            x[example->ids[t]] = 1;
        }
    }
}

/* Zeros behind the end of each; returns the length of the longest. */
static size_t pad(worker *w, size_t n_in, size_t n)
{
    size_t T = 1;

    for (size_t b = 0; b < n; b++)
        T = w->lengths[b] > T ? w->lengths[b] : T;
    for (size_t b = 0; b < n; b++)
        for (size_t t = w->lengths[b]; t < T; t++)
            memset(w->x + (t * n + b) * n_in, 0, n_in * sizeof(float));
    return T;
}

/* y [T, n, n_classes] -> w->pooled: the mean over the frames of each sequence,
 * or its last. */
static void pool(const pinna_model *model, worker *w, const float *y, size_t n)
{
    const size_t V = model->n_tokens;

    memset(w->pooled, 0, n * V * sizeof(float));
    for (size_t b = 0; b < n; b++) {
        const size_t length = w->lengths[b];
        const size_t first = model->mean_pooling ? 0 : length - 1;
        for (size_t t = first; t < length; t++)
            for (size_t v = 0; v < V; v++)
                w->pooled[b * V + v] +=
                    y[(t * n + b) * V + v] / (float)(length - first);
    }
}

static void pool_backward(const pinna_model *model, worker *w, size_t T,
                          size_t n)
{
    const size_t V = model->n_tokens;

    memset(w->dy, 0, T * n * V * sizeof(float));
    for (size_t b = 0; b < n; b++) {
        const size_t length = w->lengths[b];
        const size_t first = model->mean_pooling ? 0 : length - 1;
        for (size_t t = first; t < length; t++)
            for (size_t v = 0; v < V; v++)
                w->dy[(t * n + b) * V + v] =
                    w->pooled[b * V + v] / (float)(length - first);
    }
}

static pinna_status gradient(void *self, const pinna_network *network,
                             size_t thread, size_t step, size_t first, size_t n,
                             float *grads, double *loss, pinna_error *error)
{
    pinna_classify_task *task = self;
    const pinna_classify_task_config *config = &task->config;
    const pinna_model *model = task->model;
    const size_t n_in = network->config.n_in, V = model->n_tokens;
    const size_t position = step * config->batch_size + first;
    worker *w = &task->workers[thread];
    pinna_rng rng;
    (void)error;

    for (size_t b = 0; b < n; b++) {
        const pinna_example *example =
            &config->training
                 ->items[pinna_shuffle_at(&w->shuffle, position + b)];
        put_example(config->training, w, example, n_in, b, n);
        w->wanted[b] = (int)pinna_class_of(model, example->answer);
    }
    const size_t T = pad(w, n_in, n);
    w->n_last = T * n;
    pinna_rng_seed(&rng, config->seed + 1, position);
    const float *y = pinna_net_forward(network, w->net, w->x, w->lengths, T, n,
                                       config->dropout, &rng);
    pool(model, w, y, n);
    *loss +=
        pinna_cross_entropy_loss(w->pooled, w->wanted, n, V, 0, w->pooled) /
        (double)config->batch_size;
    for (size_t i = 0; i < n * V; i++)
        w->pooled[i] /= (float)config->batch_size;
    pool_backward(model, w, T, n);
    pinna_net_backward(network, w->net, w->x, w->lengths, T, n, w->dy, grads);
    return PINNA_OK;
}

static size_t n_frames(void *self, size_t thread)
{
    const pinna_classify_task *task = self;
    return task->workers[thread].n_last;
}

/* Examples i .. i + n - 1: their logits to w->pooled. */
static void judge(const pinna_model *model, const pinna_network *network,
                  const pinna_examples *examples, worker *w, size_t i, size_t n)
{
    const size_t n_in = network->config.n_in;

    for (size_t b = 0; b < n; b++)
        put_example(examples, w, &examples->items[i + b], n_in, b, n);
    const size_t T = pad(w, n_in, n);
    pool(model, w,
         pinna_net_forward(network, w->net, w->x, w->lengths, T, n, 0, NULL),
         n);
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
    const pinna_status status =
        worker_new(model, pinna_examples_longest(examples), JUDGED_AT_ONCE, &w);
    for (size_t i = 0; !status && i < examples->n_items; i += w.n_items) {
        const size_t left = examples->n_items - i;
        const size_t n = left < w.n_items ? left : w.n_items;
        judge(model, &model->network, examples, &w, i, n);
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

    for (size_t i = 0; i < examples->n_items; i += w->n_items) {
        const size_t left = examples->n_items - i;
        const size_t n = left < w->n_items ? left : w->n_items;
        judge(model, network, examples, w, i, n);
        for (size_t b = 0; b < n; b++) {
            w->wanted[b] =
                (int)pinna_class_of(model, examples->items[i + b].answer);
            n_right += best_of(w->pooled + b * model->n_tokens,
                               model->n_tokens) == (size_t)w->wanted[b];
        }
        loss += pinna_cross_entropy_loss(w->pooled, w->wanted, n,
                                         model->n_tokens, 0, NULL);
    }
    const double n = examples->n_items > 0 ? (double)examples->n_items : 1;
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
                              .gradient = gradient,
                              .n_frames = n_frames,
                              .validate = validate};
}
