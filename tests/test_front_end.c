#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/features.h"
#include "dsp/front_end.h"
#include "dsp/presets.h"
#include "dsp/resample.h"
#include "dsp/rng.h"
#include "dsp/splice.h"

enum { N_SAMPLES = 22050, MAX_VALUES = 200 * 1200, N_CONFIGS = 9 };

/* Push in random pieces of at most max_piece; returns the number of frames. */
static size_t one_pass(pinna_front_end *f, const float *samples, size_t n,
                       size_t max_piece, float *frames)
{
    const size_t n_out = pinna_front_end_n_out(f);
    pinna_rng rng;
    size_t n_frames = 0;

    pinna_rng_seed(&rng, max_piece, 3);
    for (size_t used = 0; used < n;) {
        size_t piece = 1 + pinna_rng_below(&rng, max_piece);
        piece = piece < n - used ? piece : n - used;
        used += pinna_front_end_push(f, samples + used, piece);
        while (pinna_front_end_pull(f, frames + n_frames * n_out))
            n_frames++;
    }
    pinna_front_end_finish(f);
    while (pinna_front_end_pull(f, frames + n_frames * n_out))
        n_frames++;
    return n_frames;
}

/* Before the last pass nothing comes. */
static size_t stream(pinna_front_end *f, const float *samples, size_t n,
                     size_t max_piece, float *frames)
{
    size_t n_passes = 1;
    size_t n_frames = one_pass(f, samples, n, max_piece, frames);
    while (pinna_front_end_next_pass(f)) {
        assert_int_equal(n_frames, 0);
        n_frames = one_pass(f, samples, n, max_piece, frames);
        n_passes++;
    }
    assert_int_equal(n_passes, pinna_front_end_n_passes(f));
    return n_frames;
}

/* Number i of the configurations that these tests go through. */
static pinna_front_end_config config_number(size_t i,
                                            const pinna_cmvn_stats *stats)
{
    pinna_front_end_config config =
        pinna_front_end_config_default(PINNA_FEATURE_MFCC);
    if (i == 1)
        config.features.snip_edges = false;
    if (i >= 2)
        config.delta.order = 2;
    if (i == 3)
        config.cmvn = PINNA_CMVN_SLIDING;
    if (i == 4) {
        config.cmvn = PINNA_CMVN_ONLINE;
        config.sliding.norm_vars = true;
    }
    if (i == 5) {
        config.cmvn = PINNA_CMVN_GLOBAL;
        config.global = stats;
    }
    if (i >= 5) {
        config.splice_left = 2;
        config.splice_right = 1;
        config.subsample = 3;
    }
    if (i == 6)
        config.features =
            pinna_preset_config(PINNA_PRESET_LIBROSA, PINNA_FEATURE_FBANK);
    if (i >= 7) {
        config.cmvn = PINNA_CMVN_UTTERANCE;
        config.sliding.norm_vars = true;
    }
    if (i == 8)
        config.features =
            pinna_preset_config(PINNA_PRESET_WHISPER, PINNA_FEATURE_MFCC);
    return config;
}

static pinna_cmvn_stats some_stats(const float *samples)
{
    const pinna_fbank_config config =
        pinna_fbank_config_default(PINNA_FEATURE_MFCC);
    pinna_features *features;
    pinna_cmvn_stats stats;
    float *frames;
    size_t n_frames;

    assert_int_equal(pinna_features_new(&config, &features, NULL), PINNA_OK);
    assert_int_equal(
        pinna_features_all(features, samples, N_SAMPLES, &frames, &n_frames),
        PINNA_OK);
    assert_int_equal(pinna_cmvn_stats_new(13, &stats), PINNA_OK);
    pinna_cmvn_stats_add(&stats, frames, n_frames);
    pinna_features_free(features);
    free(frames);
    return stats;
}

static void check_stream(const pinna_front_end_config *config, unsigned in_rate,
                         const float *samples)
{
    static float frames[MAX_VALUES];
    static const size_t pieces[] = {1, 64, 160, 441, 480, 4096, N_SAMPLES};
    pinna_front_end *f;
    float *all;
    size_t n_frames;

    assert_int_equal(pinna_front_end_new(config, in_rate, &f, NULL), PINNA_OK);
    assert_int_equal(
        pinna_front_end_all(f, samples, N_SAMPLES, &all, &n_frames), PINNA_OK);
    const size_t n_out = pinna_front_end_n_out(f);
    assert_true(n_frames > 5 && n_frames * n_out <= MAX_VALUES);
    support_count_allocations();
    for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
        assert_int_equal(stream(f, samples, N_SAMPLES, pieces[p], frames),
                         n_frames);
        assert_memory_equal(frames, all, n_frames * n_out * sizeof(float));
        pinna_front_end_reset(f);
    }
    assert_int_equal(support_allocations(), 0);
    free(all);
    pinna_front_end_free(f);
}

static void test_any_chunking_gives_the_same_bits(void **state)
{
    (void)state;
    static float samples[N_SAMPLES];
    support_signal(samples, N_SAMPLES, 22050.0);
    pinna_cmvn_stats stats = some_stats(samples);

    for (size_t i = 0; i < N_CONFIGS; i++) {
        pinna_front_end_config config = config_number(i, &stats);
        check_stream(&config, 16000, samples);
        config.resample = true;
        check_stream(&config, 22050, samples);
    }
    pinna_cmvn_stats_free(&stats);
}

/* The stages one after the other, each over the whole signal. */
static void test_equals_its_stages(void **state)
{
    (void)state;
    static float samples[N_SAMPLES];
    pinna_front_end_config config =
        pinna_front_end_config_default(PINNA_FEATURE_MFCC);
    float *resampled, *rows, *all, row[39], want[4 * 39];
    size_t n_resampled, n_rows, n_frames, n = 0;
    pinna_features *features;
    pinna_front_end *f;
    pinna_delta *delta;
    pinna_splice *splice;

    support_signal(samples, N_SAMPLES, 22050.0);
    config.resample = true;
    config.cmvn = PINNA_CMVN_UTTERANCE;
    config.sliding.norm_vars = true;
    config.delta.order = 2;
    config.splice_left = 3;
    config.subsample = 2;
    assert_int_equal(pinna_front_end_new(&config, 22050, &f, NULL), PINNA_OK);
    assert_int_equal(pinna_front_end_n_passes(f), 2);
    assert_int_equal(pinna_front_end_n_out(f), 4 * 39);
    assert_int_equal(
        pinna_front_end_all(f, samples, N_SAMPLES, &all, &n_frames), PINNA_OK);

    assert_int_equal(pinna_resample(samples, N_SAMPLES, 22050, 16000,
                                    &resampled, &n_resampled),
                     PINNA_OK);
    assert_int_equal(pinna_features_new(&config.features, &features, NULL),
                     PINNA_OK);
    assert_int_equal(
        pinna_features_all(features, resampled, n_resampled, &rows, &n_rows),
        PINNA_OK);
    assert_int_equal(pinna_cmvn_utterance(13, true, rows, n_rows), PINNA_OK);
    assert_int_equal(pinna_delta_new(13, &config.delta, &delta), PINNA_OK);
    assert_int_equal(pinna_splice_new(39, 3, 0, 2, &splice), PINNA_OK);
    for (size_t t = 0; t <= n_rows; t++) {
        if (t < n_rows)
            pinna_delta_push(delta, rows + t * 13);
        else
            pinna_delta_finish(delta);
        while (pinna_delta_pull(delta, row)) {
            pinna_splice_push(splice, row);
            while (pinna_splice_pull(splice, want))
                assert_memory_equal(all + n++ * 4 * 39, want, sizeof want);
        }
    }
    pinna_splice_finish(splice);
    while (pinna_splice_pull(splice, want))
        assert_memory_equal(all + n++ * 4 * 39, want, sizeof want);
    assert_int_equal(n_frames, n);
    assert_int_equal(n_frames, (n_rows + 1) / 2);

    free(all);
    free(rows);
    free(resampled);
    pinna_delta_free(delta);
    pinna_splice_free(splice);
    pinna_features_free(features);
    pinna_front_end_free(f);
}

/* What matters of the whole signal reaches the features: Whisper's range. */
static void test_whole_signal_range(void **state)
{
    (void)state;
    static float samples[N_SAMPLES];
    pinna_front_end_config config =
        pinna_front_end_config_default(PINNA_FEATURE_FBANK);
    pinna_front_end *f;
    float *all, low = INFINITY, high = -INFINITY;
    size_t n_frames;

    support_signal(samples, N_SAMPLES / 2, 16000.0); /* then silence */
    config.features =
        pinna_preset_config(PINNA_PRESET_WHISPER, PINNA_FEATURE_FBANK);
    assert_int_equal(pinna_front_end_new(&config, 16000, &f, NULL), PINNA_OK);
    assert_int_equal(
        pinna_front_end_all(f, samples, N_SAMPLES, &all, &n_frames), PINNA_OK);
    assert_int_equal(n_frames, N_SAMPLES / 160);
    for (size_t i = 0; i < n_frames * 80; i++) {
        low = fminf(low, all[i]);
        high = fmaxf(high, all[i]);
    }
    assert_close(high - low, 2.0, 1e-5); /* 8 / 4 */
    free(all);
    pinna_front_end_free(f);
}

static void test_nothing_gives_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        pinna_front_end_config config = config_number(i, NULL);
        pinna_front_end *f;
        float frame[64], *all = frame;
        size_t n_frames = 1;
        assert_int_equal(pinna_front_end_new(&config, 16000, &f, NULL),
                         PINNA_OK);
        pinna_front_end_finish(f);
        assert_false(pinna_front_end_pull(f, frame));
        assert_int_equal(pinna_front_end_all(f, frame, 0, &all, &n_frames),
                         PINNA_OK);
        assert_null(all);
        assert_int_equal(n_frames, 0);
        pinna_front_end_free(f);
    }
}

static void check_refused(const pinna_front_end_config *config, unsigned rate,
                          const char *word)
{
    pinna_error error = {""};
    pinna_front_end *f = (pinna_front_end *)&f;
    assert_int_equal(pinna_front_end_new(config, rate, &f, &error),
                     PINNA_BAD_ARG);
    assert_null(f);
    if (!strstr(error.text, word))
        fail_msg("\"%s\" does not name %s", error.text, word);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    const pinna_front_end_config good =
        pinna_front_end_config_default(PINNA_FEATURE_MFCC);
    pinna_front_end_config bad = good;

    check_refused(&good, 44100, "44100");
    bad.features.n_mels = 0;
    check_refused(&bad, 16000, "n_mels");
    bad = good;
    bad.cmvn = PINNA_CMVN_GLOBAL;
    check_refused(&bad, 16000, "statistics");
    pinna_cmvn_stats narrow;
    assert_int_equal(pinna_cmvn_stats_new(12, &narrow), PINNA_OK);
    bad.global = &narrow;
    check_refused(&bad, 16000, "12 values a frame, the features have 13");
    pinna_cmvn_stats_free(&narrow);
    bad.global = NULL;
    bad.cmvn = (pinna_cmvn_kind)9;
    check_refused(&bad, 16000, "cmvn");
    bad.cmvn = PINNA_CMVN_SLIDING;
    bad.sliding.cmn_window = 0;
    check_refused(&bad, 16000, "cmn_window");
    bad = good;
    bad.delta.order = 9;
    check_refused(&bad, 16000, "delta");
    bad = good;
    bad.splice_left = 100000;
    check_refused(&bad, 16000, "splice");
    bad = good;
    bad.subsample = 0;
    check_refused(&bad, 16000, "subsample");
    bad = good;
    bad.resample = true;
    check_refused(&bad, 0, "0 to 16000");
    pinna_front_end_free(NULL);
}

static pinna_status make(void)
{
    pinna_front_end_config config = config_number(3, NULL);
    pinna_front_end *f;
    float samples[4000] = {0}, *frames = NULL;
    size_t n_frames;

    config.splice_left = 1;
    config.resample = true;
    pinna_status status = pinna_front_end_new(&config, 22050, &f, NULL);
    assert_true(status == PINNA_OK || !f);
    if (!status)
        status = pinna_front_end_all(f, samples, 4000, &frames, &n_frames);
    free(frames);
    pinna_front_end_free(f);
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
        cmocka_unit_test(test_any_chunking_gives_the_same_bits),
        cmocka_unit_test(test_equals_its_stages),
        cmocka_unit_test(test_whole_signal_range),
        cmocka_unit_test(test_nothing_gives_nothing),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("front_end", tests, NULL, NULL);
}
