#include "support.h"

#include <math.h>

#include "dsp/level.h"

static void test_square_wave_is_zero_db(void **state)
{
    (void)state;
    float x[100];
    for (size_t i = 0; i < 100; i++)
        x[i] = i % 2 ? 1.0f : -1.0f;
    pinna_level level = {0};
    pinna_level_process(&level, x, 100);
    assert_close(pinna_level_rms_db(&level), 0.0, 1e-12);
    assert_close(pinna_level_peak_db(&level), 0.0, 1e-12);
    assert_int_equal(level.n_clipped, 100);
    assert_int_equal(level.n_samples, 100);
    assert_int_equal(level.n_bad, 0);
}

static void test_sine_is_3_db_below_its_peak(void **state)
{
    (void)state;
    enum { N = 16000 };
    static float x[N];
    for (size_t i = 0; i < N; i++)
        x[i] = (float)(0.5 * sin(2.0 * PINNA_PI * 100.0 * (double)i / N));
    pinna_level level = {0};
    pinna_level_process(&level, x, N);
    assert_close(pinna_level_rms_db(&level), 20.0 * log10(0.5 / sqrt(2.0)),
                 1e-6);
    assert_close(pinna_level_peak_db(&level), 20.0 * log10(0.5), 1e-6);
    assert_int_equal(level.n_clipped, 0);
}

static void test_silence_and_nothing(void **state)
{
    (void)state;
    const float x[3] = {0.0f};
    pinna_level level = {0};
    assert_close(pinna_level_rms_db(&level), PINNA_SILENCE_DB, 0.0);
    assert_close(pinna_level_peak_db(&level), PINNA_SILENCE_DB, 0.0);
    pinna_level_process(&level, x, 3);
    pinna_level_process(&level, NULL, 0);
    assert_close(pinna_level_rms_db(&level), PINNA_SILENCE_DB, 0.0);
    assert_close(pinna_level_peak_db(&level), PINNA_SILENCE_DB, 0.0);
}

static void test_bad_samples_are_counted_not_summed(void **state)
{
    (void)state;
    const float x[] = {0.5f, NAN, INFINITY, -0.5f, -INFINITY};
    pinna_level level = {0};
    pinna_level_process(&level, x, 5);
    assert_int_equal(level.n_samples, 5);
    assert_int_equal(level.n_bad, 3);
    assert_int_equal(level.n_clipped, 0);
    assert_close(pinna_level_rms_db(&level), 20.0 * log10(0.5), 1e-12);
    assert_close(pinna_level_peak_db(&level), 20.0 * log10(0.5), 1e-12);

    pinna_level only_bad = {0};
    pinna_level_process(&only_bad, x + 1, 2);
    assert_close(pinna_level_rms_db(&only_bad), PINNA_SILENCE_DB, 0.0);
}

static void test_any_chunking_gives_the_same(void **state)
{
    (void)state;
    enum { N = 1000 };
    float x[N];
    support_signal(x, N, 8000.0);
    pinna_level whole = {0};
    pinna_level_process(&whole, x, N);

    for (size_t chunk = 1; chunk < 50; chunk += 6) {
        pinna_level level = {0};
        for (size_t i = 0; i < N; i += chunk)
            pinna_level_process(&level, x + i, chunk < N - i ? chunk : N - i);
        assert_memory_equal(&level, &whole, sizeof level);
    }
}

static void test_db_and_gain(void **state)
{
    (void)state;
    assert_close(pinna_db_to_gain(0.0), 1.0, 0.0);
    assert_close(pinna_db_to_gain(20.0), 10.0, 1e-12);
    assert_close(pinna_db_to_gain(-6.0), 0.5011872336, 1e-9);
    for (int db = -120; db <= 60; db += 7)
        assert_close(pinna_gain_to_db(pinna_db_to_gain(db)), db, 1e-10);
    assert_close(pinna_gain_to_db(0.0), PINNA_SILENCE_DB, 0.0);
    assert_close(pinna_gain_to_db(-1.0), PINNA_SILENCE_DB, 0.0);
    assert_close(pinna_gain_to_db(1e-300), PINNA_SILENCE_DB, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_square_wave_is_zero_db),
        cmocka_unit_test(test_sine_is_3_db_below_its_peak),
        cmocka_unit_test(test_silence_and_nothing),
        cmocka_unit_test(test_bad_samples_are_counted_not_summed),
        cmocka_unit_test(test_any_chunking_gives_the_same),
        cmocka_unit_test(test_db_and_gain),
    };
    return cmocka_run_group_tests_name("level", tests, NULL, NULL);
}
