#include "tools/live_recorder.h"

#include "datasets/audio_file.h"
#include "dsp/delay_line.h"

#include <stdlib.h>

struct pinna_live_recorder {
    unsigned sample_rate;
    size_t n_channels, latency;
    pinna_delay_line *lines; /* [n_channels] of dry sound */
    float **delayed;         /* [n_channels][PINNA_RECORDER_BLOCK] */
    const float **shifted;   /* [n_channels] where a block begins that counts */
    size_t n_early; /* samples to come out before anything has gone in */
    size_t n_recorded;
    pinna_audio_writer *dry, *wet;
};

static pinna_status new_channels(pinna_live_recorder *recorder)
{
    const size_t n = recorder->n_channels;

    recorder->lines = calloc(n, sizeof *recorder->lines);
    recorder->delayed = calloc(n, sizeof *recorder->delayed);
    recorder->shifted = calloc(n, sizeof *recorder->shifted);
    if (!recorder->lines || !recorder->delayed || !recorder->shifted)
        return PINNA_NO_MEMORY;
    for (size_t c = 0; c < n; c++) {
        const pinna_status status = pinna_delay_line_init(
            &recorder->lines[c], recorder->latency + PINNA_RECORDER_BLOCK);
        recorder->delayed[c] = calloc(PINNA_RECORDER_BLOCK, sizeof(float));
        if (status || !recorder->delayed[c])
            return PINNA_NO_MEMORY;
    }
    return PINNA_OK;
}

pinna_status pinna_live_recorder_new(unsigned sample_rate, size_t n_channels,
                                     size_t latency, pinna_live_recorder **out)
{
    *out = NULL;
    pinna_live_recorder *recorder = calloc(1, sizeof *recorder);
    if (!recorder)
        return PINNA_NO_MEMORY;
    recorder->sample_rate = sample_rate;
    recorder->n_channels = n_channels;
    recorder->latency = recorder->n_early = latency;
    const pinna_status status = new_channels(recorder);
    if (status) {
        pinna_live_recorder_free(recorder);
        return status;
    }
    *out = recorder;
    return PINNA_OK;
}

void pinna_live_recorder_free(pinna_live_recorder *recorder)
{
    if (!recorder)
        return;
    for (size_t c = 0; c < recorder->n_channels; c++) {
        if (recorder->lines)
            pinna_delay_line_close(&recorder->lines[c]);
        if (recorder->delayed)
            free(recorder->delayed[c]);
    }
    free(recorder->lines);
    free(recorder->delayed);
    free(recorder->shifted);
    pinna_audio_writer_abort(recorder->dry);
    pinna_audio_writer_abort(recorder->wet);
    free(recorder);
}

pinna_status pinna_live_recorder_open(pinna_live_recorder *recorder,
                                      const char *dry_path,
                                      const char *wet_path, pinna_error *error)
{
    pinna_status status = PINNA_OK;

    if (dry_path)
        status = pinna_audio_writer_open(dry_path, recorder->sample_rate,
                                         recorder->n_channels, 0,
                                         &recorder->dry, error);
    if (!status && wet_path)
        status = pinna_audio_writer_open(wet_path, recorder->sample_rate,
                                         recorder->n_channels, 0,
                                         &recorder->wet, error);
    if (status) {
        pinna_audio_writer_abort(recorder->dry);
        recorder->dry = NULL;
    }
    return status;
}

static pinna_status write_from(pinna_live_recorder *recorder,
                               pinna_audio_writer *writer,
                               const float *const *channels, size_t begin,
                               size_t n, pinna_error *error)
{
    if (!writer)
        return PINNA_OK;
    for (size_t c = 0; c < recorder->n_channels; c++)
        recorder->shifted[c] = channels[c] + begin;
    return pinna_audio_writer_write(writer, recorder->shifted, n, error);
}

pinna_status pinna_live_recorder_take(pinna_live_recorder *recorder,
                                      const float *const *dry,
                                      const float *const *wet, size_t n,
                                      bool on, pinna_error *error)
{
    const size_t n_early = n < recorder->n_early ? n : recorder->n_early;
    const size_t n_late = n - n_early;

    recorder->n_early -= n_early;
    for (size_t c = 0; c < recorder->n_channels; c++) {
        pinna_delay_line_write(&recorder->lines[c], dry[c], n);
        pinna_delay_line_read(&recorder->lines[c], recorder->latency,
                              recorder->delayed[c], n);
    }
    if (!on || n_late == 0 || (!recorder->dry && !recorder->wet))
        return PINNA_OK;
    recorder->n_recorded += n_late;
    pinna_status status = write_from(recorder, recorder->dry,
                                     (const float *const *)recorder->delayed,
                                     n_early, n_late, error);
    if (!status)
        status =
            write_from(recorder, recorder->wet, wet, n_early, n_late, error);
    return status;
}

size_t pinna_live_recorder_length(const pinna_live_recorder *recorder)
{
    return recorder->n_recorded;
}

static pinna_status commit(pinna_audio_writer **writer, pinna_error *error)
{
    pinna_audio_writer *taken = *writer;

    *writer = NULL;
    return taken ? pinna_audio_writer_commit(taken, error) : PINNA_OK;
}

pinna_status pinna_live_recorder_commit(pinna_live_recorder *recorder,
                                        pinna_error *error)
{
    const pinna_status dry = commit(&recorder->dry, error);
    const pinna_status wet = commit(&recorder->wet, dry ? NULL : error);

    return dry ? dry : wet;
}
