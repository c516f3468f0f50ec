/* The formats of a transcript, from words made here. */
#include "tools/transcript.h"

#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pinna_word words[] = {
    {"one", 0.25, 0.5, 0.75f, 0},
    {"two", 0.625, 1.0, 1.0f, 0},
    {"three", 3661.5, 3662.25, 0.5f, 1},
};
static const pinna_transcript transcript = {
    .words = words, .n_words = 3, .duration_s = 4000, .work_s = 40};
static const pinna_transcript nothing = {.duration_s = 2, .work_s = 1};

static char text[4096];

static const char *end(FILE *file)
{
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void as_text(void **state)
{
    FILE *file = tmpfile();

    (void)state;
    pinna_transcript_write_text(&transcript, file);
    assert_string_equal(end(file), "one two three");
    char *joined = pinna_transcript_text(&transcript);
    assert_string_equal(joined, "one two three");
    free(joined);
    joined = pinna_transcript_text(&nothing);
    assert_string_equal(joined, "");
    free(joined);
}

static void as_ctm(void **state)
{
    FILE *file = tmpfile();

    (void)state;
    pinna_transcript_write_ctm(&transcript, "x/my talk.wav", file);
    assert_string_equal(end(file), "my_talk 1 0.250 0.250 one 0.750\n"
                                   "my_talk 1 0.625 0.375 two 1.000\n"
                                   "my_talk 1 3661.500 0.750 three 0.500\n");
}

static void as_srt(void **state)
{
    FILE *file = tmpfile();

    (void)state;
    pinna_transcript_write_srt(&transcript, file);
    assert_string_equal(end(file), "1\n00:00:00,250 --> 00:00:01,000\n"
                                   "one two\n\n"
                                   "2\n01:01:01,500 --> 01:01:02,250\n"
                                   "three\n\n");
    file = tmpfile();
    pinna_transcript_write_srt(&nothing, file);
    assert_string_equal(end(file), "");
}

/* Without pauses a caption ends after seven words or five seconds. */
static void srt_breaks_long_captions(void **state)
{
    pinna_word many[16];
    const pinna_transcript fluent = {
        .words = many, .n_words = 16, .duration_s = 20, .work_s = 1};
    FILE *file = tmpfile();

    (void)state;
    for (size_t i = 0; i < 16; i++) {
        const double length = i < 8 ? 0.25 : 1.0;
        many[i] = (pinna_word){"w", (double)i * length,
                               (double)(i + 1) * length, 1, i < 8 ? 0 : 1};
    }
    pinna_transcript_write_srt(&fluent, file);
    size_t n_captions = 0;
    for (const char *at = end(file); (at = strstr(at, "-->")); at++)
        n_captions++;
    assert_int_equal(n_captions, 4); /* 7; 1 and a pause; 5; 3 */
}

static void as_json(void **state)
{
    pinna_json json = {.file = tmpfile()};

    (void)state;
    pinna_transcript_write_json(&nothing, "a.wav", &json);
    assert_string_equal(end(json.file),
                        "{\"file\": \"a.wav\", \"text\": \"\", \"duration\": "
                        "2.000, \"speed\": 2.0, \"words\": []}\n");
    json = (pinna_json){.file = tmpfile()};
    pinna_transcript_write_json(&transcript, "a.wav", &json);
    assert_non_null(strstr(end(json.file),
                           "{\"word\": \"two\", \"start\": 0.625, \"end\": "
                           "1.000, \"confidence\": 1.000, \"utterance\": "
                           "0}"));
}

static void unsure_words_are_dropped_in_order(void **state)
{
    pinna_word some[] = {{"one", 0, 1, 0.5f, 0},
                         {"two", 1, 2, 0.7f, 0},
                         {"three", 2, 3, 0.1f, 0},
                         {"four", 3, 4, 1, 0}};
    pinna_transcript heard = {.words = some, .n_words = 4};

    (void)state;
    pinna_transcript_drop_unsure(&heard, 0);
    assert_int_equal(heard.n_words, 4);
    pinna_transcript_drop_unsure(&heard, 0.6);
    assert_int_equal(heard.n_words, 2);
    assert_string_equal(heard.words[0].text, "two");
    assert_string_equal(heard.words[1].text, "four");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsure_words_are_dropped_in_order),
        cmocka_unit_test(as_text),
        cmocka_unit_test(as_ctm),
        cmocka_unit_test(as_srt),
        cmocka_unit_test(srt_breaks_long_captions),
        cmocka_unit_test(as_json),
    };
    return cmocka_run_group_tests_name("transcript", tests, NULL, NULL);
}
