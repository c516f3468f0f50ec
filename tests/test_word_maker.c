#include "support.h"

#include <string.h>

#include "rnn/word_maker.h"

/* Ten steps of the network are a second. */
static const double step_s = 0.1;

static char blank[] = "<blank>", noise[] = "<noise>", space[] = " ", a[] = "a",
            bc[] = "bc";
static char *tokens[] = {blank, noise, space, a, bc};
enum { BLANK, NOISE, SPACE, A, BC, N_TOKENS };

static const pinna_model characters = {.tokens = tokens, .n_tokens = N_TOKENS};
static const pinna_model words = {
    .tokens = tokens, .n_tokens = N_TOKENS, .word_tokens = true};

static void open(const pinna_model *model, pinna_word_maker *maker)
{
    assert_int_equal(pinna_word_maker_new(model, step_s, maker), PINNA_OK);
    pinna_word_maker_reset(maker);
    maker->heard_s = 60;
}

/* A token of one step from sound that lasts. */
static void take(pinna_word_maker *maker, int token, size_t step,
                 double run_begin, float confidence)
{
    const pinna_ctc_token made = {.token = token,
                                  .first_frame = step,
                                  .n_frames = 1,
                                  .confidence = confidence};
    const pinna_moment then = {.sound.end = 1e9, .n_utterances = 3};
    pinna_word_maker_take(maker, &made, run_begin, &then);
}

static void assert_word(pinna_word_maker *maker, const char *text, double start,
                        double end, double confidence)
{
    pinna_word word;

    assert_true(pinna_word_maker_poll(maker, &word));
    assert_string_equal(word.text, text);
    assert_close(word.start, start - PINNA_RECOGNISER_LEAD_S, 1e-9);
    assert_close(word.end, end - PINNA_RECOGNISER_LEAD_S, 1e-9);
    assert_close((double)word.confidence, confidence, 1e-6);
    assert_int_equal(word.utterance, 2);
}

static void test_joins_characters(void **state)
{
    (void)state;
    pinna_word_maker maker;
    pinna_word word;

    open(&characters, &maker);
    take(&maker, SPACE, 1, 0, 1);
    take(&maker, A, 10, 0.9, 0.5f);
    take(&maker, NOISE, 11, 1.0, 0);
    take(&maker, BC, 12, 1.0, 1);
    assert_false(pinna_word_maker_poll(&maker, &word));
    take(&maker, SPACE, 14, 1.3, 1);
    assert_word(&maker, "abc", 0.9, 1.3, 0.75);
    /* Not before the end of the word before it. */
    take(&maker, A, 15, 0.9, 1);
    pinna_word_maker_finish(&maker);
    pinna_word_maker_finish(&maker);
    assert_word(&maker, "a", 1.3, 1.6, 1);
    assert_false(pinna_word_maker_poll(&maker, &word));
    assert_int_equal(maker.n_given, 2);
    pinna_word_maker_free(&maker);
}

static void test_takes_words_as_they_are(void **state)
{
    (void)state;
    pinna_word_maker maker;
    pinna_word word;

    open(&words, &maker);
    take(&maker, A, 10, 0.9, 0.5f);
    take(&maker, NOISE, 12, 1.0, 1);
    take(&maker, BC, 20, 1.9, 0.25f);
    assert_word(&maker, "a", 0.9, 1.1, 0.5);
    assert_word(&maker, "bc", 1.9, 2.1, 0.25);
    assert_false(pinna_word_maker_poll(&maker, &word));
    pinna_word_maker_free(&maker);
}

/* An end where the sound ended, nothing outside of the stream. */
static void test_keeps_within_the_sound(void **state)
{
    (void)state;
    pinna_word_maker maker;
    pinna_word word;
    const pinna_ctc_token token = {
        .token = A, .first_frame = 20, .n_frames = 5, .confidence = 1};
    const pinna_moment early = {.sound.end = 2.2}, late = {.sound.end = 9};

    open(&words, &maker);
    maker.heard_s = 2.1;
    pinna_word_maker_take(&maker, &token, 0.1, &early);
    pinna_word_maker_take(&maker, &token, 0.1, &late);
    assert_true(pinna_word_maker_poll(&maker, &word));
    assert_close(word.start, 0, 0);
    assert_close(word.end, 2.2 - PINNA_RECOGNISER_LEAD_S, 1e-9);
    assert_int_equal(word.utterance, 0);
    assert_true(pinna_word_maker_poll(&maker, &word));
    assert_close(word.start, 2.2 - PINNA_RECOGNISER_LEAD_S, 1e-9);
    assert_close(word.end, 2.1, 0);
    pinna_word_maker_free(&maker);
}

/* Words at the very edges last a frame, one after the other. */
static void test_no_word_without_duration(void **state)
{
    (void)state;
    pinna_word_maker maker;
    pinna_word word;
    const pinna_moment early = {.sound.end = 0}, late = {.sound.end = 9};
    const pinna_ctc_token first = {.token = A, .n_frames = 1},
                          last = {.token = A, .first_frame = 30, .n_frames = 1};

    open(&words, &maker);
    maker.frame_s = 0.01;
    maker.heard_s = 1;
    pinna_word_maker_take(&maker, &first, 0, &early);
    pinna_word_maker_take(&maker, &first, 0, &early);
    pinna_word_maker_take(&maker, &last, 3, &late);
    for (size_t i = 0; i < 2; i++) {
        assert_true(pinna_word_maker_poll(&maker, &word));
        assert_close(word.start, 0.01 * (double)i, 1e-9);
        assert_close(word.end, 0.01 * (double)(i + 1), 1e-9);
    }
    assert_true(pinna_word_maker_poll(&maker, &word));
    assert_close(word.start, 0.99, 1e-9);
    assert_close(word.end, 1, 0);
    /* There is no room for a frame. */
    maker.heard_s = 0.005;
    pinna_word_maker_take(&maker, &last, 3, &late);
    assert_true(pinna_word_maker_poll(&maker, &word));
    assert_close(word.start, 0, 0);
    assert_close(word.end, 0.005, 0);
    pinna_word_maker_free(&maker);
}

/* A mark begins a word; alone it is none. */
static void test_joins_pieces(void **state)
{
    (void)state;
    static char mark[] = PINNA_WORD_MARK, go[] = PINNA_WORD_MARK "go",
                ing[] = "ing";
    static char *pieces[] = {blank, mark, go, ing};
    static const pinna_model writes_pieces = {
        .tokens = pieces, .n_tokens = 4, .subword_tokens = true};
    pinna_word_maker maker;
    pinna_word word;

    open(&writes_pieces, &maker);
    take(&maker, 2, 10, 0.9, 0.5f);
    take(&maker, 3, 12, 1.0, 1);
    assert_false(pinna_word_maker_poll(&maker, &word));
    take(&maker, 2, 14, 1.3, 0.25f);
    assert_word(&maker, "going", 0.9, 1.3, 0.75);
    take(&maker, 1, 17, 1.6, 0.75f);
    assert_word(&maker, "go", 1.3, 1.5, 0.25);
    take(&maker, 3, 18, 1.7, 0.25f);
    take(&maker, 1, 20, 1.9, 1);
    assert_word(&maker, "ing", 1.6, 1.9, 0.5);
    take(&maker, 1, 22, 1.9, 1);
    pinna_word_maker_finish(&maker);
    assert_false(pinna_word_maker_poll(&maker, &word));
    assert_int_equal(maker.n_given, 3);
    pinna_word_maker_free(&maker);
}

static void test_graph_names_the_word(void **state)
{
    (void)state;
    pinna_word_maker maker;
    pinna_token_graph graph = {0};
    uint32_t number;

    assert_int_equal(pinna_word_table_add(&graph.words, "Alpha", &number),
                     PINNA_OK);
    open(&words, &maker);
    maker.graph = &graph;
    pinna_word_maker_end_word(&maker, number, false); /* of nothing */
    take(&maker, A, 10, 0.9, 1);
    take(&maker, BC, 11, 1.0, 0);
    pinna_word_maker_end_word(&maker, number, false);
    assert_word(&maker, "Alpha", 0.9, 1.2, 0.5);
    assert_int_equal(maker.n_given, 1);
    pinna_word_table_free(&graph.words);
    pinna_word_maker_free(&maker);
}

static void test_drops_the_oldest(void **state)
{
    (void)state;
    pinna_word_maker maker;
    pinna_word word;
    size_t n = 0;

    open(&words, &maker);
    for (size_t i = 0; i < PINNA_RECOGNISER_QUEUE + 10; i++)
        take(&maker, A, i, step_s * (double)i, 1);
    maker.heard_s = 0; /* what was given out stays as it is */
    for (; pinna_word_maker_poll(&maker, &word); n++)
        if (n == 0)
            assert_close(word.start, 10 * step_s - PINNA_RECOGNISER_LEAD_S,
                         1e-9);
    assert_int_equal(n, PINNA_RECOGNISER_QUEUE);
    assert_int_equal(maker.n_given, PINNA_RECOGNISER_QUEUE + 10);

    take(&maker, A, 0, 0, 1);
    pinna_word_maker_reset(&maker);
    assert_false(pinna_word_maker_poll(&maker, &word));
    assert_int_equal(maker.n_given, 0);
    pinna_word_maker_free(&maker);
}

static void test_long_words_lose_their_end(void **state)
{
    (void)state;
    pinna_word_maker maker;
    pinna_word word;

    open(&characters, &maker);
    for (size_t i = 0; i < PINNA_WORD_MAX; i++)
        take(&maker, i % 2 == 0 ? BC : A, i, 0, 1);
    pinna_word_maker_finish(&maker);
    assert_true(pinna_word_maker_poll(&maker, &word));
    assert_int_equal(strlen(word.text), PINNA_WORD_MAX - 1);
    pinna_word_maker_free(&maker);
}

static void test_appends_what_fits(void **state)
{
    (void)state;
    char text[6] = "";

    pinna_append_text(text, sizeof text, "");
    assert_string_equal(text, "");
    pinna_append_text(text, sizeof text, "abc");
    assert_string_equal(text, "abc");
    pinna_append_text(text, sizeof text, "de");
    assert_string_equal(text, "abcde");
    pinna_append_text(text, sizeof text, "f");
    assert_string_equal(text, "abcde");
}

static pinna_status make(void)
{
    pinna_word_maker maker;
    const pinna_status status = pinna_word_maker_new(&words, step_s, &maker);
    pinna_word_maker_free(&maker);
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
        cmocka_unit_test(test_joins_characters),
        cmocka_unit_test(test_takes_words_as_they_are),
        cmocka_unit_test(test_keeps_within_the_sound),
        cmocka_unit_test(test_no_word_without_duration),
        cmocka_unit_test(test_joins_pieces),
        cmocka_unit_test(test_graph_names_the_word),
        cmocka_unit_test(test_drops_the_oldest),
        cmocka_unit_test(test_long_words_lose_their_end),
        cmocka_unit_test(test_appends_what_fits),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("word_maker", tests, NULL, NULL);
}
