#include "support.h"

#include <math.h>
#include <stdlib.h>

#include "dsp/rng.h"
#include "rt_calls.h"
#include "tools/loopback.h"

/* What lies between output and input: gain times what was played, so many
 * samples ago, noise, and a bang behind all of it. */
typedef struct cable {
    size_t rate; /* Hz */
    size_t delay, block;
    double gain, noise, bang;
} cable;

static pinna_status measure(cable c, size_t *found)
{
    enum { MOST = (size_t)(PINNA_LOOPBACK_S * 192000) + 4096 };
    static float in[MOST], out[MOST];
    const size_t n = (size_t)(PINNA_LOOPBACK_S * (double)c.rate);
    pinna_loopback *loopback;
    pinna_rng rng;
    const char *last;

    pinna_rng_seed(&rng, 3, c.delay);
    assert_int_equal(pinna_loopback_new((double)c.rate, &loopback), PINNA_OK);
    support_count_allocations();
    rt_calls_reset();
    for (size_t at = 0; at < n; at += c.block) {
        for (size_t i = at; i < at + c.block; i++) {
            in[i] = i >= c.delay ? (float)c.gain * out[i - c.delay] : 0;
            in[i] += (float)(c.noise * pinna_rng_normal(&rng));
            in[i] += i > n - n / 10 ? (float)c.bang : 0;
        }
        /* Twice no sound. */
        if (at / c.block - n / c.block / 2 < 2)
            in[at] = at / c.block % 2 ? NAN : 3e38f;
        pinna_loopback_process(loopback, (const float *const[]){in + at},
                               (float *const[]){out + at}, c.block);
    }
    assert_int_equal(support_allocations(), 0);
    assert_int_equal(rt_calls_count(&last), 0);
    const pinna_status status = pinna_loopback_find(loopback, found);
    pinna_loopback_free(loopback);
    return status;
}

static void assert_found(cable c)
{
    size_t found;

    assert_int_equal(measure(c, &found), PINNA_OK);
    assert_int_equal(found, c.delay);
}

static void test_finds_the_delay(void **state)
{
    (void)state;
    static const size_t delays[] = {480, 481, 1000, 7777, 20000, 27999};

    for (size_t d = 0; d < sizeof delays / sizeof *delays; d++) {
        assert_found((cable){16000, delays[d], 480, 1, 0, 0});
        /* Through the air: weak, turned round, under as much noise. */
        assert_found((cable){16000, delays[d], 160, -0.01, 0.002, 0});
        /* And then somebody pulls the cable. */
        if (delays[d] <= 20000)
            assert_found((cable){16000, delays[d], 160, 0.01, 0, 0.9});
    }
    assert_found((cable){8000, 64, 64, 0.5, 0.1, 0});
    assert_found((cable){11025, 128, 128, 0.5, 0.1, 0});
    assert_found((cable){44100, 70000, 441, 0.5, 0.1, 0});
    assert_found((cable){192000, 200001, 1024, 0.5, 0.1, 0});
}

static void test_finds_nothing_in_noise(void **state)
{
    (void)state;
    size_t found;

    for (int noisy = 0; noisy < 2; noisy++)
        for (int loud = 0; loud < 2; loud++)
            assert_int_equal(
                measure((cable){16000, 500, 480, 0, 0.1 * noisy, 0.9 * loud},
                        &found),
                PINNA_NOT_FOUND);
}

static pinna_status make(void)
{
    pinna_loopback *loopback;
    size_t delay;
    pinna_status status = pinna_loopback_new(8000, &loopback);

    assert_true(status == PINNA_OK || !loopback);
    if (!status) {
        status = pinna_loopback_find(loopback, &delay);
        status = status == PINNA_NOT_FOUND ? PINNA_OK : status;
    }
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
