#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/cmvn.h"
#include "dsp/features.h"
#include "dsp/presets.h"
#include "dsp/rng.h"
#include "reference.h"

/* Against the numbers of other toolkits. */

typedef struct number_field {
    const char *field;
    double *value;
} number_field;

typedef struct size_field {
    const char *field;
    size_t *value;
} size_field;

typedef struct flag_field {
    const char *field;
    bool *value;
} flag_field;

/* Fields of a case, those that it names; the others stay. */
static void read_fields(const reference *file, const char *name,
                        const number_field *numbers, size_t n_numbers,
                        const size_field *sizes, size_t n_sizes,
                        const flag_field *flags, size_t n_flags)
{
    for (size_t i = 0; i < n_numbers; i++)
        *numbers[i].value =
            reference_number(file, name, numbers[i].field, *numbers[i].value);
    for (size_t i = 0; i < n_sizes; i++)
        *sizes[i].value = (size_t)reference_number(file, name, sizes[i].field,
                                                   (double)*sizes[i].value);
    for (size_t i = 0; i < n_flags; i++)
        *flags[i].value =
            reference_number(file, name, flags[i].field, *flags[i].value) > 0.0;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool text_is(const reference *file, const char *name, const char *field,
                    const char *value)
{
    const char *text = reference_text(file, name, field, "");
    return text && strcmp(text, value) == 0; /* None has no text */
}

/* A case of kaldi_fbank or kaldi_mfcc. */
static pinna_fbank_config kaldi_config(const reference *file, const char *name)
{
    pinna_fbank_config config = pinna_preset_config(
        PINNA_PRESET_KALDI,
        name[0] == 'm' ? PINNA_FEATURE_MFCC : PINNA_FEATURE_FBANK);
    const number_field numbers[] = {
        {"sample_frequency", &config.sample_rate},
        {"frame_length", &config.frame_length_ms},
        {"frame_shift", &config.frame_shift_ms},
        {"preemphasis_coefficient", &config.preemphasis},
        {"low_freq", &config.low_hz},
        {"high_freq", &config.high_hz},
        {"vtln_warp", &config.vtln_warp},
        {"vtln_low", &config.vtln_low_hz},
        {"vtln_high", &config.vtln_high_hz},
        {"energy_floor", &config.energy_floor},
        {"cepstral_lifter", &config.lifter},
    };
    const size_field sizes[] = {
        {"num_mel_bins", &config.n_mels},
        {"num_ceps", &config.n_ceps},
    };
    const flag_field flags[] = {
        {"remove_dc_offset", &config.remove_dc_offset},
        {"snip_edges", &config.snip_edges},
        {"round_to_power_of_two", &config.round_to_power_of_two},
        {"use_log_fbank", &config.use_log},
        {"use_power", &config.use_power},
        {"use_energy", &config.use_energy},
        {"raw_energy", &config.raw_energy},
        {"htk_compat", &config.htk_compat},
    };
    read_fields(file, name, numbers, COUNT(numbers), sizes, COUNT(sizes), flags,
                COUNT(flags));
    assert_int_equal(
        pinna_window_from_name(
            reference_text(file, name, "window_type", "povey"), &config.window),
        PINNA_OK);
    return config;
}

/* A case of torchaudio_mel. What MelSpectrogram is told through melkwargs lies
 * one level down in the case, so that it stands here. */
static pinna_fbank_config torchaudio_config(const reference *file,
                                            const char *name)
{
    const bool is_mfcc = strncmp(name, "mfcc", 4) == 0;
    pinna_fbank_config config =
        pinna_preset_config(PINNA_PRESET_TORCHAUDIO,
                            is_mfcc ? PINNA_FEATURE_MFCC : PINNA_FEATURE_FBANK);
    const number_field numbers[] = {
        {"sample_rate", &config.sample_rate},
        {"f_min", &config.low_hz},
        {"f_max", &config.high_hz},
    };
    const size_field sizes[] = {
        {"n_fft", &config.n_fft},           {"win_length", &config.win_length},
        {"hop_length", &config.hop_length}, {"n_mels", &config.n_mels},
        {"n_mfcc", &config.n_ceps},
    };
    const flag_field flags[] = {{"center", &config.center}};

    if (strcmp(name, "mfcc00") == 0) {
        config.n_fft = 512;
        config.win_length = 400;
        config.hop_length = 160;
        config.n_mels = 23;
        config.center = false;
    } else if (strcmp(name, "mfcc01") == 0) {
        config.hop_length = 160;
        config.n_mels = 40;
        config.mel_scale = PINNA_MEL_SLANEY;
        config.slaney_norm = true;
        config.log_type = PINNA_LOG_LN_OFFSET; /* log_mels */
        config.mel_floor = 1e-6;
        config.top_db = 0;
    } else if (strcmp(name, "mfcc02") == 0) {
        config.n_fft = 256;
        config.hop_length = 80;
        config.n_mels = 26;
        config.dct_norm = PINNA_DCT_NONE;
    } else {
        config.mel_scale = text_is(file, name, "mel_scale", "slaney")
                               ? PINNA_MEL_SLANEY
                               : PINNA_MEL_HTK;
        config.slaney_norm = text_is(file, name, "norm", "slaney");
        config.use_power = reference_number(file, name, "power", 2) > 1;
        /* The cases are compared that way. */
        config.use_log = true;
        config.log_type = PINNA_LOG_LN_OFFSET;
        config.mel_floor = 1e-6;
    }
    read_fields(file, name, numbers, COUNT(numbers), sizes, COUNT(sizes), flags,
                COUNT(flags));
    return config;
}

/* A melspectrogram or mfcc case of librosa. */
static pinna_fbank_config librosa_config(const reference *file,
                                         const char *name)
{
    const bool is_mfcc = text_is(file, name, "feature", "mfcc");
    pinna_fbank_config config =
        pinna_preset_config(PINNA_PRESET_LIBROSA,
                            is_mfcc ? PINNA_FEATURE_MFCC : PINNA_FEATURE_FBANK);
    const number_field numbers[] = {
        {"rate", &config.sample_rate},
        {"fmin", &config.low_hz},
        {"fmax", &config.high_hz},
        {"lifter", &config.lifter},
    };
    const size_field sizes[] = {
        {"n_fft", &config.n_fft},           {"win_length", &config.win_length},
        {"hop_length", &config.hop_length}, {"n_mels", &config.n_mels},
        {"n_mfcc", &config.n_ceps},
    };
    read_fields(file, name, numbers, COUNT(numbers), sizes, COUNT(sizes), NULL,
                0);
    if (reference_number(file, name, "htk", 0) > 0)
        config.mel_scale = PINNA_MEL_HTK;
    if (reference_has(file, name, "norm")) /* only ever None */
        config.slaney_norm = false;
    return config;
}

/* A case of any of these files as a config; false for another. */
static bool read_config(const reference *file, const char *name,
                        pinna_fbank_config *config)
{
    const bool is_numbered =
        strlen(name) == 3 && name[1] >= '0' && name[1] <= '9';
    if ((name[0] == 'f' || name[0] == 'm') && is_numbered)
        *config = kaldi_config(file, name);
    else if (strncmp(name, "mel0", 4) == 0 || strncmp(name, "mfcc0", 5) == 0)
        *config = torchaudio_config(file, name);
    else if (text_is(file, name, "feature", "melspectrogram") ||
             text_is(file, name, "feature", "mfcc"))
        *config = librosa_config(file, name);
    else if (strncmp(name, "whisper_", 8) == 0)
        *config =
            pinna_preset_config(PINNA_PRESET_WHISPER, PINNA_FEATURE_FBANK);
    else
        return false;
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
    const double rtol = reference_number(file, name, "rtol", 0.0);
    for (size_t t = 0; t < n_rows; t++) {
        const double most = (double)largest(want + t * n, n);
        for (size_t i = t * n; i < (t + 1) * n; i++) {
            const double g = (double)got[i], w = (double)want[i];
            if (etol > 0.0 && fabs(exp(g) - exp(w)) <= etol * exp(most))
                continue;
            support_assert_close(g, w,
                                 fmax(atol + rtol * fabs(w), rowtol * most),
                                 name, __FILE__, __LINE__);
        }
    }
}

/* Kaldi's --subtract-mean. */
static void subtract_mean(float *frames, size_t n_frames, size_t n)
{
    float offset[64], scale[64];
    pinna_cmvn_stats stats;
    assert_int_equal(pinna_cmvn_stats_new(n, &stats), PINNA_OK);
    pinna_cmvn_stats_add(&stats, frames, n_frames);
    pinna_cmvn_solve(&stats, false, offset, scale);
    pinna_cmvn_apply(offset, scale, n, frames, n_frames);
    pinna_cmvn_stats_free(&stats);
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

    const size_t n_out = want->shape[1];
    assert_int_equal(n_frames, want->shape[0]);
    assert_int_equal(pinna_features_n_out(features), n_out);
    if (reference_number(file, name, "subtract_mean", 0) > 0)
        subtract_mean(got, n_frames, n_out);
    float *reference_rows = malloc(want->n * sizeof *reference_rows);
    memcpy(reference_rows, want->f32, want->n * sizeof *reference_rows);
    if (strncmp(name, "mel0", 4) == 0)
        for (size_t i = 0; i < want->n; i++)
            reference_rows[i] = logf(reference_rows[i] + 1e-6f);
    check_rows(file, name, got, reference_rows, n_frames, n_out);
    free(reference_rows);
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
        snprintf(name, sizeof name, "%.*s",
                 (int)(strrchr(tensor, '.') - tensor), tensor);
        pinna_fbank_config config;
        if (!read_config(file, name, &config))
            continue;
        check_case(file, inputs, name, &config);
        n_checked++;
    }
    return n_checked;
}

static void test_equals_toolkits_on_synthetic_signals(void **state)
{
    (void)state;
    reference *file = reference_open(support_fixture("dsp.safetensors"));
    assert_int_equal(check_file(file, file), 17);
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
    check_shared_file("dsp/kaldi_fbank.safetensors", 38);
}

static void test_equals_kaldi_mfcc(void **state)
{
    (void)state;
    check_shared_file("dsp/kaldi_mfcc.safetensors", 23);
}

static void test_equals_torchaudio(void **state)
{
    (void)state;
    check_shared_file("dsp/torchaudio_mel.safetensors", 7);
}

static void test_equals_librosa(void **state)
{
    (void)state;
    check_shared_file("dsp/librosa.safetensors", 4);
}

static void test_equals_whisper(void **state)
{
    (void)state;
    check_shared_file("dsp/whisper_logmel.safetensors", 3);
}

/* As a stream. */

/* What is there now; frames NULL: it is only heard. */
static size_t take(pinna_features *features, float *frames)
{
    const size_t n_out = pinna_features_n_out(features);
    size_t n = 0;
    while (frames ? pinna_features_pull(features, frames + n * n_out)
                  : pinna_features_hear(features))
        n++;
    return n;
}

/* Push in random pieces of at most max_piece. */
static size_t stream_once(pinna_features *features, const float *samples,
                          size_t n, size_t max_piece, float *frames)
{
    const size_t n_out = pinna_features_n_out(features);
    pinna_rng rng;
    pinna_rng_seed(&rng, max_piece, 0);
    size_t n_frames = 0;
    for (size_t used = 0; used < n;) {
        size_t piece = 1 + pinna_rng_below(&rng, max_piece);
        piece = piece < n - used ? piece : n - used;
        used += pinna_features_push(features, samples + used, piece);
        n_frames += take(features, frames ? frames + n_frames * n_out : NULL);
    }
    pinna_features_finish(features);
    return n_frames + take(features, frames ? frames + n_frames * n_out : NULL);
}

/* As often as the loudest value asks for. */
static size_t stream(pinna_features *features, const float *samples, size_t n,
                     size_t max_piece, float *frames)
{
    if (pinna_features_needs_loudest(features)) {
        stream_once(features, samples, n, max_piece, NULL);
        pinna_features_rewind(features);
    }
    return stream_once(features, samples, n, max_piece, frames);
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

/* Every toolkit, every type, and dither: the stream equals the signal at once.
 */
static void check_stream_of(const pinna_fbank_config *config)
{
    enum { N = 9000, MAX_VALUES = 100 * 1100 };
    static float samples[N], frames[MAX_VALUES];
    static const size_t pieces[] = {1, 64, 160, 441, 480, 4096, N};
    pinna_features *features;
    float *all;
    size_t n_frames;

    support_signal(samples, N, 16000.0);
    assert_int_equal(pinna_features_new(config, &features, NULL), PINNA_OK);
    assert_int_equal(pinna_features_all(features, samples, N, &all, &n_frames),
                     PINNA_OK);
    assert_int_equal(n_frames, pinna_features_n_frames(features, N));
    assert_true(n_frames > 10);
    const size_t n_values = n_frames * pinna_features_n_out(features);
    assert_true(n_values <= MAX_VALUES);
    support_count_allocations();
    for (size_t p = 0; p < COUNT(pieces); p++) {
        assert_int_equal(stream(features, samples, N, pieces[p], frames),
                         n_frames);
        assert_memory_equal(frames, all, n_values * sizeof(float));
        pinna_features_reset(features);
    }
    assert_int_equal(support_allocations(), 0);
    free(all);
    pinna_features_free(features);
}

static void test_every_preset_as_a_stream(void **state)
{
    (void)state;
    for (int preset = 0; preset <= PINNA_PRESET_WHISPER; preset++)
        for (int type = 0; type <= PINNA_FEATURE_SPECTROGRAM; type++) {
            pinna_fbank_config config = pinna_preset_config(
                (pinna_preset)preset, (pinna_feature_type)type);
            check_stream_of(&config);
            config.dither = 1;
            config.dither_seed = 5;
            check_stream_of(&config);
        }
}

static void test_dither_follows_its_seed(void **state)
{
    (void)state;
    enum { N = 1600 };
    static float samples[N]; /* silence */
    pinna_fbank_config config = pinna_fbank_config_default(PINNA_FEATURE_FBANK);
    float *frames[3];
    size_t n_frames;

    config.dither = 1;
    for (size_t i = 0; i < 3; i++) {
        pinna_features *features;
        config.dither_seed = i / 2;
        assert_int_equal(pinna_features_new(&config, &features, NULL),
                         PINNA_OK);
        assert_int_equal(
            pinna_features_all(features, samples, N, &frames[i], &n_frames),
            PINNA_OK);
        pinna_features_free(features);
    }
    const size_t n_bytes = n_frames * 23 * sizeof(float);
    assert_memory_equal(frames[0], frames[1], n_bytes);
    assert_memory_not_equal(frames[0], frames[2], n_bytes);
    /* Noise of one step: a band of white noise, not the floor. */
    assert_in_range(frames[0][10], 2, 12);
    for (size_t i = 0; i < 3; i++)
        free(frames[i]);
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
        cmocka_unit_test(test_equals_toolkits_on_synthetic_signals),
        cmocka_unit_test(test_equals_kaldi_fbank),
        cmocka_unit_test(test_equals_kaldi_mfcc),
        cmocka_unit_test(test_equals_torchaudio),
        cmocka_unit_test(test_equals_librosa),
        cmocka_unit_test(test_equals_whisper),
        cmocka_unit_test(test_any_chunking_gives_the_same_bits),
        cmocka_unit_test(test_every_preset_as_a_stream),
        cmocka_unit_test(test_dither_follows_its_seed),
        cmocka_unit_test(test_short_signals),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("features", tests, NULL, NULL);
}
