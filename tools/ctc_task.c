#include "tools/ctc_task.h"

#include "dsp/cmvn.h"
#include "rnn/ctc.h"
#include "rnn/ctc_greedy.h"
#include "rnn/network_train.h"
#include "tools/ctc_batches.h"
#include "tools/ctc_input.h"
#include "tools/ctc_segments.h"
#include "tools/frame_cache.h"
#include "tools/wer.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one share at a time. */
typedef struct worker {
    pinna_ctc_batches *batches;
    pinna_net_worker *net;
    pinna_ctc *ctc;
    size_t n_frames; /* of features, in the last batch */
    float *dy;       /* [T, B, n_tokens] */
} worker;

struct pinna_ctc_task {
    pinna_ctc_task_config config;
    const pinna_model *model;
    pinna_frame_cache *cache; /* of recordings as they are */
    pinna_ctc_input input;    /* of validation */
    worker workers[PINNA_MAX_THREADS];
};

static pinna_status worker_new(const pinna_ctc_task *task, worker *w)
{
    const pinna_model *model = task->model;
    const pinna_ctc_task_config *config = &task->config;
    const pinna_ctc_source source = {
        .model = model,
        .material = &config->training,
        .distortion = &config->distortion,
        .labels = config->labels,
        .cache = task->cache,
        .max_seconds = config->max_seconds,
        .batch_size = config->plan.batch_size,
        .seed = config->plan.seed,
        .ahead = config->ahead,
    };
    const size_t max_items = pinna_share_plan_most(&config->plan);
    const size_t max_steps = task->input.max_steps;

    w->dy = malloc(max_items * max_steps * model->n_tokens * sizeof(float));
    if (!w->dy)
        return PINNA_NO_MEMORY;
    pinna_status status = pinna_ctc_new(max_steps, model->n_tokens,
                                        PINNA_CTC_MAX_LABELS, &w->ctc);
    if (!status)
        status = pinna_net_worker_new(&model->network.config, max_steps,
                                      max_items, &w->net);
    if (!status)
        status = pinna_ctc_batches_new(&source, max_items, &w->batches);
    return status;
}

static void worker_free(worker *w)
{
    pinna_ctc_batches_free(w->batches);
    pinna_net_worker_free(w->net);
    pinna_ctc_free(w->ctc);
    free(w->dy);
}

static pinna_status check_texts(const pinna_ctc_task_config *config,
                                const pinna_corpus *corpus, pinna_error *error)
{
    for (size_t i = 0; i < corpus->n_clips; i++) {
        const pinna_clip *clip = &corpus->clips[i];
        const char *place = clip->place ? clip->place : "a recording";
        int ids[PINNA_CTC_MAX_LABELS];
        pinna_error cause;
        size_t n;
        if (!clip->text)
            return pinna_fail(error, PINNA_BAD_FORMAT, "%s: no text", place);
        const pinna_status status =
            pinna_ctc_clip_labels(config->labels, clip->text, ids, &n, &cause);
        if (status)
            return pinna_fail(error, status, "%s: %s", place, cause.text);
    }
    return PINNA_OK;
}

/* Or else the drawing of items would never end, or give nothing but noise. */
static bool some_item_fits(const pinna_ctc_task *task)
{
    for (uint64_t number = 0; number < 2000; number++) {
        pinna_ctc_item item;
        pinna_rng rng;
        pinna_rng_seed(&rng, task->config.plan.seed, number);
        pinna_ctc_item_plan(&task->config.training, &rng, &item);
        if (item.n_clips > 0 &&
            pinna_ctc_item_longest(&item) <= task->input.max_samples)
            return true;
    }
    return false;
}

/* Of all recordings that may be heard as they are. */
static pinna_status cache_new(const pinna_ctc_task_config *config, size_t width,
                              pinna_frame_cache **cache)
{
    const size_t n = config->training.n_corpora;
    const pinna_corpus **all = malloc((n + 1) * sizeof *all);

    if (!all)
        return PINNA_NO_MEMORY;
    for (size_t i = 0; i < n; i++)
        all[i] = &config->training.corpora[i];
    all[n] = config->validation;
    const pinna_status status = pinna_frame_cache_new(all, n + 1, width, cache);
    free(all);
    return status;
}

pinna_status pinna_ctc_task_new(const pinna_ctc_task_config *config,
                                const pinna_model *model, pinna_ctc_task **out,
                                pinna_error *error)
{
    *out = NULL;
    if (!pinna_share_plan_is_valid(&config->plan))
        return pinna_fail(error, PINNA_BAD_ARG, "%zu threads are not 1 to %d",
                          config->plan.n_threads, PINNA_MAX_THREADS);
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
    status = cache_new(config, pinna_ctc_heard_width(model), &task->cache);
    if (!status)
        status = pinna_ctc_input_new(model, &task->config.training,
                                     &task->config.distortion, task->cache,
                                     config->max_seconds, &task->input);
    if (!status && !some_item_fits(task)) {
        pinna_ctc_task_free(task);
        return pinna_fail(error, PINNA_BAD_ARG,
                          "no training clip with its pauses fits into %g s",
                          config->max_seconds);
    }
    for (size_t i = 0; !status && i < config->plan.n_threads; i++)
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
    for (size_t i = 0; i < task->config.plan.n_threads; i++)
        worker_free(&task->workers[i]);
    pinna_ctc_input_free(&task->input);
    pinna_frame_cache_free(task->cache);
    free(task);
}

static pinna_status batch_loss(const pinna_ctc_task *task, worker *w,
                               const pinna_ctc_batch *batch, const float *y,
                               double *loss)
{
    const size_t V = task->model->n_tokens, n = batch->n;
    const float scale = 1.0f / (float)task->config.plan.batch_size;

    memset(w->dy, 0, batch->n_steps * n * V * sizeof(float));
    for (size_t b = 0; b < n; b++) {
        const pinna_status status = pinna_ctc_segments_loss(
            w->ctc, batch->segments[b], batch->n_segments[b], batch->lengths[b],
            V, n * V, scale, y + b * V, w->dy + b * V, loss);
        if (status)
            return status;
    }
    return PINNA_OK;
}

static pinna_status gradient(void *self, const pinna_network *network,
                             size_t share, size_t step, size_t first, size_t n,
                             float *grads, double *loss, pinna_error *error)
{
    pinna_ctc_task *task = self;
    worker *w = &task->workers[share];
    const pinna_ctc_batch *batch;

    pinna_status status =
        pinna_ctc_batches_take(w->batches, step, first, n, &batch, error);
    if (status)
        return status;
    w->n_frames = 0;
    for (size_t b = 0; b < n; b++)
        w->n_frames += batch->lengths[b] * task->model->ctc_ear.stride;
    pinna_rng rng = batch->rng;
    const float *y =
        pinna_net_forward(network, w->net, batch->x, batch->lengths,
                          batch->n_steps, n, task->config.dropout, &rng);
    status = batch_loss(task, w, batch, y, loss);
    if (status)
        return pinna_fail(error, status, "CTC loss: %s",
                          pinna_strerror(status));
    pinna_net_backward(network, w->net, batch->x, batch->lengths,
                       batch->n_steps, n, w->dy, grads);
    return PINNA_OK;
}

static size_t frames_of_last(void *self, size_t share)
{
    const pinna_ctc_task *task = self;
    return task->workers[share].n_frames;
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
 * fillers are left out, a space becomes a word of its own, pieces are joined.
 */
static void spell(const pinna_model *model, const int *ids, size_t n,
                  char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        const char *token = model->tokens[ids[i]];
        const char *begun = pinna_word_begin(model, token);
        const bool joins = model->subword_tokens && !begun;
        if (token[0] == '<' || used + strlen(token) + 2 > size)
            continue;
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", joins ? "" : " ",
                             begun             ? begun
                             : token[0] == ' ' ? "|"
                                               : token);
    }
}

static pinna_status validate(void *self, const pinna_network *network,
                             pinna_validation *result, pinna_error *error)
{
    pinna_ctc_task *task = self;
    const pinna_corpus *corpus = task->config.validation;
    const pinna_labels *labels = task->config.labels;
    worker *w = &task->workers[0];
    pinna_ctc_input *input = &task->input;
    pinna_wer wer = {0};

    if (corpus->n_clips == 0) {
        result->score = (double)NAN;
        return PINNA_OK;
    }
    for (size_t i = 0; i < corpus->n_clips; i++) {
        pinna_ctc_item item;
        int want[PINNA_CTC_MAX_LABELS], got[PINNA_CTC_MAX_LABELS];
        char wanted[16 * PINNA_CTC_MAX_LABELS],
            heard[16 * PINNA_CTC_MAX_LABELS];
        size_t n_want, n_steps;
        pinna_ctc_item_plain(&corpus->clips[i],
                             task->config.training.sample_rate, &item);
        if (item.n_samples > task->input.max_samples)
            continue;
        pinna_status status =
            pinna_ctc_input_make(input, &item, NULL, &n_steps);
        if (!status)
            status = pinna_ctc_clip_labels(labels, corpus->clips[i].text, want,
                                           &n_want, error);
        if (status)
            return pinna_fail(error, status, "validation: %s",
                              pinna_strerror(status));
        const float *y = pinna_net_forward(network, w->net, input->column, NULL,
                                           n_steps, 1, 0, NULL);
        spell(task->model, want, n_want, wanted, sizeof wanted);
        spell(task->model, got, decode(labels, y, n_steps, got), heard,
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
    pinna_ctc_input *input = &task->input;
    const size_t n_in = input->n_in;
    pinna_cmvn_stats stats;

    pinna_status status = pinna_cmvn_stats_new(n_in, &stats);
    if (status)
        return status;
    for (size_t i = 0; !status && i < n_items; i++) {
        pinna_rng rng;
        pinna_ctc_item item;
        size_t n_steps;
        pinna_ctc_plan_fitting(&task->config.training, input->max_samples,
                               task->config.plan.seed, i, &rng, &item);
        status = pinna_ctc_input_make(input, &item, &rng, &n_steps);
        if (!status)
            pinna_cmvn_stats_add(&stats, input->column, n_steps);
    }
    float *offset = malloc(n_in * sizeof(float));
    float *scale = malloc(n_in * sizeof(float));
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
