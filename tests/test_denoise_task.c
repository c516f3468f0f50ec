#include "tools/denoise_task.h"

#include "rnn_cases.h"
#include "small_corpora.h"
#include "small_models.h"
#include "support.h"
#include "task_slopes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/stft.h"

enum { BATCH = 5, N_FRAMES = 40 };

static const char *const texts[] = {"x", "y"};
static pinna_corpus speech, noise, rooms;

static int set_up(void **state)
{
    (void)state;
    pinna_corpus full = new_speech(3, 30000, PINNA_ITEM_RATE_FULL, texts);
    speech = new_speech(8, 12000, PINNA_ITEM_RATE_WIDE, texts);
    join_corpora(&speech, &full);
    noise = new_noise(2, 9000, PINNA_ITEM_RATE_WIDE, 0);
    rooms = new_noise(2, 3000, PINNA_ITEM_RATE_WIDE, 0.05);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pinna_corpus_free(&speech);
    pinna_corpus_free(&noise);
    pinna_corpus_free(&rooms);
    return 0;
}

static pinna_denoise_task_config config_for(size_t n_threads)
{
    const pinna_denoise_material material = {&speech, &noise, &rooms, -5, 20};
    return (pinna_denoise_task_config){
        .training = material,
        .validation = material,
        .loss = pinna_denoise_loss_config_default(),
        .n_frames = N_FRAMES,
        .batch_size = BATCH,
        .n_validation = 7,
        .n_shares = n_threads,
        .n_threads = n_threads,
        .seed = 4,
    };
}

/* Its input is not normalised yet. */
static pinna_model *new_model(void)
{
    pinna_model *model = new_denoise_model();
    free(model->offset);
    free(model->scale);
    model->offset = model->scale = NULL;
    return model;
}

typedef struct fixture {
    pinna_model *model;
    pinna_denoise_task *task;
    pinna_train_task interface;
} fixture;

static fixture new_fixture(const pinna_denoise_task_config *config)
{
    fixture f = {.model = new_model()};
    assert_int_equal(pinna_denoise_task_new(config, f.model, &f.task),
                     PINNA_OK);
    assert_int_equal(pinna_denoise_task_normalise(f.task, f.model, 10),
                     PINNA_OK);
    f.interface = pinna_denoise_task_interface(f.task);
    return f;
}

static void fixture_free(fixture *f)
{
    pinna_denoise_task_free(f->task);
    pinna_model_free(f->model);
}

static void test_gradients_are_those_of_differences(void **state)
{
    (void)state;
    static const double phases[] = {0.2, 0, 1};
    for (size_t i = 0; i < 3; i++) {
        pinna_denoise_task_config config = config_for(1);
        config.loss.phase = phases[i];
        fixture f = new_fixture(&config);
        /* Some of these items are at the full rate. */
        for (size_t step = 0; step < 4; step++)
            assert_slopes(&f.interface, &f.model->network, step, BATCH);
        fixture_free(&f);
    }
}

/* Shares of a step add up to the whole, on any thread. */
static void test_shares_add_up(void **state)
{
    (void)state;
    const pinna_denoise_task_config config = config_for(1), two = config_for(2);
    fixture f = new_fixture(&config), g = new_fixture(&two);
    const size_t n_values = f.model->network.params.n_values;
    float *whole = zeros(n_values), *parts = zeros(n_values);

    for (size_t step = 0; step < 3; step++) {
        memset(whole, 0, n_values * sizeof(float));
        memset(parts, 0, n_values * sizeof(float));
        const double loss = task_loss(&f.interface, &f.model->network, 0, step,
                                      0, BATCH, whole);
        const double sum =
            task_loss(&g.interface, &g.model->network, 0, step, 0, 2, parts) +
            task_loss(&g.interface, &g.model->network, 1, step, 2, 3, parts);
        assert_close(sum, loss, 1e-5 * loss);
        assert_near(parts, whole, n_values, 1e-5);
    }
    free(whole);
    free(parts);
    fixture_free(&f);
    fixture_free(&g);
}

/* What a step holds depends on its number alone. */
static void test_steps_may_come_in_any_order(void **state)
{
    (void)state;
    const pinna_denoise_task_config config = config_for(1);
    fixture f = new_fixture(&config), fresh = new_fixture(&config);
    const pinna_network *network = &f.model->network;

    const double want = task_loss(&f.interface, network, 0, 5, 0, BATCH, NULL);
    assert_true(task_loss(&f.interface, network, 0, 6, 0, BATCH, NULL) != want);
    assert_close(task_loss(&f.interface, network, 0, 5, 0, BATCH, NULL), want,
                 0);
    assert_close(task_loss(&fresh.interface, network, 0, 5, 0, BATCH, NULL),
                 want, 0);
    fixture_free(&f);
    fixture_free(&fresh);
}

/* Offset and scale are those of what the ear hears of the items. */
static void test_normalisation(void **state)
{
    (void)state;
    enum { N_ITEMS = 6, MAX_BANDS = 32, MAX_BINS = 1024 };
    const pinna_denoise_task_config config = config_for(1);
    pinna_model *model = new_model();
    const size_t n_bands = model->bands.n_bands;
    double sum[MAX_BANDS] = {0}, square[MAX_BANDS] = {0}, count = 0;
    pinna_denoise_task *task;

    assert_int_equal(pinna_denoise_task_new(&config, model, &task), PINNA_OK);
    assert_int_equal(pinna_denoise_task_normalise(task, model, N_ITEMS),
                     PINNA_OK);
    for (uint64_t number = 0; number < N_ITEMS; number++) {
        float complex spectrum[MAX_BINS];
        float x[MAX_BANDS], level;
        pinna_denoise_ear *ear;
        pinna_stft *stft;
        pinna_rng rng;

        pinna_rng_seed(&rng, config.seed, number);
        const unsigned rate = pinna_denoise_item_rate(&config.training, &rng);
        const size_t n_fft = pinna_denoise_n_fft(&model->bands, rate);
        const size_t hop = pinna_denoise_hop(rate);
        float *clean = zeros(N_FRAMES * hop), *noisy = zeros(N_FRAMES * hop);
        assert_int_equal(pinna_denoise_item(&config.training, rate, &rng,
                                            N_FRAMES * hop, clean, noisy,
                                            &level),
                         PINNA_OK);
        assert_int_equal(pinna_stft_new_low_delay(n_fft, hop, &stft), PINNA_OK);
        assert_int_equal(pinna_denoise_ear_new(&model->bands, rate, &ear),
                         PINNA_OK);
        for (size_t t = 0; t < N_FRAMES; t++) {
            pinna_stft_process(stft, noisy + t * hop, spectrum);
            pinna_denoise_ear_process(ear, spectrum, x);
            for (size_t b = 0; b < n_bands; b++) {
                sum[b] += (double)x[b];
                square[b] += (double)x[b] * (double)x[b];
            }
            count++;
        }
        pinna_stft_free(stft);
        pinna_denoise_ear_free(ear);
        free(clean);
        free(noisy);
    }
    for (size_t b = 0; b < n_bands; b++) {
        const double mean = sum[b] / count;
        const double deviation = sqrt(square[b] / count - mean * mean);
        assert_close((double)model->offset[b], -mean, 1e-4);
        assert_close((double)model->scale[b] * deviation, 1, 1e-3);
    }
    pinna_denoise_task_free(task);
    pinna_model_free(model);
}

static double validate(const fixture *f)
{
    pinna_error error = {{0}};
    pinna_validation result = {0};
    if (f->interface.validate(f->task, &f->model->network, &result, &error))
        fail_msg("%s", error.text);
    assert_true(strlen(result.line) > 0);
    return result.score;
}

/* Always the same items, however they are split into batches. */
static void test_validation(void **state)
{
    (void)state;
    const pinna_denoise_task_config one = config_for(1), three = config_for(3);
    fixture f = new_fixture(&one), g = new_fixture(&three);
    const double score = validate(&f);

    task_loss(&f.interface, &f.model->network, 0, 3, 0, BATCH, NULL);
    assert_close(validate(&f), score, 0);
    assert_close(validate(&g), score, 1e-5 * score);
    fixture_free(&f);
    fixture_free(&g);
}

/* Where there is no noise, gains of one have no loss but for the gate. */
static void test_clean_speech_costs_nothing(void **state)
{
    (void)state;
    pinna_denoise_task_config config = config_for(1);
    config.training.low_snr_db = config.training.high_snr_db = 140;
    fixture f = new_fixture(&config);
    float *values = f.model->network.params.values;
    const size_t bias = f.model->network.dense_out_bias;

    memset(values, 0, f.model->network.params.n_values * sizeof(float));
    const double half =
        task_loss(&f.interface, &f.model->network, 0, 2, 0, BATCH, NULL);
    for (size_t b = 0; b < f.model->bands.n_bands; b++)
        values[bias + b] = 30;
    const double none =
        task_loss(&f.interface, &f.model->network, 0, 2, 0, BATCH, NULL);
    assert_true(half > none + 5e-4);
    /* The gate has 0.02 log 2 at zero logits. */
    assert_close(none, 0.02 * log(2), 1e-3);
    fixture_free(&f);
}

static pinna_model *model_at_hand;

static pinna_status make(void)
{
    static float grads[2000];
    pinna_denoise_task_config config = config_for(2);
    pinna_denoise_task *task;
    double loss = 0;
    pinna_validation result = {0};

    assert_true(model_at_hand->network.params.n_values <= 2000);
    config.n_validation = 1;
    pinna_status status = pinna_denoise_task_new(&config, model_at_hand, &task);
    if (status) {
        assert_null(task);
        return status;
    }
    const pinna_train_task interface = pinna_denoise_task_interface(task);
    status = pinna_denoise_task_normalise(task, model_at_hand, 1);
    if (!status)
        status = interface.gradient(task, &model_at_hand->network, 1, 0, 1, 1,
                                    grads, &loss, NULL);
    if (!status)
        status =
            interface.validate(task, &model_at_hand->network, &result, NULL);
    free(model_at_hand->offset);
    free(model_at_hand->scale);
    model_at_hand->offset = model_at_hand->scale = NULL;
    pinna_denoise_task_free(task);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    model_at_hand = new_model();
    support_survives_no_memory(make);
    pinna_model_free(model_at_hand);
    pinna_denoise_task_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_are_those_of_differences),
        cmocka_unit_test(test_shares_add_up),
        cmocka_unit_test(test_steps_may_come_in_any_order),
        cmocka_unit_test(test_normalisation),
        cmocka_unit_test(test_validation),
        cmocka_unit_test(test_clean_speech_costs_nothing),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("denoise_task", tests, set_up,
                                       tear_down);
}
