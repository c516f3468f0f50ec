#include "support.h"

#include <string.h>

#include "rnn/step_decoder.h"

/* Ten steps of the network are a second. */
static const double step_s = 0.1;

static char blank[] = "<blank>", space[] = " ", a[] = "a", b[] = "b";
static char *tokens[] = {blank, space, a, b};
enum { BLANK, SPACE, A, B, N_TOKENS };

static const pinna_model letters = {.tokens = tokens, .n_tokens = N_TOKENS};
static const pinna_model words = {
    .tokens = tokens, .n_tokens = N_TOKENS, .word_tokens = true};

typedef struct decoding {
    pinna_word_maker words;
    pinna_step_decoder decoder;
    size_t n_steps;
} decoding;

static void begin(const pinna_model *model, decoding *d)
{
    *d = (decoding){0};
    assert_int_equal(pinna_word_maker_new(model, step_s, &d->words), PINNA_OK);
    d->decoder.words = &d->words;
}

static void use_beam(decoding *d, const pinna_beam_guide *guide, size_t n_best)
{
    pinna_ctc_beam_config config = pinna_ctc_beam_config_default();
    config.guide = guide;
    assert_int_equal(pinna_step_decoder_use_beam(&d->decoder, &config, n_best),
                     PINNA_OK);
}

static void reset(decoding *d)
{
    pinna_step_decoder_reset(&d->decoder);
    pinna_word_maker_reset(&d->words);
    d->words.heard_s = 60;
    d->n_steps = 0;
}

static void end(decoding *d)
{
    pinna_step_decoder_free(&d->decoder);
    pinna_word_maker_free(&d->words);
}

/* Where things are at a step: the sound began with it and lasts, and so did an
 * utterance. */
static pinna_moment moment_at(size_t step)
{
    return (pinna_moment){.sound = {.begin = step_s * (double)step, .end = 1e9},
                          .n_utterances = step};
}

static const char spoken[] = "_ ab"; /* of each token */

/* Steps, each more or less sure of one token: "ab_ a", "_" being the blank. */
static void say(decoding *d, const char *text, float sure)
{
    for (; *text; text++, d->n_steps++) {
        const pinna_moment now = moment_at(d->n_steps);
        float logits[N_TOKENS] = {0};
        logits[strchr(spoken, *text) - spoken] = sure;
        pinna_step_decoder_process(&d->decoder, logits, &now);
    }
}

static void finish(decoding *d)
{
    const pinna_moment now = moment_at(d->n_steps);
    pinna_step_decoder_finish(&d->decoder, &now);
}

static void assert_words(decoding *d, const char *const *want, size_t n)
{
    pinna_word word;

    for (size_t i = 0; i < n; i++) {
        assert_true(pinna_word_maker_poll(&d->words, &word));
        assert_string_equal(word.text, want[i]);
    }
    assert_false(pinna_word_maker_poll(&d->words, &word));
}

static void assert_tail(const decoding *d, const char *want)
{
    char text[20];
    pinna_step_decoder_tail(&d->decoder, text, sizeof text);
    assert_string_equal(text, want);
}

/* Either search makes the same words at the same times of steps that are sure
 * of their token. */
static void test_searches_agree(void **state)
{
    (void)state;
    static const pinna_model *const models[] = {&letters, &words};
    decoding greedy, beam;
    pinna_word x, y;

    for (size_t m = 0; m < 2; m++) {
        size_t n = 0;
        begin(models[m], &greedy);
        begin(models[m], &beam);
        use_beam(&beam, NULL, 0);
        for (size_t round = 0; round < 2; round++) {
            reset(&greedy);
            reset(&beam);
            say(&greedy, "_aab_b  _ab__ _b_", 12);
            say(&beam, "_aab_b  _ab__ _b_", 12);
            finish(&greedy);
            finish(&beam);
            for (; pinna_word_maker_poll(&greedy.words, &x); n++) {
                assert_true(pinna_word_maker_poll(&beam.words, &y));
                assert_string_equal(x.text, y.text);
                assert_close(x.start, y.start, 1e-9);
                assert_close(x.end, y.end, 1e-9);
                assert_close((double)x.confidence, (double)y.confidence, 1e-3);
                assert_int_equal(x.utterance, y.utterance);
            }
            assert_false(pinna_word_maker_poll(&beam.words, &y));
        }
        assert_int_equal(n, models[m] == &letters ? 2 * 3 : 2 * 6);
        end(&greedy);
        end(&beam);
    }
}

/* Pieces are joined unless one begins a word. */
static void test_tail_of_pieces(void **state)
{
    (void)state;
    static char mark[] = PINNA_WORD_MARK, marked[] = PINNA_WORD_MARK "a";
    static char *pieces[] = {blank, mark, marked, b};
    static const pinna_model writes_pieces = {
        .tokens = pieces, .n_tokens = 4, .subword_tokens = true};
    static const char *const want[] = {"ab", "a", "b"};
    decoding d;

    begin(&writes_pieces, &d);
    use_beam(&d, NULL, 0);
    reset(&d);
    say(&d, "ab", 12);
    assert_tail(&d, "ab");
    say(&d, "a", 12);
    assert_tail(&d, "ab a");
    say(&d, "_ ", 12); /* the mark alone */
    assert_tail(&d, "ab a");
    say(&d, "b", 12);
    assert_tail(&d, "ab a b");
    finish(&d);
    assert_words(&d, want, 3);
    end(&d);
}

/* The tail goes on where the letters that were given out end. */
static void test_tail_of_letters(void **state)
{
    (void)state;
    static const char *const want[] = {"ab", "ba"};
    decoding d;

    begin(&letters, &d);
    use_beam(&d, NULL, 0);
    reset(&d);
    assert_tail(&d, "");
    say(&d, "ab", 12);
    assert_tail(&d, "ab");
    say(&d, "_ _b", 12);
    assert_tail(&d, "ab b");
    reset(&d);
    say(&d, "ab", 40); /* nothing else is within the beam: "a" is given out */
    assert_true(d.words.has_open);
    assert_tail(&d, "ab");
    say(&d, "_ _b", 40);
    assert_words(&d, want, 1);
    assert_tail(&d, "b");
    say(&d, "_a", 40);
    assert_tail(&d, "ba");
    finish(&d);
    assert_words(&d, want + 1, 1);
    end(&d);
}

/* Without a beam it is the word under way. */
static void test_tail_of_the_best_path(void **state)
{
    (void)state;
    decoding d;

    begin(&letters, &d);
    reset(&d);
    say(&d, "ab_", 12);
    assert_tail(&d, "ab");
    char two[2];
    pinna_step_decoder_tail(&d.decoder, two, sizeof two);
    assert_string_equal(two, "a");
    end(&d);
}

static void test_alternatives_differ(void **state)
{
    (void)state;
    decoding d;

    begin(&words, &d);
    use_beam(&d, NULL, 4);
    reset(&d);
    say(&d, "a_b", 2);
    finish(&d);
    assert_int_equal(d.decoder.n_alternatives, 4);
    for (size_t i = 0; i < 4; i++) {
        const pinna_alternative *at = &d.decoder.alternatives[i];
        assert_int_equal(at->n_words, 0);
        assert_true(i == 0 || at->score <= at[-1].score);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(at->rest, d.decoder.alternatives[k].rest);
    }
    assert_string_equal(d.decoder.alternatives[0].rest, "a b");
    end(&d);
}

/* With a graph the words and the tail are its own. */
static void test_words_of_a_graph(void **state)
{
    (void)state;
    static const char *const want[] = {"Alpha", "Beta"};
    decoding d;
    pinna_token_graph *graph;
    pinna_beam_guide *guide;
    char alpha[] = "a b", beta[] = "b";

    assert_int_equal(pinna_token_graph_new(&letters, &graph), PINNA_OK);
    assert_int_equal(pinna_token_graph_add_word(graph, "Alpha", alpha),
                     PINNA_OK);
    assert_int_equal(pinna_token_graph_add_word(graph, "Beta", beta), PINNA_OK);
    assert_int_equal(pinna_token_graph_finish(graph), PINNA_OK);
    assert_int_equal(pinna_beam_guide_new(&letters, graph, NULL, 0, 0, &guide),
                     PINNA_OK);
    begin(&letters, &d);
    use_beam(&d, guide, 1);
    reset(&d);
    say(&d, "ab _b", 6);
    assert_tail(&d, "Alpha");
    finish(&d);
    assert_string_equal(d.decoder.alternatives[0].rest, "Alpha Beta");
    assert_words(&d, want, 2);
    reset(&d);
    say(&d, "ab", 40); /* the letter given out is no word of the graph */
    assert_true(d.words.has_open);
    assert_tail(&d, "");
    end(&d);
    pinna_beam_guide_free(guide);
    pinna_token_graph_free(graph);
}

static pinna_status make(void)
{
    const pinna_ctc_beam_config config = pinna_ctc_beam_config_default();
    pinna_word_maker maker = {.model = &letters};
    pinna_step_decoder decoder = {.words = &maker};
    const pinna_status status =
        pinna_step_decoder_use_beam(&decoder, &config, 3);
    pinna_step_decoder_free(&decoder);
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
        cmocka_unit_test(test_searches_agree),
        cmocka_unit_test(test_tail_of_pieces),
        cmocka_unit_test(test_tail_of_letters),
        cmocka_unit_test(test_tail_of_the_best_path),
        cmocka_unit_test(test_alternatives_differ),
        cmocka_unit_test(test_words_of_a_graph),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("step_decoder", tests, NULL, NULL);
}
