#include "tools/checkpoint.h"

#include "rnn_cases.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rnn/safetensors.h"

#define RUN "seed 1"

/* The state of a run over n values, all of them random. */
typedef struct run {
    size_t n;
    float *weights, *moment; /* [n] */
    size_t step;
    double best;
} run;

static run new_run(size_t n, uint64_t seed)
{
    return (run){.n = n,
                 .weights = random_floats(n, seed, 1),
                 .moment = random_floats(n, seed + 100, 1),
                 .step = 1000 + seed,
                 .best = 1 / (double)(2 + seed)};
}

static void run_free(run *r)
{
    free(r->weights);
    free(r->moment);
}

static pinna_checkpoint state_of(run *r, const char *name)
{
    return (pinna_checkpoint){
        .run = name,
        .n_values = r->n,
        .arrays = {{.name = "weights", .values = r->weights},
                   {.name = "moment", .values = r->moment}},
        .n_arrays = 2,
        .figures = {{"step", .count = &r->step}, {"best", .number = &r->best}},
        .n_figures = 2};
}

static void assert_same_run(const run *a, const run *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->weights, b->weights, a->n * sizeof(float));
    assert_memory_equal(a->moment, b->moment, a->n * sizeof(float));
    assert_int_equal(a->step, b->step);
    assert_memory_equal(&a->best, &b->best, sizeof a->best);
}

static void write_run(const char *path, run *r)
{
    const pinna_checkpoint state = state_of(r, RUN);
    pinna_error error = {{0}};
    if (pinna_checkpoint_write(path, &state, &error))
        fail_msg("%s", error.text);
}

static pinna_status read_run(const char *path, run *r, pinna_error *error)
{
    const pinna_checkpoint state = state_of(r, RUN);
    return pinna_checkpoint_read(path, &state, error);
}

enum { N = 77 };

static void test_round_trip_is_exact(void **state)
{
    (void)state;
    const char *path = support_temp("a.checkpoint");
    run first = new_run(N, 1), second = new_run(N, 2), back = new_run(N, 3);

    const double bests[] = {0, -0.0, INFINITY, 5e-324, 1.0 / 3};
    for (size_t i = 0; i < sizeof bests / sizeof *bests; i++) {
        first.best = bests[i];
        write_run(path, &first);
        assert_int_equal(read_run(path, &back, NULL), PINNA_OK);
        assert_same_run(&back, &first);
    }

    /* In place of the other one. */
    write_run(path, &second);
    assert_int_equal(read_run(path, &back, NULL), PINNA_OK);
    assert_same_run(&back, &second);
    run_free(&first);
    run_free(&second);
    run_free(&back);
}

static void test_its_options_are_kept(void **state)
{
    (void)state;
    const char *path = support_temp("e.checkpoint");
    static const char *const texts[] = {NULL, "{\"lr\": 0.1}"};
    run r = new_run(N, 1), back = new_run(N, 2);

    for (size_t i = 0; i < 2; i++) {
        pinna_checkpoint its_state = state_of(&r, RUN);
        pinna_safetensors *file;
        its_state.training = texts[i];
        assert_int_equal(pinna_checkpoint_write(path, &its_state, NULL),
                         PINNA_OK);
        assert_int_equal(pinna_safetensors_read(path, &file, NULL), PINNA_OK);
        const char *text = pinna_safetensors_metadata(file, "training");
        assert_true(texts[i] ? text && strcmp(text, texts[i]) == 0 : !text);
        pinna_safetensors_free(file);
        assert_int_equal(read_run(path, &back, NULL), PINNA_OK);
        assert_same_run(&back, &r);
    }
    run_free(&r);
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

/* The file of a run, with one tensor less or other figures. */
static void write_parts(const char *path, const run *r, size_t n_tensors,
                        const char *step, const char *best)
{
    static const char *const names[] = {"weights", "moment"};
    const char *metadata[6] = {"run", RUN};
    pinna_tensor tensors[2];
    size_t n = 1;

    if (step) {
        metadata[2 * n] = "step";
        metadata[2 * n++ + 1] = step;
    }
    if (best) {
        metadata[2 * n] = "best";
        metadata[2 * n++ + 1] = best;
    }
    for (size_t i = 0; i < 2; i++)
        tensors[i] = (pinna_tensor){.name = names[i],
                                    .dtype = PINNA_F32,
                                    .n_dims = 1,
                                    .shape = {N},
                                    .n = N,
                                    .data = r->weights};
    assert_int_equal(
        pinna_safetensors_write(path, tensors, n_tensors, metadata, n, NULL),
        PINNA_OK);
}

static void test_broken_files_are_refused(void **state)
{
    (void)state;
    static const char *const steps[] = {
        NULL, "", "-1", " 3", "3 ", "x", "1e3", "99999999999999999999999"};
    const char *path = support_temp("c.checkpoint");
    run r = new_run(N, 1), back = new_run(N, 2);

    /* Earlier versions knew but the step. */
    write_parts(path, &r, 2, "12", NULL);
    assert_int_equal(read_run(path, &back, NULL), PINNA_OK);
    assert_int_equal(back.step, 12);
    assert_close(back.best, 1 / 4.0, 0);
    write_parts(path, &r, 1, "12", NULL);
    assert_refused(path, N, PINNA_BAD_FORMAT, "moment");
    write_parts(path, &r, 2, "12", "nan");
    assert_refused(path, N, PINNA_BAD_FORMAT, "best");
    write_parts(path, &r, 2, "12", "0.5x");
    assert_refused(path, N, PINNA_BAD_FORMAT, "best");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        write_parts(path, &r, 2, steps[i], "1");
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

    const pinna_checkpoint its_state = state_of(&r, RUN);
    assert_int_not_equal(pinna_checkpoint_write(path, &its_state, &error),
                         PINNA_OK);
    assert_non_null(strstr(error.text, path));
    run_free(&r);
}

static run *at_hand;

static pinna_status make(void)
{
    const char *path = support_temp("e.checkpoint");
    const pinna_checkpoint state = state_of(at_hand, RUN);
    const pinna_status status = pinna_checkpoint_write(path, &state, NULL);
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
    const pinna_checkpoint its_state = state_of(&now, "seed 2");
    assert_int_equal(pinna_checkpoint_read(path, &its_state, &error),
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
        cmocka_unit_test(test_its_options_are_kept),
        cmocka_unit_test(test_files_of_others_are_refused),
        cmocka_unit_test(test_broken_files_are_refused),
        cmocka_unit_test(test_a_failed_write_is_told),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
