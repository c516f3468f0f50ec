#include "tools/generate_task.h"

#include "datasets/text_file.h"
#include "datasets/vocabulary.h"
#include "rnn/loss.h"
#include "rnn/network_train.h"
#include "tools/fingerprint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

pinna_status pinna_ids_read(const char *path, char *const *tokens,
                            size_t n_tokens, pinna_ids *ids, pinna_error *error)
{
    const pinna_vocabulary vocabulary = {.tokens = (char **)(uintptr_t)tokens,
                                         .n_tokens = n_tokens};
    char *text;
    size_t n_bytes;

    *ids = (pinna_ids){0};
    pinna_status status = pinna_text_file_read(path, &text, &n_bytes, error);
    if (status)
        return status;
    ids->ids = malloc((n_bytes + 1) * sizeof *ids->ids);
    if (ids->ids)
        ids->n = pinna_vocabulary_encode(&vocabulary, text, ids->ids, n_bytes);
    else
        status = pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    free(text);
    return status;
}

/* One thread's own. */
typedef struct worker {
    pinna_net_worker *net;
    size_t n_items, n_last;  /* room; of the latest gradient */
    float *x;                /* [T, B, n_tokens] 1 at the token's place */
    int *wanted;             /* [T, B] */
    float *dy;               /* [T, B, n_tokens] */
    pinna_layer_state state; /* [L, B, H] */
} worker;

struct pinna_generate_task {
    pinna_generate_task_config config;
    char *const *tokens; /* [n_tokens] of the model */
    size_t n_tokens, n_layers, n_hidden;
    float *carried; /* [batch_size, 2, L, H] h and c */
    worker workers[PINNA_MAX_THREADS];
};

static size_t state_size(const pinna_generate_task *task)
{
    return task->n_layers * task->n_hidden;
}

static pinna_status worker_new(const pinna_generate_task *task,
                               const pinna_network_config *network, worker *w)
{
    const pinna_generate_task_config *config = &task->config;
    const size_t n_items = pinna_share_plan_most(&config->plan);
    const size_t n_rows = config->n_frames * n_items;

    w->n_items = n_items;
    w->x = malloc(n_rows * task->n_tokens * sizeof(float));
    w->dy = malloc(n_rows * task->n_tokens * sizeof(float));
    w->wanted = malloc(n_rows * sizeof *w->wanted);
    w->state.h = calloc(n_items * state_size(task), sizeof(float));
    w->state.c = calloc(n_items * state_size(task), sizeof(float));
    if (!w->x || !w->dy || !w->wanted || !w->state.h || !w->state.c)
        return PINNA_NO_MEMORY;
    return pinna_net_worker_new(network, config->n_frames, n_items, &w->net);
}

static void worker_free(worker *w)
{
    pinna_net_worker_free(w->net);
    free(w->x);
    free(w->dy);
    free(w->wanted);
    free(w->state.h);
    free(w->state.c);
}

pinna_status pinna_generate_task_new(const pinna_generate_task_config *config,
                                     const pinna_model *model,
                                     pinna_generate_task **out)
{
    const pinna_network_config *network = &model->network.config;

    *out = NULL;
    pinna_generate_task *task = calloc(1, sizeof *task);
    if (!task)
        return PINNA_NO_MEMORY;
    task->config = *config;
    task->tokens = model->tokens;
    task->n_tokens = model->n_tokens;
    task->n_layers = network->n_layers;
    task->n_hidden = network->n_hidden;
    task->carried =
        calloc(config->plan.batch_size * 2 * state_size(task), sizeof(float));
    pinna_status status = task->carried ? PINNA_OK : PINNA_NO_MEMORY;
    for (size_t i = 0; !status && i < config->plan.n_threads; i++)
        status = worker_new(task, network, &task->workers[i]);
    if (status) {
        pinna_generate_task_free(task);
        return status;
    }
    *out = task;
    return PINNA_OK;
}

void pinna_generate_task_free(pinna_generate_task *task)
{
    if (!task)
        return;
    for (size_t i = 0; i < task->config.plan.n_threads; i++)
        worker_free(&task->workers[i]);
    free(task->carried);
    free(task);
}

/* n_frames tokens of a text from `at` on, in a circle, and those behind each:
 * column b of a batch of n. */
static void put_part(const pinna_generate_task *task, worker *w,
                     const pinna_ids *text, size_t at, size_t b, size_t n,
                     size_t n_frames)
{
    for (size_t t = 0; t < n_frames; t++) {
        float *x = w->x + (t * n + b) * task->n_tokens;
        memset(x, 0, task->n_tokens * sizeof *x);
        x[text->ids[(at + t) % text->n]] = 1;
        w->wanted[t * n + b] = text->ids[(at + t + 1) % text->n];
    }
}

/* What items first .. first + n - 1 carry to the state of a batch of n, or
 * back. */
static void move_state(pinna_generate_task *task, worker *w, size_t first,
                       size_t n, bool back)
{
    const size_t H = task->n_hidden, n_bytes = H * sizeof(float);

    for (size_t b = 0; b < n; b++)
        for (size_t layer = 0; layer < task->n_layers; layer++) {
            float *h =
                task->carried + (first + b) * 2 * state_size(task) + layer * H;
            float *c = h + state_size(task);
            float *to_h = w->state.h + (layer * n + b) * H;
            float *to_c = w->state.c + (layer * n + b) * H;
            memcpy(back ? h : to_h, back ? to_h : h, n_bytes);
            memcpy(back ? c : to_c, back ? to_c : c, n_bytes);
        }
}

static pinna_status gradient(void *self, const pinna_network *network,
                             size_t share, size_t step, size_t first, size_t n,
                             float *grads, double *loss, pinna_error *error)
{
    pinna_generate_task *task = self;
    const pinna_generate_task_config *config = &task->config;
    const pinna_ids *text = &config->training;
    const size_t T = config->n_frames;
    const double n_told = (double)(T * config->plan.batch_size);
    worker *w = &task->workers[share];
    pinna_rng rng;
    (void)error;

    for (size_t b = 0; b < n; b++) {
        const size_t begin = (first + b) * (text->n / config->plan.batch_size);
        put_part(task, w, text, begin + step * T, b, n, T);
    }
    w->n_last = n;
    move_state(task, w, first, n, false);
    pinna_rng_seed(&rng, config->plan.seed,
                   step * config->plan.batch_size + first);
    const float *y =
        pinna_net_forward_from(network, w->net, w->state, w->x, NULL, T, n,
                               config->dropout, &rng, w->state);
    move_state(task, w, first, n, true);
    *loss += pinna_cross_entropy_loss(y, w->wanted, T * n, task->n_tokens, 0,
                                      w->dy) /
             n_told;
    for (size_t i = 0; i < T * n * task->n_tokens; i++)
        w->dy[i] /= (float)n_told;
    pinna_net_backward(network, w->net, w->x, NULL, T, n, w->dy, grads);
    return PINNA_OK;
}

static size_t n_frames(void *self, size_t share)
{
    const pinna_generate_task *task = self;
    return task->workers[share].n_last * task->config.n_frames;
}

/* The text is read from n places at once, each to where the next begins. */
static pinna_status validate(void *self, const pinna_network *network,
                             pinna_validation *result, pinna_error *error)
{
    pinna_generate_task *task = self;
    const pinna_ids *text = &task->config.validation;
    worker *w = &task->workers[0];
    const size_t n = text->n / 2 < w->n_items ? 1 : w->n_items;
    const size_t n_each = (text->n - 1) / n;
    double sum = 0;
    (void)error;

    memset(w->state.h, 0, n * state_size(task) * sizeof(float));
    memset(w->state.c, 0, n * state_size(task) * sizeof(float));
    for (size_t at = 0; at < n_each;) {
        const size_t left = n_each - at;
        const size_t T =
            left < task->config.n_frames ? left : task->config.n_frames;
        for (size_t b = 0; b < n; b++)
            put_part(task, w, text, b * n_each + at, b, n, T);
        const float *y = pinna_net_forward_from(network, w->net, w->state, w->x,
                                                NULL, T, n, 0, NULL, w->state);
        sum += pinna_cross_entropy_loss(y, w->wanted, T * n, task->n_tokens, 0,
                                        NULL);
        at += T;
    }
    result->score = sum / (double)(n * n_each);
    snprintf(result->line, sizeof result->line, "validation perplexity %.4g",
             exp(result->score));
    result->figures[0] =
        (pinna_figure){"validation_perplexity", exp(result->score)};
    result->n_figures = 1;
    return PINNA_OK;
}

/* Of the text, what its numbers stand for, and the parts it is read in. */
static uint64_t hash_of(const pinna_generate_task *task)
{
    const pinna_ids *text = &task->config.training;
    uint64_t hash = PINNA_FINGERPRINT_NONE;

    for (size_t i = 0; i < task->n_tokens; i++)
        hash = pinna_fingerprint_text(hash, task->tokens[i]);
    hash = pinna_fingerprint(hash, &task->config.n_frames, sizeof(size_t));
    return pinna_fingerprint(hash, text->ids, text->n * sizeof *text->ids);
}

pinna_train_task pinna_generate_task_interface(pinna_generate_task *task)
{
    return (pinna_train_task){
        .self = task,
        .data_hash = hash_of(task),
        .gradient = gradient,
        .n_frames = n_frames,
        .validate = validate,
        .carried = task->carried,
        .n_carried = task->config.plan.batch_size * 2 * state_size(task),
    };
}
