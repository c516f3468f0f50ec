#include "tools/noise_drop.h"

#include "dsp/rng.h"
#include "tests/support.h"

#include <math.h>

enum { RATE = 8000, N = 5 * RATE };

/* Noise at 0.01 throughout, a loud second part on top; after: the quiet part at
 * quiet_gain, the loud one as it was. */
static void make(float *before, float *after, float quiet_gain)
{
    pinna_rng rng;

    pinna_rng_seed(&rng, 3, 0);
    for (size_t i = 0; i < N; i++) {
        const int loud = i >= 2 * RATE;
        before[i] = (float)pinna_rng_uniform(&rng, -1, 1) * (loud ? 1 : 0.01f);
        after[i] = before[i] * (loud ? 1 : quiet_gain);
    }
}

static double drop_of(const float *before, const float *after, size_t step)
{
    pinna_noise_drop drop = {.n_frame = RATE / 50};

    for (size_t at = 0; at < N; at += step)
        pinna_noise_drop_process(&drop, before + at, after + at,
                                 N - at < step ? N - at : step);
    return pinna_noise_drop_db(&drop, 1);
}

static float before[N], after[N];

static void measures_the_quiet_part_alone(void **state)
{
    (void)state;
    make(before, after, 0.1f);
    assert_close(drop_of(before, after, N), 20, 1e-4);
    make(before, after, 1);
    assert_close(drop_of(before, after, N), 0, 1e-4);
    make(before, after, 2);
    assert_close(drop_of(before, after, N), -6.0206, 1e-3);
}

static void any_chunking_gives_the_same(void **state)
{
    static const size_t steps[] = {1, 7, 160, 4096};

    (void)state;
    make(before, after, 0.3f);
    const double want = drop_of(before, after, N);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        assert_close(drop_of(before, after, steps[i]), want, 0);
}

static void silence_is_not_counted_and_gives_a_number(void **state)
{
    (void)state;
    make(before, after, 0.1f);
    for (size_t i = 0; i < RATE; i++)
        before[i] = after[i] = 0;
    assert_close(drop_of(before, after, N), 20, 1e-4);
    for (size_t i = 0; i < N; i++)
        after[i] = 0;
    const double all_gone = drop_of(before, after, N);
    assert_true(isfinite(all_gone) && all_gone > 60);
    for (size_t i = 0; i < N; i++)
        before[i] = 0;
    assert_close(drop_of(before, after, N), 0, 0);
}

static void sums_over_channels(void **state)
{
    pinna_noise_drop drops[2] = {{.n_frame = RATE / 50},
                                 {.n_frame = RATE / 50}};

    (void)state;
    make(before, after, 0.1f);
    pinna_noise_drop_process(&drops[0], before, after, N);
    pinna_noise_drop_process(&drops[1], before, after, N);
    assert_close(pinna_noise_drop_db(drops, 2), 20, 1e-4);
    assert_close(pinna_noise_drop_db(drops, 0), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_the_quiet_part_alone),
        cmocka_unit_test(any_chunking_gives_the_same),
        cmocka_unit_test(silence_is_not_counted_and_gives_a_number),
        cmocka_unit_test(sums_over_channels),
    };
    return cmocka_run_group_tests_name("noise_drop", tests, NULL, NULL);
}
