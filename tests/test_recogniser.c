#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/audio_mono.h"
#include "dsp/resample.h"
#include "dsp/rng.h"
#include "rnn/denormals.h"
#include "rnn/recogniser.h"
#include "rnn_cases.h"
#include "small_models.h"

enum { RATE = 16000, MAX_WORDS = 20000 };

typedef struct word_list {
    pinna_word words[MAX_WORDS];
    size_t n;
} word_list;

static pinna_model *small, *built_in, *int8;
static float *speech; /* [n_speech] the spoken digits that ship */
static size_t n_speech;
static word_list *got, *want;

/* A model of random weights that changes its mind often. */
static pinna_model *new_talkative_model(void)
{
    pinna_model *model = new_ctc_model();
    const pinna_network *network = &model->network;
    const pinna_param *weight =
        &network->params
             .items[pinna_params_find(&network->params, "dense_out.weight")];
    float *values = network->params.values + weight->offset;

    for (size_t i = 0; i < weight->n; i++)
        values[i] *= 4;
    return model;
}

static int set_up(void **state)
{
    const char *path = support_fixture("../../datasets/sounds/digits.flac");
    pinna_error error;

    (void)state;
    small = new_talkative_model();
    make_streamable(small);
    if (pinna_model_default_recogniser(&built_in, &error) ||
        pinna_model_default_recogniser(&int8, &error))
        print_message("%s\n", error.text);
    else
        make_int8(int8);
    if (pinna_audio_load_mono(path, 0, 0, RATE, &speech, &n_speech, NULL,
                              &error)) {
        print_error("%s\n", error.text);
        return -1;
    }
    got = calloc(1, sizeof *got);
    want = calloc(1, sizeof *want);
    return got && want ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    pinna_model_free(small);
    pinna_model_free(built_in);
    pinna_model_free(int8);
    free(speech);
    free(got);
    free(want);
    return 0;
}

/* With random weights, and with the trained ones where they are built in, of
 * float32 and of int8. */
static void for_models(void (*check)(const pinna_model *model))
{
    check(small);
    if (built_in)
        check(built_in);
    if (int8)
        check(int8);
}

static pinna_recogniser *open(const pinna_model *model, unsigned sample_rate)
{
    pinna_error error = {{0}};
    pinna_recogniser *recogniser;

    if (pinna_recogniser_new(model, sample_rate, &recogniser, &error))
        fail_msg("%s", error.text);
    return recogniser;
}

static void poll_all(pinna_recogniser *recogniser, word_list *list)
{
    pinna_word word;
    while (pinna_recogniser_poll(recogniser, &word)) {
        assert_true(list->n < MAX_WORDS);
        list->words[list->n++] = word;
    }
}

/* The words of a whole stream, fed `piece` samples at a time, or for 0 a
 * random number. */
static void listen(pinna_recogniser *recogniser, const float *samples, size_t n,
                   size_t piece, word_list *list)
{
    pinna_rng rng;

    list->n = 0;
    pinna_rng_seed(&rng, 1, 0);
    for (size_t used = 0; used < n;) {
        size_t part = piece > 0 ? piece : pinna_rng_below(&rng, 3000);
        part = part < n - used ? part : n - used;
        pinna_recogniser_process(recogniser, samples + used, part);
        poll_all(recogniser, list);
        used += part;
    }
    pinna_recogniser_finish(recogniser);
    poll_all(recogniser, list);
}

static void listen_anew(const pinna_model *model, unsigned sample_rate,
                        const float *samples, size_t n, word_list *list)
{
    pinna_recogniser *recogniser = open(model, sample_rate);
    listen(recogniser, samples, n, 16000, list);
    pinna_recogniser_free(recogniser);
}

static void assert_same_word(const pinna_word *a, const pinna_word *b)
{
    assert_string_equal(a->text, b->text);
    assert_close(a->start, b->start, 0);
    assert_close(a->end, b->end, 0);
    assert_memory_equal(&a->confidence, &b->confidence, sizeof(float));
    assert_int_equal(a->utterance, b->utterance);
}

static void assert_same_words(const word_list *a, const word_list *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++)
        assert_same_word(&a->words[i], &b->words[i]);
}

/* In order, within the stream. */
static void assert_sane(const word_list *list, double duration_s)
{
    double last = 0;
    for (size_t i = 0; i < list->n; i++) {
        const pinna_word *word = &list->words[i];
        assert_true(word->text[0] && word->start >= last);
        assert_true(word->end > word->start || duration_s == 0);
        assert_true(word->end >= word->start && word->end <= duration_s);
        assert_true(word->confidence > 0 && word->confidence <= 1);
        last = word->end;
    }
}

static void check_chunking(const pinna_model *model)
{
    static const size_t pieces[] = {1, 64, 160, 441, 1024, 4096, 120001, 0};
    static const unsigned rates[] = {RATE, 22050}; /* as if it were */

    for (size_t r = 0; r < 2; r++) {
        pinna_recogniser *recogniser = open(model, rates[r]);
        listen_anew(model, rates[r], speech, n_speech, want);
        assert_true(want->n >= 5);
        assert_sane(want, (double)n_speech / rates[r]);
        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
            pinna_recogniser_reset(recogniser);
            listen(recogniser, speech, n_speech, pieces[p], got);
            assert_same_words(got, want);
        }
        pinna_recogniser_free(recogniser);
    }
}

static void test_any_chunking_gives_the_same_words(void **state)
{
    (void)state;
    for_models(check_chunking);
}

static void check_reset(const pinna_model *model)
{
    pinna_recogniser *recogniser = open(model, RATE);

    listen_anew(model, RATE, speech, n_speech, want);
    /* In the middle of a stream, with words waiting; and after its end. */
    pinna_recogniser_process(recogniser, speech + 5000, 50001);
    pinna_recogniser_reset(recogniser);
    listen(recogniser, speech, n_speech, 1000, got);
    assert_same_words(got, want);
    pinna_recogniser_reset(recogniser);
    listen(recogniser, speech, n_speech, 1000, got);
    assert_same_words(got, want);
    pinna_recogniser_free(recogniser);
}

static void test_reset_equals_new(void **state)
{
    (void)state;
    for_models(check_reset);
}

static void assert_digits(const word_list *list)
{
    static const char *const digits[] = {"three", "one",  "four", "one",
                                         "five",  "nine", "two",  "six"};
    assert_int_equal(list->n, 8);
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(list->words[i].text, digits[i]);
}

static void test_every_rate_works(void **state)
{
    (void)state;
    static const unsigned rates[] = {8000,  11025, 16000, 22050, 32000,
                                     44100, 48000, 96000, 192000};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        float *samples;
        size_t n;
        assert_int_equal(
            pinna_resample(speech, n_speech, RATE, rates[r], &samples, &n),
            PINNA_OK);
        listen_anew(small, rates[r], samples, n, got);
        assert_sane(got, (double)n / rates[r]);
        if (built_in) {
            listen_anew(built_in, rates[r], samples, n, got);
            assert_sane(got, (double)n / rates[r]);
            assert_digits(got);
        }
        free(samples);
    }
    pinna_recogniser_free(open(small, PINNA_RECOGNISER_MAX_RATE));
}

static void test_silence_and_nothing(void **state)
{
    (void)state;
    float *silence = zeros(10 * RATE);

    if (built_in) {
        listen_anew(built_in, RATE, silence, 10 * RATE, got);
        assert_int_equal(got->n, 0);
        listen_anew(built_in, RATE, silence, 1, got);
        assert_int_equal(got->n, 0);
        listen_anew(built_in, RATE, NULL, 0, got);
        assert_int_equal(got->n, 0);
    }
    listen_anew(small, RATE, silence, 1, got);
    assert_sane(got, 1.0 / RATE);
    listen_anew(small, RATE, NULL, 0, got);
    assert_sane(got, 0);
    free(silence);
}

static float *parameter(pinna_model *model, const char *name)
{
    pinna_params *params = &model->network.params;
    const size_t index = pinna_params_find(params, name);
    assert_true(index < params->n_items);
    return params->values + params->items[index].offset;
}

/* A model that says "one" as long as the mean log energy is above threshold. */
static pinna_model *new_loudness_model(float threshold)
{
    pinna_model *model = new_ctc_model();
    const pinna_network_config *c = &model->network.config;
    const float root = sqrtf((float)model->ctc_ear.fbank.n_mels); /* of C0 */

    memset(model->network.params.values, 0,
           model->network.params.n_values * sizeof(float));
    model->offset[0] = -threshold * root;
    model->scale[0] = 1 / root;
    parameter(model, "dense_in.weight")[0] = 1;
    /* No update gate: the memory is the candidate of this very step. */
    for (size_t i = 0; i < c->n_hidden; i++)
        parameter(model, "gru.bias_ih_l0")[c->n_hidden + i] = -30;
    parameter(model, "gru.weight_ih_l0")[2 * c->n_hidden * c->n_dense] = 5;
    parameter(model, "dense_out.weight")[c->n_layers * c->n_hidden] = 20;
    make_streamable(model);
    return model;
}

/* Bursts over noise of the given amplitude: words where the bursts are, from
 * the first on, and whether or not they follow each other at once. */
static void check_times(double noise, float threshold)
{
    static const double begins[] = {0.3, 1.0, 1.5, 1.9, 3.0};
    static const double lengths[] = {0.4, 0.3, 0.3, 0.6, 0.5};
    enum { N = 4 * RATE, N_BURSTS = 5 };
    pinna_model *model = new_loudness_model(threshold);
    float *samples = random_floats(N, 1, noise);
    float *burst = random_floats(RATE, 2, 0.5);

    for (size_t k = 0; k < N_BURSTS; k++)
        for (size_t i = 0; i < (size_t)(lengths[k] * RATE); i++)
            samples[(size_t)(begins[k] * RATE) + i] += burst[i];
    listen_anew(model, RATE, samples, N, got);
    assert_int_equal(got->n, N_BURSTS);
    assert_sane(got, 4);
    for (size_t k = 0; k < N_BURSTS; k++) {
        assert_string_equal(got->words[k].text, "one");
        assert_close(got->words[k].start, begins[k], 0.04);
        assert_close(got->words[k].end, begins[k] + lengths[k], 0.04);
    }
    pinna_model_free(model);
    free(samples);
    free(burst);
}

static void test_words_lie_where_the_sound_is(void **state)
{
    (void)state;
    check_times(0, 10);
    check_times(1e-5, 10);
    check_times(0.01, 21);
}

/* The same sentence twice with a second between: each is an utterance. */
static void test_pauses_part_utterances(void **state)
{
    const size_t n = 2 * n_speech + RATE;
    float *twice = zeros(n);

    (void)state;
    if (!built_in)
        skip();
    memcpy(twice, speech, n_speech * sizeof(float));
    memcpy(twice + n_speech + RATE, speech, n_speech * sizeof(float));
    listen_anew(built_in, RATE, twice, n, got);
    assert_true(got->n >= 2 && got->n % 2 == 0);
    for (size_t i = 0; i < got->n; i++)
        assert_int_equal(got->words[i].utterance, i < got->n / 2 ? 0 : 1);
    free(twice);
}

/* The utterance of the last word of the sentence twice with a second between.
 */
static size_t last_utterance(double pause_ms)
{
    const size_t n = 2 * n_speech + RATE;
    float *twice = zeros(n);
    pinna_recogniser *recogniser;
    pinna_word word = {.utterance = 77};

    memcpy(twice, speech, n_speech * sizeof(float));
    memcpy(twice + n_speech + RATE, speech, n_speech * sizeof(float));
    assert_int_equal(pinna_recogniser_new(built_in, RATE, &recogniser, NULL),
                     PINNA_OK);
    assert_int_equal(pinna_recogniser_set_pause(recogniser, pause_ms),
                     PINNA_OK);
    for (size_t round = 0; round < 2; round++) { /* reset() keeps the pause */
        pinna_recogniser_reset(recogniser);
        pinna_recogniser_process(recogniser, twice, n);
        pinna_recogniser_finish(recogniser);
        while (pinna_recogniser_poll(recogniser, &word))
            ;
    }
    assert_int_equal(pinna_recogniser_set_pause(recogniser, -1), PINNA_BAD_ARG);
    pinna_recogniser_free(recogniser);
    free(twice);
    return word.utterance;
}

static void test_pause_is_as_long_as_wished(void **state)
{
    (void)state;
    if (!built_in)
        skip();
    assert_int_equal(last_utterance(PINNA_UTTERANCE_PAUSE_MS), 1);
    assert_int_equal(last_utterance(3000), 0);
}

static void test_always_blank_is_no_word(void **state)
{
    (void)state;
    pinna_model *model = new_ctc_model();

    parameter(model, "dense_out.bias")[0] = 2000;
    make_streamable(model);
    listen_anew(model, RATE, speech, n_speech, got);
    assert_int_equal(got->n, 0);
    pinna_model_free(model);
}

static void rename_token(pinna_model *model, size_t token, const char *text)
{
    free(model->tokens[token]);
    model->tokens[token] = strdup(text);
}

/* The same word at perhaps another time. */
static void assert_same_text(const pinna_word *a, const pinna_word *b)
{
    assert_string_equal(a->text, b->text);
    assert_memory_equal(&a->confidence, &b->confidence, sizeof(float));
    assert_int_equal(a->utterance, b->utterance);
}

/* Join the tokens of a word model, of which "|" parts words, as a model of
 * characters should; but for the times. */
static void join(const word_list *tokens, word_list *words)
{
    bool open_word = false;
    float sum = 0;
    size_t n_parts = 0;

    words->n = 0;
    for (size_t i = 0; i < tokens->n; i++) {
        const pinna_word *token = &tokens->words[i];
        if (strcmp(token->text, "|") == 0) {
            open_word = false;
            continue;
        }
        if (!open_word) {
            words->words[words->n++] = (pinna_word){.text = ""};
            open_word = true;
            sum = 0;
            n_parts = 0;
        }
        pinna_word *word = &words->words[words->n - 1];
        if (strlen(word->text) + strlen(token->text) < PINNA_WORD_MAX)
            strcat(word->text, token->text);
        sum += token->confidence;
        word->confidence = sum / (float)++n_parts;
    }
}

static void test_characters_join_to_words(void **state)
{
    (void)state;
    pinna_model *model = new_talkative_model();
    size_t longest = 0;

    make_streamable(model);
    rename_token(model, 3, "|");
    listen_anew(model, RATE, speech, n_speech, got);
    join(got, want);
    for (size_t i = 0; i < want->n; i++)
        longest = strlen(want->words[i].text) > longest
                      ? strlen(want->words[i].text)
                      : longest;
    assert_true(want->n >= 3 && longest > 4); /* or this tests nothing */

    model->word_tokens = false;
    rename_token(model, 3, " ");
    listen_anew(model, RATE, speech, n_speech, got);
    assert_sane(got, (double)n_speech / RATE);
    assert_int_equal(got->n, want->n);
    for (size_t i = 0; i < got->n; i++)
        assert_same_text(&got->words[i], &want->words[i]);
    pinna_model_free(model);
}

/* Without spaces a word never ends, but its text stays within bounds. */
static void test_endless_word(void **state)
{
    (void)state;
    pinna_model *model = new_talkative_model();

    make_streamable(model);
    model->word_tokens = false;
    rename_token(model, 3, "x");
    listen_anew(model, RATE, speech, n_speech, got);
    assert_int_equal(got->n, 1);
    assert_in_range(strlen(got->words[0].text), 40, PINNA_WORD_MAX - 1);
    assert_sane(got, (double)n_speech / RATE);
    pinna_model_free(model);
}

/* Tokens in angle brackets are no words. */
static void test_fillers_are_not_heard(void **state)
{
    (void)state;
    pinna_model *model = new_talkative_model();
    size_t n_kept = 0;

    make_streamable(model);
    listen_anew(model, RATE, speech, n_speech, want);
    rename_token(model, 1, "<unk>");
    listen_anew(model, RATE, speech, n_speech, got);
    for (size_t i = 0; i < want->n; i++)
        if (strcmp(want->words[i].text, "one") != 0)
            assert_same_text(&got->words[n_kept++], &want->words[i]);
    assert_int_equal(got->n, n_kept);
    assert_true(n_kept > 0 && n_kept < want->n);
    pinna_model_free(model);
}

/* What is not polled is kept, but no more than the queue holds. */
static void test_full_queue_drops_the_oldest(void **state)
{
    (void)state;
    pinna_recogniser *recogniser = open(small, RATE);
    const size_t n_rounds = 60;

    want->n = 0;
    for (size_t i = 0; i < n_rounds; i++) {
        pinna_recogniser_process(recogniser, speech, n_speech);
        poll_all(recogniser, want);
    }
    pinna_recogniser_finish(recogniser);
    poll_all(recogniser, want);
    assert_true(want->n > 2 * PINNA_RECOGNISER_QUEUE);

    pinna_recogniser_reset(recogniser);
    got->n = 0;
    for (size_t i = 0; i < n_rounds; i++)
        pinna_recogniser_process(recogniser, speech, n_speech);
    pinna_recogniser_finish(recogniser);
    poll_all(recogniser, got);
    assert_int_equal(got->n, PINNA_RECOGNISER_QUEUE);
    for (size_t i = 0; i < got->n; i++)
        assert_same_word(&got->words[i], &want->words[want->n - got->n + i]);
    pinna_recogniser_free(recogniser);
}

enum { N_BAD = 3000, N_BEFORE = 2 * RATE };

/* The speech twice, with a stretch of `bad` in the first; to be freed. */
static float *spoiled(float bad)
{
    float *samples = zeros(2 * n_speech);
    memcpy(samples, speech, n_speech * sizeof(float));
    memcpy(samples + n_speech, speech, n_speech * sizeof(float));
    for (size_t i = 0; i < N_BAD; i++)
        samples[N_BEFORE + i] = i % 3 == 2 ? -bad : bad;
    return samples;
}

/* Those of the second round, from its second second on. */
static void keep_late(word_list *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        if (list->words[i].start > (double)n_speech / RATE + 1)
            list->words[n++] = list->words[i];
    list->n = n;
}

static void check_bad_samples(const pinna_model *model)
{
    static const float bads[] = {NAN,     INFINITY, -INFINITY, 1e-40f,
                                 -1e-45f, 1e30f,    3.4e38f};
    const size_t n = 2 * n_speech;
    float *silenced = spoiled(0);

    for (size_t k = 0; k < sizeof bads / sizeof *bads; k++) {
        float *in = spoiled(bads[k]);
        listen_anew(model, RATE, silenced, n, want);
        listen_anew(model, RATE, in, n, got);
        assert_sane(got, (double)n / RATE);
        if (isfinite(bads[k]) && fabsf(bads[k]) > 1) {
            keep_late(got);
            keep_late(want);
            assert_int_equal(got->n, want->n);
            for (size_t i = 0; i < got->n; i++)
                assert_string_equal(got->words[i].text, want->words[i].text);
        } else {
            assert_same_words(got, want);
        }
        free(in);
    }
    free(silenced);
}

static void test_bad_samples_leave_no_trace(void **state)
{
    (void)state;
    for_models(check_bad_samples);
}

static void check_real_time(const pinna_model *model)
{
    pinna_recogniser *recogniser = open(model, 44100);

    support_count_allocations();
    listen(recogniser, speech, n_speech, 0, got);
    pinna_recogniser_reset(recogniser);
    pinna_recogniser_process(recogniser, speech, n_speech);
    assert_int_equal(support_allocations(), 0);
    pinna_recogniser_free(recogniser);
}

static void test_process_does_not_allocate(void **state)
{
    (void)state;
    for_models(check_real_time);
}

static bool has_denormals(void)
{
    volatile float tiny = 1e-40f;
    return tiny * 0.5f != 0;
}

static void test_floating_point_mode_is_kept(void **state)
{
    (void)state;
    pinna_recogniser *recogniser = open(small, RATE);

    assert_true(has_denormals());
    pinna_recogniser_process(recogniser, speech, 5000);
    assert_true(has_denormals());
    pinna_recogniser_finish(recogniser);
    assert_true(has_denormals());
    pinna_recogniser_free(recogniser);
}

/* ---- whole recordings ---- */

/* A bidirectional network that computes what that of `model` does: what it
 * reads backwards counts for nothing. */
static pinna_model *new_twin(const pinna_model *model)
{
    const pinna_network *one = &model->network;
    const float *from = one->params.values;
    pinna_network_config c = one->config;
    const size_t H = c.n_hidden, L = c.n_layers;
    pinna_model *twin = new_ctc_model();
    pinna_rng rng;

    memcpy(twin->offset, model->offset, c.n_in * sizeof(float));
    memcpy(twin->scale, model->scale, c.n_in * sizeof(float));
    pinna_network_free(&twin->network);
    c.bidirectional = true;
    assert_int_equal(pinna_network_new(&c, &twin->network), PINNA_OK);
    const pinna_network *both = &twin->network;
    float *to = both->params.values;
    pinna_rng_seed(&rng, 9, 0);
    pinna_network_init(&twin->network, &rng);

    memcpy(to + both->in_weight[0], from + one->in_weight[0],
           c.n_dense * c.n_in * sizeof(float));
    memcpy(to + both->in_bias[0], from + one->in_bias[0],
           c.n_dense * sizeof(float));
    for (size_t layer = 0; layer < L; layer++) {
        const pinna_network_cell *a = &one->cells[layer][0];
        const pinna_network_cell *b = &both->cells[layer][0];
        const size_t n_a = pinna_network_layer_in(&one->config, layer);
        const size_t n_b = pinna_network_layer_in(&c, layer);
        for (size_t row = 0; row < 3 * H; row++)
            for (size_t i = 0; i < n_b; i++)
                to[b->weight_ih + row * n_b + i] =
                    i < n_a ? from[a->weight_ih + row * n_a + i] : 0;
        memcpy(to + b->weight_hh, from + a->weight_hh,
               3 * H * H * sizeof(float));
        memcpy(to + b->bias_ih, from + a->bias_ih, 3 * H * sizeof(float));
        memcpy(to + b->bias_hh, from + a->bias_hh, 3 * H * sizeof(float));
    }
    for (size_t row = 0; row < c.n_out; row++)
        for (size_t i = 0; i < 2 * L * H; i++)
            to[both->dense_out_weight + row * 2 * L * H + i] =
                i / H % 2 == 0 ? from[one->dense_out_weight + row * L * H +
                                      i / (2 * H) * H + i % H]
                               : 0;
    memcpy(to + both->dense_out_bias, from + one->dense_out_bias,
           c.n_out * sizeof(float));
    make_streamable(twin);
    return twin;
}

static pinna_recogniser *open_offline(const pinna_model *model,
                                      unsigned sample_rate, size_t max_samples)
{
    pinna_error error = {{0}};
    pinna_recogniser *recogniser;

    if (pinna_recogniser_new_offline(model, sample_rate, max_samples,
                                     &recogniser, &error))
        fail_msg("%s", error.text);
    return recogniser;
}

/* The same words at the same places, also when there are more than the queue
 * has room for. */
static void check_twin(const pinna_model *model, unsigned rate,
                       const float *samples, size_t n)
{
    pinna_model *twin = new_twin(model);
    pinna_recogniser *recogniser = open_offline(twin, rate, n);

    listen_anew(model, rate, samples, n, want);
    for (size_t piece = 1000; piece <= 100000; piece *= 10) {
        listen(recogniser, samples, n, piece, got);
        assert_int_equal(got->n, want->n);
        for (size_t i = 0; i < got->n; i++) {
            const pinna_word *a = &got->words[i], *b = &want->words[i];
            assert_string_equal(a->text, b->text);
            assert_close(a->start, b->start, 1e-9);
            assert_close(a->end, b->end, 1e-9);
            assert_close((double)a->confidence, (double)b->confidence, 1e-4);
            assert_int_equal(a->utterance, b->utterance);
        }
        pinna_recogniser_reset(recogniser);
    }
    /* Nothing but the lead, and not even that. */
    pinna_recogniser_finish(recogniser);
    poll_all(recogniser, got);
    pinna_recogniser_free(recogniser);
    pinna_model_free(twin);
}

static void test_offline_hears_the_same(void **state)
{
    (void)state;
    const size_t n = 30 * n_speech;
    float *often = zeros(n);

    for (size_t i = 0; i < n; i++)
        often[i] = speech[i % n_speech];
    check_twin(small, RATE, speech, n_speech);
    check_twin(small, 44100, speech, n_speech);
    check_twin(small, RATE, often, n);
    assert_true(want->n > PINNA_RECOGNISER_QUEUE);
    free(often);
}

/* It does look ahead: what follows later changes what is heard first. */
static void test_offline_reads_backwards(void **state)
{
    (void)state;
    pinna_model *model = new_bidirectional_model();
    make_streamable(model);
    const size_t n_out = model->network.config.n_out;
    float x[2][20 * 10], y[2][20 * 4];
    pinna_offline_state *scratch;

    support_signal(x[0], 20 * 10, RATE);
    memcpy(x[1], x[0], sizeof x[0]);
    x[1][19 * 10] += 1;
    assert_int_equal(pinna_offline_state_new(model->offline, 20, &scratch),
                     PINNA_OK);
    for (size_t k = 0; k < 2; k++)
        pinna_offline_run(model->offline, scratch, x[k], 20, y[k]);
    assert_memory_not_equal(y[0], y[1], n_out * sizeof(float));
    pinna_offline_state_free(scratch);
    pinna_model_free(model);
}

/* What comes after max_samples is not heard, nor written anywhere. */
static void test_offline_keeps_to_its_room(void **state)
{
    (void)state;
    pinna_model *twin = new_twin(small);
    pinna_recogniser *all = open_offline(twin, RATE, n_speech);
    pinna_recogniser *half = open_offline(twin, RATE, n_speech / 2);

    listen(all, speech, n_speech, 1000, want);
    support_count_allocations();
    listen(half, speech, n_speech, 1000, got);
    assert_int_equal(support_allocations(), 0);
    assert_true(got->n > 0 && got->n < want->n);
    for (size_t i = 0; i + 1 < got->n; i++)
        assert_string_equal(got->words[i].text, want->words[i].text);
    pinna_recogniser_free(all);
    pinna_recogniser_free(half);
    pinna_model_free(twin);
}

static const pinna_model *to_open;

static pinna_status make_offline(void)
{
    pinna_recogniser *recogniser;
    const pinna_status status =
        pinna_recogniser_new_offline(to_open, RATE, 1000, &recogniser, NULL);
    pinna_recogniser_free(recogniser);
    return status;
}

static void test_offline_survives_no_memory(void **state)
{
    (void)state;
    pinna_model *twin = new_twin(small);
    to_open = twin;
    support_survives_no_memory(make_offline);
    pinna_model_free(twin);
}

/* ---- what is refused ---- */

static void assert_refused(const pinna_model *model, unsigned sample_rate,
                           const char *words)
{
    pinna_error error = {{0}};
    pinna_recogniser *recogniser = (pinna_recogniser *)&error;

    assert_int_equal(
        pinna_recogniser_new(model, sample_rate, &recogniser, &error),
        PINNA_BAD_ARG);
    assert_null(recogniser);
    if (!strstr(error.text, words))
        fail_msg("\"%s\" does not say \"%s\"", error.text, words);
    assert_int_equal(
        pinna_recogniser_new(model, sample_rate, &recogniser, NULL),
        PINNA_BAD_ARG);
}

/* ---- beam search ---- */

static pinna_recogniser *open_beam(const pinna_model *model, size_t width,
                                   const pinna_beam_guide *guide, size_t n_best)
{
    pinna_ctc_beam_config config = pinna_ctc_beam_config_default();
    pinna_recogniser *recogniser = open(model, RATE);
    config.width = width;
    config.guide = guide;
    assert_int_equal(pinna_recogniser_use_beam(recogniser, &config, n_best),
                     PINNA_OK);
    return recogniser;
}

static void check_beam_chunking(const pinna_model *model)
{
    static const size_t pieces[] = {1000, 0, 160, 100000};
    pinna_recogniser *recogniser = open_beam(model, 8, NULL, 0);

    listen(recogniser, speech, n_speech, 333, want);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        pinna_recogniser_reset(recogniser);
        listen(recogniser, speech, n_speech, pieces[i], got);
        assert_same_words(got, want);
    }
    pinna_recogniser_reset(recogniser);
    support_count_allocations();
    listen(recogniser, speech, n_speech, 160, got);
    assert_int_equal(support_allocations(), 0);
    pinna_recogniser_free(recogniser);
}

static void test_beam_hears_the_same_in_any_chunks(void **state)
{
    (void)state;
    for_models(check_beam_chunking);
}

/* Of what the net is sure of, a beam hears the same words at the same times. */
static void test_beam_agrees_with_greedy(void **state)
{
    (void)state;
    if (!built_in)
        skip();
    listen_anew(built_in, RATE, speech, n_speech, want);
    for (size_t width = 1; width < 20; width += 9) {
        pinna_recogniser *recogniser = open_beam(built_in, width, NULL, 0);
        listen(recogniser, speech, n_speech, 1000, got);
        assert_digits(got);
        for (size_t i = 0; i < got->n; i++) {
            const pinna_word *a = &got->words[i], *b = &want->words[i];
            assert_close(a->start, b->start, 1e-9);
            assert_close(a->end, b->end, 1e-9);
            assert_close((double)a->confidence, (double)b->confidence, 0.02);
            assert_int_equal(a->utterance, b->utterance);
        }
        pinna_recogniser_free(recogniser);
    }
}

/* Words given out stay the beginning of the text, and the tail tells of what
 * follows before it is given out. */
static void test_beam_tail_follows_the_words(void **state)
{
    (void)state;
    static const char whole[] = "three one four one five nine two six";
    if (!built_in)
        skip();
    pinna_recogniser *recogniser = open_beam(built_in, 16, NULL, 3);
    const pinna_alternative *alternatives;
    char tail[100], text[1000] = "", said[2000];
    pinna_word word;
    size_t n_early = 0, n_tails = 0;

    for (size_t at = 0; at < n_speech; at += 1600) {
        const size_t n = n_speech - at < 1600 ? n_speech - at : 1600;
        pinna_recogniser_process(recogniser, speech + at, n);
        while (pinna_recogniser_poll(recogniser, &word)) {
            strcat(text, word.text);
            strcat(text, " ");
            n_early++;
        }
        assert_int_equal(strncmp(text, whole, strlen(text)), 0);
        pinna_recogniser_tail(recogniser, tail, sizeof tail);
        n_tails += *tail != '\0';
    }
    assert_true(n_tails > 0);
    assert_int_equal(pinna_recogniser_alternatives(recogniser, &alternatives),
                     0);
    pinna_recogniser_finish(recogniser);
    assert_int_equal(pinna_recogniser_alternatives(recogniser, &alternatives),
                     3);
    assert_int_equal(alternatives[0].n_words, n_early);
    snprintf(said, sizeof said, "%s%s", text, alternatives[0].rest);
    assert_string_equal(said, whole);
    assert_true(alternatives[0].score > alternatives[1].score);
    assert_string_not_equal(alternatives[0].rest, alternatives[1].rest);
    assert_string_not_equal(alternatives[1].rest, alternatives[2].rest);
    pinna_recogniser_free(recogniser);
}

/* Only the phrases of a list. */
static void test_beam_keeps_to_a_graph(void **state)
{
    (void)state;
    if (!built_in)
        skip();
    char phrases[2][20] = {"one four", "nine two six"};
    pinna_token_graph *graph;
    pinna_beam_guide *guide;
    char text[1000] = "";

    assert_int_equal(pinna_token_graph_new(built_in, &graph), PINNA_OK);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pinna_token_graph_add_phrase(graph, phrases[i]),
                         PINNA_OK);
    assert_int_equal(pinna_token_graph_finish(graph), PINNA_OK);
    assert_int_equal(pinna_beam_guide_new(built_in, graph, NULL, 1, 0, &guide),
                     PINNA_OK);
    pinna_recogniser *recogniser = open_beam(built_in, 50, guide, 0);
    listen(recogniser, speech, n_speech, 1000, got);
    for (size_t i = 0; i < got->n && i < 50; i++)
        strcat(strcat(text, got->words[i].text), " ");
    assert_non_null(strstr(text, "one four "));
    assert_non_null(strstr(text, "nine two six "));
    assert_null(strstr(text, "three"));
    pinna_recogniser_free(recogniser);
    pinna_beam_guide_free(guide);
    pinna_token_graph_free(graph);
}

static pinna_status make_beam(void)
{
    const pinna_ctc_beam_config config = pinna_ctc_beam_config_default();
    pinna_recogniser *recogniser;

    pinna_status status = pinna_recogniser_new(small, RATE, &recogniser, NULL);
    if (!status)
        status = pinna_recogniser_use_beam(recogniser, &config, 5);
    pinna_recogniser_free(recogniser);
    return status;
}

static void test_beam_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make_beam);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    pinna_model *other = new_denoise_model();

    make_streamable(other);
    assert_refused(other, RATE, PINNA_TASK_DENOISE);
    pinna_model *both_ways = new_bidirectional_model();
    pinna_recogniser *recogniser;
    make_streamable(both_ways);
    assert_refused(both_ways, RATE, "bidirectional");
    assert_int_equal(
        pinna_recogniser_new_offline(both_ways, 1, 100, &recogniser, NULL),
        PINNA_BAD_ARG);
    assert_null(recogniser);
    assert_int_equal(
        pinna_recogniser_new_offline(small, RATE, 100, &recogniser, NULL),
        PINNA_BAD_ARG);
    assert_int_equal(
        pinna_recogniser_new_offline(other, RATE, 100, &recogniser, NULL),
        PINNA_BAD_ARG);
    assert_null(recogniser);
    pinna_model_free(both_ways);
    assert_refused(small, 0, "0 Hz");
    assert_refused(small, PINNA_RECOGNISER_MIN_RATE - 1, "7999 Hz");
    assert_refused(small, PINNA_RECOGNISER_MAX_RATE + 1, "768001 Hz");
    pinna_recogniser_free(NULL);
    pinna_model_free(other);
}

static pinna_status make(void)
{
    pinna_recogniser *recogniser;

    const pinna_status status =
        pinna_recogniser_new(small, 44100, &recogniser, NULL);
    if (status) {
        assert_null(recogniser);
        return status;
    }
    pinna_recogniser_process(recogniser, speech, 10000);
    pinna_recogniser_free(recogniser);
    return PINNA_OK;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_chunking_gives_the_same_words),
        cmocka_unit_test(test_reset_equals_new),
        cmocka_unit_test(test_every_rate_works),
        cmocka_unit_test(test_silence_and_nothing),
        cmocka_unit_test(test_words_lie_where_the_sound_is),
        cmocka_unit_test(test_pauses_part_utterances),
        cmocka_unit_test(test_pause_is_as_long_as_wished),
        cmocka_unit_test(test_always_blank_is_no_word),
        cmocka_unit_test(test_characters_join_to_words),
        cmocka_unit_test(test_endless_word),
        cmocka_unit_test(test_fillers_are_not_heard),
        cmocka_unit_test(test_full_queue_drops_the_oldest),
        cmocka_unit_test(test_bad_samples_leave_no_trace),
        cmocka_unit_test(test_process_does_not_allocate),
        cmocka_unit_test(test_floating_point_mode_is_kept),
        cmocka_unit_test(test_offline_hears_the_same),
        cmocka_unit_test(test_offline_reads_backwards),
        cmocka_unit_test(test_offline_keeps_to_its_room),
        cmocka_unit_test(test_offline_survives_no_memory),
        cmocka_unit_test(test_beam_hears_the_same_in_any_chunks),
        cmocka_unit_test(test_beam_agrees_with_greedy),
        cmocka_unit_test(test_beam_tail_follows_the_words),
        cmocka_unit_test(test_beam_keeps_to_a_graph),
        cmocka_unit_test(test_beam_survives_no_memory),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("recogniser", tests, set_up, tear_down);
}
