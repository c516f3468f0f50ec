#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "dsp/mel.h"
#include "reference.h"

/* Kaldi's triangle b at one frequency, in double. */
static double naive_weight(size_t b, size_t n_mels, double hz, double low_hz,
                           double high_hz)
{
    const double low = 1127.0 * log(1.0 + low_hz / 700.0);
    const double high = 1127.0 * log(1.0 + high_hz / 700.0);
    const double step = (high - low) / (double)(n_mels + 1);
    const double mel = 1127.0 * log(1.0 + hz / 700.0);
    const double up = (mel - low - step * (double)b) / step;
    const double down = (low + step * (double)(b + 2) - mel) / step;
    return fmax(0.0, fmin(up, down));
}

enum { MAX_BINS = 520, MAX_MELS = 80 };

static pinna_mel_config kaldi(size_t n_mels, size_t n_fft, double sample_rate,
                              double low_hz, double high_hz)
{
    return (pinna_mel_config){.n_mels = n_mels,
                              .n_fft = n_fft,
                              .sample_rate = sample_rate,
                              .low_hz = low_hz,
                              .high_hz = high_hz,
                              .scale = PINNA_MEL_KALDI,
                              .vtln_warp = 1.0,
                              .vtln_low_hz = 100.0,
                              .vtln_high_hz = -500.0};
}

static void check_bank(size_t n_mels, size_t n_fft, double sample_rate,
                       double low_hz, double high_hz)
{
    pinna_mel_bank *bank;
    const pinna_mel_config config =
        kaldi(n_mels, n_fft, sample_rate, low_hz, high_hz);
    assert_int_equal(pinna_mel_bank_new(&config, &bank), PINNA_OK);
    float bins[MAX_BINS] = {0}, bands[MAX_MELS];
    assert_true(pinna_mel_bank_n_bins(bank) <= MAX_BINS);
    support_signal(bins, n_fft / 2, 1000.0);

    support_count_allocations();
    pinna_mel_bank_apply(bank, bins, bands);
    assert_int_equal(support_allocations(), 0);

    const double top = high_hz > 0.0 ? high_hz : high_hz + 0.5 * sample_rate;
    for (size_t b = 0; b < n_mels; b++) {
        double want = 0.0;
        for (size_t k = 0; k < n_fft / 2; k++) {
            const double hz = (double)k * sample_rate / (double)n_fft;
            want += naive_weight(b, n_mels, hz, low_hz, top) * (double)bins[k];
        }
        assert_close(bands[b], want, 1e-5);
    }
    pinna_mel_bank_free(bank);
}

static void test_equals_triangles(void **state)
{
    (void)state;
    check_bank(23, 512, 16000.0, 20.0, 0.0);
    check_bank(80, 512, 16000.0, 20.0, -400.0);
    check_bank(40, 256, 8000.0, 20.0, 0.0);
    check_bank(26, 400, 16000.0, 0.0, 7600.0);
    check_bank(64, 1024, 44100.0, 0.0, 22050.0);
}

static void test_scale(void **state)
{
    (void)state;
    assert_close(pinna_hz_to_mel(0.0), 0.0, 0.0);
    assert_close(pinna_hz_to_mel(1000.0), 1000.0, 0.02);
    for (int hz = 0; hz <= 24000; hz += 371)
        assert_close(pinna_mel_to_hz(pinna_hz_to_mel(hz)), hz, 1e-8);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    static const struct {
        size_t n_mels, n_fft;
        double sample_rate, low_hz, high_hz;
    } bad[] = {
        {0, 512, 16000, 20, 0},    {23, 0, 16000, 20, 0},
        {23, 1, 16000, 20, 0},     {23, 1 << 20, 16000, 20, 0},
        {23, 512, 0, 20, 0},       {23, 512, -16000, 20, 0},
        {23, 512, NAN, 20, 0},     {23, 512, INFINITY, 20, 0},
        {23, 512, 16000, -1, 0},   {23, 512, 16000, NAN, 0},
        {23, 512, 16000, 20, NAN}, {23, 512, 16000, 20, 8001},
        {23, 512, 16000, 20, 20},  {23, 512, 16000, 20, -8000},
        {23, 512, 16000, 8000, 0}, {200, 512, 16000, 20, 0}, /* empty */
        {600, 512, 16000, 20, 0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pinna_mel_bank *bank = (pinna_mel_bank *)&bank;
        const pinna_mel_config config =
            kaldi(bad[i].n_mels, bad[i].n_fft, bad[i].sample_rate,
                  bad[i].low_hz, bad[i].high_hz);
        assert_int_equal(pinna_mel_bank_new(&config, &bank), PINNA_BAD_ARG);
        assert_null(bank);
    }
    pinna_mel_bank_free(NULL);
}

static pinna_status make(void)
{
    pinna_mel_bank *bank;
    const pinna_mel_config config = kaldi(23, 512, 16000.0, 20.0, 0.0);
    const pinna_status status = pinna_mel_bank_new(&config, &bank);
    assert_true(status == PINNA_OK || !bank);
    pinna_mel_bank_free(bank);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

/* A bank that leaves some bands without a bin: in Kaldi a mistake, elsewhere
 * usual. */
static void test_empty_bands(void **state)
{
    (void)state;
    pinna_mel_config config = kaldi(80, 128, 16000.0, 0.0, 0.0);
    pinna_mel_bank *bank;
    assert_int_equal(pinna_mel_bank_new(&config, &bank), PINNA_BAD_ARG);
    config.scale = PINNA_MEL_SLANEY;
    assert_int_equal(pinna_mel_bank_new(&config, &bank), PINNA_OK);
    float bins[MAX_BINS], bands[MAX_MELS];
    for (size_t k = 0; k < MAX_BINS; k++)
        bins[k] = 1.0f;
    pinna_mel_bank_apply(bank, bins, bands);
    assert_close(bands[1], 0.0, 0.0); /* 33 .. 100 Hz, bins at 0 and 125 */
    assert_true(bands[79] > 0.0f);
    pinna_mel_bank_free(bank);
}

static void test_bad_warps(void **state)
{
    (void)state;
    static const double bad[][3] = {
        {0.0, 100, -500},  {-1.0, 100, -500}, {1.1, 10, -500},
        {1.1, 8000, -500}, {0.9, 100, -7950}, {NAN, 100, -500},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pinna_mel_bank *bank;
        pinna_mel_config config = kaldi(23, 512, 16000.0, 20.0, 0.0);
        config.vtln_warp = bad[i][0];
        config.vtln_low_hz = bad[i][1];
        config.vtln_high_hz = bad[i][2];
        assert_int_equal(pinna_mel_bank_new(&config, &bank), PINNA_BAD_ARG);
    }
}

static bool reference_is(const reference *file, const char *name,
                         const char *field, const char *value)
{
    const char *text = reference_text(file, name, field, "");
    return text && strcmp(text, value) == 0;
}

static pinna_mel_config reference_config(const reference *file,
                                         const char *name)
{
    const bool is_kaldi = reference_is(file, name, "kind", "kaldi");
    pinna_mel_config config = kaldi(
        (size_t)reference_number(file, name,
                                 is_kaldi ? "num_mel_bins" : "n_mels", 0),
        (size_t)reference_number(file, name, "nfft", 0),
        reference_number(file, name, "rate", 0),
        reference_number(file, name, is_kaldi ? "low_freq" : "f_min", 0),
        reference_number(file, name, is_kaldi ? "high_freq" : "f_max", 0));
    if (!is_kaldi)
        config.scale = reference_is(file, name, "kind", "htk")
                           ? PINNA_MEL_HTK
                           : PINNA_MEL_SLANEY;
    config.slaney_norm = reference_is(file, name, "norm", "slaney");
    config.vtln_warp = reference_number(file, name, "vtln_warp", 1);
    return config;
}

static void test_equals_reference(void **state)
{
    (void)state;
    reference *file = reference_open(support_fixture("dsp.safetensors"));
    static const char *const names[] = {
        "kaldi_23_512_16000_1.0",   "kaldi_80_512_16000_1.0",
        "kaldi_23_256_8000_1.0",    "kaldi_23_512_16000_1.1",
        "htk_23_512_16000_None",    "slaney_80_400_16000_slaney",
        "slaney_40_512_16000_None",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *name = names[i];
        const pinna_mel_config config = reference_config(file, name);
        const double atol = reference_number(file, name, "atol", 0);
        pinna_mel_bank *bank;
        assert_int_equal(pinna_mel_bank_new(&config, &bank), PINNA_OK);

        char key[64];
        snprintf(key, sizeof key, "%s.m", name);
        const size_t n_bins =
            config.n_fft / 2 + (config.scale == PINNA_MEL_KALDI ? 0 : 1);
        const float *want = reference_floats(file, key, config.n_mels * n_bins);
        for (size_t k = 0; k < n_bins; k++) {
            float bins[MAX_BINS] = {0.0f}, bands[MAX_MELS];
            bins[k] = 1.0f;
            pinna_mel_bank_apply(bank, bins, bands);
            for (size_t b = 0; b < config.n_mels; b++)
                assert_close(bands[b], want[b * n_bins + k], atol);
        }
        pinna_mel_bank_free(bank);
    }
    reference_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_triangles),
        cmocka_unit_test(test_scale),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_empty_bands),
        cmocka_unit_test(test_bad_warps),
        cmocka_unit_test(test_survives_no_memory),
        cmocka_unit_test(test_equals_reference),
    };
    return cmocka_run_group_tests_name("mel", tests, NULL, NULL);
}
