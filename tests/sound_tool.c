/* tests/sound_tool.c -- makes and compares sound files, for the tests in hosts
 *
 *     sound_tool make IN OUT CHANNELS
 *         IN (mono) as WAV of 32 bit floats; in a second channel half as loud
 *         and 0.1 s late, so that the two are of one kind but not the same
 *     sound_tool compare WANT GOT DELAY TOLERANCE
 *         GOT is WANT, DELAY samples late: no sample differs by more than
 *         TOLERANCE, and at most 0.2 s are missing at the end
 *     sound_tool delay STEREO
 *         prints by how many samples, 0 .. 5000, the second channel is late:
 *         the shift at which it matches the first one best
 *     sound_tool find WANT GOT
 *         prints where in GOT (mono) WANT begins, in samples, as far as
 *         its loudest part tells, and how much it stands out against what
 *         differs, in dB; 999 for nothing */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/audio_file.h"

/* libsndfile's for WAV of 32 bit floats. */
#define WAV_FLOAT 0x010006

#define MOST_DELAY 5000

typedef struct sound {
    unsigned sample_rate;
    size_t n_channels, n;
    float *channels[2]; /* [n] */
} sound;

static void must(pinna_status status, const pinna_error *error)
{
    if (!status)
        return;
    fprintf(stderr, "sound_tool: %s\n", error->text);
    exit(1);
}

static void *memory(size_t size)
{
    void *bytes = calloc(size + 1, 1);
    if (!bytes)
        abort();
    return bytes;
}

/* All of a file of one or two channels; GStreamer's and other streams do not
 * tell how long they are. */
static sound read_sound(const char *path)
{
    pinna_audio_reader *reader;
    pinna_audio_info info;
    pinna_error error;
    enum { BLOCK = 1 << 16 };

    must(pinna_audio_reader_open(path, &reader, &info, &error), &error);
    sound s = {info.sample_rate, info.n_channels, 0, {NULL, NULL}};
    if (s.n_channels > 2) {
        fprintf(stderr, "sound_tool: %s: %zu channels\n", path, s.n_channels);
        exit(1);
    }
    for (size_t n_read = 1; n_read > 0; s.n += n_read) {
        float *space[2];
        for (size_t c = 0; c < s.n_channels; c++) {
            s.channels[c] =
                realloc(s.channels[c], (s.n + BLOCK) * sizeof(float));
            if (!s.channels[c])
                abort();
            space[c] = s.channels[c] + s.n;
        }
        must(pinna_audio_reader_read(reader, space, BLOCK, &n_read, &error),
             &error);
    }
    pinna_audio_reader_close(reader);
    return s;
}

static void free_sound(sound *s)
{
    free(s->channels[0]);
    free(s->channels[1]);
}

static int make(const char *in, const char *out, size_t n_channels)
{
    sound s = read_sound(in);
    const size_t late = s.sample_rate / 10;
    float *second = memory(s.n * sizeof *second);
    const float *channels[] = {s.channels[0], second};
    pinna_audio_writer *writer;
    pinna_error error;

    for (size_t i = late; i < s.n; i++)
        second[i] = 0.5f * s.channels[0][i - late];
    must(pinna_audio_writer_open(out, s.sample_rate, n_channels, WAV_FLOAT,
                                 &writer, &error),
         &error);
    must(pinna_audio_writer_write(writer, channels, s.n, &error), &error);
    must(pinna_audio_writer_commit(writer, &error), &error);
    free(second);
    free_sound(&s);
    return 0;
}

static int compare(const char *want_path, const char *got_path, size_t delay,
                   double tolerance)
{
    sound want = read_sound(want_path), got = read_sound(got_path);
    const size_t n_late = got.n > delay ? got.n - delay : 0;
    const size_t n = n_late < want.n ? n_late : want.n;
    double most = 0;
    int code = 0;

    for (size_t c = 0; c < want.n_channels && c < got.n_channels; c++)
        for (size_t i = 0; i < n; i++)
            most = fmax(most, fabs((double)got.channels[c][delay + i] -
                                   (double)want.channels[c][i]));
    if (got.n_channels != want.n_channels ||
        got.sample_rate != want.sample_rate) {
        printf("%zu channels at %u Hz, not %zu at %u\n", got.n_channels,
               got.sample_rate, want.n_channels, want.sample_rate);
        code = 1;
    } else if (want.n > n_late + delay + want.sample_rate / 5) {
        printf("%zu samples, not %zu\n", got.n, want.n);
        code = 1;
    } else {
        code = !(most <= tolerance);
        printf("differs by %.3g\n", most);
    }
    free_sound(&want);
    free_sound(&got);
    return code;
}

static int find_delay(const char *path)
{
    sound s = read_sound(path);
    const float *first = s.channels[0], *second = s.channels[1];
    double most = 0;
    size_t best = 0;

    for (size_t lag = 0; second && lag <= MOST_DELAY && lag < s.n; lag++) {
        double sum = 0;
        for (size_t i = 0; lag + i < s.n; i++)
            sum += (double)first[i] * (double)second[lag + i];
        if (sum > most) {
            most = sum;
            best = lag;
        }
    }
    printf("%zu\n", best);
    free_sound(&s);
    return 0;
}

/* Sum of a [n] times b [n]. */
static double product(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static int find(const char *want_path, const char *got_path)
{
    enum { PART = 4096 };
    sound want = read_sound(want_path), got = read_sound(got_path);
    size_t loudest = 0, place = 0;
    double most = 0, difference = 0;

    for (size_t at = 0; at + PART <= want.n; at += PART / 2) {
        const float *part = want.channels[0] + at;
        const double power = product(part, part, PART);
        if (power > most) {
            most = power;
            loudest = at;
        }
    }
    most = 0;
    for (size_t at = loudest; at + PART <= got.n; at++) {
        const double likeness =
            product(want.channels[0] + loudest, got.channels[0] + at, PART);
        if (likeness > most) {
            most = likeness;
            place = at - loudest;
        }
    }
    const size_t n = got.n - place < want.n ? got.n - place : want.n;
    for (size_t i = 0; i < n; i++) {
        const double d =
            (double)want.channels[0][i] - (double)got.channels[0][place + i];
        difference += d * d;
    }
    const double power = product(want.channels[0], want.channels[0], n);
    printf("%zu %.1f\n", place,
           difference > 0 ? 10 * log10(power / difference) : 999.0);
    free_sound(&want);
    free_sound(&got);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "make") == 0)
        return make(argv[2], argv[3], strtoul(argv[4], NULL, 10));
    if (argc == 6 && strcmp(argv[1], "compare") == 0)
        return compare(argv[2], argv[3], strtoul(argv[4], NULL, 10),
                       strtod(argv[5], NULL));
    if (argc == 3 && strcmp(argv[1], "delay") == 0)
        return find_delay(argv[2]);
    if (argc == 4 && strcmp(argv[1], "find") == 0)
        return find(argv[2], argv[3]);
    fprintf(stderr, "sound_tool: make, compare, delay or find\n");
    return 2;
}
