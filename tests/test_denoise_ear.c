#include "support.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/fft.h"
#include "dsp/rng.h"
#include "dsp/stft.h"
#include "rnn/denoise_ear.h"
#include "rnn_cases.h"

enum { N_BANDS = 160, MAX_FFT = 8192, MAX_BINS = MAX_FFT / 2 + 1 };

static const unsigned rates[] = {8000,  11025, 16000, 22050, 32000,
                                 44100, 48000, 96000, 192000};
enum { N_RATES = sizeof rates / sizeof *rates };

static pinna_denoise_ear *new_ear(const pinna_denoise_bands *bands,
                                  unsigned sample_rate)
{
    pinna_denoise_ear *ear;
    assert_int_equal(pinna_denoise_ear_new(bands, sample_rate, &ear), PINNA_OK);
    return ear;
}

static void test_length_of_frames(void **state)
{
    (void)state;
    pinna_denoise_bands bands = pinna_denoise_bands_default(40);
    for (unsigned rate = 8000; rate <= 192000; rate += 25) {
        const size_t hop = pinna_denoise_hop(rate);
        /* Sizes that the transform likes lie up to 5.3 % away. */
        assert_close((double)hop / rate, 0.01, 0.01 * 0.053);
        for (bands.frame_ms = 20; bands.frame_ms <= 40; bands.frame_ms += 20) {
            const size_t n_fft = pinna_denoise_n_fft(&bands, rate);
            assert_true(pinna_fft_size_ok(n_fft));
            assert_true(n_fft <= MAX_FFT);
            assert_int_equal(n_fft, bands.frame_ms / 10 * hop);
        }
    }
    bands.frame_ms = 20;
    assert_int_equal(pinna_denoise_n_fft(&bands, 16000), 320);
    bands.frame_ms = 40;
    assert_int_equal(pinna_denoise_n_fft(&bands, 48000), 1920);
}

/* ---- the definition, in double ---- */

typedef struct naive_ear {
    pinna_denoise_bands bands;
    double centres[N_BANDS];
    size_t n_fft, n_frames;
    double sample_rate, level;
} naive_ear;

static naive_ear naive_new(const pinna_denoise_bands *bands, unsigned rate)
{
    naive_ear ear = {.bands = *bands,
                     .n_fft = pinna_denoise_n_fft(bands, rate),
                     .sample_rate = rate};
    assert_int_equal(
        pinna_erb_centres(bands->n_bands, 1000 / (double)bands->frame_ms,
                          bands->linear_hz, bands->top_hz, ear.centres),
        PINNA_OK);
    return ear;
}

/* How much a bin at hz counts in band b. */
static double triangle(const naive_ear *ear, size_t b, double hz)
{
    const double *c = ear->centres;
    const size_t last = ear->bands.n_bands - 1;

    if (hz <= c[b])
        return b == 0 ? 1 : fmax(0, (hz - c[b - 1]) / (c[b] - c[b - 1]));
    return b == last ? 1 : fmax(0, (c[b + 1] - hz) / (c[b + 1] - c[b]));
}

static void naive_process(naive_ear *ear, const float complex *spectrum,
                          double *x)
{
    const double n_fft = (double)ear->n_fft;
    const double hop_ms =
        10 * n_fft / ear->sample_rate * 1000 / (double)ear->bands.frame_ms;
    double mean = 0;
    size_t n_level = 0;

    for (size_t b = 0; b < ear->bands.n_bands; b++) {
        double power = 0, weights = 0;
        for (size_t k = 0; k <= ear->n_fft / 2; k++) {
            const double weight =
                triangle(ear, b, (double)k * ear->sample_rate / n_fft);
            const double magnitude = cabs((double complex)spectrum[k]);
            weights += weight;
            power += weight * pow(2 * magnitude / n_fft, 2);
        }
        const double density = weights > 0 ? power / weights : 0;
        x[b] = 0.5 * log10(density + pow(10, ear->bands.floor_db / 10));
        if (ear->centres[b] <= 8000 && weights > 0) {
            mean += x[b];
            n_level++;
        }
    }
    mean /= (double)n_level;

    const double keep = exp(-hop_ms / ear->bands.level_ms);
    ear->level =
        ear->n_frames++ == 0 ? mean : keep * ear->level + (1 - keep) * mean;
    for (size_t b = 0; b < ear->bands.n_bands; b++)
        x[b] -= ear->level;
}

static void fill_spectrum(pinna_rng *rng, size_t n_bins, double scale,
                          float complex *spectrum)
{
    for (size_t k = 0; k < n_bins; k++) {
        const float re = (float)(scale * pinna_rng_normal(rng));
        const float im = (float)(scale * pinna_rng_normal(rng));
        spectrum[k] = re + im * (float complex)I;
    }
}

static void check_definition(const pinna_denoise_bands *bands, unsigned rate)
{
    /* Loud and soft, and silent. */
    static const double scales[] = {1, 0, 300, 1e-3, 20, 1e-6, 1e5};
    pinna_denoise_ear *ear = new_ear(bands, rate);
    naive_ear naive = naive_new(bands, rate);
    const size_t n_bins = naive.n_fft / 2 + 1;
    float complex spectrum[MAX_BINS];
    float x[N_BANDS];
    double want[N_BANDS];
    pinna_rng rng;

    pinna_rng_seed(&rng, rate, 0);
    for (size_t t = 0; t < sizeof scales / sizeof *scales; t++) {
        fill_spectrum(&rng, n_bins, scales[t], spectrum);
        pinna_denoise_ear_process(ear, spectrum, x);
        naive_process(&naive, spectrum, want);
        for (size_t b = 0; b < bands->n_bands; b++)
            assert_close((double)x[b], want[b], 2e-5);
    }
    pinna_denoise_ear_free(ear);
}

static void test_equals_the_definition(void **state)
{
    (void)state;
    pinna_denoise_bands bands = pinna_denoise_bands_default(40);
    assert_int_equal(bands.n_bands, N_BANDS);
    for (size_t r = 0; r < N_RATES; r++)
        check_definition(&bands, rates[r]);

    bands = pinna_denoise_bands_default(20);
    assert_int_equal(bands.n_bands, 96);
    check_definition(&bands, 44100);
    bands = (pinna_denoise_bands){12, 300, 15000, -60, 250, 20};
    check_definition(&bands, 48000);
    check_definition(&bands, 8000);
    bands = (pinna_denoise_bands){50, 900, 16000, -70, 500, 40};
    check_definition(&bands, 48000);
    check_definition(&bands, 11025);
}

/* ---- what follows from it ---- */

/* The power in dB that the bands read of a sine after a long time of silence,
 * which is the level: the largest one. */
static double read_sine(unsigned rate, double hz, double amplitude)
{
    pinna_denoise_bands bands = pinna_denoise_bands_default(40);
    bands.level_ms = 1e9;
    pinna_denoise_ear *ear = new_ear(&bands, rate);
    const size_t n_fft = pinna_denoise_n_fft(&bands, rate);
    const size_t hop = pinna_denoise_hop(rate);
    float *samples = zeros(hop);
    float complex spectrum[MAX_BINS];
    float x[N_BANDS];
    pinna_stft *stft;

    assert_int_equal(pinna_stft_new_low_delay(n_fft, hop, &stft), PINNA_OK);
    for (size_t t = 0; t < 6; t++) {
        for (size_t i = 0; t > 0 && i < hop; i++)
            samples[i] = (float)(amplitude * sin(2 * PINNA_PI * hz *
                                                 (double)(t * hop + i) / rate));
        pinna_stft_process(stft, samples, spectrum);
        pinna_denoise_ear_process(ear, spectrum, x);
    }

    float largest = x[0];
    for (size_t b = 1; b < N_BANDS; b++)
        largest = fmaxf(largest, x[b]);
    pinna_stft_free(stft);
    pinna_denoise_ear_free(ear);
    free(samples);
    return 20 * (double)largest + bands.floor_db;
}

static void test_a_sine_reads_the_same_at_every_rate(void **state)
{
    (void)state;
    for (size_t r = 0; r < N_RATES; r++) {
        /* Some have bins that are not quite 25 Hz apart: then a sine of 1 kHz
         * falls between two of them. */
        const double tolerance = rates[r] % 1000 == 0 ? 1 : 2.5;
        assert_close(read_sine(rates[r], 1000, 1), -4, tolerance);
        assert_close(read_sine(rates[r], 1000, 0.1), -24, tolerance);
    }
}

static void test_silence_and_bands_above_nyquist(void **state)
{
    (void)state;
    const pinna_denoise_bands bands = pinna_denoise_bands_default(40);
    pinna_denoise_ear *ear = new_ear(&bands, 8000);
    const size_t n_used = pinna_erb_bank_n_used(pinna_denoise_ear_bank(ear));
    float complex spectrum[MAX_BINS] = {0};
    float x[N_BANDS];
    pinna_rng rng;

    pinna_denoise_ear_process(ear, spectrum, x);
    for (size_t b = 0; b < N_BANDS; b++)
        assert_close((double)x[b], 0, 1e-6);

    /* All alike, and far below the rest. */
    pinna_rng_seed(&rng, 1, 0);
    fill_spectrum(&rng, 161, 10, spectrum);
    pinna_denoise_ear_process(ear, spectrum, x);
    assert_in_range(n_used, 128, N_BANDS - 1);
    for (size_t b = n_used; b < N_BANDS; b++) {
        assert_close((double)x[b], (double)x[n_used], 0);
        assert_true(x[b] < x[0] - 1);
    }
    pinna_denoise_ear_free(ear);
}

/* Nearly: a floor is added to every band. */
static void test_volume_does_not_matter(void **state)
{
    (void)state;
    const pinna_denoise_bands bands = pinna_denoise_bands_default(40);
    pinna_denoise_ear *soft = new_ear(&bands, 48000);
    pinna_denoise_ear *loud = new_ear(&bands, 48000);
    float complex spectrum[MAX_BINS];
    float x[N_BANDS], y[N_BANDS];
    pinna_rng rng;

    pinna_rng_seed(&rng, 2, 0);
    for (size_t t = 0; t < 20; t++) {
        fill_spectrum(&rng, 961, 100, spectrum);
        pinna_denoise_ear_process(soft, spectrum, x);
        for (size_t k = 0; k < 961; k++)
            spectrum[k] *= 100;
        pinna_denoise_ear_process(loud, spectrum, y);
        assert_all_close(y, x, N_BANDS, 5e-3, 0);
    }
    pinna_denoise_ear_free(soft);
    pinna_denoise_ear_free(loud);
}

static void test_reset_equals_new(void **state)
{
    (void)state;
    const pinna_denoise_bands bands = pinna_denoise_bands_default(40);
    pinna_denoise_ear *ear = new_ear(&bands, 16000);
    pinna_denoise_ear *fresh = new_ear(&bands, 16000);
    float complex spectrum[MAX_BINS];
    float x[N_BANDS], want[N_BANDS];
    pinna_rng rng;

    pinna_rng_seed(&rng, 3, 0);
    support_count_allocations();
    for (size_t t = 0; t < 5; t++) {
        fill_spectrum(&rng, 321, 30, spectrum);
        pinna_denoise_ear_process(ear, spectrum, x);
    }
    pinna_denoise_ear_reset(ear);
    for (size_t t = 0; t < 5; t++) {
        fill_spectrum(&rng, 321, 3, spectrum);
        pinna_denoise_ear_process(ear, spectrum, x);
        pinna_denoise_ear_process(fresh, spectrum, want);
        assert_memory_equal(x, want, sizeof x);
    }
    assert_int_equal(support_allocations(), 0);
    pinna_denoise_ear_free(ear);
    pinna_denoise_ear_free(fresh);
}

/* Full scale is +-1, but a stream may hold anything up to +60 dB. */
static void test_huge_powers_are_finite(void **state)
{
    (void)state;
    const pinna_denoise_bands bands = pinna_denoise_bands_default(40);
    pinna_denoise_ear *ear = new_ear(&bands, 192000);
    float complex spectrum[MAX_BINS];
    float x[N_BANDS];

    for (size_t k = 0; k < MAX_BINS; k++)
        spectrum[k] = 1000.0f * MAX_FFT;
    pinna_denoise_ear_process(ear, spectrum, x);
    for (size_t b = 0; b < N_BANDS; b++)
        assert_true(isfinite(x[b]));
    pinna_denoise_ear_free(ear);
}

static void assert_refused(pinna_denoise_bands bands, unsigned sample_rate)
{
    pinna_denoise_ear *ear = (pinna_denoise_ear *)&bands;
    assert_int_equal(pinna_denoise_ear_new(&bands, sample_rate, &ear),
                     PINNA_BAD_ARG);
    assert_null(ear);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    const pinna_denoise_bands good = pinna_denoise_bands_default(40);
    pinna_denoise_bands bands;

    assert_refused(good, 0);
    bands = good, bands.n_bands = 0;
    assert_refused(bands, 16000);
    bands = good, bands.n_bands = 513;
    assert_refused(bands, 16000);
    bands = good, bands.n_bands = 128; /* as many as are linear */
    assert_refused(bands, 16000);
    bands = good, bands.linear_hz = NAN;
    assert_refused(bands, 16000);
    bands = good, bands.top_hz = good.linear_hz;
    assert_refused(bands, 16000);
    bands = good, bands.floor_db = NAN;
    assert_refused(bands, 16000);
    bands = good, bands.level_ms = 0;
    assert_refused(bands, 16000);
    bands = good, bands.level_ms = NAN;
    assert_refused(bands, 16000);
    bands = good, bands.frame_ms = 10;
    assert_refused(bands, 16000);
    bands = good, bands.frame_ms = 30;
    assert_refused(bands, 16000);
    pinna_denoise_ear_free(NULL);
}

static pinna_status make(void)
{
    const pinna_denoise_bands bands = pinna_denoise_bands_default(40);
    pinna_denoise_ear *ear;
    const pinna_status status = pinna_denoise_ear_new(&bands, 16000, &ear);
    assert_true(status == PINNA_OK || !ear);
    pinna_denoise_ear_free(ear);
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
        cmocka_unit_test(test_length_of_frames),
        cmocka_unit_test(test_equals_the_definition),
        cmocka_unit_test(test_a_sine_reads_the_same_at_every_rate),
        cmocka_unit_test(test_silence_and_bands_above_nyquist),
        cmocka_unit_test(test_volume_does_not_matter),
        cmocka_unit_test(test_reset_equals_new),
        cmocka_unit_test(test_huge_powers_are_finite),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("denoise_ear", tests, NULL, NULL);
}
