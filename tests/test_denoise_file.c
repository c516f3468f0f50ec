/* A file through the denoiser keeps rate, channels, length and place in time.
 * With a limit of 0 dB nothing may be lowered, so that the output is the input
 * and any shift would show. */
#include "tools/denoise_file.h"

#include "datasets/audio_file.h"
#include "tests/support.h"

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

static pinna_denoise_result denoise(const char *in, const char *out,
                                    double limit_db)
{
    pinna_progress progress;
    const pinna_denoise_settings settings = {model, limit_db, &progress, 1};
    pinna_denoise_result result;
    pinna_error error = {""};

    pinna_progress_start(&progress, "test", true);
    const pinna_status status =
        pinna_denoise_file(&settings, in, out, &result, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(status, PINNA_OK);
    pinna_progress_end(&progress);
    return result;
}

static void write_channels(const char *path, unsigned sample_rate,
                           const float *const *channels, size_t n_channels,
                           size_t n)
{
    pinna_audio_writer *writer;

    assert_int_equal(pinna_audio_writer_open(path, sample_rate, n_channels, 0,
                                             &writer, NULL),
                     0);
    assert_int_equal(pinna_audio_writer_write(writer, channels, n, NULL), 0);
    assert_int_equal(pinna_audio_writer_commit(writer, NULL), 0);
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

/* Each channel as if it were alone. */
static void channels_do_not_mix(void **state)
{
    enum { RATE = 16000, N = 10000 };
    static float left[N], right[N], alone[2][N];
    const char *in = support_temp("stereo.wav");
    const char *out = support_temp("stereo_out.wav");
    const float *const channels[] = {left, right};
    pinna_audio_reader *reader;
    pinna_audio_info info;
    size_t n_read;

    (void)state;
    support_signal(left, N, RATE);
    for (size_t i = 0; i < N; i++) {
        /* As 16 bits hold it, so that both ways start alike. */
        left[i] = (float)((int)(left[i] * 32768.0f)) / 32768.0f;
        right[i] = left[N - 1 - i];
    }
    write_channels(in, RATE, channels, 2, N);
    denoise(in, out, 100);

    assert_int_equal(
        pinna_denoise_signal(model, 100, RATE, left, N, alone[0], NULL), 0);
    assert_int_equal(
        pinna_denoise_signal(model, 100, RATE, right, N, alone[1], NULL), 0);
    float *got[2] = {left, right};
    assert_int_equal(pinna_audio_reader_open(out, &reader, &info, NULL), 0);
    assert_int_equal(info.n_channels, 2);
    assert_int_equal(pinna_audio_reader_read(reader, got, N, &n_read, NULL), 0);
    assert_int_equal(n_read, N);
    assert_all_close(left, alone[0], N, tolerance, 0);
    assert_all_close(right, alone[1], N, tolerance, 0);
    pinna_audio_reader_close(reader);
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
    const pinna_denoise_settings settings = {model, 100, &progress, 1};
    pinna_denoise_result result;
    pinna_error error;

    (void)state;
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
        cmocka_unit_test(channels_do_not_mix),
        cmocka_unit_test(in_place_is_fine),
        cmocka_unit_test(a_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("denoise_file", tests, load_model,
                                       free_model);
}
