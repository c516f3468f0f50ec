#include "tools/ctc_input.h"

#include "small_corpora.h"
#include "support.h"
#include "tools/frame_cache.h"

#include <stdlib.h>
#include <string.h>

enum { RATE = 8000, N_MELS = 23, N_CEPS = 9, STACK = 3, STRIDE = 2 };

static const char *const texts[] = {"one", "two"};

static pinna_corpus speech;

static int set_up(void **state)
{
    (void)state;
    speech = new_speech(2, 4000, RATE, texts);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pinna_corpus_free(&speech);
    return 0;
}

/* All that an input looks at, of a model whose input is not normalised. */
static pinna_model hearing(pinna_feature_type type, bool use_energy)
{
    pinna_model model = {0};
    pinna_fbank_config *fbank = &model.ctc_ear.fbank;

    *fbank = pinna_fbank_config_default(type);
    fbank->sample_rate = RATE;
    fbank->n_mels = N_MELS;
    fbank->n_ceps = N_CEPS;
    fbank->high_hz = 3800;
    fbank->use_energy = use_energy;
    model.ctc_ear.stack = STACK;
    model.ctc_ear.stride = STRIDE;
    model.network.config.n_in =
        STACK * (type == PINNA_FEATURE_MFCC
                     ? N_CEPS
                     : (size_t)N_MELS + (use_energy ? 1 : 0));
    return model;
}

static pinna_frame_cache *new_cache(const pinna_model *model)
{
    const pinna_corpus *const all[] = {&speech};
    pinna_frame_cache *cache;

    assert_int_equal(
        pinna_frame_cache_new(all, 1, pinna_ctc_heard_width(model), &cache),
        PINNA_OK);
    return cache;
}

/* What a network hears of one clip, with noise and whatever else the seed
 * draws; every mouth warps by `warp`, 0 for none. To be freed. */
static float *hear(const pinna_model *model, double warp, size_t *n_steps)
{
    const pinna_ctc_material material = {
        .corpora = &speech,
        .n_corpora = 1,
        .sample_rate = RATE,
        .high_snr_db = 20,
    };
    const pinna_ctc_distortion distortion = {
        .warp_share = warp > 0 ? 1 : 0, .low_warp = warp, .high_warp = warp};
    pinna_frame_cache *cache = new_cache(model);
    pinna_ctc_input input;
    pinna_ctc_item item;
    pinna_rng rng;

    pinna_rng_seed(&rng, 3, 0);
    pinna_ctc_item_plain(&speech.clips[0], RATE, &item);
    assert_int_equal(
        pinna_ctc_input_new(model, &material, &distortion, cache, 4, &input),
        PINNA_OK);
    assert_int_equal(pinna_ctc_input_make(&input, &item, &rng, n_steps),
                     PINNA_OK);
    assert_true(*n_steps > 10);
    const size_t n = *n_steps * input.n_in;
    float *heard = malloc(n * sizeof *heard);
    memcpy(heard, input.column, n * sizeof *heard);
    pinna_ctc_input_free(&input);
    pinna_frame_cache_free(cache);
    return heard;
}

/* Cepstra are those of the warped bands. */
static void test_mouths_change_cepstra_as_bands(void **state)
{
    (void)state;
    static const double warps[] = {0, 0.87, 1, 1.15};
    const pinna_model of_bands = hearing(PINNA_FEATURE_FBANK, false);
    const pinna_model of_cepstra = hearing(PINNA_FEATURE_MFCC, false);
    pinna_fbank *fbank;
    float wanted[N_CEPS];

    assert_int_equal(pinna_fbank_new(&of_cepstra.ctc_ear.fbank, &fbank, NULL),
                     PINNA_OK);
    for (size_t i = 0; i < sizeof warps / sizeof warps[0]; i++) {
        size_t n_bands_steps, n_steps;
        float *bands = hear(&of_bands, warps[i], &n_bands_steps);
        float *cepstra = hear(&of_cepstra, warps[i], &n_steps);
        assert_int_equal(n_steps, n_bands_steps);
        for (size_t t = 0; t < n_steps * STACK; t++) {
            pinna_fbank_finish(fbank, bands + t * N_MELS, wanted);
            assert_memory_equal(cepstra + t * N_CEPS, wanted, sizeof wanted);
        }
        free(bands);
        free(cepstra);
    }
    pinna_fbank_free(fbank);
}

static bool warp_changes(const pinna_model *model)
{
    size_t n, n_warped;
    float *heard = hear(model, 0, &n);
    float *warped = hear(model, 1.1, &n_warped);

    assert_int_equal(n, n_warped);
    const bool changed =
        memcmp(heard, warped, n * model->network.config.n_in * sizeof *heard) !=
        0;
    free(heard);
    free(warped);
    return changed;
}

/* Where an energy stands among the features nothing is warped. */
static void test_what_is_warped(void **state)
{
    (void)state;
    const pinna_feature_type types[] = {PINNA_FEATURE_FBANK,
                                        PINNA_FEATURE_MFCC};

    for (size_t i = 0; i < 2; i++) {
        const pinna_model plain = hearing(types[i], false);
        const pinna_model with_energy = hearing(types[i], true);
        assert_true(warp_changes(&plain));
        assert_false(warp_changes(&with_energy));
    }
}

/* What the cache gave back is what was heard at first, bands and cepstra. */
static void test_the_cache_changes_nothing(void **state)
{
    (void)state;
    const pinna_ctc_material material = {
        .corpora = &speech, .n_corpora = 1, .sample_rate = RATE};
    const pinna_ctc_distortion distortion = {0};
    const pinna_feature_type types[] = {PINNA_FEATURE_FBANK,
                                        PINNA_FEATURE_MFCC};

    for (size_t i = 0; i < 2; i++) {
        const pinna_model model = hearing(types[i], false);
        pinna_frame_cache *cache = new_cache(&model);
        pinna_ctc_input input;
        pinna_ctc_item item;
        size_t n_steps, n_again, n_frames;

        assert_int_equal(pinna_ctc_input_new(&model, &material, &distortion,
                                             cache, 4, &input),
                         PINNA_OK);
        pinna_ctc_item_plain(&speech.clips[0], RATE, &item);
        assert_int_equal(pinna_ctc_input_make(&input, &item, NULL, &n_steps),
                         PINNA_OK);
        const size_t size = n_steps * input.n_in * sizeof(float);
        float *first = malloc(size);
        memcpy(first, input.column, size);
        assert_non_null(
            pinna_frame_cache_find(cache, &speech.clips[0], &n_frames));
        assert_int_equal(pinna_ctc_input_make(&input, &item, NULL, &n_again),
                         PINNA_OK);
        assert_int_equal(n_again, n_steps);
        assert_memory_equal(input.column, first, size);
        free(first);
        pinna_ctc_input_free(&input);
        pinna_frame_cache_free(cache);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mouths_change_cepstra_as_bands),
        cmocka_unit_test(test_what_is_warped),
        cmocka_unit_test(test_the_cache_changes_nothing),
    };
    return cmocka_run_group_tests_name("ctc_input", tests, set_up, tear_down);
}
