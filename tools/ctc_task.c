#include "tools/ctc_task.h"

#include "datasets/batch.h"
#include "dsp/cmvn.h"
#include "rnn/ctc.h"
#include "rnn/ctc_greedy.h"
#include "rnn/network_train.h"
#include "tools/ctc_input.h"
#include "tools/ctc_segments.h"
#include "tools/wer.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Items that are planned, and bucketed by length, together. */
#define EPOCH_BATCHES 64

/* One thread's own. */
typedef struct worker {
    pinna_ctc_input input;
    pinna_net_worker *net;
    pinna_ctc *ctc;
    size_t n_items, max_frames; /* room: network steps */
    size_t n_frames;            /* of features, in the last batch */
    float *x;                   /* [T, B, n_in] */
    float *dy;                  /* [T, B, n_tokens] */
    size_t *lengths;            /* [B] */
    pinna_ctc_segment (*segments)[PINNA_MAX_JOIN]; /* [B] */
    size_t *n_segments;                            /* [B] */
    pinna_batch_plan plan;
    size_t plan_epoch;
    bool has_plan;
} worker;

struct pinna_ctc_task {
    pinna_ctc_task_config config;
    const pinna_model *model;
    size_t max_samples, n_in;
    worker workers[PINNA_MAX_THREADS];
};

static pinna_status worker_new(const pinna_ctc_task *task, worker *w)
{
    const pinna_model *model = task->model;
    const pinna_ctc_task_config *config = &task->config;

    pinna_status status =
        pinna_ctc_input_new(model, &config->training, &config->distortion,
                            config->max_seconds, &w->input);
    if (status)
        return status;
    w->n_items =
        (config->batch_size + config->n_threads - 1) / config->n_threads;
    w->max_frames = w->input.max_steps;
    const size_t n_rows = w->n_items * w->max_frames;
    w->x = malloc(n_rows * task->n_in * sizeof(float));
    w->dy = malloc(n_rows * model->n_tokens * sizeof(float));
    w->lengths = malloc(w->n_items * sizeof *w->lengths);
    w->segments = malloc(w->n_items * sizeof *w->segments);
    w->n_segments = malloc(w->n_items * sizeof *w->n_segments);
    if (!w->x || !w->dy || !w->lengths || !w->segments || !w->n_segments)
        return PINNA_NO_MEMORY;
    status = pinna_ctc_new(w->max_frames, model->n_tokens, PINNA_CTC_MAX_LABELS,
                           &w->ctc);
    if (status)
        return status;
    return pinna_net_worker_new(&model->network.config, w->max_frames,
                                w->n_items, &w->net);
}

static void worker_free(worker *w)
{
    pinna_ctc_input_free(&w->input);
    pinna_net_worker_free(w->net);
    pinna_ctc_free(w->ctc);
    pinna_batch_plan_free(&w->plan);
    free(w->x);
    free(w->dy);
    free(w->lengths);
    free(w->segments);
    free(w->n_segments);
}

static pinna_status check_texts(const pinna_ctc_task_config *config,
                                const pinna_corpus *corpus, pinna_error *error)
{
    for (size_t i = 0; i < corpus->n_clips; i++) {
        int ids[PINNA_CTC_MAX_LABELS];
        size_t n;
        if (!corpus->clips[i].text)
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "a training clip has no text");
        const pinna_status status = pinna_ctc_clip_labels(
            config->labels, corpus->clips[i].text, ids, &n, error);
        if (status)
            return status;
    }
    return PINNA_OK;
}

/* Or else plan_item() would never end, or speak of nothing but noise. */
static bool some_item_fits(const pinna_ctc_task *task)
{
    for (uint64_t number = 0; number < 2000; number++) {
        pinna_ctc_item item;
        pinna_rng rng;
        pinna_rng_seed(&rng, task->config.seed, number);
        pinna_ctc_item_plan(&task->config.training, &rng, &item);
        if (item.n_clips > 0 && item.n_samples <= task->max_samples)
            return true;
    }
    return false;
}

pinna_status pinna_ctc_task_new(const pinna_ctc_task_config *config,
                                const pinna_model *model, pinna_ctc_task **out,
                                pinna_error *error)
{
    *out = NULL;
    if (config->n_threads == 0 || config->n_threads > PINNA_MAX_THREADS)
        return pinna_fail(error, PINNA_BAD_ARG, "%zu threads are not 1 to %d",
                          config->n_threads, PINNA_MAX_THREADS);
    pinna_status status = PINNA_OK;
    for (size_t i = 0; !status && i < config->training.n_corpora; i++)
        status = check_texts(config, &config->training.corpora[i], error);
    if (!status)
        status = check_texts(config, config->validation, error);
    if (status)
        return status;

    pinna_ctc_task *task = calloc(1, sizeof *task);
    if (!task)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    task->config = *config;
    task->model = model;
    task->n_in = model->network.config.n_in;
    task->max_samples =
        (size_t)(config->max_seconds * model->ctc_ear.fbank.sample_rate);
    if (!some_item_fits(task)) {
        pinna_ctc_task_free(task);
        return pinna_fail(error, PINNA_BAD_ARG,
                          "no training clip with its pauses fits into %g s",
                          config->max_seconds);
    }
    for (size_t i = 0; !status && i < config->n_threads; i++)
        status = worker_new(task, &task->workers[i]);
    if (status) {
        pinna_ctc_task_free(task);
        return pinna_fail(error, status, "cannot set up training: %s",
                          pinna_strerror(status));
    }
    *out = task;
    return PINNA_OK;
}

void pinna_ctc_task_free(pinna_ctc_task *task)
{
    if (!task)
        return;
    for (size_t i = 0; i < task->config.n_threads; i++)
        worker_free(&task->workers[i]);
    free(task);
}

/* Random item of an epoch; one that is too long is drawn again. */
static void plan_item(const pinna_ctc_task *task, uint64_t number,
                      pinna_rng *rng, pinna_ctc_item *item)
{
    pinna_rng_seed(rng, task->config.seed, number);
    do
        pinna_ctc_item_plan(&task->config.training, rng, item);
    while (item->n_samples > task->max_samples);
}

static pinna_status plan_epoch(const pinna_ctc_task *task, worker *w,
                               size_t epoch)
{
    if (w->has_plan && w->plan_epoch == epoch)
        return PINNA_OK;
    const size_t n = EPOCH_BATCHES * task->config.batch_size;
    size_t *lengths = malloc(n * sizeof *lengths);
    pinna_rng rng;
    if (!lengths)
        return PINNA_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        pinna_ctc_item item;
        plan_item(task, epoch * n + i, &rng, &item);
        lengths[i] = item.n_samples;
    }
    pinna_batch_plan_free(&w->plan);
    pinna_rng_seed(&rng, task->config.seed + 1, epoch);
    const pinna_status status = pinna_batch_plan_new(
        lengths, n, task->config.batch_size, &rng, &w->plan);
    free(lengths);
    w->has_plan = status == PINNA_OK;
    w->plan_epoch = epoch;
    return status;
}

/* Copy the column into column b of a batch of n, as far as it is long. */
static void put_column(const pinna_ctc_task *task, worker *w, size_t b,
                       size_t n, size_t n_steps)
{
    w->lengths[b] = n_steps;
    for (size_t t = 0; t < n_steps; t++)
        memcpy(w->x + (t * n + b) * task->n_in,
               w->input.column + t * task->n_in, task->n_in * sizeof(float));
}

static size_t longest(const worker *w, size_t n)
{
    size_t n_frames = 1;
    for (size_t b = 0; b < n; b++)
        n_frames = w->lengths[b] > n_frames ? w->lengths[b] : n_frames;
    return n_frames;
}

static void clear_padding(const pinna_ctc_task *task, worker *w, size_t n,
                          size_t n_frames)
{
    for (size_t b = 0; b < n; b++)
        for (size_t t = w->lengths[b]; t < n_frames; t++)
            memset(w->x + (t * n + b) * task->n_in, 0,
                   task->n_in * sizeof(float));
}

static pinna_status batch_loss(const pinna_ctc_task *task, worker *w, size_t n,
                               size_t n_frames, const float *y, double *loss)
{
    const size_t V = task->model->n_tokens;
    const float scale = 1.0f / (float)task->config.batch_size;

    memset(w->dy, 0, n_frames * n * V * sizeof(float));
    for (size_t b = 0; b < n; b++) {
        const pinna_status status = pinna_ctc_segments_loss(
            w->ctc, w->segments[b], w->n_segments[b], w->lengths[b], V, n * V,
            scale, y + b * V, w->dy + b * V, loss);
        if (status)
            return status;
    }
    return PINNA_OK;
}

static pinna_status gradient(void *self, const pinna_network *network,
                             size_t thread, size_t step, size_t first, size_t n,
                             float *grads, double *loss, pinna_error *error)
{
    pinna_ctc_task *task = self;
    const pinna_ctc_task_config *config = &task->config;
    worker *w = &task->workers[thread];
    const size_t epoch = step / EPOCH_BATCHES;
    pinna_rng rng;

    pinna_status status = plan_epoch(task, w, epoch);
    const size_t begin =
        status ? 0 : w->plan.begins[step % EPOCH_BATCHES] + first;
    for (size_t b = 0; !status && b < n; b++) {
        pinna_ctc_item item;
        size_t n_steps;
        plan_item(task,
                  epoch * EPOCH_BATCHES * config->batch_size +
                      w->plan.items[begin + b],
                  &rng, &item);
        status = pinna_ctc_input_make(&w->input, &item, &rng, &n_steps);
        if (!status) {
            put_column(task, w, b, n, n_steps);
            status = pinna_ctc_segments_plan(
                &task->model->ctc_ear, config->labels, &item, n_steps,
                w->segments[b], &w->n_segments[b], error);
        }
    }
    if (status)
        return pinna_fail(error, status, "cannot make a training item: %s",
                          pinna_strerror(status));

    w->n_frames = 0;
    for (size_t b = 0; b < n; b++)
        w->n_frames += w->lengths[b] * task->model->ctc_ear.stride;
    const size_t n_frames = longest(w, n);
    clear_padding(task, w, n, n_frames);
    const float *y = pinna_net_forward(network, w->net, w->x, w->lengths,
                                       n_frames, n, config->dropout, &rng);
    status = batch_loss(task, w, n, n_frames, y, loss);
    if (status)
        return pinna_fail(error, status, "CTC loss: %s",
                          pinna_strerror(status));
    pinna_net_backward(network, w->net, w->x, w->lengths, n_frames, n, w->dy,
                       grads);
    return PINNA_OK;
}

static size_t frames_of_last(void *self, size_t thread)
{
    const pinna_ctc_task *task = self;
    return task->workers[thread].n_frames;
}

/* Best path of one utterance. */
static size_t decode(const pinna_labels *labels, const float *y,
                     size_t n_frames, int *ids)
{
    pinna_ctc_greedy greedy;
    pinna_ctc_token token;
    size_t n = 0;

    pinna_ctc_greedy_reset(&greedy, 0);
    for (size_t t = 0; t <= n_frames; t++) {
        const bool done =
            t < n_frames
                ? pinna_ctc_greedy_process(&greedy, y + t * labels->n_tokens,
                                           labels->n_tokens, &token)
                : pinna_ctc_greedy_finish(&greedy, &token);
        if (done && n < PINNA_CTC_MAX_LABELS)
            ids[n++] = token.token;
    }
    return n;
}

/* Tokens as words of a text, so that errors are counted as in evaluation;
 * fillers are left out, a space becomes a word of its own. */
static void spell(const pinna_labels *labels, const int *ids, size_t n,
                  char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        const char *token = labels->tokens[ids[i]];
        if (token[0] == '<' || used + strlen(token) + 2 > size)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s ",
                                 token[0] == ' ' ? "|" : token);
    }
}

static pinna_status validate(void *self, const pinna_network *network,
                             pinna_validation *result, pinna_error *error)
{
    pinna_ctc_task *task = self;
    const pinna_corpus *corpus = task->config.validation;
    const pinna_labels *labels = task->config.labels;
    worker *w = &task->workers[0];
    pinna_wer wer = {0};

    for (size_t i = 0; i < corpus->n_clips; i++) {
        pinna_ctc_item item;
        int want[PINNA_CTC_MAX_LABELS], got[PINNA_CTC_MAX_LABELS];
        char wanted[16 * PINNA_CTC_MAX_LABELS],
            heard[16 * PINNA_CTC_MAX_LABELS];
        size_t n_want, n_steps;
        pinna_ctc_item_plain(&corpus->clips[i],
                             task->config.training.sample_rate, &item);
        if (item.n_samples > task->max_samples)
            continue;
        pinna_status status =
            pinna_ctc_input_make(&w->input, &item, NULL, &n_steps);
        if (!status)
            status = pinna_ctc_clip_labels(labels, corpus->clips[i].text, want,
                                           &n_want, error);
        if (status)
            return pinna_fail(error, status, "validation: %s",
                              pinna_strerror(status));
        const float *y = pinna_net_forward(network, w->net, w->input.column,
                                           NULL, n_steps, 1, 0, NULL);
        spell(labels, want, n_want, wanted, sizeof wanted);
        spell(labels, got, decode(labels, y, n_steps, got), heard,
              sizeof heard);
        status = pinna_wer_add(&wer, wanted, heard, NULL);
        if (status)
            return pinna_fail(error, status, "out of memory");
    }
    result->score = pinna_wer_rate(&wer);
    result->figures[0] = (pinna_figure){"utterances", (double)wer.n_utterances};
    result->figures[1] = (pinna_figure){"exact", (double)wer.n_exact};
    result->n_figures = 2;
    snprintf(result->line, sizeof result->line,
             "validation exact %zu of %zu, errors %.2f %%", wer.n_exact,
             wer.n_utterances, 100 * result->score);
    return PINNA_OK;
}

pinna_status pinna_ctc_task_normalise(pinna_ctc_task *task, pinna_model *model,
                                      size_t n_items)
{
    worker *w = &task->workers[0];
    pinna_cmvn_stats stats;

    pinna_status status = pinna_cmvn_stats_new(task->n_in, &stats);
    if (status)
        return status;
    for (size_t i = 0; !status && i < n_items; i++) {
        pinna_rng rng;
        pinna_ctc_item item;
        size_t n_steps;
        plan_item(task, i, &rng, &item);
        status = pinna_ctc_input_make(&w->input, &item, &rng, &n_steps);
        if (!status)
            pinna_cmvn_stats_add(&stats, w->input.column, n_steps);
    }
    float *offset = malloc(task->n_in * sizeof(float));
    float *scale = malloc(task->n_in * sizeof(float));
    if (!status && offset && scale) {
        pinna_cmvn_solve(&stats, true, offset, scale);
        model->offset = offset;
        model->scale = scale;
    } else {
        free(offset);
        free(scale);
        status = status ? status : PINNA_NO_MEMORY;
    }
    pinna_cmvn_stats_free(&stats);
    return status;
}

pinna_train_task pinna_ctc_task_interface(pinna_ctc_task *task)
{
    return (pinna_train_task){.self = task,
                              .gradient = gradient,
                              .n_frames = frames_of_last,
                              .validate = validate};
}
