/* The formats of a transcript, from words made here. */
#include "tools/transcript_format.h"

#include "datasets/audio_file.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pinna_word words[] = {
    {"one", 0.25, 0.5, 0.75f, 0, false},
    {"two", 0.625, 1.0, 1.0f, 0, false},
    {"three", 3661.5, 3662.25, 0.5f, 1, false},
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
    pinna_transcript_write(&transcript, PINNA_TRANSCRIPT_SRT, "a.wav", false,
                           file);
    assert_string_equal(end(file), "1\n00:00:00,250 --> 00:00:01,000\n"
                                   "one two\n\n"
                                   "2\n01:01:01,500 --> 01:01:02,250\n"
                                   "three\n\n");
    file = tmpfile();
    pinna_transcript_write(&nothing, PINNA_TRANSCRIPT_SRT, "a.wav", false,
                           file);
    assert_string_equal(end(file), "");
}

static const char *written(const pinna_transcript *from,
                           pinna_transcript_format format, bool named)
{
    FILE *file = tmpfile();
    pinna_transcript_write(from, format, "x/my talk.wav", named, file);
    return end(file);
}

static void as_vtt(void **state)
{
    (void)state;
    assert_string_equal(written(&transcript, PINNA_TRANSCRIPT_VTT, false),
                        "WEBVTT\n\n"
                        "1\n00:00:00.250 --> 00:00:01.000\n"
                        "one two\n\n"
                        "2\n01:01:01.500 --> 01:01:02.250\n"
                        "three\n\n");
    assert_string_equal(written(&nothing, PINNA_TRANSCRIPT_VTT, false),
                        "WEBVTT\n\n");
}

static void as_trn(void **state)
{
    (void)state;
    assert_string_equal(written(&transcript, PINNA_TRANSCRIPT_TRN, false),
                        "one two three (my_talk)\n");
    assert_string_equal(written(&nothing, PINNA_TRANSCRIPT_TRN, true),
                        "(my_talk)\n");
}

static void as_lines(void **state)
{
    (void)state;
    static pinna_hypothesis best[] = {{"one", -0.5}, {"two", -1.25}};
    pinna_transcript beamed = nothing;

    beamed.alternatives = best;
    beamed.n_alternatives = 2;
    assert_string_equal(written(&transcript, PINNA_TRANSCRIPT_TEXT, false),
                        "one two three\n");
    assert_string_equal(written(&transcript, PINNA_TRANSCRIPT_TEXT, true),
                        "x/my talk.wav\tone two three\n");
    assert_string_equal(written(&beamed, PINNA_TRANSCRIPT_TEXT, false),
                        "-0.500\tone\n-1.250\ttwo\n");
    assert_string_equal(
        written(&beamed, PINNA_TRANSCRIPT_TEXT, true),
        "x/my talk.wav\t-0.500\tone\nx/my talk.wav\t-1.250\ttwo\n");
}

/* That of the file which was heard. */
static void ctm_tells_the_channel(void **state)
{
    (void)state;
    pinna_transcript second = transcript;

    second.channel = 2;
    second.n_words = 1;
    assert_string_equal(written(&second, PINNA_TRANSCRIPT_CTM, false),
                        "my_talk 2 0.250 0.250 one 0.750\n");
}

static void names_and_suffixes(void **state)
{
    (void)state;
    for (size_t f = 0; f < PINNA_N_TRANSCRIPT_FORMATS; f++) {
        const char *name = pinna_transcript_formats[f];
        assert_string_equal(pinna_transcript_suffixes[f] + 1,
                            f == PINNA_TRANSCRIPT_TEXT ? "txt" : name);
        for (size_t k = 0; k < f; k++)
            assert_string_not_equal(name, pinna_transcript_formats[k]);
    }
    assert_string_equal(pinna_transcript_formats[PINNA_TRANSCRIPT_VTT], "vtt");
    assert_string_equal(pinna_transcript_formats[PINNA_TRANSCRIPT_TRN], "trn");
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
        many[i] =
            (pinna_word){"w", (double)i * length, (double)(i + 1) * length,
                         1,   i < 8 ? 0 : 1,      false};
    }
    pinna_transcript_write(&fluent, PINNA_TRANSCRIPT_SRT, "a.wav", false, file);
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
    pinna_word some[] = {{"one", 0, 1, 0.5f, 0, false},
                         {"two", 1, 2, 0.7f, 0, false},
                         {"three", 2, 3, 0.1f, 0, false},
                         {"four", 3, 4, 1, 0, false}};
    pinna_transcript heard = {.words = some, .n_words = 4};

    (void)state;
    pinna_transcript_drop_unsure(&heard, 0);
    assert_int_equal(heard.n_words, 4);
    pinna_transcript_drop_unsure(&heard, 0.6);
    assert_int_equal(heard.n_words, 2);
    assert_string_equal(heard.words[0].text, "two");
    assert_string_equal(heard.words[1].text, "four");
}

static void unsure_phrases_are_dropped_whole(void **state)
{
    pinna_word some[] = {
        {"turn", 0, 1, 0.2f, 0, true}, {"on", 1, 2, 0.9f, 0, false},
        {"turn", 2, 3, 0.9f, 0, true}, {"off", 3, 4, 0, 0, false},
        {"go", 4, 5, 0.6f, 0, false},  {"turn", 5, 6, 1, 0, true}};
    pinna_transcript heard = {.words = some, .n_words = 6};

    (void)state;
    pinna_transcript_drop_unsure(&heard, 0); /* but for the phrase cut short */
    assert_int_equal(heard.n_words, 5);
    pinna_transcript_drop_unsure(&heard, 0.5);
    assert_int_equal(heard.n_words, 3);
    assert_string_equal(heard.words[0].text, "turn");
    assert_string_equal(heard.words[1].text, "on");
    assert_string_equal(heard.words[2].text, "go");
    pinna_transcript_drop_unsure(&heard, 0.58);
    assert_int_equal(heard.n_words, 1);
}

/* The sentence beside silence. */
static const char *make_stereo(void)
{
    const char *path = support_temp("stereo.wav");
    float *speech;
    size_t n;
    unsigned rate;
    pinna_audio_writer *writer;

    assert_int_equal(pinna_audio_load_mono(
                         support_fixture("../../datasets/sounds/digits.flac"),
                         0, 0, 0, &speech, &n, &rate, NULL),
                     PINNA_OK);
    float *silence = calloc(n, sizeof *silence);
    const float *channels[] = {silence, speech};
    assert_int_equal(pinna_audio_writer_open(path, rate, 2, 0, &writer, NULL),
                     PINNA_OK);
    assert_int_equal(pinna_audio_writer_write(writer, channels, n, NULL),
                     PINNA_OK);
    assert_int_equal(pinna_audio_writer_commit(writer, NULL), PINNA_OK);
    free(silence);
    free(speech);
    return path;
}

static void a_channel_or_all(void **state)
{
    (void)state;
    const pinna_decoding decoding = PINNA_DECODING_DEFAULT;
    pinna_sound_part part = {.path = make_stereo()};
    pinna_model *model;
    pinna_error error = {""};
    static const size_t n_words[] = {8, 0, 8};

    if (pinna_model_default_recogniser(&model, NULL))
        skip();
    for (part.channel = 0; part.channel < 3; part.channel++) {
        pinna_transcript heard;
        assert_int_equal(pinna_transcribe_part(model, &decoding, &part, "test",
                                               NULL, 1, &heard, &error),
                         PINNA_OK);
        assert_int_equal(heard.n_words, n_words[part.channel]);
        assert_int_equal(heard.channel, part.channel);
        pinna_transcript_free(&heard);
    }
    pinna_transcript heard;
    assert_int_equal(pinna_transcribe_part(model, &decoding, &part, "test",
                                           NULL, 1, &heard, &error),
                     PINNA_BAD_ARG);
    assert_non_null(strstr(error.text, "stereo.wav: has 2 channels, not 3"));
    pinna_transcript_free(&heard);
    pinna_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsure_words_are_dropped_in_order),
        cmocka_unit_test(unsure_phrases_are_dropped_whole),
        cmocka_unit_test(as_text),
        cmocka_unit_test(as_ctm),
        cmocka_unit_test(as_srt),
        cmocka_unit_test(as_vtt),
        cmocka_unit_test(as_trn),
        cmocka_unit_test(as_lines),
        cmocka_unit_test(ctm_tells_the_channel),
        cmocka_unit_test(names_and_suffixes),
        cmocka_unit_test(a_channel_or_all),
        cmocka_unit_test(srt_breaks_long_captions),
        cmocka_unit_test(as_json),
    };
    return cmocka_run_group_tests_name("transcript", tests, NULL, NULL);
}
