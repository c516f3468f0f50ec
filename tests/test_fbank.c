#include "support.h"

#include <complex.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "dsp/fbank.h"

enum { MAX_LENGTH = 1024, MAX_MELS = 80 };

/* The steps of fbank.h one after another, in double. */

static double naive_log_energy(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return log(fmax(sum, (double)FLT_EPSILON));
}

/* frame [n] -> x [n], and the log energy. */
static double naive_condition(const pinna_fbank_config *config,
                              const float *frame, size_t n, double *x)
{
    double mean = 0.0;
    for (size_t i = 0; i < n; i++)
        mean += 32768.0 * (double)frame[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        x[i] = 32768.0 * (double)frame[i] -
               (config->remove_dc_offset ? mean : 0.0);
    const double raw_energy = naive_log_energy(x, n);

    for (size_t i = n; i-- > 0;)
        x[i] -= config->preemphasis * x[i > 0 ? i - 1 : 0];
    float window[MAX_LENGTH];
    pinna_window_fill(config->window, false, n, window);
    for (size_t i = 0; i < n; i++)
        x[i] *= (double)window[i];

    const double energy =
        config->raw_energy ? raw_energy : naive_log_energy(x, n);
    return config->energy_floor > 0.0 ? fmax(energy, log(config->energy_floor))
                                      : energy;
}

static double naive_mel(double hz)
{
    return 1127.0 * log(1.0 + hz / 700.0);
}

/* x [n] -> bands [n_mels], without the log. */
static void naive_bands(const pinna_fbank_config *config, const double *x,
                        size_t n, size_t n_fft, double *bands)
{
    const double nyquist = 0.5 * config->sample_rate;
    const double low = naive_mel(config->low_hz);
    const double high = naive_mel(
        config->high_hz > 0.0 ? config->high_hz : nyquist + config->high_hz);
    const double step = (high - low) / (double)(config->n_mels + 1);

    for (size_t b = 0; b < config->n_mels; b++)
        bands[b] = 0.0;
    for (size_t k = 0; k < n_fft / 2; k++) {
        double complex bin = 0.0;
        for (size_t i = 0; i < n; i++)
            bin += x[i] * cexp(-2.0 * PINNA_PI * I * (double)(i * k % n_fft) /
                               (double)n_fft);
        const double size =
            config->use_power ? creal(bin * conj(bin)) : cabs(bin);
        const double hz = (double)k * config->sample_rate / (double)n_fft;
        const double position = (naive_mel(hz) - low) / step;
        for (size_t b = 0; b < config->n_mels; b++)
            bands[b] +=
                size * fmax(0.0, 1.0 - fabs(position - (double)(b + 1)));
    }
}

/* The features of one frame; returns how many. */
static size_t naive_features(const pinna_fbank_config *config,
                             const float *frame, size_t n, size_t n_fft,
                             double *features)
{
    double x[MAX_LENGTH], bands[MAX_MELS];
    const double energy = naive_condition(config, frame, n, x);
    naive_bands(config, x, n, n_fft, bands);
    if (config->use_log)
        for (size_t b = 0; b < config->n_mels; b++)
            bands[b] = log(fmax(bands[b], (double)FLT_EPSILON));

    if (config->type == PINNA_FEATURE_FBANK) {
        const size_t first = config->use_energy ? 1 : 0;
        memcpy(features + first, bands, config->n_mels * sizeof *bands);
        if (config->use_energy)
            features[0] = energy;
        return config->n_mels + first;
    }
    const double n_mels = (double)config->n_mels;
    for (size_t c = 0; c < config->n_ceps; c++) {
        features[c] = 0.0;
        for (size_t b = 0; b < config->n_mels; b++)
            features[c] += bands[b] * cos(PINNA_PI * (double)c *
                                          ((double)b + 0.5) / n_mels);
        features[c] *= sqrt((c ? 2.0 : 1.0) / n_mels);
        if (config->lifter > 0.0)
            features[c] *= 1.0 + 0.5 * config->lifter *
                                     sin(PINNA_PI * (double)c / config->lifter);
    }
    if (config->use_energy)
        features[0] = energy;
    return config->n_ceps;
}

static void check_config(const pinna_fbank_config *config, size_t length,
                         size_t n_fft)
{
    pinna_fbank *fbank;
    assert_int_equal(pinna_fbank_new(config, &fbank, NULL), PINNA_OK);
    assert_int_equal(pinna_fbank_frame_length(fbank), length);

    float frame[MAX_LENGTH], got[MAX_MELS + 1];
    double want[MAX_MELS + 1];
    support_signal(frame, length, config->sample_rate);
    for (size_t i = 0; i < length; i++)
        frame[i] += 0.05f; /* something for remove_dc_offset */

    support_count_allocations();
    pinna_fbank_process(fbank, frame, got);
    assert_int_equal(support_allocations(), 0);

    const size_t n = naive_features(config, frame, length, n_fft, want);
    assert_int_equal(pinna_fbank_n_out(fbank), n);
    for (size_t i = 0; i < n; i++)
        assert_close(got[i], want[i], 1e-3 + 1e-5 * fabs(want[i]));
    pinna_fbank_free(fbank);
}

static void test_default_equals_definition(void **state)
{
    (void)state;
    pinna_fbank_config config = pinna_fbank_config_default(PINNA_FEATURE_MFCC);
    check_config(&config, 400, 512);
    config = pinna_fbank_config_default(PINNA_FEATURE_FBANK);
    check_config(&config, 400, 512);
}

static void test_every_option_equals_definition(void **state)
{
    (void)state;
    const pinna_fbank_config plain =
        pinna_fbank_config_default(PINNA_FEATURE_FBANK);
    pinna_fbank_config config = plain;
    config.use_energy = true;
    check_config(&config, 400, 512);
    config.raw_energy = false;
    check_config(&config, 400, 512);
    config.energy_floor = 1e12;
    check_config(&config, 400, 512);
    config = plain;
    config.use_power = false;
    check_config(&config, 400, 512);
    config.use_log = false;
    check_config(&config, 400, 512);
    config = plain;
    config.remove_dc_offset = false;
    config.preemphasis = 0.0;
    check_config(&config, 400, 512);
    config = plain;
    config.round_to_power_of_two = false;
    config.window = PINNA_WINDOW_HAMMING;
    check_config(&config, 400, 400);
    config = plain;
    config.sample_rate = 8000.0;
    config.frame_length_ms = 20.0;
    config.n_mels = 15;
    config.low_hz = 125.0;
    config.high_hz = -200.0;
    check_config(&config, 160, 256);
    config = plain;
    config.sample_rate = 22050.0; /* 551.25 samples */
    check_config(&config, 551, 1024);

    config = pinna_fbank_config_default(PINNA_FEATURE_MFCC);
    config.use_energy = true;
    config.n_mels = 40;
    config.n_ceps = 40;
    config.lifter = 0.0;
    check_config(&config, 400, 512);
    config.n_ceps = 1;
    check_config(&config, 400, 512);
}

/* A Hann window in the middle of a longer frame, as torch and librosa have. */
static void test_spectrogram_equals_definition(void **state)
{
    (void)state;
    enum { WIN = 300, N_FFT = 400 };
    pinna_fbank_config config =
        pinna_fbank_config_default(PINNA_FEATURE_SPECTROGRAM);
    config.win_length = WIN;
    config.n_fft = N_FFT;
    config.center_window = true;
    config.sample_scale = 1;
    config.preemphasis = 0;
    config.remove_dc_offset = false;
    config.window = PINNA_WINDOW_HANN;
    config.window_periodic = true;
    config.use_log = false;
    pinna_fbank *fbank;
    assert_int_equal(pinna_fbank_new(&config, &fbank, NULL), PINNA_OK);
    assert_int_equal(pinna_fbank_frame_length(fbank), N_FFT);
    assert_int_equal(pinna_fbank_n_out(fbank), N_FFT / 2 + 1);

    float frame[N_FFT], got[N_FFT / 2 + 1];
    support_signal(frame, N_FFT, 16000.0);
    pinna_fbank_process(fbank, frame, got);
    for (size_t k = 0; k <= N_FFT / 2; k++) {
        double complex bin = 0.0;
        for (size_t i = 0; i < WIN; i++) {
            const double window =
                0.5 - 0.5 * cos(2.0 * PINNA_PI * (double)i / WIN);
            bin += window * (double)frame[i + (N_FFT - WIN) / 2] *
                   cexp(-2.0 * PINNA_PI * I * (double)(i * k % N_FFT) / N_FFT);
        }
        const double want = creal(bin * conj(bin));
        assert_close(got[k], want, 1e-5 * want + 1e-6);
    }
    pinna_fbank_free(fbank);
}

static void test_silence_gives_the_floor(void **state)
{
    (void)state;
    pinna_fbank_config config = pinna_fbank_config_default(PINNA_FEATURE_FBANK);
    config.use_energy = true;
    config.energy_floor = 0.0;
    pinna_fbank *fbank;
    assert_int_equal(pinna_fbank_new(&config, &fbank, NULL), PINNA_OK);
    float frame[400], got[24];
    for (size_t i = 0; i < 400; i++)
        frame[i] = 0.0f;
    pinna_fbank_process(fbank, frame, got);
    for (size_t i = 0; i < 24; i++)
        assert_close(got[i], log((double)FLT_EPSILON), 1e-5);

    for (size_t i = 0; i < 400; i++)
        frame[i] = 0.25f; /* the mean is removed */
    pinna_fbank_process(fbank, frame, got);
    for (size_t i = 0; i < 24; i++)
        assert_close(got[i], log((double)FLT_EPSILON), 1e-5);
    pinna_fbank_free(fbank);
}

static void test_bad_samples_do_not_crash(void **state)
{
    (void)state;
    const pinna_fbank_config config =
        pinna_fbank_config_default(PINNA_FEATURE_MFCC);
    pinna_fbank *fbank;
    assert_int_equal(pinna_fbank_new(&config, &fbank, NULL), PINNA_OK);
    float frame[400], clean[13], got[13];
    support_signal(frame, 400, 16000.0);
    pinna_fbank_process(fbank, frame, clean);
    const float bad[] = {NAN, INFINITY, 1e38f};
    for (size_t i = 0; i < 3; i++) {
        const float kept = frame[100];
        frame[100] = bad[i];
        pinna_fbank_process(fbank, frame, got);
        frame[100] = kept;
        pinna_fbank_process(fbank, frame, got); /* and leave no trace */
        assert_memory_equal(got, clean, sizeof got);
    }
    pinna_fbank_free(fbank);
}

/* The field that is wrong must be named. */
static void check_refused(const pinna_fbank_config *config, const char *field)
{
    pinna_error error = {""};
    pinna_fbank *fbank = (pinna_fbank *)&fbank;
    assert_int_equal(pinna_fbank_new(config, &fbank, &error), PINNA_BAD_ARG);
    assert_null(fbank);
    assert_non_null(strstr(error.text, field));
    assert_int_equal(pinna_fbank_new(config, &fbank, NULL), PINNA_BAD_ARG);
}

#define REFUSE(field, value)                                                   \
    do {                                                                       \
        pinna_fbank_config config =                                            \
            pinna_fbank_config_default(PINNA_FEATURE_MFCC);                    \
        config.field = (value);                                                \
        check_refused(&config, #field);                                        \
    } while (0)

static void test_bad_arguments(void **state)
{
    (void)state;
    REFUSE(sample_rate, 0.0);
    REFUSE(sample_rate, (double)NAN);
    REFUSE(sample_rate, (double)INFINITY);
    REFUSE(frame_length_ms, 0.0);
    REFUSE(frame_length_ms, 0.1); /* one sample */
    REFUSE(frame_length_ms, 1e9);
    REFUSE(frame_length_ms, (double)NAN);
    REFUSE(frame_shift_ms, 0.0);
    REFUSE(frame_shift_ms, -10.0);
    REFUSE(preemphasis, -0.1);
    REFUSE(preemphasis, 1.1);
    REFUSE(preemphasis, (double)NAN);
    REFUSE(n_mels, 0);
    REFUSE(n_mels, 500);
    REFUSE(low_hz, -1.0);
    REFUSE(low_hz, 8000.0);
    REFUSE(high_hz, 9000.0);
    REFUSE(energy_floor, -1.0);
    REFUSE(n_ceps, 0);
    REFUSE(n_ceps, 24);
    REFUSE(lifter, -1.0);
    REFUSE(lifter, (double)INFINITY);
    REFUSE(use_log, false);
    REFUSE(sample_scale, 0.0);
    REFUSE(dither, -1.0);
    REFUSE(mel_floor, 0.0);
    REFUSE(top_db, -1.0);
    REFUSE(vtln_warp, 0.0);
    REFUSE(drop_last, true); /* not centred */
    REFUSE(n_fft, 300);      /* shorter than the window */
    REFUSE(n_fft, 514);
    REFUSE(win_length, 1000000);
    REFUSE(hop_length, 1000000);
    REFUSE(type, (pinna_feature_type)7);

    pinna_fbank_config config = pinna_fbank_config_default(PINNA_FEATURE_FBANK);
    config.round_to_power_of_two = false;
    config.frame_length_ms = 401.0 / 16.0; /* no FFT size */
    check_refused(&config, "round_to_power_of_two");
    pinna_fbank_free(NULL);
}

static pinna_status make(void)
{
    const pinna_fbank_config config =
        pinna_fbank_config_default(PINNA_FEATURE_MFCC);
    pinna_fbank *fbank;
    const pinna_status status = pinna_fbank_new(&config, &fbank, NULL);
    assert_true(status == PINNA_OK || !fbank);
    pinna_fbank_free(fbank);
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
        cmocka_unit_test(test_default_equals_definition),
        cmocka_unit_test(test_every_option_equals_definition),
        cmocka_unit_test(test_spectrogram_equals_definition),
        cmocka_unit_test(test_silence_gives_the_floor),
        cmocka_unit_test(test_bad_samples_do_not_crash),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("fbank", tests, NULL, NULL);
}
