#include "tools/ctc_task.h"

#include "rnn_cases.h"
#include "small_corpora.h"
#include "small_models.h"
#include "support.h"
#include "task_slopes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/spec_augment.h"
#include "dsp/features.h"
#include "tools/ctc_segments.h"

/* The linker puts this in place of qsort(), which does without memory when
 * there is none: that must not count as a failure. */
typedef int compare(const void *left, const void *right);
void __wrap_qsort(void *items, size_t n, size_t size, compare *by);
void __real_qsort(void *items, size_t n, size_t size, compare *by);

void __wrap_qsort(void *items, size_t n, size_t size, compare *by)
{
    const size_t n_left = support_hold_failures();
    __real_qsort(items, n, size, by);
    support_release_failures(n_left);
}

enum { RATE = 16000, BATCH = 5 };

static const char *const digits[] = {"one", "two"};
static const char *const sentences[] = {"one two one", "two many words"};

static pinna_corpus corpora[2], noise, validation, nothing;
static pinna_labels labels;
static const double weights[] = {2, 1};

static int set_up(void **state)
{
    (void)state;
    corpora[0] = new_speech(8, 6000, RATE, digits);
    corpora[1] = new_speech(4, 24000, RATE, sentences);
    validation = new_speech(6, 7000, RATE, digits);
    noise = new_noise(2, 9000, RATE, 0);
    return (int)pinna_labels_new(PINNA_UNIT_WORD, "one two <unk>", &labels);
}

static int tear_down(void **state)
{
    (void)state;
    pinna_corpus_free(&corpora[0]);
    pinna_corpus_free(&corpora[1]);
    pinna_corpus_free(&validation);
    pinna_corpus_free(&noise);
    pinna_labels_free(&labels);
    return 0;
}

static pinna_ctc_task_config config_for(size_t n_threads, double dropout)
{
    return (pinna_ctc_task_config){
        .training = {.corpora = corpora,
                     .weights = weights,
                     .n_corpora = 2,
                     .noise = &noise,
                     .sample_rate = RATE,
                     .max_join = 3,
                     .join_below_s = 1.0,
                     .noise_only_share = 0.12,
                     .low_snr_db = 0,
                     .high_snr_db = 30},
        .distortion = {.mask_share = 0.6,
                       .masks = {.n_freq_masks = 2,
                                 .freq_mask_width = 3,
                                 .n_time_masks = 2,
                                 .time_mask_width = 30},
                       .warp_share = 0.7,
                       .low_warp = 0.9,
                       .high_warp = 1.1},
        .validation = &validation,
        .labels = &labels,
        .dropout = dropout,
        .max_seconds = 4,
        .plan = {BATCH, n_threads, n_threads, 9},
    };
}

/* A model whose tokens are the labels; its input is not normalised yet. */
static pinna_model *new_model(void)
{
    pinna_model *model = new_ctc_model();
    assert_int_equal(model->n_tokens, labels.n_tokens);
    for (size_t i = 0; i < labels.n_tokens; i++) {
        free(model->tokens[i]);
        model->tokens[i] = strdup(labels.tokens[i]);
    }
    free(model->offset);
    free(model->scale);
    model->offset = model->scale = NULL;
    return model;
}

typedef struct fixture {
    pinna_model *model;
    pinna_ctc_task *task;
    pinna_train_task interface;
} fixture;

static fixture fixture_of(const pinna_ctc_task_config *config)
{
    fixture f = {.model = new_model()};
    pinna_error error = {{0}};

    if (pinna_ctc_task_new(config, f.model, &f.task, &error))
        fail_msg("%s", error.text);
    assert_int_equal(pinna_ctc_task_normalise(f.task, f.model, 10), PINNA_OK);
    f.interface = pinna_ctc_task_interface(f.task);
    return f;
}

static fixture new_fixture(size_t n_threads, double dropout)
{
    const pinna_ctc_task_config config = config_for(n_threads, dropout);
    return fixture_of(&config);
}

static void fixture_free(fixture *f)
{
    pinna_ctc_task_free(f->task);
    pinna_model_free(f->model);
}

static void test_gradients_are_those_of_differences(void **state)
{
    (void)state;
    static const double dropouts[] = {0, 0.3};
    for (size_t i = 0; i < 2; i++) {
        fixture f = new_fixture(1, dropouts[i]);
        assert_slopes(&f.interface, &f.model->network, 0, BATCH);
        assert_slopes(&f.interface, &f.model->network, 77, BATCH);
        fixture_free(&f);
    }
}

/* Shares of a step add up to the whole, on any thread. */
static void test_shares_add_up(void **state)
{
    (void)state;
    fixture one = new_fixture(1, 0), two = new_fixture(2, 0);
    const size_t n_values = one.model->network.params.n_values;
    float *whole = zeros(n_values), *parts = zeros(n_values);

    for (size_t step = 0; step < 3; step++) {
        memset(whole, 0, n_values * sizeof(float));
        memset(parts, 0, n_values * sizeof(float));
        const double loss = task_loss(&one.interface, &one.model->network, 0,
                                      step, 0, BATCH, whole);
        const double sum = task_loss(&two.interface, &two.model->network, 0,
                                     step, 0, 2, parts) +
                           task_loss(&two.interface, &two.model->network, 1,
                                     step, 2, 3, parts);
        assert_close(sum, loss, 1e-4 * loss);
        assert_near(parts, whole, n_values, 1e-4);
    }
    free(whole);
    free(parts);
    fixture_free(&one);
    fixture_free(&two);
}

/* What a step holds depends on its number alone: made in the background or not,
 * of frames that were kept or of none. */
static void check_any_order(bool ahead, bool plain)
{
    static const size_t steps[] = {0, 70, 3, 4, 5, 70, 0};
    pinna_ctc_task_config config = config_for(1, 0.2);
    config.ahead = ahead;
    config.training.plain = plain;
    fixture f = fixture_of(&config);
    const pinna_network *network = &f.model->network;
    const size_t n_values = network->params.n_values;

    config.ahead = false;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        fixture fresh = fixture_of(&config);
        float *got = zeros(n_values), *want = zeros(n_values);
        const double loss =
            task_loss(&f.interface, network, 0, steps[i], 0, BATCH, got);
        assert_close(
            task_loss(&fresh.interface, network, 0, steps[i], 0, BATCH, want),
            loss, 0);
        assert_memory_equal(got, want, n_values * sizeof(float));
        assert_int_equal(f.interface.n_frames(f.task, 0),
                         fresh.interface.n_frames(fresh.task, 0));
        assert_true(f.interface.n_frames(f.task, 0) > 100);
        free(got);
        free(want);
        fixture_free(&fresh);
    }
    fixture_free(&f);
}

static void test_steps_may_come_in_any_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++)
        check_any_order(i & 1, i & 2);
}

/* Loss of a step of an ear with bands, as far as its items are distorted. */
static double distorted_loss(pinna_ctc_distortion distortion, size_t step)
{
    pinna_ctc_task_config config = config_for(1, 0);
    pinna_model *model = new_model();
    pinna_ctc_ear *ear = &model->ctc_ear;
    pinna_ctc_task *task;

    config.distortion = distortion;
    ear->fbank = pinna_fbank_config_default(PINNA_FEATURE_FBANK);
    ear->fbank.n_mels = model->network.config.n_in / ear->stack;
    assert_int_equal(pinna_ctc_task_new(&config, model, &task, NULL), PINNA_OK);
    assert_int_equal(pinna_ctc_task_normalise(task, model, 1), PINNA_OK);
    for (size_t i = 0; i < model->network.config.n_in; i++) {
        model->offset[i] = -10; /* the same, whatever was distorted in it */
        model->scale[i] = 0.2f;
    }
    const pinna_train_task interface = pinna_ctc_task_interface(task);
    const double loss =
        task_loss(&interface, &model->network, 0, step, 0, BATCH, NULL);
    pinna_ctc_task_free(task);
    pinna_model_free(model);
    return loss;
}

/* Each share rules its own distortion, and each distortion is there. */
static void test_distortion(void **state)
{
    (void)state;
    const pinna_ctc_distortion none = {.low_warp = 0.8, .high_warp = 0.9};
    pinna_ctc_distortion d = none;

    const double plain = distorted_loss(none, 1);
    d.warp_share = 1;
    assert_true(fabs(distorted_loss(d, 1) - plain) > 1e-6 * plain);
    d.low_warp = d.high_warp = 1;
    assert_close(distorted_loss(d, 1), plain, 1e-6 * plain);

    d = none;
    d.masks = (pinna_spec_augment){2, 4, 0, 0};
    assert_close(distorted_loss(d, 1), plain, 0);
    d.mask_share = 1;
    assert_true(fabs(distorted_loss(d, 1) - plain) > 1e-6 * plain);
    d.masks = (pinna_spec_augment){0, 0, 2, 40};
    assert_true(fabs(distorted_loss(d, 1) - plain) > 1e-6 * plain);
    d.masks = (pinna_spec_augment){0, 4, 0, 40};
    assert_close(distorted_loss(d, 1), plain, 0);
}

/* Offset and scale are those of the rendered items' features. */
/* Segments are those of an item whose clips lie where the tempo puts them. */
static void test_segments_keep_to_the_tempo(void **state)
{
    (void)state;
    pinna_model *model = new_model();
    pinna_ctc_item hasty = {
        .n_clips = 2,
        .clips = {&corpora[0].clips[0], &corpora[1].clips[0]},
        .begins = {8000, 20000},
        .ends = {14000, 44000},
        .tempo = 2};
    pinna_ctc_item same = hasty;
    pinna_ctc_segment *a = calloc(2 * PINNA_MAX_JOIN, sizeof *a);
    pinna_ctc_segment *b = a + PINNA_MAX_JOIN;
    size_t n_a, n_b;

    assert_non_null(a);
    same.tempo = 1;
    for (size_t i = 0; i < 2; i++) {
        same.begins[i] /= 2;
        same.ends[i] /= 2;
    }
    assert_int_equal(pinna_ctc_segments_plan(&model->ctc_ear, &labels, &hasty,
                                             60, a, &n_a, NULL),
                     PINNA_OK);
    assert_int_equal(pinna_ctc_segments_plan(&model->ctc_ear, &labels, &same,
                                             60, b, &n_b, NULL),
                     PINNA_OK);
    assert_int_equal(n_a, 2);
    assert_int_equal(n_b, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(a[i].first, b[i].first);
        assert_int_equal(a[i].n_steps, b[i].n_steps);
        assert_true(a[i].n_steps > 0);
    }
    free(a);
    pinna_model_free(model);
}

static void test_normalisation(void **state)
{
    (void)state;
    enum { N_ITEMS = 12, MAX_IN = 64 };
    pinna_ctc_task_config config = config_for(1, 0);
    config.distortion.warp_share = 0; /* see test_ctc_input */
    pinna_model *model = new_model();
    const pinna_ctc_ear *ear = &model->ctc_ear;
    const size_t n_in = model->network.config.n_in;
    const size_t n_features = n_in / ear->stack;
    double sum[MAX_IN] = {0}, square[MAX_IN] = {0}, count = 0;
    pinna_features *features;
    pinna_ctc_task *task;

    assert_int_equal(pinna_ctc_task_new(&config, model, &task, NULL), PINNA_OK);
    assert_int_equal(pinna_ctc_task_normalise(task, model, N_ITEMS), PINNA_OK);
    assert_int_equal(pinna_features_new(&ear->fbank, &features, NULL),
                     PINNA_OK);
    for (uint64_t number = 0; number < N_ITEMS; number++) {
        pinna_ctc_item item;
        pinna_rng rng;
        float *frames;
        size_t n_frames;

        pinna_rng_seed(&rng, config.plan.seed, number);
        do
            pinna_ctc_item_plan(&config.training, &rng, &item);
        while (pinna_ctc_item_longest(&item) >
               (size_t)(config.max_seconds * RATE));
        float *samples = zeros(item.n_samples);
        assert_int_equal(
            pinna_ctc_item_render(&config.training, &item, &rng, samples),
            PINNA_OK);
        assert_int_equal(pinna_features_all(features, samples, item.n_samples,
                                            &frames, &n_frames),
                         PINNA_OK);
        if (item.tempo != 1) {
            float *others = pinna_tempo_frames(item.tempo, frames, n_frames,
                                               n_features, &n_frames);
            assert_non_null(others);
            free(frames);
            frames = others;
        }
        for (size_t t = 0; t + ear->stack <= n_frames; t += ear->stride) {
            for (size_t i = 0; i < n_in; i++) {
                const double x = (double)frames[t * n_features + i];
                sum[i] += x;
                square[i] += x * x;
            }
            count++;
        }
        free(samples);
        free(frames);
    }
    for (size_t i = 0; i < n_in; i++) {
        const double mean = sum[i] / count;
        const double deviation = sqrt(square[i] / count - mean * mean);
        assert_close((double)model->offset[i], -mean, 1e-4 * fabs(mean) + 1e-4);
        assert_close((double)model->scale[i] * deviation, 1, 1e-3);
    }
    pinna_features_free(features);
    pinna_ctc_task_free(task);
    pinna_model_free(model);
}

static double validate(fixture *f, char *line)
{
    pinna_error error = {{0}};
    pinna_validation result = {0};
    if (f->interface.validate(f->task, &f->model->network, &result, &error))
        fail_msg("%s", error.text);
    snprintf(line, 256, "%s", result.line);
    return result.score;
}

/* A net that says "one" but once is right for every second clip. */
static void test_validation_counts_errors(void **state)
{
    (void)state;
    fixture f = new_fixture(1, 0.5);
    pinna_network *network = &f.model->network;
    float *biases = network->params.values + network->dense_out_bias;
    char line[256];

    biases[1] = 1000;
    assert_close(validate(&f, line), 0.5, 1e-9);
    assert_non_null(strstr(line, "exact 3 of 6"));
    assert_close(validate(&f, line), 0.5, 1e-9);
    biases[0] = 2000;
    assert_close(validate(&f, line), 1, 1e-9);
    assert_non_null(strstr(line, "exact 0 of 6"));
    fixture_free(&f);
}

static void assert_refused(const pinna_ctc_task_config *config,
                           pinna_status want, const char *words)
{
    pinna_model *model = new_model();
    pinna_ctc_task *task = (pinna_ctc_task *)model;
    pinna_error error = {{0}};

    assert_int_equal(pinna_ctc_task_new(config, model, &task, &error), want);
    assert_null(task);
    if (!strstr(error.text, words))
        fail_msg("\"%s\" does not say \"%s\"", error.text, words);
    assert_int_equal(pinna_ctc_task_new(config, model, &task, NULL), want);
    pinna_model_free(model);
}

static void test_bad_material(void **state)
{
    (void)state;
    pinna_ctc_task_config config = config_for(1, 0);
    pinna_labels few;

    assert_int_equal(pinna_labels_new(PINNA_UNIT_WORD, "one two three", &few),
                     PINNA_OK);
    config.labels = &few;
    assert_refused(&config, PINNA_NOT_FOUND, "many");
    pinna_labels_free(&few);

    config = config_for(1, 0);
    config.validation = &noise;
    assert_refused(&config, PINNA_BAD_FORMAT, "no text");

    /* All clips are longer than what is left by the silence around them. */
    config = config_for(1, 0);
    config.max_seconds = 0.7;
    assert_refused(&config, PINNA_BAD_ARG, "0.7 s");
    pinna_ctc_task_free(NULL);
}

static void test_no_validation(void **state)
{
    (void)state;
    fixture f = new_fixture(1, 0);
    char line[256];
    pinna_ctc_task_config config = config_for(1, 0);

    pinna_ctc_task_free(f.task);
    config.validation = &nothing;
    assert_int_equal(pinna_ctc_task_new(&config, f.model, &f.task, NULL),
                     PINNA_OK);
    f.interface = pinna_ctc_task_interface(f.task);
    assert_true(isnan(validate(&f, line)));
    assert_string_equal(line, "");
    fixture_free(&f);
}

static pinna_model *model_at_hand;

static pinna_status make(void)
{
    const pinna_ctc_task_config config = config_for(2, 0.1);
    const size_t n_values = model_at_hand->network.params.n_values;
    static float grads[1000];
    pinna_ctc_task *task;
    double loss = 0;
    pinna_validation result = {0};

    assert_true(n_values <= 1000);
    pinna_status status =
        pinna_ctc_task_new(&config, model_at_hand, &task, NULL);
    if (status) {
        assert_null(task);
        return status;
    }
    const pinna_train_task interface = pinna_ctc_task_interface(task);
    status = pinna_ctc_task_normalise(task, model_at_hand, 1);
    if (!status)
        status = interface.gradient(task, &model_at_hand->network, 1, 0, 1, 1,
                                    grads, &loss, NULL);
    if (!status)
        status =
            interface.validate(task, &model_at_hand->network, &result, NULL);
    free(model_at_hand->offset);
    free(model_at_hand->scale);
    model_at_hand->offset = model_at_hand->scale = NULL;
    pinna_ctc_task_free(task);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    model_at_hand = new_model();
    support_survives_no_memory(make);
    pinna_model_free(model_at_hand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_are_those_of_differences),
        cmocka_unit_test(test_shares_add_up),
        cmocka_unit_test(test_steps_may_come_in_any_order),
        cmocka_unit_test(test_distortion),
        cmocka_unit_test(test_segments_keep_to_the_tempo),
        cmocka_unit_test(test_normalisation),
        cmocka_unit_test(test_validation_counts_errors),
        cmocka_unit_test(test_bad_material),
        cmocka_unit_test(test_no_validation),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("ctc_task", tests, set_up, tear_down);
}
