#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datasets/audio_file.h"
#include "dsp/rng.h"
#include "tools/live_recorder.h"

enum { N = 30000, N_CHANNELS = 2, LATENCY = 970 };

/* Sample i of a sound that 16 bits hold exactly, so that files keep it. */
static float value(size_t i, size_t c)
{
    return (float)((i * 7 + c * 1000) % 65536) / 32768.0f - 1;
}

/* Of dry sound; wet is the same with its sign changed, later. Before the start
 * there is something that must not be seen. */
static float dry_value(size_t i, size_t c)
{
    return value(i, c);
}

static float wet_value(size_t i, size_t c)
{
    return i < LATENCY ? 0.25f : -value(i - LATENCY, c) / 2;
}

static pinna_live_recorder *open(void)
{
    pinna_live_recorder *recorder;

    assert_int_equal(
        pinna_live_recorder_new(48000, N_CHANNELS, LATENCY, &recorder),
        PINNA_OK);
    return recorder;
}

/* Samples begin to end, in blocks of any size; recorded within from .. to. */
static void take(pinna_live_recorder *recorder, size_t from, size_t to)
{
    static float dry[N_CHANNELS][PINNA_RECORDER_BLOCK];
    static float wet[N_CHANNELS][PINNA_RECORDER_BLOCK];
    pinna_error error;
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, 0);
    for (size_t at = 0, n; at < N; at += n) {
        const size_t event = at < from ? from : at < to ? to : N;
        n = pinna_rng_below(&rng, PINNA_RECORDER_BLOCK + 1);
        n = n < event - at ? n : event - at;
        for (size_t c = 0; c < N_CHANNELS; c++)
            for (size_t i = 0; i < n; i++) {
                dry[c][i] = dry_value(at + i, c);
                wet[c][i] = wet_value(at + i, c);
            }
        assert_int_equal(pinna_live_recorder_take(
                             recorder, (const float *const[]){dry[0], dry[1]},
                             (const float *const[]){wet[0], wet[1]}, n,
                             at >= from && at < to, &error),
                         PINNA_OK);
    }
    assert_int_equal(pinna_live_recorder_commit(recorder, &error), PINNA_OK);
}

/* The file holds n samples, `sign` times the dry sound from sample begin on. */
static void check_file(const char *path, size_t begin, size_t n, float sign)
{
    static float samples[N_CHANNELS][N + 1];
    pinna_audio_reader *reader;
    pinna_audio_info info;
    pinna_error error;
    size_t n_read;

    assert_int_equal(pinna_audio_reader_open(path, &reader, &info, &error),
                     PINNA_OK);
    assert_int_equal(info.n_channels, N_CHANNELS);
    assert_int_equal(info.sample_rate, 48000);
    assert_int_equal(pinna_audio_reader_read(
                         reader, (float *const[]){samples[0], samples[1]},
                         N + 1, &n_read, &error),
                     PINNA_OK);
    pinna_audio_reader_close(reader);
    assert_int_equal(n_read, n);
    for (size_t c = 0; c < N_CHANNELS; c++)
        for (size_t i = 0; i < n; i++)
            assert_close((double)samples[c][i],
                         (double)(sign * dry_value(begin + i, c)), 2e-5);
}

static void test_files_lie_in_time(void **state)
{
    (void)state;
    pinna_error error;
    const char *dry = support_temp("dry.wav"), *wet = support_temp("wet.wav");
    pinna_live_recorder *recorder = open();

    assert_int_equal(pinna_live_recorder_open(recorder, dry, wet, &error),
                     PINNA_OK);
    take(recorder, 0, N);
    assert_int_equal(pinna_live_recorder_length(recorder), N - LATENCY);
    check_file(dry, 0, N - LATENCY, 1);
    check_file(wet, 0, N - LATENCY, -0.5f);
    pinna_live_recorder_free(recorder);
}

/* A failure leaves no file behind, and another place may do. */
static void test_another_place(void **state)
{
    (void)state;
    pinna_error error;
    const char *dry = support_temp("first.wav");
    pinna_live_recorder *recorder = open();

    assert_int_equal(
        pinna_live_recorder_open(recorder, dry, "/none/wet.wav", &error),
        PINNA_NOT_FOUND);
    assert_non_null(strstr(error.text, "/none/wet.wav"));
    assert_int_equal(pinna_live_recorder_open(
                         recorder, NULL, support_temp("second.wav"), &error),
                     PINNA_OK);
    take(recorder, 0, N);
    assert_int_not_equal(access(dry, F_OK), 0);
    check_file(support_temp("second.wav"), 0, N - LATENCY, -0.5f);
    pinna_live_recorder_free(recorder);
}

/* A part of it, with one of the files only. */
static void test_part(void **state)
{
    (void)state;
    pinna_error error;

    for (int side = 0; side < 2; side++) {
        const char *path = support_temp(side == 0 ? "d.wav" : "w.wav");
        pinna_live_recorder *recorder = open();
        assert_int_equal(
            pinna_live_recorder_open(recorder, side == 0 ? path : NULL,
                                     side == 1 ? path : NULL, &error),
            PINNA_OK);
        take(recorder, 5000, 12345);
        check_file(path, 5000 - LATENCY, 12345 - 5000, side == 0 ? 1 : -0.5f);
        pinna_live_recorder_free(recorder);
    }
}

static void test_no_commit_no_file(void **state)
{
    (void)state;
    pinna_error error;
    const char *path = support_temp("none.wav");
    pinna_live_recorder *recorder = open();

    assert_int_equal(pinna_live_recorder_open(recorder, path, NULL, &error),
                     PINNA_OK);
    pinna_live_recorder_free(recorder);
    assert_int_not_equal(access(path, F_OK), 0);

    recorder = open();
    assert_int_equal(pinna_live_recorder_open(recorder, "/no/such/folder/a.wav",
                                              NULL, &error),
                     PINNA_NOT_FOUND);
    assert_non_null(strstr(error.text, "/no/such/folder/a.wav"));
    pinna_live_recorder_free(recorder);
    pinna_live_recorder_free(NULL);
}

static pinna_status make(void)
{
    pinna_live_recorder *recorder;
    const pinna_status status = pinna_live_recorder_new(8000, 2, 5, &recorder);
    assert_true(status == PINNA_OK || !recorder);
    pinna_live_recorder_free(recorder);
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
        cmocka_unit_test(test_files_lie_in_time),
        cmocka_unit_test(test_another_place),
        cmocka_unit_test(test_part),
        cmocka_unit_test(test_no_commit_no_file),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("live_recorder", tests, NULL, NULL);
}
