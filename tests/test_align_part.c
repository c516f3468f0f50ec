#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/align_part.h"

static const char digits[] = "three one four one five nine two six";

/* The words of the text in their order, where the recogniser hears them. */
static void test_words_of_the_text(void **state)
{
    (void)state;
    pinna_model *model;
    pinna_transcript got, heard;
    const pinna_sound_part part = {
        .path = support_fixture("../../datasets/sounds/digits.flac")};
    const pinna_decoding greedy = PINNA_DECODING_DEFAULT;
    pinna_error error = {""};

    assert_int_equal(pinna_model_default_recogniser(&model, &error), PINNA_OK);
    assert_int_equal(pinna_align_part(model, &part, digits, &got, &error),
                     PINNA_OK);
    assert_int_equal(pinna_transcribe_part(model, &greedy, &part, "test", NULL,
                                           1, &heard, &error),
                     PINNA_OK);
    char *text = pinna_transcript_text(&got);
    assert_string_equal(text, digits);
    free(text);
    assert_int_equal(got.n_words, heard.n_words);
    for (size_t i = 0; i < got.n_words; i++) {
        const pinna_word *word = &got.words[i];
        assert_true(word->start < word->end);
        assert_true(i == 0 || word->start >= got.words[i - 1].end);
        assert_close(word->start, heard.words[i].start, 0.021);
        assert_close(word->end, heard.words[i].end, 0.021);
        assert_true(word->confidence > 0.5f);
    }
    assert_close(got.duration_s, heard.duration_s, 1e-3);
    pinna_transcript_free(&got);
    pinna_transcript_free(&heard);

    /* A word that the model does not know, and is not there. */
    assert_int_equal(
        pinna_align_part(model, &part, "three apples", &got, &error), PINNA_OK);
    assert_int_equal(got.n_words, 2);
    assert_string_equal(got.words[1].text, "apples");
    assert_true(got.words[0].confidence > 0.9f);
    assert_true(got.words[1].confidence < 0.1f);
    pinna_transcript_free(&got);
    pinna_model_free(model);
}

/* The digits as pieces that begin words, but for "six". */
static void test_words_of_pieces(void **state)
{
    (void)state;
    pinna_model *model;
    pinna_transcript got, heard;
    const pinna_sound_part part = {
        .path = support_fixture("../../datasets/sounds/digits.flac")};
    const pinna_decoding greedy = PINNA_DECODING_DEFAULT;
    pinna_error error = {""};

    assert_int_equal(pinna_model_default_recogniser(&model, &error), PINNA_OK);
    model->word_tokens = false;
    model->subword_tokens = true;
    for (size_t i = 1; i < model->n_tokens; i++) {
        char *token = model->tokens[i];
        if (token[0] == '<' || strcmp(token, "six") == 0)
            continue;
        model->tokens[i] = malloc(strlen(token) + 4);
        assert_non_null(model->tokens[i]);
        sprintf(model->tokens[i], PINNA_WORD_MARK "%s", token);
        free(token);
    }
    assert_int_equal(pinna_align_part(model, &part,
                                      "three one four one five nine twosix",
                                      &got, &error),
                     PINNA_OK);
    assert_int_equal(pinna_transcribe_part(model, &greedy, &part, "test", NULL,
                                           1, &heard, &error),
                     PINNA_OK);
    assert_int_equal(got.n_words, 7);
    assert_int_equal(heard.n_words, 7);
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(got.words[i].text, heard.words[i].text);
        assert_close(got.words[i].start, heard.words[i].start, 0.021);
        assert_close(got.words[i].end, heard.words[i].end, 0.021);
        assert_close((double)got.words[i].confidence,
                     (double)heard.words[i].confidence, 0.1);
    }
    assert_string_equal(got.words[6].text, "twosix");
    pinna_transcript_free(&got);
    pinna_transcript_free(&heard);
    pinna_model_free(model);
}

static void test_textgrid(void **state)
{
    (void)state;
    pinna_word words[] = {{"a", 0, 0.5, 1, 0, false},
                          {"b\"c", 0.5, 1, 1, 0, false},
                          {"d", 1.25, 2, 1, 0, false}};
    const pinna_transcript transcript = {
        .words = words, .n_words = 3, .duration_s = 3};
    static const char want[] =
        "        intervals: size = 5\n"
        "        intervals [1]:\n            xmin = 0.000\n"
        "            xmax = 0.500\n            text = \"a\"\n"
        "        intervals [2]:\n            xmin = 0.500\n"
        "            xmax = 1.000\n            text = \"b\"\"c\"\n"
        "        intervals [3]:\n            xmin = 1.000\n"
        "            xmax = 1.250\n            text = \"\"\n"
        "        intervals [4]:\n            xmin = 1.250\n"
        "            xmax = 2.000\n            text = \"d\"\n"
        "        intervals [5]:\n            xmin = 2.000\n"
        "            xmax = 3.000\n            text = \"\"\n";
    char text[4000];
    FILE *file = fmemopen(text, sizeof text, "w");

    pinna_transcript_write_textgrid(&transcript, file);
    assert_int_equal(fclose(file), 0);
    assert_non_null(strstr(text, "xmax = 3.000\ntiers? <exists>"));
    assert_non_null(strstr(text, want));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_of_the_text),
        cmocka_unit_test(test_words_of_pieces),
        cmocka_unit_test(test_textgrid),
    };
    return cmocka_run_group_tests_name("align_part", tests, NULL, NULL);
}
