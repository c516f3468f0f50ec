#include "support.h"

#include "datasets/audio_mono.h"
#include "datasets/corpus.h"
#include "wav_files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE 16000

static const char *put_manifest(const char *name, const char *text)
{
    const char *path = support_temp(name);
    put_file(path, text, strlen(text));
    return path;
}

static void test_loads_clips(void **state)
{
    (void)state;
    put_wav("a.wav", 1, RATE, 4000, 2000);
    put_wav("b.wav", 1, 8000, 4000, 2000);
    const char *path = put_manifest(
        "two.jsonl",
        "{\"audio_filepath\": \"a.wav\", \"text\": \"one\", \"speaker\": "
        "\"x\"}\n"
        "{\"audio_filepath\": \"b.wav\", \"label\": \"rain\", \"offset\": "
        "0.125, \"duration\": 0.0625}\n");

    pinna_corpus corpus = {0};
    pinna_error error = {""};
    assert_int_equal(pinna_corpus_add(&corpus, path, 0, NULL, NULL, &error),
                     PINNA_OK);
    assert_int_equal(corpus.n_clips, 2);
    const pinna_clip *a = &corpus.clips[0], *b = &corpus.clips[1];
    assert_int_equal(a->n, 2000);
    assert_int_equal(a->sample_rate, RATE);
    for (int i = 0; i < 2000; i++)
        assert_int_equal(a->samples[i], 100 + i);
    assert_string_equal(a->text, "one");
    assert_string_equal(a->speaker, "x");
    assert_null(a->label);
    assert_int_equal(b->n, 500);
    assert_int_equal(b->sample_rate, 8000);
    assert_int_equal(b->samples[0], 1100);
    assert_string_equal(b->label, "rain");
    assert_null(b->text);

    float samples[2000];
    pinna_clip_to_float(a, samples);
    for (int i = 0; i < 2000; i++)
        assert_close(samples[i], (100 + i) / 32768.0, 0);

    /* A second manifest joins the first, at a rate of its own. */
    assert_int_equal(pinna_corpus_add(&corpus, path, RATE, NULL, NULL, &error),
                     PINNA_OK);
    assert_int_equal(corpus.n_clips, 4);
    assert_int_equal(corpus.clips[0].samples[5], 105);
    assert_int_equal(corpus.clips[3].sample_rate, RATE);
    assert_int_equal(corpus.clips[3].n, 1000);
    pinna_corpus_free(&corpus);
    assert_null(corpus.clips);
    pinna_corpus_free(&corpus);
    pinna_corpus_free(NULL);
}

/* What goes beyond full scale after averaging or resampling is clipped. */
static void test_clips_loud_samples(void **state)
{
    (void)state;
    float square[2000];
    for (size_t i = 0; i < 2000; i++)
        square[i] = i % 100 < 50 ? 1.0f : -1.0f;
    assert_int_equal(pinna_audio_save_mono(support_temp("loud.wav"), RATE,
                                           square, 2000, NULL),
                     PINNA_OK);
    const char *path =
        put_manifest("loud.jsonl", "{\"audio_filepath\": \"loud.wav\"}\n");
    pinna_corpus corpus = {0};
    assert_int_equal(pinna_corpus_add(&corpus, path, 48000, NULL, NULL, NULL),
                     PINNA_OK);
    const pinna_clip *clip = &corpus.clips[0];
    assert_int_equal(clip->n, 6000);
    /* A wrapped sample would have the other sign in the middle of a plateau. */
    for (size_t i = 300; i < 5700; i++)
        if (i % 300 > 20 && i % 300 < 130)
            assert_true(clip->samples[i] > 20000);
    pinna_corpus_free(&corpus);
}

static void check_fails(const char *text, pinna_status want,
                        const char *message, size_t n_kept)
{
    const char *path = put_manifest("bad.jsonl", text);
    char expected[1000];
    snprintf(expected, sizeof expected, "%s:%s", path, message);

    pinna_corpus corpus = {0};
    pinna_error error = {""};
    assert_int_equal(pinna_corpus_add(&corpus, path, 0, NULL, NULL, &error),
                     want);
    assert_string_equal(error.text, expected);
    assert_int_equal(corpus.n_clips, n_kept);
    pinna_corpus_free(&corpus);
    assert_int_equal(pinna_corpus_add(&corpus, path, 0, NULL, NULL, NULL),
                     want);
    pinna_corpus_free(&corpus);
}

static void test_names_the_bad_line(void **state)
{
    (void)state;
    char message[600];
    put_wav("a.wav", 1, RATE, 4000, 2000);

    snprintf(message, sizeof message, "2: no such file: %s",
             support_temp("none.wav"));
    check_fails("{\"audio_filepath\": \"a.wav\"}\n"
                "{\"audio_filepath\": \"none.wav\"}\n",
                PINNA_NOT_FOUND, message, 1);

    put_file(support_temp("empty.wav"), "", 0);
    snprintf(message, sizeof message, "1: %s: empty file",
             support_temp("empty.wav"));
    check_fails("{\"audio_filepath\": \"empty.wav\"}\n", PINNA_BAD_FORMAT,
                message, 0);

    check_fails("{\"clean_filepath\": \"a.wav\", \"noisy_filepath\": "
                "\"a.wav\"}\n",
                PINNA_UNSUPPORTED, "1: a pair where one recording is needed",
                0);
    check_fails("{\"audio_filepath\": \"a.wav\"}\n{}\n", PINNA_BAD_FORMAT,
                "2: no audio_filepath", 0);

    pinna_corpus corpus = {0};
    pinna_error error = {""};
    assert_int_equal(
        pinna_corpus_add(&corpus, "/nowhere/x.jsonl", 0, NULL, NULL, &error),
        PINNA_NOT_FOUND);
    assert_string_equal(error.text, "no such file: /nowhere/x.jsonl");
    pinna_corpus_free(&corpus);
}

struct progress {
    size_t n_calls, stop_at, last_done, total;
};

static int count_progress(void *user, size_t done, size_t total)
{
    struct progress *progress = user;
    progress->n_calls++;
    progress->last_done = done;
    progress->total = total;
    return progress->stop_at > 0 && progress->n_calls >= progress->stop_at;
}

static void test_progress_and_interrupt(void **state)
{
    (void)state;
    put_wav("a.wav", 1, RATE, 4000, 2000);
    const char *path =
        put_manifest("three.jsonl", "{\"audio_filepath\": \"a.wav\"}\n"
                                    "{\"audio_filepath\": \"a.wav\"}\n"
                                    "{\"audio_filepath\": \"a.wav\"}\n");
    struct progress progress = {0};
    pinna_corpus corpus = {0};
    assert_int_equal(
        pinna_corpus_add(&corpus, path, 0, count_progress, &progress, NULL),
        PINNA_OK);
    assert_int_equal(progress.last_done, 3);
    assert_int_equal(progress.total, 3);
    pinna_corpus_free(&corpus);

    progress = (struct progress){.stop_at = 2};
    assert_int_equal(
        pinna_corpus_add(&corpus, path, 0, count_progress, &progress, NULL),
        PINNA_INTERRUPTED);
    assert_int_equal(corpus.n_clips, 1);
    pinna_corpus_free(&corpus);
}

static pinna_status add_and_free(void)
{
    pinna_corpus corpus = {0};
    const pinna_status status = pinna_corpus_add(
        &corpus, support_temp("memory.jsonl"), 0, NULL, NULL, NULL);
    pinna_corpus_free(&corpus);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    put_wav("a.wav", 1, RATE, 4000, 2000);
    put_manifest("memory.jsonl",
                 "{\"audio_filepath\": \"a.wav\", \"text\": \"one\", "
                 "\"speaker\": \"x\", \"label\": \"y\"}\n"
                 "{\"audio_filepath\": \"a.wav\"}\n");
    support_survives_no_memory(add_and_free);
}

/* Memory of the dropped clips is freed: the sanitizers watch. */
static void test_keeps_short_clips_in_order(void **state)
{
    static const size_t lengths[] = {800, 16000, 8000, 8001, 1};
    pinna_corpus corpus = {0};

    (void)state;
    corpus.clips = calloc(5, sizeof *corpus.clips);
    corpus.n_clips = 5;
    for (size_t i = 0; i < 5; i++) {
        corpus.clips[i].samples =
            calloc(lengths[i], sizeof *corpus.clips[i].samples);
        corpus.clips[i].n = lengths[i];
        corpus.clips[i].sample_rate = 8000;
    }
    assert_int_equal(pinna_corpus_keep_short(&corpus, 1), 3);
    assert_int_equal(corpus.n_clips, 3);
    assert_int_equal(corpus.clips[0].n, 800);
    assert_int_equal(corpus.clips[1].n, 8000);
    assert_int_equal(corpus.clips[2].n, 1);
    assert_int_equal(pinna_corpus_keep_short(&corpus, 0), 0);
    pinna_corpus_free(&corpus);
}

static bool is_odd(void *user, const pinna_clip *clip)
{
    (*(size_t *)user)++;
    const char last = clip->place[strlen(clip->place) - 1];
    return last % 2 == 1; /* as its digit is, in ASCII */
}

static void test_keeps_what_it_is_told(void **state)
{
    (void)state;
    put_wav("a.wav", 1, RATE, 4000, 2000);
    const char *path =
        put_manifest("odd.jsonl", "{\"audio_filepath\": \"a.wav\"}\n\n"
                                  "{\"audio_filepath\": \"a.wav\"}\n"
                                  "{\"audio_filepath\": \"a.wav\"}\n");
    pinna_corpus corpus = {0};
    size_t n_asked = 0;

    assert_int_equal(pinna_corpus_add(&corpus, path, 0, NULL, NULL, NULL),
                     PINNA_OK);
    assert_int_equal(pinna_corpus_keep(&corpus, is_odd, &n_asked), 2);
    assert_int_equal(n_asked, 3);
    assert_non_null(strstr(corpus.clips[0].place, "odd.jsonl:1"));
    assert_non_null(strstr(corpus.clips[1].place, "odd.jsonl:3"));
    pinna_corpus_free(&corpus);
}

static void test_recordings(void **state)
{
    (void)state;
    const char *path = support_data("speech/digits/test.jsonl");
    if (!path)
        skip();
    pinna_corpus corpus = {0};
    pinna_error error = {""};
    if (pinna_corpus_add(&corpus, path, 0, NULL, NULL, &error))
        fail_msg("%s", error.text);
    assert_int_equal(corpus.n_clips, 100);
    for (size_t i = 0; i < corpus.n_clips; i++) {
        const pinna_clip *clip = &corpus.clips[i];
        assert_int_equal(clip->sample_rate, RATE);
        assert_in_range(clip->n, RATE / 10, 3 * RATE);
        assert_string_equal(clip->speaker, "fsdd-yweweler");
        int peak = 0;
        for (size_t k = 0; k < clip->n; k++)
            peak = abs(clip->samples[k]) > peak ? abs(clip->samples[k]) : peak;
        assert_true(peak > 500);
    }
    pinna_corpus_free(&corpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loads_clips),
        cmocka_unit_test(test_clips_loud_samples),
        cmocka_unit_test(test_names_the_bad_line),
        cmocka_unit_test(test_progress_and_interrupt),
        cmocka_unit_test(test_survives_no_memory),
        cmocka_unit_test(test_keeps_short_clips_in_order),
        cmocka_unit_test(test_keeps_what_it_is_told),
        cmocka_unit_test(test_recordings),
    };
    return cmocka_run_group_tests_name("corpus", tests, NULL, NULL);
}
