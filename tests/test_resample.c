#include "support.h"

#include <math.h>
#include <stdlib.h>

#include "dsp/resample.h"
#include "dsp/rng.h"

static const unsigned rates[][2] = {
    {48000, 16000}, {44100, 16000}, {16000, 8000},  {8000, 16000},
    {16000, 48000}, {16000, 44100}, {22050, 16000}, {16000, 16000},
    {44100, 48000}, {11025, 44100}, {96000, 44101},
};

enum { N_RATES = sizeof rates / sizeof rates[0] };

static size_t ceil_count(size_t n, unsigned in_rate, unsigned out_rate)
{
    return (n * out_rate + in_rate - 1) / in_rate;
}

/* A linear sweep from 50 Hz to top_hz over `duration` seconds, faded in and
 * out so that the edges of the file do not matter. */
static double sweep_at(double t, double duration, double top_hz)
{
    if (t < 0.0 || t > duration)
        return 0.0;
    const double fade = sin(PINNA_PI * t / duration);
    const double slope = 0.5 * (top_hz - 50.0) / duration;
    return 0.5 * fade * fade * sin(2.0 * PINNA_PI * (50.0 * t + slope * t * t));
}

/* Output sample k lies at k / out_rate: the sweep computed there is the
 * definition. */
static void test_sweep_equals_the_sweep_at_the_output_rate(void **state)
{
    (void)state;
    const double duration = 0.5;
    for (size_t r = 0; r < N_RATES; r++) {
        const unsigned in_rate = rates[r][0], out_rate = rates[r][1];
        const double lower = in_rate < out_rate ? in_rate : out_rate;
        const double top_hz = 0.75 * 0.5 * lower;
        const size_t n_in = (size_t)(duration * in_rate);
        float *in = malloc(n_in * sizeof *in), *out;
        for (size_t i = 0; i < n_in; i++)
            in[i] = (float)sweep_at((double)i / in_rate, duration, top_hz);

        size_t n_out;
        assert_int_equal(
            pinna_resample(in, n_in, in_rate, out_rate, &out, &n_out),
            PINNA_OK);
        assert_int_equal(n_out, ceil_count(n_in, in_rate, out_rate));
        double signal = 0.0, noise = 0.0;
        for (size_t k = 0; k < n_out; k++) {
            const double want =
                sweep_at((double)k / out_rate, duration, top_hz);
            signal += want * want;
            noise += (want - (double)out[k]) * (want - (double)out[k]);
        }
        /* From 16 to 44.1 kHz it is least: 108.8. */
        const double snr_db = 10.0 * log10(signal / (noise + 1e-30));
        assert_true(snr_db > 108.0);
        free(out);
        free(in);
    }
}

/* Figures of the two rates that sound cards give, as converters are compared:
 * what is promised is 110 dB, -100 dB and 5 ms. */
static const unsigned card_rates[] = {48000, 44100};

/* in [n_in] at in_rate -> *out [*n_out] at 16 kHz, to be freed. */
static void convert(const float *in, size_t n_in, unsigned in_rate, float **out,
                    size_t *n_out)
{
    assert_int_equal(pinna_resample(in, n_in, in_rate, 16000, out, n_out),
                     PINNA_OK);
}

/* A linear sweep from 50 Hz to 0.75 of the output Nyquist frequency in 4 s,
 * against the same computed at the output rate; the first and last quarter of
 * a second left out. */
static double sweep_snr_db(unsigned in_rate)
{
    const double slope = (0.75 * 8000 - 50) / (2 * 4.0);
    const size_t n_in = 4 * in_rate;
    float *in = malloc(n_in * sizeof *in), *out;
    assert_non_null(in);
    for (size_t i = 0; i < n_in; i++) {
        const double t = (double)i / in_rate;
        in[i] = (float)(0.5 * sin(2 * PINNA_PI * (50 * t + slope * t * t)));
    }
    size_t n_out;
    convert(in, n_in, in_rate, &out, &n_out);
    double signal = 0, noise = 0;
    for (size_t k = 4000; k + 4000 < n_out; k++) {
        const double t = (double)k / 16000;
        const double want = 0.5 * sin(2 * PINNA_PI * (50 * t + slope * t * t));
        signal += want * want;
        noise += (want - (double)out[k]) * (want - (double)out[k]);
    }
    free(out);
    free(in);
    return 10 * log10(signal / noise);
}

/* The strongest of what is left of tones at 1.05 .. 1.95 of the output Nyquist
 * frequency, over the tone; the middle of half a second. */
static double alias_db(unsigned in_rate)
{
    const size_t n_in = in_rate / 2;
    float *in = malloc(n_in * sizeof *in), *out;
    assert_non_null(in);
    double worst = -300;
    for (int step = 21; step < 40; step++) {
        const double hz = step * 0.05 * 8000;
        for (size_t i = 0; i < n_in; i++)
            in[i] = (float)(0.5 * sin(2 * PINNA_PI * hz * (double)i / in_rate));
        size_t n_out;
        convert(in, n_in, in_rate, &out, &n_out);
        double sum = 0;
        for (size_t k = n_out / 4; k < n_out * 3 / 4; k++)
            sum += (double)out[k] * (double)out[k];
        const double rest = sum / ((double)n_out / 2) / 0.125;
        worst = fmax(worst, 10 * log10(rest + 1e-30));
        free(out);
    }
    free(in);
    return worst;
}

/* How far the output is behind at worst, fed 1 ms at a time. */
static double delay_ms(unsigned in_rate)
{
    const size_t piece = in_rate / 1000;
    float in[48] = {0}, out[400];
    pinna_resampler *resampler;
    assert_int_equal(pinna_resampler_new(in_rate, 16000, &resampler), PINNA_OK);
    assert_in_range(pinna_resampler_max_out(resampler, piece), 1, 400);
    double worst = 0;
    for (size_t fed = piece, got = 0; fed < in_rate; fed += piece) {
        got += pinna_resampler_process(resampler, in, piece, out);
        const double behind = (double)fed / in_rate - (double)got / 16000;
        worst = fmax(worst, 1000 * behind);
    }
    pinna_resampler_free(resampler);
    return worst;
}

static void test_figures_of_quality(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const unsigned rate = card_rates[i];
        const double snr = sweep_snr_db(rate), alias = alias_db(rate);
        const double delay = delay_ms(rate);
        print_message("%u to 16000 Hz: sweep %.1f dB, alias %.1f dB, "
                      "delay %.2f ms\n",
                      rate, snr, alias, delay);
        assert_true(snr >= 110);
        assert_true(alias <= -100);
        assert_true(delay <= 5);
    }
}

/* Stream in [n] in random pieces of at most max_piece into out; keeps to the
 * promise of max_out() for every call. */
static size_t stream(pinna_resampler *resampler, const float *in, size_t n,
                     size_t max_piece, float *out)
{
    pinna_rng rng;
    pinna_rng_seed(&rng, max_piece, n);
    size_t n_out = 0;
    for (size_t used = 0; used < n;) {
        size_t piece = pinna_rng_below(&rng, max_piece + 1);
        piece = piece < n - used ? piece : n - used;
        const size_t n_given =
            pinna_resampler_process(resampler, in + used, piece, out + n_out);
        assert_true(n_given <= pinna_resampler_max_out(resampler, piece));
        n_out += n_given;
        used += piece;
    }
    const size_t n_given = pinna_resampler_finish(resampler, out + n_out);
    assert_true(n_given <= pinna_resampler_max_out(resampler, 0));
    return n_out + n_given;
}

static void test_any_chunking_gives_the_same_bits(void **state)
{
    (void)state;
    enum { N = 20000 };
    float *in = malloc(N * sizeof *in);
    support_signal(in, N, 16000.0);

    for (size_t r = 0; r < N_RATES; r++) {
        const unsigned in_rate = rates[r][0], out_rate = rates[r][1];
        float *whole;
        size_t n_whole;
        assert_int_equal(
            pinna_resample(in, N, in_rate, out_rate, &whole, &n_whole),
            PINNA_OK);
        float *out = malloc(n_whole * sizeof *out);
        pinna_resampler *resampler;
        assert_int_equal(pinna_resampler_new(in_rate, out_rate, &resampler),
                         PINNA_OK);

        support_count_allocations();
        static const size_t pieces[] = {1, 2, 50, 333, 4097, N};
        for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
            assert_int_equal(stream(resampler, in, N, pieces[p], out), n_whole);
            assert_memory_equal(out, whole, n_whole * sizeof *out);
            pinna_resampler_reset(resampler); /* equals new, in the next turn */
        }
        assert_int_equal(support_allocations(), 0);

        pinna_resampler_free(resampler);
        free(out);
        free(whole);
    }
    free(in);
}

static void test_every_length_gives_its_exact_count(void **state)
{
    (void)state;
    float in[600];
    support_signal(in, 600, 16000.0);
    for (size_t r = 0; r < N_RATES; r++) {
        const unsigned in_rate = rates[r][0], out_rate = rates[r][1];
        for (size_t n = 0; n < 600; n += n < 20 ? 1 : 37) {
            size_t n_out;
            float *whole;
            assert_int_equal(
                pinna_resample(in, n, in_rate, out_rate, &whole, &n_out),
                PINNA_OK);
            assert_non_null(whole);
            assert_int_equal(n_out, ceil_count(n, in_rate, out_rate));
            free(whole);
        }
    }
}

static void test_equal_rates_copy(void **state)
{
    (void)state;
    float in[100], out[100];
    support_signal(in, 100, 16000.0);
    pinna_resampler *resampler;
    assert_int_equal(pinna_resampler_new(16000, 16000, &resampler), PINNA_OK);
    assert_int_equal(pinna_resampler_max_out(resampler, 100), 100);
    assert_int_equal(pinna_resampler_process(resampler, in, 100, out), 100);
    assert_memory_equal(in, out, sizeof in);
    assert_int_equal(pinna_resampler_finish(resampler, out), 0);
    pinna_resampler_free(resampler);
}

static void test_silence_gives_silence(void **state)
{
    (void)state;
    float in[2000] = {0.0f}, *out;
    size_t n_out;
    assert_int_equal(pinna_resample(in, 2000, 44100, 16000, &out, &n_out),
                     PINNA_OK);
    for (size_t k = 0; k < n_out; k++)
        assert_true(out[k] == 0.0f);
    free(out);
}

static void test_one_sample_stays_at_time_zero(void **state)
{
    (void)state;
    const float in = 0.5f;
    float *out;
    size_t n_out;
    assert_int_equal(pinna_resample(&in, 1, 8000, 48000, &out, &n_out),
                     PINNA_OK);
    assert_int_equal(n_out, 6);
    for (size_t k = 1; k < 6; k++)
        assert_true(out[k] < out[0]);
    assert_close(out[0], 0.5, 0.06); /* the filter cuts off below Nyquist */
    free(out);
}

static void test_extreme_ratios(void **state)
{
    (void)state;
    static const unsigned extremes[][2] = {
        {1, 256}, {256, 1}, {3000, 768000}, {768000, 3000}, {767999, 3001},
    };
    enum { N = 3000 };
    static float in[N];
    for (size_t i = 0; i < N; i++)
        in[i] = 0.25f;
    for (size_t r = 0; r < sizeof extremes / sizeof extremes[0]; r++) {
        const unsigned in_rate = extremes[r][0], out_rate = extremes[r][1];
        float *out;
        size_t n_out;
        assert_int_equal(pinna_resample(in, N, in_rate, out_rate, &out, &n_out),
                         PINNA_OK);
        assert_int_equal(n_out, ceil_count(N, in_rate, out_rate));
        if (out_rate > in_rate)
            assert_close(out[n_out / 2], 0.25, 1e-4);
        for (size_t k = 0; k < n_out; k++)
            assert_close(out[k], 0.15, 0.15);
        free(out);
    }
}

static void test_bad_arguments(void **state)
{
    (void)state;
    static const unsigned bad[][2] = {
        {0, 16000},   {16000, 0},   {768001, 16000},      {16000, 768001},
        {100, 25601}, {25601, 100}, {4294967295u, 16000}, {16777217, 1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pinna_resampler *resampler = (pinna_resampler *)&resampler;
        assert_int_equal(pinna_resampler_new(bad[i][0], bad[i][1], &resampler),
                         PINNA_BAD_ARG);
        assert_null(resampler);
        float x = 0.0f, *out = &x;
        size_t n_out = 1;
        assert_int_equal(
            pinna_resample(&x, 1, bad[i][0], bad[i][1], &out, &n_out),
            PINNA_BAD_ARG);
        assert_null(out);
        assert_int_equal(n_out, 0);
    }
    pinna_resampler_free(NULL);
}

static pinna_status make(void)
{
    pinna_resampler *resampler;
    const pinna_status status = pinna_resampler_new(44100, 16000, &resampler);
    assert_true(status == PINNA_OK || !resampler);
    pinna_resampler_free(resampler);
    return status;
}

static pinna_status make_whole(void)
{
    const float in[4] = {0.1f, 0.2f, 0.3f, 0.4f};
    float *out;
    size_t n_out;
    const pinna_status status =
        pinna_resample(in, 4, 48000, 16000, &out, &n_out);
    assert_true(status == PINNA_OK || !out);
    free(out);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
    support_survives_no_memory(make_whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sweep_equals_the_sweep_at_the_output_rate),
        cmocka_unit_test(test_figures_of_quality),
        cmocka_unit_test(test_any_chunking_gives_the_same_bits),
        cmocka_unit_test(test_every_length_gives_its_exact_count),
        cmocka_unit_test(test_equal_rates_copy),
        cmocka_unit_test(test_silence_gives_silence),
        cmocka_unit_test(test_one_sample_stays_at_time_zero),
        cmocka_unit_test(test_extreme_ratios),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("resample", tests, NULL, NULL);
}
