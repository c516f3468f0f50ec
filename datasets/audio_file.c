#include "datasets/audio_file.h"

#include "datasets/byte_sink.h"
#include "datasets/quiet.h"

#include <sndfile.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Samples of a channel that go through libsndfile in one call. Its Vorbis
 * encoder puts a call's samples on the stack and dies of very large ones. */
#define BLOCK 1024

/* What writers that do not know the length put in a WAV header is at least
 * this many bytes: sox 0x7FFFF000, FFmpeg 0xFFFFFFFF. */
#define UNKNOWN_LENGTH 0x7FFFF000u

/* Chunks looked at for the data of a WAV: files have some ten, and one full of
 * zeros would have millions, eight bytes each. */
#define MAX_CHUNKS 1000

struct pinna_audio_reader {
    SNDFILE *sf;
    int fd;
    char *path;
    size_t n_channels;
    size_t n_promised; /* samples per channel; 0 when unknown */
    size_t n_done;
    size_t n_bad;
    bool seekable, truncated;
    bool noisy;   /* its decoder writes to stderr */
    float *block; /* [BLOCK, n_channels] */
};

static pinna_status no_memory(const char *path, pinna_error *error)
{
    return pinna_fail(error, PINNA_NO_MEMORY, "%s: %s", path,
                      pinna_strerror(PINNA_NO_MEMORY));
}

static bool is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* A named pipe gets 10 s to deliver its first byte, lest one that nobody
 * writes to waits for ever. */
static pinna_status await_pipe(int fd, const char *path, pinna_error *error)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    int found;

    do
        found = poll(&wanted, 1, 10000);
    while (found < 0 && errno == EINTR);
    if (found <= 0)
        return pinna_fail(error, PINNA_IO, "%s: nobody writes to this pipe",
                          path);
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
        return pinna_fail(error, PINNA_IO, "%s: %s", path, strerror(errno));
    return PINNA_OK;
}

/* The descriptor to read from, in *fd. */
static pinna_status open_input(const char *path, int *fd, pinna_error *error)
{
    struct stat state;

    *fd = is_standard(path) ? STDIN_FILENO
                            : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (*fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return pinna_fail(error, PINNA_NOT_FOUND, "no such file: %s", path);
    if (*fd < 0 || fstat(*fd, &state) < 0)
        return pinna_fail(error, PINNA_IO, "%s: %s", path, strerror(errno));
    if (S_ISDIR(state.st_mode))
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s: is a directory", path);
    if (S_ISREG(state.st_mode) && state.st_size == 0)
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s: empty file", path);
    if (S_ISFIFO(state.st_mode) && !is_standard(path))
        return await_pipe(*fd, path, error);
    return PINNA_OK;
}

/* Does it look like MP3: a tag or the eleven bits that start a frame? */
static bool is_mp3(int fd)
{
    unsigned char head[3];
    return pread(fd, head, 3, 0) == 3 &&
           (memcmp(head, "ID3", 3) == 0 ||
            (head[0] == 0xFF && (head[1] & 0xE0) == 0xE0));
}

/* Does the data chunk of a WAV promise more bytes than the file has? libsndfile
 * quietly takes what is there. */
static bool wav_is_cut(int fd)
{
    unsigned char head[12];
    struct stat state;
    off_t place = 12;

    if (fstat(fd, &state) < 0 || !S_ISREG(state.st_mode) ||
        pread(fd, head, 12, 0) != 12 || memcmp(head, "RIFF", 4) != 0 ||
        memcmp(head + 8, "WAVE", 4) != 0)
        return false;
    for (int n = 0; n < MAX_CHUNKS && pread(fd, head, 8, place) == 8; n++) {
        const uint32_t size = (uint32_t)head[4] | (uint32_t)head[5] << 8 |
                              (uint32_t)head[6] << 16 | (uint32_t)head[7] << 24;
        place += 8;
        if (memcmp(head, "data", 4) == 0)
            return size < UNKNOWN_LENGTH && size > state.st_size - place;
        place += (off_t)size + (size & 1); /* chunks have an even length */
    }
    return false;
}

static void describe(const SF_INFO *sf_info, char *text, size_t n)
{
    SF_FORMAT_INFO major = {.format = sf_info->format & SF_FORMAT_TYPEMASK};
    SF_FORMAT_INFO minor = {.format = sf_info->format & SF_FORMAT_SUBMASK};
    sf_command(NULL, SFC_GET_FORMAT_INFO, &major, sizeof major);
    sf_command(NULL, SFC_GET_FORMAT_INFO, &minor, sizeof minor);
    snprintf(text, n, "%s, %s", major.name ? major.name : "?",
             minor.name ? minor.name : "?");
}

/* Refuse what pinna cannot use. */
static pinna_status check(const SF_INFO *sf_info, const char *path,
                          pinna_error *error)
{
    if (sf_info->channels < 1 || sf_info->channels > PINNA_MAX_CHANNELS)
        return pinna_fail(error, PINNA_UNSUPPORTED,
                          "%s: %d channels, at most %d are supported", path,
                          sf_info->channels, PINNA_MAX_CHANNELS);
    if (sf_info->samplerate < PINNA_MIN_SAMPLE_RATE ||
        sf_info->samplerate > PINNA_MAX_SAMPLE_RATE)
        return pinna_fail(error, PINNA_UNSUPPORTED,
                          "%s: sample rate %d Hz is outside %d .. %d Hz", path,
                          sf_info->samplerate, PINNA_MIN_SAMPLE_RATE,
                          PINNA_MAX_SAMPLE_RATE);
    if (sf_info->frames <= 0)
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s: no samples", path);
    return PINNA_OK;
}

/* As libsndfile wants to be told of a file without a header. */
static SF_INFO raw_info(const pinna_raw_format *raw)
{
    static const int kinds[PINNA_N_RAW_KINDS] = {
        [PINNA_RAW_U8] = SF_FORMAT_PCM_U8,  [PINNA_RAW_S16] = SF_FORMAT_PCM_16,
        [PINNA_RAW_S24] = SF_FORMAT_PCM_24, [PINNA_RAW_S32] = SF_FORMAT_PCM_32,
        [PINNA_RAW_F32] = SF_FORMAT_FLOAT,
    };

    return (SF_INFO){
        .samplerate = (int)raw->sample_rate,
        .channels = (int)raw->n_channels,
        .format = SF_FORMAT_RAW | SF_ENDIAN_LITTLE | kinds[raw->kind],
    };
}

/* sf_info is what raw_info() says, or empty. */
static pinna_status start_reader(pinna_audio_reader *reader, const char *path,
                                 SF_INFO *sf_info, pinna_error *error)
{
    const bool raw = sf_info->format != 0;
    pinna_status status = open_input(path, &reader->fd, error);
    if (status)
        return status;

    reader->path = strdup(is_standard(path) ? "stdin" : path);
    if (!reader->path)
        return no_memory(path, error);
    reader->truncated = !raw && wav_is_cut(reader->fd);
    reader->noisy = !raw && is_mp3(reader->fd);

    /* A descriptor of its own: libsndfile closes what it cannot read, told to
     * or not, and closed twice it could be a file of another thread. */
    const int own = fcntl(reader->fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        return pinna_fail(error, PINNA_IO, "%s: %s", reader->path,
                          strerror(errno));

    const int kept = reader->noisy ? pinna_quiet_begin() : -1;
    errno = 0;
    reader->sf = sf_open_fd(own, SFM_READ, sf_info, SF_TRUE);
    const int cause = errno;
    if (reader->noisy)
        pinna_quiet_end(kept);

    if (!reader->sf && cause == ENOMEM)
        return no_memory(path, error);
    if (!reader->sf)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: not a sound file that libsndfile can read (%s)",
                          reader->path, sf_strerror(NULL));
    status = check(sf_info, reader->path, error);
    if (status)
        return status;

    reader->n_channels = (size_t)sf_info->channels;
    reader->seekable = sf_info->seekable;
    reader->n_promised = (size_t)sf_info->frames;
    /* In samples of four bytes, the widest that are common. */
    if (!reader->seekable &&
        reader->n_promised >= UNKNOWN_LENGTH / 4 / reader->n_channels)
        reader->n_promised = 0;
    if (sf_info->frames == SF_COUNT_MAX)
        reader->n_promised = 0;

    reader->block = malloc(BLOCK * reader->n_channels * sizeof(float));
    return reader->block ? PINNA_OK : no_memory(path, error);
}

pinna_status pinna_audio_reader_open(const char *path, pinna_audio_reader **out,
                                     pinna_audio_info *info, pinna_error *error)
{
    return pinna_audio_reader_open_raw(path, NULL, out, info, error);
}

pinna_status pinna_audio_reader_open_raw(const char *path,
                                         const pinna_raw_format *raw,
                                         pinna_audio_reader **out,
                                         pinna_audio_info *info,
                                         pinna_error *error)
{
    *out = NULL;
    pinna_audio_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return no_memory(path, error);

    SF_INFO sf_info = raw ? raw_info(raw) : (SF_INFO){0};
    reader->fd = -1;
    const pinna_status status = start_reader(reader, path, &sf_info, error);
    if (status) {
        pinna_audio_reader_close(reader);
        return status;
    }

    if (info) {
        *info = (pinna_audio_info){
            .sample_rate = (unsigned)sf_info.samplerate,
            .n_channels = reader->n_channels,
            .n_samples = reader->n_promised,
            .format_code = sf_info.format,
        };
        describe(&sf_info, info->format, sizeof info->format);
    }
    *out = reader;
    return PINNA_OK;
}

/* In a way that compilers vectorise: the sum is NaN if a sample is infinite or
 * NaN, since 0 times either is. */
static bool all_finite(const float *x, size_t n)
{
    float sum[8] = {0};
    size_t i = 0;
    for (; n - i >= 8; i += 8)
        for (size_t k = 0; k < 8; k++)
            sum[k] += 0.0f * x[i + k];
    for (; i < n; i++)
        sum[0] += 0.0f * x[i];
    for (size_t k = 1; k < 8; k++)
        sum[0] += sum[k];
    return sum[0] == 0.0f;
}

/* block [n, n_channels] -> channels [n_channels][n] from sample `at` on. */
static size_t deinterleave(const float *block, size_t n_channels,
                           float *const *channels, size_t at, size_t n)
{
    size_t n_bad = 0;

    if (n_channels == 1 && all_finite(block, n)) { /* as most are */
        memcpy(channels[0] + at, block, n * sizeof *block);
        return 0;
    }
    for (size_t c = 0; c < n_channels; c++) {
        float *channel = channels[c] + at;
        for (size_t i = 0; i < n; i++) {
            const float sample = block[i * n_channels + c];
            const bool good = isfinite(sample);
            channel[i] = good ? sample : 0;
            n_bad += !good;
        }
    }
    return n_bad;
}

/* At most n samples, n <= BLOCK, into reader->block; 0 at the end. */
static size_t read_block(pinna_audio_reader *reader, size_t n)
{
    const int kept = reader->noisy ? pinna_quiet_begin() : -1;
    const sf_count_t count =
        sf_readf_float(reader->sf, reader->block, (sf_count_t)n);
    if (reader->noisy)
        pinna_quiet_end(kept);

    if (count <= 0)
        return 0;
    reader->n_done += (size_t)count;
    return (size_t)count;
}

pinna_status pinna_audio_reader_read(pinna_audio_reader *reader,
                                     float *const *channels, size_t n,
                                     size_t *n_read, pinna_error *error)
{
    *n_read = 0;
    while (*n_read < n) {
        const size_t wanted = n - *n_read < BLOCK ? n - *n_read : BLOCK;
        const size_t count = read_block(reader, wanted);
        if (count == 0)
            break;
        reader->n_bad += deinterleave(reader->block, reader->n_channels,
                                      channels, *n_read, count);
        *n_read += count;
    }
    if (*n_read == n)
        return PINNA_OK;

    if (sf_error(reader->sf) == SF_ERR_SYSTEM)
        return pinna_fail(error, PINNA_IO, "%s: %s", reader->path,
                          sf_strerror(reader->sf));
    /* Formats that pack their samples report a cut file as an error. */
    if (sf_error(reader->sf) || reader->n_done < reader->n_promised)
        reader->truncated = true;
    if (reader->n_done == 0)
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s: no samples",
                          reader->path);
    return PINNA_OK;
}

void pinna_audio_reader_skip(pinna_audio_reader *reader, size_t n)
{
    const size_t left = reader->n_promised - reader->n_done;
    const size_t step = n < left ? n : left;

    if (reader->seekable && reader->n_promised > 0 && !reader->noisy &&
        sf_seek(reader->sf, (sf_count_t)step, SEEK_CUR) >= 0) {
        reader->n_done += step;
        return;
    }
    for (size_t count = 1; n > 0 && count > 0; n -= count)
        count = read_block(reader, n < BLOCK ? n : BLOCK);
}

bool pinna_audio_reader_truncated(const pinna_audio_reader *reader)
{
    return reader->truncated;
}

size_t pinna_audio_reader_n_bad(const pinna_audio_reader *reader)
{
    return reader->n_bad;
}

void pinna_audio_reader_close(pinna_audio_reader *reader)
{
    if (!reader)
        return;
    if (reader->sf)
        sf_close(reader->sf);
    if (reader->fd >= 0 && reader->fd != STDIN_FILENO)
        close(reader->fd);
    free(reader->path);
    free(reader->block);
    free(reader);
}

struct pinna_audio_writer {
    SNDFILE *sf;
    pinna_byte_sink *sink;
    uint64_t place; /* in the sink, as libsndfile sees it */
    size_t n_channels;
    int bits; /* of an integer format, 0 for float and lossy ones */
    bool wav;
    union {
        float f[BLOCK];
        int i[BLOCK];
    } block; /* BLOCK / n_channels samples of every channel */
};

/* What libsndfile calls to write. It goes back to the header at the end; on a
 * pipe that is dropped and the first header has to say "length unknown". */
static sf_count_t sink_length(void *user)
{
    const pinna_audio_writer *writer = user;
    return (sf_count_t)pinna_byte_sink_size(writer->sink);
}

static sf_count_t sink_seek(sf_count_t offset, int whence, void *user)
{
    pinna_audio_writer *writer = user;
    const sf_count_t length = sink_length(user);
    const sf_count_t place =
        offset + (whence == SEEK_SET   ? 0
                  : whence == SEEK_CUR ? (sf_count_t)writer->place
                                       : length);
    if (place < 0)
        return -1;
    writer->place = (uint64_t)place;
    return place;
}

static sf_count_t sink_tell(void *user)
{
    const pinna_audio_writer *writer = user;
    return (sf_count_t)writer->place;
}

static sf_count_t sink_read(void *bytes, sf_count_t n, void *user)
{
    (void)bytes, (void)n, (void)user;
    return 0;
}

/* The sizes in a WAV header. */
static void forget_length(unsigned char *header, size_t n)
{
    if (n < 8 || memcmp(header, "RIFF", 4) != 0)
        return;
    memset(header + 4, 0xFF, 4);
    for (size_t i = 12; i + 8 <= n; i++)
        if (memcmp(header + i, "data", 4) == 0) {
            memset(header + i + 4, 0xFF, 4);
            return;
        }
}

static sf_count_t sink_write(const void *bytes, sf_count_t n, void *user)
{
    pinna_audio_writer *writer = user;
    unsigned char header[512];

    if (writer->wav && pinna_byte_sink_size(writer->sink) == 0 &&
        !pinna_byte_sink_seekable(writer->sink) && (size_t)n <= sizeof header) {
        memcpy(header, bytes, (size_t)n);
        forget_length(header, (size_t)n);
        bytes = header;
    }
    if (pinna_byte_sink_write(writer->sink, writer->place, bytes, (size_t)n))
        return 0;
    writer->place += (uint64_t)n;
    return n;
}

/* Bits of an integer sample, 0 when libsndfile should get floats. */
static int integer_bits(int format_code)
{
    switch (format_code & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_DPCM_8:
        return 8;
    case SF_FORMAT_PCM_24:
    case SF_FORMAT_ALAC_24:
        return 24;
    case SF_FORMAT_ALAC_20:
        return 20;
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_ALAC_32:
        return 32;
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE:
    case SF_FORMAT_VORBIS:
    case SF_FORMAT_OPUS:
    case SF_FORMAT_MPEG_LAYER_I:
    case SF_FORMAT_MPEG_LAYER_II:
    case SF_FORMAT_MPEG_LAYER_III:
        return 0;
    default: /* 16-bit PCM and what is packed from it: u-law, ADPCM, GSM */
        return 16;
    }
}

static const struct {
    const char *suffix;
    int format_code;
} formats[] = {
    {".wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},
    {".flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
    {".ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
    {".oga", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
    {".opus", SF_FORMAT_OGG | SF_FORMAT_OPUS},
    {".mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III},
    {".aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16},
    {".aif", SF_FORMAT_AIFF | SF_FORMAT_PCM_16},
    {".au", SF_FORMAT_AU | SF_FORMAT_PCM_16},
    {".caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16},
    {".w64", SF_FORMAT_W64 | SF_FORMAT_PCM_16},
    {".rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16},
};

/* From the dot of the file's name on; NULL when it has none. */
static const char *suffix_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && !strchr(dot, '/') ? dot : NULL;
}

/* What the suffix names, WAV where there is none; 0 for an unknown one. */
static int format_of_suffix(const char *path)
{
    const char *suffix = suffix_of(path);

    if (!suffix)
        return formats[0].format_code;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcasecmp(suffix, formats[i].suffix) == 0)
            return formats[i].format_code;
    return 0;
}

bool pinna_audio_is_sound_name(const char *path)
{
    return suffix_of(path) && format_of_suffix(path) != 0;
}

static pinna_status write_failed(pinna_audio_writer *writer, int sf_code,
                                 pinna_error *error)
{
    const int cause = pinna_byte_sink_cause(writer->sink);
    return pinna_fail(error, PINNA_IO, "%s: %s",
                      pinna_byte_sink_path(writer->sink),
                      cause ? strerror(cause) : sf_error_number(sf_code));
}

static pinna_status start_writer(pinna_audio_writer *writer, const char *path,
                                 SF_INFO *sf_info, pinna_error *error)
{
    static SF_VIRTUAL_IO doors = {sink_length, sink_seek, sink_read, sink_write,
                                  sink_tell};
    const int major = sf_info->format & SF_FORMAT_TYPEMASK;

    if (!sf_format_check(sf_info))
        return pinna_fail(error, PINNA_UNSUPPORTED,
                          "%s: %zu channels at %d Hz cannot be written in this "
                          "format",
                          path, writer->n_channels, sf_info->samplerate);
    const pinna_status status =
        pinna_byte_sink_open(path, &writer->sink, error);
    if (status)
        return status;

    writer->bits = integer_bits(sf_info->format);
    writer->wav = major == SF_FORMAT_WAV || major == SF_FORMAT_WAVEX;
    errno = 0;
    writer->sf = sf_open_virtual(&doors, SFM_WRITE, sf_info, writer);
    if (!writer->sf && errno == ENOMEM)
        return no_memory(path, error);
    if (!writer->sf || pinna_byte_sink_cause(writer->sink))
        return write_failed(writer, sf_error(writer->sf), error);
    /* It would hold the time of writing: same input, same bytes. */
    sf_command(writer->sf, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
    return PINNA_OK;
}

pinna_status pinna_audio_writer_open(const char *path, unsigned sample_rate,
                                     size_t n_channels, int format_code,
                                     pinna_audio_writer **out,
                                     pinna_error *error)
{
    *out = NULL;
    if (n_channels == 0 || n_channels > PINNA_MAX_CHANNELS ||
        sample_rate < PINNA_MIN_SAMPLE_RATE ||
        sample_rate > PINNA_MAX_SAMPLE_RATE)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: cannot write %zu channels at %u Hz", path,
                          n_channels, sample_rate);

    if (format_code == 0)
        format_code = format_of_suffix(path);
    if (format_code == 0)
        return pinna_fail(error, PINNA_UNSUPPORTED,
                          "%s: no kind of sound file to write ends with %s, as "
                          "do .wav, .flac, .ogg, .opus, .mp3, .aiff, .au, "
                          ".caf, .w64, .rf64",
                          path, suffix_of(path));

    pinna_audio_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return no_memory(path, error);
    writer->n_channels = n_channels;

    SF_INFO sf_info = {
        .samplerate = (int)sample_rate,
        .channels = (int)n_channels,
        .format = format_code,
    };
    const pinna_status status = start_writer(writer, path, &sf_info, error);
    if (status) {
        pinna_audio_writer_abort(writer);
        return status;
    }
    *out = writer;
    return PINNA_OK;
}

/* To the upper bits of an int, rounded and clipped to `bits`; libsndfile's own
 * conversion would scale by 32767 and cut, so that copying a file would change
 * it. */
static int to_int(float sample, int bits)
{
    const double full = ldexp(1, bits - 1);
    if (isnan(sample))
        return 0;
    const double scaled =
        fmin(fmax(rint((double)sample * full), -full), full - 1);
    return (int)(scaled * ldexp(1, 32 - bits));
}

/* n samples of every channel from `at` on, n * n_channels <= BLOCK. */
static bool write_block(pinna_audio_writer *writer,
                        const float *const *channels, size_t at, size_t n)
{
    const size_t n_channels = writer->n_channels;
    const sf_count_t count = (sf_count_t)n;

    for (size_t c = 0; c < n_channels; c++)
        for (size_t i = 0; i < n; i++) {
            const float sample = channels[c][at + i];
            if (writer->bits)
                writer->block.i[i * n_channels + c] =
                    to_int(sample, writer->bits);
            else
                writer->block.f[i * n_channels + c] =
                    isfinite(sample) ? sample : 0;
        }
    const sf_count_t done =
        writer->bits ? sf_writef_int(writer->sf, writer->block.i, count)
                     : sf_writef_float(writer->sf, writer->block.f, count);
    return done == count && !pinna_byte_sink_cause(writer->sink);
}

pinna_status pinna_audio_writer_write(pinna_audio_writer *writer,
                                      const float *const *channels, size_t n,
                                      pinna_error *error)
{
    const size_t n_block = BLOCK / writer->n_channels;

    for (size_t at = 0; at < n; at += n_block) {
        const size_t count = n - at < n_block ? n - at : n_block;
        /* Sizes in a WAV have 32 bits. */
        if (writer->wav && pinna_byte_sink_seekable(writer->sink) &&
            writer->place > UINT32_MAX - (1u << 20))
            return pinna_fail(error, PINNA_UNSUPPORTED,
                              "%s: a WAV file cannot be longer than 4 GiB",
                              pinna_byte_sink_path(writer->sink));
        if (!write_block(writer, channels, at, count))
            return write_failed(writer, sf_error(writer->sf), error);
    }
    return PINNA_OK;
}

pinna_status pinna_audio_writer_commit(pinna_audio_writer *writer,
                                       pinna_error *error)
{
    pinna_status status = PINNA_OK;
    const int before = sf_error(writer->sf);
    const int closed = sf_close(writer->sf);

    writer->sf = NULL;
    if (before || closed || pinna_byte_sink_cause(writer->sink)) {
        status = write_failed(writer, before ? before : closed, error);
    } else {
        status = pinna_byte_sink_commit(writer->sink, error);
        writer->sink = NULL;
    }
    pinna_audio_writer_abort(writer);
    return status;
}

void pinna_audio_writer_abort(pinna_audio_writer *writer)
{
    if (!writer)
        return;
    if (writer->sf)
        sf_close(writer->sf);
    pinna_byte_sink_abort(writer->sink);
    free(writer);
}
