/* Against gains that are known, and against masks on speech and noise apart. */
#include "tools/component_metrics.h"

#include "dsp/rng.h"
#include "dsp/stft.h"
#include "tests/support.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 16000, N = 4 * RATE };

static float clean[N], noise[N], noisy[N], processed[N];

/* A buzz in words of 0.4 s after pauses of 0.4 s. */
static int make_signals(void **state)
{
    pinna_rng rng;

    (void)state;
    pinna_rng_seed(&rng, 1, 0);
    support_signal(clean, N, RATE);
    for (size_t i = 0; i < N; i++) {
        if (i / (2 * RATE / 5) % 2 == 0)
            clean[i] = 0;
        noise[i] = 0.05f * (float)pinna_rng_uniform(&rng, -1, 1);
        noisy[i] = clean[i] + noise[i];
    }
    return 0;
}

static pinna_component_metrics measure(void)
{
    pinna_component_metrics metrics;

    assert_int_equal(
        pinna_measure_components(clean, noisy, processed, N, RATE, &metrics),
        PINNA_OK);
    return metrics;
}

static void a_gain_is_what_it_is(void **state)
{
    static const double gains[] = {1, 0.9, 0.5, 0.1};

    (void)state;
    for (size_t g = 0; g < 4; g++) {
        for (size_t i = 0; i < N; i++)
            processed[i] = (float)gains[g] * noisy[i];
        const pinna_component_metrics metrics = measure();
        assert_close(metrics.noise_attenuation_db, -20 * log10(gains[g]), 1e-3);
        assert_close(metrics.speech_sdr_db,
                     g == 0 ? 35 : fmin(-20 * log10(1 - gains[g]), 35), 1e-3);
        assert_close(metrics.onset_db, 0, 1e-3);
    }
}

/* Words lose 6 dB for so long: of 20 ms the first 50 ms notice in part. */
static void cut_onsets_show(void **state)
{
    (void)state;
    double last_db = 0;

    for (size_t ms = 20; ms <= 60; ms += 20) {
        for (size_t i = 0; i < N; i++) {
            const size_t at = i % (4 * RATE / 5), begin = 2 * RATE / 5;
            const bool onset = at >= begin && at < begin + ms * RATE / 1000;
            processed[i] = (onset ? 0.5f : 1) * noisy[i];
        }
        const pinna_component_metrics metrics = measure();
        assert_true(metrics.onset_db < last_db - 0.5);
        last_db = metrics.onset_db;
    }
    assert_close(last_db, -6, 0.5);
}

/* signal through masks of 10 ms and 8 bands, drawn anew for each from a seed;
 * frames lie elsewhere than those of the measure. */
static void put_through_masks(const float *in, float *out)
{
    enum { FFT = 512, HOP = FFT / 2, BINS = FFT / 2 + 1, BAND = 32 };
    float complex spectrum[BINS];
    pinna_stft *stft;
    pinna_istft *istft;
    pinna_rng rng;
    float gain = 0;

    pinna_rng_seed(&rng, 7, 0);
    assert_int_equal(pinna_stft_new(FFT, HOP, PINNA_WINDOW_VORBIS, &stft), 0);
    assert_int_equal(pinna_istft_new(FFT, HOP, PINNA_WINDOW_VORBIS, &istft), 0);
    for (size_t i = 0; i + HOP <= N; i += HOP) {
        float block[HOP];
        pinna_stft_process(stft, in + i, spectrum);
        for (size_t k = 0; k < BINS; k++) {
            if (k % BAND == 0)
                gain = (float)pinna_rng_uniform(&rng, 0.2, 1);
            spectrum[k] *= gain;
        }
        pinna_istft_process(istft, spectrum, block);
        if (i >= HOP) /* the delay is one hop */
            memcpy(out + i - HOP, block, sizeof block);
    }
    pinna_stft_free(stft);
    pinna_istft_free(istft);
}

static void masks_are_told_apart(void **state)
{
    static float speech_kept[N], noise_kept[N];
    double in = 0, out = 0;

    (void)state;
    put_through_masks(noisy, processed);
    put_through_masks(noise, noise_kept);
    put_through_masks(clean, speech_kept);
    double speech = 0, distortion = 0;
    double words[2][2] = {{0}}; /* [onset, later][clean, kept] */
    for (size_t i = 0; i < N - 1000; i++) {
        if (clean[i] == 0)
            continue;
        const size_t in_word = i % (4 * RATE / 5) - 2 * RATE / 5;
        double *part = words[in_word >= RATE / 20];
        part[0] += (double)clean[i] * (double)clean[i];
        part[1] += (double)speech_kept[i] * (double)speech_kept[i];
        in += (double)noise[i] * (double)noise[i];
        out += (double)noise_kept[i] * (double)noise_kept[i];
        const double lost = (double)clean[i] - (double)speech_kept[i];
        speech += (double)clean[i] * (double)clean[i];
        distortion += lost * lost;
    }
    const pinna_component_metrics metrics = measure();
    assert_close(metrics.noise_attenuation_db, 10 * log10(in / out), 0.6);
    assert_close(metrics.speech_sdr_db, 10 * log10(speech / distortion), 1.5);
    assert_close(
        metrics.onset_db,
        10 * log10(words[0][1] / words[0][0] / (words[1][1] / words[1][0])),
        0.3);
}

static void nothing_has_no_figures(void **state)
{
    static const float silence[N];
    pinna_component_metrics metrics;

    (void)state;
    assert_int_equal(
        pinna_measure_components(silence, noise, noise, N, RATE, &metrics),
        PINNA_OK);
    assert_true(isnan(metrics.noise_attenuation_db));
    assert_true(isnan(metrics.speech_sdr_db));
    assert_true(isnan(metrics.onset_db));
    /* Too short for a frame. */
    assert_int_equal(
        pinna_measure_components(clean, noisy, noisy, 10, RATE, &metrics),
        PINNA_OK);
    assert_true(isnan(metrics.speech_sdr_db));
    /* Without noise there is none to lower. */
    assert_int_equal(
        pinna_measure_components(clean, clean, clean, N, RATE, &metrics),
        PINNA_OK);
    assert_true(isnan(metrics.noise_attenuation_db));
    assert_close(metrics.speech_sdr_db, 35, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gain_is_what_it_is),
        cmocka_unit_test(cut_onsets_show),
        cmocka_unit_test(masks_are_told_apart),
        cmocka_unit_test(nothing_has_no_figures),
    };
    return cmocka_run_group_tests_name("component_metrics", tests, make_signals,
                                       NULL);
}
