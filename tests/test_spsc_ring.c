#include "support.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "dsp/rng.h"
#include "rt_calls.h"
#include "tools/spsc_ring.h"

enum { MOST = 80, N_CHANNELS = 3 };

/* Sample i of channel c. Floats hold whole numbers up to 2^24. */
static float value(size_t i, size_t c)
{
    return (float)(i % 1000003) + 1000003.0f * (float)c;
}

static void fill(float (*block)[MOST], size_t begin, size_t n)
{
    for (size_t c = 0; c < N_CHANNELS; c++)
        for (size_t i = 0; i < n; i++)
            block[c][i] = value(begin + i, c);
}

/* Is the block what fill() gives? Not an assertion: other threads ask, too. */
static bool is_filled(float (*block)[MOST], size_t begin, size_t n)
{
    for (size_t c = 0; c < N_CHANNELS; c++)
        for (size_t i = 0; i < n; i++)
            if (block[c][i] != value(begin + i, c))
                return false;
    return true;
}

static size_t power_of_two(size_t n)
{
    size_t power = 1;
    while (power < n)
        power *= 2;
    return power;
}

/* Random reads and writes against a plain counter. */
static void test_order_is_kept(void **state)
{
    (void)state;
    static const size_t capacities[] = {1, 2, 7, 64, 65};
    pinna_rng rng;
    pinna_rng_seed(&rng, 1, 0);

    for (size_t k = 0; k < sizeof capacities / sizeof *capacities; k++) {
        const size_t capacity = power_of_two(capacities[k]);
        float in[N_CHANNELS][MOST], out[N_CHANNELS][MOST];
        pinna_spsc_ring *ring;
        const char *last;
        assert_int_equal(pinna_spsc_ring_new(capacities[k], N_CHANNELS, &ring),
                         PINNA_OK);
        size_t n_written = 0, n_read = 0;
        support_count_allocations();
        rt_calls_reset();
        for (size_t i = 0; i < 3000; i++) {
            const size_t n_in = pinna_rng_below(&rng, MOST);
            const size_t n_out = pinna_rng_below(&rng, MOST);
            const size_t space = capacity - (n_written - n_read);
            fill(in, n_written, n_in);
            const size_t n_taken = pinna_spsc_ring_write(
                ring, (const float *const[]){in[0], in[1], in[2]}, n_in);
            assert_int_equal(n_taken, n_in < space ? n_in : space);
            n_written += n_taken;

            const size_t count = n_written - n_read;
            float *to[] = {out[0], out[1], out[2]};
            fill(out, n_read, MOST);
            if (i % 5 == 0)
                to[i % N_CHANNELS] = NULL; /* keeps what fill() put there */
            const size_t n_given = pinna_spsc_ring_read(ring, to, n_out);
            assert_int_equal(n_given, n_out < count ? n_out : count);
            assert_true(is_filled(out, n_read, n_given));
            n_read += n_given;
        }
        assert_int_equal(support_allocations(), 0);
        assert_int_equal(rt_calls_count(&last), 0);
        pinna_spsc_ring_free(ring);
    }
}

/* ---- two threads ---- */

struct stress {
    pinna_spsc_ring *ring;
    size_t n_frames;
    atomic_bool failed;
};

static void *write_all(void *user)
{
    struct stress *stress = user;
    float block[N_CHANNELS][MOST];
    pinna_rng rng;

    pinna_rng_seed(&rng, stress->n_frames, 1);
    for (size_t done = 0;
         done < stress->n_frames && !atomic_load(&stress->failed);) {
        size_t n = 1 + pinna_rng_below(&rng, MOST);
        n = n < stress->n_frames - done ? n : stress->n_frames - done;
        fill(block, done, n);
        const size_t n_taken = pinna_spsc_ring_write(
            stress->ring, (const float *const[]){block[0], block[1], block[2]},
            n);
        done += n_taken;
        if (n_taken < n)
            sched_yield();
    }
    return NULL;
}

static void read_all(struct stress *stress)
{
    float block[N_CHANNELS][MOST];
    pinna_rng rng;

    pinna_rng_seed(&rng, stress->n_frames, 2);
    for (size_t done = 0;
         done < stress->n_frames && !atomic_load(&stress->failed);) {
        const size_t n = pinna_spsc_ring_read(
            stress->ring, (float *const[]){block[0], block[1], block[2]},
            1 + pinna_rng_below(&rng, MOST));
        if (!is_filled(block, done, n))
            atomic_store(&stress->failed, true);
        done += n;
        if (n == 0)
            sched_yield();
    }
}

/* All frames arrive in order, whole, from small rings that are often full or
 * empty and from large ones. */
static void test_two_threads(void **state)
{
    (void)state;
    /* Small ones make the threads take turns, which takes long. */
    static const size_t capacities[] = {1, 16, 256, 4096};
    static const size_t n_frames[] = {5000, 50000, 500000, 3000000};

    for (size_t k = 0; k < sizeof capacities / sizeof *capacities; k++) {
        struct stress stress = {.n_frames = n_frames[k]};
        pthread_t writer;

        assert_int_equal(
            pinna_spsc_ring_new(capacities[k], N_CHANNELS, &stress.ring),
            PINNA_OK);
        assert_int_equal(pthread_create(&writer, NULL, write_all, &stress), 0);
        read_all(&stress);
        assert_int_equal(pthread_join(writer, NULL), 0);
        assert_false(atomic_load(&stress.failed));
        pinna_spsc_ring_free(stress.ring);
    }
}

static void test_bad_arguments(void **state)
{
    (void)state;
    pinna_spsc_ring *ring = (pinna_spsc_ring *)&ring;
    assert_int_equal(pinna_spsc_ring_new(0, 1, &ring), PINNA_BAD_ARG);
    assert_null(ring);
    assert_int_equal(pinna_spsc_ring_new(1, 0, &ring), PINNA_BAD_ARG);
    assert_int_equal(pinna_spsc_ring_new(SIZE_MAX, 1, &ring), PINNA_NO_MEMORY);
    assert_int_equal(pinna_spsc_ring_new(SIZE_MAX / 2, 2, &ring),
                     PINNA_NO_MEMORY);
    assert_int_equal(pinna_spsc_ring_new(2, SIZE_MAX / 2, &ring),
                     PINNA_NO_MEMORY);
    assert_null(ring);
    pinna_spsc_ring_free(NULL);
}

static pinna_status make(void)
{
    pinna_spsc_ring *ring;
    const pinna_status status = pinna_spsc_ring_new(16, 2, &ring);
    assert_true(status == PINNA_OK || !ring);
    pinna_spsc_ring_free(ring);
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
        cmocka_unit_test(test_two_threads),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("spsc_ring", tests, NULL, NULL);
}
