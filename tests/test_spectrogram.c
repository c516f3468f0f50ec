#include "tools/spectrogram.h"

#include "tests/support.h"

#include <math.h>

enum { RATE = 16000, N = 2 * RATE, N_COLUMNS = 100, N_ROWS = 256 };

static float samples[N];

static pinna_spectrogram *measure(size_t n)
{
    pinna_spectrogram *spectrogram;

    assert_int_equal(pinna_spectrogram_new(N_COLUMNS, n, &spectrogram), 0);
    support_count_allocations();
    for (size_t used = 0; used < n; used += 777)
        pinna_spectrogram_process(spectrogram, samples + used,
                                  n - used < 777 ? n - used : 777);
    assert_int_equal(support_allocations(), 0);
    return spectrogram;
}

/* A full-scale sine of 2000 Hz in the second half: 0 dB over the bins of its
 * main lobe, of which a row holds two. */
static void a_sine_reads_as_its_level(void **state)
{
    (void)state;
    for (size_t i = N / 2; i < N; i++)
        samples[i] = (float)sin(2 * PINNA_PI * 2000 * (double)i / RATE);
    pinna_spectrogram *spectrogram = measure(N);
    const size_t row = 2000 * N_ROWS * 2 / RATE;

    assert_close(pinna_spectrogram_db(spectrogram, 75, row, N_ROWS), -2, 1);
    assert_true(pinna_spectrogram_db(spectrogram, 75, row + 5, N_ROWS) < -60);
    assert_true(pinna_spectrogram_db(spectrogram, 75, row - 5, N_ROWS) < -60);
    assert_close(pinna_spectrogram_db(spectrogram, 25, row, N_ROWS), -200,
                 1e-9);
    assert_true(pinna_spectrogram_db(spectrogram, 54, row, N_ROWS) > -4);
    pinna_spectrogram_free(spectrogram);
}

static void short_sounds_fill_every_column(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 15, 16, 100, 1600};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        pinna_spectrogram *spectrogram = measure(lengths[i]);
        for (size_t x = 0; x < N_COLUMNS; x++)
            assert_true(isfinite(
                pinna_spectrogram_db(spectrogram, x, N_ROWS - 1, N_ROWS)));
        pinna_spectrogram_free(spectrogram);
    }
}

static void bad_arguments(void **state)
{
    pinna_spectrogram *spectrogram;

    (void)state;
    assert_int_equal(pinna_spectrogram_new(0, 1, &spectrogram), PINNA_BAD_ARG);
    assert_int_equal(pinna_spectrogram_new(1, 0, &spectrogram), PINNA_BAD_ARG);
    assert_null(spectrogram);
    pinna_spectrogram_free(NULL);
}

static pinna_status make(void)
{
    pinna_spectrogram *spectrogram;
    const pinna_status status = pinna_spectrogram_new(10, 100, &spectrogram);
    assert_true(status == PINNA_OK || !spectrogram);
    pinna_spectrogram_free(spectrogram);
    return status;
}

static void survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sine_reads_as_its_level),
        cmocka_unit_test(short_sounds_fill_every_column),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(survives_no_memory),
    };
    return cmocka_run_group_tests_name("spectrogram", tests, NULL, NULL);
}
