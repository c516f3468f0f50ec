#include "toy_runs.h"

#include "rnn_cases.h"
#include "small_models.h"
#include "support.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dsp/rng.h"
#include "rnn/loss.h"
#include "tools/checkpoint.h"

/* The linker puts this in place of fsync(): a disk would need seconds for the
 * hundreds of files that are written here. */
int __wrap_fsync(int file);

int __wrap_fsync(int file)
{
    (void)file;
    return 0;
}

/* What stands in its place of the batch is added to an item's input, and gives
 * way to its end. */
static void carry(toy *task, size_t place, size_t b, size_t n_batch,
                  size_t n_in, float *x)
{
    for (size_t t = 0; t < T; t++)
        x[(t * n_batch + b) * n_in] += task->carried[place];
    task->carried[place] = 0.5f * x[((T - 1) * n_batch + b) * n_in];
}

/* Item number `number`: x [T, n_batch, n_in], column b of it. */
static void fill_item(const toy *task, size_t number, const pinna_network *net,
                      size_t b, size_t n_batch, float *x, float *target)
{
    const size_t n_in = net->config.n_in, n_out = net->config.n_out;
    pinna_rng rng;

    pinna_rng_seed(&rng, task->seed, number);
    for (size_t t = 0; t < T; t++) {
        float *row = x + (t * n_batch + b) * n_in;
        for (size_t i = 0; i < n_in; i++)
            row[i] = (float)pinna_rng_uniform(&rng, -1, 1);
        for (size_t i = 0; i < n_out; i++)
            target[(t * n_batch + b) * n_out + i] = 0.5f * row[i % n_in];
    }
}

static double batch_loss(toy *task, const pinna_network *net, size_t thread,
                         size_t first, size_t n, float *grads)
{
    float x[T * MAX_BATCH * 12], target[T * MAX_BATCH * 13],
        dy[T * MAX_BATCH * 13];
    const size_t n_y = T * n * net->config.n_out;
    const float scale = 1.0f / (float)(task->batch_size * T);
    pinna_net_worker *worker = task->workers[thread];

    for (size_t b = 0; b < n; b++) {
        fill_item(task, first + b, net, b, n, x, target);
        if (task->carries && grads)
            carry(task, (first + b) % task->batch_size, b, n, net->config.n_in,
                  x);
    }
    const float *y = pinna_net_forward(net, worker, x, NULL, T, n, 0, NULL);
    const double loss = pinna_mse_loss(y, target, NULL, n_y, dy);
    for (size_t i = 0; i < n_y; i++)
        dy[i] *= scale;
    if (grads)
        pinna_net_backward(net, worker, x, NULL, T, n, dy, grads);
    return loss * (double)scale;
}

static pinna_status toy_gradient(void *self, const pinna_network *network,
                                 size_t thread, size_t step, size_t first,
                                 size_t n, float *grads, double *loss,
                                 pinna_error *error)
{
    toy *task = self;
    const bool last_thread = thread + 1 == task->n_threads;

    if (step == task->fail_step && last_thread)
        return pinna_fail(error, PINNA_IO, "no item at step %zu", step);
    if (step == task->interrupt_step && last_thread)
        raise(SIGINT);
    if (step == task->exit_step)
        _exit(0);
    if (step == task->nan_step)
        grads[5] = NAN;
    *loss += batch_loss(task, network, thread, step * task->batch_size + first,
                        n, grads);
    return PINNA_OK;
}

static pinna_status toy_validate(void *self, const pinna_network *network,
                                 pinna_validation *out, pinna_error *error)
{
    toy *task = self;

    (void)error;
    out->score = batch_loss(task, network, 0, NEVER, 1, NULL);
    if (task->scores && task->n_validations < task->n_scores)
        out->score = task->scores[task->n_validations];
    if (task->on_validation)
        task->on_validation();
    task->score = out->score;
    if (task->n_validations++ == 0)
        task->first_score = out->score;
    snprintf(out->line, sizeof out->line, "score %g", out->score);
    out->figures[0] = (pinna_figure){"tenfold", 10 * out->score};
    out->n_figures = 1;
    return PINNA_OK;
}

static size_t toy_frames(void *self, size_t thread)
{
    const toy *task = self;
    return T * (thread + 1) * task->batch_size;
}

toy *new_toy(const pinna_train_options *o, const pinna_model *model)
{
    toy *task = calloc(1, sizeof *task);
    task->n_threads = pinna_ranks_own_threads(o->ranks, o->n_threads);
    task->batch_size = o->batch_size;
    task->seed = o->seed;
    task->n_scores = N_SCORES;
    task->fail_step = task->interrupt_step = NEVER;
    task->nan_step = task->exit_step = NEVER;
    for (size_t i = 0; i < task->n_threads; i++)
        assert_int_equal(pinna_net_worker_new(&model->network.config, T,
                                              MAX_BATCH, &task->workers[i]),
                         PINNA_OK);
    return task;
}

void toy_free(toy *task)
{
    for (size_t i = 0; i < task->n_threads; i++)
        pinna_net_worker_free(task->workers[i]);
    free(task);
}

pinna_train_task interface_of(toy *task)
{
    return (pinna_train_task){.self = task,
                              .data_hash = task->data_hash,
                              .gradient = toy_gradient,
                              .n_frames = toy_frames,
                              .validate = toy_validate,
                              .carried = task->carried,
                              .n_carried =
                                  task->carries ? task->batch_size : 0};
}

/* ---- runs ---- */

pinna_train_options options_for(const char *output)
{
    return (pinna_train_options){
        .n_steps = 40,
        .batch_size = 5,
        .n_threads = 1,
        .schedule = {.learning_rate = 0.02, .warmup_steps = 4},
        .optimiser = {.weight_decay = 0.01},
        .clip = 1,
        .ema = 0.9,
        .seed = 3,
        .validate_every = 7,
        .output = output,
        .quiet = true,
    };
}

const char *checkpoint_of(const pinna_train_options *options)
{
    static char path[4096];
    if (options->checkpoint)
        return options->checkpoint;
    snprintf(path, sizeof path, "%s.checkpoint", options->output);
    return path;
}

result train(const pinna_train_options *options, void (*spoil)(toy *task))
{
    pinna_model *model = new_denoise_model();
    toy *task = new_toy(options, model);
    result r = {.error = {{0}}};

    if (spoil)
        spoil(task);
    const pinna_train_task interface = interface_of(task);
    if (!options->resume)
        (void)unlink(checkpoint_of(options));
    r.status = pinna_train(options, &interface, model, &r.error);
    r.n = model->network.params.n_values;
    assert_true(r.n <= MAX_VALUES);
    memcpy(r.values, model->network.params.values, r.n * sizeof(float));
    r.first_score = task->first_score;
    r.score = task->score;
    r.n_validations = task->n_validations;
    toy_free(task);
    pinna_model_free(model);
    return r;
}

result train_well(const pinna_train_options *options)
{
    const result r = train(options, NULL);
    if (r.status)
        fail_msg("%s", r.error.text);
    return r;
}

void assert_same_result(const result *a, const result *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->values, b->values, a->n * sizeof(float));
}

size_t read_checkpoint(const char *path, float *weights)
{
    pinna_model *model = new_denoise_model();
    pinna_params *params = &model->network.params;
    size_t step;
    const pinna_checkpoint state = {
        .n_values = params->n_values,
        .arrays = {{.name = "weights", .values = params->values}},
        .n_arrays = 1,
        .figures = {{"step", .count = &step}},
        .n_figures = 1};

    assert_int_equal(pinna_checkpoint_read(path, &state, NULL), 0);
    if (weights)
        memcpy(weights, params->values, params->n_values * sizeof(float));
    pinna_model_free(model);
    return step;
}
