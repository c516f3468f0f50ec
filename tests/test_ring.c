#include "support.h"

#include "dsp/ring.h"
#include "dsp/rng.h"

/* Random reads and writes against a plain counter: sample i holds i. */
static void test_order_is_kept(void **state)
{
    (void)state;
    static const size_t capacities[] = {1, 2, 7, 64};
    pinna_rng rng;
    pinna_rng_seed(&rng, 1, 0);

    for (size_t c = 0; c < sizeof capacities / sizeof capacities[0]; c++) {
        const size_t capacity = capacities[c];
        pinna_ring *ring;
        assert_int_equal(pinna_ring_new(capacity, &ring), PINNA_OK);
        size_t n_written = 0, n_read = 0;
        support_count_allocations();
        for (size_t i = 0; i < 2000; i++) {
            float in[80], out[80];
            const size_t n_in = pinna_rng_below(&rng, 80);
            for (size_t k = 0; k < n_in; k++)
                in[k] = (float)(n_written + k);
            const size_t space = capacity - (n_written - n_read);
            assert_int_equal(pinna_ring_space(ring), space);
            const size_t n_taken = pinna_ring_write(ring, in, n_in);
            assert_int_equal(n_taken, n_in < space ? n_in : space);
            n_written += n_taken;

            const size_t count = n_written - n_read;
            const size_t n_out = pinna_rng_below(&rng, 80);
            assert_int_equal(pinna_ring_count(ring), count);
            const size_t n_given = pinna_ring_read(ring, out, n_out);
            assert_int_equal(n_given, n_out < count ? n_out : count);
            for (size_t k = 0; k < n_given; k++)
                assert_true(out[k] == (float)(n_read + k));
            n_read += n_given;
        }
        assert_int_equal(support_allocations(), 0);
        pinna_ring_free(ring);
    }
}

static void test_reset_equals_new(void **state)
{
    (void)state;
    const float x[3] = {1.0f, 2.0f, 3.0f};
    float y[3];
    pinna_ring *ring;
    assert_int_equal(pinna_ring_new(4, &ring), PINNA_OK);
    assert_int_equal(pinna_ring_write(ring, x, 3), 3);
    assert_int_equal(pinna_ring_read(ring, y, 1), 1);
    pinna_ring_reset(ring);
    assert_int_equal(pinna_ring_count(ring), 0);
    assert_int_equal(pinna_ring_space(ring), 4);
    assert_int_equal(pinna_ring_read(ring, y, 3), 0);
    assert_int_equal(pinna_ring_write(ring, x, 3), 3);
    assert_int_equal(pinna_ring_read(ring, y, 3), 3);
    assert_memory_equal(x, y, sizeof x);
    pinna_ring_free(ring);
}

static void test_nothing_moves_nothing(void **state)
{
    (void)state;
    pinna_ring *ring;
    assert_int_equal(pinna_ring_new(4, &ring), PINNA_OK);
    assert_int_equal(pinna_ring_write(ring, NULL, 0), 0);
    assert_int_equal(pinna_ring_read(ring, NULL, 0), 0);
    pinna_ring_free(ring);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    pinna_ring *ring = (pinna_ring *)&ring;
    assert_int_equal(pinna_ring_new(0, &ring), PINNA_BAD_ARG);
    assert_null(ring);
    assert_int_equal(pinna_ring_new(SIZE_MAX / 4, &ring), PINNA_NO_MEMORY);
    assert_null(ring);
    pinna_ring_free(NULL);
}

static pinna_status make(void)
{
    pinna_ring *ring;
    const pinna_status status = pinna_ring_new(16, &ring);
    assert_true(status == PINNA_OK || !ring);
    pinna_ring_free(ring);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_is_kept),
        cmocka_unit_test(test_reset_equals_new),
        cmocka_unit_test(test_nothing_moves_nothing),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
