/* Manifests that are no JSON Lines: tables, folders of Kaldi and LibriSpeech */
#include "support.h"

#include "datasets/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file below the test's folder; folders on the way are made. */
static const char *put(const char *name, const char *text)
{
    const char *path = support_temp(name);
    char folder[400];

    for (const char *slash = strchr(name, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof folder, "%.*s",
                 (int)(strlen(path) - strlen(name) + (size_t)(slash - name)),
                 path);
        mkdir(folder, 0777);
    }
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void check_entry(const pinna_manifest_entry *e, const char *audio,
                        const char *text, const char *speaker, double offset,
                        double duration, const char *place)
{
    assert_string_equal(e->audio_path, support_temp(audio));
    if (text)
        assert_string_equal(e->text, text);
    else
        assert_null(e->text);
    if (speaker)
        assert_string_equal(e->speaker, speaker);
    else
        assert_null(e->speaker);
    assert_close(e->offset, offset, 1e-12);
    assert_close(e->duration, duration, 1e-12);
    assert_string_equal(e->place, support_temp(place));
}

static void read_all(const char *name, size_t n, pinna_manifest *manifest)
{
    pinna_error error = {""};
    if (pinna_manifest_read(support_temp(name), manifest, &error))
        fail_msg("%s", error.text);
    assert_int_equal(manifest->n_entries, n);
}

/* The message is that of the file `name` and goes on with want. */
static void check_bad(const char *manifest_name, pinna_status status,
                      const char *name, const char *want)
{
    pinna_manifest manifest;
    pinna_error error = {""};
    char expected[400];

    assert_int_equal(
        pinna_manifest_read(support_temp(manifest_name), &manifest, &error),
        status);
    snprintf(expected, sizeof expected, "%s%s", support_temp(name), want);
    if (strncmp(error.text, expected, strlen(expected)) != 0)
        fail_msg("\"%s\" instead of \"%s\"", error.text, expected);
    assert_null(strchr(error.text, '\n'));
    assert_null(manifest.entries);
}

static void count(void *user, const char *message)
{
    assert_non_null(message);
    ++*(size_t *)user;
}

/* As check_bad(), but how many lines are bad and how many are good. */
static void check_good(const char *name, size_t n_bad, size_t n_good)
{
    pinna_manifest manifest;
    size_t n = 0;

    assert_int_equal(pinna_manifest_read_good(support_temp(name), count, &n,
                                              &manifest, NULL),
                     PINNA_OK);
    assert_int_equal(n, n_bad);
    assert_int_equal(manifest.n_entries, n_good);
    pinna_manifest_free(&manifest);
}

/* ---- tables ---- */

static void test_deepspeech(void **state)
{
    (void)state;
    put("ds.csv", "wav_filename,wav_filesize,transcript\r\n"
                  "a/1.wav,16000,hello there\r\n"
                  "/2.wav,7,\"one, \"\"two\"\"\"\r\n");
    pinna_manifest manifest;

    read_all("ds.csv", 2, &manifest);
    check_entry(&manifest.entries[0], "a/1.wav", "hello there", NULL, 0, 0,
                "ds.csv:2");
    assert_string_equal(manifest.entries[1].audio_path, "/2.wav");
    assert_string_equal(manifest.entries[1].text, "one, \"two\"");
    pinna_manifest_free(&manifest);
}

static void test_common_voice(void **state)
{
    (void)state;
    put("cv/clips/in_clips.mp3", "");
    put("cv/beside.mp3", "");
    put("cv/train.tsv", "client_id\tpath\tsentence\tup_votes\n"
                        "abc\tin_clips.mp3\tA \"quoted\" word.\t2\n"
                        "\tbeside.mp3\t\t0\n"
                        "def\tnowhere.mp3\tx\t0\n");
    pinna_manifest manifest;

    read_all("cv/train.tsv", 3, &manifest);
    check_entry(&manifest.entries[0], "cv/clips/in_clips.mp3",
                "A \"quoted\" word.", "abc", 0, 0, "cv/train.tsv:2");
    check_entry(&manifest.entries[1], "cv/beside.mp3", NULL, NULL, 0, 0,
                "cv/train.tsv:3");
    check_entry(&manifest.entries[2], "cv/nowhere.mp3", "x", "def", 0, 0,
                "cv/train.tsv:4");
    pinna_manifest_free(&manifest);
}

static void test_other_columns(void **state)
{
    (void)state;
    put("own.CSV", "duration,Text,FILE,offset,speaker\n"
                   "1.5,hi,a.wav,0.25,s\n"
                   ",,b.wav,,\n");
    pinna_manifest manifest;

    assert_true(pinna_is_manifest_name(support_temp("own.CSV")));
    read_all("own.CSV", 2, &manifest);
    check_entry(&manifest.entries[0], "a.wav", "hi", "s", 0.25, 1.5,
                "own.CSV:2");
    check_entry(&manifest.entries[1], "b.wav", NULL, NULL, 0, 0, "own.CSV:3");
    pinna_manifest_free(&manifest);
}

static void test_bad_tables(void **state)
{
    (void)state;
    put("t.csv", "name,text\na.wav,x\n");
    check_bad("t.csv", PINNA_BAD_FORMAT, "t.csv",
              ":1: no column audio_filepath, wav_filename, path or file");
    put("t.csv", "file,text\na.wav,x\n,y\nb.wav,z\n");
    check_bad("t.csv", PINNA_BAD_FORMAT, "t.csv", ":3: no file");
    check_good("t.csv", 1, 2);
    put("t.csv", "file,offset\na.wav,-1\nb.wav,x\n");
    check_bad("t.csv", PINNA_BAD_FORMAT, "t.csv", ":2: bad value of offset");
    check_good("t.csv", 2, 0);
    put("t.csv", "file,text\na.wav,x,y\n");
    check_bad("t.csv", PINNA_BAD_FORMAT, "t.csv", ":2: 3 fields");
    put("t.csv", "file,text\n");
    check_bad("t.csv", PINNA_BAD_FORMAT, "t.csv", ": no entries");
    put("t.csv", "");
    check_bad("t.csv", PINNA_BAD_FORMAT, "t.csv", ": no rows");
    assert_int_equal(
        pinna_manifest_read("/nowhere/x.csv", &(pinna_manifest){0}, NULL),
        PINNA_NOT_FOUND);
}

/* ---- Kaldi ---- */

static void test_kaldi(void **state)
{
    (void)state;
    put("k1/b.wav", "");
    put("k1/sub/a.wav", "");
    put("k1/wav.scp", "utt2 b.wav\nutt1  sub/a.wav \n");
    put("k1/text", "utt1 hello there\nutt2 x\n");
    put("k1/utt2spk", "utt1 anna\nutt3 nobody\n");
    pinna_manifest manifest;

    assert_true(pinna_is_manifest_name(support_temp("k1")));
    read_all("k1", 2, &manifest);
    check_entry(&manifest.entries[0], "k1/b.wav", "x", NULL, 0, 0, "k1/text:2");
    check_entry(&manifest.entries[1], "k1/sub/a.wav", "hello there", "anna", 0,
                0, "k1/text:1");
    pinna_manifest_free(&manifest);
    assert_int_equal(unlink(support_temp("k1/text")), 0);
    read_all("k1/", 2, &manifest);
    assert_null(manifest.entries[1].text);
    assert_string_equal(manifest.entries[1].place,
                        support_temp("k1/wav.scp:2"));
    pinna_manifest_free(&manifest);
}

static void test_kaldi_segments(void **state)
{
    (void)state;
    put("k2/a.wav", "");
    put("k2/wav.scp", "rec a.wav\n");
    put("k2/segments", "u1 rec 0.5 1.75\nu2 rec 2 -1\n");
    put("k2/text", "u2 two\nu1 one\n");
    put("k2/utt2spk", "u1 s\n");
    pinna_manifest manifest;

    read_all("k2", 2, &manifest);
    check_entry(&manifest.entries[0], "k2/a.wav", "one", "s", 0.5, 1.25,
                "k2/text:2");
    check_entry(&manifest.entries[1], "k2/a.wav", "two", NULL, 2, 0,
                "k2/text:1");
    pinna_manifest_free(&manifest);
}

/* As Kaldi has it: paths from where the command runs. */
static void test_kaldi_from_the_working_folder(void **state)
{
    (void)state;
    char before[4096];
    pinna_manifest manifest;

    put("k3/data/wav.scp", "u sounds/a.wav\n");
    put("k3/sounds/a.wav", "");
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(support_temp("k3")), 0);
    const pinna_status status = pinna_manifest_read("data", &manifest, NULL);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(status, PINNA_OK);
    assert_string_equal(manifest.entries[0].audio_path, "sounds/a.wav");
    pinna_manifest_free(&manifest);
}

static void test_bad_kaldi(void **state)
{
    (void)state;
    put("k4/a.wav", "");
    put("k4/wav.scp", "u0 a.wav\nu1 flac -dc a.flac |\nu2 none.wav\nu3\n");
    check_bad("k4", PINNA_BAD_FORMAT, "k4/wav.scp",
              ":2: a pipe, and only files are taken: flac -dc a.flac |");
    check_good("k4", 3, 1);
    put("k4/wav.scp", "u2 none.wav\n");
    check_bad("k4", PINNA_NOT_FOUND, "k4/wav.scp",
              ":1: no such file: none.wav");
    put("k4/wav.scp", "u3\n");
    check_bad("k4", PINNA_BAD_FORMAT, "k4/wav.scp", ":1: no file");
    put("k4/wav.scp", "u0 a.wav\nu0 a.wav\n");
    check_bad("k4", PINNA_BAD_FORMAT, "k4/wav.scp",
              ":2: \"u0\" is there twice");
    put("k4/wav.scp", "u0 a.wav\n");
    put("k4/text", "u0 x\nu9 y\n");
    check_bad("k4", PINNA_BAD_FORMAT, "k4/text", ":2: ");
    check_good("k4", 1, 1);
    put("k4/text", "");
    static const char *const wrong[] = {"s u9 0 1\n",   "s u0 0\n",
                                        "s u0 2 1\n",   "s u0 -1 1\n",
                                        "s u0 1 2 3\n", "s u0 0 nan\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        put("k4/segments", wrong[i]);
        check_bad("k4", PINNA_BAD_FORMAT, "k4/segments",
                  i == 0 ? ":1: wav.scp has no recording \"u9\""
                         : ":1: no times, begin and end in seconds");
    }
}

/* ---- LibriSpeech ---- */

static void test_librispeech(void **state)
{
    (void)state;
    put("ls/20/7/20-7.trans.txt", "20-7-0000 GO ON\n20-7-0001 NO\n");
    put("ls/20/7/20-7-0000.flac", "");
    put("ls/20/7/20-7-0001.flac", "");
    put("ls/100/3/100-3.trans.txt", "100-3-0000 FIRST\n");
    put("ls/100/3/100-3-0000.flac", "");
    put("ls/SPEAKERS.TXT", "; not a transcript\n");
    pinna_manifest manifest;

    read_all("ls", 3, &manifest);
    check_entry(&manifest.entries[0], "ls/100/3/100-3-0000.flac", "FIRST",
                "100", 0, 0, "ls/100/3/100-3.trans.txt:1");
    check_entry(&manifest.entries[1], "ls/20/7/20-7-0000.flac", "GO ON", "20",
                0, 0, "ls/20/7/20-7.trans.txt:1");
    check_entry(&manifest.entries[2], "ls/20/7/20-7-0001.flac", "NO", "20", 0,
                0, "ls/20/7/20-7.trans.txt:2");
    pinna_manifest_free(&manifest);
    read_all("ls/20/", 2, &manifest); /* one speaker */
    pinna_manifest_free(&manifest);
    read_all("ls/20/7", 2, &manifest); /* one chapter */
    pinna_manifest_free(&manifest);

    assert_int_equal(unlink(support_temp("ls/20/7/20-7-0000.flac")), 0);
    check_bad("ls", PINNA_NOT_FOUND, "ls/20/7/20-7.trans.txt",
              ":1: no such file: ");
    check_good("ls", 1, 2);
}

/* ---- sounds ---- */

static void test_sounds(void **state)
{
    (void)state;
    put("sounds/b.wav", "");
    put("sounds/a/2.FLAC", "");
    put("sounds/a/deep/er/1.mp3", "");
    put("sounds/notes.txt", "");
    put("sounds/.hidden.wav", "");
    pinna_manifest manifest;

    read_all("sounds", 3, &manifest);
    check_entry(&manifest.entries[0], "sounds/a/2.FLAC", NULL, NULL, 0, 0,
                "sounds/a/2.FLAC:1");
    check_entry(&manifest.entries[1], "sounds/a/deep/er/1.mp3", NULL, NULL, 0,
                0, "sounds/a/deep/er/1.mp3:1");
    check_entry(&manifest.entries[2], "sounds/b.wav", NULL, NULL, 0, 0,
                "sounds/b.wav:1");
    pinna_manifest_free(&manifest);

    put("none/1/2/3.txt", "");
    check_bad("none", PINNA_BAD_FORMAT, "none",
              ": a folder without wav.scp (Kaldi), ");
}

/* ---- memory ---- */

static const char *no_memory_name;

static pinna_status read_and_free(void)
{
    pinna_manifest manifest;
    const pinna_status status =
        pinna_manifest_read(support_temp(no_memory_name), &manifest, NULL);
    pinna_manifest_free(&manifest);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    static const char *const names[] = {"cv/train.tsv", "k2", "ls/100",
                                        "sounds"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        no_memory_name = names[i];
        support_survives_no_memory(read_and_free);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deepspeech),
        cmocka_unit_test(test_common_voice),
        cmocka_unit_test(test_other_columns),
        cmocka_unit_test(test_bad_tables),
        cmocka_unit_test(test_kaldi),
        cmocka_unit_test(test_kaldi_segments),
        cmocka_unit_test(test_kaldi_from_the_working_folder),
        cmocka_unit_test(test_bad_kaldi),
        cmocka_unit_test(test_librispeech),
        cmocka_unit_test(test_sounds),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("manifest_kinds", tests, NULL, NULL);
}
