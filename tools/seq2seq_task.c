#include "tools/seq2seq_task.h"

#include "datasets/vocabulary.h"
#include "rnn/linalg.h"
#include "rnn/loss.h"
#include "rnn/seq2seq_decode.h"
#include "rnn/seq2seq_run.h"
#include "tools/example_batch.h"
#include "tools/shuffle.h"

#include <math.h>
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
    pinna_example_batch source; /* [Ts, B] */
    int *target, *wanted;       /* [Tt, B] */
    float *dlogits;             /* [Tt, B, n_tokens] */
    size_t *target_lengths;     /* [B] */
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

static pinna_status worker_new(const pinna_model *model, size_t width,
                               size_t max_source, size_t max_target,
                               size_t max_batch, worker *w)
{
    const size_t n_target = max_target * max_batch;

    w->target = malloc(n_target * sizeof *w->target);
    w->wanted = malloc(n_target * sizeof *w->wanted);
    w->dlogits = malloc(n_target * model->n_tokens * sizeof *w->dlogits);
    w->target_lengths = malloc(max_batch * sizeof *w->target_lengths);
    pinna_status status =
        pinna_example_batch_new(width, max_source, max_batch, &w->source);
    if (!w->target || !w->wanted || !w->dlogits || !w->target_lengths)
        status = PINNA_NO_MEMORY;
    return status ? status
                  : pinna_seq2seq_worker_new(&model->seq2seq.config, max_source,
                                             max_target, max_batch, &w->net);
}

static void worker_free(worker *w)
{
    pinna_seq2seq_worker_free(w->net);
    pinna_shuffle_free(&w->shuffle);
    pinna_example_batch_free(&w->source);
    free(w->target);
    free(w->wanted);
    free(w->dlogits);
    free(w->target_lengths);
}

pinna_status pinna_seq2seq_task_new(const pinna_seq2seq_task_config *config,
                                    const pinna_model *model,
                                    pinna_seq2seq_task **out)
{
    const size_t n_items = pinna_share_plan_most(&config->plan);
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
    for (size_t i = 0; !status && i < config->plan.n_threads; i++) {
        worker *w = &task->workers[i];
        status = worker_new(model, config->training->width, max_source,
                            max_target + 1, n_items, w);
        if (!status)
            status = pinna_shuffle_new(config->plan.seed,
                                       config->training->n_items, &w->shuffle);
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
    for (size_t i = 0; i < task->config.plan.n_threads; i++)
        worker_free(&task->workers[i]);
    for (size_t i = 0; task->answers && i < task->config.training->n_items; i++)
        free(task->answers[i].ids);
    free(task->answers);
    free(task);
}

/* The decoder is told END and the answer, and is to give the answer and END. */
static void put_target(worker *w, const answer *a, size_t b, size_t n,
                       size_t n_steps)
{
    w->target_lengths[b] = a->n + 1;
    for (size_t t = 0; t < n_steps; t++) {
        const size_t row = t * n + b;
        w->target[row] = t > a->n ? -1 : t == 0 ? END : a->ids[t - 1];
        w->wanted[row] = t > a->n ? -1 : t == a->n ? END : a->ids[t];
    }
}

/* The batch with n_target steps of answers. */
static pinna_seq2seq_batch batch_of(const worker *w, size_t n_target)
{
    const pinna_example_batch *source = &w->source;

    return (pinna_seq2seq_batch){
        source->ids,       source->frames,  source->lengths, w->target,
        w->target_lengths, source->n_steps, n_target,        source->n};
}

/* Items position .. position + n - 1 and their answers. */
static pinna_seq2seq_batch draw(const pinna_seq2seq_task *task, worker *w,
                                size_t position, size_t n)
{
    size_t n_target = 1;

    for (size_t b = 0; b < n; b++) {
        const size_t item = pinna_shuffle_at(&w->shuffle, position + b);
        const size_t length = task->answers[item].n + 1;
        w->source.items[b] = item;
        n_target = length > n_target ? length : n_target;
    }
    pinna_example_batch_fill(&w->source, task->config.training, n);
    for (size_t b = 0; b < n; b++)
        put_target(w, &task->answers[w->source.items[b]], b, n, n_target);
    return batch_of(w, n_target);
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
            const double share = 1 / (double)(w->target_lengths[b] *
                                              task->config.plan.batch_size);
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
                             size_t share, size_t step, size_t first, size_t n,
                             float *grads, double *loss, pinna_error *error)
{
    pinna_seq2seq_task *task = self;
    const pinna_seq2seq_task_config *config = &task->config;
    const pinna_seq2seq *net = &task->model->seq2seq;
    const float *values = network->params.values;
    const size_t position = step * config->plan.batch_size + first;
    worker *w = &task->workers[share];
    pinna_rng rng;
    (void)error;

    const pinna_seq2seq_batch batch = draw(task, w, position, n);
    const double sampling =
        config->sampling * (double)step / (double)config->n_steps;
    pinna_rng_seed(&rng, config->plan.seed + 1, position);
    const float *logits =
        pinna_seq2seq_forward(net, values, w->net, &batch, sampling, &rng);
    *loss += batch_loss(task, w, &batch, logits);
    pinna_seq2seq_backward(net, values, w->net, &batch, w->dlogits, grads);
    return PINNA_OK;
}

static size_t n_frames(void *self, size_t share)
{
    const pinna_seq2seq_task *task = self;
    const pinna_example_batch *source = &task->workers[share].source;
    return source->n_steps * source->n;
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

    pinna_status status =
        worker_new(model, examples->width, longest, 1, beam, &w);
    if (!status)
        status = pinna_beam_search_new(&config, &search);
    for (size_t i = 0; !status && i < examples->n_items; i++) {
        w.source.items[0] = i;
        pinna_example_batch_fill(&w.source, examples, 1);
        const pinna_seq2seq_batch batch = batch_of(&w, 0);
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
    size_t n_exact = 0;

    if (n == 0) {
        result->score = (double)NAN;
        return PINNA_OK;
    }
    char **answers = calloc(n, sizeof *answers);
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
    result->score = 1 - (double)n_exact / (double)n;
    snprintf(result->line, sizeof result->line, "validation exact %zu of %zu",
             n_exact, n);
    result->figures[0] = (pinna_figure){"validation_exact", 1 - result->score};
    result->n_figures = 1;
    return PINNA_OK;
}

pinna_train_task pinna_seq2seq_task_interface(pinna_seq2seq_task *task)
{
    return (pinna_train_task){.self = task,
                              .data_hash =
                                  pinna_examples_hash(task->config.training),
                              .gradient = gradient,
                              .n_frames = n_frames,
                              .validate = validate};
}
