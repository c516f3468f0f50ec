#include "tools/ctc_task.h"

#include "datasets/batch.h"
#include "dsp/cmvn.h"
#include "dsp/features.h"
#include "rnn/ctc.h"
#include "rnn/ctc_greedy.h"
#include "rnn/kernels.h"
#include "rnn/loss.h"
#include "rnn/network_train.h"
#include "tools/wer.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LABELS 1024 /* of one clip */

/* Items that are planned, and bucketed by length, together. */
#define EPOCH_BATCHES 64

/* Constrained CTC (Sak et al. 2015): the labels of a clip may only come from
 * the frames in which it is heard, a single word not before its middle, and no
 * later than this after its end. Without it a net that answers with whole words
 * falls into guessing at the first frame, and words come late. */
#define LATEST_S 0.3

/* Network steps that must spell the labels of one clip. */
typedef struct segment {
    size_t first, n_steps;
    int labels[MAX_LABELS];
    size_t n_labels;
} segment;

/* One thread's own. */
typedef struct worker {
    pinna_features *features;
    pinna_net_worker *net;
    pinna_ctc *ctc;
    size_t n_items, max_frames;          /* room: network steps */
    float *samples;                      /* [max_samples] */
    float *x;                            /* [T, B, n_in] */
    float *column;                       /* [T, n_in] of one item */
    float *dy;                           /* [T, B, n_tokens] */
    size_t *lengths;                     /* [B] */
    segment (*segments)[PINNA_MAX_JOIN]; /* [B] */
    size_t *n_segments;                  /* [B] */
    pinna_batch_plan plan;
    size_t plan_epoch;
    bool has_plan;
} worker;

struct pinna_ctc_task {
    pinna_ctc_task_config config;
    const pinna_model *model;
    size_t max_samples, n_features, n_in;
    worker workers[PINNA_MAX_THREADS];
};

static size_t network_steps(const pinna_ctc_task *task, size_t n_frames)
{
    const pinna_ctc_ear *ear = &task->model->ctc_ear;
    return n_frames < ear->stack ? 0
                                 : 1 + (n_frames - ear->stack) / ear->stride;
}

static pinna_status worker_new(const pinna_ctc_task *task, worker *w)
{
    const pinna_model *model = task->model;
    const pinna_ctc_ear *ear = &model->ctc_ear;
    const pinna_ctc_task_config *config = &task->config;

    pinna_status status = pinna_features_new(&ear->fbank, &w->features, NULL);
    if (status)
        return status;
    w->n_items =
        (config->batch_size + config->n_threads - 1) / config->n_threads;
    w->max_frames = (size_t)(config->max_seconds * 1000 /
                             ear->fbank.frame_shift_ms / (double)ear->stride) +
                    1;
    const size_t n_rows = w->n_items * w->max_frames;
    w->samples = malloc(task->max_samples * sizeof(float));
    w->x = malloc(n_rows * task->n_in * sizeof(float));
    w->column = malloc(w->max_frames * task->n_in * sizeof(float));
    w->dy = malloc(n_rows * model->n_tokens * sizeof(float));
    w->lengths = malloc(w->n_items * sizeof *w->lengths);
    w->segments = malloc(w->n_items * sizeof *w->segments);
    w->n_segments = malloc(w->n_items * sizeof *w->n_segments);
    if (!w->samples || !w->x || !w->column || !w->dy || !w->lengths ||
        !w->segments || !w->n_segments)
        return PINNA_NO_MEMORY;
    status = pinna_ctc_new(w->max_frames, model->n_tokens, MAX_LABELS, &w->ctc);
    if (status)
        return status;
    return pinna_net_worker_new(&model->network.config, w->max_frames,
                                w->n_items, &w->net);
}

static void worker_free(worker *w)
{
    pinna_features_free(w->features);
    pinna_net_worker_free(w->net);
    pinna_ctc_free(w->ctc);
    pinna_batch_plan_free(&w->plan);
    free(w->samples);
    free(w->x);
    free(w->column);
    free(w->dy);
    free(w->lengths);
    free(w->segments);
    free(w->n_segments);
}

/* The labels of a clip, one <unk> for several unknown words in a row: nobody
 * counts what is not understood. */
static pinna_status clip_labels(const pinna_labels *labels,
                                const pinna_clip *clip, int *ids, size_t *n_ids,
                                pinna_error *error)
{
    int all[MAX_LABELS];
    size_t n = 0;

    *n_ids = 0;
    const pinna_status status =
        pinna_labels_encode(labels, clip->text, all, MAX_LABELS, &n, error);
    for (size_t k = 0; !status && k < n; k++) {
        const bool unknown = strcmp(labels->tokens[all[k]], "<unk>") == 0;
        if (!unknown || *n_ids == 0 || ids[*n_ids - 1] != all[k])
            ids[(*n_ids)++] = all[k];
    }
    return status;
}

static pinna_status check_texts(const pinna_ctc_task_config *config,
                                const pinna_corpus *corpus, pinna_error *error)
{
    for (size_t i = 0; i < corpus->n_clips; i++) {
        int ids[MAX_LABELS];
        size_t n;
        if (!corpus->clips[i].text)
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "a training clip has no text");
        const pinna_status status =
            clip_labels(config->labels, &corpus->clips[i], ids, &n, error);
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
    task->n_features = task->n_in / model->ctc_ear.stack;
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

/* Other mouths: as far as the ear's features are bands. */
static void warp_item(const pinna_ctc_task *task, pinna_rng *rng, float *frames,
                      size_t n_frames)
{
    const pinna_fbank_config *fbank = &task->model->ctc_ear.fbank;
    const pinna_ctc_distortion *d = &task->config.distortion;

    if (fbank->type != PINNA_FEATURE_FBANK || fbank->use_energy ||
        fbank->n_mels > PINNA_MAX_WARP_BANDS ||
        !pinna_rng_chance(rng, d->warp_share))
        return;
    const double warp = pinna_rng_uniform(rng, d->low_warp, d->high_warp);
    const double high_hz = fbank->high_hz > 0
                               ? fbank->high_hz
                               : fbank->sample_rate / 2 + fbank->high_hz;
    pinna_warp_bands(warp, fbank->low_hz, high_hz, frames, n_frames,
                     fbank->n_mels);
}

static void mask_item(const pinna_ctc_task *task, pinna_rng *rng, float *x,
                      size_t n_steps)
{
    const pinna_ctc_ear *ear = &task->model->ctc_ear;
    const pinna_ctc_distortion *d = &task->config.distortion;

    if (pinna_rng_chance(rng, d->mask_share))
        pinna_spec_augment_apply(&d->masks, rng, x, n_steps, task->n_features,
                                 ear->stack, ear->stride);
}

/* Item -> w->column [n_steps, n_in], normalised if the model can. */
static pinna_status item_to_column(const pinna_ctc_task *task, worker *w,
                                   const pinna_ctc_item *item, pinna_rng *rng,
                                   size_t *n_steps)
{
    const pinna_model *model = task->model;
    const pinna_ctc_ear *ear = &model->ctc_ear;
    float *frames;
    size_t n_frames;

    pinna_status status =
        pinna_ctc_item_render(&task->config.training, item, rng, w->samples);
    if (!status)
        status = pinna_features_all(w->features, w->samples, item->n_samples,
                                    &frames, &n_frames);
    if (status)
        return status;
    if (rng)
        warp_item(task, rng, frames, n_frames);
    *n_steps = network_steps(task, n_frames);
    if (*n_steps > w->max_frames)
        *n_steps = w->max_frames;
    for (size_t t = 0; t < *n_steps; t++)
        memcpy(w->column + t * task->n_in,
               frames + t * ear->stride * task->n_features,
               task->n_in * sizeof(float));
    free(frames);
    if (!model->offset)
        return PINNA_OK;
    pinna_cmvn_apply(model->offset, model->scale, task->n_in, w->column,
                     *n_steps);
    if (rng)
        mask_item(task, rng, w->column, *n_steps); /* zero is the mean now */
    return PINNA_OK;
}

/* Copy the column into column b of a batch of n, as far as it is long. */
static void put_column(const pinna_ctc_task *task, worker *w, size_t b,
                       size_t n, size_t n_steps)
{
    w->lengths[b] = n_steps;
    for (size_t t = 0; t < n_steps; t++)
        memcpy(w->x + (t * n + b) * task->n_in, w->column + t * task->n_in,
               task->n_in * sizeof(float));
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

/* The first network step that has heard all of the signal up to a sample. */
static size_t step_at(const pinna_ctc_task *task, size_t sample)
{
    const pinna_ctc_ear *ear = &task->model->ctc_ear;
    const size_t frame =
        (size_t)((double)sample * 1000 / ear->fbank.sample_rate /
                 ear->fbank.frame_shift_ms);
    return frame < ear->stack
               ? 0
               : (frame - ear->stack + ear->stride) / ear->stride;
}

/* Which steps of an item of n_steps must spell what. */
static pinna_status plan_segments(const pinna_ctc_task *task,
                                  const pinna_ctc_item *item, size_t n_steps,
                                  segment *segments, size_t *n_segments,
                                  pinna_error *error)
{
    const size_t late = (size_t)(LATEST_S * task->config.training.sample_rate);

    *n_segments = item->n_clips;
    for (size_t i = 0; i < item->n_clips; i++) {
        segment *s = &segments[i];
        const pinna_status status =
            clip_labels(task->config.labels, item->clips[i], s->labels,
                        &s->n_labels, error);
        if (status)
            return status;
        const size_t begin = item->begins[i], end = item->ends[i];
        s->first = step_at(task, s->n_labels == 1 ? (begin + end) / 2 : begin);
        s->first = s->first < n_steps ? s->first : n_steps;
        s->n_steps = step_at(task, end + late);
        s->n_steps =
            s->n_steps < n_steps ? s->n_steps - s->first : n_steps - s->first;
        if (i > 0 && segments[i - 1].first + segments[i - 1].n_steps > s->first)
            segments[i - 1].n_steps = s->first - segments[i - 1].first;
    }
    return PINNA_OK;
}

/* -log of the blank's probability in one frame; its gradient times scale. */
static double blank_loss(const float *logits, size_t n, float scale,
                         float *dlogits)
{
    memcpy(dlogits, logits, n * sizeof(float));
    pinna_log_softmax(dlogits, 1, n);
    const double loss = -(double)dlogits[0];
    pinna_kernels_best()->exp(dlogits, n);
    dlogits[0] -= 1;
    for (size_t v = 0; v < n; v++)
        dlogits[v] *= scale;
    return loss;
}

/* Column b: labels from their segments, blanks from everywhere else. */
static pinna_status column_loss(const pinna_ctc_task *task, worker *w, size_t b,
                                size_t n, const float *y, double *loss)
{
    const size_t V = task->model->n_tokens;
    const float scale = 1.0f / (float)task->config.batch_size;
    size_t t = 0;

    for (size_t i = 0; i <= w->n_segments[b]; i++) {
        const segment *s = &w->segments[b][i];
        const bool last = i == w->n_segments[b];
        for (const size_t end = last ? w->lengths[b] : s->first; t < end; t++)
            *loss += scale * blank_loss(y + (t * n + b) * V, V, scale,
                                        w->dy + (t * n + b) * V);
        if (last || s->n_steps == 0)
            continue;
        double segment_loss = 0;
        const pinna_status status = pinna_ctc_loss(
            w->ctc, y + (t * n + b) * V, n * V, s->n_steps, s->labels,
            s->n_labels, 0, scale, w->dy + (t * n + b) * V, &segment_loss);
        if (status)
            return status;
        /* A clip so fast that its text does not fit is left out. */
        if (segment_loss < 1e30)
            *loss += scale * segment_loss;
        t += s->n_steps;
    }
    return PINNA_OK;
}

static pinna_status batch_loss(const pinna_ctc_task *task, worker *w, size_t n,
                               size_t n_frames, const float *y, double *loss)
{
    memset(w->dy, 0, n_frames * n * task->model->n_tokens * sizeof(float));
    for (size_t b = 0; b < n; b++) {
        const pinna_status status = column_loss(task, w, b, n, y, loss);
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
        status = item_to_column(task, w, &item, &rng, &n_steps);
        if (!status) {
            put_column(task, w, b, n, n_steps);
            status = plan_segments(task, &item, n_steps, w->segments[b],
                                   &w->n_segments[b], error);
        }
    }
    if (status)
        return pinna_fail(error, status, "cannot make a training item: %s",
                          pinna_strerror(status));

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
        if (done && n < MAX_LABELS)
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
                             double *score, char *line, size_t line_size,
                             pinna_error *error)
{
    pinna_ctc_task *task = self;
    const pinna_corpus *corpus = task->config.validation;
    const pinna_labels *labels = task->config.labels;
    worker *w = &task->workers[0];
    pinna_wer wer = {0};

    for (size_t i = 0; i < corpus->n_clips; i++) {
        pinna_ctc_item item;
        int want[MAX_LABELS], got[MAX_LABELS];
        char wanted[16 * MAX_LABELS], heard[16 * MAX_LABELS];
        size_t n_want, n_steps;
        pinna_ctc_item_plain(&corpus->clips[i],
                             task->config.training.sample_rate, &item);
        if (item.n_samples > task->max_samples)
            continue;
        pinna_status status = item_to_column(task, w, &item, NULL, &n_steps);
        if (!status)
            status =
                clip_labels(labels, &corpus->clips[i], want, &n_want, error);
        if (status)
            return pinna_fail(error, status, "validation: %s",
                              pinna_strerror(status));
        const float *y = pinna_net_forward(network, w->net, w->column, NULL,
                                           n_steps, 1, 0, NULL);
        spell(labels, want, n_want, wanted, sizeof wanted);
        spell(labels, got, decode(labels, y, n_steps, got), heard,
              sizeof heard);
        status = pinna_wer_add(&wer, wanted, heard, NULL);
        if (status)
            return pinna_fail(error, status, "out of memory");
    }
    *score = pinna_wer_rate(&wer);
    snprintf(line, line_size, "validation exact %zu of %zu, errors %.2f %%",
             wer.n_exact, wer.n_utterances, 100 * *score);
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
        status = item_to_column(task, w, &item, &rng, &n_steps);
        if (!status)
            pinna_cmvn_stats_add(&stats, w->column, n_steps);
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
    return (pinna_train_task){
        .self = task, .gradient = gradient, .validate = validate};
}
