#include "support.h"

#include "datasets/batch.h"

#include <stdlib.h>
#include <string.h>

#define N_ITEMS 1000

static void draw_lengths(size_t *lengths, size_t n)
{
    pinna_rng rng;
    pinna_rng_seed(&rng, 5, 0);
    for (size_t i = 0; i < n; i++)
        lengths[i] = 10 + pinna_rng_below(&rng, 500);
}

static pinna_batch_plan make_plan(const size_t *lengths, size_t n, size_t size,
                                  uint64_t seed)
{
    pinna_batch_plan plan;
    pinna_rng rng;
    pinna_rng_seed(&rng, seed, 0);
    assert_int_equal(pinna_batch_plan_new(lengths, n, size, &rng, &plan),
                     PINNA_OK);
    return plan;
}

/* Every item once, batches of the size asked for but for one. */
static void check_plan(const pinna_batch_plan *plan, size_t n, size_t size)
{
    unsigned char *seen = calloc(n + 1, 1);
    assert_non_null(seen);
    assert_int_equal(plan->n_items, n);
    for (size_t i = 0; i < n; i++) {
        assert_in_range(plan->items[i], 0, n - 1);
        assert_int_equal(seen[plan->items[i]]++, 0);
    }
    free(seen);

    assert_int_equal(plan->n_batches, (n + size - 1) / size);
    assert_int_equal(plan->begins[0], 0);
    assert_int_equal(plan->begins[plan->n_batches], n);
    size_t n_smaller = 0;
    for (size_t b = 0; b < plan->n_batches; b++) {
        const size_t count = plan->begins[b + 1] - plan->begins[b];
        assert_in_range(count, 1, size);
        n_smaller += count < size;
    }
    assert_int_equal(n_smaller, n % size != 0);
}

static void test_every_item_once(void **state)
{
    (void)state;
    size_t lengths[N_ITEMS];
    const size_t counts[] = {0, 1, 2, 7, 8, 9, 127, 128, 129, 999, N_ITEMS};
    const size_t sizes[] = {1, 2, 8, 100, 5000};

    draw_lengths(lengths, N_ITEMS);
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            pinna_batch_plan plan =
                make_plan(lengths, counts[c], sizes[s], c + s);
            check_plan(&plan, counts[c], sizes[s]);
            pinna_batch_plan_free(&plan);
        }
}

static void test_huge_batch_size_does_not_overflow(void **state)
{
    (void)state;
    const size_t lengths[3] = {3, 1, 2};
    pinna_batch_plan plan = make_plan(lengths, 3, SIZE_MAX, 1);
    check_plan(&plan, 3, 3);
    pinna_batch_plan_free(&plan);
}

static void test_same_seed_same_plan(void **state)
{
    (void)state;
    size_t lengths[N_ITEMS];
    draw_lengths(lengths, N_ITEMS);
    /* Many ties, which qsort() may order as it likes. */
    for (size_t i = 0; i < N_ITEMS; i++)
        lengths[i] /= 100;

    pinna_batch_plan a = make_plan(lengths, N_ITEMS, 8, 1);
    pinna_batch_plan b = make_plan(lengths, N_ITEMS, 8, 1);
    pinna_batch_plan c = make_plan(lengths, N_ITEMS, 8, 2);
    assert_memory_equal(a.items, b.items, N_ITEMS * sizeof *a.items);
    assert_memory_equal(a.begins, b.begins, a.n_batches * sizeof *a.begins);
    assert_memory_not_equal(a.items, c.items, N_ITEMS * sizeof *a.items);
    pinna_batch_plan_free(&a);
    pinna_batch_plan_free(&b);
    pinna_batch_plan_free(&c);
}

/* With uniform lengths 10 .. 510 and pools of 16 batches, a batch spans about
 * a sixteenth of the range; in random batches of 8 the longest is 8/9 of the
 * range against a mean of a half, 42 % padding. */
static void test_little_padding(void **state)
{
    (void)state;
    size_t lengths[N_ITEMS];
    draw_lengths(lengths, N_ITEMS);
    pinna_batch_plan plan = make_plan(lengths, N_ITEMS, 8, 1);
    assert_true(pinna_batch_plan_padding(&plan, lengths) < 0.08);
    assert_true(pinna_batch_plan_padding(&plan, lengths) > 0.01);
    pinna_batch_plan_free(&plan);
}

static void test_padding_by_hand(void **state)
{
    (void)state;
    size_t items[] = {0, 1, 2}, begins[] = {0, 2, 3};
    const size_t lengths[] = {4, 8, 5};
    const pinna_batch_plan plan = {items, 3, begins, 2};
    assert_close(pinna_batch_plan_padding(&plan, lengths), 1 - 17.0 / 21,
                 1e-12);
    const size_t silent[] = {0, 0, 0};
    assert_close(pinna_batch_plan_padding(&plan, silent), 0, 0);
}

/* The batches must not come sorted by length. */
static void test_batches_are_shuffled(void **state)
{
    (void)state;
    size_t lengths[N_ITEMS], n_falls = 0;
    draw_lengths(lengths, N_ITEMS);
    pinna_batch_plan plan = make_plan(lengths, N_ITEMS, 8, 1);
    for (size_t b = 1; b < plan.n_batches; b++)
        n_falls += lengths[plan.items[plan.begins[b]]] <
                   lengths[plan.items[plan.begins[b - 1]]];
    assert_in_range(n_falls, plan.n_batches / 3, plan.n_batches * 2 / 3);
    pinna_batch_plan_free(&plan);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    const size_t lengths[1] = {1};
    pinna_batch_plan plan;
    pinna_rng rng;
    pinna_rng_seed(&rng, 1, 0);
    assert_int_equal(pinna_batch_plan_new(lengths, 1, 0, &rng, &plan),
                     PINNA_BAD_ARG);
    assert_null(plan.items);
    pinna_batch_plan_free(NULL);
}

static pinna_status make_and_free(void)
{
    const size_t lengths[] = {3, 2, 1};
    pinna_batch_plan plan;
    pinna_rng rng;
    pinna_rng_seed(&rng, 1, 0);
    const pinna_status status =
        pinna_batch_plan_new(lengths, 3, 2, &rng, &plan);
    pinna_batch_plan_free(&plan);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make_and_free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_item_once),
        cmocka_unit_test(test_huge_batch_size_does_not_overflow),
        cmocka_unit_test(test_same_seed_same_plan),
        cmocka_unit_test(test_little_padding),
        cmocka_unit_test(test_padding_by_hand),
        cmocka_unit_test(test_batches_are_shuffled),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
