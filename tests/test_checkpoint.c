#include "tools/checkpoint.h"

#include "rnn_cases.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rnn/safetensors.h"

#define RUN "seed 1"

/* The state of a run over n values, all of them random. */
typedef struct run {
    pinna_params params;
    pinna_adam adam;
    float *ema;
} run;

static run new_run(size_t n, uint64_t seed)
{
    const pinna_adam_config config = pinna_adam_config_default();
    run r = {.ema = random_floats(n, seed, 1)};
    pinna_rng rng;

    pinna_rng_seed(&rng, seed, 1);
    assert_int_equal(pinna_params_add(&r.params, "all", n, 0, NULL), 0);
    assert_int_equal(pinna_params_allocate(&r.params), 0);
    assert_int_equal(pinna_adam_new(&config, n, &r.adam), 0);
    for (size_t i = 0; i < n; i++) {
        r.params.values[i] = (float)pinna_rng_normal(&rng);
        r.adam.m[i] = (float)pinna_rng_normal(&rng);
        r.adam.v[i] = (float)pinna_rng_uniform(&rng, 0, 1);
    }
    r.adam.step = 1000 + seed;
    return r;
}

static void run_free(run *r)
{
    pinna_params_free(&r->params);
    pinna_adam_free(&r->adam);
    free(r->ema);
}

static void assert_same_run(const run *a, const run *b)
{
    const size_t n_bytes = a->params.n_values * sizeof(float);
    assert_int_equal(a->params.n_values, b->params.n_values);
    assert_memory_equal(a->params.values, b->params.values, n_bytes);
    assert_memory_equal(a->ema, b->ema, n_bytes);
    assert_memory_equal(a->adam.m, b->adam.m, n_bytes);
    assert_memory_equal(a->adam.v, b->adam.v, n_bytes);
    assert_int_equal(a->adam.step, b->adam.step);
}

static void write_run(const char *path, const run *r)
{
    pinna_error error = {{0}};
    if (pinna_checkpoint_write(path, RUN, &r->params, r->ema, &r->adam, &error))
        fail_msg("%s", error.text);
}

static pinna_status read_run(const char *path, run *r, pinna_error *error)
{
    return pinna_checkpoint_read(path, RUN, &r->params, r->ema, &r->adam,
                                 error);
}

enum { N = 77 };

static void test_round_trip_is_exact(void **state)
{
    (void)state;
    const char *path = support_temp("a.checkpoint");
    run first = new_run(N, 1), second = new_run(N, 2), back = new_run(N, 3);

    write_run(path, &first);
    assert_int_equal(read_run(path, &back, NULL), PINNA_OK);
    assert_same_run(&back, &first);

    /* In place of the other one. */
    write_run(path, &second);
    assert_int_equal(read_run(path, &back, NULL), PINNA_OK);
    assert_same_run(&back, &second);
    run_free(&first);
    run_free(&second);
    run_free(&back);
}

/* Refused in one line about the file, and the run is as it was. */
static void assert_refused(const char *path, size_t n, pinna_status want,
                           const char *words)
{
    run r = new_run(n, 5), same = new_run(n, 5);
    pinna_error error = {{0}};

    assert_int_equal(read_run(path, &r, &error), want);
    if (strncmp(error.text, path, strlen(path)) != 0 ||
        !strstr(error.text, words) || strchr(error.text, '\n'))
        fail_msg("\"%s\" does not say \"%s\"", error.text, words);
    assert_int_equal(read_run(path, &r, NULL), want);
    assert_same_run(&r, &same);
    run_free(&r);
    run_free(&same);
}

static void test_files_of_others_are_refused(void **state)
{
    (void)state;
    const char *path = support_temp("b.checkpoint");
    run r = new_run(N, 1);

    assert_refused(path, N, PINNA_NOT_FOUND, "no such file");
    write_run(path, &r);
    assert_refused(path, N - 1, PINNA_BAD_FORMAT, "weights");
    assert_refused(path, N + 1, PINNA_BAD_FORMAT, "weights");
    assert_int_equal(truncate(path, 300), 0);
    assert_refused(path, N, PINNA_BAD_FORMAT, "");
    run_free(&r);
}

/* The file of a run, with one tensor less or another step. */
static void write_parts(const char *path, const run *r, size_t n_tensors,
                        const char *step)
{
    static const char *const names[] = {"weights", "ema", "adam.m", "adam.v"};
    const char *const metadata[] = {"run", RUN, "step", step};
    pinna_tensor tensors[4];

    for (size_t i = 0; i < 4; i++)
        tensors[i] = (pinna_tensor){.name = names[i],
                                    .dtype = PINNA_F32,
                                    .n_dims = 1,
                                    .shape = {N},
                                    .n = N,
                                    .data = r->params.values};
    assert_int_equal(pinna_safetensors_write(path, tensors, n_tensors, metadata,
                                             step ? 2 : 1, NULL),
                     PINNA_OK);
}

static void test_broken_files_are_refused(void **state)
{
    (void)state;
    static const char *const steps[] = {
        NULL, "", "-1", " 3", "3 ", "x", "1e3", "99999999999999999999999"};
    const char *path = support_temp("c.checkpoint");
    run r = new_run(N, 1), back = new_run(N, 2);

    write_parts(path, &r, 4, "12");
    assert_int_equal(read_run(path, &back, NULL), PINNA_OK);
    assert_int_equal(back.adam.step, 12);
    write_parts(path, &r, 3, "12");
    assert_refused(path, N, PINNA_BAD_FORMAT, "adam.v");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        write_parts(path, &r, 4, steps[i]);
        assert_refused(path, N, PINNA_BAD_FORMAT, "step");
    }
    run_free(&r);
    run_free(&back);
}

static void test_a_failed_write_is_told(void **state)
{
    (void)state;
    const char *path = support_temp("no/such/folder/d.checkpoint");
    pinna_error error = {{0}};
    run r = new_run(N, 1);

    assert_int_not_equal(
        pinna_checkpoint_write(path, RUN, &r.params, r.ema, &r.adam, &error),
        PINNA_OK);
    assert_non_null(strstr(error.text, path));
    run_free(&r);
}

static run *at_hand;

static pinna_status make(void)
{
    const char *path = support_temp("e.checkpoint");
    const pinna_status status = pinna_checkpoint_write(
        path, RUN, &at_hand->params, at_hand->ema, &at_hand->adam, NULL);
    return status ? status : read_run(path, at_hand, NULL);
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    run r = new_run(N, 1);
    at_hand = &r;
    support_survives_no_memory(make);
    run_free(&r);
}

static void test_another_run_is_refused(void **state)
{
    (void)state;
    const char *path = support_temp("other.checkpoint");
    pinna_error error = {{0}};
    run r = new_run(N, 1), before = new_run(N, 2), now = new_run(N, 2);

    write_run(path, &r);
    assert_int_equal(pinna_checkpoint_read(path, "seed 2", &now.params, now.ema,
                                           &now.adam, &error),
                     PINNA_BAD_FORMAT);
    assert_non_null(strstr(error.text, "another run"));
    assert_same_run(&now, &before);
    run_free(&r);
    run_free(&before);
    run_free(&now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_another_run_is_refused),
        cmocka_unit_test(test_round_trip_is_exact),
        cmocka_unit_test(test_files_of_others_are_refused),
        cmocka_unit_test(test_broken_files_are_refused),
        cmocka_unit_test(test_a_failed_write_is_told),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
