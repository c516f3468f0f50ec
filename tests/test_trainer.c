#include "tools/trainer.h"

#include "rnn_cases.h"
#include "small_models.h"
#include "support.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dsp/rng.h"
#include "rnn/loss.h"
#include "rnn/network_train.h"
#include "rnn/safetensors.h"
#include "tools/checkpoint.h"
#include "tools/interrupt.h"

/* The linker puts this in place of fsync(): a disk would need seconds for the
 * hundreds of files that are written here. */
int __wrap_fsync(int file);

int __wrap_fsync(int file)
{
    (void)file;
    return 0;
}

/* ---- a toy: the output is to be half of the input ---- */

enum { T = 4, MAX_BATCH = 6, MAX_VALUES = 2000, NEVER = 1000000 };

typedef struct toy {
    pinna_net_worker *workers[PINNA_MAX_THREADS];
    size_t n_threads, batch_size;
    uint64_t seed;
    size_t fail_step, interrupt_step, nan_step; /* NEVER for none */
    double first_score, score;
    size_t n_validations;
} toy;

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

static double batch_loss(const toy *task, const pinna_network *net,
                         size_t thread, size_t first, size_t n, float *grads)
{
    float x[T * MAX_BATCH * 12], target[T * MAX_BATCH * 13],
        dy[T * MAX_BATCH * 13];
    const size_t n_y = T * n * net->config.n_out;
    const float scale = 1.0f / (float)(task->batch_size * T);
    pinna_net_worker *worker = task->workers[thread];

    for (size_t b = 0; b < n; b++)
        fill_item(task, first + b, net, b, n, x, target);
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
    if (step == task->nan_step)
        grads[5] = NAN;
    *loss += batch_loss(task, network, thread, step * task->batch_size + first,
                        n, grads);
    return PINNA_OK;
}

static pinna_status toy_validate(void *self, const pinna_network *network,
                                 double *score, char *line, size_t line_size,
                                 pinna_error *error)
{
    toy *task = self;

    (void)error;
    *score = batch_loss(task, network, 0, NEVER, 1, NULL);
    task->score = *score;
    if (task->n_validations++ == 0)
        task->first_score = *score;
    snprintf(line, line_size, "score %g", *score);
    return PINNA_OK;
}

static toy *new_toy(const pinna_train_options *o, const pinna_model *model)
{
    toy *task = calloc(1, sizeof *task);
    task->n_threads = o->n_threads;
    task->batch_size = o->batch_size;
    task->seed = o->seed;
    task->fail_step = task->interrupt_step = task->nan_step = NEVER;
    for (size_t i = 0; i < o->n_threads; i++)
        assert_int_equal(pinna_net_worker_new(&model->network.config, T,
                                              MAX_BATCH, &task->workers[i]),
                         PINNA_OK);
    return task;
}

static void toy_free(toy *task)
{
    for (size_t i = 0; i < task->n_threads; i++)
        pinna_net_worker_free(task->workers[i]);
    free(task);
}

static pinna_train_task interface_of(toy *task)
{
    return (pinna_train_task){task, toy_gradient, toy_validate};
}

/* ---- runs ---- */

static pinna_train_options options_for(const char *output)
{
    return (pinna_train_options){
        .n_steps = 40,
        .batch_size = 5,
        .n_threads = 1,
        .learning_rate = 0.02,
        .warmup_steps = 4,
        .clip = 1,
        .ema = 0.9,
        .weight_decay = 0.01,
        .seed = 3,
        .validate_every = 7,
        .output = output,
        .quiet = true,
    };
}

/* The weights that a run ends with. */
typedef struct result {
    float values[MAX_VALUES];
    size_t n;
    pinna_status status;
    pinna_error error;
    double first_score, score;
    size_t n_validations;
} result;

static const char *checkpoint_of(const pinna_train_options *options)
{
    static char path[4096];
    if (options->checkpoint)
        return options->checkpoint;
    snprintf(path, sizeof path, "%s.checkpoint", options->output);
    return path;
}

/* Train a new model, from the start unless it resumes; spoil may change the
 * task, or be NULL. */
static result train(const pinna_train_options *options,
                    void (*spoil)(toy *task))
{
    pinna_model *model = new_denoise_model();
    toy *task = new_toy(options, model);
    const pinna_train_task interface = interface_of(task);
    result r = {.error = {{0}}};

    if (spoil)
        spoil(task);
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

static result train_well(const pinna_train_options *options)
{
    const result r = train(options, NULL);
    if (r.status)
        fail_msg("%s", r.error.text);
    return r;
}

static void assert_same_result(const result *a, const result *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->values, b->values, a->n * sizeof(float));
}

/* The checkpoint's weights [n]; gives its step. */
static size_t read_checkpoint(const char *path, float *weights)
{
    pinna_model *model = new_denoise_model();
    const pinna_adam_config config = pinna_adam_config_default();
    pinna_params *params = &model->network.params;
    float *ema = zeros(params->n_values);
    pinna_adam adam;

    assert_int_equal(pinna_adam_new(&config, params->n_values, &adam), 0);
    assert_int_equal(
        pinna_checkpoint_read(path, NULL, params, ema, &adam, NULL), 0);
    if (weights)
        memcpy(weights, params->values, params->n_values * sizeof(float));
    const size_t step = adam.step;
    pinna_adam_free(&adam);
    free(ema);
    pinna_model_free(model);
    return step;
}

/* ---- tests ---- */

static void test_training_learns(void **state)
{
    (void)state;
    pinna_train_options o = options_for(support_temp("learns.safetensors"));
    o.n_steps = 200;
    o.validate_every = 10;
    const result r = train_well(&o);
    assert_true(r.score < 0.5 * r.first_score);
    assert_int_equal(r.n_validations, 200 / 10);
}

static void test_the_file_holds_the_model(void **state)
{
    (void)state;
    const char *path = support_temp("file.safetensors");
    const pinna_train_options o = options_for(path);
    const result r = train_well(&o);
    pinna_model *model;

    assert_int_equal(pinna_model_read(path, &model, NULL), PINNA_OK);
    assert_memory_equal(model->network.params.values, r.values,
                        r.n * sizeof(float));
    pinna_model_free(model);

    /* It is the mean of the weights, not the last of them. */
    float *last = zeros(r.n);
    assert_int_equal(
        read_checkpoint(support_temp("file.safetensors.checkpoint"), last), 40);
    assert_memory_not_equal(last, r.values, r.n * sizeof(float));
    assert_all_close(last, r.values, r.n, 0.1, 0);
    free(last);
}

static void test_same_seed_same_bits(void **state)
{
    (void)state;
    for (size_t n_threads = 1; n_threads <= 3; n_threads++) {
        pinna_train_options o = options_for(support_temp("same.safetensors"));
        o.n_threads = n_threads;
        o.validate_every = 40;
        const result first = train_well(&o), second = train_well(&o);
        assert_same_result(&first, &second);

        o.seed = 4;
        const result other = train_well(&o);
        assert_memory_not_equal(other.values, first.values,
                                first.n * sizeof(float));
    }
}

/* Up to the order of sums; more threads than items, too. */
static void test_threads_hardly_matter(void **state)
{
    (void)state;
    pinna_train_options o = options_for(support_temp("threads.safetensors"));
    o.validate_every = 40;
    const result one = train_well(&o);

    for (size_t n_threads = 2; n_threads <= 8; n_threads += 3) {
        o.n_threads = n_threads;
        const result more = train_well(&o);
        assert_all_close(more.values, one.values, one.n, 1e-4, 0);
    }
}

static void fail_at_17(toy *task)
{
    task->fail_step = 17;
}

static void test_resuming_after_a_failure(void **state)
{
    (void)state;
    for (size_t n_threads = 1; n_threads <= 2; n_threads++) {
        const char *checkpoint = support_temp("stopped.checkpoint");
        pinna_train_options o = options_for(support_temp("whole.safetensors"));
        o.n_threads = n_threads;
        o.validate_every = 14;
        const result whole = train_well(&o);

        o.output = support_temp("stopped.safetensors");
        o.checkpoint = checkpoint;
        const result stopped = train(&o, fail_at_17);
        assert_int_equal(stopped.status, PINNA_IO);
        assert_string_equal(stopped.error.text, "no item at step 17");
        assert_int_equal(read_checkpoint(checkpoint, NULL), 14);

        o.resume = true;
        const result resumed = train_well(&o);
        assert_same_result(&resumed, &whole);

        /* Once more: there is nothing left to do. */
        const result again = train_well(&o);
        assert_same_result(&again, &whole);
        assert_int_equal(unlink(checkpoint), 0);

        /* And from nothing it is a run like any other. */
        const result anew = train_well(&o);
        assert_same_result(&anew, &whole);
        assert_int_equal(unlink(checkpoint), 0);
    }
}

static void interrupt_at_11(toy *task)
{
    task->interrupt_step = 11;
}

/* The flag stays set, so it happens in a process of its own. */
static void test_resuming_after_an_interrupt(void **state)
{
    (void)state;
    pinna_train_options o = options_for(support_temp("i.safetensors"));
    const result whole = train_well(&o);

    o.output = support_temp("interrupted.safetensors");
    const char *checkpoint = support_temp("interrupted.safetensors.checkpoint");
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        pinna_interrupt_catch();
        const result r = train(&o, interrupt_at_11);
        _exit(r.status == PINNA_INTERRUPTED && strstr(r.error.text, "step 12")
                  ? 0
                  : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(read_checkpoint(checkpoint, NULL), 12);
    assert_int_equal(access(o.output, R_OK), 0);

    o.resume = true;
    const result resumed = train_well(&o);
    assert_same_result(&resumed, &whole);
}

static void nan_at_9(toy *task)
{
    task->nan_step = 9;
}

static void test_a_bad_gradient_spoils_nothing(void **state)
{
    (void)state;
    pinna_train_options o = options_for(support_temp("nan.safetensors"));
    const result whole = train_well(&o);

    const result r = train(&o, nan_at_9);
    assert_int_not_equal(r.status, PINNA_OK);
    assert_non_null(strstr(r.error.text, "step 9"));
    for (size_t i = 0; i < r.n; i++)
        assert_true(isfinite(r.values[i]));
    assert_int_equal(
        read_checkpoint(support_temp("nan.safetensors.checkpoint"), NULL), 7);
    o.resume = true;
    const result resumed = train_well(&o);
    assert_same_result(&resumed, &whole);
}

static void test_other_checkpoints_are_refused(void **state)
{
    (void)state;
    const char *path = support_temp("other.safetensors.checkpoint");
    pinna_train_options o = options_for(support_temp("other.safetensors"));
    const float values[3] = {1, 2, 3};
    const pinna_tensor tensor = {"weights", PINNA_F32, 1, {3}, 3, values};
    const char *const metadata[] = {"step", "20"};
    pinna_safetensors *file;

    assert_int_equal(
        pinna_safetensors_write(path, &tensor, 1, metadata, 1, NULL), PINNA_OK);
    o.resume = true;
    const result r = train(&o, NULL);
    assert_int_equal(r.status, PINNA_BAD_FORMAT);
    assert_non_null(strstr(r.error.text, path));
    assert_int_equal(r.n_validations, 0);

    /* The file is still the same, and there is no model. */
    assert_int_equal(pinna_safetensors_read(path, &file, NULL), PINNA_OK);
    assert_int_equal(pinna_safetensors_count(file), 1);
    pinna_safetensors_free(file);
    assert_int_not_equal(access(o.output, F_OK), 0);
}

static void test_an_earlier_run_is_kept(void **state)
{
    (void)state;
    pinna_train_options o = options_for(support_temp("earlier.safetensors"));
    const char *path = support_temp("earlier.safetensors.checkpoint");
    pinna_model *model = new_denoise_model();
    pinna_error error = {""};

    train_well(&o);
    toy *task = new_toy(&o, model);
    const pinna_train_task interface = interface_of(task);
    assert_int_equal(pinna_train(&o, &interface, model, &error), PINNA_BAD_ARG);
    assert_non_null(strstr(error.text, path));
    assert_non_null(strstr(error.text, "--resume"));
    assert_int_equal(read_checkpoint(path, NULL), 40);
    toy_free(task);
    pinna_model_free(model);
}

static void fail_at_1(toy *task)
{
    task->fail_step = 1;
}

/* Adam moves most weights by about the learning rate in its first step, and
 * none by more. */
static void check_first_step(size_t warmup_steps, double want)
{
    const char *path = support_temp("warm.safetensors.checkpoint");
    pinna_train_options o = options_for(support_temp("warm.safetensors"));
    pinna_model *model = new_denoise_model();
    const float *values = model->network.params.values;
    float *weights = zeros(model->network.params.n_values);
    size_t n_moved = 0;

    o.warmup_steps = warmup_steps;
    o.weight_decay = 0;
    o.validate_every = 1;
    const result r = train(&o, fail_at_1);
    assert_int_equal(r.status, PINNA_IO);
    assert_int_equal(read_checkpoint(path, weights), 1);
    for (size_t i = 0; i < r.n; i++) {
        const double moved = fabs((double)(weights[i] - values[i]));
        assert_true(moved <= 1.001 * want);
        n_moved += moved > 0.99 * want;
    }
    assert_true(n_moved > r.n / 2);
    free(weights);
    pinna_model_free(model);
}

static void test_the_rate_warms_up(void **state)
{
    (void)state;
    check_first_step(0, 0.02);
    check_first_step(1, 0.02);
    check_first_step(10, 0.002);
}

static void assert_bad_options(pinna_train_options o)
{
    const result r = train(&o, NULL);
    assert_int_equal(r.status, PINNA_BAD_ARG);
    assert_int_equal(r.n_validations, 0);
}

static void test_bad_options(void **state)
{
    (void)state;
    const pinna_train_options good =
        options_for(support_temp("options.safetensors"));
    pinna_train_options o;

    o = good, o.batch_size = 0;
    assert_bad_options(o);
    o = good, o.n_steps = o.warmup_steps;
    assert_bad_options(o);
    o = good, o.validate_every = 0;
    assert_bad_options(o);

    pinna_model *model = new_denoise_model();
    toy *task = new_toy(&good, model);
    const pinna_train_task interface = interface_of(task);
    o = good, o.n_threads = 0;
    assert_int_equal(pinna_train(&o, &interface, model, NULL), PINNA_BAD_ARG);
    o = good, o.n_threads = PINNA_MAX_THREADS + 1;
    assert_int_equal(pinna_train(&o, &interface, model, NULL), PINNA_BAD_ARG);
    toy_free(task);
    pinna_model_free(model);
}

static void test_a_model_that_cannot_be_written(void **state)
{
    (void)state;
    const pinna_train_options o =
        options_for(support_temp("no/folder/x.safetensors"));
    const result r = train(&o, NULL);
    assert_int_not_equal(r.status, PINNA_OK);
    assert_non_null(strstr(r.error.text, "no/folder/x.safetensors"));
}

static pinna_model *model_at_hand;
static toy *toy_at_hand;

static pinna_status make(void)
{
    pinna_train_options o = options_for(support_temp("memory.safetensors"));
    const pinna_train_task interface = interface_of(toy_at_hand);

    o.n_steps = 1;
    o.warmup_steps = 0;
    (void)unlink(checkpoint_of(&o));
    const pinna_status status =
        pinna_train(&o, &interface, model_at_hand, NULL);
    assert_non_null(model_at_hand->network.params.values);
    free(model_at_hand->quality); /* of this run */
    model_at_hand->quality = NULL;
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    const pinna_train_options o = options_for("");
    pinna_model *model = new_denoise_model();

    model_at_hand = model;
    toy_at_hand = new_toy(&o, model);
    support_survives_no_memory(make);
    toy_free(toy_at_hand);
    pinna_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_training_learns),
        cmocka_unit_test(test_the_file_holds_the_model),
        cmocka_unit_test(test_same_seed_same_bits),
        cmocka_unit_test(test_threads_hardly_matter),
        cmocka_unit_test(test_resuming_after_a_failure),
        cmocka_unit_test(test_resuming_after_an_interrupt),
        cmocka_unit_test(test_a_bad_gradient_spoils_nothing),
        cmocka_unit_test(test_other_checkpoints_are_refused),
        cmocka_unit_test(test_an_earlier_run_is_kept),
        cmocka_unit_test(test_the_rate_warms_up),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_a_model_that_cannot_be_written),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("trainer", tests, NULL, NULL);
}
