#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/level.h"
#include "dsp/rng.h"
#include "rnn/denoise_chain.h"
#include "rnn/denoiser.h"
#include "rnn_cases.h"
#include "small_models.h"

/* A sigmoid of this is one, of its negative zero. */
#define CERTAIN 60.0f

/* Of a transform and its inverse, relative to full scale. */
#define RECONSTRUCTION 1e-5

static const double rates[] = {8000,  11025, 16000,  22050,
                               44100, 48000, 192000, 12345.67};
enum { N_RATES = sizeof rates / sizeof *rates };

/* Random, letting all pass as speech, taking all away as noise, the real one */
static pinna_model *small, *certain, *mute, *built_in;

static int set_up(void **state)
{
    (void)state;
    small = new_denoise_model();
    make_streamable(small);
    certain = new_denoise_model();
    set_output_bias(certain, CERTAIN);
    make_streamable(certain);
    mute = new_denoise_model();
    set_output_bias(mute, -CERTAIN);
    make_streamable(mute);
    assert_int_equal(pinna_model_default_denoiser(&built_in, NULL), PINNA_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pinna_model_free(small);
    pinna_model_free(certain);
    pinna_model_free(mute);
    pinna_model_free(built_in);
    return 0;
}

static pinna_denoise_chain *open(const pinna_model *model, double rate,
                                 size_t n_channels)
{
    pinna_denoise_chain *chain;

    assert_int_equal(pinna_denoise_chain_new(model, rate, n_channels, &chain),
                     PINNA_OK);
    return chain;
}

static float *new_signal(size_t n, double rate)
{
    float *samples = zeros(n);
    support_signal(samples, n, rate);
    return samples;
}

/* One channel, in place. */
static void feed(pinna_denoise_chain *chain, float *samples, size_t n)
{
    pinna_denoise_chain_process(chain, (const float *const *)&samples, &samples,
                                n);
}

static double correlation(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* ---- the delay ---- */

/* Of all shifts the reported one matches the input best. */
static void check_latency(const pinna_model *model, double rate, float ms)
{
    const size_t n = (size_t)rate;
    float *in = new_signal(n, rate), *out = zeros(n);
    pinna_denoise_chain *chain = open(model, rate, 1);
    pinna_denoise_chain_set(chain, PINNA_CONTROL_VAD_LOOK_BACK, ms);
    const size_t latency = pinna_denoise_chain_latency(chain);

    assert_close((double)latency / rate, 0.02 + 1e-3 * (double)ms, 0.0013);
    memcpy(out, in, n * sizeof *in);
    feed(chain, out, n);
    const size_t n_common = n - latency - 40;
    const double best = correlation(out + latency, in, n_common);
    for (size_t lag = latency - 40; lag <= latency + 40; lag++)
        assert_true(correlation(out + lag, in, n_common) <= best);
    pinna_denoise_chain_free(chain);
    free(in);
    free(out);
}

static void test_latency_is_as_measured(void **state)
{
    (void)state;
    for (size_t r = 0; r < N_RATES; r++) {
        check_latency(built_in, rates[r], 0);
        check_latency(small, rates[r], 37.3f);
        check_latency(small, rates[r], 200);
    }
}

/* By default nothing is done to what the denoiser gives. */
static void test_equals_the_denoiser(void **state)
{
    (void)state;
    enum { N = 20000 };
    for (size_t r = 0; r < N_RATES; r++) {
        float *got = new_signal(N, rates[r]), *want = new_signal(N, rates[r]);
        pinna_denoise_chain *chain = open(built_in, rates[r], 1);
        pinna_denoiser *denoiser;
        assert_int_equal(pinna_denoiser_new(built_in, (unsigned)lrint(rates[r]),
                                            &denoiser, NULL),
                         PINNA_OK);

        assert_int_equal(pinna_denoise_chain_latency(chain),
                         pinna_denoiser_delay(denoiser));
        feed(chain, got, N);
        pinna_denoiser_process(denoiser, want, want, N);
        assert_memory_equal(got, want, N * sizeof *got);
        assert_true(pinna_denoise_chain_speech_probability(chain) ==
                    (float)pinna_denoiser_speech_probability(denoiser));
        assert_true(pinna_denoise_chain_reduction_db(chain) ==
                    (float)pinna_denoiser_reduction_db(denoiser));
        pinna_denoiser_free(denoiser);
        pinna_denoise_chain_free(chain);
        free(got);
        free(want);
    }
}

static void test_bypass_is_the_input_delayed(void **state)
{
    (void)state;
    enum { N = 30000 };
    float *in = new_signal(N, 44100), *out = zeros(N);
    pinna_denoise_chain *chain = open(built_in, 44100, 1);

    in[1000] = -0.0f;
    in[1001] = 1e-41f; /* a denormal */
    in[1002] = -999.0f;
    pinna_denoise_chain_set(chain, PINNA_CONTROL_MODE, PINNA_MODE_BYPASS);
    pinna_denoise_chain_set(chain, PINNA_CONTROL_VAD_LOOK_BACK, 10);
    /* None of these matters there. */
    pinna_denoise_chain_set(chain, PINNA_CONTROL_OUTPUT_GAIN, 12);
    pinna_denoise_chain_set(chain, PINNA_CONTROL_MIX, 30);
    pinna_denoise_chain_set(chain, PINNA_CONTROL_VAD_THRESHOLD, 100);
    memcpy(out, in, N * sizeof *in);
    feed(chain, out, N);

    const size_t latency = pinna_denoise_chain_latency(chain);
    for (size_t i = 0; i < latency; i++)
        assert_true(out[i] == 0);
    assert_memory_equal(out + latency, in, (N - latency) * sizeof *in);
    pinna_denoise_chain_free(chain);
    free(in);
    free(out);
}

/* Rates without a denoiser: the sound passes, whatever the gate asks for. */
static void test_other_rates_pass(void **state)
{
    (void)state;
    static const double others[] = {4000, 7999, 192001, 384000, 1e9};
    enum { N = 3000 };
    for (size_t r = 0; r < sizeof others / sizeof *others; r++) {
        float *in = new_signal(N, 48000), *out = new_signal(N, 48000);
        pinna_denoise_chain *chain = open(built_in, others[r], 1);
        pinna_denoise_chain_set(chain, PINNA_CONTROL_VAD_THRESHOLD, 50);
        assert_int_equal(pinna_denoise_chain_latency(chain), 0);
        feed(chain, out, N);
        assert_memory_equal(out, in, N * sizeof *in);
        pinna_denoise_chain_free(chain);
        free(in);
        free(out);
    }
}

static void test_no_rate_is_refused(void **state)
{
    (void)state;
    static const double odd[] = {0, -1, NAN, INFINITY, 1e-9, 1e300};
    for (size_t r = 0; r < sizeof odd / sizeof *odd; r++) {
        float samples[700] = {1};
        pinna_denoise_chain *chain = open(small, odd[r], 1);
        pinna_denoise_chain_set(chain, PINNA_CONTROL_VAD_LOOK_BACK, 200);
        feed(chain, samples, 700);
        pinna_denoise_chain_free(chain);
    }
}

/* ---- mix, gain and limit ---- */

static void check_gain(const pinna_model *model, pinna_control control,
                       float value, double gain)
{
    enum { N = 9000 };
    float *in = new_signal(N, 16000), *out = new_signal(N, 16000);
    pinna_denoise_chain *chain = open(model, 16000, 1);

    pinna_denoise_chain_set(chain, control, value);
    const size_t latency = pinna_denoise_chain_latency(chain);
    feed(chain, out, N);
    for (size_t i = latency; i < N; i++)
        assert_close((double)out[i], gain * (double)in[i - latency],
                     RECONSTRUCTION * fmax(gain, 1));
    pinna_denoise_chain_free(chain);
    free(in);
    free(out);
}

static void test_controls_of_level(void **state)
{
    (void)state;
    check_gain(mute, PINNA_CONTROL_MIX, 100, 0);
    check_gain(mute, PINNA_CONTROL_MIX, 25, 0.75);
    check_gain(mute, PINNA_CONTROL_MIX, 0, 1);
    check_gain(mute, PINNA_CONTROL_ATTENUATION_LIMIT, 20, 0.1);
    check_gain(mute, PINNA_CONTROL_ATTENUATION_LIMIT, 0, 1);
    check_gain(certain, PINNA_CONTROL_OUTPUT_GAIN, -24, pinna_db_to_gain(-24));
    check_gain(certain, PINNA_CONTROL_OUTPUT_GAIN, 99, pinna_db_to_gain(24));
    check_gain(certain, PINNA_CONTROL_OUTPUT_GAIN, NAN, 1);
    check_gain(certain, PINNA_CONTROL_MODE, PINNA_MODE_MUTE, 0);
    check_gain(mute, PINNA_CONTROL_MODE, PINNA_MODE_BYPASS, 1);
    check_gain(mute, PINNA_CONTROL_MODE, 0.9f, 1);
}

/* ---- any split ---- */

/* Controls change at the given times; in between blocks of `piece` samples, or
 * for 0 of random length. In place, both channels. */
static void run_script(pinna_denoise_chain *chain, float *left, float *right,
                       size_t n, size_t piece)
{
    static const struct {
        size_t at;
        pinna_control control;
        float value;
    } script[] = {
        {0, PINNA_CONTROL_VAD_THRESHOLD, 45},
        {0, PINNA_CONTROL_VAD_HOLD, 3},
        {3000, PINNA_CONTROL_VAD_LOOK_BACK, 30},
        {3100, PINNA_CONTROL_VAD_LOOK_BACK, 7},
        {6000, PINNA_CONTROL_OUTPUT_GAIN, -6},
        {6200, PINNA_CONTROL_MIX, 60},
        {9000, PINNA_CONTROL_VAD_THRESHOLD, 0},
        {11000, PINNA_CONTROL_STEREO_LINK, 0},
        {12000, PINNA_CONTROL_MODE, PINNA_MODE_MUTE},
        {13000, PINNA_CONTROL_MODE, PINNA_MODE_BYPASS},
        {15000, PINNA_CONTROL_MODE, PINNA_MODE_PROCESS},
    };
    enum { N_STEPS = sizeof script / sizeof *script };
    pinna_rng rng;
    size_t step = 0;

    pinna_rng_seed(&rng, 1, piece);
    for (size_t used = 0; used < n;) {
        while (step < N_STEPS && script[step].at == used) {
            pinna_denoise_chain_set(chain, script[step].control,
                                    script[step].value);
            step++;
        }
        const size_t end = step < N_STEPS ? script[step].at : n;
        size_t part = piece > 0 ? piece : pinna_rng_below(&rng, 1500);
        part = part < end - used ? part : end - used;
        float *both[] = {left + used, right + used};
        pinna_denoise_chain_process(chain, (const float *const *)both, both,
                                    part);
        used += part;
    }
}

static void test_any_split_gives_the_same_bits(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 64, 441, 480, 8193, 0};
    enum { N = 18000 };
    const pinna_model *models[] = {small, built_in};

    for (size_t m = 0; m < 2; m++) {
        float *in[] = {new_signal(N, 44100), random_floats(N, 4, 0.1)};
        float *want[2], *got[2];
        for (size_t i = 0; i < N; i += 2)
            in[1][i] = -0.0f; /* which arithmetic could make positive */
        for (size_t c = 0; c < 2; c++) {
            want[c] = zeros(N);
            got[c] = zeros(N);
            memcpy(want[c], in[c], N * sizeof(float));
        }
        pinna_denoise_chain *chain = open(models[m], 44100, 2);
        run_script(chain, want[0], want[1], N, N);
        pinna_denoise_chain_free(chain);

        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
            chain = open(models[m], 44100, 2);
            for (size_t c = 0; c < 2; c++)
                memcpy(got[c], in[c], N * sizeof(float));
            run_script(chain, got[0], got[1], N, pieces[p]);
            for (size_t c = 0; c < 2; c++)
                assert_memory_equal(got[c], want[c], N * sizeof(float));
            pinna_denoise_chain_free(chain);
        }
        for (size_t c = 0; c < 2; c++) {
            free(in[c]);
            free(want[c]);
            free(got[c]);
        }
    }
}

static void set_for_reset(pinna_denoise_chain *chain, float threshold)
{
    pinna_denoise_chain_set(chain, PINNA_CONTROL_VAD_LOOK_BACK, 20);
    pinna_denoise_chain_set(chain, PINNA_CONTROL_VAD_HOLD,
                            threshold > 0 ? 0 : 900);
    pinna_denoise_chain_set(chain, PINNA_CONTROL_VAD_THRESHOLD, threshold);
    pinna_denoise_chain_set(chain, PINNA_CONTROL_MIX, 50);
}

/* The past has its gate open for long, and ends within a hop. */
static void check_reset(const pinna_model *model, float threshold)
{
    enum { N = 9999 };
    float *in = new_signal(N, 48000), *other = random_floats(N, 3, 1);
    float *want = new_signal(N, 48000);
    pinna_denoise_chain *chain = open(model, 48000, 1);
    pinna_denoise_chain *fresh = open(model, 48000, 1);

    set_for_reset(chain, 0);
    feed(chain, other, N);
    set_for_reset(chain, threshold);
    pinna_denoise_chain_reset(chain);
    set_for_reset(fresh, threshold);
    feed(chain, in, N);
    feed(fresh, want, N);
    assert_memory_equal(in, want, N * sizeof *in);
    pinna_denoise_chain_free(chain);
    pinna_denoise_chain_free(fresh);
    free(in);
    free(other);
    free(want);
}

static void test_reset_equals_new(void **state)
{
    (void)state;
    check_reset(built_in, 0);
    check_reset(mute, 30);
    /* Frames of either kind. */
    check_reset(small, 49);
}

/* ---- two channels ---- */

static void test_equal_linked_channels_are_as_one(void **state)
{
    (void)state;
    enum { N = 20000 };
    float *mono = new_signal(N, 44100), *left = new_signal(N, 44100);
    float *right = new_signal(N, 44100), *both[] = {left, right};
    pinna_denoise_chain *one = open(built_in, 44100, 1);
    pinna_denoise_chain *two = open(built_in, 44100, 2);

    feed(one, mono, N);
    pinna_denoise_chain_process(two, (const float *const *)both, both, N);
    assert_memory_equal(left, mono, N * sizeof *mono);
    assert_memory_equal(right, mono, N * sizeof *mono);
    pinna_denoise_chain_free(one);
    pinna_denoise_chain_free(two);
    free(mono);
    free(left);
    free(right);
}

/* Unlinked channels are two mono plugins, also with crossed buffers; linked
 * ones are not. */
static void test_unlinked_channels_are_apart(void **state)
{
    (void)state;
    enum { N = 20000 };
    for (int linked = 0; linked < 2; linked++) {
        float *left = new_signal(N, 44100), *right = random_floats(N, 2, 0.1);
        float *want_left = new_signal(N, 44100);
        float *want_right = random_floats(N, 2, 0.1);
        float *both[] = {left, right}, *crossed[] = {right, left};
        pinna_denoise_chain *two = open(built_in, 44100, 2);
        pinna_denoise_chain *one = open(built_in, 44100, 1);

        pinna_denoise_chain_set(two, PINNA_CONTROL_STEREO_LINK, (float)linked);
        pinna_denoise_chain_process(two, (const float *const *)both, crossed,
                                    N);
        feed(one, want_left, N);
        pinna_denoise_chain_reset(one);
        feed(one, want_right, N);
        const int same = !memcmp(right, want_left, N * sizeof(float)) &&
                         !memcmp(left, want_right, N * sizeof(float));
        assert_int_equal(same, !linked);
        pinna_denoise_chain_free(one);
        pinna_denoise_chain_free(two);
        free(left);
        free(right);
        free(want_left);
        free(want_right);
    }
}

/* Any number of channels: each is as it would be alone, unless they are
 * linked. */
static void test_many_channels(void **state)
{
    (void)state;
    enum { N = 9000, CHANNELS = 5 };
    float *in[CHANNELS], *out[CHANNELS], *alone = zeros(N);

    for (size_t c = 0; c < CHANNELS; c++) {
        in[c] = random_floats(N, c + 1, 0.1);
        out[c] = zeros(N);
    }
    pinna_denoise_chain *five = open(small, 48000, CHANNELS);
    pinna_denoise_chain *one = open(small, 48000, 1);
    for (int linked = 0; linked < 2; linked++) {
        pinna_denoise_chain_reset(five);
        pinna_denoise_chain_set(five, PINNA_CONTROL_STEREO_LINK, (float)linked);
        pinna_denoise_chain_process(five, (const float *const *)in, out, N);
        for (size_t c = 0; c < CHANNELS; c++) {
            memcpy(alone, in[c], N * sizeof *alone);
            pinna_denoise_chain_reset(one);
            feed(one, alone, N);
            assert_int_equal(memcmp(out[c], alone, N * sizeof *alone) == 0,
                             !linked);
        }
    }
    pinna_denoise_chain_free(five);
    pinna_denoise_chain_free(one);
    for (size_t c = 0; c < CHANNELS; c++) {
        free(in[c]);
        free(out[c]);
    }
    free(alone);
}

/* ---- no clicks ---- */

/* A slow sine whose level changes by its own slope and by a ramp of 10 ms makes
 * no step larger than both together. */
static void check_click(pinna_control control, float before, float after,
                        double most_level)
{
    enum { N = 40000, RATE = 48000, HZ = 50 };
    const double slope = 2 * PINNA_PI * HZ / RATE;
    float *samples = zeros(N);
    pinna_denoise_chain *chain = open(certain, RATE, 1);

    for (size_t i = 0; i < N; i++)
        samples[i] = (float)sin(slope * (double)i);
    /* The model takes all for speech; a gate that it opens has to close. */
    pinna_denoise_chain_set(chain, PINNA_CONTROL_VAD_HOLD, 0);
    pinna_denoise_chain_set(chain, control, before);
    feed(chain, samples, N / 2 + 123);
    pinna_denoise_chain_set(chain, control, after);
    feed(chain, samples + N / 2 + 123, N / 2 - 123);

    const double most_step =
        most_level * (slope + 2.0 / (0.01 * RATE)) + 10 * RECONSTRUCTION;
    for (size_t i = N / 4; i < N; i++)
        assert_true(fabs((double)samples[i] - (double)samples[i - 1]) <=
                    most_step);
    pinna_denoise_chain_free(chain);
    free(samples);
}

static void test_changes_do_not_click(void **state)
{
    (void)state;
    for (int from = 0; from < 3; from++)
        for (int to = 0; to < 3; to++)
            check_click(PINNA_CONTROL_MODE, (float)from, (float)to, 1);
    check_click(PINNA_CONTROL_OUTPUT_GAIN, -24, 12, 4);
    check_click(PINNA_CONTROL_MIX, 0, 100, 1);
    check_click(PINNA_CONTROL_VAD_LOOK_BACK, 0, 190, 1);
    check_click(PINNA_CONTROL_VAD_LOOK_BACK, 110, 15, 1);
    check_click(PINNA_CONTROL_ATTENUATION_LIMIT, 0, 100, 1);
}

/* ---- the gate ---- */

enum { GATE_RATE = 48000, GATE_N = 2 * GATE_RATE, BURST = GATE_RATE / 2 };

/* Half a second of a vowel in silence, all dry. Gives the first and the last
 * sample that is not silent. */
static void gated(float threshold, float hold_ms, float look_back_ms,
                  size_t *first, size_t *last)
{
    float *samples = zeros(GATE_N);
    pinna_denoise_chain *chain = open(built_in, GATE_RATE, 1);

    /* A vowel of 150 Hz, as loud as speech. */
    for (size_t i = 0; i < BURST; i++)
        for (int h = 1; h < 20; h++)
            samples[GATE_RATE / 2 + i] +=
                (float)(0.2 / h *
                        sin(2 * PINNA_PI * 150 * h * (double)i / GATE_RATE));
    pinna_denoise_chain_set(chain, PINNA_CONTROL_VAD_THRESHOLD, threshold);
    pinna_denoise_chain_set(chain, PINNA_CONTROL_VAD_HOLD, hold_ms);
    pinna_denoise_chain_set(chain, PINNA_CONTROL_VAD_LOOK_BACK, look_back_ms);
    pinna_denoise_chain_set(chain, PINNA_CONTROL_MIX, 0);
    /* Something that is heard even where the vowel is not. */
    for (size_t i = 0; i < GATE_N; i++)
        samples[i] += 1e-6f;
    feed(chain, samples, GATE_N);
    *first = GATE_N;
    *last = 0;
    for (size_t i = 0; i < GATE_N; i++)
        if (samples[i] != 0) {
            *first = i < *first ? i : *first;
            *last = i;
        }
    pinna_denoise_chain_free(chain);
    free(samples);
}

static void test_gate(void **state)
{
    (void)state;
    const size_t hop = GATE_RATE / 100;
    size_t first, last, later_first, later_last;

    /* Closed before the vowel, open within it, closed after. */
    gated(40, 0, 0, &first, &last);
    assert_in_range(first, GATE_RATE / 2, GATE_RATE / 2 + BURST);
    assert_in_range(last, GATE_RATE / 2 + BURST / 2, GATE_N - GATE_RATE / 4);

    gated(40, 100, 0, &later_first, &later_last);
    assert_int_equal(later_first, first);
    assert_int_equal(later_last, last + 10 * hop);

    /* Look-back delays the sound, not the opening. */
    gated(40, 0, 50, &later_first, &later_last);
    assert_int_equal(later_first, first);
    assert_int_equal(later_last, last + 5 * hop);

    /* No frame is surer than sure. */
    gated(100, 0, 0, &first, &last);
    assert_true(first > last);
}

/* ---- what is no sound ---- */

enum { BAD_RATE = 48000, N_BEFORE = 24000, N_BAD = 4800, N_AFTER = 96000 };

static float *spoiled(float bad)
{
    float *samples = new_signal(N_BEFORE + N_BAD + N_AFTER, BAD_RATE);
    for (size_t i = 0; i < N_BAD; i++)
        samples[N_BEFORE + i] = i % 3 == 2 && bad != 0 ? -bad : bad;
    return samples;
}

static void test_bad_samples_leave_no_trace(void **state)
{
    (void)state;
    static const float bads[] = {NAN, INFINITY, -INFINITY, 1e30f, 3e38f, 1001};
    const size_t n = N_BEFORE + N_BAD + N_AFTER;

    for (float mix = 0; mix <= 100; mix += 50) {
        float *want = spoiled(0);
        pinna_denoise_chain *chain = open(built_in, BAD_RATE, 1);
        pinna_denoise_chain_set(chain, PINNA_CONTROL_MIX, mix);
        feed(chain, want, n);
        for (size_t k = 0; k < sizeof bads / sizeof *bads; k++) {
            float *got = spoiled(bads[k]);
            pinna_denoise_chain_reset(chain);
            feed(chain, got, n);
            assert_memory_equal(got, want, n * sizeof *got);
            free(got);
        }
        pinna_denoise_chain_free(chain);
        free(want);
    }
}

/* Denormals: as silence, within what they are themselves. */
static void test_denormals(void **state)
{
    (void)state;
    const size_t n = N_BEFORE + N_BAD + N_AFTER;
    float *want = spoiled(0), *got = spoiled(1e-40f);
    pinna_denoise_chain *chain = open(built_in, BAD_RATE, 1);

    feed(chain, want, n);
    pinna_denoise_chain_reset(chain);
    feed(chain, got, n);
    assert_all_close(got, want, n, 1e-6, 0);
    pinna_denoise_chain_free(chain);
    free(want);
    free(got);
}

/* ---- real time and memory ---- */

static void test_process_does_not_allocate(void **state)
{
    (void)state;
    enum { N = 18000 };
    float *left = new_signal(N, 44100), *right = new_signal(N, 44100);
    pinna_denoise_chain *chain = open(built_in, 44100, 2);

    support_count_allocations();
    run_script(chain, left, right, N, 0);
    pinna_denoise_chain_reset(chain);
    (void)pinna_denoise_chain_latency(chain);
    (void)pinna_denoise_chain_reduction_db(chain);
    assert_int_equal(support_allocations(), 0);
    pinna_denoise_chain_free(chain);
    free(left);
    free(right);
}

static pinna_status make(void)
{
    float samples[2000] = {0}, *both[] = {samples, samples};
    pinna_denoise_chain *chain;

    const pinna_status status =
        pinna_denoise_chain_new(small, 44100, 2, &chain);
    if (status) {
        assert_null(chain);
        return status;
    }
    pinna_denoise_chain_process(chain, (const float *const *)both, both, 2000);
    pinna_denoise_chain_free(chain);
    return PINNA_OK;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
    pinna_denoise_chain_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_latency_is_as_measured),
        cmocka_unit_test(test_equals_the_denoiser),
        cmocka_unit_test(test_bypass_is_the_input_delayed),
        cmocka_unit_test(test_other_rates_pass),
        cmocka_unit_test(test_no_rate_is_refused),
        cmocka_unit_test(test_controls_of_level),
        cmocka_unit_test(test_any_split_gives_the_same_bits),
        cmocka_unit_test(test_reset_equals_new),
        cmocka_unit_test(test_equal_linked_channels_are_as_one),
        cmocka_unit_test(test_unlinked_channels_are_apart),
        cmocka_unit_test(test_many_channels),
        cmocka_unit_test(test_changes_do_not_click),
        cmocka_unit_test(test_gate),
        cmocka_unit_test(test_bad_samples_leave_no_trace),
        cmocka_unit_test(test_denormals),
        cmocka_unit_test(test_process_does_not_allocate),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("denoise_chain", tests, set_up,
                                       tear_down);
}
