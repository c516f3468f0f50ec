#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/features.h"
#include "dsp/rng.h"
#include "reference.h"

/* Against Kaldi's numbers. */

/* A case of kaldi_fbank or kaldi_mfcc as a config; false for what the config
 * cannot say. Absent parameters have the defaults of both. */
static bool read_config(const reference *file, const char *name,
                        pinna_fbank_config *config)
{
    if (reference_number(file, name, "vtln_warp", 1.0) != 1.0 ||
        reference_number(file, name, "htk_compat", 0.0) > 0.0 ||
        reference_number(file, name, "subtract_mean", 0.0) > 0.0)
        return false;

    *config = pinna_fbank_config_default(name[0] == 'm' ? PINNA_FEATURE_MFCC
                                                        : PINNA_FEATURE_FBANK);
    const struct {
        const char *field;
        double *value;
    } numbers[] = {
        {"sample_frequency", &config->sample_rate},
        {"frame_length", &config->frame_length_ms},
        {"frame_shift", &config->frame_shift_ms},
        {"preemphasis_coefficient", &config->preemphasis},
        {"low_freq", &config->low_hz},
        {"high_freq", &config->high_hz},
        {"energy_floor", &config->energy_floor},
        {"cepstral_lifter", &config->lifter},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        *numbers[i].value =
            reference_number(file, name, numbers[i].field, *numbers[i].value);
    const struct {
        const char *field;
        bool *value;
    } flags[] = {
        {"remove_dc_offset", &config->remove_dc_offset},
        {"snip_edges", &config->snip_edges},
        {"round_to_power_of_two", &config->round_to_power_of_two},
        {"use_log_fbank", &config->use_log},
        {"use_power", &config->use_power},
        {"use_energy", &config->use_energy},
        {"raw_energy", &config->raw_energy},
    };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        *flags[i].value =
            reference_number(file, name, flags[i].field, *flags[i].value) > 0.0;
    config->n_mels = (size_t)reference_number(file, name, "num_mel_bins",
                                              (double)config->n_mels);
    config->n_ceps = (size_t)reference_number(file, name, "num_ceps",
                                              (double)config->n_ceps);
    assert_int_equal(pinna_window_from_name(
                         reference_text(file, name, "window_type", "povey"),
                         &config->window),
                     PINNA_OK);
    return true;
}

static float largest(const float *row, size_t n)
{
    float most = row[0];
    for (size_t i = 1; i < n; i++)
        most = row[i] > most ? row[i] : most;
    return most;
}

/* A value passes within atol; a log one also within etol of the row's
 * strongest in linear terms (weak bands are decided by rounding in single
 * precision), a linear one within rowtol of it. */
static void check_rows(const reference *file, const char *name,
                       const float *got, const float *want, size_t n_rows,
                       size_t n)
{
    const double atol = reference_number(file, name, "atol", 0.0);
    const double etol = reference_number(file, name, "etol", 0.0);
    const double rowtol = reference_number(file, name, "rowtol", 0.0);
    for (size_t t = 0; t < n_rows; t++) {
        const double most = (double)largest(want + t * n, n);
        for (size_t i = t * n; i < (t + 1) * n; i++) {
            const double g = (double)got[i], w = (double)want[i];
            if (etol > 0.0 && fabs(exp(g) - exp(w)) <= etol * exp(most))
                continue;
            support_assert_close(g, w, fmax(atol, rowtol * most), name,
                                 __FILE__, __LINE__);
        }
    }
}

static void check_case(const reference *file, const reference *inputs,
                       const char *name, const pinna_fbank_config *config)
{
    char key[64];
    snprintf(key, sizeof key, "%s.x", reference_text(file, name, "input", ""));
    const reference_tensor *input = reference_find(inputs, key);
    snprintf(key, sizeof key, "%s.y", name);
    const reference_tensor *want = reference_find(file, key);
    assert_non_null(input);
    assert_non_null(want);

    float *samples = malloc(input->n * sizeof *samples);
    for (size_t i = 0; i < input->n; i++)
        samples[i] = (float)input->i16[i] / 32768.0f;
    pinna_features *features;
    assert_int_equal(pinna_features_new(config, &features, NULL), PINNA_OK);
    float *got;
    size_t n_frames;
    assert_int_equal(
        pinna_features_all(features, samples, input->n, &got, &n_frames),
        PINNA_OK);

    assert_int_equal(n_frames, want->shape[0]);
    assert_int_equal(pinna_features_n_out(features), want->shape[1]);
    check_rows(file, name, got, want->f32, n_frames, want->shape[1]);
    free(got);
    pinna_features_free(features);
    free(samples);
}

/* Every case of a file; returns how many a config could say. */
static size_t check_file(const reference *file, const reference *inputs)
{
    size_t n_checked = 0;
    for (size_t i = 0; i < reference_n_tensors(file); i++) {
        const char *tensor = reference_at(file, i)->name;
        if (!strstr(tensor, ".y"))
            continue;
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(tensor, "."), tensor);
        pinna_fbank_config config;
        if (!read_config(file, name, &config))
            continue;
        check_case(file, inputs, name, &config);
        n_checked++;
    }
    return n_checked;
}

static void test_equals_kaldi_on_synthetic_signals(void **state)
{
    (void)state;
    reference *file = reference_open(support_fixture("dsp.safetensors"));
    assert_int_equal(check_file(file, file), 8);
    reference_close(file);
}

static void check_shared_file(const char *name, size_t n_want)
{
    const char *path = support_reference(name);
    const char *inputs_path = support_reference("dsp/inputs.safetensors");
    if (!path || !inputs_path)
        skip();
    reference *file = reference_open(path);
    reference *inputs = reference_open(inputs_path);
    assert_int_equal(check_file(file, inputs), n_want);
    reference_close(inputs);
    reference_close(file);
}

static void test_equals_kaldi_fbank(void **state)
{
    (void)state;
    check_shared_file("dsp/kaldi_fbank.safetensors", 35);
}

static void test_equals_kaldi_mfcc(void **state)
{
    (void)state;
    check_shared_file("dsp/kaldi_mfcc.safetensors", 19);
}

/* As a stream. */

/* Push in random pieces of at most max_piece; frames [.., n_out]. */
static size_t stream(pinna_features *features, const float *samples, size_t n,
                     size_t max_piece, float *frames)
{
    const size_t n_out = pinna_features_n_out(features);
    pinna_rng rng;
    pinna_rng_seed(&rng, max_piece, 0);
    size_t n_frames = 0;
    for (size_t used = 0; used < n;) {
        size_t piece = 1 + pinna_rng_below(&rng, max_piece);
        piece = piece < n - used ? piece : n - used;
        used += pinna_features_push(features, samples + used, piece);
        while (pinna_features_pull(features, frames + n_frames * n_out))
            n_frames++;
    }
    pinna_features_finish(features);
    while (pinna_features_pull(features, frames + n_frames * n_out))
        n_frames++;
    return n_frames;
}

static void test_any_chunking_gives_the_same_bits(void **state)
{
    (void)state;
    enum { N = 5000, MAX_FRAMES = 40 };
    static float samples[N], frames[MAX_FRAMES * 24];
    support_signal(samples, N, 16000.0);

    for (int variant = 0; variant < 4; variant++) {
        pinna_fbank_config config = pinna_fbank_config_default(
            variant & 1 ? PINNA_FEATURE_MFCC : PINNA_FEATURE_FBANK);
        config.snip_edges = variant & 2;
        config.use_energy = true;
        pinna_features *features;
        assert_int_equal(pinna_features_new(&config, &features, NULL),
                         PINNA_OK);
        float *all;
        size_t n_frames;
        assert_int_equal(
            pinna_features_all(features, samples, N, &all, &n_frames),
            PINNA_OK);
        assert_in_range(n_frames, 29, 31);
        const size_t n_bytes =
            n_frames * pinna_features_n_out(features) * sizeof(float);

        support_count_allocations();
        static const size_t pieces[] = {1, 37, 160, 401, N};
        for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
            assert_int_equal(stream(features, samples, N, pieces[p], frames),
                             n_frames);
            assert_memory_equal(frames, all, n_bytes);
            pinna_features_reset(features); /* equals new, in the next turn */
        }
        assert_int_equal(support_allocations(), 0);
        free(all);
        pinna_features_free(features);
    }
}

static void test_short_signals(void **state)
{
    (void)state;
    float samples[400], *frames;
    support_signal(samples, 400, 16000.0);
    size_t n_frames = 1;
    pinna_fbank_config config = pinna_fbank_config_default(PINNA_FEATURE_MFCC);
    pinna_features *features;
    assert_int_equal(pinna_features_new(&config, &features, NULL), PINNA_OK);
    assert_int_equal(
        pinna_features_all(features, samples, 399, &frames, &n_frames),
        PINNA_OK);
    assert_null(frames);
    assert_int_equal(n_frames, 0);
    assert_int_equal(pinna_features_all(features, NULL, 0, &frames, &n_frames),
                     PINNA_OK);
    assert_null(frames);
    assert_int_equal(
        pinna_features_all(features, samples, 400, &frames, &n_frames),
        PINNA_OK);
    assert_int_equal(n_frames, 1);
    free(frames);
    pinna_features_free(features);

    config.snip_edges = false; /* one frame from 80 samples on */
    assert_int_equal(pinna_features_new(&config, &features, NULL), PINNA_OK);
    for (size_t n = 0; n <= 100; n++) {
        assert_int_equal(
            pinna_features_all(features, samples, n, &frames, &n_frames),
            PINNA_OK);
        assert_int_equal(n_frames, n >= 80);
        for (size_t i = 0; i < 13 * n_frames; i++)
            assert_true(isfinite(frames[i]));
        free(frames);
    }
    pinna_features_free(features);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    pinna_fbank_config config = pinna_fbank_config_default(PINNA_FEATURE_MFCC);
    config.n_ceps = 99;
    pinna_error error = {""};
    pinna_features *features = (pinna_features *)&features;
    assert_int_equal(pinna_features_new(&config, &features, &error),
                     PINNA_BAD_ARG);
    assert_null(features);
    assert_non_null(strstr(error.text, "n_ceps"));
    pinna_features_free(NULL);
}

static pinna_status make(void)
{
    const pinna_fbank_config config =
        pinna_fbank_config_default(PINNA_FEATURE_MFCC);
    pinna_features *features;
    pinna_status status = pinna_features_new(&config, &features, NULL);
    if (status) {
        assert_null(features);
        return status;
    }
    const float samples[500] = {0.0f};
    float *frames;
    size_t n_frames;
    status = pinna_features_all(features, samples, 500, &frames, &n_frames);
    assert_true(status == PINNA_OK || (!frames && n_frames == 0));
    free(frames);
    pinna_features_free(features);
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
        cmocka_unit_test(test_equals_kaldi_on_synthetic_signals),
        cmocka_unit_test(test_equals_kaldi_fbank),
        cmocka_unit_test(test_equals_kaldi_mfcc),
        cmocka_unit_test(test_any_chunking_gives_the_same_bits),
        cmocka_unit_test(test_short_signals),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("features", tests, NULL, NULL);
}
