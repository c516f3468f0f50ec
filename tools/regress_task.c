#include "tools/regress_task.h"

#include "dsp/cmvn.h"
#include "rnn/linalg.h"
#include "rnn/loss.h"
#include "rnn/network_train.h"
#include "tools/fingerprint.h"
#include "tools/shuffle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Items that are told at a time when nothing is learned. */
#define JUDGED_AT_ONCE 64

/* One thread's own. */
typedef struct worker {
    pinna_net_worker *net;
    pinna_shuffle shuffle;
    size_t n_items, n_last; /* room; of the latest gradient */
    float *x;               /* [window, B, n_columns] */
    float *dy;              /* [window, B, 1] */
    float *answers;         /* [B] normalised */
} worker;

struct pinna_regress_task {
    pinna_regress_task_config config;
    const pinna_model *model;
    worker workers[PINNA_MAX_THREADS];
};

static pinna_status worker_new(const pinna_model *model, size_t n_items,
                               worker *w)
{
    const size_t n_rows = model->forecast.window * n_items;

    w->n_items = n_items;
    w->x = malloc(n_rows * model->network.config.n_in * sizeof(float));
    w->dy = malloc(n_rows * sizeof(float));
    w->answers = malloc(n_items * sizeof(float));
    if (!w->x || !w->dy || !w->answers)
        return PINNA_NO_MEMORY;
    return pinna_net_worker_new(&model->network.config, model->forecast.window,
                                n_items, &w->net);
}

static void worker_free(worker *w)
{
    pinna_net_worker_free(w->net);
    pinna_shuffle_free(&w->shuffle);
    free(w->x);
    free(w->dy);
    free(w->answers);
}

pinna_status pinna_regress_task_new(const pinna_regress_task_config *config,
                                    const pinna_model *model,
                                    pinna_regress_task **out)
{
    const size_t n_items = pinna_share_plan_most(&config->plan);

    *out = NULL;
    pinna_regress_task *task = calloc(1, sizeof *task);
    if (!task)
        return PINNA_NO_MEMORY;
    task->config = *config;
    task->model = model;
    pinna_status status = PINNA_OK;
    for (size_t i = 0; !status && i < config->plan.n_threads; i++) {
        worker *w = &task->workers[i];
        status = worker_new(model, n_items, w);
        if (!status)
            status = pinna_shuffle_new(config->plan.seed, config->n_learned,
                                       &w->shuffle);
    }
    if (status) {
        pinna_regress_task_free(task);
        return status;
    }
    *out = task;
    return PINNA_OK;
}

void pinna_regress_task_free(pinna_regress_task *task)
{
    if (!task)
        return;
    for (size_t i = 0; i < task->config.plan.n_threads; i++)
        worker_free(&task->workers[i]);
    free(task);
}

pinna_status pinna_regress_normalise(const pinna_series *series, size_t n_rows,
                                     pinna_model *model)
{
    pinna_cmvn_stats stats;
    pinna_status status = pinna_cmvn_stats_new(series->n_columns, &stats);
    if (status)
        return status;

    pinna_cmvn_stats_add(&stats, series->values, n_rows);
    model->offset = malloc(series->n_columns * sizeof(float));
    model->scale = malloc(series->n_columns * sizeof(float));
    if (model->offset && model->scale) {
        pinna_cmvn_solve(&stats, true, model->offset, model->scale);
        /* A column that does not change says nothing, at any scale. */
        for (size_t c = 0; c < series->n_columns; c++)
            if (!(model->scale[c] < 1e9f))
                model->scale[c] = 1;
    } else {
        status = PINNA_NO_MEMORY;
    }
    pinna_cmvn_stats_free(&stats);
    return status;
}

/* Item `item` into column b of a batch of n. */
static void put_item(const pinna_model *model, const pinna_series *series,
                     worker *w, size_t item, size_t b, size_t n)
{
    const size_t C = series->n_columns, window = model->forecast.window;
    const size_t answer = item + window - 1 + model->forecast.horizon;

    for (size_t t = 0; t < window; t++)
        memcpy(w->x + (t * n + b) * C, series->values + (item + t) * C,
               C * sizeof(float));
    w->answers[b] =
        (series->values[answer * C] + model->offset[0]) * model->scale[0];
}

/* The answers of a batch of n: the last frame of those that come back. */
static const float *run(const pinna_model *model, const pinna_network *network,
                        worker *w, size_t n, double dropout, pinna_rng *rng)
{
    const size_t window = model->forecast.window;

    pinna_cmvn_apply(model->offset, model->scale, network->config.n_in, w->x,
                     window * n);
    return pinna_net_forward(network, w->net, w->x, NULL, window, n, dropout,
                             rng) +
           (window - 1) * n;
}

static pinna_status gradient(void *self, const pinna_network *network,
                             size_t share, size_t step, size_t first, size_t n,
                             float *grads, double *loss, pinna_error *error)
{
    pinna_regress_task *task = self;
    const pinna_regress_task_config *config = &task->config;
    const size_t window = task->model->forecast.window;
    worker *w = &task->workers[share];
    const size_t position = step * config->plan.batch_size + first;
    pinna_rng rng;
    (void)error;

    for (size_t b = 0; b < n; b++)
        put_item(task->model, config->series, w,
                 pinna_shuffle_at(&w->shuffle, position + b), b, n);
    w->n_last = n;
    pinna_rng_seed(&rng, config->plan.seed + 1, position);
    const float *y = run(task->model, network, w, n, config->dropout, &rng);
    float *dy = w->dy + (window - 1) * n;
    memset(w->dy, 0, (window - 1) * n * sizeof(float));
    *loss += pinna_mse_loss(y, w->answers, NULL, n, dy) /
             (double)config->plan.batch_size;
    for (size_t b = 0; b < n; b++)
        dy[b] /= (float)config->plan.batch_size;
    pinna_net_backward(network, w->net, w->x, NULL, window, n, w->dy, grads);
    return PINNA_OK;
}

static size_t n_frames(void *self, size_t share)
{
    const pinna_regress_task *task = self;
    return task->workers[share].n_last * task->model->forecast.window;
}

/* In the units of the series. */
static void judge(const pinna_model *model, const pinna_network *network,
                  const pinna_series *series, worker *w, size_t first,
                  size_t end, pinna_forecast_error *sums)
{
    for (size_t i = first; i < end;) {
        const size_t n = end - i < w->n_items ? end - i : w->n_items;
        for (size_t b = 0; b < n; b++)
            put_item(model, series, w, i + b, b, n);
        const float *y = run(model, network, w, n, 0, NULL);
        for (size_t b = 0; b < n; b++)
            pinna_forecast_error_add(sums,
                                     (double)y[b] / (double)model->scale[0] -
                                         (double)model->offset[0],
                                     (double)w->answers[b] /
                                             (double)model->scale[0] -
                                         (double)model->offset[0]);
        i += n;
    }
}

pinna_status pinna_regress_error(const pinna_model *model,
                                 const pinna_series *series, size_t first,
                                 size_t end, pinna_forecast_error *sums)
{
    worker w = {0};

    *sums = (pinna_forecast_error){0};
    pinna_linalg_init();
    const pinna_status status = worker_new(model, JUDGED_AT_ONCE, &w);
    if (!status)
        judge(model, &model->network, series, &w, first, end, sums);
    worker_free(&w);
    return status;
}

static pinna_status validate(void *self, const pinna_network *network,
                             pinna_validation *result, pinna_error *error)
{
    pinna_regress_task *task = self;
    const pinna_series *series = task->config.series;
    const pinna_forecast *forecast = &task->model->forecast;
    pinna_forecast_error sums = {0};
    (void)error;

    judge(task->model, network, series, &task->workers[0],
          task->config.n_learned,
          pinna_series_n_items(series, forecast->window, forecast->horizon),
          &sums);
    result->score = pinna_forecast_mse(&sums);
    snprintf(result->line, sizeof result->line,
             "validation RMSE %.5g, MAE %.5g", pinna_forecast_rmse(&sums),
             pinna_forecast_mae(&sums));
    result->figures[0] =
        (pinna_figure){"validation_rmse", pinna_forecast_rmse(&sums)};
    result->n_figures = 1;
    return PINNA_OK;
}

/* Of the rows that are learned from, and of what is asked of them. */
static uint64_t hash_of(const pinna_regress_task *task)
{
    const pinna_series *series = task->config.series;
    const pinna_forecast *forecast = &task->model->forecast;
    const size_t n_rows =
        task->config.n_learned + forecast->window + forecast->horizon - 1;
    const size_t sizes[] = {series->n_columns, n_rows, forecast->window,
                            forecast->horizon};

    return pinna_fingerprint(
        pinna_fingerprint(PINNA_FINGERPRINT_NONE, sizes, sizeof sizes),
        series->values, n_rows * series->n_columns * sizeof *series->values);
}

pinna_train_task pinna_regress_task_interface(pinna_regress_task *task)
{
    return (pinna_train_task){.self = task,
                              .data_hash = hash_of(task),
                              .gradient = gradient,
                              .n_frames = n_frames,
                              .validate = validate};
}
