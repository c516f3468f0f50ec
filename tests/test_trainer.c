#include "tools/trainer.h"

#include "rnn_cases.h"
#include "small_models.h"
#include "support.h"
#include "toy_runs.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rnn/safetensors.h"
#include "tools/interrupt.h"

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

/* Every optimiser and schedule goes on to the same bits; the checkpoint holds
 * all that they remember. */
static void test_all_of_them_resume(void **state)
{
    (void)state;
    for (int kind = 0; kind < PINNA_N_OPTIMISERS; kind++)
        for (int schedule = 0; schedule < PINNA_N_SCHEDULES; schedule++) {
            pinna_train_options o = options_for(support_temp("all.st"));
            o.optimiser = (pinna_optimiser_config){(pinna_optimiser_kind)kind,
                                                   0.01, 0.9, true};
            o.schedule = (pinna_schedule){
                (pinna_schedule_kind)schedule, 0.02, 2, 5, 0.3, 1};
            o.validate_every = 4;
            o.patience = 100;
            const result whole = train_well(&o);
            o.output = support_temp("parts.st");
            const result stopped = train(&o, fail_at_17);
            assert_int_equal(stopped.status, PINNA_IO);
            o.resume = true;
            const result resumed = train_well(&o);
            assert_same_result(&resumed, &whole);
        }
}

static void test_another_optimiser_is_another_run(void **state)
{
    (void)state;
    pinna_train_options o = options_for(support_temp("kinds.st"));
    (void)train_well(&o);
    o.optimiser.kind = PINNA_ADAM;
    o.resume = true;
    const result r = train(&o, NULL);
    assert_int_equal(r.status, PINNA_BAD_FORMAT);
    assert_non_null(strstr(r.error.text, "another run"));
    assert_non_null(strstr(r.error.text, "adam"));
}

static uint64_t data_hash;

static void has_data(toy *task)
{
    task->data_hash = data_hash;
}

static void test_other_data_are_another_run(void **state)
{
    (void)state;
    pinna_train_options o = options_for(support_temp("data.st"));
    data_hash = 1;
    assert_int_equal(train(&o, has_data).status, PINNA_OK);
    o.resume = true;
    assert_int_equal(train(&o, has_data).status, PINNA_OK);
    data_hash = 2;
    const result r = train(&o, has_data);
    assert_int_equal(r.status, PINNA_BAD_FORMAT);
    assert_non_null(strstr(r.error.text, "another run"));
}

/* A task without a hash goes on from what was written before there were any:
 * the name of its run is that of the normalisation alone. */
static void test_name_of_the_run(void **state)
{
    (void)state;
    const pinna_train_options o = options_for(support_temp("name.st"));
    pinna_model *model = new_denoise_model();
    const float *const arrays[] = {model->offset, model->scale};
    const size_t n_bytes = model->network.config.n_in * sizeof(float);
    uint64_t hash = UINT64_C(14695981039346656037);
    pinna_safetensors *file;
    char run[128];

    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < n_bytes; k++) {
            hash ^= ((const unsigned char *)arrays[i])[k];
            hash *= UINT64_C(1099511628211);
        }
    snprintf(run, sizeof run, "seed %u, batch %zu, data %016llx",
             (unsigned)o.seed, o.batch_size, (unsigned long long)hash);
    (void)train_well(&o);
    assert_int_equal(pinna_safetensors_read(checkpoint_of(&o), &file, NULL),
                     PINNA_OK);
    assert_string_equal(pinna_safetensors_metadata(file, "run"), run);
    pinna_model_free(model);
    pinna_safetensors_free(file);
}

/* Weight decay of the file's network at a rate of 0 does nothing; each
 * schedule's rate reaches the optimiser. */
static void test_the_schedule_rules(void **state)
{
    (void)state;
    pinna_train_options o = options_for(support_temp("rule.st"));
    const result cosine = train_well(&o);
    o.schedule = (pinna_schedule){PINNA_SCHEDULE_STEP, 0.02, 4, 1, 0.001, 1};
    const result dropped = train_well(&o);
    o.schedule.kind = PINNA_SCHEDULE_CONSTANT;
    o.n_steps = 5;
    const result five = train_well(&o);
    assert_memory_not_equal(cosine.values, dropped.values,
                            cosine.n * sizeof(float));
    /* After the warm-up and one step more the rate is next to nothing: the mean
     * of the weights moves on to where they stand, and no further. */
    o.n_steps = 40;
    const result constant = train_well(&o);
    double near = 0, far = 0;
    for (size_t i = 0; i < five.n; i++) {
        near += fabs((double)(dropped.values[i] - five.values[i]));
        far += fabs((double)(constant.values[i] - five.values[i]));
    }
    assert_true(near < 0.3 * far);
}

/* ---- when to stop ---- */

static const double falling_then_rising[N_SCORES] = {5, 4, 3, 6, 7, 2};

static void scripted(toy *task)
{
    task->scores = falling_then_rising;
}

/* Of the model in the file: the step that it tells. */
static size_t step_of_model(const char *path)
{
    pinna_model *model;
    size_t step = 0;
    assert_int_equal(pinna_model_read(path, &model, NULL), PINNA_OK);
    assert_non_null(model->quality);
    const char *at = strstr(model->quality, "\"step\":");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "\"step\": %zu", &step), 1);
    pinna_model_free(model);
    return step;
}

static void test_patience_keeps_the_best(void **state)
{
    (void)state;
    pinna_train_options o = options_for(support_temp("patience.st"));
    o.validate_every = 5;
    o.patience = 2;
    const result r = train(&o, scripted);
    assert_int_equal(r.status, PINNA_OK);
    assert_int_equal(r.n_validations, 5); /* at 25, the second of the worse */
    assert_int_equal(step_of_model(o.output), 15);
    assert_int_equal(read_checkpoint(checkpoint_of(&o), NULL), 25);

    /* It is over, and stays so. */
    o.resume = true;
    const result again = train(&o, scripted);
    assert_int_equal(again.status, PINNA_OK);
    assert_int_equal(again.n_validations, 0);
    assert_same_result(&again, &r);

    /* With more of it, it goes on from there. */
    o.patience = 3;
    const result more = train(&o, NULL);
    assert_int_equal(more.status, PINNA_OK);
    assert_true(more.n_validations > 0);

    o.resume = false;
    const result patient = train(&o, scripted);
    assert_int_equal(patient.n_validations, 8);
    o.patience = 0;
    const result last = train(&o, scripted);
    assert_int_equal(last.n_validations, 8);
    assert_int_equal(step_of_model(o.output), 40);
}

static void interrupted_after_17(toy *task)
{
    task->scores = falling_then_rising;
    task->interrupt_step = 17;
}

static void goes_on_from_18(toy *task)
{
    task->scores = falling_then_rising + 3;
    task->n_scores = 3;
}

/* A validation beside the plan counts neither for the end nor for the best. */
static void test_an_interrupt_does_not_count(void **state)
{
    (void)state;
    pinna_train_options o = options_for(support_temp("beside.st"));
    o.validate_every = 5;
    o.patience = 2;
    o.schedule.kind = PINNA_SCHEDULE_PLATEAU;
    o.schedule.factor = 0.5;
    o.schedule.patience = 1;
    const result whole = train(&o, scripted);
    o.output = support_temp("beside2.st");
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        pinna_interrupt_catch();
        const result r = train(&o, interrupted_after_17);
        _exit(r.status == PINNA_INTERRUPTED && r.n_validations == 4 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(step_of_model(o.output), 15);
    o.resume = true;
    const result resumed = train(&o, goes_on_from_18);
    assert_int_equal(resumed.status, PINNA_OK);
    assert_int_equal(resumed.n_validations, 2);
    assert_same_result(&resumed, &whole);
    assert_int_equal(step_of_model(o.output), 15);
}

/* ---- the log ---- */

/* Its lines without the times; to be freed. */
static char *lines_without_times(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[512], *text = NULL;
    size_t size;
    assert_non_null(file);
    FILE *out = open_memstream(&text, &size);
    while (fgets(line, sizeof line, file)) {
        int column = 0;
        for (const char *c = line; *c; c++) {
            column += *c == ',';
            if (column != 1 && column != 5)
                fputc(*c, out);
        }
    }
    fclose(out);
    fclose(file);
    return text;
}

static void test_the_log_goes_on(void **state)
{
    (void)state;
    pinna_train_options o = options_for(support_temp("log.st"));
    o.log = support_temp("log.csv");
    o.validate_every = 6;
    (void)train_well(&o);
    char *whole = lines_without_times(o.log);
    assert_non_null(strstr(whole, "\n6,"));
    assert_non_null(strstr(whole, "\n40,"));
    assert_non_null(strstr(whole, "step,loss,learning_rate,gradient_norm,score,"
                                  "tenfold\n"));

    o.output = support_temp("log2.st");
    o.log = support_temp("log2.csv");
    const result stopped = train(&o, fail_at_17);
    assert_int_equal(stopped.status, PINNA_IO);
    o.resume = true;
    (void)train_well(&o);
    char *parts = lines_without_times(o.log);
    assert_string_equal(parts, whole);
    (void)train_well(&o);
    char *again = lines_without_times(o.log);
    assert_string_equal(again, whole);
    free(whole);
    free(parts);
    free(again);
}

/* ---- one at a time ---- */

static pinna_status second_status;

static void start_a_second(void)
{
    pinna_train_options o = options_for(support_temp("twice.st"));
    o.resume = true;
    o.n_steps = 5;
    second_status = train(&o, NULL).status;
}

static void second_in_between(toy *task)
{
    task->on_validation = start_a_second;
}

static void test_one_run_at_a_time(void **state)
{
    (void)state;
    pinna_train_options o = options_for(support_temp("twice.st"));
    second_status = PINNA_OK;
    const result r = train(&o, second_in_between);
    assert_int_equal(r.status, PINNA_OK);
    assert_int_equal(second_status, PINNA_BAD_ARG);
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

    o.schedule.warmup_steps = warmup_steps;
    o.optimiser.weight_decay = 0;
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
    o = good, o.n_steps = o.schedule.warmup_steps;
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
    o.schedule.warmup_steps = 0;
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
        cmocka_unit_test(test_all_of_them_resume),
        cmocka_unit_test(test_another_optimiser_is_another_run),
        cmocka_unit_test(test_other_data_are_another_run),
        cmocka_unit_test(test_name_of_the_run),
        cmocka_unit_test(test_the_schedule_rules),
        cmocka_unit_test(test_patience_keeps_the_best),
        cmocka_unit_test(test_an_interrupt_does_not_count),
        cmocka_unit_test(test_the_log_goes_on),
        cmocka_unit_test(test_one_run_at_a_time),
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
