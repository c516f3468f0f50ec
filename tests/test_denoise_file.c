/* A file through the denoiser keeps rate, channels, length and place in time.
 * With a limit of 0 dB nothing may be lowered, so that the output is the input
 * and any shift would show. */
#include "tools/denoise_file.h"

#include "datasets/audio_file.h"
#include "dsp/rng.h"
#include "tests/rnn_cases.h"
#include "tests/support.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Half a step of 16 bits for each of two conversions, and the denoiser's own
 * rounding. */
static const double tolerance = 1.1 / 32768;

static pinna_model *model;

static int load_model(void **state)
{
    pinna_error error;

    (void)state;
    if (pinna_model_default_denoiser(&model, &error)) {
        print_error("%s\n", error.text);
        return -1;
    }
    return 0;
}

static int free_model(void **state)
{
    (void)state;
    pinna_model_free(model);
    return 0;
}

static pinna_denoise_settings new_settings(void)
{
    pinna_denoise_settings settings = pinna_denoise_settings_default();

    settings.model = model;
    return settings;
}

static pinna_denoise_result denoise_with(pinna_denoise_settings settings,
                                         const char *in, const char *out)
{
    pinna_progress progress;
    pinna_denoise_result result;
    pinna_error error = {""};

    settings.progress = &progress;
    settings.n_files = 1;
    pinna_progress_start(&progress, "test", true);
    const pinna_status status =
        pinna_denoise_file(&settings, in, out, &result, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(status, PINNA_OK);
    pinna_progress_end(&progress);
    return result;
}

static pinna_denoise_result denoise(const char *in, const char *out,
                                    double limit_db)
{
    pinna_denoise_settings settings = new_settings();

    settings.controls[PINNA_CONTROL_ATTENUATION_LIMIT] = limit_db;
    return denoise_with(settings, in, out);
}

/* Both channels [n] interleaved, without a header. */
static void write_raw(const char *path, float *const both[2], size_t n)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 2; c++)
            assert_int_equal(fwrite(&both[c][i], sizeof(float), 1, file), 1);
    assert_int_equal(fclose(file), 0);
}

static void lies_in_time_at_every_rate_and_length(void **state)
{
    static const unsigned rates[] = {8000, 11025, 16000, 44100, 48000, 192000};
    static const size_t lengths[] = {1, 100, 4095, 4096, 4097, 20000};
    static float signal[20000];
    const char *in = support_temp("in.wav"), *out = support_temp("out.wav");

    (void)state;
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++)
        for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
            const size_t n = lengths[l];
            float *got;
            size_t n_got;
            unsigned rate;
            support_signal(signal, n, rates[r]);
            assert_int_equal(
                pinna_audio_save_mono(in, rates[r], signal, n, NULL), 0);
            const pinna_denoise_result result = denoise(in, out, 0);
            assert_int_equal(result.sample_rate, rates[r]);
            assert_close(result.noise_drop_db, 0, 0.1);
            assert_close(result.before_db, result.after_db, 0.01);
            assert_int_equal(
                pinna_audio_load_mono(out, 0, 0, 0, &got, &n_got, &rate, NULL),
                0);
            assert_int_equal(rate, rates[r]);
            assert_int_equal(n_got, n);
            assert_all_close(got, signal, n, tolerance, 0);
            free(got);
        }
}

enum { STEREO_RATE = 44100, N_STEREO = 3 * STEREO_RATE / 2 };

/* Two channels as 24 bits hold them, so that both ways start alike. */
static void fill_stereo(float left[N_STEREO], float right[N_STEREO])
{
    float *noise = random_floats(N_STEREO, 3, 0.02);

    support_signal(left, N_STEREO, STEREO_RATE);
    for (size_t i = 0; i < N_STEREO; i++) {
        const bool pause = i / 9000 % 2 == 1;
        left[i] = ldexpf(rintf(ldexpf(pause ? 0 : left[i], 20)), -20);
        right[i] = ldexpf(rintf(ldexpf(left[i] + noise[i], 20)), -20);
    }
    free(noise);
}

/* What the live path makes of it, in blocks of odd lengths: the delay cut off
 * at the start, and silence behind. */
static void denoise_live(const pinna_denoise_settings *settings, float *both[2],
                         float *out[2])
{
    pinna_denoise_chain *chain;
    pinna_rng rng;

    assert_int_equal(pinna_denoise_chain_new(model, STEREO_RATE, 2, &chain),
                     PINNA_OK);
    for (pinna_control i = 0; i < PINNA_N_CONTROLS; i++)
        pinna_denoise_chain_set(chain, i, (float)settings->controls[i]);
    pinna_denoise_chain_set_post_filter(chain, settings->post_filter);
    const size_t delay = pinna_denoise_chain_latency(chain);
    const size_t n = N_STEREO + delay;
    float *delayed[] = {zeros(n), zeros(n)};
    for (size_t c = 0; c < 2; c++)
        memcpy(delayed[c], both[c], N_STEREO * sizeof(float));
    pinna_rng_seed(&rng, 1, 0);
    for (size_t at = 0, part; at < n; at += part) {
        part = 1 + 2 * pinna_rng_below(&rng, 700);
        part = part < n - at ? part : n - at;
        float *here[] = {delayed[0] + at, delayed[1] + at};
        pinna_denoise_chain_process(chain, (const float *const *)here, here,
                                    part);
    }
    for (size_t c = 0; c < 2; c++) {
        memcpy(out[c], delayed[c] + delay, N_STEREO * sizeof(float));
        free(delayed[c]);
    }
    pinna_denoise_chain_free(chain);
}

/* A file of floats keeps all bits. */
static void check_live(const pinna_denoise_settings *settings)
{
    static float left[N_STEREO], right[N_STEREO];
    static float want_left[N_STEREO], want_right[N_STEREO];
    static const pinna_raw_format floats = {PINNA_RAW_F32, STEREO_RATE, 2};
    float *both[] = {left, right}, *want[] = {want_left, want_right};
    const char *out = support_temp("out.raw");
    pinna_denoise_settings on_file = *settings;
    pinna_audio_reader *reader;
    pinna_audio_info info;
    size_t n_read;

    fill_stereo(left, right);
    write_raw(support_temp("in.raw"), both, N_STEREO);
    on_file.raw = &floats;
    denoise_with(on_file, support_temp("in.raw"), out);
    denoise_live(settings, both, want);
    assert_int_equal(
        pinna_audio_reader_open_raw(out, &floats, &reader, &info, NULL), 0);
    assert_int_equal(
        pinna_audio_reader_read(reader, both, N_STEREO, &n_read, NULL), 0);
    assert_int_equal(n_read, N_STEREO);
    for (size_t c = 0; c < 2; c++)
        assert_memory_equal(both[c], want[c], N_STEREO * sizeof(float));
    pinna_audio_reader_close(reader);
}

static void is_as_live(void **state)
{
    pinna_denoise_settings settings = new_settings();

    (void)state;
    check_live(&settings);
    settings.controls[PINNA_CONTROL_STEREO_LINK] = 0;
    check_live(&settings);
    settings.controls[PINNA_CONTROL_MIX] = 70;
    settings.controls[PINNA_CONTROL_VAD_THRESHOLD] = 40;
    settings.controls[PINNA_CONTROL_VAD_HOLD] = 30;
    settings.controls[PINNA_CONTROL_VAD_LOOK_BACK] = 61;
    settings.controls[PINNA_CONTROL_OUTPUT_GAIN] = -3;
    settings.controls[PINNA_CONTROL_STEREO_LINK] = 1;
    settings.post_filter = true;
    check_live(&settings);
}

static void in_place_is_fine(void **state)
{
    enum { RATE = 16000, N = 5000 };
    static float signal[N];
    const char *path = support_temp("place.wav");
    float *got;
    size_t n;

    (void)state;
    support_signal(signal, N, RATE);
    assert_int_equal(pinna_audio_save_mono(path, RATE, signal, N, NULL), 0);
    denoise(path, path, 0);
    assert_int_equal(pinna_audio_load_mono(path, 0, 0, 0, &got, &n, NULL, NULL),
                     0);
    assert_int_equal(n, N);
    assert_all_close(got, signal, N, tolerance, 0);
    free(got);
}

static void a_failure_leaves_nothing(void **state)
{
    enum { RATE = 4000, N = 500 }; /* below the denoiser's rates */
    static float signal[N];
    const char *in = support_temp("slow.wav");
    const char *out = support_temp("slow_out.wav");
    pinna_progress progress;
    pinna_denoise_settings settings = new_settings();
    pinna_denoise_result result;
    pinna_error error;

    (void)state;
    settings.progress = &progress;
    settings.n_files = 1;
    pinna_progress_start(&progress, "test", true);
    assert_int_equal(pinna_audio_save_mono(in, RATE, signal, N, NULL), 0);
    assert_int_equal(pinna_denoise_file(&settings, in, out, &result, &error),
                     PINNA_BAD_ARG);
    assert_non_null(strstr(error.text, in));
    assert_int_not_equal(access(out, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lies_in_time_at_every_rate_and_length),
        cmocka_unit_test(is_as_live),
        cmocka_unit_test(in_place_is_fine),
        cmocka_unit_test(a_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("denoise_file", tests, load_model,
                                       free_model);
}
