/* datasets/audio_file.h -- sound files, the one door to libsndfile
 *
 * Whatever libsndfile opens: WAV, FLAC, Ogg, Opus, MP3, any rate, any channel
 * count up to PINNA_MAX_CHANNELS. Samples are float, full scale +-1,
 * deinterleaved. "-" is a WAV on stdin or stdout. NaN and infinite samples of a
 * file become 0 and are counted in n_bad. */
#ifndef PINNA_DATASETS_AUDIO_FILE_H
#define PINNA_DATASETS_AUDIO_FILE_H

#include "datasets/audio_mono.h" /* the short way, for most */
#include "datasets/raw_format.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_MAX_CHANNELS    64
#define PINNA_MIN_SAMPLE_RATE 1000   /* Hz; below is a broken header */
#define PINNA_MAX_SAMPLE_RATE 768000 /* Hz */

typedef struct pinna_audio_info {
    unsigned sample_rate; /* Hz */
    size_t n_channels;
    size_t n_samples; /* per channel; 0 when the file does not tell */
    char format[64];  /* "WAV (Microsoft), Signed 16 bit PCM" */
    int format_code;  /* libsndfile's, to write a file of the same kind */
} pinna_audio_info;

typedef struct pinna_audio_reader pinna_audio_reader;
typedef struct pinna_audio_writer pinna_audio_writer;

/* Errors name the path and the cause: missing, a directory, empty, not a sound
 * file, too many channels, a sample rate out of range, no samples. */
pinna_status pinna_audio_reader_open(const char *path, pinna_audio_reader **out,
                                     pinna_audio_info *info,
                                     pinna_error *error);

/* The same for samples without a header; raw may be NULL: they have one. A file
 * whose last sample is cut ends before it. */
pinna_status pinna_audio_reader_open_raw(const char *path,
                                         const pinna_raw_format *raw,
                                         pinna_audio_reader **out,
                                         pinna_audio_info *info,
                                         pinna_error *error);

/* Read at most n samples of every channel: channels [n_channels][n]. *n_read
 * is 0 at the end. A file that ends before its header says so ends early;
 * pinna_audio_reader_truncated() then tells. */
pinna_status pinna_audio_reader_read(pinna_audio_reader *reader,
                                     float *const *channels, size_t n,
                                     size_t *n_read, pinna_error *error);
/* Go past the next n samples of every channel; stops at the end. */
void pinna_audio_reader_skip(pinna_audio_reader *reader, size_t n);
bool pinna_audio_reader_truncated(const pinna_audio_reader *reader);
size_t pinna_audio_reader_n_bad(const pinna_audio_reader *reader);
void pinna_audio_reader_close(pinna_audio_reader *reader);

/* Is the suffix one of those below? */
bool pinna_audio_is_sound_name(const char *path);

/* Creates a temporary file beside path. format_code 0 picks by the suffix:
 * .wav, .flac, .aiff, .au, .caf, .w64, .rf64 (16 bit), .ogg (Vorbis), .opus and
 * .mp3, if libsndfile has those; WAV where there is none. PINNA_UNSUPPORTED for
 * others. Samples beyond full scale are clipped in integer formats. */
pinna_status pinna_audio_writer_open(const char *path, unsigned sample_rate,
                                     size_t n_channels, int format_code,
                                     pinna_audio_writer **out,
                                     pinna_error *error);
pinna_status pinna_audio_writer_write(pinna_audio_writer *writer,
                                      const float *const *channels, size_t n,
                                      pinna_error *error);
/* Sync and rename to path. The writer is gone afterwards, done or failed. */
pinna_status pinna_audio_writer_commit(pinna_audio_writer *writer,
                                       pinna_error *error);
/* Drop what was written. NULL is fine. */
void pinna_audio_writer_abort(pinna_audio_writer *writer);

#endif
