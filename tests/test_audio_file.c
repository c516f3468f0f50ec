#include "support.h"

#include "datasets/audio_file.h"
#include "dsp/rng.h"
#include "wav_files.h"

#include <sndfile.h>

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RATE 16000

/* What comes back from a file, all of it. */
struct sound {
    pinna_audio_info info;
    float *channels[PINNA_MAX_CHANNELS];
    size_t n, n_bad;
    bool truncated;
};

#define MAX_SAMPLES 50000

static void get_sound(const char *path, size_t chunk, struct sound *sound)
{
    pinna_audio_reader *reader;
    pinna_error error = {""};
    float *at[PINNA_MAX_CHANNELS];
    size_t n_read;

    *sound = (struct sound){0};
    if (pinna_audio_reader_open(path, &reader, &sound->info, &error))
        fail_msg("%s", error.text);
    for (size_t c = 0; c < sound->info.n_channels; c++) {
        sound->channels[c] = malloc(MAX_SAMPLES * sizeof(float));
        assert_non_null(sound->channels[c]);
    }
    do {
        assert_true(sound->n + chunk <= MAX_SAMPLES);
        for (size_t c = 0; c < sound->info.n_channels; c++)
            at[c] = sound->channels[c] + sound->n;
        assert_int_equal(
            pinna_audio_reader_read(reader, at, chunk, &n_read, &error),
            PINNA_OK);
        sound->n += n_read;
    } while (n_read == chunk);
    sound->truncated = pinna_audio_reader_truncated(reader);
    sound->n_bad = pinna_audio_reader_n_bad(reader);
    pinna_audio_reader_close(reader);
}

static void free_sound(struct sound *sound)
{
    for (size_t c = 0; c < sound->info.n_channels; c++)
        free(sound->channels[c]);
}

static size_t count_leftovers(void)
{
    size_t n = 0;
    DIR *folder = opendir(support_temp(""));
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        n += strstr(entry->d_name, ".tmp") != NULL;
    closedir(folder);
    return n;
}

/* Reading. */

static void test_reads_wav(void **state)
{
    (void)state;
    const char *path = put_wav("stereo.wav", 2, 44100, 8000, 4000);
    const size_t chunks[] = {1, 7, 1024, 1999, 2000, 5000};
    for (size_t k = 0; k < sizeof chunks / sizeof *chunks; k++) {
        struct sound sound;
        get_sound(path, chunks[k], &sound);
        assert_int_equal(sound.info.sample_rate, 44100);
        assert_int_equal(sound.info.n_channels, 2);
        assert_int_equal(sound.info.n_samples, 2000);
        assert_string_equal(sound.info.format,
                            "WAV (Microsoft), Signed 16 bit PCM");
        assert_int_equal(sound.info.format_code,
                         SF_FORMAT_WAV | SF_FORMAT_PCM_16);
        assert_int_equal(sound.n, 2000);
        assert_false(sound.truncated);
        assert_int_equal(sound.n_bad, 0);
        for (size_t i = 0; i < 2000; i++)
            for (size_t c = 0; c < 2; c++)
                assert_close(sound.channels[c][i],
                             (double)(100 + 2 * i + c) / 32768, 0);
        free_sound(&sound);
    }
}

static void test_cut_wav(void **state)
{
    (void)state;
    struct sound sound;
    get_sound(put_wav("cut.wav", 1, RATE, 4000, 1500), 1000, &sound);
    assert_int_equal(sound.n, 1500);
    assert_true(sound.truncated);
    free_sound(&sound);

    /* Half a sample at the end. */
    const char *path = put_wav("half.wav", 2, RATE, 4000, 1501);
    get_sound(path, 1000, &sound);
    assert_int_equal(sound.n, 750);
    assert_true(sound.truncated);
    free_sound(&sound);
}

/* A header written before its writer knew the length is no damage. */
static void test_unknown_length(void **state)
{
    (void)state;
    const uint32_t lengths[] = {0xFFFFFFFFu, 0x7FFFF000u, 0x7FFFFFFFu};
    for (size_t k = 0; k < 3; k++) {
        struct sound sound;
        get_sound(put_wav("pipe.wav", 1, RATE, lengths[k], 1500), 1000, &sound);
        assert_int_equal(sound.n, 1500);
        assert_false(sound.truncated);
        free_sound(&sound);
    }
}

static void test_bad_samples(void **state)
{
    (void)state;
    unsigned char bytes[44 + 16];
    const float samples[4] = {0.5f, NAN, -INFINITY, 2.5f};
    build_wav(bytes, 1, RATE, 16, 0);
    put_u16(bytes + 20, 3); /* float */
    put_u32(bytes + 28, RATE * 4);
    put_u16(bytes + 32, 4);
    put_u16(bytes + 34, 32);
    memcpy(bytes + 44, samples, sizeof samples);
    put_file(support_temp("nan.wav"), bytes, sizeof bytes);

    struct sound sound;
    get_sound(support_temp("nan.wav"), 100, &sound);
    const float want[4] = {0.5f, 0, 0, 2.5f};
    assert_int_equal(sound.n, 4);
    assert_memory_equal(sound.channels[0], want, sizeof want);
    assert_int_equal(sound.n_bad, 2);
    free_sound(&sound);
}

/* Skipping is reading and forgetting; past the end it stays there. */
static void test_skip(void **state)
{
    (void)state;
    const char *path = put_wav("skip.wav", 1, RATE, 10000, 5000);
    const size_t skips[] = {0, 1, 1500, 4999, 5000, 5001, SIZE_MAX};
    for (size_t k = 0; k < sizeof skips / sizeof *skips; k++) {
        pinna_audio_reader *reader;
        pinna_audio_info info;
        float samples[10], *const channels[1] = {samples};
        size_t n_read;
        assert_int_equal(pinna_audio_reader_open(path, &reader, &info, NULL),
                         PINNA_OK);
        pinna_audio_reader_skip(reader, skips[k]);
        assert_int_equal(
            pinna_audio_reader_read(reader, channels, 10, &n_read, NULL),
            PINNA_OK);
        const size_t left = skips[k] < 5000 ? 5000 - skips[k] : 0;
        assert_int_equal(n_read, left < 10 ? left : 10);
        for (size_t i = 0; i < n_read; i++)
            assert_close(samples[i], (double)(100 + skips[k] + i) / 32768, 0);
        assert_false(pinna_audio_reader_truncated(reader));
        pinna_audio_reader_close(reader);
    }
}

/* Opening fails with the status and "<path>: <message>"; a second time without
 * an error to fill. */
static void check_refused(const char *path, pinna_status want,
                          const char *message)
{
    pinna_audio_reader *reader;
    pinna_audio_info info;
    pinna_error error = {""};
    char expected[600];
    snprintf(expected, sizeof expected, "%s: %s", path, message);

    assert_int_equal(pinna_audio_reader_open(path, &reader, &info, &error),
                     want);
    assert_string_equal(error.text, expected);
    assert_null(reader);
    assert_int_equal(pinna_audio_reader_open(path, &reader, &info, NULL), want);
}

static void test_refuses(void **state)
{
    (void)state;
    pinna_audio_reader *reader;
    pinna_audio_info info;
    pinna_error error;
    assert_int_equal(
        pinna_audio_reader_open("/nowhere/a.wav", &reader, &info, &error),
        PINNA_NOT_FOUND);
    assert_string_equal(error.text, "no such file: /nowhere/a.wav");
    pinna_audio_reader_close(NULL);

    const char *empty = support_temp("empty.wav");
    put_file(empty, "", 0);
    check_refused(empty, PINNA_BAD_FORMAT, "empty file");
    check_refused("/", PINNA_BAD_FORMAT, "is a directory");
    const char *text = support_temp("a.txt");
    put_file(text, "hello\nworld\n", 12);
    check_refused(text, PINNA_BAD_FORMAT,
                  "not a sound file that libsndfile can read (Format not "
                  "recognised.)");
    check_refused(put_wav("none.wav", 1, RATE, 0, 0), PINNA_BAD_FORMAT,
                  "no samples");
    check_refused(put_wav("many.wav", 200, RATE, 4000, 2000), PINNA_UNSUPPORTED,
                  "200 channels, at most 64 are supported");
    check_refused(put_wav("slow.wav", 1, 1, 4000, 2000), PINNA_UNSUPPORTED,
                  "sample rate 1 Hz is outside 1000 .. 768000 Hz");
    check_refused(put_wav("fast.wav", 1, 2000000, 4000, 2000),
                  PINNA_UNSUPPORTED,
                  "sample rate 2000000 Hz is outside 1000 .. 768000 Hz");
    check_refused("/dev/null", PINNA_BAD_FORMAT,
                  "not a sound file that libsndfile can read (Format not "
                  "recognised.)");
}

/* Whatever is in the way, there is one line or a sound, and never a crash. */
static void check_survives(const char *path)
{
    float *samples;
    size_t n;
    pinna_error error = {""};
    const pinna_status status =
        pinna_audio_load_mono(path, 0, 0, 0, &samples, &n, NULL, &error);
    if (status) {
        assert_null(samples);
        assert_memory_equal(error.text, path, strlen(path));
        assert_null(strchr(error.text, '\n'));
    } else {
        assert_true(n > 0);
        for (size_t i = 0; i < n; i++)
            assert_true(isfinite(samples[i]));
    }
    free(samples);
}

static void test_survives_broken_files(void **state)
{
    (void)state;
    static unsigned char whole[44 + 2000], broken[44 + 2000];
    const char *path = support_temp("broken.wav");

    check_survives(put_wav("none.wav", 0, RATE, 4000, 2000));
    check_survives(put_wav("zero.wav", 1, 0, 4000, 2000));
    build_wav(whole, 1, RATE, 2000, 1000);
    for (size_t n = 1; n < 60; n++) {
        put_file(path, whole, n);
        check_survives(path);
    }
    for (size_t i = 0; i < 44; i++)
        for (unsigned value = 0; value < 256; value += 51) {
            memcpy(broken, whole, sizeof whole);
            broken[i] = (unsigned char)value;
            put_file(path, broken, sizeof broken);
            check_survives(path);
        }
}

/* libsndfile and the decoders behind it must leave the terminal alone. */
static void test_nothing_on_stderr(void **state)
{
    (void)state;
    const char *path = support_temp("stderr.txt");
    fflush(stderr);
    const int kept = dup(STDERR_FILENO);
    const int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(kept >= 0 && file >= 0);
    dup2(file, STDERR_FILENO);

    static unsigned char bytes[4000];
    const char *const starts[] = {"RIFF",  "fLaC", "OggS",
                                  "ID3\4", "FORM", "\xFF\xFB\x90\x64",
                                  "caff",  ".snd"};
    pinna_rng rng;
    pinna_rng_seed(&rng, 1, 0);
    for (size_t k = 0; k < sizeof starts / sizeof *starts; k++) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (unsigned char)pinna_rng_below(&rng, 256);
        memcpy(bytes, starts[k], 4);
        put_file(support_temp("noise.bin"), bytes, sizeof bytes);
        check_survives(support_temp("noise.bin"));
    }

    dup2(kept, STDERR_FILENO);
    close(kept);
    assert_int_equal(lseek(file, 0, SEEK_END), 0);
    close(file);
}

/* Samples without a header. */

/* Bytes of three samples, 0.5, -1 and 2^-7, that every kind holds. */
static const struct {
    pinna_raw_kind kind;
    size_t n_bytes; /* of a sample */
    unsigned char bytes[12];
} raw_cases[] = {
    {PINNA_RAW_U8, 1, {0xC0, 0x00, 0x81}},
    {PINNA_RAW_S16, 2, {0, 0x40, 0, 0x80, 0, 0x01}},
    {PINNA_RAW_S24, 3, {0, 0, 0x40, 0, 0, 0x80, 0, 0, 0x01}},
    {PINNA_RAW_S32, 4, {0, 0, 0, 0x40, 0, 0, 0, 0x80, 0, 0, 0, 0x01}},
    {PINNA_RAW_F32, 4, {0, 0, 0, 0x3F, 0, 0, 0x80, 0xBF, 0, 0, 0, 0x3C}},
};
static const float raw_values[] = {0.5f, -1, 1.0f / 128};

/* Of 3 samples of one channel, or of 1 of 3 channels, and half of one more. */
static void test_reads_and_writes_raw(void **state)
{
    (void)state;
    const char *path = support_temp("in.raw"), *copy = support_temp("out.raw");

    for (size_t k = 0; k < sizeof raw_cases / sizeof *raw_cases; k++)
        for (size_t n_channels = 1; n_channels <= 3; n_channels += 2) {
            const size_t size = 3 * raw_cases[k].n_bytes, n = 3 / n_channels;
            const pinna_raw_format format = {raw_cases[k].kind, RATE,
                                             n_channels};
            float values[3][4];
            float *channels[] = {values[0], values[1], values[2]};
            pinna_audio_reader *reader;
            pinna_audio_writer *writer;
            pinna_audio_info info;
            unsigned char bytes[16] = {0};
            size_t n_read;

            memcpy(bytes, raw_cases[k].bytes, size);
            put_file(path, bytes, size + raw_cases[k].n_bytes / 2);
            assert_int_equal(pinna_audio_reader_open_raw(path, &format, &reader,
                                                         &info, NULL),
                             PINNA_OK);
            assert_int_equal(info.sample_rate, RATE);
            assert_int_equal(info.n_channels, n_channels);
            assert_int_equal(info.n_samples, n);
            assert_int_equal(
                pinna_audio_reader_read(reader, channels, 4, &n_read, NULL),
                PINNA_OK);
            assert_int_equal(n_read, n);
            for (size_t i = 0; i < 3; i++)
                assert_close(values[i % n_channels][i / n_channels],
                             raw_values[i], 0);
            pinna_audio_reader_close(reader);

            assert_int_equal(pinna_audio_writer_open(copy, RATE, n_channels,
                                                     info.format_code, &writer,
                                                     NULL),
                             PINNA_OK);
            assert_int_equal(
                pinna_audio_writer_write(writer, (const float *const *)channels,
                                         n, NULL),
                PINNA_OK);
            assert_int_equal(pinna_audio_writer_commit(writer, NULL), PINNA_OK);
            unsigned char got[16];
            FILE *file = fopen(copy, "rb");
            assert_non_null(file);
            assert_int_equal(fread(got, 1, sizeof got, file), size);
            fclose(file);
            assert_memory_equal(got, bytes, size);
        }
}

static void test_refuses_raw(void **state)
{
    (void)state;
    const pinna_raw_format format = {PINNA_RAW_S16, RATE, 2};
    pinna_audio_reader *reader;
    pinna_error error = {""};

    put_file(support_temp("short.raw"), "abc", 3);
    assert_int_equal(pinna_audio_reader_open_raw(support_temp("short.raw"),
                                                 &format, &reader, NULL,
                                                 &error),
                     PINNA_BAD_FORMAT);
    assert_non_null(strstr(error.text, "short.raw: no samples"));
    assert_int_equal(pinna_audio_reader_open_raw(support_temp("none.raw"),
                                                 &format, &reader, NULL,
                                                 &error),
                     PINNA_NOT_FOUND);
}

/* Pipes. */

/* Let a child write bytes [n] into the pipe or file at path. */
static pid_t feed(const char *path, const unsigned char *bytes, size_t n)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const int fd = open(path, O_WRONLY);
        /* In two parts, so that the reader meets a short read. */
        const size_t first = n / 3;
        const bool good =
            write(fd, bytes, first) == (ssize_t)first &&
            write(fd, bytes + first, n - first) == (ssize_t)(n - first);
        _exit(good ? 0 : 1);
    }
    return child;
}

static void test_reads_pipe(void **state)
{
    (void)state;
    static unsigned char bytes[44 + 20000];
    const char *path = support_temp("fifo");
    assert_int_equal(mkfifo(path, 0600), 0);

    const uint32_t promised[] = {20000, 0xFFFFFFFFu, 30000};
    for (size_t k = 0; k < 3; k++) {
        const size_t size = build_wav(bytes, 2, RATE, promised[k], 10000);
        const pid_t child = feed(path, bytes, size);
        struct sound sound;
        get_sound(path, 1000, &sound);
        assert_int_equal(sound.n, 5000);
        assert_int_equal(sound.info.n_samples, k == 0   ? 5000
                                               : k == 1 ? 0
                                                        : 7500);
        assert_int_equal(sound.truncated, k == 2);
        assert_close(sound.channels[1][4999], 10099.0 / 32768, 0);
        free_sound(&sound);
        assert_int_equal(waitpid(child, NULL, 0), child);
    }

    /* The same on stdin. */
    const size_t size = build_wav(bytes, 1, RATE, 20000, 10000);
    const int kept = dup(STDIN_FILENO);
    const int nothing = open("/dev/null", O_RDONLY);
    const pid_t child = feed(path, bytes, size);
    const int fifo = open(path, O_RDONLY);
    dup2(fifo, STDIN_FILENO);
    struct sound sound;
    get_sound("-", 1000, &sound);
    assert_int_equal(sound.n, 10000);
    free_sound(&sound);

    pinna_audio_reader *reader;
    pinna_audio_info info;
    pinna_error error = {""};
    dup2(nothing, STDIN_FILENO);
    assert_int_equal(pinna_audio_reader_open("-", &reader, &info, &error),
                     PINNA_BAD_FORMAT);
    assert_memory_equal(error.text, "stdin: not a sound file", 23);
    dup2(kept, STDIN_FILENO);
    close(kept);
    close(nothing);
    close(fifo);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(unlink(path), 0);
}

static void test_reads_raw_pipe(void **state)
{
    (void)state;
    enum { N = 9000 };
    static unsigned char bytes[4 * N];
    static float left[N + 1], right[N + 1];
    float *channels[] = {left, right};
    const pinna_raw_format format = {PINNA_RAW_S16, RATE, 2};
    const char *path = support_temp("raw-fifo");
    pinna_audio_reader *reader;
    pinna_audio_info info;
    size_t n_read;

    for (size_t i = 0; i < 2 * N; i++)
        put_u16(bytes + 2 * i, (unsigned)i);
    assert_int_equal(mkfifo(path, 0600), 0);
    const pid_t child = feed(path, bytes, sizeof bytes);
    assert_int_equal(
        pinna_audio_reader_open_raw(path, &format, &reader, &info, NULL),
        PINNA_OK);
    assert_int_equal(info.n_samples, 0); /* who knows */
    assert_int_equal(
        pinna_audio_reader_read(reader, channels, N + 1, &n_read, NULL),
        PINNA_OK);
    assert_int_equal(n_read, N);
    for (size_t i = 0; i < N; i++) {
        assert_close(left[i], 2 * (double)i / 32768, 0);
        assert_close(right[i], (2 * (double)i + 1) / 32768, 0);
    }
    assert_false(pinna_audio_reader_truncated(reader));
    pinna_audio_reader_close(reader);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(unlink(path), 0);
}

static void test_writes_pipe(void **state)
{
    (void)state;
    const char *path = support_temp("out-fifo");
    float samples[2000];
    const float *channels[1] = {samples};
    static unsigned char got[5000];
    support_signal(samples, 2000, RATE);
    assert_int_equal(mkfifo(path, 0600), 0);
    const int reader = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);

    pinna_audio_writer *writer;
    assert_int_equal(pinna_audio_writer_open(path, RATE, 1, 0, &writer, NULL),
                     PINNA_OK);
    /* Nothing waits for the end: what is written can be read. */
    assert_int_equal(pinna_audio_writer_write(writer, channels, 2000, NULL),
                     PINNA_OK);
    assert_int_equal(read(reader, got, sizeof got), 44 + 4000);
    assert_int_equal(pinna_audio_writer_commit(writer, NULL), PINNA_OK);
    assert_int_equal(read(reader, got + 4044, sizeof got - 4044), 0);
    close(reader);
    assert_int_equal(unlink(path), 0);

    const unsigned char unknown[4] = {0xFF, 0xFF, 0xFF, 0xFF};
    assert_memory_equal(got + 4, unknown, 4);
    assert_memory_equal(got + 40, unknown, 4);
    put_file(support_temp("piped.wav"), got, 4044);
    struct sound sound;
    get_sound(support_temp("piped.wav"), 3000, &sound);
    assert_int_equal(sound.n, 2000);
    assert_false(sound.truncated);
    assert_all_close(sound.channels[0], samples, 2000, 0.51 / 32768, 0);
    free_sound(&sound);
}

/* Stdout redirected to a file is a file with a correct header. */
static void test_writes_stdout(void **state)
{
    (void)state;
    const char *path = support_temp("stdout.wav");
    float samples[2000];
    support_signal(samples, 2000, RATE);

    fflush(stdout);
    const int kept = dup(STDOUT_FILENO);
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(file, STDOUT_FILENO);
    const pinna_status status =
        pinna_audio_save_mono("-", RATE, samples, 2000, NULL);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(file);
    assert_int_equal(status, PINNA_OK);

    struct sound sound;
    get_sound(path, 3000, &sound);
    assert_int_equal(sound.info.n_samples, 2000);
    assert_int_equal(sound.n, 2000);
    free_sound(&sound);
}

/* Writing. */

static void write_file(const char *path, size_t n_channels, int format_code,
                       const float *const *channels, size_t n, size_t chunk)
{
    pinna_audio_writer *writer;
    pinna_error error = {""};
    const float *at[PINNA_MAX_CHANNELS];

    if (pinna_audio_writer_open(path, RATE, n_channels, format_code, &writer,
                                &error))
        fail_msg("%s", error.text);
    for (size_t begin = 0; begin < n; begin += chunk) {
        for (size_t c = 0; c < n_channels; c++)
            at[c] = channels[c] + begin;
        assert_int_equal(
            pinna_audio_writer_write(
                writer, at, n - begin < chunk ? n - begin : chunk, &error),
            PINNA_OK);
    }
    if (pinna_audio_writer_commit(writer, &error))
        fail_msg("%s", error.text);
}

/* Each of the 65536 values of 16 bits comes back as it was. */
/* Closed twice, a descriptor could by then be a file of another thread. */
static void test_closes_only_its_own_descriptors(void **state)
{
    const char *path = support_temp("neither.wav");
    FILE *file = fopen(path, "wb");
    pinna_audio_reader *reader;
    pinna_error error = {""};

    (void)state;
    assert_non_null(file);
    assert_true(fputs("no sound of any kind, only words\n", file) >= 0);
    assert_int_equal(fclose(file), 0);

    const int kept = dup(STDIN_FILENO);
    const int words = open(path, O_RDONLY);
    assert_int_equal(dup2(words, STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(pinna_audio_reader_open("-", &reader, NULL, &error),
                     PINNA_BAD_FORMAT);
    assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
    dup2(kept, STDIN_FILENO);
    close(kept);
    close(words);
}

static void test_copy_is_identity(void **state)
{
    (void)state;
    static float samples[2][32768];
    const float *const channels[2] = {samples[0], samples[1]};
    for (int i = 0; i < 32768; i++) {
        samples[0][i] = (float)i / 32768.0f;
        samples[1][i] = (float)(i - 32768) / 32768.0f;
    }

    const struct {
        const char *name;
        int code;
    } files[] = {
        {"id.wav", 0},
        {"id.flac", 0},
        {"id24.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24},
        {"id32.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_32},
        {"id24.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24},
        {"idf.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT},
        {"id.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16},
        {"idx.wav", SF_FORMAT_WAVEX | SF_FORMAT_PCM_16},
        {"id.w64", SF_FORMAT_W64 | SF_FORMAT_PCM_16},
        {"id.caf", SF_FORMAT_CAF | SF_FORMAT_ALAC_16},
        {"id24.caf", SF_FORMAT_CAF | SF_FORMAT_ALAC_24},
    };
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        const char *path = support_temp(files[k].name);
        write_file(path, 2, files[k].code, channels, 32768, 5000);
        struct sound sound;
        get_sound(path, 10000, &sound);
        assert_int_equal(sound.n, 32768);
        assert_false(sound.truncated);
        assert_memory_equal(sound.channels[0], samples[0], sizeof samples[0]);
        assert_memory_equal(sound.channels[1], samples[1], sizeof samples[1]);
        free_sound(&sound);
    }
}

static void test_rounds_and_clips(void **state)
{
    (void)state;
    const float samples[] = {1.0f,         1.5f,          -1.0f,   -7,
                             1e30f,        -INFINITY,     NAN,     0.4f / 32768,
                             0.6f / 32768, -0.6f / 32768, INFINITY};
    const double want[] = {32767, 32767, -32768, -32768, 32767, -32768,
                           0,     0,     1,      -1,     32767};
    const float *const channels[1] = {samples};
    const char *path = support_temp("clip.wav");
    write_file(path, 1, 0, channels, 11, 11);
    struct sound sound;
    get_sound(path, 100, &sound);
    for (size_t i = 0; i < 11; i++)
        assert_close(sound.channels[0][i] * 32768, want[i], 0);
    free_sound(&sound);

    path = support_temp("clip32.wav");
    write_file(path, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_32, channels, 4, 4);
    get_sound(path, 100, &sound);
    assert_close(sound.channels[0][1], 1, 1e-6);
    assert_close(sound.channels[0][3], -1, 0);
    free_sound(&sound);
}

/* The formats that the suffix picks; lossy ones keep the energy. */
static void test_formats_by_suffix(void **state)
{
    (void)state;
    static float samples[40000];
    support_signal(samples, 40000, RATE);
    const struct {
        const char *name;
        int code;
    } files[] = {
        {"s.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},
        {"s.FLAC", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
        {"s.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
        {"s.oga", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
        {"s.aif", SF_FORMAT_AIFF | SF_FORMAT_PCM_16},
        {"s.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16},
        {"s.au", SF_FORMAT_AU | SF_FORMAT_PCM_16},
        {"s.caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16},
        {"s.w64", SF_FORMAT_W64 | SF_FORMAT_PCM_16},
        {"s.rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16},
        {"s", SF_FORMAT_WAV | SF_FORMAT_PCM_16},
    };
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        const char *path = support_temp(files[k].name);
        assert_int_equal(
            pinna_audio_save_mono(path, RATE, samples, 40000, NULL), PINNA_OK);
        struct sound sound;
        get_sound(path, 10000, &sound);
        assert_int_equal(sound.info.format_code, files[k].code);
        assert_int_equal(sound.n, 40000);
        double error = 0, energy = 0;
        for (size_t i = 0; i < 40000; i++) {
            const double want = (double)samples[i];
            error += pow((double)sound.channels[0][i] - want, 2);
            energy += want * want;
        }
        assert_true(error < 0.1 * energy);
        free_sound(&sound);
    }
    assert_int_equal(count_leftovers(), 0);
}

static void test_unknown_suffix(void **state)
{
    (void)state;
    const float sample = 0;
    pinna_error error;

    assert_int_equal(
        pinna_audio_save_mono(support_temp("s.xyz"), RATE, &sample, 1, &error),
        PINNA_UNSUPPORTED);
    assert_non_null(strstr(
        error.text, "s.xyz: no kind of sound file to write ends with .xyz"));
    assert_int_equal(count_leftovers(), 0);
    assert_true(pinna_audio_is_sound_name("a.b/c.MP3"));
    assert_true(pinna_audio_is_sound_name("c.opus"));
    assert_false(pinna_audio_is_sound_name("c.pcm"));
    assert_false(pinna_audio_is_sound_name("a.wav/c"));
    assert_false(pinna_audio_is_sound_name("wav"));
}

/* MP3, where libsndfile can write it: read whole and from the middle. */
static void test_mp3(void **state)
{
    (void)state;
    static float samples[48000];
    const float *const channels[1] = {samples};
    const int code = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
    SF_INFO info = {.samplerate = RATE, .channels = 1, .format = code};
    if (!sf_format_check(&info))
        skip();
    support_signal(samples, 48000, RATE);
    const char *path = support_temp("s.mp3");
    write_file(path, 1, code, channels, 48000, 5000);
    struct sound sound;
    get_sound(path, 5000, &sound);
    assert_int_equal(sound.info.format_code, code);
    assert_int_equal(sound.n, 48000);
    assert_false(sound.truncated);
    free_sound(&sound);

    pinna_audio_reader *reader;
    float part[100], *const at[1] = {part};
    size_t n_read;
    assert_int_equal(pinna_audio_reader_open(path, &reader, &sound.info, NULL),
                     PINNA_OK);
    pinna_audio_reader_skip(reader, 47950);
    assert_int_equal(pinna_audio_reader_read(reader, at, 100, &n_read, NULL),
                     PINNA_OK);
    assert_int_equal(n_read, 50);
    pinna_audio_reader_close(reader);
}

/* Three million samples in one call: Vorbis in libsndfile would overflow the
 * stack. */
static void test_huge_block(void **state)
{
    (void)state;
    const size_t n = 3000000;
    float *samples = calloc(n, sizeof *samples);
    assert_non_null(samples);
    support_signal(samples, 1000, RATE);
    const char *path = support_temp("huge.ogg");
    assert_int_equal(pinna_audio_save_mono(path, RATE, samples, n, NULL),
                     PINNA_OK);
    float *got;
    size_t n_got;
    assert_int_equal(
        pinna_audio_load_mono(path, 0, 0, 0, &got, &n_got, NULL, NULL),
        PINNA_OK);
    assert_int_equal(n_got, n);
    free(samples);
    free(got);
}

static void test_many_channels(void **state)
{
    (void)state;
    static float samples[64][500];
    const float *channels[64];
    for (size_t c = 0; c < 64; c++) {
        channels[c] = samples[c];
        for (size_t i = 0; i < 500; i++)
            samples[c][i] = (float)((int)(c * 500 + i) - 16000) / 32768.0f;
    }
    const char *path = support_temp("64.wav");
    write_file(path, 64, 0, channels, 500, 123);
    struct sound sound;
    get_sound(path, 77, &sound);
    assert_int_equal(sound.info.n_channels, 64);
    assert_int_equal(sound.n, 500);
    for (size_t c = 0; c < 64; c++)
        assert_memory_equal(sound.channels[c], samples[c], sizeof samples[c]);
    free_sound(&sound);
}

static void test_same_samples_same_bytes(void **state)
{
    (void)state;
    float samples[1000];
    support_signal(samples, 1000, RATE);
    const float *const channels[1] = {samples};
    const int code = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
    const char *path = support_temp("bytes.wav");
    write_file(path, 1, code, channels, 1000, 1000);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    static char bytes[6000];
    const size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_in_range(n, 4000, 4100);
    for (size_t i = 0; i + 4 <= n; i++) /* it would tell the time */
        assert_memory_not_equal(bytes + i, "PEAK", 4);
}

static void test_writer_refuses(void **state)
{
    (void)state;
    pinna_audio_writer *writer;
    pinna_error error;
    const char *path = support_temp("never.flac");
    assert_int_equal(pinna_audio_writer_open(path, RATE, 0, 0, &writer, &error),
                     PINNA_BAD_ARG);
    assert_int_equal(
        pinna_audio_writer_open(path, RATE, 65, 0, &writer, &error),
        PINNA_BAD_ARG);
    assert_int_equal(pinna_audio_writer_open(path, 1, 1, 0, &writer, &error),
                     PINNA_BAD_ARG);
    /* FLAC has 8 channels at most. */
    assert_int_not_equal(
        pinna_audio_writer_open(path, RATE, 20, 0, &writer, &error), PINNA_OK);
    assert_memory_equal(error.text, path, strlen(path));
    assert_int_equal(
        pinna_audio_writer_open(path, RATE, 1, 0x123456, &writer, &error),
        PINNA_UNSUPPORTED);
    assert_null(writer);
    assert_int_equal(
        pinna_audio_writer_open("/nowhere/a.wav", RATE, 1, 0, &writer, &error),
        PINNA_NOT_FOUND);
    assert_int_equal(pinna_audio_writer_open("/", RATE, 1, 0, &writer, &error),
                     PINNA_IO);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(count_leftovers(), 0);
}

static void test_abort_and_full_disk(void **state)
{
    (void)state;
    pinna_audio_writer *writer;
    float samples[5000] = {0};
    const float *const channels[1] = {samples};
    const char *path = support_temp("aborted.wav");
    assert_int_equal(pinna_audio_writer_open(path, RATE, 1, 0, &writer, NULL),
                     PINNA_OK);
    assert_int_equal(pinna_audio_writer_write(writer, channels, 5000, NULL),
                     PINNA_OK);
    pinna_audio_writer_abort(writer);
    pinna_audio_writer_abort(NULL);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(count_leftovers(), 0);

    if (access("/dev/full", W_OK) == 0) {
        pinna_error error = {""};
        assert_int_equal(
            pinna_audio_save_mono("/dev/full", RATE, samples, 5000, &error),
            PINNA_IO);
        assert_string_equal(error.text, "/dev/full: No space left on device");
    }
}

static void test_no_samples_written(void **state)
{
    (void)state;
    const char *path = support_temp("nothing.wav");
    assert_int_equal(pinna_audio_save_mono(path, RATE, NULL, 0, NULL),
                     PINNA_OK);
    check_refused(path, PINNA_BAD_FORMAT, "no samples");
}

static pinna_status open_and_close(void)
{
    pinna_audio_reader *reader;
    pinna_audio_info info;
    const pinna_status status = pinna_audio_reader_open(
        support_temp("memory.wav"), &reader, &info, NULL);
    pinna_audio_reader_close(reader);
    return status;
}

static pinna_status write_and_commit(void)
{
    pinna_audio_writer *writer;
    const float samples[100] = {0.5f};
    const float *const channels[1] = {samples};
    pinna_status status = pinna_audio_writer_open(support_temp("memory.flac"),
                                                  RATE, 1, 0, &writer, NULL);
    if (status)
        return status;
    status = pinna_audio_writer_write(writer, channels, 100, NULL);
    assert_int_equal(pinna_audio_writer_commit(writer, NULL), PINNA_OK);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    put_wav("memory.wav", 1, RATE, 6000, 3000);
    support_survives_no_memory(open_and_close);
    support_survives_no_memory(write_and_commit);
    assert_int_equal(count_leftovers(), 0);
}

static void test_recordings(void **state)
{
    (void)state;
    const char *path = support_data("speech/digits/train/0_george_5.flac");
    if (!path)
        skip();
    struct sound sound;
    get_sound(path, 5000, &sound);
    assert_int_equal(sound.info.sample_rate, 16000);
    assert_int_equal(sound.info.n_channels, 1);
    assert_int_equal(sound.n, sound.info.n_samples);
    assert_false(sound.truncated);

    /* Cut in the middle, a FLAC gives what can be decoded. */
    static unsigned char bytes[6000];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), sizeof bytes);
    fclose(file);
    put_file(support_temp("cut.flac"), bytes, sizeof bytes);
    struct sound part;
    get_sound(support_temp("cut.flac"), 5000, &part);
    assert_true(part.truncated);
    assert_in_range(part.n, 1, sound.n - 1);
    assert_memory_equal(part.channels[0], sound.channels[0],
                        part.n * sizeof(float));
    free_sound(&part);
    free_sound(&sound);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_wav),
        cmocka_unit_test(test_cut_wav),
        cmocka_unit_test(test_unknown_length),
        cmocka_unit_test(test_bad_samples),
        cmocka_unit_test(test_skip),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_survives_broken_files),
        cmocka_unit_test(test_nothing_on_stderr),
        cmocka_unit_test(test_reads_and_writes_raw),
        cmocka_unit_test(test_refuses_raw),
        cmocka_unit_test(test_reads_pipe),
        cmocka_unit_test(test_reads_raw_pipe),
        cmocka_unit_test(test_writes_pipe),
        cmocka_unit_test(test_writes_stdout),
        cmocka_unit_test(test_closes_only_its_own_descriptors),
        cmocka_unit_test(test_copy_is_identity),
        cmocka_unit_test(test_rounds_and_clips),
        cmocka_unit_test(test_formats_by_suffix),
        cmocka_unit_test(test_unknown_suffix),
        cmocka_unit_test(test_mp3),
        cmocka_unit_test(test_huge_block),
        cmocka_unit_test(test_many_channels),
        cmocka_unit_test(test_same_samples_same_bytes),
        cmocka_unit_test(test_writer_refuses),
        cmocka_unit_test(test_abort_and_full_disk),
        cmocka_unit_test(test_no_samples_written),
        cmocka_unit_test(test_survives_no_memory),
        cmocka_unit_test(test_recordings),
    };
    return cmocka_run_group_tests_name("audio_file", tests, NULL, NULL);
}
