#include "support.h"

#include "datasets/manifest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *write_manifest(const char *name, const void *text, size_t n)
{
    const char *path = support_temp(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void assert_place(const pinna_manifest_entry *entry, const char *path,
                         size_t line)
{
    char place[400];
    snprintf(place, sizeof place, "%s:%zu", path, line);
    assert_string_equal(entry->place, place);
}

static void test_reads_every_key(void **state)
{
    (void)state;
    const char text[] =
        "{\"audio_filepath\": \"a/b.wav\", \"duration\": 2.5, \"offset\": 1, "
        "\"text\": \"one two\", \"speaker\": \"s\", \"label\": \"rain\", "
        "\"other\": [1, {\"x\": null}], \"snr_db\": -2.5}\n"
        "\n"
        "  \r\n"
        "{\"audio_filepath\": \"/abs.wav\", \"text\": null, \"speaker\": 367}"
        "\r\n"
        "{\"clean_filepath\": \"c.wav\", \"noisy_filepath\": \"n.wav\", "
        "\"snr_db\": null}";
    const char *path = write_manifest("all.jsonl", text, sizeof text - 1);

    pinna_manifest manifest;
    pinna_error error = {""};
    assert_int_equal(pinna_manifest_read(path, &manifest, &error), PINNA_OK);
    assert_string_equal(manifest.path, path);
    assert_int_equal(manifest.n_entries, 3);

    const pinna_manifest_entry *e = manifest.entries;
    assert_string_equal(e[0].audio_path, support_temp("a/b.wav"));
    assert_close(e[0].duration, 2.5, 0);
    assert_close(e[0].offset, 1, 0);
    assert_string_equal(e[0].text, "one two");
    assert_string_equal(e[0].speaker, "s");
    assert_string_equal(e[0].label, "rain");
    assert_null(e[0].clean_path);
    assert_close(e[0].snr_db, -2.5, 0);
    assert_place(&e[0], path, 1);

    assert_string_equal(e[1].audio_path, "/abs.wav");
    assert_null(e[1].text);
    assert_string_equal(e[1].speaker, "367");
    assert_close(e[1].duration, 0, 0);
    assert_true(isnan(e[1].snr_db));
    assert_place(&e[1], path, 4);

    assert_null(e[2].audio_path);
    assert_string_equal(e[2].clean_path, support_temp("c.wav"));
    assert_string_equal(e[2].noisy_path, support_temp("n.wav"));
    assert_true(isnan(e[2].snr_db));
    assert_place(&e[2], path, 5);
    pinna_manifest_free(&manifest);
    assert_null(manifest.entries);
    pinna_manifest_free(NULL);
}

static void test_byte_order_mark(void **state)
{
    (void)state;
    const char text[] = "\xEF\xBB\xBF{\"audio_filepath\": \"a\"}\n";
    pinna_manifest manifest;
    assert_int_equal(
        pinna_manifest_read(write_manifest("bom.jsonl", text, sizeof text - 1),
                            &manifest, NULL),
        PINNA_OK);
    assert_int_equal(manifest.n_entries, 1);
    pinna_manifest_free(&manifest);
}

static void test_many_lines(void **state)
{
    (void)state;
    const char *path = support_temp("many.jsonl");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fprintf(file, "{\"audio_filepath\": \"%d.wav\"}\n", i);
    fclose(file);

    pinna_manifest manifest;
    assert_int_equal(pinna_manifest_read(path, &manifest, NULL), PINNA_OK);
    assert_int_equal(manifest.n_entries, 1000);
    assert_string_equal(manifest.entries[999].audio_path,
                        support_temp("999.wav"));
    assert_place(&manifest.entries[999], path, 1000);
    pinna_manifest_free(&manifest);
}

/* The message starts with "<path>:<line>: " and goes on with want. */
static void check_bad(const void *text, size_t n, size_t line, const char *want)
{
    const char *path = write_manifest("bad.jsonl", text, n);
    char expected[400];
    if (line > 0)
        snprintf(expected, sizeof expected, "%s:%zu: %s", path, line, want);
    else
        snprintf(expected, sizeof expected, "%s: %s", path, want);

    pinna_manifest manifest;
    pinna_error error = {""};
    assert_int_equal(pinna_manifest_read(path, &manifest, &error),
                     PINNA_BAD_FORMAT);
    if (strncmp(error.text, expected, strlen(expected)) != 0)
        fail_msg("\"%s\" instead of \"%s\"", error.text, expected);
    assert_null(strchr(error.text, '\n'));
    assert_null(manifest.entries);
    assert_int_equal(pinna_manifest_read(path, &manifest, NULL),
                     PINNA_BAD_FORMAT);
}

#define CHECK_BAD(text, line, want) check_bad(text, sizeof text - 1, line, want)

static void test_bad_lines(void **state)
{
    (void)state;
    CHECK_BAD("", 0, "no entries");
    CHECK_BAD("\n \n", 0, "no entries");
    CHECK_BAD("{\"audio_filepath\": \"a\"}\nhello\n", 2, "not a JSON object (");
    CHECK_BAD("[1]\n", 1, "not a JSON object");
    CHECK_BAD("{\"audio_filepath\": \"a\"", 1, "not a JSON object (");
    CHECK_BAD("{\"audio_filepath\": \"a\"} {}\n", 1, "not a JSON object (");
    CHECK_BAD("{}\n", 1, "no audio_filepath");
    CHECK_BAD("{\"audio_filepath\": null}\n", 1, "no audio_filepath");
    CHECK_BAD("{\"clean_filepath\": \"a\"}\n", 1, "no audio_filepath");
    CHECK_BAD("{\"audio_filepath\": 7}\n", 1, "bad value of audio_filepath");
    CHECK_BAD("{\"audio_filepath\": \"\"}\n", 1, "bad value of audio_filepath");
    CHECK_BAD("{\"audio_filepath\": \"a\", \"text\": []}\n", 1,
              "bad value of text");
    CHECK_BAD("{\"audio_filepath\": \"a\", \"duration\": \"1\"}\n", 1,
              "bad value of duration");
    CHECK_BAD("{\"audio_filepath\": \"a\", \"offset\": -1}\n", 1,
              "bad value of offset");
    CHECK_BAD("{\"audio_filepath\": \"a\", \"snr_db\": \"1\"}\n", 1,
              "bad value of snr_db");
    CHECK_BAD("{\"audio_filepath\": \"a\", \"offset\": 1e999}\n", 1,
              "not a JSON object (");
    CHECK_BAD("\0\0\0\0", 1, "not a JSON object (");
    CHECK_BAD("{\"audio_filepath\": \"a\xFF\"}\n", 1, "not a JSON object (");
    CHECK_BAD("{\"audio_filepath\": \"a\\u0000b\"}\n", 1,
              "not a JSON object (");
    CHECK_BAD("RIFF\x24\x10WAVEfmt \x10", 1, "not a JSON object (");
}

/* Thousands of brackets must not exhaust the stack. */
static void count_report(void *user, const char *message)
{
    static const char *const want[] = {"some.jsonl:2: not a JSON object",
                                       "some.jsonl:4: bad value of text"};
    size_t *n = user;
    assert_true(*n < 2);
    assert_non_null(strstr(message, want[(*n)++]));
}

static void test_reads_what_is_good(void **state)
{
    (void)state;
    const char text[] = "{\"audio_filepath\": \"a.wav\"}\nhello\n"
                        "{\"audio_filepath\": \"b.wav\"}\n"
                        "{\"audio_filepath\": \"c.wav\", \"text\": []}\n"
                        "{\"audio_filepath\": \"d.wav\"}\n";
    pinna_manifest manifest;
    size_t n = 0;

    const char *path = write_manifest("some.jsonl", text, sizeof text - 1);
    assert_int_equal(
        pinna_manifest_read_good(path, count_report, &n, &manifest, NULL),
        PINNA_OK);
    assert_int_equal(n, 2);
    assert_int_equal(manifest.n_entries, 3);
    assert_string_equal(manifest.entries[2].audio_path, support_temp("d.wav"));
    assert_place(&manifest.entries[2], path, 5);
    pinna_manifest_free(&manifest);

    path = write_manifest("some.jsonl", "\n", 1);
    assert_int_equal(
        pinna_manifest_read_good(path, count_report, &n, &manifest, NULL),
        PINNA_OK);
    assert_int_equal(manifest.n_entries, 0);
    pinna_manifest_free(&manifest);
    assert_int_equal(pinna_manifest_read_good(support_temp("none"),
                                              count_report, &n, &manifest,
                                              NULL),
                     PINNA_NOT_FOUND);
}

static void test_deep_nesting(void **state)
{
    (void)state;
    static char text[100000];
    memset(text, '[', sizeof text);
    check_bad(text, sizeof text, 1, "not a JSON object (");
}

static void test_missing_and_directory(void **state)
{
    (void)state;
    pinna_manifest manifest;
    pinna_error error;
    assert_int_equal(pinna_manifest_read("/nowhere/x.jsonl", &manifest, &error),
                     PINNA_NOT_FOUND);
    assert_string_equal(error.text, "no such file: /nowhere/x.jsonl");

    assert_int_equal(pinna_manifest_read(support_temp(""), &manifest, &error),
                     PINNA_BAD_FORMAT);
    assert_non_null(strstr(error.text, ": a folder without wav.scp"));
}

static const char *no_memory_path;

static pinna_status read_and_free(void)
{
    pinna_manifest manifest;
    pinna_error error;
    const pinna_status status =
        pinna_manifest_read(no_memory_path, &manifest, &error);
    pinna_manifest_free(&manifest);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    const char text[] = "{\"audio_filepath\": \"a\", \"text\": \"one\", "
                        "\"speaker\": 3, \"duration\": 2.5}\n";
    no_memory_path = write_manifest("memory.jsonl", text, sizeof text - 1);
    support_survives_no_memory(read_and_free);
}

static void test_recordings(void **state)
{
    (void)state;
    const char *path = support_data("speech/digits/test.jsonl");
    if (!path)
        skip();
    pinna_manifest manifest;
    pinna_error error = {""};
    assert_int_equal(pinna_manifest_read(path, &manifest, &error), PINNA_OK);
    assert_int_equal(manifest.n_entries, 100);
    for (size_t i = 0; i < manifest.n_entries; i++) {
        const pinna_manifest_entry *entry = &manifest.entries[i];
        FILE *file = fopen(entry->audio_path, "rb");
        assert_non_null(file);
        fclose(file);
        assert_non_null(entry->text);
        assert_string_equal(entry->speaker, "fsdd-yweweler");
        assert_true(entry->duration > 0.1 && entry->duration < 3);
    }
    pinna_manifest_free(&manifest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_every_key),
        cmocka_unit_test(test_byte_order_mark),
        cmocka_unit_test(test_many_lines),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_reads_what_is_good),
        cmocka_unit_test(test_deep_nesting),
        cmocka_unit_test(test_missing_and_directory),
        cmocka_unit_test(test_survives_no_memory),
        cmocka_unit_test(test_recordings),
    };
    return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
