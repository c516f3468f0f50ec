#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/stft.h"
#include "reference.h"

enum { MAX_FFT = 1024, MAX_BINS = MAX_FFT / 2 + 1 };

static void test_frame_equals_definition(void **state)
{
    (void)state;
    enum { N = 40, HOP = 15, N_HOPS = 6 };
    pinna_stft *stft;
    assert_int_equal(pinna_stft_new(N, HOP, PINNA_WINDOW_HANN, &stft),
                     PINNA_OK);
    float window[N], stream[N + N_HOPS * HOP] = {0.0f};
    pinna_window_fill(PINNA_WINDOW_HANN, true, N, window);
    support_signal(stream + N, N_HOPS * HOP, 16000.0); /* N zeros before */

    for (size_t t = 0; t < N_HOPS; t++) {
        float complex got[N / 2 + 1];
        pinna_stft_process(stft, stream + N + t * HOP, got);
        const float *x = stream + (t + 1) * HOP;
        for (size_t k = 0; k <= N / 2; k++) {
            double complex want = 0.0;
            for (size_t n = 0; n < N; n++)
                want += (double)window[n] * (double)x[n] *
                        cexp(-2.0 * PINNA_PI * I * (double)(k * n) / N);
            assert_close(crealf(got[k]), creal(want), 1e-5);
            assert_close(cimagf(got[k]), cimag(want), 1e-5);
        }
    }
    pinna_stft_free(stft);
}

/* Analysis and synthesis give the input back, n_fft - hop samples late. */
static void check_round_trip(size_t n_fft, size_t hop, pinna_window_type window)
{
    enum { N_HOPS = 30 };
    pinna_stft *stft;
    pinna_istft *istft;
    assert_int_equal(pinna_stft_new(n_fft, hop, window, &stft), PINNA_OK);
    assert_int_equal(pinna_istft_new(n_fft, hop, window, &istft), PINNA_OK);
    float *x = malloc(N_HOPS * hop * sizeof *x);
    float *y = malloc(N_HOPS * hop * sizeof *y);
    support_signal(x, N_HOPS * hop, 48000.0);

    support_count_allocations();
    for (size_t t = 0; t < N_HOPS; t++) {
        float complex spectrum[MAX_BINS];
        pinna_stft_process(stft, x + t * hop, spectrum);
        pinna_istft_process(istft, spectrum, y + t * hop);
    }
    assert_int_equal(support_allocations(), 0);

    const size_t delay = n_fft - hop;
    for (size_t n = 0; n < N_HOPS * hop; n++)
        assert_close(y[n], n < delay ? 0.0f : x[n - delay], 3e-6);

    free(y);
    free(x);
    pinna_istft_free(istft);
    pinna_stft_free(stft);
}

static void test_round_trip_is_identity(void **state)
{
    (void)state;
    check_round_trip(320, 160, PINNA_WINDOW_SQRT_HANN);
    check_round_trip(960, 480, PINNA_WINDOW_VORBIS);
    check_round_trip(512, 128, PINNA_WINDOW_HANN);
    check_round_trip(400, 160, PINNA_WINDOW_HAMMING); /* hop no divisor */
    check_round_trip(400, 150, PINNA_WINDOW_POVEY);
    check_round_trip(300, 1, PINNA_WINDOW_BLACKMAN);
    check_round_trip(64, 64, PINNA_WINDOW_RECTANGULAR);
    check_round_trip(2, 1, PINNA_WINDOW_SINE);
}

/* ---- with a short delay ---- */

static void round_trip_low_delay(size_t n_fft, size_t hop)
{
    enum { N_HOPS = 30 };
    pinna_stft *stft;
    pinna_istft *istft;
    assert_int_equal(pinna_stft_new_low_delay(n_fft, hop, &stft), PINNA_OK);
    assert_int_equal(pinna_istft_new_low_delay(n_fft, hop, &istft), PINNA_OK);
    float *x = malloc(N_HOPS * hop * sizeof *x);
    float *y = malloc(N_HOPS * hop * sizeof *y);
    support_signal(x, N_HOPS * hop, 48000.0);

    support_count_allocations();
    for (size_t t = 0; t < N_HOPS; t++) {
        float complex spectrum[MAX_BINS];
        pinna_stft_process(stft, x + t * hop, spectrum);
        pinna_istft_process(istft, spectrum, y + t * hop);
    }
    assert_int_equal(support_allocations(), 0);
    for (size_t n = 0; n < N_HOPS * hop; n++)
        assert_close(y[n], n < hop ? 0.0f : x[n - hop], 3e-6);

    free(y);
    free(x);
    pinna_istft_free(istft);
    pinna_stft_free(stft);
}

static void test_low_delay_is_one_hop(void **state)
{
    (void)state;
    round_trip_low_delay(960, 480);
    round_trip_low_delay(640, 160);
    round_trip_low_delay(640, 320);
    round_trip_low_delay(900, 150);
    round_trip_low_delay(100, 7); /* hop no divisor */
    round_trip_low_delay(2, 1);
}

/* An impulse at every place of the frame reads the window off. */
static void test_low_delay_window(void **state)
{
    (void)state;
    enum { N = 96, HOP = 24, N_RISE = N - HOP };
    pinna_stft *stft;
    float complex spectrum[N / 2 + 1];
    assert_int_equal(pinna_stft_new_low_delay(N, HOP, &stft), PINNA_OK);

    for (size_t n = 0; n < N; n++) {
        pinna_stft_reset(stft);
        const size_t n_hops = (N - n + HOP - 1) / HOP; /* until it is at n */
        for (size_t t = 0; t < n_hops; t++) {
            float samples[HOP] = {0.0f};
            if (t == 0)
                samples[n - (N - n_hops * HOP)] = 1.0f;
            pinna_stft_process(stft, samples, spectrum);
        }
        const double at = n < N_RISE
                              ? ((double)n + 0.5) / N_RISE
                              : ((double)(N - n) - 0.5) / HOP; /* 0 .. 1 */
        const double sine = sin(0.5 * PINNA_PI * at);
        assert_close(crealf(spectrum[0]), sin(0.5 * PINNA_PI * sine * sine),
                     1e-6);
    }
    pinna_stft_free(stft);
}

/* A frame of nothing but one sample is heard within the newest two hops. */
static void test_low_delay_synthesis_is_short(void **state)
{
    (void)state;
    enum { N = 96, HOP = 24 };
    pinna_istft *istft;
    float complex flat[N / 2 + 1], none[N / 2 + 1] = {0.0f};
    float samples[3 * HOP];
    assert_int_equal(pinna_istft_new_low_delay(N, HOP, &istft), PINNA_OK);

    for (size_t n = 0; n < N; n++) {
        for (size_t k = 0; k <= N / 2; k++)
            flat[k] =
                (float complex)cexp(-2.0 * PINNA_PI * I * (double)(k * n) / N);
        pinna_istft_reset(istft);
        pinna_istft_process(istft, flat, samples);
        pinna_istft_process(istft, none, samples + HOP);
        pinna_istft_process(istft, none, samples + 2 * HOP);
        for (size_t i = 0; i < 3 * HOP; i++)
            if (n >= N - 2 * HOP && i == n - (N - 2 * HOP))
                assert_true(samples[i] > 0.0f);
            else
                assert_close(samples[i], 0.0f, 1e-6);
    }
    pinna_istft_free(istft);
}

static void test_reset_equals_new(void **state)
{
    (void)state;
    enum { N = 64, HOP = 16, N_HOPS = 10 };
    float x[N_HOPS * HOP], y[2][N_HOPS * HOP];
    support_signal(x, N_HOPS * HOP, 8000.0);
    pinna_stft *stft;
    pinna_istft *istft;
    assert_int_equal(pinna_stft_new(N, HOP, PINNA_WINDOW_HANN, &stft),
                     PINNA_OK);
    assert_int_equal(pinna_istft_new(N, HOP, PINNA_WINDOW_HANN, &istft),
                     PINNA_OK);
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t t = 0; t < N_HOPS; t++) {
            float complex spectrum[N / 2 + 1];
            pinna_stft_process(stft, x + t * HOP, spectrum);
            pinna_istft_process(istft, spectrum, y[pass] + t * HOP);
        }
        pinna_stft_reset(stft);
        pinna_istft_reset(istft);
    }
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    pinna_istft_free(istft);
    pinna_stft_free(stft);
}

static void test_silence_stays_silence(void **state)
{
    (void)state;
    enum { N = 64, HOP = 32 };
    const float silence[HOP] = {0.0f};
    float y[HOP];
    float complex spectrum[N / 2 + 1];
    pinna_stft *stft;
    pinna_istft *istft;
    assert_int_equal(pinna_stft_new(N, HOP, PINNA_WINDOW_VORBIS, &stft),
                     PINNA_OK);
    assert_int_equal(pinna_istft_new(N, HOP, PINNA_WINDOW_VORBIS, &istft),
                     PINNA_OK);
    for (size_t t = 0; t < 4; t++) {
        pinna_stft_process(stft, silence, spectrum);
        pinna_istft_process(istft, spectrum, y);
        for (size_t n = 0; n < HOP; n++)
            assert_true(y[n] == 0.0f);
    }
    pinna_istft_free(istft);
    pinna_stft_free(stft);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    static const size_t bad[][2] = {{0, 1},  {63, 10}, {14, 7},
                                    {64, 0}, {64, 65}, {131072, 64}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pinna_stft *stft = (pinna_stft *)&stft;
        pinna_istft *istft = (pinna_istft *)&istft;
        assert_int_equal(
            pinna_stft_new(bad[i][0], bad[i][1], PINNA_WINDOW_HAMMING, &stft),
            PINNA_BAD_ARG);
        assert_int_equal(
            pinna_istft_new(bad[i][0], bad[i][1], PINNA_WINDOW_HAMMING, &istft),
            PINNA_BAD_ARG);
        assert_null(stft);
        assert_null(istft);
        stft = (pinna_stft *)&stft;
        istft = (pinna_istft *)&istft;
        assert_int_equal(pinna_stft_new_low_delay(bad[i][0], bad[i][1], &stft),
                         PINNA_BAD_ARG);
        assert_int_equal(
            pinna_istft_new_low_delay(bad[i][0], bad[i][1], &istft),
            PINNA_BAD_ARG);
        assert_null(stft);
        assert_null(istft);
    }

    /* The delay would be less than a hop. */
    pinna_stft *stft = (pinna_stft *)&stft;
    assert_int_equal(pinna_stft_new_low_delay(64, 33, &stft), PINNA_BAD_ARG);
    assert_null(stft);

    /* Where the only window that reaches a sample is zero there. */
    pinna_istft *istft;
    assert_int_equal(pinna_istft_new(64, 64, PINNA_WINDOW_HANN, &istft),
                     PINNA_BAD_ARG);
    assert_null(istft);
    pinna_stft_free(NULL);
    pinna_istft_free(NULL);
}

static pinna_status make_stft(void)
{
    pinna_stft *stft;
    const pinna_status status =
        pinna_stft_new(64, 32, PINNA_WINDOW_HANN, &stft);
    assert_true(status == PINNA_OK || !stft);
    pinna_stft_free(stft);
    return status;
}

static pinna_status make_istft(void)
{
    pinna_istft *istft;
    const pinna_status status =
        pinna_istft_new(64, 32, PINNA_WINDOW_HANN, &istft);
    assert_true(status == PINNA_OK || !istft);
    pinna_istft_free(istft);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make_stft);
    support_survives_no_memory(make_istft);
}

/* The reference pads n samples by n_fft/2 mirrored ones (edge not repeated) on
 * both sides when centred. `lead` zeros in front make its frame 0 end with one
 * of our hops. */
static float *pad_as_reference(const int16_t *x, size_t n, size_t pad,
                               size_t lead)
{
    float *padded = calloc(lead + n + 2 * pad, sizeof *padded);
    assert_non_null(padded);
    for (size_t i = 0; i < n + 2 * pad; i++) {
        size_t from = i < pad ? pad - i : i - pad;
        if (from >= n)
            from = 2 * (n - 1) - from;
        padded[lead + i] = (float)x[from] / 32768.0f;
    }
    return padded;
}

/* How much of our division by the squared windows of a stream without ends
 * must be undone where only frames 0 .. n_frames - 1 exist, at sample `at` from
 * the start of frame 0. */
static double end_correction(const float *window, size_t n_fft, size_t hop,
                             size_t n_frames, size_t at)
{
    double all = 0.0, existing = 0.0;
    for (size_t i = at % hop; i < n_fft; i += hop) {
        const double square = (double)window[i] * (double)window[i];
        all += square;
        if (at >= i && (at - i) / hop < n_frames)
            existing += square;
    }
    return all / existing;
}

struct stft_case {
    size_t n, n_fft, hop, n_frames, pad;
    size_t lead;     /* zeros in front, see pad_as_reference() */
    size_t n_before; /* hops that end before frame 0 does */
    double atol;
    pinna_window_type type;
    const float *x;  /* padded */
    const float *re; /* [n_frames, n_fft/2 + 1] */
    const float *im; /* [n_frames, n_fft/2 + 1] */
};

static void check_forward(const struct stft_case *c)
{
    const size_t n_bins = c->n_fft / 2 + 1;
    pinna_stft *stft;
    assert_int_equal(pinna_stft_new(c->n_fft, c->hop, c->type, &stft),
                     PINNA_OK);
    for (size_t t = 0; t < c->n_before + c->n_frames; t++) {
        float complex spectrum[MAX_BINS];
        pinna_stft_process(stft, c->x + t * c->hop, spectrum);
        for (size_t k = 0; t >= c->n_before && k < n_bins; k++) {
            const size_t at = (t - c->n_before) * n_bins + k;
            assert_close(crealf(spectrum[k]), c->re[at], c->atol);
            assert_close(cimagf(spectrum[k]), c->im[at], c->atol);
        }
    }
    pinna_stft_free(stft);
}

/* The inverse of the reference's frames, each bin times k / (n_fft/2), gives
 * all samples of masked [n], those at the ends too. */
static void check_inverse(const struct stft_case *c, const float *masked)
{
    const size_t n_bins = c->n_fft / 2 + 1;
    const size_t n_hops = (c->pad + c->n) / c->hop + 1;
    float *y = malloc(n_hops * c->hop * sizeof *y);
    float window[MAX_FFT];
    pinna_window_fill(c->type, true, c->n_fft, window);
    pinna_istft *istft;
    assert_int_equal(pinna_istft_new(c->n_fft, c->hop, c->type, &istft),
                     PINNA_OK);
    assert_non_null(y);

    for (size_t t = 0; t < n_hops; t++) {
        float complex spectrum[MAX_BINS] = {0};
        for (size_t k = 0; t < c->n_frames && k < n_bins; k++) {
            const size_t at = t * n_bins + k;
            spectrum[k] = (c->re[at] + c->im[at] * (float complex)I) *
                          ((float)k / (float)(c->n_fft / 2));
        }
        pinna_istft_process(istft, spectrum, y + t * c->hop);
    }
    for (size_t i = 0; i < c->n; i++) {
        const double correction =
            end_correction(window, c->n_fft, c->hop, c->n_frames, c->pad + i);
        assert_close((double)y[c->pad + i] * correction, masked[i], c->atol);
    }
    pinna_istft_free(istft);
    free(y);
}

static void check_reference_case(const reference *file, const reference *inputs,
                                 const char *name)
{
    char key[64], window[32];
    struct stft_case c = {
        .n = (size_t)reference_number(file, name, "samples", 0),
        .n_fft = (size_t)reference_number(file, name, "n_fft", 0),
        .hop = (size_t)reference_number(file, name, "hop", 0),
        .atol = reference_number(file, name, "atol", 0),
        .type = PINNA_WINDOW_RECTANGULAR,
    };
    c.pad = reference_number(file, name, "center", 0) > 0 ? c.n_fft / 2 : 0;
    c.lead = (c.hop - c.n_fft % c.hop) % c.hop;
    c.n_before = (c.n_fft + c.lead) / c.hop - 1;
    snprintf(window, sizeof window, "%s",
             reference_text(file, name, "window", ""));
    window[strcspn(window, " ")] = '\0';
    if (strcmp(window, "rect") != 0)
        assert_int_equal(pinna_window_from_name(window, &c.type), PINNA_OK);

    snprintf(key, sizeof key, "%s.x", reference_text(file, name, "input", ""));
    const reference_tensor *input = reference_find(inputs, key);
    assert_non_null(input);
    assert_true(c.n <= input->n);
    float *x = pad_as_reference(input->i16, c.n, c.pad, c.lead);
    c.x = x;
    snprintf(key, sizeof key, "%s.re", name);
    const reference_tensor *re = reference_find(file, key);
    assert_non_null(re);
    c.re = re->f32;
    c.n_frames = re->shape[0];
    snprintf(key, sizeof key, "%s.im", name);
    c.im = reference_floats(file, key, re->n);
    check_forward(&c);

    snprintf(key, sizeof key, "%s.masked", name);
    if (reference_find(file, key))
        check_inverse(&c, reference_floats(file, key, c.n));
    free(x);
}

static void test_equals_fixture(void **state)
{
    (void)state;
    reference *file = reference_open(support_fixture("dsp.safetensors"));
    check_reference_case(file, file, "stft03");
    check_reference_case(file, file, "stft04");
    check_reference_case(file, file, "stft05");
    reference_close(file);
}

static void test_equals_reference(void **state)
{
    (void)state;
    const char *path = support_reference("dsp/stft.safetensors");
    const char *inputs_path = support_reference("dsp/inputs.safetensors");
    if (!path || !inputs_path)
        skip();
    reference *file = reference_open(path);
    reference *inputs = reference_open(inputs_path);
    for (int i = 0; i < 6; i++) {
        char name[16];
        snprintf(name, sizeof name, "stft%02d", i);
        check_reference_case(file, inputs, name);
    }
    reference_close(inputs);
    reference_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame_equals_definition),
        cmocka_unit_test(test_round_trip_is_identity),
        cmocka_unit_test(test_low_delay_is_one_hop),
        cmocka_unit_test(test_low_delay_window),
        cmocka_unit_test(test_low_delay_synthesis_is_short),
        cmocka_unit_test(test_reset_equals_new),
        cmocka_unit_test(test_silence_stays_silence),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
        cmocka_unit_test(test_equals_fixture),
        cmocka_unit_test(test_equals_reference),
    };
    return cmocka_run_group_tests_name("stft", tests, NULL, NULL);
}
