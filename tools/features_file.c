#include "tools/features_file.h"

#include "dsp/resample.h"
#include "tools/interrupt.h"
#include "tools/npy.h"
#include "tools/sound_blocks.h"

#include <stdlib.h>

struct run {
    pinna_sound_blocks *input;
    pinna_resampler *resampler;
    pinna_features *features;
    pinna_npy_writer *output;
    float mono[PINNA_SOUND_BLOCK];
    float *resampled; /* [max_out] */
    float *frame;     /* [n_columns] */
    size_t n_frames, n_columns;
    unsigned sample_rate;
};

static void free_run(struct run *run)
{
    if (!run)
        return;
    free(run->frame);
    free(run->resampled);
    pinna_npy_writer_abort(run->output);
    pinna_features_free(run->features);
    pinna_resampler_free(run->resampler);
    pinna_sound_blocks_close(run->input);
    free(run);
}

/* PINNA_NO_MEMORY or what the parts say; `where` is the input's path. */
static pinna_status open_run(struct run *run,
                             const pinna_features_settings *settings,
                             const char *input, const char *output,
                             pinna_error *error)
{
    pinna_fbank_config config = settings->config;
    pinna_error cause = {""};
    pinna_status status =
        pinna_sound_blocks_open(input, 0, 0, &run->input, error);
    if (status)
        return status;

    const unsigned in_rate = run->input->info.sample_rate;
    run->sample_rate = settings->sample_rate ? settings->sample_rate : in_rate;
    status = pinna_resampler_new(in_rate, run->sample_rate, &run->resampler);
    if (status)
        return pinna_fail(error, status, "%s: from %u to %u Hz: %s", input,
                          in_rate, run->sample_rate, pinna_strerror(status));
    config.sample_rate = (double)run->sample_rate;
    status = pinna_features_new(&config, &run->features, &cause);
    if (status)
        return pinna_fail(error, status, "%s: %s", input, cause.text);

    run->n_columns = pinna_features_n_out(run->features);
    run->frame = calloc(run->n_columns, sizeof *run->frame);
    run->resampled =
        calloc(pinna_resampler_max_out(run->resampler, PINNA_SOUND_BLOCK),
               sizeof *run->resampled);
    if (!run->frame || !run->resampled)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", input);
    return pinna_npy_writer_open(output, run->n_columns, &run->output, error);
}

static void pull_frames(struct run *run)
{
    while (pinna_features_pull(run->features, run->frame)) {
        pinna_npy_writer_write(run->output, run->frame, 1);
        run->n_frames++;
    }
}

static void push_samples(struct run *run, const float *samples, size_t n)
{
    for (size_t used = 0; used < n;) {
        used += pinna_features_push(run->features, samples + used, n - used);
        pull_frames(run);
    }
}

/* blocks -> resample -> features -> npy. */
static pinna_status process_all(struct run *run,
                                const pinna_features_settings *settings,
                                pinna_error *error)
{
    const double n_files = (double)settings->n_files;
    double share = 0;
    pinna_status status;

    while (!(status = pinna_sound_blocks_next(run->input, error)) &&
           run->input->n > 0) {
        if (pinna_interrupted())
            return pinna_fail(error, PINNA_INTERRUPTED, "%s: interrupted",
                              run->input->path);
        pinna_sound_blocks_mix(run->input, run->mono);
        const size_t n = pinna_resampler_process(run->resampler, run->mono,
                                                 run->input->n, run->resampled);
        push_samples(run, run->resampled, n);
        share += run->input->share;
        pinna_progress_add(settings->progress, run->input->share, n_files);
    }
    if (status)
        return status;
    pinna_progress_add(settings->progress, 1 - share, n_files);
    const size_t n = pinna_resampler_finish(run->resampler, run->resampled);
    push_samples(run, run->resampled, n);
    pinna_features_finish(run->features);
    pull_frames(run);
    return PINNA_OK;
}

pinna_status pinna_features_file(const pinna_features_settings *settings,
                                 const char *input, const char *output,
                                 pinna_features_result *result,
                                 pinna_error *error)
{
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", input);

    pinna_status status = open_run(run, settings, input, output, error);
    if (!status)
        status = process_all(run, settings, error);
    if (!status) {
        status = pinna_npy_writer_commit(run->output, error);
        run->output = NULL;
    }
    if (!status) {
        pinna_sound_blocks_warn(run->input, "pinna features");
        *result = (pinna_features_result){run->n_frames, run->n_columns,
                                          run->sample_rate};
    }
    free_run(run);
    return status;
}
