#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/clean_samples.h"
#include "dsp/level.h"
#include "dsp/rng.h"
#include "rnn/denoiser.h"
#include "rnn/denormals.h"
#include "rnn_cases.h"
#include "small_models.h"

/* A sigmoid of this is one, of its negative zero. */
#define CERTAIN 60.0f

/* Of a transform and its inverse, relative to full scale. */
#define RECONSTRUCTION 1e-5

static const unsigned rates[] = {8000,  11025, 16000, 22050, 32000,
                                 44100, 48000, 96000, 192000};
enum { N_RATES = sizeof rates / sizeof *rates };

static pinna_model *small, *built_in, *int8, *certain, *mute;

static int set_up(void **state)
{
    pinna_error error;

    (void)state;
    small = new_denoise_model();
    make_streamable(small);
    certain = new_denoise_model();
    set_output_bias(certain, CERTAIN);
    make_streamable(certain);
    mute = new_denoise_model();
    set_output_bias(mute, -CERTAIN);
    make_streamable(mute);
    if (pinna_model_default_denoiser(&built_in, &error) ||
        pinna_model_default_denoiser(&int8, &error))
        print_message("%s\n", error.text);
    else
        make_int8(int8);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pinna_model_free(small);
    pinna_model_free(built_in);
    pinna_model_free(int8);
    pinna_model_free(certain);
    pinna_model_free(mute);
    return 0;
}

/* With random weights, and with the trained ones where they are built in, of
 * float32 and of int8. */
static void for_models(void (*check)(const pinna_model *model))
{
    check(small);
    if (built_in)
        check(built_in);
    if (int8)
        check(int8);
}

static pinna_denoiser *open(const pinna_model *model, unsigned sample_rate)
{
    pinna_error error = {{0}};
    pinna_denoiser *denoiser;

    if (pinna_denoiser_new(model, sample_rate, &denoiser, &error))
        fail_msg("%s", error.text);
    return denoiser;
}

static float *new_signal(size_t n, double sample_rate)
{
    float *samples = zeros(n);
    support_signal(samples, n, sample_rate);
    return samples;
}

/* What a new denoiser makes of in [n]; to be freed. */
static float *denoise(const pinna_model *model, unsigned sample_rate,
                      const float *in, size_t n)
{
    pinna_denoiser *denoiser = open(model, sample_rate);
    float *out = zeros(n);

    pinna_denoiser_process(denoiser, in, out, n);
    pinna_denoiser_free(denoiser);
    return out;
}

/* Feed piece samples at a time, or for 0 a random number, in place. */
static void feed(pinna_denoiser *denoiser, float *samples, size_t n,
                 size_t piece)
{
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, 0);
    for (size_t used = 0; used < n;) {
        size_t part = piece > 0 ? piece : pinna_rng_below(&rng, 1500);
        part = part < n - used ? part : n - used;
        pinna_denoiser_process(denoiser, samples + used, samples + used, part);
        used += part;
    }
}

static void check_chunking(const pinna_model *model)
{
    static const unsigned some_rates[] = {16000, 44100};
    static const size_t pieces[] = {1, 64, 160, 441, 480, 4096, 0};
    enum { N = 20000 };

    for (size_t r = 0; r < 2; r++) {
        float *in = new_signal(N, some_rates[r]), *got = zeros(N);
        float *want = denoise(model, some_rates[r], in, N);
        pinna_denoiser *denoiser = open(model, some_rates[r]);

        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
            memcpy(got, in, N * sizeof(float));
            pinna_denoiser_reset(denoiser);
            feed(denoiser, got, N, pieces[p]);
            assert_memory_equal(got, want, N * sizeof(float));
        }
        pinna_denoiser_free(denoiser);
        free(in);
        free(got);
        free(want);
    }
}

/* Each time after a reset and in place, so that neither changes a bit. */
static void test_any_chunking_gives_the_same_bits(void **state)
{
    (void)state;
    for_models(check_chunking);
}

static void check_reset(const pinna_model *model)
{
    enum { N = 9999 }; /* ends within a hop */
    float *in = new_signal(N, 48000), *other = random_floats(N, 3, 1);
    float *got = zeros(N);
    float *want = denoise(model, 48000, in, N);
    pinna_denoiser *denoiser = open(model, 48000);

    pinna_denoiser_process(denoiser, other, got, N);
    pinna_denoiser_reset(denoiser);
    assert_close(pinna_denoiser_speech_probability(denoiser), 0, 0);
    pinna_denoiser_process(denoiser, in, got, N);
    assert_memory_equal(got, want, N * sizeof(float));
    pinna_denoiser_free(denoiser);
    free(in);
    free(other);
    free(got);
    free(want);
}

static void test_reset_equals_new(void **state)
{
    (void)state;
    for_models(check_reset);
}

/* With gains of one the output is the input, delay() samples late. */
static void check_delay(const pinna_model *model, double limit_db)
{
    for (size_t r = 0; r < N_RATES; r++) {
        const size_t n = rates[r] / 4;
        float *in = new_signal(n, rates[r]), *out = zeros(n);
        pinna_denoiser *denoiser = open(model, rates[r]);
        const size_t delay = pinna_denoiser_delay(denoiser);

        assert_close((double)delay / rates[r], 0.02, 0.0011);
        pinna_denoiser_set_attenuation_limit(denoiser, limit_db);
        pinna_denoiser_process(denoiser, in, out, n);
        for (size_t i = 0; i < delay; i++)
            assert_close((double)out[i], 0, RECONSTRUCTION);
        assert_all_close(out + delay, in, n - delay, RECONSTRUCTION, 0);
        pinna_denoiser_free(denoiser);
        free(in);
        free(out);
    }
}

static void test_gains_of_one_only_delay(void **state)
{
    (void)state;
    check_delay(certain, 100);
    check_delay(mute, 0);
    check_delay(small, 0);
    if (built_in)
        check_delay(built_in, 0);
}

static double correlation(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Gains have no phase: whatever they are, the output matches the input best
 * when it is shifted by the delay, with calls of any size. */
static void check_correlation(const pinna_model *model)
{
    static const size_t pieces[] = {1, 480, 8192, 0};

    for (size_t r = 0; r < N_RATES; r++) {
        const size_t n = rates[r] / 2;
        float *in = new_signal(n, rates[r]), *out = zeros(n);
        pinna_denoiser *denoiser = open(model, rates[r]);
        const size_t delay = pinna_denoiser_delay(denoiser);
        const size_t n_common = n - delay - 20;

        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
            memcpy(out, in, n * sizeof *out);
            pinna_denoiser_reset(denoiser);
            feed(denoiser, out, n, pieces[p]);
            assert_int_equal(pinna_denoiser_delay(denoiser), delay);
            const double best = correlation(out + delay, in, n_common);
            for (size_t lag = delay - 20; lag <= delay + 20; lag++)
                assert_true(correlation(out + lag, in, n_common) <= best);
        }
        pinna_denoiser_free(denoiser);
        free(in);
        free(out);
    }
}

static void test_gains_do_not_shift(void **state)
{
    (void)state;
    for_models(check_correlation);
}

static void test_attenuation_limit(void **state)
{
    (void)state;
    enum { N = 8000, RATE = 16000 };
    static const double limits_db[] = {0, 6, 20, 60, 99};
    float *in = new_signal(N, RATE), *out = zeros(N), *want = zeros(N);
    pinna_denoiser *denoiser = open(mute, RATE);
    const size_t delay = pinna_denoiser_delay(denoiser);

    for (size_t i = 0; i < sizeof limits_db / sizeof *limits_db; i++) {
        const double gain = pinna_db_to_gain(-limits_db[i]);
        for (size_t k = 0; k < N; k++)
            want[k] = (float)gain * in[k];
        pinna_denoiser_reset(denoiser);
        pinna_denoiser_set_attenuation_limit(denoiser, limits_db[i]);
        pinna_denoiser_process(denoiser, in, out, N);
        assert_all_close(out + delay, want, N - delay, RECONSTRUCTION * gain,
                         0);
    }

    /* The default, and what means none. The limit outlives a reset. */
    pinna_denoiser_set_attenuation_limit(denoiser, 100);
    pinna_denoiser_reset(denoiser);
    pinna_denoiser_process(denoiser, in, out, N);
    memset(want, 0, N * sizeof(float));
    assert_all_close(out, want, N, 1e-20, 0);
    pinna_denoiser_free(denoiser);

    float *by_default = denoise(mute, RATE, in, N);
    assert_memory_equal(by_default, out, N * sizeof(float));
    free(by_default);
    free(in);
    free(out);
    free(want);
}

static void check_silence(const pinna_model *model)
{
    enum { N = 30000 };
    float *in = zeros(N);
    float *out = denoise(model, 48000, in, N);

    for (size_t i = 0; i < N; i++)
        assert_close((double)out[i], 0, 0);
    free(in);
    free(out);
}

static void test_silence_stays_silent(void **state)
{
    (void)state;
    for_models(check_silence);
}

enum { N_BEFORE = 8000, N_BAD = 3000, N_AFTER = 160000, BAD_RATE = 16000 };

/* Speech-like samples with a stretch of `bad` in them. */
static float *spoiled(float bad)
{
    const size_t n = N_BEFORE + N_BAD + N_AFTER;
    float *samples = new_signal(n, BAD_RATE);
    for (size_t i = 0; i < N_BAD; i++)
        samples[N_BEFORE + i] = i % 3 == 2 ? -bad : bad;
    return samples;
}

static void check_bad_samples(const pinna_model *model)
{
    static const float bads[] = {NAN,     INFINITY, -INFINITY, 1e30f,
                                 3.4e38f, 1000.1f,  1e-40f,    -1e-45f,
                                 1000,    30,       1};
    const size_t n = N_BEFORE + N_BAD + N_AFTER;
    float *silenced = spoiled(0);
    float *want = denoise(model, BAD_RATE, silenced, n);

    for (size_t k = 0; k < sizeof bads / sizeof *bads; k++) {
        float *in = spoiled(bads[k]);
        float *out = denoise(model, BAD_RATE, in, n);

        for (size_t i = 0; i < n; i++)
            assert_true(isfinite(out[i]));
        if (!(fabsf(bads[k]) <= PINNA_SAMPLE_LIMIT)) {
            assert_memory_equal(out, want, n * sizeof(float));
        } else {
            /* A bang that could be a sound is remembered for seconds, by the
             * running level and by the network, but not for ever. */
            const float *end = out + n - BAD_RATE;
            const float *end_wanted = want + n - BAD_RATE;
            assert_memory_equal(out, want, N_BEFORE * sizeof(float));
            const double ratio = correlation(end, end, BAD_RATE) /
                                 correlation(end_wanted, end_wanted, BAD_RATE);
            assert_close(10 * log10(ratio), 0, 3);
        }
        free(in);
        free(out);
    }
    free(silenced);
    free(want);
}

static void test_bad_samples_leave_no_trace(void **state)
{
    (void)state;
    for_models(check_bad_samples);
}

/* As long as the caller's mode has denormals, ours leaves them on. */
static int has_denormals(void)
{
    volatile float tiny = 1e-40f;
    return tiny * 0.5f != 0;
}

static void check_real_time(const pinna_model *model)
{
    enum { N = 5000 };
    float *in = new_signal(N, 44100), *out = zeros(N);
    pinna_denoiser *denoiser = open(model, 44100);

    support_count_allocations();
    pinna_denoiser_process(denoiser, in, out, N);
    pinna_denoiser_set_attenuation_limit(denoiser, 12);
    feed(denoiser, out, N, 0);
    pinna_denoiser_reset(denoiser);
    assert_int_equal(support_allocations(), 0);
    pinna_denoiser_free(denoiser);
    free(in);
    free(out);
}

static void test_process_does_not_allocate(void **state)
{
    (void)state;
    for_models(check_real_time);
}

static void test_floating_point_mode_is_kept(void **state)
{
    (void)state;
    float samples[2000];
    pinna_denoiser *denoiser = open(small, 16000);

    support_signal(samples, 2000, 16000);
    assert_true(has_denormals());
    pinna_denoiser_process(denoiser, samples, samples, 2000);
    assert_true(has_denormals());

    /* A host that wants them flushed keeps that, too. */
    const uint64_t mode = pinna_flush_denormals();
    const int before = has_denormals();
    pinna_denoiser_process(denoiser, samples, samples, 2000);
    const int after = has_denormals();
    pinna_restore_denormals(mode);
    assert_int_equal(after, before);
    assert_true(has_denormals());
    pinna_denoiser_free(denoiser);
}

/* Two on one model, taking turns, are as each alone. */
static void test_streams_do_not_mix(void **state)
{
    (void)state;
    enum { N = 6000, PIECE = 100 };
    float *a = new_signal(N, 16000), *b = random_floats(N, 5, 0.5);
    float *want_a = denoise(small, 16000, a, N);
    float *want_b = denoise(small, 16000, b, N);
    pinna_denoiser *first = open(small, 16000), *second = open(small, 16000);

    for (size_t i = 0; i < N; i += PIECE) {
        pinna_denoiser_process(first, a + i, a + i, PIECE);
        pinna_denoiser_process(second, b + i, b + i, PIECE);
    }
    assert_memory_equal(a, want_a, N * sizeof(float));
    assert_memory_equal(b, want_b, N * sizeof(float));
    pinna_denoiser_free(first);
    pinna_denoiser_free(second);
    free(a);
    free(b);
    free(want_a);
    free(want_b);
}

static void test_speech_probability(void **state)
{
    (void)state;
    enum { N = 1000 };
    float samples[N];
    pinna_denoiser *denoiser = open(small, 16000);

    support_signal(samples, N, 16000);
    assert_close(pinna_denoiser_speech_probability(denoiser), 0, 0);
    pinna_denoiser_process(denoiser, NULL, NULL, 0);
    pinna_denoiser_process(denoiser, samples, samples, N);
    const float got = pinna_denoiser_speech_probability(denoiser);
    assert_true(got > 0 && got < 1);
    pinna_denoiser_free(denoiser);

    denoiser = open(certain, 16000);
    pinna_denoiser_process(denoiser, samples, samples, N);
    assert_close(pinna_denoiser_speech_probability(denoiser), 1, 1e-6);
    pinna_denoiser_free(denoiser);
}

static void test_linked_channels_of_one_sound(void **state)
{
    (void)state;
    enum { N = 9000, PIECE = 700 };
    float *in = new_signal(N, 44100);
    float *want = denoise(small, 44100, in, N);
    float *left = zeros(N), *right = zeros(N);
    pinna_denoiser *pair[] = {open(small, 44100), open(small, 44100)};

    memcpy(left, in, N * sizeof(float));
    for (size_t i = 0; i < N; i += PIECE) {
        const size_t n = N - i < PIECE ? N - i : PIECE;
        /* Also where one channel's output is the other one's input. */
        const float *ins[] = {left + i, left + i};
        float *outs[] = {left + i, right + i};
        pinna_denoiser_process_linked(pair, 2, ins, outs, n);
    }
    assert_memory_equal(left, want, N * sizeof(float));
    assert_memory_equal(right, want, N * sizeof(float));
    pinna_denoiser_free(pair[0]);
    pinna_denoiser_free(pair[1]);
    free(in);
    free(want);
    free(left);
    free(right);
}

/* One that would let all pass opens the other, which would let none. */
static void test_linked_channels_share_the_largest_gain(void **state)
{
    (void)state;
    enum { N = 6000 };
    float *a = new_signal(N, 16000), *b = random_floats(N, 6, 0.5);
    float *out_a = zeros(N), *out_b = zeros(N);
    const float *ins[] = {a, b};
    float *outs[] = {out_a, out_b};

    for (size_t order = 0; order < 2; order++) {
        pinna_denoiser *pair[] = {open(order ? certain : mute, 16000),
                                  open(order ? mute : certain, 16000)};
        const size_t delay = pinna_denoiser_delay(pair[0]);
        pinna_denoiser_process_linked(pair, 2, ins, outs, N);
        assert_all_close(out_a + delay, a, N - delay, RECONSTRUCTION, 0);
        assert_all_close(out_b + delay, b, N - delay, RECONSTRUCTION, 0);
        pinna_denoiser_free(pair[0]);
        pinna_denoiser_free(pair[1]);
    }
    free(a);
    free(b);
    free(out_a);
    free(out_b);
}

/* ---- the post-filter ---- */

/* Gives every band this gain. */
static pinna_model *new_uniform_model(double gain)
{
    pinna_model *model = new_denoise_model();
    pinna_params *params = &model->network.params;

    memset(params->values, 0, params->n_values * sizeof *params->values);
    set_output_bias(model, (float)log(gain / (1 - gain)));
    make_streamable(model);
    return model;
}

/* The gain of a frame all of whose bands have this one. */
static double filtered_gain(double gain, double least)
{
    const double plain = fmax(gain, least);
    const double warped = fmax(plain * sin(PINNA_PI / 2 * plain), least);
    const double ratio = plain * plain / (warped * warped);
    const double factor = sqrt(1.02 * ratio / (1 + 0.02 * ratio * ratio));
    return fmax(factor * warped, least);
}

static void test_post_filter(void **state)
{
    (void)state;
    enum { N = 8000, RATE = 16000 };
    static const double gains[] = {0.02, 0.1, 0.3, 0.5, 0.9};
    static const double limits_db[] = {100, 30, 8, 3};
    float *in = new_signal(N, RATE), *out = zeros(N), *want = zeros(N);

    for (size_t g = 0; g < sizeof gains / sizeof *gains; g++) {
        pinna_model *model = new_uniform_model(gains[g]);
        pinna_denoiser *denoiser = open(model, RATE);
        const size_t delay = pinna_denoiser_delay(denoiser);
        pinna_denoiser_set_post_filter(denoiser, true);
        for (size_t l = 0; l < sizeof limits_db / sizeof *limits_db; l++) {
            const double least = l == 0 ? 0 : pinna_db_to_gain(-limits_db[l]);
            const double gain = filtered_gain(gains[g], least);
            assert_true(gain >= least && gain < fmax(gains[g], least) + 1e-9);
            for (size_t i = 0; i < N; i++)
                want[i] = (float)gain * in[i];
            pinna_denoiser_reset(denoiser);
            pinna_denoiser_set_attenuation_limit(denoiser, limits_db[l]);
            pinna_denoiser_process(denoiser, in, out, N);
            assert_all_close(out + delay, want, N - delay, RECONSTRUCTION, 0);
        }
        pinna_denoiser_free(denoiser);
        pinna_model_free(model);
    }
    free(in);
    free(out);
    free(want);
}

/* Linked channels get the same gains, so that the third, which is the sum of
 * the others, comes out as the sum of what they become. */
static void test_post_filter_keeps_directions(void **state)
{
    (void)state;
    enum { N = 9000 };
    float *left = new_signal(N, 16000), *right = random_floats(N, 2, 0.1);
    float *sum = zeros(N);
    pinna_denoiser *three[3];

    for (size_t i = 0; i < N; i++)
        sum[i] = left[i] + right[i];
    for (size_t c = 0; c < 3; c++) {
        three[c] = open(small, 16000);
        pinna_denoiser_set_post_filter(three[c], true);
    }
    float *all[] = {left, right, sum};
    pinna_denoiser_process_linked(three, 3, (const float *const *)all, all, N);
    for (size_t i = 0; i < N; i++)
        assert_close((double)sum[i], (double)left[i] + (double)right[i],
                     RECONSTRUCTION);
    for (size_t c = 0; c < 3; c++) {
        pinna_denoiser_free(three[c]);
        free(all[c]);
    }
}

static void test_post_filter_survives_extremes(void **state)
{
    (void)state;
    static const float bads[] = {NAN, 1e30f, 1000, 1e-30f, 1e-20f};
    const size_t n = N_BEFORE + N_BAD + N_AFTER;
    const pinna_model *models[] = {small, mute, certain};

    for (size_t m = 0; m < 3; m++)
        for (size_t k = 0; k < sizeof bads / sizeof *bads; k++) {
            float *samples = spoiled(bads[k]);
            pinna_denoiser *denoiser = open(models[m], BAD_RATE);
            pinna_denoiser_set_post_filter(denoiser, true);
            pinna_denoiser_process(denoiser, samples, samples, n);
            for (size_t i = 0; i < n; i++)
                assert_true(isfinite(samples[i]));
            pinna_denoiser_free(denoiser);
            free(samples);
        }
}

static double reduction_of(const pinna_model *model, double limit_db,
                           const float *samples, size_t n)
{
    float out[2000];
    pinna_denoiser *denoiser = open(model, 16000);

    assert_close(pinna_denoiser_reduction_db(denoiser), 0, 0);
    pinna_denoiser_set_attenuation_limit(denoiser, limit_db);
    pinna_denoiser_process(denoiser, samples, out, n);
    const double reduction_db = pinna_denoiser_reduction_db(denoiser);
    pinna_denoiser_reset(denoiser);
    assert_close(pinna_denoiser_reduction_db(denoiser), 0, 0);
    pinna_denoiser_free(denoiser);
    return reduction_db;
}

static void test_reduction(void **state)
{
    (void)state;
    static const double limits_db[] = {0, 6, 40};
    static const float silence[2000];
    float samples[2000];

    support_signal(samples, 2000, 16000);
    for (size_t i = 0; i < 3; i++)
        assert_close(reduction_of(mute, limits_db[i], samples, 2000),
                     limits_db[i], 1e-4);
    assert_close(reduction_of(mute, 100, samples, 2000), 100, 0);
    assert_close(reduction_of(certain, 100, samples, 2000), 0, 1e-4);
    assert_close(reduction_of(mute, 100, silence, 2000), 0, 0);
    const double reduction_db = reduction_of(small, 100, samples, 2000);
    assert_true(reduction_db > 0.1 && reduction_db < 99);
}

/* Odd ones have frames whose length is only near 20 ms. */
static void test_every_rate_works(void **state)
{
    (void)state;
    enum { N = 4000 };
    pinna_rng rng;

    pinna_rng_seed(&rng, 8, 0);
    for (size_t i = 0; i < 60; i++) {
        const unsigned rate = i == 0 ? PINNA_DENOISER_MIN_RATE
                              : i == 1
                                  ? PINNA_DENOISER_MAX_RATE
                                  : PINNA_DENOISER_MIN_RATE +
                                        (unsigned)pinna_rng_below(
                                            &rng, PINNA_DENOISER_MAX_RATE -
                                                      PINNA_DENOISER_MIN_RATE);
        float *in = new_signal(N, rate);
        float *out = denoise(certain, rate, in, N);
        pinna_denoiser *denoiser = open(certain, rate);
        const size_t delay = pinna_denoiser_delay(denoiser);

        assert_close((double)delay / rate, 0.02, 0.0011);
        assert_all_close(out + delay, in, N - delay, RECONSTRUCTION, 0);
        pinna_denoiser_free(denoiser);
        free(in);
        free(out);
    }
}

static void assert_refused(const pinna_model *model, unsigned sample_rate,
                           const char *words)
{
    pinna_error error = {{0}};
    pinna_denoiser *denoiser = (pinna_denoiser *)&error;

    assert_int_equal(pinna_denoiser_new(model, sample_rate, &denoiser, &error),
                     PINNA_BAD_ARG);
    assert_null(denoiser);
    if (!strstr(error.text, words))
        fail_msg("\"%s\" does not say \"%s\"", error.text, words);
    assert_int_equal(pinna_denoiser_new(model, sample_rate, &denoiser, NULL),
                     PINNA_BAD_ARG);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    pinna_model *other = new_ctc_model();

    make_streamable(other);
    assert_refused(other, 16000, PINNA_TASK_CTC);
    assert_refused(small, 0, "0 Hz");
    assert_refused(small, PINNA_DENOISER_MIN_RATE - 1, "7999 Hz");
    assert_refused(small, PINNA_DENOISER_MAX_RATE + 1, "192001 Hz");
    pinna_denoiser_free(NULL);
    pinna_model_free(other);
}

static pinna_status make(void)
{
    float samples[2000] = {0};
    pinna_denoiser *denoiser;

    const pinna_status status =
        pinna_denoiser_new(small, 44100, &denoiser, NULL);
    if (status) {
        assert_null(denoiser);
        return status;
    }
    pinna_denoiser_process(denoiser, samples, samples, 2000);
    pinna_denoiser_free(denoiser);
    return PINNA_OK;
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
        cmocka_unit_test(test_reset_equals_new),
        cmocka_unit_test(test_gains_of_one_only_delay),
        cmocka_unit_test(test_gains_do_not_shift),
        cmocka_unit_test(test_attenuation_limit),
        cmocka_unit_test(test_silence_stays_silent),
        cmocka_unit_test(test_bad_samples_leave_no_trace),
        cmocka_unit_test(test_process_does_not_allocate),
        cmocka_unit_test(test_floating_point_mode_is_kept),
        cmocka_unit_test(test_streams_do_not_mix),
        cmocka_unit_test(test_speech_probability),
        cmocka_unit_test(test_linked_channels_of_one_sound),
        cmocka_unit_test(test_linked_channels_share_the_largest_gain),
        cmocka_unit_test(test_post_filter),
        cmocka_unit_test(test_post_filter_keeps_directions),
        cmocka_unit_test(test_post_filter_survives_extremes),
        cmocka_unit_test(test_reduction),
        cmocka_unit_test(test_every_rate_works),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("denoiser", tests, set_up, tear_down);
}
