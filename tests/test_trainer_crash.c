/* A training that is killed, or finds the disk full, at any moment. */
#include "tools/trainer.h"

#include "support.h"
#include "toy_runs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dsp/rng.h"
#include "rnn/whole_file.h"

static void assert_same_file(const char *one, const char *other)
{
    unsigned char *a, *b;
    size_t n_a, n_b;
    assert_int_equal(pinna_whole_file_read(one, 1 << 20, &a, &n_a, NULL), 0);
    assert_int_equal(pinna_whole_file_read(other, 1 << 20, &b, &n_b, NULL), 0);
    assert_int_equal(n_a, n_b);
    assert_memory_equal(a, b, n_a);
    free(a);
    free(b);
}

/* The steps of a log, in their order. */
static void assert_each_line_once(const char *path, size_t every, size_t last)
{
    FILE *file = fopen(path, "r");
    char line[512];
    size_t want = 0, step;

    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        want = want + every < last ? want + every : last;
        assert_int_equal(sscanf(line, "%zu,", &step), 1);
        assert_int_equal(step, want);
    }
    assert_int_equal(want, last);
    fclose(file);
}

static pinna_train_options crash_options(const char *output, const char *log)
{
    pinna_train_options o = options_for(output);
    o.n_steps = 300;
    o.validate_every = 4;
    o.schedule.kind = PINNA_SCHEDULE_PLATEAU;
    o.schedule.factor = 0.7;
    o.schedule.patience = 2;
    o.patience = 1000;
    o.log = log;
    return o;
}

static void test_killed_at_random(void **state)
{
    (void)state;
    pinna_train_options o = crash_options(support_temp("whole.safetensors"),
                                          support_temp("whole.csv"));
    const result whole = train_well(&o);
    pinna_rng rng;
    int status = -1;
    size_t n_kills = 0;

    o = crash_options(support_temp("killed.safetensors"),
                      support_temp("killed.csv"));
    o.resume = true;
    pinna_rng_seed(&rng, (uint64_t)getpid(), 0);
    while (status != 0) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            _exit(train(&o, NULL).status ? 1 : 0);
        /* Later and later, so that it comes to an end on any machine. */
        const struct timespec wait = {
            0, (long)(1000 * pinna_rng_below(&rng, 2000 + 500 * n_kills))};
        nanosleep(&wait, NULL);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_false(WIFEXITED(status) && WEXITSTATUS(status) != 0);
        n_kills += status != 0;
        assert_true(n_kills < 500);
    }
    assert_true(n_kills > 0);
    const result resumed = train_well(&o); /* reads what there is */
    assert_same_result(&resumed, &whole);
    assert_same_file(o.output, support_temp("whole.safetensors"));
    assert_each_line_once(o.log, 4, 300);
    assert_each_line_once(support_temp("whole.csv"), 4, 300);

    /* What the killed ones left has been cleared away. */
    assert_int_not_equal(access(support_temp("killed.safetensors.0.tmp"), F_OK),
                         0);
    assert_int_not_equal(
        access(support_temp("killed.safetensors.checkpoint.0.tmp"), F_OK), 0);
    assert_int_not_equal(access(support_temp("killed.safetensors.lock"), F_OK),
                         0);
}

static void fail_at_150(toy *task)
{
    task->fail_step = 150;
}

/* No file can grow beyond limit bytes: the error is told, and the checkpoint
 * that was there is good. */
static void check_full_disk(const pinna_train_options *options, size_t limit)
{
    pinna_train_options o = *options;
    const pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit full = {limit, limit};
        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &full) != 0)
            _exit(2);
        const result r = train(&o, NULL);
        _exit(r.status == PINNA_IO && strstr(r.error.text, "full.") ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(read_checkpoint(checkpoint_of(&o), NULL), 148);
}

static void test_a_full_disk(void **state)
{
    (void)state;
    pinna_train_options o = crash_options(support_temp("enough.safetensors"),
                                          support_temp("enough.csv"));
    const result whole = train_well(&o);

    o = crash_options(support_temp("full.safetensors"),
                      support_temp("full.csv"));
    assert_int_equal(train(&o, fail_at_150).status, PINNA_IO);
    o.resume = true;
    for (size_t limit = 0; limit < 6000; limit += 1500)
        check_full_disk(&o, limit);
    const result resumed = train_well(&o);
    assert_same_result(&resumed, &whole);
    assert_same_file(o.output, support_temp("enough.safetensors"));
    assert_each_line_once(o.log, 4, 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_at_random),
        cmocka_unit_test(test_a_full_disk),
    };
    return cmocka_run_group_tests_name("trainer_crash", tests, NULL, NULL);
}
