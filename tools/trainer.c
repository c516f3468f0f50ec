#include "tools/trainer.h"

#include "rnn/clip_grad.h"
#include "rnn/linalg.h"
#include "tools/checkpoint.h"
#include "tools/interrupt.h"
#include "tools/progress.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One thread's share of a step. */
typedef struct share {
    const pinna_train_task *task;
    const pinna_network *network;
    size_t thread, step, first, n, n_values;
    float *grads;
    double loss;
    pinna_status status;
    pinna_error error;
} share;

typedef struct trainer {
    const pinna_train_options *options;
    const pinna_train_task *task;
    pinna_model *model;
    pinna_adam adam;
    float *ema;
    share shares[PINNA_MAX_THREADS];
    char checkpoint[4096];
    char run[96]; /* what may not change when it is resumed */
} trainer;

static void *run_share(void *argument)
{
    share *s = argument;
    memset(s->grads, 0, s->n_values * sizeof(float));
    s->loss = 0;
    s->status =
        s->n == 0
            ? PINNA_OK
            : s->task->gradient(s->task->self, s->network, s->thread, s->step,
                                s->first, s->n, s->grads, &s->loss, &s->error);
    return NULL;
}

/* The gradient of one step, summed into the first share. */
static pinna_status gradient(trainer *t, size_t step, double *loss,
                             pinna_error *error)
{
    const size_t n_threads = t->options->n_threads;
    const size_t batch = t->options->batch_size;
    pthread_t threads[PINNA_MAX_THREADS];
    bool started[PINNA_MAX_THREADS] = {false};

    for (size_t i = 0; i < n_threads; i++) {
        share *s = &t->shares[i];
        s->step = step;
        s->first = batch * i / n_threads;
        s->n = batch * (i + 1) / n_threads - s->first;
        if (i > 0)
            started[i] = pthread_create(&threads[i], NULL, run_share, s) == 0;
    }
    for (size_t i = 0; i < n_threads; i++)
        if (!started[i])
            run_share(&t->shares[i]);
    for (size_t i = 0; i < n_threads; i++)
        if (started[i])
            pthread_join(threads[i], NULL);

    float *sum = t->shares[0].grads;
    *loss = 0;
    for (size_t i = 0; i < n_threads; i++) {
        const share *s = &t->shares[i];
        if (s->status) {
            if (error)
                *error = s->error;
            return s->status;
        }
        *loss += s->loss;
        for (size_t k = 0; i > 0 && k < s->n_values; k++)
            sum[k] += s->grads[k];
    }
    return PINNA_OK;
}

static double learning_rate(const pinna_train_options *o, size_t step)
{
    if (step < o->warmup_steps)
        return o->learning_rate * (double)(step + 1) / (double)o->warmup_steps;
    const double done = (double)(step - o->warmup_steps) /
                        (double)(o->n_steps - o->warmup_steps);
    return o->learning_rate * 0.5 * (1 + cos(PINNA_PI * done));
}

/* The mean follows quickly at first, when there is little to average. */
static void follow(trainer *t)
{
    const size_t n = t->model->network.params.n_values;
    const float *values = t->model->network.params.values;
    const double step = (double)t->adam.step;
    const double ramp = (1 + step) / (10 + step);
    const float keep = (float)fmin(t->options->ema, ramp);

    for (size_t k = 0; k < n; k++)
        t->ema[k] = values[k] + keep * (t->ema[k] - values[k]);
}

/* Run with the mean of the weights in the network's place, then put the
 * trained weights back. */
static void swap_ema(trainer *t)
{
    float *values = t->model->network.params.values;
    t->model->network.params.values = t->ema;
    t->ema = values;
}

/* What the model says of its quality: the figure of the validation. */
static pinna_status note_quality(pinna_model *model, size_t step, double score,
                                 pinna_error *error)
{
    char text[96];
    snprintf(text, sizeof text, "{\"step\":%zu,\"validation\":%.6g}", step,
             isfinite(score) ? score : -1.0);
    free(model->quality);
    model->quality = strdup(text);
    return model->quality ? PINNA_OK
                          : pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
}

static pinna_status validate_and_save(trainer *t, double train_loss,
                                      double start_s, pinna_error *error)
{
    double score;
    char line[256] = "";

    pinna_status status =
        pinna_checkpoint_write(t->checkpoint, t->run, &t->model->network.params,
                               t->ema, &t->adam, error);
    if (status)
        return status;
    swap_ema(t);
    status = t->task->validate(t->task->self, &t->model->network, &score, line,
                               sizeof line, error);
    if (!status)
        status = note_quality(t->model, t->adam.step, score, error);
    if (!status)
        status = pinna_model_write(t->options->output, t->model, error);
    swap_ema(t);
    if (!status && !t->options->quiet)
        pinna_message("step %zu  loss %.5f  %s  %.0f s", t->adam.step,
                      train_loss, line, pinna_clock_s() - start_s);
    return status;
}

static pinna_status train_step(trainer *t, double *loss, pinna_error *error)
{
    const size_t step = t->adam.step;
    float *grads = t->shares[0].grads;
    const size_t n = t->model->network.params.n_values;

    pinna_status status = gradient(t, step, loss, error);
    if (status)
        return status;
    const double norm = pinna_clip_grad_norm(grads, n, t->options->clip);
    if (!isfinite(norm))
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "step %zu: the gradient is not finite", step);
    pinna_adam_step(&t->adam, learning_rate(t->options, step), grads,
                    t->model->network.params.values);
    follow(t);
    return PINNA_OK;
}

static pinna_status loop(trainer *t, pinna_error *error)
{
    const pinna_train_options *o = t->options;
    const double start_s = pinna_clock_s();
    double mean_loss = 0;
    size_t n_mean = 0;
    pinna_progress progress;

    /* A place that cannot be written to is told now, not after an hour. */
    pinna_status status =
        pinna_checkpoint_write(t->checkpoint, t->run, &t->model->network.params,
                               t->ema, &t->adam, error);
    pinna_progress_start(&progress, "train", o->quiet);
    while (!status && t->adam.step < o->n_steps) {
        double loss;
        status = train_step(t, &loss, error);
        if (status)
            break;
        mean_loss += loss;
        n_mean++;

        char note[48];
        snprintf(note, sizeof note, "loss %.4f", mean_loss / (double)n_mean);
        pinna_progress_update(&progress, (double)t->adam.step,
                              (double)o->n_steps, note);
        const bool stop = pinna_interrupted();
        if (stop || t->adam.step == o->n_steps ||
            t->adam.step % o->validate_every == 0) {
            status = validate_and_save(t, mean_loss / (double)n_mean, start_s,
                                       error);
            mean_loss = 0;
            n_mean = 0;
            if (!status && stop && t->adam.step < o->n_steps)
                status = pinna_fail(error, PINNA_INTERRUPTED,
                                    "interrupted at step %zu; --resume goes on",
                                    t->adam.step);
        }
    }
    pinna_progress_end(&progress);
    return status;
}

/* The input normalisation is computed from the data, so that it tells whether
 * they are the same (FNV-1a over its bytes). */
static void name_run(trainer *t)
{
    const pinna_model *model = t->model;
    const float *const arrays[] = {model->offset, model->scale};
    const size_t n_bytes = model->network.config.n_in * sizeof(float);
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; arrays[i] && k < n_bytes; k++) {
            hash ^= ((const unsigned char *)arrays[i])[k];
            hash *= UINT64_C(1099511628211);
        }
    snprintf(t->run, sizeof t->run, "seed %llu, batch %zu, data %016llx",
             (unsigned long long)t->options->seed, t->options->batch_size,
             (unsigned long long)hash);
}

static pinna_status resume(trainer *t, pinna_error *error)
{
    if (!t->options->resume) {
        /* Hours of work are not lost to a forgotten option. */
        if (access(t->checkpoint, F_OK) == 0)
            return pinna_fail(error, PINNA_BAD_ARG,
                              "%s: left by an earlier run: go on from it with "
                              "--resume, or remove it",
                              t->checkpoint);
        return PINNA_OK;
    }
    const pinna_status status =
        pinna_checkpoint_read(t->checkpoint, t->run, &t->model->network.params,
                              t->ema, &t->adam, error);
    return status == PINNA_NOT_FOUND ? PINNA_OK : status;
}

static pinna_status allocate(trainer *t)
{
    const pinna_train_options *o = t->options;
    const pinna_params *params = &t->model->network.params;
    pinna_adam_config config = pinna_adam_config_default();
    config.weight_decay = o->weight_decay;

    pinna_status status = pinna_adam_new(&config, params->n_values, &t->adam);
    t->ema = malloc(params->n_values * sizeof(float));
    if (!status && !t->ema)
        status = PINNA_NO_MEMORY;
    if (t->ema) /* it takes the place of the weights at the end, always */
        memcpy(t->ema, params->values, params->n_values * sizeof(float));
    for (size_t i = 0; !status && i < o->n_threads; i++) {
        t->shares[i] = (share){
            .task = t->task,
            .network = &t->model->network,
            .thread = i,
            .n_values = params->n_values,
            .grads = malloc(params->n_values * sizeof(float)),
        };
        if (!t->shares[i].grads)
            status = PINNA_NO_MEMORY;
    }
    return status;
}

static void release(trainer *t)
{
    pinna_adam_free(&t->adam);
    free(t->ema);
    for (size_t i = 0; i < PINNA_MAX_THREADS; i++)
        free(t->shares[i].grads);
    free(t);
}

pinna_status pinna_train(const pinna_train_options *options,
                         const pinna_train_task *task, pinna_model *model,
                         pinna_error *error)
{
    if (options->n_threads == 0 || options->n_threads > PINNA_MAX_THREADS ||
        options->batch_size == 0 || options->n_steps <= options->warmup_steps ||
        options->validate_every == 0)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "training options are out of range");
    trainer *t = calloc(1, sizeof *t);
    if (!t)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    t->options = options;
    t->task = task;
    t->model = model;
    if (options->checkpoint)
        snprintf(t->checkpoint, sizeof t->checkpoint, "%s",
                 options->checkpoint);
    else
        snprintf(t->checkpoint, sizeof t->checkpoint, "%s.checkpoint",
                 options->output);

    name_run(t);
    pinna_linalg_init();
    pinna_status status = allocate(t);
    if (status)
        pinna_fail(error, status, "out of memory");
    if (!status)
        status = resume(t, error);
    if (!status)
        status = loop(t, error);
    if (t->ema)
        swap_ema(t);
    release(t);
    return status;
}
