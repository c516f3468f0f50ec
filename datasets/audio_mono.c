#include "datasets/audio_mono.h"

#include "datasets/audio_file.h"
#include "dsp/resample.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Samples of a channel that are read at once. */
#define BLOCK 1024

/* What messages call the path. */
static const char *name_of(const char *path)
{
    return strcmp(path, "-") == 0 ? "stdin" : path;
}

static pinna_status no_memory(const char *path, pinna_error *error)
{
    return pinna_fail(error, PINNA_NO_MEMORY, "%s: %s", path,
                      pinna_strerror(PINNA_NO_MEMORY));
}

/* The mean of channels [n_channels][n]. */
static void average(float *const *channels, size_t n_channels, size_t n,
                    float *out)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t c = 0; c < n_channels; c++)
            sum += (double)channels[c][i];
        out[i] = (float)(sum / (double)n_channels);
    }
}

/* Grows *samples [*capacity] to at least n. */
static bool grow(float **samples, size_t *capacity, size_t n)
{
    if (n <= *capacity)
        return true;
    if (n > SIZE_MAX / 4 / sizeof **samples)
        return false;
    float *grown = realloc(*samples, 2 * n * sizeof **samples);
    if (!grown)
        return false;
    *samples = grown;
    *capacity = 2 * n;
    return true;
}

/* At most `limit` samples from where the reader stands. *samples is the
 * caller's, also after a failure. */
static pinna_status read_mono(pinna_audio_reader *reader, const char *path,
                              size_t n_channels, size_t limit,
                              float *const *channels, float **samples,
                              size_t *n_samples, pinna_error *error)
{
    size_t capacity = 0, n_read;

    while (*n_samples < limit) {
        const size_t left = limit - *n_samples;
        const pinna_status status = pinna_audio_reader_read(
            reader, channels, left < BLOCK ? left : BLOCK, &n_read, error);
        if (status || n_read == 0)
            return status;
        if (!grow(samples, &capacity, *n_samples + n_read))
            return no_memory(path, error);
        average(channels, n_channels, n_read, *samples + *n_samples);
        *n_samples += n_read;
    }
    return PINNA_OK;
}

/* As pinna_audio_load_mono(), at the file's own rate. */
static pinna_status load_part(pinna_audio_reader *reader, const char *path,
                              const pinna_audio_info *info, double offset_s,
                              double duration_s, float **samples,
                              size_t *n_samples, pinna_error *error)
{
    const double rate = info->sample_rate;
    float *channels[PINNA_MAX_CHANNELS];
    float *scratch = malloc(BLOCK * info->n_channels * sizeof *scratch);
    if (!scratch)
        return no_memory(path, error);
    for (size_t c = 0; c < info->n_channels; c++)
        channels[c] = scratch + c * BLOCK;

    /* 1e15 samples are beyond any file and within size_t. */
    const size_t begin = (size_t)fmin(round(offset_s * rate), 1e15);
    const size_t limit = duration_s > 0
                             ? (size_t)fmin(round(duration_s * rate), 1e15)
                             : SIZE_MAX;
    pinna_audio_reader_skip(reader, begin);
    pinna_status status = read_mono(reader, path, info->n_channels, limit,
                                    channels, samples, n_samples, error);
    free(scratch);

    if (!status && *n_samples == 0)
        status = pinna_fail(error, PINNA_BAD_ARG,
                            "%s: no samples from %.10g s on", path, offset_s);
    return status;
}

pinna_status pinna_audio_load_mono(const char *path, double offset_s,
                                   double duration_s, unsigned sample_rate,
                                   float **samples, size_t *n_samples,
                                   unsigned *rate, pinna_error *error)
{
    pinna_audio_reader *reader;
    pinna_audio_info info;
    float *whole = NULL;
    size_t n_whole = 0;

    const char *name = name_of(path);
    *samples = NULL;
    *n_samples = 0;
    if (!(offset_s >= 0 && duration_s >= 0))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: offset %g s, duration %g s", name, offset_s,
                          duration_s);

    pinna_status status = pinna_audio_reader_open(path, &reader, &info, error);
    if (status)
        return status;
    status = load_part(reader, name, &info, offset_s, duration_s, &whole,
                       &n_whole, error);
    pinna_audio_reader_close(reader);

    if (!status && sample_rate != 0 && sample_rate != info.sample_rate) {
        status = pinna_resample(whole, n_whole, info.sample_rate, sample_rate,
                                samples, n_samples);
        if (status)
            pinna_fail(error, status, "%s: from %u to %u Hz: %s", name,
                       info.sample_rate, sample_rate, pinna_strerror(status));
    } else if (!status) {
        *samples = whole;
        *n_samples = n_whole;
        whole = NULL;
    }
    free(whole);
    if (!status && rate)
        *rate = sample_rate ? sample_rate : info.sample_rate;
    return status;
}

pinna_status pinna_audio_save_mono(const char *path, unsigned sample_rate,
                                   const float *samples, size_t n_samples,
                                   pinna_error *error)
{
    pinna_audio_writer *writer;
    pinna_status status =
        pinna_audio_writer_open(path, sample_rate, 1, 0, &writer, error);
    if (status)
        return status;
    status = pinna_audio_writer_write(writer, &samples, n_samples, error);
    if (status) {
        pinna_audio_writer_abort(writer);
        return status;
    }
    return pinna_audio_writer_commit(writer, error);
}
