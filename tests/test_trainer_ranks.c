/* Training by several ranks, against the same by one process with as many
 * threads: the same bits, whatever happens. */
#include "tools/trainer.h"

#include "socket_ranks.h"
#include "support.h"
#include "toy_runs.h"

#include <stdlib.h>
#include <string.h>

#include "rnn/whole_file.h"
#include "tools/interrupt.h"

/* What all ranks are to do, and to come to. */
typedef struct plan {
    pinna_train_options options; /* n_threads: of all */
    const result *want;          /* NULL: only the status counts */
    pinna_status status;
    const char *text; /* of the error, in part */
    size_t spoiler;   /* the rank that spoil is for */
    void (*spoil)(toy *task);
} plan;

/* Only rank 0 may look at its files: the others are given none. */
static bool follow(pinna_ranks *ranks, size_t rank, void *user)
{
    const plan *p = user;
    pinna_train_options o = p->options;

    pinna_interrupt_catch();
    o.ranks = ranks;
    if (rank > 0) {
        o.output = "no_such_folder/model.safetensors";
        o.log = o.log ? "no_such_folder/log.csv" : NULL;
    }
    const result r = train(&o, rank == p->spoiler ? p->spoil : NULL);
    pinna_ranks_leave(ranks, r.status, &r.error);
    if (r.status != p->status || (p->text && !strstr(r.error.text, p->text)))
        return false;
    return !p->want ||
           memcmp(r.values, p->want->values, r.n * sizeof(float)) == 0;
}

static bool same_file(const char *one, const char *other)
{
    unsigned char *a = NULL, *b = NULL;
    size_t n_a, n_b;
    const bool same = !pinna_whole_file_read(one, 1 << 20, &a, &n_a, NULL) &&
                      !pinna_whole_file_read(other, 1 << 20, &b, &n_b, NULL) &&
                      n_a == n_b && memcmp(a, b, n_a) == 0;
    free(a);
    free(b);
    return same;
}

static const size_t ones[] = {1, 1, 1, 1}, uneven[] = {2, 1, 3};

static void check_same(pinna_train_options o, size_t n_ranks,
                       const size_t *n_threads)
{
    o.n_threads = 0;
    for (size_t i = 0; i < n_ranks; i++)
        o.n_threads += n_threads[i];
    o.output = support_temp("alone.st");
    const result whole = train_well(&o);
    plan p = {.options = o, .want = &whole};
    p.options.output = support_temp("ranks.st");
    assert_true(run_ranks(n_ranks, n_threads, follow, &p));
    assert_true(same_file(o.output, p.options.output));
}

/* With more threads than items in a batch, too. */
static void test_the_same_bits(void **state)
{
    (void)state;
    const pinna_train_options o = options_for(NULL);
    check_same(o, 2, ones);
    check_same(o, 4, ones);
    check_same(o, 3, uneven);
}

static const double falling_then_rising[N_SCORES] = {5, 4, 3, 6, 7, 2};

static void scripted(toy *task)
{
    task->scores = falling_then_rising;
}

static pinna_train_options plateau_options(void)
{
    pinna_train_options o = options_for(support_temp("plateau.st"));
    o.n_threads = 2;
    o.validate_every = 5;
    o.schedule.kind = PINNA_SCHEDULE_PLATEAU;
    o.schedule.factor = 0.5;
    o.schedule.patience = 1;
    return o;
}

/* The scores are known to rank 0 alone. */
static void test_the_plateau_is_the_same_for_all(void **state)
{
    (void)state;
    pinna_train_options o = plateau_options();
    const result cut = train(&o, scripted);
    plan p = {.options = o, .want = &cut, .spoil = scripted};
    assert_true(run_ranks(2, ones, follow, &p));

    p.options.patience = o.patience = 2;
    const result stopped = train(&o, scripted);
    assert_int_equal(stopped.n_validations, 5);
    p.want = &stopped;
    assert_true(run_ranks(2, ones, follow, &p));
    assert_int_equal(read_checkpoint(checkpoint_of(&o), NULL), 25);
}

static void fail_at_17(toy *task)
{
    task->fail_step = 17;
}

static void test_an_error_ends_all_and_resumes(void **state)
{
    (void)state;
    pinna_train_options o = plateau_options();
    o.log = support_temp("alone.csv");
    const result whole = train_well(&o);
    o.log = support_temp("ranks.csv");
    plan p = {.options = o,
              .status = PINNA_IO,
              .text = "rank 1 (host1): no item at step 17",
              .spoiler = 1,
              .spoil = fail_at_17};
    assert_true(run_ranks(2, ones, follow, &p));
    assert_int_equal(read_checkpoint(checkpoint_of(&o), NULL), 15);

    p.options.resume = true;
    p.want = &whole;
    p.status = PINNA_OK;
    p.text = NULL;
    p.spoil = NULL;
    assert_true(run_ranks(2, ones, follow, &p));
}

static void interrupt_at_11(toy *task)
{
    task->interrupt_step = 11;
}

static void test_an_interrupt_of_one_saves(void **state)
{
    (void)state;
    for (size_t spoiler = 0; spoiler < 2; spoiler++) {
        pinna_train_options o = plateau_options();
        const result whole = train_well(&o);
        plan p = {.options = o,
                  .status = PINNA_INTERRUPTED,
                  .text = "step 12",
                  .spoiler = spoiler,
                  .spoil = interrupt_at_11};
        assert_true(run_ranks(2, ones, follow, &p));
        assert_int_equal(read_checkpoint(checkpoint_of(&o), NULL), 12);

        p = (plan){.options = o, .want = &whole};
        p.options.resume = true;
        assert_true(run_ranks(2, ones, follow, &p));

        /* As one process it goes on as well. */
        o.resume = true;
        const result again = train_well(&o);
        assert_same_result(&again, &whole);
    }
}

/* With the code of one that has done its part, for run_ranks(). */
static void exit_at_13(toy *task)
{
    task->exit_step = 13;
}

static void test_a_lost_rank_leaves_a_checkpoint(void **state)
{
    (void)state;
    pinna_train_options o = plateau_options();
    o.n_threads = 3;
    const result whole = train_well(&o);
    plan p = {.options = o,
              .status = PINNA_IO,
              .text = "is lost",
              .spoiler = 2,
              .spoil = exit_at_13};
    assert_true(run_ranks(3, ones, follow, &p));
    assert_int_equal(read_checkpoint(checkpoint_of(&o), NULL), 13);

    p = (plan){.options = o, .want = &whole};
    p.options.resume = true;
    assert_true(run_ranks(3, ones, follow, &p));
}

static void carry(toy *task)
{
    task->carries = true;
}

static void carry_and_exit_at_13(toy *task)
{
    task->carries = true;
    task->exit_step = 13;
}

/* follow() with items that carry on, in all ranks. */
static bool carry_on(pinna_ranks *ranks, size_t rank, void *user)
{
    plan p = *(const plan *)user;

    if (rank != p.spoiler)
        p.spoil = carry;
    p.spoiler = rank;
    return follow(ranks, rank, &p);
}

/* What items of all ranks carry on is in the checkpoint of the first, as it was
 * before a step that was never done. */
static void test_what_is_carried_on(void **state)
{
    (void)state;
    for (size_t lost = 1; lost < 3; lost++) {
        pinna_train_options o = plateau_options();
        o.n_threads = 6;
        const result plain = train_well(&o);
        const result whole = train(&o, carry);
        assert_int_equal(whole.status, PINNA_OK);
        assert_memory_not_equal(plain.values, whole.values,
                                whole.n * sizeof(float));
        plan p = {.options = o, .want = &whole, .spoil = carry};
        assert_true(run_ranks(3, uneven, carry_on, &p));

        p = (plan){.options = o,
                   .status = PINNA_IO,
                   .text = "is lost",
                   .spoiler = lost,
                   .spoil = carry_and_exit_at_13};
        assert_true(run_ranks(3, uneven, carry_on, &p));
        assert_int_equal(read_checkpoint(checkpoint_of(&o), NULL), 13);

        p = (plan){.options = o, .want = &whole, .spoil = carry};
        p.options.resume = true;
        assert_true(run_ranks(3, uneven, carry_on, &p));

        o.resume = true;
        const result again = train(&o, carry);
        assert_same_result(&again, &whole);
    }
}

static void test_what_rank_0_finds_goes_for_all(void **state)
{
    (void)state;
    pinna_train_options o = plateau_options();
    plan p = {.options = o, .status = PINNA_IO, .text = "no_such_folder"};
    (void)train_well(&o);
    p.options.output = "no_such_folder/rank0.st";
    assert_true(run_ranks(2, ones, follow, &p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_bits),
        cmocka_unit_test(test_the_plateau_is_the_same_for_all),
        cmocka_unit_test(test_an_error_ends_all_and_resumes),
        cmocka_unit_test(test_an_interrupt_of_one_saves),
        cmocka_unit_test(test_a_lost_rank_leaves_a_checkpoint),
        cmocka_unit_test(test_what_is_carried_on),
        cmocka_unit_test(test_what_rank_0_finds_goes_for_all),
    };
    return cmocka_run_group_tests_name("trainer_ranks", tests, NULL, NULL);
}
