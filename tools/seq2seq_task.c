#include "tools/seq2seq_task.h"

#include "datasets/vocabulary.h"
#include "rnn/linalg.h"
#include "rnn/loss.h"
#include "rnn/seq2seq_decode.h"
#include "rnn/seq2seq_run.h"
#include "tools/shuffle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The token that begins an answer, and ends it. */
#define END 0

/* Of Wu et al. 2016: their best for translation lie between 0.6 and 0.7. */
#define ALPHA 0.6

/* The longest answer: as much as the source has steps, and some more. */
#define MORE_THAN_SOURCE 32

/* One thread's own. */
typedef struct worker {
    pinna_seq2seq_worker *net;
    pinna_shuffle shuffle;
    size_t n_last;          /* frames of the latest gradient */
    int *source, *target;   /* [Ts, B], [Tt, B] */
    int *wanted;            /* [Tt, B] */
    float *frames;          /* [Ts, B, n_in] of recordings */
    float *dlogits;         /* [Tt, B, n_tokens] */
    size_t *source_lengths; /* [B] */
    size_t *target_lengths; /* [B] */
} worker;

/* The tokens of an answer. */
typedef struct answer {
    int *ids;
    size_t n;
} answer;

struct pinna_seq2seq_task {
    pinna_seq2seq_task_config config;
    const pinna_model *model;
    answer *answers; /* [training n_items] */
    worker workers[PINNA_MAX_THREADS];
};

static pinna_status number_answers(const pinna_examples *examples,
                                   const pinna_model *model, answer *answers,
                                   size_t *longest)
{
    const pinna_vocabulary vocabulary = {.tokens = model->tokens,
                                         .n_tokens = model->n_tokens,
                                         .words = model->word_tokens};

    for (size_t i = 0; i < examples->n_items; i++) {
        const char *text = examples->items[i].answer;
        const size_t room = strlen(text) + 1;
        answers[i].ids = calloc(room, sizeof *answers[i].ids);
        if (!answers[i].ids)
            return PINNA_NO_MEMORY;
        answers[i].n =
            pinna_vocabulary_encode(&vocabulary, text, answers[i].ids, room);
        *longest = answers[i].n > *longest ? answers[i].n : *longest;
    }
    return PINNA_OK;
}

static pinna_status worker_new(const pinna_model *model, size_t max_source,
                               size_t max_target, size_t max_batch, worker *w)
{
    const pinna_seq2seq_config *config = &model->seq2seq.config;
    const size_t n_source = max_source * max_batch;
    const size_t n_target = max_target * max_batch;
    const size_t n_in = config->n_source > 0 ? 1 : config->n_in;

    w->source = malloc(n_source * sizeof *w->source);
    w->target = malloc(n_target * sizeof *w->target);
    w->wanted = malloc(n_target * sizeof *w->wanted);
    w->frames = malloc(n_source * n_in * sizeof *w->frames);
    w->dlogits = malloc(n_target * model->n_tokens * sizeof *w->dlogits);
    w->source_lengths = malloc(max_batch * sizeof *w->source_lengths);
    w->target_lengths = malloc(max_batch * sizeof *w->target_lengths);
    if (!w->source || !w->target || !w->wanted || !w->frames || !w->dlogits ||
        !w->source_lengths || !w->target_lengths)
        return PINNA_NO_MEMORY;
    return pinna_seq2seq_worker_new(config, max_source, max_target, max_batch,
                                    &w->net);
}

static void worker_free(worker *w)
{
    pinna_seq2seq_worker_free(w->net);
    pinna_shuffle_free(&w->shuffle);
    free(w->source);
    free(w->target);
    free(w->wanted);
    free(w->frames);
    free(w->dlogits);
    free(w->source_lengths);
    free(w->target_lengths);
}

pinna_status pinna_seq2seq_task_new(const pinna_seq2seq_task_config *config,
                                    const pinna_model *model,
                                    pinna_seq2seq_task **out)
{
    const size_t n_items =
        (config->batch_size + config->n_threads - 1) / config->n_threads;
    const size_t max_source = pinna_examples_longest(config->training);
    size_t max_target = 0;

    *out = NULL;
    pinna_seq2seq_task *task = calloc(1, sizeof *task);
    if (!task)
        return PINNA_NO_MEMORY;
    task->config = *config;
    task->model = model;
    task->answers = calloc(config->training->n_items, sizeof *task->answers);
    pinna_status status = task->answers
                              ? number_answers(config->training, model,
                                               task->answers, &max_target)
                              : PINNA_NO_MEMORY;
    for (size_t i = 0; !status && i < config->n_threads; i++) {
        worker *w = &task->workers[i];
        status = worker_new(model, max_source, max_target + 1, n_items, w);
        if (!status)
            status = pinna_shuffle_new(config->seed, config->training->n_items,
                                       &w->shuffle);
    }
    if (status) {
        pinna_seq2seq_task_free(task);
        return status;
    }
    *out = task;
    return PINNA_OK;
}

void pinna_seq2seq_task_free(pinna_seq2seq_task *task)
{
    if (!task)
        return;
    for (size_t i = 0; i < task->config.n_threads; i++)
        worker_free(&task->workers[i]);
    for (size_t i = 0; task->answers && i < task->config.training->n_items; i++)
        free(task->answers[i].ids);
    free(task->answers);
    free(task);
}

/* Column b of a batch of n, as long as it is. */
static void put_source(const pinna_seq2seq_config *config, worker *w,
                       const pinna_example *example, size_t b, size_t n)
{
    const size_t n_in = config->n_in;

    w->source_lengths[b] = example->n;
    for (size_t t = 0; t < example->n; t++)
        if (config->n_source > 0)
            w->source[t * n + b] = example->ids[t];
        else
            memcpy(w->frames + (t * n + b) * n_in, example->frames + t * n_in,
                   n_in * sizeof(float));
}

/* The decoder is told END and the answer, and is to give the answer and END. */
static void put_target(worker *w, const answer *a, size_t b, size_t n)
{
    w->target_lengths[b] = a->n + 1;
    for (size_t t = 0; t <= a->n; t++) {
        w->target[t * n + b] = t == 0 ? END : a->ids[t - 1];
        w->wanted[t * n + b] = t == a->n ? END : a->ids[t];
    }
}

static size_t longest_of(const size_t *lengths, size_t n)
{
    size_t longest = 1;
    for (size_t b = 0; b < n; b++)
        longest = lengths[b] > longest ? lengths[b] : longest;
    return longest;
}

static pinna_seq2seq_batch pad(const pinna_seq2seq_config *config, worker *w,
                               size_t n)
{
    const size_t Ts = longest_of(w->source_lengths, n);
    const size_t Tt = longest_of(w->target_lengths, n);

    for (size_t b = 0; b < n; b++) {
        for (size_t t = w->source_lengths[b]; t < Ts; t++)
            if (config->n_source > 0)
                w->source[t * n + b] = -1;
            else
                memset(w->frames + (t * n + b) * config->n_in, 0,
                       config->n_in * sizeof(float));
        for (size_t t = w->target_lengths[b]; t < Tt; t++)
            w->target[t * n + b] = w->wanted[t * n + b] = -1;
    }
    return (pinna_seq2seq_batch){w->source,
                                 w->frames,
                                 w->source_lengths,
                                 w->target,
                                 w->target_lengths,
                                 Ts,
                                 Tt,
                                 n};
}

/* The mean over the tokens of each sequence, and over the whole batch. */
static double batch_loss(const pinna_seq2seq_task *task, worker *w,
                         const pinna_seq2seq_batch *batch, const float *logits)
{
    const size_t V = task->model->n_tokens, n = batch->n_batch;
    double sum = 0;

    for (size_t t = 0; t < batch->n_target; t++)
        for (size_t b = 0; b < n; b++) {
            const size_t row = t * n + b;
            const double share =
                1 / (double)(w->target_lengths[b] * task->config.batch_size);
            float *dlogits = w->dlogits + row * V;
            sum += share * pinna_cross_entropy_loss(logits + row * V,
                                                    w->wanted + row, 1, V, 0,
                                                    dlogits);
            for (size_t v = 0; v < V; v++)
                dlogits[v] *= (float)share;
        }
    return sum;
}

static pinna_status gradient(void *self, const pinna_network *network,
                             size_t thread, size_t step, size_t first, size_t n,
                             float *grads, double *loss, pinna_error *error)
{
    pinna_seq2seq_task *task = self;
    const pinna_seq2seq_task_config *config = &task->config;
    const pinna_seq2seq *net = &task->model->seq2seq;
    const float *values = network->params.values;
    const size_t position = step * config->batch_size + first;
    worker *w = &task->workers[thread];
    pinna_rng rng;
    (void)error;

    for (size_t b = 0; b < n; b++) {
        const size_t i = pinna_shuffle_at(&w->shuffle, position + b);
        put_source(&net->config, w, &config->training->items[i], b, n);
        put_target(w, &task->answers[i], b, n);
    }
    const pinna_seq2seq_batch batch = pad(&net->config, w, n);
    const double sampling =
        config->sampling * (double)step / (double)config->n_steps;
    w->n_last = batch.n_source * n;
    pinna_rng_seed(&rng, config->seed + 1, position);
    const float *logits =
        pinna_seq2seq_forward(net, values, w->net, &batch, sampling, &rng);
    *loss += batch_loss(task, w, &batch, logits);
    pinna_seq2seq_backward(net, values, w->net, &batch, w->dlogits, grads);
    return PINNA_OK;
}

static size_t n_frames(void *self, size_t thread)
{
    const pinna_seq2seq_task *task = self;
    return task->workers[thread].n_last;
}

/* Tokens as text, to be freed; NULL without memory. */
static char *spell(const pinna_model *model, const int *ids, size_t n)
{
    char *text = calloc(n * (PINNA_TOKEN_MAX + 1) + 1, 1), *at = text;

    for (size_t i = 0; text && i < n; i++) {
        const char *token = model->tokens[ids[i]];
        const size_t length = strlen(token);
        if (model->word_tokens && i > 0)
            *at++ = ' ';
        memcpy(at, token, length);
        at += length;
    }
    return text;
}

/* values: those of the model, or others at the same places. */
static pinna_status answer_all(const pinna_model *model, const float *values,
                               const pinna_examples *examples, size_t beam,
                               char **answers)
{
    const pinna_seq2seq *net = &model->seq2seq;
    const size_t longest = pinna_examples_longest(examples);
    const pinna_beam_config config = {
        beam, model->n_tokens, longest + MORE_THAN_SOURCE, END, END, ALPHA};
    pinna_beam_search *search = NULL;
    worker w = {0};

    pinna_status status = worker_new(model, longest, 1, beam, &w);
    if (!status)
        status = pinna_beam_search_new(&config, &search);
    for (size_t i = 0; !status && i < examples->n_items; i++) {
        put_source(&net->config, &w, &examples->items[i], 0, 1);
        w.target_lengths[0] = 0;
        const pinna_seq2seq_batch batch = pad(&net->config, &w, 1);
        const pinna_beam_result result =
            pinna_seq2seq_decode(net, values, w.net, &batch, search);
        answers[i] = spell(model, result.tokens, result.n_tokens);
        status = answers[i] ? PINNA_OK : PINNA_NO_MEMORY;
    }
    worker_free(&w);
    pinna_beam_search_free(search);
    return status;
}

pinna_status pinna_seq2seq_answers(const pinna_model *model,
                                   const pinna_examples *examples, size_t beam,
                                   char **answers)
{
    pinna_linalg_init();
    return answer_all(model, model->network.params.values, examples, beam,
                      answers);
}

/* Greedily: the share of answers that are not exact. */
static pinna_status validate(void *self, const pinna_network *network,
                             pinna_validation *result, pinna_error *error)
{
    pinna_seq2seq_task *task = self;
    const pinna_examples *examples = task->config.validation;
    const size_t n = examples->n_items;
    char **answers = calloc(n + 1, sizeof *answers);
    size_t n_exact = 0;

    pinna_status status = answers
                              ? answer_all(task->model, network->params.values,
                                           examples, 1, answers)
                              : PINNA_NO_MEMORY;
    for (size_t i = 0; !status && i < n; i++)
        n_exact += strcmp(answers[i], examples->items[i].answer) == 0;
    for (size_t i = 0; answers && i < n; i++)
        free(answers[i]);
    free(answers);
    if (status)
        return pinna_fail(error, status, "validation: %s",
                          pinna_strerror(status));
    result->score = 1 - (double)n_exact / (double)(n > 0 ? n : 1);
    snprintf(result->line, sizeof result->line, "validation exact %zu of %zu",
             n_exact, n);
    result->figures[0] = (pinna_figure){"validation_exact", 1 - result->score};
    result->n_figures = 1;
    return PINNA_OK;
}

pinna_train_task pinna_seq2seq_task_interface(pinna_seq2seq_task *task)
{
    return (pinna_train_task){.self = task,
                              .gradient = gradient,
                              .n_frames = n_frames,
                              .validate = validate};
}
