#include "support.h"

#include <math.h>

#include "dsp/rng.h"

/* The first outputs of the authors' xoshiro256starstar.c from state 1 2 3 4. */
static void test_matches_published_sequence(void **state)
{
    (void)state;
    static const uint64_t want[] = {
        UINT64_C(11520),
        UINT64_C(0),
        UINT64_C(1509978240),
        UINT64_C(1215971899390074240),
        UINT64_C(1216172134540287360),
        UINT64_C(607988272756665600),
        UINT64_C(16172922978634559625),
        UINT64_C(8476171486693032832),
    };
    pinna_rng rng = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
        assert_true(pinna_rng_next(&rng) == want[i]);
}

static void test_seed_and_stream_name_a_sequence(void **state)
{
    (void)state;
    pinna_rng first, again, other_stream, other_seed, swapped;
    pinna_rng_seed(&first, 1, 2);
    pinna_rng_seed(&again, 1, 2);
    pinna_rng_seed(&other_stream, 1, 3);
    pinna_rng_seed(&other_seed, 2, 2);
    pinna_rng_seed(&swapped, 2, 1);
    assert_memory_equal(&first, &again, sizeof first);

    size_t n_same = 0;
    for (size_t i = 0; i < 1000; i++) {
        const uint64_t x = pinna_rng_next(&first);
        assert_true(x == pinna_rng_next(&again));
        n_same += x == pinna_rng_next(&other_stream);
        n_same += x == pinna_rng_next(&other_seed);
        n_same += x == pinna_rng_next(&swapped);
    }
    assert_int_equal(n_same, 0);
}

static void test_copy_branches(void **state)
{
    (void)state;
    pinna_rng rng;
    pinna_rng_seed(&rng, 5, 0);
    pinna_rng copy = rng;
    const uint64_t x = pinna_rng_next(&rng);
    assert_true(pinna_rng_next(&copy) == x);
}

static void test_below_is_even(void **state)
{
    (void)state;
    enum { N = 7, DRAWS = 70000 };
    pinna_rng rng;
    pinna_rng_seed(&rng, 3, 0);

    size_t counts[N] = {0};
    for (size_t i = 0; i < DRAWS; i++) {
        const size_t x = pinna_rng_below(&rng, N);
        assert_in_range(x, 0, N - 1);
        counts[x]++;
    }
    /* Binomial with deviation 93: five of them. */
    for (size_t i = 0; i < N; i++)
        assert_close((double)counts[i], 70000.0 / N, 5 * 93);

    for (size_t i = 0; i < 10; i++)
        assert_int_equal(pinna_rng_below(&rng, 1), 0);
}

/* With n = 3/4 of the range a plain remainder would give the lower third
 * twice as often. */
static void test_below_has_no_modulo_bias(void **state)
{
    (void)state;
    enum { DRAWS = 30000 };
    const size_t n = SIZE_MAX / 4 * 3;
    pinna_rng rng;
    pinna_rng_seed(&rng, 4, 0);

    size_t n_lower_third = 0;
    for (size_t i = 0; i < DRAWS; i++)
        n_lower_third += pinna_rng_below(&rng, n) < n / 3;
    assert_close((double)n_lower_third, 30000.0 / 3, 5 * 82);
}

static void test_uniform_moments_and_bounds(void **state)
{
    (void)state;
    enum { DRAWS = 100000 };
    pinna_rng rng;
    pinna_rng_seed(&rng, 6, 0);

    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < DRAWS; i++) {
        const double x = pinna_rng_uniform(&rng, -2.0, 4.0);
        assert_true(x >= -2.0 && x < 4.0);
        sum += x;
        square += (x - 1.0) * (x - 1.0);
    }
    assert_close(sum / DRAWS, 1.0, 0.03);
    assert_close(square / DRAWS, 3.0, 0.05); /* (b - a)^2 / 12 */

    /* No number lies between these two; the upper is never given. */
    for (size_t i = 0; i < 100; i++)
        assert_true(pinna_rng_uniform(&rng, 1.0, nextafter(1.0, 2.0)) == 1.0);
}

static void test_normal_moments(void **state)
{
    (void)state;
    enum { DRAWS = 200000 };
    pinna_rng rng;
    pinna_rng_seed(&rng, 7, 0);

    double sum = 0.0, square = 0.0, fourth = 0.0;
    for (size_t i = 0; i < DRAWS; i++) {
        const double x = pinna_rng_normal(&rng);
        sum += x;
        square += x * x;
        fourth += x * x * x * x;
    }
    assert_close(sum / DRAWS, 0.0, 0.012);
    assert_close(square / DRAWS, 1.0, 0.016);
    assert_close(fourth / DRAWS, 3.0, 0.12);
}

static void test_chance(void **state)
{
    (void)state;
    enum { DRAWS = 50000 };
    pinna_rng rng;
    pinna_rng_seed(&rng, 8, 0);

    size_t n_true = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        n_true += pinna_rng_chance(&rng, 0.3) != 0;
        assert_false(pinna_rng_chance(&rng, 0.0));
        assert_true(pinna_rng_chance(&rng, 1.0));
    }
    assert_close((double)n_true / DRAWS, 0.3, 0.011);
}

static void test_shuffle_gives_every_order(void **state)
{
    (void)state;
    enum { DRAWS = 12000 };
    pinna_rng rng;
    pinna_rng_seed(&rng, 9, 0);

    size_t counts[27] = {0};
    for (size_t i = 0; i < DRAWS; i++) {
        size_t x[3] = {0, 1, 2};
        pinna_rng_shuffle(&rng, x, 3);
        assert_true(x[0] != x[1] && x[1] != x[2] && x[0] != x[2]);
        counts[x[0] * 9 + x[1] * 3 + x[2]]++;
    }
    size_t n_orders = 0;
    for (size_t i = 0; i < 27; i++) {
        if (counts[i] == 0)
            continue;
        n_orders++;
        assert_close((double)counts[i], 12000.0 / 6, 5 * 41);
    }
    assert_int_equal(n_orders, 6);

    pinna_rng_shuffle(&rng, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches_published_sequence),
        cmocka_unit_test(test_seed_and_stream_name_a_sequence),
        cmocka_unit_test(test_copy_branches),
        cmocka_unit_test(test_below_is_even),
        cmocka_unit_test(test_below_has_no_modulo_bias),
        cmocka_unit_test(test_uniform_moments_and_bounds),
        cmocka_unit_test(test_normal_moments),
        cmocka_unit_test(test_chance),
        cmocka_unit_test(test_shuffle_gives_every_order),
    };
    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
