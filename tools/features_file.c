#include "tools/features_file.h"

#include "datasets/npy.h"
#include "tools/interrupt.h"
#include "tools/output_file.h"
#include "tools/sound_blocks.h"

#include <stdlib.h>
#include <string.h>

struct run {
    pinna_sound_blocks *input;
    pinna_front_end *front_end;
    pinna_output_file output; /* or */
    pinna_matrix *matrix;     /* or */
    pinna_cmvn_stats *stats;
    size_t matrix_room;  /* rows */
    pinna_status status; /* of the rows that were given out */
    float mono[PINNA_SOUND_BLOCK];
    float *frame; /* [n_columns] */
    /* The samples, of stdin heard more than once. */
    bool keeps;
    float *signal;
    size_t n_signal, room;
    size_t n_frames, n_columns;
    unsigned sample_rate;
};

static void free_run(struct run *run)
{
    if (!run)
        return;
    free(run->frame);
    free(run->signal);
    pinna_output_file_abort(&run->output);
    pinna_front_end_free(run->front_end);
    pinna_sound_blocks_close(run->input);
    free(run);
}

/* What the rows go to, when their width is known. */
static pinna_status open_result(struct run *run, const char *output,
                                pinna_error *error)
{
    pinna_status status = PINNA_OK;

    if (run->stats) {
        status = pinna_cmvn_stats_new(run->n_columns, run->stats);
        if (status)
            pinna_fail(error, status, "out of memory");
    } else if (run->matrix) {
        run->matrix->n_columns = run->n_columns;
    } else {
        status = pinna_output_file_open(output, &run->output, error);
        if (!status)
            pinna_npy_write_header(run->output.stream, 0, run->n_columns);
    }
    return status;
}

static pinna_status open_run(struct run *run,
                             const pinna_features_settings *settings,
                             const char *input, const char *output,
                             pinna_error *error)
{
    pinna_front_end_config config = settings->config;
    pinna_error cause = {""};
    pinna_status status =
        pinna_sound_blocks_open(input, 0, 0, &run->input, error);
    if (status)
        return status;

    const unsigned in_rate = run->input->info.sample_rate;
    const unsigned expected = settings->expected_rate;
    if (!settings->sample_rate && expected && in_rate != expected)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: %u Hz, but the analysis is for %u Hz; --rate %u "
                          "resamples",
                          input, in_rate, expected, expected);
    run->sample_rate = settings->sample_rate ? settings->sample_rate : in_rate;
    config.features.sample_rate = (double)run->sample_rate;
    status = pinna_front_end_new(&config, in_rate, &run->front_end, &cause);
    if (status)
        return pinna_fail(error, status, "%s: %s", input, cause.text);

    run->keeps =
        strcmp(input, "-") == 0 && pinna_front_end_n_passes(run->front_end) > 1;
    run->n_columns = pinna_front_end_n_out(run->front_end);
    run->frame = calloc(run->n_columns, sizeof *run->frame);
    if (!run->frame)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", input);
    return open_result(run, output, error);
}

static void give_rows(struct run *run, const float *rows, size_t n)
{
    pinna_matrix *m = run->matrix;

    run->n_frames += n;
    if (run->stats) {
        pinna_cmvn_stats_add(run->stats, rows, n);
        return;
    }
    if (!m) {
        fwrite(rows, sizeof *rows, n * run->n_columns, run->output.stream);
        return;
    }
    if (n > run->matrix_room - m->n_rows) {
        const size_t room = 2 * (m->n_rows + n);
        float *values =
            realloc(m->values, room * m->n_columns * sizeof *values);
        if (!values) {
            run->status = PINNA_NO_MEMORY;
            return;
        }
        m->values = values;
        run->matrix_room = room;
    }
    memcpy(m->values + m->n_rows * m->n_columns, rows,
           n * m->n_columns * sizeof *rows);
    m->n_rows += n;
}

static void pull_frames(struct run *run)
{
    while (pinna_front_end_pull(run->front_end, run->frame))
        give_rows(run, run->frame, 1);
}

static void push_samples(struct run *run, const float *samples, size_t n)
{
    for (size_t used = 0; used < n;) {
        used += pinna_front_end_push(run->front_end, samples + used, n - used);
        pull_frames(run);
    }
}

/* One more block, for the next passes. */
static pinna_status keep_samples(struct run *run, const float *samples,
                                 size_t n)
{
    if (run->room - run->n_signal < n) {
        const size_t room = 2 * run->room + PINNA_SOUND_BLOCK;
        float *signal = realloc(run->signal, room * sizeof *signal);
        if (!signal)
            return PINNA_NO_MEMORY;
        run->signal = signal;
        run->room = room;
    }
    memcpy(run->signal + run->n_signal, samples, n * sizeof *samples);
    run->n_signal += n;
    return PINNA_OK;
}

/* The block at hand with one channel: most files have no more. */
static const float *mono_block(struct run *run)
{
    if (run->input->info.n_channels == 1)
        return run->input->channels[0];
    pinna_sound_blocks_mix(run->input, run->mono);
    return run->mono;
}

/* blocks -> front end, one pass. */
static pinna_status read_blocks(struct run *run,
                                const pinna_features_settings *settings,
                                pinna_error *error)
{
    const double n_files = (double)settings->n_files;
    const double part = 1.0 / (double)pinna_front_end_n_passes(run->front_end);
    double share = 0;
    pinna_status status;

    while (!(status = pinna_sound_blocks_next(run->input, error)) &&
           run->input->n > 0) {
        if (pinna_interrupted())
            return pinna_fail(error, PINNA_INTERRUPTED, "%s: interrupted",
                              run->input->path);
        const float *mono = mono_block(run);
        push_samples(run, mono, run->input->n);
        if (run->keeps && keep_samples(run, mono, run->input->n))
            return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory",
                              run->input->path);
        share += run->input->share;
        pinna_progress_add(settings->progress, part * run->input->share,
                           n_files);
    }
    if (!status)
        pinna_progress_add(settings->progress, part * (1 - share), n_files);
    return status;
}

/* Back to the first sample. */
static pinna_status open_again(struct run *run, pinna_error *error)
{
    const char *path = run->input->path;
    const unsigned rate = run->input->info.sample_rate;

    pinna_sound_blocks_close(run->input);
    run->input = NULL;
    const pinna_status status =
        pinna_sound_blocks_open(path, 0, 0, &run->input, error);
    if (!status && run->input->info.sample_rate != rate)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: changed while it was read", path);
    return status;
}

/* All passes of the front end over the signal; rows come in the last. */
static pinna_status process_all(struct run *run,
                                const pinna_features_settings *settings,
                                pinna_error *error)
{
    pinna_status status = read_blocks(run, settings, error);

    while (!status) {
        pinna_front_end_finish(run->front_end);
        pull_frames(run);
        if (!pinna_front_end_next_pass(run->front_end))
            break;
        if (run->keeps) {
            push_samples(run, run->signal, run->n_signal);
        } else {
            status = open_again(run, error);
            if (!status)
                status = read_blocks(run, settings, error);
        }
    }
    if (!status && run->status)
        return pinna_fail(error, run->status, "%s: %s", run->input->path,
                          pinna_strerror(run->status));
    return status;
}

/* The header again, with the number of rows. */
static pinna_status commit_npy(struct run *run, pinna_error *error)
{
    if (fseek(run->output.stream, 0, SEEK_SET) == 0)
        pinna_npy_write_header(run->output.stream, run->n_frames,
                               run->n_columns);
    return pinna_output_file_commit(&run->output, error);
}

pinna_status pinna_features_file(const pinna_features_settings *settings,
                                 const char *input,
                                 const pinna_features_target *target,
                                 pinna_features_result *result,
                                 pinna_error *error)
{
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", input);

    run->matrix = target->matrix;
    run->stats = target->stats;
    pinna_status status =
        open_run(run, settings, input, target->npy_path, error);
    if (!status)
        status = process_all(run, settings, error);
    if (!status && target->npy_path)
        status = commit_npy(run, error);
    if (!status) {
        const double rate = run->input->info.sample_rate;
        pinna_sound_blocks_warn(run->input, "pinna features");
        *result = (pinna_features_result){
            .n_frames = run->n_frames,
            .n_columns = run->n_columns,
            .n_channels = run->input->info.n_channels,
            .sample_rate = run->sample_rate,
            .duration_s = (double)run->input->n_done / rate,
        };
    } else {
        if (target->matrix)
            pinna_matrix_free(target->matrix);
        if (target->stats)
            pinna_cmvn_stats_free(target->stats);
    }
    free_run(run);
    return status;
}
