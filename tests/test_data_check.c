#include "tools/data_check.h"

#include "datasets/audio_file.h"
#include "support.h"
#include "tools/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RATE = 16000, N = 4000 };

static void write_tone(const char *name, unsigned rate, double hz)
{
    float samples[N];
    for (size_t i = 0; i < N; i++)
        samples[i] =
            (float)(0.5 * ((double)((size_t)((double)i * hz / rate) % 2)));
    assert_int_equal(
        pinna_audio_save_mono(support_temp(name), rate, samples, N, NULL), 0);
}

static const char *manifest_of(const char *name, const char *text)
{
    const char *path = support_temp(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static pinna_status needs_text(void *user, const pinna_clip *clip,
                               pinna_error *error)
{
    (*(size_t *)user)++;
    return clip->text ? PINNA_OK
                      : pinna_fail(error, PINNA_BAD_FORMAT, "no text");
}

/* The lines on stderr of a check of the two, and its exit code. */
static int check(const char *training, const char *validation, size_t *n_judged,
                 char *lines, size_t size)
{
    const pinna_list lists[] = {{&training, 1}, {&validation, 1}};
    const pinna_data_role roles[] = {
        {"training", RATE, true, false, needs_text, n_judged},
        {"validation", RATE, false, true, NULL, NULL}};
    pinna_data_check *data = pinna_data_check_new("train ctc", true);
    FILE *caught = tmpfile();
    const int saved = dup(STDERR_FILENO);

    assert_true(data && caught && saved >= 0);
    *n_judged = 0;
    fflush(stderr);
    assert_true(dup2(fileno(caught), STDERR_FILENO) >= 0);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pinna_data_check_add(data, &lists[i], &roles[i]),
                         PINNA_OK);
    fflush(stderr);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)close(saved);
    rewind(caught);
    lines[fread(lines, 1, size - 1, caught)] = '\0';
    fclose(caught);
    const int code = pinna_data_check_end(data);
    pinna_data_check_free(data);
    return code;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static void assert_line(const char *lines, const char *want)
{
    if (!strstr(lines, want))
        fail_msg("no \"%s\" in\n%s", want, lines);
}

static void test_every_bad_line_is_named(void **state)
{
    (void)state;
    char lines[8192];
    size_t n_judged;

    write_tone("a.wav", RATE, 300);
    write_tone("b.wav", RATE, 500);
    write_tone("same.wav", RATE, 500);
    write_tone("low.wav", RATE / 2, 500);
    manifest_of("text.wav", "this is no sound");
    const char *training = manifest_of(
        "t.jsonl", "{\"audio_filepath\": \"a.wav\", \"text\": \"a\"}\n"
                   "nonsense\n"
                   "{\"audio_filepath\": \"none.wav\"}\n"
                   "\n"
                   "{\"audio_filepath\": \"text.wav\"}\n"
                   "{\"audio_filepath\": \"a.wav\"}\n"
                   "{\"text\": \"a\"}\n"
                   "{\"audio_filepath\": \"low.wav\"}\n"
                   "{\"audio_filepath\": \"b.wav\", \"text\": \"b\"}\n");
    const char *validation = manifest_of(
        "v.jsonl", "{\"audio_filepath\": \"a.wav\", \"offset\": 0.1}\n"
                   "{\"audio_filepath\": \"same.wav\"}\n");
    assert_int_equal(
        check(training, validation, &n_judged, lines, sizeof lines),
        PINNA_EXIT_INPUT);
    assert_line(lines, "t.jsonl:2: not a JSON object");
    assert_line(lines, "t.jsonl:3: no such file: ");
    assert_line(lines, "t.jsonl:5: ");
    assert_line(lines, "a.wav: no text\n");
    assert_line(lines, "t.jsonl:6: ");
    assert_line(lines, "t.jsonl:7: no audio_filepath\n");
    assert_line(lines, "low.wav: its sample rate is 8000 Hz, below 16000 Hz\n");
    assert_line(lines, "v.jsonl:2: ");
    assert_line(lines, "t.jsonl:9\n");
    assert_int_equal(count_lines(lines), 7);
    assert_int_equal(n_judged, 3);
}

static void test_good_data_say_nothing(void **state)
{
    (void)state;
    char lines[1024], text[40000] = "";
    size_t n_judged;

    write_tone("a.wav", RATE, 300);
    write_tone("b.wav", RATE, 500);
    for (size_t i = 0; i < 400; i++) /* more than are first made room for */
        strcat(text, "{\"audio_filepath\": \"a.wav\", \"text\": \"a\"}\n");
    assert_int_equal(
        check(manifest_of("good.jsonl", text),
              manifest_of("val.jsonl", "{\"audio_filepath\": \"b.wav\"}\n"),
              &n_judged, lines, sizeof lines),
        PINNA_EXIT_DONE);
    assert_string_equal(lines, "");
    assert_int_equal(n_judged, 400);
}

static void test_manifests_that_are_none(void **state)
{
    (void)state;
    char lines[1024];
    size_t n_judged;

    assert_int_equal(check(support_temp("missing.jsonl"),
                           manifest_of("empty.jsonl", "\n\n"), &n_judged, lines,
                           sizeof lines),
                     PINNA_EXIT_INPUT);
    assert_line(lines, "no such file: ");
    assert_line(lines, "empty.jsonl: no entries\n");
    assert_int_equal(count_lines(lines), 2);
    pinna_data_check_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_bad_line_is_named),
        cmocka_unit_test(test_good_data_say_nothing),
        cmocka_unit_test(test_manifests_that_are_none),
    };
    return cmocka_run_group_tests_name("data_check", tests, NULL, NULL);
}
