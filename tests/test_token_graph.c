#include "support.h"

#include <stdio.h>
#include <string.h>

#include "rnn/token_graph.h"

static char *letters[] = {"<blank>", " ", "a", "b", "é", "<noise>"};
static char *phones[] = {"<blank>", "t", "u"};
static const pinna_model writes_letters = {.tokens = letters, .n_tokens = 6};
static const pinna_model writes_phones = {
    .tokens = phones, .n_tokens = 3, .word_tokens = true};

/* The state that a token without a word leads to, or NO_WORD. */
static uint32_t step(const pinna_token_graph *graph, uint32_t state, int token)
{
    for (uint32_t a = graph->first[state]; a < graph->first[state + 1]; a++)
        if (graph->arcs[a].token == token &&
            graph->arcs[a].word == PINNA_NO_WORD)
            return graph->arcs[a].to;
    return PINNA_NO_WORD;
}

static void assert_ends(const pinna_token_graph *graph, uint32_t state,
                        int token, const char *word, uint32_t to)
{
    for (uint32_t a = graph->first[state]; a < graph->first[state + 1]; a++)
        if (graph->arcs[a].token == token &&
            graph->arcs[a].word != PINNA_NO_WORD &&
            strcmp(pinna_word_table_text(&graph->words, graph->arcs[a].word),
                   word) == 0) {
            if (to != PINNA_NO_WORD)
                assert_int_equal(graph->arcs[a].to, to);
            return;
        }
    fail_msg("no %s with token %d", word, token);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static pinna_status read_words(const pinna_model *model, const char *text,
                               pinna_token_graph **graph, pinna_error *error)
{
    const char *path = support_temp("words.txt");
    write_file(path, text);
    assert_int_equal(pinna_token_graph_new(model, graph), PINNA_OK);
    return pinna_token_graph_read_words(path, *graph, error);
}

static void test_words_share_beginnings(void **state)
{
    (void)state;
    pinna_token_graph *graph;

    assert_int_equal(read_words(&writes_letters, "# comment\nab\r\n\n aé \nab",
                                &graph, NULL),
                     PINNA_OK);
    assert_int_equal(pinna_token_graph_finish(graph), PINNA_OK);
    assert_int_equal(graph->n_states, 4); /* "", a, ab, aé */
    const uint32_t ab = step(graph, step(graph, 0, 2), 3);
    assert_ends(graph, ab, 1, "ab", 0);
    assert_ends(graph, ab, PINNA_GRAPH_END, "ab", 0);
    assert_ends(graph, step(graph, step(graph, 0, 2), 4), 1, "aé", 0);
    /* Between words: more spaces, noises, the end. */
    assert_int_equal(step(graph, 0, 1), 0);
    assert_int_equal(step(graph, 0, 5), 0);
    assert_int_equal(step(graph, 0, PINNA_GRAPH_END), 0);
    assert_int_equal(step(graph, ab, PINNA_GRAPH_END), PINNA_NO_WORD);
    pinna_token_graph_free(graph);
}

static void test_spellings(void **state)
{
    (void)state;
    pinna_token_graph *graph;

    assert_int_equal(
        read_words(&writes_phones, "two t u\ntoo\tt  u\nt\n", &graph, NULL),
        PINNA_OK);
    assert_int_equal(pinna_token_graph_finish(graph), PINNA_OK);
    const uint32_t t = step(graph, 0, 1);
    assert_ends(graph, t, 2, "two", 0);
    assert_ends(graph, t, 2, "too", 0);
    assert_ends(graph, 0, 1, "t", 0);
    pinna_token_graph_free(graph);
}

/* As datasets/labels.h spells them: the longest piece that fits, the mark
 * before the first. */
static void test_pieces(void **state)
{
    (void)state;
    static char *pieces[] = {"<blank>", PINNA_WORD_MARK,      "o",
                             "n",       PINNA_WORD_MARK "on", "non",
                             "no"};
    static const pinna_model writes_pieces = {
        .tokens = pieces, .n_tokens = 7, .subword_tokens = true};
    pinna_token_graph *graph;
    pinna_error error;

    assert_int_equal(
        read_words(&writes_pieces, "on\nono\nnono\nnon\n", &graph, NULL),
        PINNA_OK);
    assert_int_equal(pinna_token_graph_finish(graph), PINNA_OK);
    assert_ends(graph, 0, 4, "on", 0);
    assert_ends(graph, step(graph, 0, 4), 2, "ono", 0);
    const uint32_t marked = step(graph, 0, 1);
    assert_ends(graph, marked, 5, "non", 0);
    assert_ends(graph, step(graph, marked, 5), 2, "nono", 0);
    assert_int_equal(graph->n_states, 4);
    pinna_token_graph_free(graph);

    assert_int_equal(read_words(&writes_pieces, "on\noh\n", &graph, &error),
                     PINNA_NOT_FOUND);
    assert_non_null(
        strstr(error.text, ":2: the model has no tokens for \"oh\""));
    pinna_token_graph_free(graph);
}

static void test_byte_order_mark(void **state)
{
    (void)state;
    static const char *const texts[] = {"\xEF\xBB\xBF"
                                        "ab\n",
                                        "\xEF\xBB\xBF#JSGF;public <x>=ab;"};
    const char *path = support_temp("phrases.txt");
    pinna_token_graph *graph;

    for (size_t i = 0; i < 2; i++) {
        write_file(path, texts[i]);
        assert_int_equal(pinna_token_graph_new(&writes_letters, &graph),
                         PINNA_OK);
        assert_int_equal(pinna_token_graph_read_phrases(path, graph, NULL),
                         PINNA_OK);
        assert_int_equal(graph->words.n_words, 1);
        pinna_token_graph_free(graph);
    }
}

static void test_phrases(void **state)
{
    (void)state;
    const char *path = support_temp("phrases.txt");
    pinna_token_graph *graph;

    write_file(path, "a b\na a\n");
    assert_int_equal(pinna_token_graph_new(&writes_letters, &graph), PINNA_OK);
    assert_int_equal(pinna_token_graph_read_phrases(path, graph, NULL),
                     PINNA_OK);
    assert_int_equal(pinna_token_graph_finish(graph), PINNA_OK);
    /* "", "a", "a ", "a b", "a a"; the stream cannot end after the first. */
    assert_int_equal(graph->n_states, 5);
    const uint32_t a = step(graph, 0, 2);
    assert_int_equal(graph->first[a + 1] - graph->first[a], 1);
    const uint32_t between = graph->arcs[graph->first[a]].to;
    assert_ends(graph, a, 1, "a", between);
    assert_ends(graph, step(graph, between, 3), 1, "b", 0);
    assert_ends(graph, step(graph, between, 2), PINNA_GRAPH_END, "a", 0);
    pinna_token_graph_free(graph);
}

/* Where a phrase ends another may go on, and nothing begins in its middle. */
static void test_a_phrase_that_begins_another(void **state)
{
    (void)state;
    static const char *const orders[] = {"a\na b\n", "a b\na\n"};
    const char *path = support_temp("phrases.txt");

    for (size_t i = 0; i < 2; i++) {
        pinna_token_graph *graph;
        write_file(path, orders[i]);
        assert_int_equal(pinna_token_graph_new(&writes_letters, &graph),
                         PINNA_OK);
        assert_int_equal(pinna_token_graph_read_phrases(path, graph, NULL),
                         PINNA_OK);
        assert_int_equal(pinna_token_graph_finish(graph), PINNA_OK);

        const uint32_t a = step(graph, 0, 2);
        bool closes = false, goes_on = false;
        for (uint32_t k = graph->first[a]; k < graph->first[a + 1]; k++) {
            const uint32_t to = graph->arcs[k].to;
            if (graph->arcs[k].token != 1)
                continue;
            closes = closes || to == 0;
            if (to != 0) {
                goes_on = true;
                assert_ends(graph, step(graph, to, 3), 1, "b", 0);
            }
        }
        assert_true(closes && goes_on);
        assert_ends(graph, a, PINNA_GRAPH_END, "a", 0);
        assert_int_equal(step(graph, 0, 3), PINNA_NO_WORD); /* "b" alone */
        pinna_token_graph_free(graph);
    }
}

static void test_bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
        pinna_status status;
    } cases[] = {
        {"ab\nac\n", "words.txt:2: the model has no tokens for \"ac\"",
         PINNA_NOT_FOUND},
        {"ab a x\n", "words.txt:1: the model has no tokens for \"ab a x\"",
         PINNA_NOT_FOUND},
        {"# nothing\n", "words.txt: no words", PINNA_BAD_FORMAT},
        {"", "words.txt: no words", PINNA_BAD_FORMAT},
        {"\xC3", "words.txt:1: the model has no tokens", PINNA_NOT_FOUND},
    };
    pinna_token_graph *graph;
    pinna_error error;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(
            read_words(&writes_letters, cases[i].text, &graph, &error),
            cases[i].status);
        if (!strstr(error.text, cases[i].message))
            fail_msg("\"%s\" instead of \"%s\"", error.text, cases[i].message);
        pinna_token_graph_free(graph);
    }
    assert_int_equal(pinna_token_graph_new(&writes_letters, &graph), PINNA_OK);
    assert_int_equal(
        pinna_token_graph_read_words(support_temp("none.txt"), graph, &error),
        PINNA_NOT_FOUND);
    pinna_token_graph_free(graph);
}

static pinna_status make(void)
{
    pinna_token_graph *graph;
    char none[] = "";

    pinna_status status = pinna_token_graph_new(&writes_letters, &graph);
    if (!status)
        status = pinna_token_graph_add_word(graph, "ab", none);
    if (!status)
        status = pinna_token_graph_finish(graph);
    pinna_token_graph_free(graph);
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
        cmocka_unit_test(test_words_share_beginnings),
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_byte_order_mark),
        cmocka_unit_test(test_phrases),
        cmocka_unit_test(test_a_phrase_that_begins_another),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("token_graph", tests, NULL, NULL);
}
