#include "dsp/vad.h"

#include "dsp/rng.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FRAMES = 2000 };

typedef struct decisions {
    pinna_vad_frame frames[MAX_FRAMES];
    size_t n;
} decisions;

static decisions got, want;

static pinna_vad *open(unsigned sample_rate)
{
    const pinna_vad_config config = pinna_vad_config_default();
    pinna_error error = {""};
    pinna_vad *vad;

    if (pinna_vad_new(&config, sample_rate, &vad, &error))
        fail_msg("%s", error.text);
    return vad;
}

static void pull_all(pinna_vad *vad, decisions *list)
{
    pinna_vad_frame frame = {0};

    while (pinna_vad_pull(vad, &frame)) {
        assert_true(list->n < MAX_FRAMES);
        assert_true(isfinite(frame.snr_db) && frame.snr_db >= 0);
        /* Field by field: padding would differ. */
        list->frames[list->n].speech = frame.speech;
        list->frames[list->n++].snr_db = frame.snr_db;
    }
}

/* A whole stream, `piece` samples at a time, or for 0 a random number. */
static void listen(pinna_vad *vad, const float *samples, size_t n, size_t piece,
                   decisions *list)
{
    pinna_rng rng;

    list->n = 0;
    pinna_rng_seed(&rng, 1, 0);
    for (size_t used = 0; used < n;) {
        size_t part = piece > 0 ? piece : pinna_rng_below(&rng, 700);
        part = part < n - used ? part : n - used;
        for (size_t taken = 0; taken < part;) {
            taken += pinna_vad_push(vad, samples + used + taken, part - taken);
            pull_all(vad, list);
        }
        used += part;
    }
    pinna_vad_finish(vad);
    pull_all(vad, list);
}

static void assert_same(const decisions *a, const decisions *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t k = 0; k < a->n; k++) {
        assert_int_equal(a->frames[k].speech, b->frames[k].speech);
        assert_close(a->frames[k].snr_db, b->frames[k].snr_db, 0);
    }
}

/* A voice: harmonics of 120 Hz under three formants, 4 syllables a second,
 * from begin_s to end_s, over white noise; to be freed. */
static float *voice_in_noise(unsigned sample_rate, double duration_s,
                             double begin_s, double end_s, double voice,
                             double noise)
{
    const size_t n = (size_t)(duration_s * (double)sample_rate);
    float *samples = malloc(n * sizeof *samples);
    pinna_rng rng;

    assert_non_null(samples);
    pinna_rng_seed(&rng, 5, 0);
    for (size_t i = 0; i < n; i++) {
        const double t = (double)i / (double)sample_rate;
        double sum = 0;
        for (int h = 1; h <= 25 && t >= begin_s && t < end_s; h++) {
            const double hz = 120.0 * h;
            const double formants = exp(-pow((hz - 500) / 200, 2)) +
                                    0.5 * exp(-pow((hz - 1500) / 300, 2)) +
                                    0.2 * exp(-pow((hz - 2500) / 300, 2));
            sum += formants * sin(2 * PINNA_PI * hz * t + h * h);
        }
        sum *= voice * (0.6 - 0.4 * cos(2 * PINNA_PI * 4 * (t - begin_s)));
        samples[i] = (float)(sum + pinna_rng_uniform(&rng, -noise, noise));
    }
    return samples;
}

static void test_speech_is_found_at_every_rate(void **state)
{
    (void)state;
    static const unsigned rates[] = {8000,  11025, 16000, 22050,
                                     44100, 48000, 96000, 192000};

    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        const unsigned rate = rates[r];
        /* White noise of one density at every rate. */
        const double noise = 0.02 * sqrt((double)rate / 8000);
        float *samples = voice_in_noise(rate, 4, 1.5, 3, 0.2, noise);
        pinna_vad *vad = open(rate);
        size_t n_hits = 0, n_false = 0;
        listen(vad, samples, 4 * (size_t)rate, 0, &got);
        for (size_t k = 0; k < got.n; k++) {
            const double t = ((double)k + 0.5) * pinna_vad_frame_shift_s(vad);
            if (t > 1.5 && t < 3)
                n_hits += got.frames[k].speech;
            else if (t < 1.47 || t > 3.15)
                n_false += got.frames[k].speech;
        }
        assert_in_range(n_hits, 135, 151);
        assert_in_range(n_false, 0, 3);
        pinna_vad_free(vad);
        free(samples);
    }
}

static void test_any_chunking_gives_the_same_bits(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 7, 160, 441, 4096, 100000, 0};
    float *samples = voice_in_noise(16000, 3, 1, 2, 0.2, 0.02);
    pinna_vad *vad = open(16000);

    listen(vad, samples, 48000, 1000, &want);
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
        pinna_vad_reset(vad);
        listen(vad, samples, 48000, pieces[p], &got);
        assert_same(&got, &want);
    }
    /* In the middle of a stream. */
    pinna_vad_reset(vad);
    pinna_vad_push(vad, samples + 20000, 300);
    pinna_vad_reset(vad);
    listen(vad, samples, 48000, 1000, &got);
    assert_same(&got, &want);
    pinna_vad_free(vad);
    free(samples);
}

static void test_as_many_frames_as_shifts(void **state)
{
    (void)state;
    float samples[1000] = {0};
    pinna_vad *vad = open(8000);

    assert_int_equal(pinna_vad_frame_shift(vad), 80);
    assert_close(pinna_vad_frame_shift_s(vad), 0.01, 1e-12);
    for (size_t n = 0; n <= 1000; n += 20) {
        listen(vad, samples, n, 0, &got);
        assert_int_equal(got.n, (n + 40) / 80);
        pinna_vad_reset(vad);
    }
    listen(vad, samples, 1, 1, &got);
    assert_int_equal(got.n, 0);
    pinna_vad_free(vad);
}

static void test_silence_is_no_speech(void **state)
{
    (void)state;
    float *samples = calloc(48000, sizeof *samples);
    pinna_vad *vad = open(16000);

    assert_non_null(samples);
    for (int dither = 0; dither < 2; dither++) {
        pinna_rng rng;
        pinna_rng_seed(&rng, 1, 0);
        /* The rounding of 16 bits, after two seconds of nothing. */
        for (size_t i = 32000; dither && i < 48000; i++)
            samples[i] = (float)pinna_rng_uniform(&rng, -1, 1) / 32768;
        pinna_vad_reset(vad);
        listen(vad, samples, 48000, 0, &got);
        assert_int_equal(got.n, 300);
        for (size_t k = 0; k < got.n; k++)
            assert_false(got.frames[k].speech);
    }
    pinna_vad_free(vad);
    free(samples);
}

/* A quiet sound is no speech soon after one that is 40 dB louder. */
static void test_range_is_kept(void **state)
{
    (void)state;
    float *loud = voice_in_noise(16000, 4, 1, 1.5, 0.2, 1e-4);
    float *quiet = voice_in_noise(16000, 4, 2, 2.5, 0.002, 0);
    pinna_vad_config config = pinna_vad_config_default();

    for (size_t i = 0; i < 64000; i++)
        loud[i] += quiet[i];
    for (int wide = 0; wide < 2; wide++) {
        pinna_vad *vad;
        size_t n_quiet = 0;
        config.range_db = wide ? 60 : 24;
        assert_int_equal(pinna_vad_new(&config, 16000, &vad, NULL), PINNA_OK);
        listen(vad, loud, 64000, 0, &got);
        for (size_t k = 205; k < 245; k++)
            n_quiet += got.frames[k].speech;
        if (wide)
            assert_in_range(n_quiet, 38, 40);
        else
            assert_int_equal(n_quiet, 0);
        pinna_vad_free(vad);
    }
    free(quiet);
    free(loud);
}

/* As zeros in their place. */
static void test_bad_samples_leave_no_trace(void **state)
{
    (void)state;
    float *samples = voice_in_noise(16000, 3, 1, 2, 0.2, 0.02);
    pinna_vad *vad = open(16000);

    for (size_t i = 10000; i < 10100; i++)
        samples[i] = 0;
    samples[40000] = 0;
    listen(vad, samples, 48000, 0, &want);
    for (size_t i = 10000; i < 10100; i++)
        samples[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -INFINITY;
    samples[40000] = 3e38f;
    pinna_vad_reset(vad);
    listen(vad, samples, 48000, 0, &got);
    assert_same(&got, &want);
    pinna_vad_free(vad);
    free(samples);
}

static void test_process_does_not_allocate(void **state)
{
    (void)state;
    float *samples = voice_in_noise(16000, 1, 0.2, 0.8, 0.2, 0.02);
    pinna_vad *vad = open(16000);

    support_count_allocations();
    listen(vad, samples, 16000, 0, &got);
    pinna_vad_reset(vad);
    assert_int_equal(support_allocations(), 0);
    pinna_vad_free(vad);
    free(samples);
}

static void refuse(pinna_vad_config config, unsigned rate, const char *what)
{
    pinna_error error = {""};
    pinna_vad *vad = (pinna_vad *)&vad;

    assert_int_equal(pinna_vad_new(&config, rate, &vad, &error), PINNA_BAD_ARG);
    assert_null(vad);
    assert_non_null(strstr(error.text, what));
}

static void test_bad_arguments(void **state)
{
    (void)state;
    const pinna_vad_config good = pinna_vad_config_default();
    pinna_vad_config bad = good;

    refuse(good, 7999, "7999 Hz");
    refuse(good, 192001, "192001 Hz");
    bad.threshold_db = 0;
    refuse(bad, 8000, "threshold");
    bad = good;
    bad.range_db = NAN;
    refuse(bad, 8000, "range");
    bad = good;
    bad.frame_length_ms = 9;
    refuse(bad, 8000, "frame length");
    bad = good;
    bad.frame_shift_ms = 0;
    refuse(bad, 8000, "frame shift");
    pinna_vad_free(NULL);
}

/* The shortest and longest frames there are: every band keeps its bins. */
static void test_frames_of_every_length_work(void **state)
{
    (void)state;
    static const double lengths_ms[] = {10, 12, 16, 32, 100};
    static const unsigned rates[] = {8000, 11025, 192000};
    float *samples = voice_in_noise(16000, 1, 0.3, 0.8, 0.2, 0.01);

    for (size_t l = 0; l < 5; l++)
        for (size_t r = 0; r < 3; r++) {
            pinna_vad_config config = pinna_vad_config_default();
            pinna_vad *vad;
            config.frame_length_ms = lengths_ms[l];
            assert_int_equal(pinna_vad_new(&config, rates[r], &vad, NULL),
                             PINNA_OK);
            listen(vad, samples, 16000, 0, &got);
            pinna_vad_free(vad);
        }
    free(samples);
}

static pinna_status make(void)
{
    const pinna_vad_config config = pinna_vad_config_default();
    pinna_vad *vad;
    const pinna_status status = pinna_vad_new(&config, 16000, &vad, NULL);
    assert_true(status == PINNA_OK || !vad);
    pinna_vad_free(vad);
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
        cmocka_unit_test(test_speech_is_found_at_every_rate),
        cmocka_unit_test(test_any_chunking_gives_the_same_bits),
        cmocka_unit_test(test_as_many_frames_as_shifts),
        cmocka_unit_test(test_silence_is_no_speech),
        cmocka_unit_test(test_range_is_kept),
        cmocka_unit_test(test_bad_samples_leave_no_trace),
        cmocka_unit_test(test_process_does_not_allocate),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_frames_of_every_length_work),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("vad", tests, NULL, NULL);
}
