/* A recording at once against the stream, and words from both directions. */
#include "support.h"

#include "datasets/audio_mono.h"
#include "rnn/linalg.h"
#include "rnn/network_train.h"
#include "small_models.h"
#include "tools/ctc_whole.h"

#include <stdlib.h>
#include <string.h>

enum { RATE = 16000, N = 40000 };

static const char *sound(void)
{
    static float samples[N];
    static char path[256];
    support_signal(samples, N, RATE);
    snprintf(path, sizeof path, "%s", support_temp("whole.wav"));
    assert_int_equal(pinna_audio_save_mono(path, RATE, samples, N, NULL),
                     PINNA_OK);
    return path;
}

/* The stream and the whole hear the same words, as surely. */
static void check_equals_stream(bool words)
{
    pinna_model *model = new_ctc_model();
    const pinna_sound_part part = {sound(), 0, 0};
    pinna_transcript stream, whole;

    model->word_tokens = words;
    make_streamable(model);
    assert_int_equal(
        pinna_transcribe_part(model, &part, "test", NULL, 1, &stream, NULL),
        PINNA_OK);
    assert_int_equal(pinna_ctc_whole_transcribe(model, &part, &whole, NULL),
                     PINNA_OK);
    assert_true(stream.n_words > 0);
    assert_int_equal(whole.n_words, stream.n_words);
    assert_close(whole.duration_s, (double)N / RATE, 1e-9);
    for (size_t i = 0; i < whole.n_words; i++) {
        const pinna_word *word = &whole.words[i];
        assert_string_equal(word->text, stream.words[i].text);
        assert_close(word->confidence, stream.words[i].confidence, 1e-4);
        assert_true(word->start >= 0 && word->end <= whole.duration_s);
        assert_true(word->start <= word->end);
        assert_true(i == 0 || whole.words[i - 1].start <= word->start);
    }
    pinna_transcript_free(&stream);
    pinna_transcript_free(&whole);
    pinna_model_free(model);
}

static void test_equals_the_stream(void **state)
{
    (void)state;
    check_equals_stream(true);
    check_equals_stream(false);
}

/* A recording ends in the middle, or later: both directions notice. */
static void test_both_directions_reach_the_logits(void **state)
{
    (void)state;
    static float samples[N];
    pinna_model *model = new_bidirectional_model();
    const size_t row = model->n_tokens;
    float *all, *half;
    size_t n_all, n_half;

    support_signal(samples, N, RATE);
    assert_int_equal(pinna_ctc_whole_logits(model, samples, N, &all, &n_all),
                     PINNA_OK);
    assert_int_equal(
        pinna_ctc_whole_logits(model, samples, N / 2, &half, &n_half),
        PINNA_OK);
    /* 30 ms a step, 0.6 s of silence around. */
    assert_in_range(n_all, 102, 104);
    assert_in_range(n_half, 60, 62);
    assert_memory_not_equal(all, half, row * sizeof *all);
    free(all);
    free(half);

    const pinna_sound_part part = {sound(), 0, 0};
    pinna_transcript transcript;
    assert_int_equal(
        pinna_transcribe_part(model, &part, "test", NULL, 1, &transcript, NULL),
        PINNA_OK);
    assert_close(transcript.duration_s, (double)N / RATE, 1e-9);
    pinna_transcript_free(&transcript);
    pinna_model_free(model);
}

static void test_nothing_is_silence(void **state)
{
    (void)state;
    pinna_model *model = new_ctc_model();
    const float none = 0;
    float *logits;
    size_t n;

    assert_int_equal(pinna_ctc_whole_logits(model, &none, 0, &logits, &n),
                     PINNA_OK);
    assert_in_range(n, 18, 20);
    free(logits);
    pinna_model_free(model);
}

static void test_a_missing_file_is_named(void **state)
{
    (void)state;
    pinna_model *model = new_bidirectional_model();
    const pinna_sound_part part = {"nowhere.wav", 0, 0};
    pinna_transcript transcript;
    pinna_error error = {""};

    assert_int_equal(pinna_transcribe_part(model, &part, "test", NULL, 1,
                                           &transcript, &error),
                     PINNA_NOT_FOUND);
    assert_non_null(strstr(error.text, "nowhere.wav"));
    pinna_transcript_free(&transcript);
    pinna_model_free(model);
}

static pinna_status make(void)
{
    static pinna_model *model;
    static float samples[4000];
    float *logits;
    size_t n;

    if (!model)
        model = new_bidirectional_model();
    const pinna_status status =
        pinna_ctc_whole_logits(model, samples, 4000, &logits, &n);
    assert_true(status == PINNA_OK || !logits);
    free(logits);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    assert_int_equal(make(), PINNA_OK);
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_the_stream),
        cmocka_unit_test(test_both_directions_reach_the_logits),
        cmocka_unit_test(test_nothing_is_silence),
        cmocka_unit_test(test_a_missing_file_is_named),
        cmocka_unit_test(test_survives_no_memory),
    };
    pinna_linalg_init();
    return cmocka_run_group_tests_name("ctc_whole", tests, NULL, NULL);
}
