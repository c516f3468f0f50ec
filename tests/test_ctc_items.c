#include "tools/ctc_items.h"

#include "rnn_cases.h"
#include "small_corpora.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn/recogniser.h"

enum { RATE = 8000, N_PLANS = 3000 };

static const char *const digits[] = {"one", "two"};
static const char *const sentences[] = {"one two two", "two one"};

static pinna_corpus corpora[2]; /* short clips, long ones */
static pinna_corpus noise, rooms;
static const double weights[] = {3, 1};
static pinna_ctc_material material;

static int set_up(void **state)
{
    (void)state;
    corpora[0] = new_speech(12, 3000, RATE, digits);
    corpora[1] = new_speech(5, 15001, RATE, sentences);
    noise = new_noise(3, 5000, RATE, 0);
    rooms = new_noise(2, 2000, RATE, 0.05);
    material = (pinna_ctc_material){
        .corpora = corpora,
        .weights = weights,
        .n_corpora = 2,
        .noise = &noise,
        .rooms = &rooms,
        .sample_rate = RATE,
        .max_join = 5,
        .join_below_s = 1.5,
        .noise_only_share = 0.12,
        .low_snr_db = 0,
        .high_snr_db = 30,
    };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pinna_corpus_free(&corpora[0]);
    pinna_corpus_free(&corpora[1]);
    pinna_corpus_free(&noise);
    pinna_corpus_free(&rooms);
    return 0;
}

static pinna_ctc_item plan(const pinna_ctc_material *m, uint64_t number,
                           pinna_rng *rng)
{
    pinna_ctc_item item;
    pinna_rng_seed(rng, 1, number);
    pinna_ctc_item_plan(m, rng, &item);
    return item;
}

/* The samples of item `number`; to be freed. */
static float *render(const pinna_ctc_material *m, uint64_t number,
                     pinna_ctc_item *item)
{
    pinna_rng rng;
    *item = plan(m, number, &rng);
    float *samples = zeros(item->n_samples + 1);
    samples[item->n_samples] = 77; /* a guard */
    assert_int_equal(pinna_ctc_item_render(m, item, &rng, samples), PINNA_OK);
    assert_close((double)samples[item->n_samples], 77, 0);
    return samples;
}

/* Clips follow each other within the item, with room for what the recogniser
 * puts around a stream. */
static void check_layout(const pinna_ctc_item *item)
{
    const size_t n_lead = (size_t)(PINNA_RECOGNISER_LEAD_S * RATE);
    const size_t n_tail = (size_t)(PINNA_RECOGNISER_TAIL_S * RATE);
    size_t at = n_lead;

    for (size_t i = 0; i < item->n_clips; i++) {
        assert_int_equal(item->begins[i], at + item->pauses[i]);
        assert_close((double)(item->ends[i] - item->begins[i]),
                     (double)item->clips[i]->n / item->speed, 0.5);
        at = item->ends[i];
    }
    assert_int_equal(item->n_samples,
                     at + item->pauses[item->n_clips] + n_tail);
}

static void test_plans_are_within_bounds(void **state)
{
    (void)state;
    size_t n_noise_only = 0, n_joined = 0, n_hasty = 0, longest = 0;

    for (uint64_t number = 0; number < N_PLANS; number++) {
        pinna_rng rng;
        const pinna_ctc_item item = plan(&material, number, &rng);
        check_layout(&item);
        assert_true(item.n_clips <= material.max_join);
        assert_true(item.speed > 0.7 && item.speed < 1.4);
        assert_true(item.tempo > 0.8 && item.tempo < 2.3);
        n_hasty += item.tempo > 1.2;
        assert_close(
            (double)pinna_ctc_item_longest(&item),
            fmax((double)item.n_samples, (double)item.n_samples / item.tempo),
            1);
        for (size_t i = 0; i < item.n_clips; i++)
            assert_true(item.tempo <= 1 ||
                        (double)item.clips[i]->n / item.speed / item.tempo >=
                            0.2 * RATE * (1 - 1e-9));
        n_noise_only += item.n_clips == 0;
        n_joined += item.n_clips > 1;
        longest = item.n_clips > longest ? item.n_clips : longest;
        for (size_t i = 1; i < item.n_clips; i++) {
            assert_string_equal(item.clips[i]->speaker, item.clips[0]->speaker);
            assert_true(item.clips[i]->n < (size_t)(1.5 * RATE));
            assert_true(item.clips[0]->n < (size_t)(1.5 * RATE));
        }
    }
    assert_in_range(n_noise_only, N_PLANS / 12, N_PLANS / 6);
    assert_in_range(n_hasty, N_PLANS / 10, N_PLANS / 2);
    assert_in_range(n_joined, N_PLANS / 4, N_PLANS * 3 / 4);
    assert_int_equal(longest, material.max_join);
}

/* A dense text keeps its clip from being hastened, and nothing else. */
static void test_plans_leave_time_for_the_text(void **state)
{
    (void)state;
    pinna_corpus dense = new_speech(5, 15001, RATE, sentences);
    pinna_ctc_material m = material;
    size_t n_hasty = 0, n_slow = 0;

    for (size_t i = 0; i < dense.n_clips; i++)
        dense.clips[i].least_s = 0.8 * (double)dense.clips[i].n / RATE;
    m.corpora = &dense;
    m.n_corpora = 1;
    for (uint64_t number = 0; number < N_PLANS; number++) {
        pinna_rng rng;
        const pinna_ctc_item item = plan(&m, number, &rng);
        const double hurry = item.speed * item.tempo;
        for (size_t i = 0; i < item.n_clips; i++)
            assert_true(item.tempo <= 1 || hurry <= 1.25 * (1 + 1e-9));
        assert_true(item.speed <= 1.25);
        n_hasty += item.n_clips > 0 && hurry > 1.1;
        n_slow += item.n_clips > 0 && hurry < 0.9;
    }
    assert_true(n_hasty > N_PLANS / 20 && n_slow > N_PLANS / 20);
    pinna_corpus_free(&dense);
}

static void test_weights_choose_the_corpus(void **state)
{
    (void)state;
    static const double only[2][2] = {{1, 0}, {0, 1}};
    pinna_ctc_material m = material;
    size_t n_long = 0, n_all = 0;
    pinna_rng rng;

    for (uint64_t number = 0; number < N_PLANS; number++) {
        const pinna_ctc_item item = plan(&material, number, &rng);
        n_all += item.n_clips > 0;
        n_long += item.n_clips > 0 && item.clips[0]->n == 15001;
    }
    assert_close((double)n_long / (double)n_all, 0.25, 0.04);
    for (size_t c = 0; c < 2; c++) {
        m.weights = only[c];
        for (uint64_t number = 0; number < 300; number++) {
            const pinna_ctc_item item = plan(&m, number, &rng);
            for (size_t i = 0; i < item.n_clips; i++)
                assert_int_equal(item.clips[i]->n, c == 0 ? 3000 : 15001);
        }
    }
}

static void test_unknown_speakers_are_not_joined(void **state)
{
    (void)state;
    pinna_ctc_material m = material;
    pinna_corpus nameless = new_speech(6, 3000, RATE, digits);
    pinna_rng rng;

    for (size_t i = 0; i < nameless.n_clips; i++) {
        free(nameless.clips[i].speaker);
        nameless.clips[i].speaker = NULL;
    }
    m.corpora = &nameless;
    m.n_corpora = 1;
    for (uint64_t number = 0; number < 200; number++)
        assert_true(plan(&m, number, &rng).n_clips <= 1);
    pinna_corpus_free(&nameless);
}

static double energy(const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

static void test_rendered_items(void **state)
{
    (void)state;
    for (uint64_t number = 0; number < 200; number++) {
        pinna_ctc_item item, again;
        float *samples = render(&material, number, &item);
        float *same = render(&material, number, &again);

        assert_memory_equal(&item, &again, sizeof item);
        assert_memory_equal(samples, same, item.n_samples * sizeof(float));
        for (size_t i = 0; i < item.n_samples; i++)
            assert_true(isfinite(samples[i]) && fabsf(samples[i]) <= 1);
        const size_t n_lead = (size_t)(PINNA_RECOGNISER_LEAD_S * RATE);
        assert_close(energy(samples, n_lead), 0, 0);
        for (size_t i = 0; i < item.n_clips; i++)
            assert_true(energy(samples + item.begins[i],
                               item.ends[i] - item.begins[i]) > 1e-6);
        free(samples);
        free(same);
    }
}

static void test_without_noise_and_rooms(void **state)
{
    (void)state;
    pinna_ctc_material m = material;

    m.noise = NULL;
    m.rooms = NULL;
    for (uint64_t number = 0; number < 100; number++) {
        pinna_ctc_item item;
        float *samples = render(&m, number, &item);
        for (size_t i = 0; i < item.n_samples; i++)
            assert_true(isfinite(samples[i]));
        free(samples);
    }
}

static void test_plain_is_the_clip_as_it_is(void **state)
{
    (void)state;
    const pinna_clip *clip = &corpora[1].clips[2];
    pinna_ctc_item item;
    float *want = zeros(clip->n);

    pinna_ctc_item_plain(clip, RATE, &item);
    check_layout(&item);
    float *samples = random_floats(item.n_samples, 1, 1);
    assert_int_equal(pinna_ctc_item_render(&material, &item, NULL, samples),
                     PINNA_OK);
    pinna_clip_to_float(clip, want);
    assert_close(energy(samples, item.begins[0]), 0, 0);
    assert_memory_equal(samples + item.begins[0], want,
                        clip->n * sizeof(float));
    assert_close(energy(samples + item.ends[0], item.n_samples - item.ends[0]),
                 0, 0);
    free(samples);
    free(want);
}

static pinna_ctc_item item_at_hand;
static float *samples_at_hand;
static pinna_rng rng_at_hand;

static pinna_status make(void)
{
    pinna_rng rng = rng_at_hand;
    return pinna_ctc_item_render(&material, &item_at_hand, &rng,
                                 samples_at_hand);
}

/* With `plain` the training items are those of validation. */
static void test_plain_material_is_not_changed(void **state)
{
    (void)state;
    pinna_ctc_material plain = material;
    plain.plain = true;
    for (uint64_t number = 0; number < 50; number++) {
        pinna_ctc_item item, want_item;
        float *got = render(&plain, number, &item);
        assert_int_equal(item.n_clips, 1);
        pinna_ctc_item_plain(item.clips[0], RATE, &want_item);
        assert_int_equal(item.n_samples, want_item.n_samples);
        float *want = malloc(item.n_samples * sizeof *want);
        assert_non_null(want);
        assert_int_equal(
            pinna_ctc_item_render(&material, &want_item, NULL, want), PINNA_OK);
        assert_memory_equal(got, want, item.n_samples * sizeof *want);
        free(want);
        free(got);
    }
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    for (uint64_t number = 0; number < 20; number++) {
        item_at_hand = plan(&material, number, &rng_at_hand);
        samples_at_hand = zeros(item_at_hand.n_samples);
        support_survives_no_memory(make);
        free(samples_at_hand);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plans_are_within_bounds),
        cmocka_unit_test(test_plans_leave_time_for_the_text),
        cmocka_unit_test(test_weights_choose_the_corpus),
        cmocka_unit_test(test_unknown_speakers_are_not_joined),
        cmocka_unit_test(test_rendered_items),
        cmocka_unit_test(test_without_noise_and_rooms),
        cmocka_unit_test(test_plain_is_the_clip_as_it_is),
        cmocka_unit_test(test_plain_material_is_not_changed),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("ctc_items", tests, set_up, tear_down);
}
