#include "tools/ranks.h"

#include "socket_ranks.h"
#include "support.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dsp/rng.h"
#include "tools/interrupt.h"

/* More than two pieces, and a tail. */
enum { N_VALUES = 70001, MAX_SHARES = 9 };

static const size_t three[] = {2, 1, 3}, ones[] = {1, 1, 1, 1};

/* ---- sums ---- */

/* Of widely different sizes, so that each order of a sum has its own bits. */
static pinna_share random_share(size_t number)
{
    pinna_share share = {malloc(N_VALUES * sizeof(float)), 0, 10 + number};
    pinna_rng rng;

    pinna_rng_seed(&rng, 7, number);
    for (size_t k = 0; k < N_VALUES; k++)
        share.grads[k] = (float)(pinna_rng_uniform(&rng, -1, 1) *
                                 exp(pinna_rng_uniform(&rng, -9, 9)));
    share.loss = pinna_rng_uniform(&rng, -1, 1) * 1e-3 / (double)(1 + number);
    return share;
}

/* One after the other. */
static pinna_share sum_of(size_t n)
{
    pinna_share sum = random_share(0);
    for (size_t i = 1; i < n; i++) {
        const pinna_share next = random_share(i);
        for (size_t k = 0; k < N_VALUES; k++)
            sum.grads[k] += next.grads[k];
        sum.loss += next.loss;
        sum.n_frames += next.n_frames;
        free(next.grads);
    }
    return sum;
}

static bool sums_right(pinna_ranks *ranks, size_t n_all, size_t n_alone)
{
    const size_t first = pinna_ranks_first_thread(ranks);
    const size_t n = pinna_ranks_own_threads(ranks, n_alone);
    const pinna_share want = sum_of(n_all);
    pinna_share shares[MAX_SHARES];

    for (size_t i = 0; i < n; i++)
        shares[i] = random_share(first + i);
    const pinna_status status =
        pinna_ranks_sum(ranks, shares, n, N_VALUES, NULL);
    const bool good =
        !status && shares[0].loss == want.loss &&
        shares[0].n_frames == want.n_frames &&
        memcmp(shares[0].grads, want.grads, N_VALUES * sizeof(float)) == 0;
    for (size_t i = 0; i < n; i++)
        free(shares[i].grads);
    free(want.grads);
    return good;
}

static bool sum_twice(pinna_ranks *ranks, size_t rank, void *user)
{
    const size_t *n_all = user;
    const bool good = pinna_ranks_all_threads(ranks, 0) == *n_all &&
                      pinna_ranks_writes(ranks) == (rank == 0) &&
                      sums_right(ranks, *n_all, 0) &&
                      sums_right(ranks, *n_all, 0);
    pinna_ranks_leave(ranks, PINNA_OK, NULL);
    return good;
}

static void test_sums_in_the_order_of_shares(void **state)
{
    (void)state;
    size_t six = 6, four = 4, five = 5;
    const size_t two[] = {4, 1};
    assert_true(run_ranks(3, three, sum_twice, &six));
    assert_true(run_ranks(4, ones, sum_twice, &four));
    assert_true(run_ranks(2, two, sum_twice, &five));
}

static void test_alone(void **state)
{
    (void)state;
    pinna_error error = {"as it was"};
    float x = 3;
    assert_true(sums_right(NULL, 1, 1));
    assert_true(sums_right(NULL, 5, 5));
    assert_true(pinna_ranks_writes(NULL));
    assert_false(pinna_ranks_broken(NULL));
    assert_false(pinna_ranks_interrupted(NULL));
    assert_int_equal(pinna_ranks_all_threads(NULL, 4), 4);
    assert_int_equal(pinna_ranks_agree(NULL, PINNA_IO, &error), PINNA_IO);
    assert_string_equal(error.text, "as it was");
    assert_int_equal(pinna_ranks_share(NULL, &x, sizeof x, NULL), PINNA_OK);
    assert_int_equal(pinna_ranks_gather(NULL, &x, 0, 1, 1, NULL), PINNA_OK);
    assert_true(x == 3);
    pinna_ranks_leave(NULL, PINNA_OK, NULL);
}

/* ---- from all to the first ---- */

/* Rank r has places starts[r] .. starts[r + 1] - 1, some of them none. */
static bool gather_many(pinna_ranks *ranks, size_t rank, void *user)
{
    const size_t starts[] = {0, 3, 3, 40000, N_VALUES};
    float *values = calloc(N_VALUES, sizeof *values);
    bool good = true;

    (void)user;
    for (size_t k = starts[rank]; k < starts[rank + 1]; k++)
        values[k] = (float)(k + 1);
    good = !pinna_ranks_gather(ranks, values, starts[rank], starts[rank + 1],
                               N_VALUES, NULL);
    for (size_t k = 0; k < N_VALUES && rank == 0; k++)
        good = good && values[k] == (float)(k + 1);
    free(values);
    pinna_ranks_leave(ranks, PINNA_OK, NULL);
    return good;
}

static void test_gathering(void **state)
{
    (void)state;
    assert_true(run_ranks(4, ones, gather_many, NULL));
}

/* ---- the same for all ---- */

static bool share_much(pinna_ranks *ranks, size_t rank, void *user)
{
    unsigned char *bytes = malloc(300001);
    bool good = true;

    (void)user;
    for (size_t i = 0; i < 300001; i++)
        bytes[i] = (unsigned char)(rank == 0 ? i * i / 7 : 0);
    good = !pinna_ranks_share(ranks, bytes, 300001, NULL);
    for (size_t i = 0; i < 300001; i++)
        good = good && bytes[i] == (unsigned char)(i * i / 7);
    free(bytes);
    pinna_ranks_leave(ranks, PINNA_OK, NULL);
    return good;
}

static void test_sharing(void **state)
{
    (void)state;
    assert_true(run_ranks(4, ones, share_much, NULL));
}

static bool agree_on(pinna_ranks *ranks, pinna_status own, const char *text,
                     pinna_status want, const char *want_text)
{
    pinna_error error = {""};
    if (own)
        pinna_fail(&error, own, "%s", text);
    return pinna_ranks_agree(ranks, own, &error) == want &&
           strcmp(error.text, want_text) == 0;
}

static bool agree_often(pinna_ranks *ranks, size_t rank, void *user)
{
    (void)user;
    const bool good =
        agree_on(ranks, PINNA_OK, "", PINNA_OK, "") &&
        agree_on(ranks, rank == 2 ? PINNA_IO : PINNA_OK, "no disk", PINNA_IO,
                 "rank 2 (host2): no disk") &&
        agree_on(ranks, rank > 0 ? (pinna_status)rank : PINNA_OK, "bad",
                 PINNA_BAD_ARG, "rank 1 (host1): bad") &&
        agree_on(ranks, PINNA_IO, rank == 0 ? "mine" : "other", PINNA_IO,
                 "mine") &&
        agree_on(ranks, PINNA_OK, "", PINNA_OK, "");
    pinna_ranks_leave(ranks, PINNA_OK, NULL);
    return good;
}

static void test_agreeing(void **state)
{
    (void)state;
    assert_true(run_ranks(4, ones, agree_often, NULL));
}

/* The one that fails leaves; the others, who wait for its consent, hear why. */
static bool fail_early(pinna_ranks *ranks, size_t rank, void *user)
{
    pinna_error error = {""};
    bool good = true;

    (void)user;
    if (rank == 1) {
        pinna_ranks_leave(
            ranks, pinna_fail(&error, PINNA_NOT_FOUND, "no a.wav"), &error);
        return true;
    }
    good = pinna_ranks_agree(ranks, PINNA_OK, &error) == PINNA_NOT_FOUND &&
           strcmp(error.text, "rank 1 (host1): no a.wav") == 0;
    pinna_ranks_leave(ranks, PINNA_NOT_FOUND, &error);
    return good;
}

static void test_failing_early(void **state)
{
    (void)state;
    assert_true(run_ranks(3, ones, fail_early, NULL));
}

static bool interrupt_one(pinna_ranks *ranks, size_t rank, void *user)
{
    (void)user;
    pinna_interrupt_catch();
    bool good = agree_on(ranks, PINNA_OK, "", PINNA_OK, "") &&
                !pinna_ranks_interrupted(ranks);
    if (rank == 2)
        raise(SIGTERM);
    good = good && !pinna_ranks_interrupted(ranks) &&
           agree_on(ranks, PINNA_OK, "", PINNA_OK, "") &&
           pinna_ranks_interrupted(ranks);
    pinna_ranks_leave(ranks, PINNA_OK, NULL);
    return good;
}

static void test_an_interrupt_goes_for_all(void **state)
{
    (void)state;
    assert_true(run_ranks(3, ones, interrupt_one, NULL));
}

/* ---- lost ranks ---- */

static bool lose_one(pinna_ranks *ranks, size_t rank, void *user)
{
    const size_t *lost = user;
    pinna_error error = {""};
    float x = 1;
    pinna_share share = {&x, 0, 0};

    if (rank == *lost)
        return true; /* as if killed */
    bool good = pinna_ranks_agree(ranks, PINNA_OK, &error) == PINNA_IO &&
                strstr(error.text, "is lost") && pinna_ranks_broken(ranks);
    good = good && pinna_ranks_sum(ranks, &share, 1, 1, &error) == PINNA_IO &&
           pinna_ranks_share(ranks, &x, sizeof x, &error) == PINNA_IO &&
           pinna_ranks_gather(ranks, &x, 0, 1, 1, &error) == PINNA_IO &&
           pinna_ranks_agree(ranks, PINNA_OK, &error) == PINNA_IO &&
           agree_on(ranks, PINNA_NO_MEMORY, "mine", PINNA_NO_MEMORY, "mine");
    pinna_ranks_leave(ranks, PINNA_IO, &error);
    return good;
}

static void test_a_lost_rank_ends_it_for_all(void **state)
{
    (void)state;
    for (size_t lost = 0; lost < 3; lost++)
        assert_true(run_ranks(3, ones, lose_one, &lost));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_in_the_order_of_shares),
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_gathering),
        cmocka_unit_test(test_sharing),
        cmocka_unit_test(test_agreeing),
        cmocka_unit_test(test_failing_early),
        cmocka_unit_test(test_an_interrupt_goes_for_all),
        cmocka_unit_test(test_a_lost_rank_ends_it_for_all),
    };
    return cmocka_run_group_tests_name("ranks", tests, NULL, NULL);
}
