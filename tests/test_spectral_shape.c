#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/fft.h"
#include "dsp/rng.h"
#include "dsp/spectral_shape.h"
#include "dsp/window.h"
#include "reference.h"

enum { N_FFT = 512, N_BINS = N_FFT / 2 + 1, RATE = 16000 };

static const double hz_per_bin = (double)RATE / N_FFT;

/* frame [N_FFT] -> magnitude [N_BINS], periodic Hann window */
static void find_magnitude(pinna_fft *fft, const float *frame, float *magnitude)
{
    float window[N_FFT], windowed[N_FFT];
    float complex spectrum[N_BINS];
    pinna_window_fill(PINNA_WINDOW_HANN, true, N_FFT, window);
    for (size_t n = 0; n < N_FFT; n++)
        windowed[n] = window[n] * frame[n];
    pinna_fft_forward(fft, windowed, spectrum);
    for (size_t k = 0; k < N_BINS; k++)
        magnitude[k] = cabsf(spectrum[k]);
}

static void test_tone(void **state)
{
    (void)state;
    enum { BIN = 40 };
    float frame[N_FFT], magnitude[N_BINS];
    for (size_t n = 0; n < N_FFT; n++)
        frame[n] =
            0.5f * (float)sin(2 * PINNA_PI * BIN * ((double)n + 0.25) / N_FFT);
    assert_close(pinna_shape_rms(frame, N_FFT), 0.5 * sqrt(0.5), 1e-6);
    assert_close(pinna_shape_zero_crossing_rate(frame, N_FFT),
                 (2.0 * BIN - 1) / N_FFT, 1e-9);

    pinna_fft *fft;
    assert_int_equal(pinna_fft_new(N_FFT, &fft), PINNA_OK);
    find_magnitude(fft, frame, magnitude);
    assert_close(pinna_shape_centroid_hz(magnitude, N_BINS, hz_per_bin),
                 BIN * hz_per_bin, 0.2);
    /* The Hann window spreads it as 1/4, 1/2, 1/4. */
    assert_close(pinna_shape_rolloff_hz(magnitude, N_BINS, hz_per_bin, 0.7),
                 BIN * hz_per_bin, 0);
    assert_close(pinna_shape_rolloff_hz(magnitude, N_BINS, hz_per_bin, 0.85),
                 (BIN + 1) * hz_per_bin, 0);
    assert_true(pinna_shape_flatness(magnitude, N_BINS) < 1e-9);
    pinna_fft_free(fft);
}

/* Each by its definition, on an arbitrary spectrum. */
static void test_equals_definition(void **state)
{
    (void)state;
    pinna_rng rng;
    pinna_rng_seed(&rng, 5, 6);
    float magnitude[N_BINS];
    double sum = 0, weighted = 0, power = 0, product = 1;
    for (size_t k = 0; k < N_BINS; k++) {
        magnitude[k] = (float)pinna_rng_uniform(&rng, 0, 2);
        sum += (double)magnitude[k];
        weighted += hz_per_bin * (double)k * (double)magnitude[k];
        power += (double)magnitude[k] * (double)magnitude[k] / N_BINS;
        product *= pow((double)magnitude[k], 2.0 / N_BINS);
    }
    support_count_allocations();
    const double centroid =
        pinna_shape_centroid_hz(magnitude, N_BINS, hz_per_bin);
    const double flatness = pinna_shape_flatness(magnitude, N_BINS);
    assert_int_equal(support_allocations(), 0);
    assert_close(centroid, weighted / sum, 1e-9);
    assert_close(flatness, product / power, 1e-9);

    for (double share = 0; share <= 1; share += 0.1) {
        const double hz =
            pinna_shape_rolloff_hz(magnitude, N_BINS, hz_per_bin, share);
        const size_t at = (size_t)(hz / hz_per_bin + 0.5);
        double below = 0;
        for (size_t k = 0; k < at; k++)
            below += (double)magnitude[k];
        assert_true(at == 0 || below < share * sum);
        assert_true(below + (double)magnitude[at] >= share * sum);
    }
}

static void test_zero_crossings(void **state)
{
    (void)state;
    /* Zeros, negative zeros and what is as small are positive. */
    const float samples[] = {1, -1, 0, -0.0f, -1e-11f, -1, -1, 1e-12f, 2};
    assert_close(pinna_shape_zero_crossing_rate(samples, 9), 4.0 / 9, 1e-12);
    assert_close(pinna_shape_zero_crossing_rate(samples, 1), 0, 0);
}

static void test_silence_and_flat(void **state)
{
    (void)state;
    float x[N_BINS] = {0};
    assert_close(pinna_shape_rms(x, N_BINS), 0, 0);
    assert_close(pinna_shape_zero_crossing_rate(x, N_BINS), 0, 0);
    assert_close(pinna_shape_centroid_hz(x, N_BINS, hz_per_bin), 0, 0);
    assert_close(pinna_shape_rolloff_hz(x, N_BINS, hz_per_bin, 0.85), 0, 0);
    assert_close(pinna_shape_flatness(x, N_BINS), 1, 1e-12);
    for (size_t k = 0; k < N_BINS; k++)
        x[k] = 3;
    assert_close(pinna_shape_flatness(x, N_BINS), 1, 1e-12);
    assert_close(pinna_shape_centroid_hz(x, N_BINS, hz_per_bin), RATE / 4,
                 1e-9);
    x[0] = 0.5f;
    assert_close(pinna_shape_rms(x, 1), 0.5, 0);
}

/* librosa pads by half a frame on both sides, with zeros or with the edge
 * samples. */
static float *pad(const int16_t *x, size_t n, size_t half, bool with_edges)
{
    float *padded = calloc(n + 2 * half, sizeof *padded);
    assert_non_null(padded);
    for (size_t i = 0; i < n + 2 * half; i++) {
        const bool inside = i >= half && i - half < n;
        if (inside || with_edges) {
            const size_t at = i < half ? 0 : i - half < n ? i - half : n - 1;
            padded[i] = (float)x[at] / 32768.0f;
        }
    }
    return padded;
}

/* Frame t of got against the case; a number of ours per frame. */
static void check(const reference *file, const char *name, const char *tensor,
                  size_t t, double got)
{
    const reference_tensor *want = reference_find(file, tensor);
    assert_non_null(want);
    assert_true(t < want->n);
    const double value = (double)want->f32[t];
    assert_close(got, value,
                 reference_number(file, name, "atol", 0) +
                     reference_number(file, name, "rtol", 0) * fabs(value));
}

static void check_spectral_cases(const reference *file, const float *padded)
{
    enum { HOP = 160 };
    const reference_tensor *l06 =
        reference_find(file, "l06_spectral_centroid.y");
    assert_non_null(l06);
    pinna_fft *fft;
    assert_int_equal(pinna_fft_new(N_FFT, &fft), PINNA_OK);
    for (size_t t = 0; t < l06->n; t++) {
        float magnitude[N_BINS];
        find_magnitude(fft, padded + t * HOP, magnitude);
        check(file, "l06_spectral_centroid", "l06_spectral_centroid.y", t,
              pinna_shape_centroid_hz(magnitude, N_BINS, hz_per_bin));
        check(file, "l07_spectral_rolloff", "l07_spectral_rolloff.y", t,
              pinna_shape_rolloff_hz(magnitude, N_BINS, hz_per_bin,
                                     PINNA_ROLLOFF_SHARE));
        check(file, "l08_spectral_flatness", "l08_spectral_flatness.y", t,
              pinna_shape_flatness(magnitude, N_BINS));
    }
    pinna_fft_free(fft);
}

static void test_equals_reference(void **state)
{
    (void)state;
    const char *path = support_reference("dsp/librosa.safetensors");
    const char *inputs_path = support_reference("dsp/inputs.safetensors");
    if (!path || !inputs_path)
        skip();
    reference *file = reference_open(path);
    reference *inputs = reference_open(inputs_path);
    const reference_tensor *x = reference_find(inputs, "jfk_a.x");
    const reference_tensor *rms = reference_find(file, "l04_rms.y");
    assert_true(x && rms);

    enum { LENGTH = 400, HOP = 160 };
    float *zeros = pad(x->i16, x->n, LENGTH / 2, false);
    float *edges = pad(x->i16, x->n, LENGTH / 2, true);
    for (size_t t = 0; t < rms->n; t++) {
        check(file, "l04_rms", "l04_rms.y", t,
              pinna_shape_rms(zeros + t * HOP, LENGTH));
        check(file, "l05_zero_crossing_rate", "l05_zero_crossing_rate.y", t,
              pinna_shape_zero_crossing_rate(edges + t * HOP, LENGTH));
    }
    free(edges);
    free(zeros);

    zeros = pad(x->i16, x->n, N_FFT / 2, false);
    check_spectral_cases(file, zeros);
    free(zeros);
    reference_close(inputs);
    reference_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tone),
        cmocka_unit_test(test_equals_definition),
        cmocka_unit_test(test_zero_crossings),
        cmocka_unit_test(test_silence_and_flat),
        cmocka_unit_test(test_equals_reference),
    };
    return cmocka_run_group_tests_name("spectral_shape", tests, NULL, NULL);
}
