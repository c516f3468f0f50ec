#include "support.h"

#include <math.h>
#include <stdlib.h>

#include "dsp/rng.h"
#include "rt_calls.h"
#include "tools/loopback.h"

enum { RATE = 16000 };

/* A cable: gain times what was played, so many samples ago, and noise. Returns
 * whether it is found, as *found. */
static pinna_status measure(size_t delay, float gain, double noise,
                            size_t block, size_t *found)
{
    enum { N = (size_t)(PINNA_LOOPBACK_S * RATE) };
    static float in[N + 4096], out[N + 4096];
    pinna_loopback *loopback;
    pinna_rng rng;
    const char *last;

    pinna_rng_seed(&rng, 3, delay);
    assert_int_equal(pinna_loopback_new(RATE, &loopback), PINNA_OK);
    support_count_allocations();
    rt_calls_reset();
    for (size_t at = 0; at < N; at += block) {
        for (size_t i = at; i < at + block; i++)
            in[i] = (i >= delay ? gain * out[i - delay] : 0) +
                    (float)(noise * pinna_rng_normal(&rng));
        in[at] = at == block ? NAN : in[at];
        pinna_loopback_process(loopback, (const float *const[]){in + at},
                               (float *const[]){out + at}, block);
    }
    assert_int_equal(support_allocations(), 0);
    assert_int_equal(rt_calls_count(&last), 0);
    const pinna_status status = pinna_loopback_find(loopback, found);
    pinna_loopback_free(loopback);
    return status;
}

static void test_finds_the_delay(void **state)
{
    (void)state;
    static const size_t delays[] = {480, 481, 1000, 7777, 20000};
    size_t found;

    for (size_t d = 0; d < sizeof delays / sizeof *delays; d++) {
        assert_int_equal(measure(delays[d], 1, 0, 480, &found), PINNA_OK);
        assert_int_equal(found, delays[d]);
        /* Through the air: weak, turned round, under as much noise. */
        assert_int_equal(measure(delays[d], -0.01f, 0.002, 160, &found),
                         PINNA_OK);
        assert_int_equal(found, delays[d]);
    }
}

static void test_finds_nothing_in_noise(void **state)
{
    (void)state;
    size_t found;

    assert_int_equal(measure(500, 0, 0.1, 480, &found), PINNA_NOT_FOUND);
    assert_int_equal(measure(500, 0, 0, 480, &found), PINNA_NOT_FOUND);
}

static pinna_status make(void)
{
    pinna_loopback *loopback;
    const pinna_status status = pinna_loopback_new(8000, &loopback);
    assert_true(status == PINNA_OK || !loopback);
    pinna_loopback_free(loopback);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
    pinna_loopback_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_the_delay),
        cmocka_unit_test(test_finds_nothing_in_noise),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("loopback", tests, NULL, NULL);
}
