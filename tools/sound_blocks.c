#include "tools/sound_blocks.h"

#include "tools/progress.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The sample at t seconds; 1e15 are beyond any file and within size_t. */
static size_t sample_at(double t, double rate)
{
    return (size_t)fmin(round(t * rate), 1e15);
}

static pinna_status begins_too_late(const pinna_sound_blocks *blocks,
                                    pinna_error *error)
{
    return pinna_fail(error, PINNA_BAD_FORMAT,
                      "%s: ends before the wanted part begins", blocks->path);
}

/* Go to sample n > 0, which must be there: the one before is read, the others
 * need not be. */
static pinna_status go_to(pinna_sound_blocks *blocks, size_t n,
                          pinna_error *error)
{
    size_t n_read;

    pinna_audio_reader_skip(blocks->reader, n - 1);
    const pinna_status status = pinna_audio_reader_read(
        blocks->reader, blocks->channels, 1, &n_read, error);
    return !status && n_read == 0 ? begins_too_late(blocks, error) : status;
}

static pinna_status start(pinna_sound_blocks *blocks,
                          const pinna_raw_format *raw, double offset_s,
                          double duration_s, pinna_error *error)
{
    const pinna_status status = pinna_audio_reader_open_raw(
        blocks->path, raw, &blocks->reader, &blocks->info, error);
    if (status)
        return status;

    const size_t n_channels = blocks->info.n_channels;
    const double rate = (double)blocks->info.sample_rate;
    blocks->memory =
        malloc(n_channels * PINNA_SOUND_BLOCK * sizeof *blocks->memory);
    if (!blocks->memory)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory",
                          blocks->path);
    for (size_t c = 0; c < n_channels; c++)
        blocks->channels[c] = blocks->memory + c * PINNA_SOUND_BLOCK;
    blocks->n_left = duration_s > 0 ? sample_at(duration_s, rate) : SIZE_MAX;
    const size_t n_before = sample_at(offset_s, rate);
    return n_before > 0 ? go_to(blocks, n_before, error) : PINNA_OK;
}

static pinna_status open_blocks(const char *path, const pinna_raw_format *raw,
                                double offset_s, double duration_s,
                                pinna_sound_blocks **out, pinna_error *error)
{
    *out = NULL;
    pinna_sound_blocks *blocks = calloc(1, sizeof *blocks);
    if (!blocks)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    blocks->path = path;
    const pinna_status status = start(blocks, raw, offset_s, duration_s, error);
    if (status) {
        pinna_sound_blocks_close(blocks);
        return status;
    }
    *out = blocks;
    return PINNA_OK;
}

pinna_status pinna_sound_blocks_open(const char *path, double offset_s,
                                     double duration_s,
                                     pinna_sound_blocks **out,
                                     pinna_error *error)
{
    return open_blocks(path, NULL, offset_s, duration_s, out, error);
}

pinna_status pinna_sound_blocks_open_raw(const char *path,
                                         const pinna_raw_format *raw,
                                         pinna_sound_blocks **out,
                                         pinna_error *error)
{
    return open_blocks(path, raw, 0, 0, out, error);
}

void pinna_sound_blocks_close(pinna_sound_blocks *blocks)
{
    if (!blocks)
        return;
    pinna_audio_reader_close(blocks->reader);
    free(blocks->memory);
    free(blocks);
}

pinna_status pinna_sound_blocks_next(pinna_sound_blocks *blocks,
                                     pinna_error *error)
{
    const size_t wanted =
        blocks->n_left < PINNA_SOUND_BLOCK ? blocks->n_left : PINNA_SOUND_BLOCK;

    blocks->n = 0;
    blocks->share = 0;
    if (wanted == 0)
        return PINNA_OK;
    const pinna_status status = pinna_audio_reader_read(
        blocks->reader, blocks->channels, wanted, &blocks->n, error);
    if (status)
        return status;
    if (blocks->n == 0 && blocks->n_done == 0)
        return begins_too_late(blocks, error);

    /* A part that was asked for has a known length, a whole file mostly. */
    const size_t n_total = blocks->n_left < SIZE_MAX
                               ? blocks->n_done + blocks->n_left
                               : blocks->info.n_samples;
    if (n_total > 0)
        blocks->share = (double)blocks->n / (double)n_total;
    if (blocks->n_left < SIZE_MAX)
        blocks->n_left -= blocks->n;
    blocks->n_done += blocks->n;
    return PINNA_OK;
}

void pinna_sound_blocks_mix(const pinna_sound_blocks *blocks, float *mono)
{
    const size_t n_channels = blocks->info.n_channels;

    for (size_t i = 0; i < blocks->n; i++) {
        double sum = 0;
        for (size_t c = 0; c < n_channels; c++)
            sum += (double)blocks->channels[c][i];
        mono[i] = (float)(sum / (double)n_channels);
    }
}

void pinna_sound_blocks_warn(const pinna_sound_blocks *blocks, const char *who)
{
    const size_t n_bad = pinna_audio_reader_n_bad(blocks->reader);
    const bool truncated = pinna_audio_reader_truncated(blocks->reader);
    char bad[96] = "";

    if (n_bad > 0)
        snprintf(bad, sizeof bad, "%zu sample%s no number, taken as 0", n_bad,
                 n_bad == 1 ? " is" : "s are");
    if (n_bad > 0 || truncated)
        pinna_message("%s: warning: %s: %s%s%s", who, blocks->path,
                      truncated ? "is truncated, its start was used" : "",
                      truncated && n_bad > 0 ? "; " : "", bad);
}
