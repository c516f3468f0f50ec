#include "tools/denoise_file.h"

#include "dsp/level.h"
#include "rnn/denoiser.h"
#include "tools/interrupt.h"
#include "tools/noise_drop.h"
#include "tools/sound_blocks.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BLOCK = PINNA_SOUND_BLOCK };

/* One channel on its way. */
struct channel {
    float *before; /* [delay + BLOCK] input; the first is in time with after */
    float *after;  /* [BLOCK] output */
    pinna_level level_before, level_after;
};

struct run {
    pinna_sound_blocks *input;
    pinna_audio_writer *output;
    pinna_denoise_chain *chain;
    size_t n_channels, delay;
    size_t n_to_skip; /* output that belongs to the time before the input */
    struct channel *channels; /* [n_channels] */
    pinna_noise_drop *drops;  /* [n_channels] */
};

pinna_denoise_settings pinna_denoise_settings_default(void)
{
    pinna_denoise_settings settings = {0};

    for (pinna_control i = 0; i < PINNA_N_CONTROLS; i++)
        settings.controls[i] = (double)pinna_controls[i].by_default;
    return settings;
}

static void free_run(struct run *run)
{
    for (size_t c = 0; run->channels && c < run->n_channels; c++) {
        free(run->channels[c].before);
        free(run->channels[c].after);
    }
    free(run->channels);
    free(run->drops);
    pinna_denoise_chain_free(run->chain);
    pinna_audio_writer_abort(run->output);
    pinna_sound_blocks_close(run->input);
}

/* The chain for this sound, as it is set. A rate that it would let pass is an
 * error here. */
static pinna_status open_chain(const pinna_denoise_settings *settings,
                               unsigned sample_rate, size_t n_channels,
                               pinna_denoise_chain **out, pinna_error *error)
{
    *out = NULL;
    if (sample_rate < PINNA_DENOISER_MIN_RATE ||
        sample_rate > PINNA_DENOISER_MAX_RATE)
        return pinna_fail(
            error, PINNA_BAD_ARG, "sample rate %u Hz is not within %d to %d Hz",
            sample_rate, PINNA_DENOISER_MIN_RATE, PINNA_DENOISER_MAX_RATE);
    const pinna_status status = pinna_denoise_chain_new(
        settings->model, (double)sample_rate, n_channels, out);
    if (status)
        return pinna_fail(error, status, "cannot set up the denoiser: %s",
                          pinna_strerror(status));
    for (pinna_control i = 0; i < PINNA_N_CONTROLS; i++)
        pinna_denoise_chain_set(*out, i, (float)settings->controls[i]);
    pinna_denoise_chain_set_post_filter(*out, settings->post_filter);
    return PINNA_OK;
}

static pinna_status add_channel(struct run *run, size_t c)
{
    struct channel *channel = &run->channels[c];

    channel->before = calloc(run->delay + BLOCK, sizeof *channel->before);
    channel->after = calloc(BLOCK, sizeof *channel->after);
    run->drops[c].n_frame = run->input->info.sample_rate / 50; /* 20 ms */
    return channel->before && channel->after ? PINNA_OK : PINNA_NO_MEMORY;
}

static bool same_suffix(const char *a, const char *b)
{
    return a && b && strcasecmp(a, b) == 0;
}

static int choose_format(const struct run *run,
                         const pinna_denoise_settings *settings,
                         const char *input, const char *output)
{
    const char *in = strrchr(input, '.'), *out = strrchr(output, '.');
    const bool same = settings->raw ? !pinna_audio_is_sound_name(output)
                                    : same_suffix(in, out);

    return same ? run->input->info.format_code : 0;
}

static pinna_status open_run(struct run *run,
                             const pinna_denoise_settings *settings,
                             const char *input, const char *output,
                             pinna_error *error)
{
    pinna_error cause = {""};
    pinna_status status =
        pinna_sound_blocks_open_raw(input, settings->raw, &run->input, error);
    if (status)
        return status;

    const pinna_audio_info *info = &run->input->info;
    run->n_channels = info->n_channels;
    status = open_chain(settings, info->sample_rate, info->n_channels,
                        &run->chain, &cause);
    if (status)
        return pinna_fail(error, status, "%s: %s", input, cause.text);
    run->delay = pinna_denoise_chain_latency(run->chain);
    run->n_to_skip = run->delay;
    run->channels = calloc(run->n_channels, sizeof *run->channels);
    run->drops = calloc(run->n_channels, sizeof *run->drops);
    if (!run->channels || !run->drops)
        status = PINNA_NO_MEMORY;
    for (size_t c = 0; c < run->n_channels && !status; c++)
        status = add_channel(run, c);
    if (status)
        return pinna_fail(error, status, "%s: out of memory", input);
    return pinna_audio_writer_open(output, info->sample_rate, run->n_channels,
                                   choose_format(run, settings, input, output),
                                   &run->output, error);
}

/* Take n samples of every channel (NULL: silence), write what is due. */
static pinna_status process_block(struct run *run, float *const *input,
                                  size_t n, pinna_error *error)
{
    const float *newest[PINNA_MAX_CHANNELS], *due[PINNA_MAX_CHANNELS];
    float *after[PINNA_MAX_CHANNELS];
    const size_t n_skip = n < run->n_to_skip ? n : run->n_to_skip;
    const size_t n_due = n - n_skip;

    for (size_t c = 0; c < run->n_channels; c++) {
        float *samples = run->channels[c].before + run->delay;
        if (input)
            memcpy(samples, input[c], n * sizeof *samples);
        else
            memset(samples, 0, n * sizeof *samples);
        newest[c] = samples;
        after[c] = run->channels[c].after;
        due[c] = after[c] + n_skip;
    }
    pinna_denoise_chain_process(run->chain, newest, after, n);
    for (size_t c = 0; c < run->n_channels; c++) {
        struct channel *channel = &run->channels[c];
        const float *before = channel->before + n_skip;
        pinna_level_process(&channel->level_before, before, n_due);
        pinna_level_process(&channel->level_after, due[c], n_due);
        pinna_noise_drop_process(&run->drops[c], before, due[c], n_due);
    }
    run->n_to_skip -= n_skip;
    const pinna_status status =
        pinna_audio_writer_write(run->output, due, n_due, error);
    for (size_t c = 0; c < run->n_channels; c++)
        memmove(run->channels[c].before, run->channels[c].before + n,
                run->delay * sizeof(float));
    return status;
}

static pinna_status process_all(struct run *run,
                                const pinna_denoise_settings *settings,
                                pinna_error *error)
{
    pinna_status status;
    double share = 0;

    while (!(status = pinna_sound_blocks_next(run->input, error)) &&
           run->input->n > 0) {
        if (pinna_interrupted())
            return pinna_fail(error, PINNA_INTERRUPTED, "%s: interrupted",
                              run->input->path);
        status = process_block(run, run->input->channels, run->input->n, error);
        if (status)
            return status;
        share += run->input->share;
        pinna_progress_add(settings->progress, run->input->share,
                           (double)settings->n_files);
    }
    pinna_progress_add(settings->progress, 1 - share,
                       (double)settings->n_files);

    /* Silence pushes out what is still inside. */
    for (size_t n_left = run->delay; n_left > 0 && !status;) {
        const size_t n = n_left < BLOCK ? n_left : BLOCK;
        status = process_block(run, NULL, n, error);
        n_left -= n;
    }
    return status;
}

static pinna_level sum_levels(const struct channel *channels, size_t n,
                              bool after)
{
    pinna_level sum = {0};

    for (size_t c = 0; c < n; c++) {
        const pinna_level *level =
            after ? &channels[c].level_after : &channels[c].level_before;
        sum.n_samples += level->n_samples;
        sum.sum_square += level->sum_square;
    }
    return sum;
}

static void fill_result(const struct run *run, double start_s,
                        pinna_denoise_result *result)
{
    const pinna_level before =
        sum_levels(run->channels, run->n_channels, false);
    const pinna_level after = sum_levels(run->channels, run->n_channels, true);
    const unsigned sample_rate = run->input->info.sample_rate;

    *result = (pinna_denoise_result){
        .sample_rate = sample_rate,
        .n_channels = run->n_channels,
        .duration_s = (double)run->input->n_done / (double)sample_rate,
        .work_s = pinna_clock_s() - start_s,
        .before_db = pinna_level_rms_db(&before),
        .after_db = pinna_level_rms_db(&after),
        .noise_drop_db = pinna_noise_drop_db(run->drops, run->n_channels),
    };
}

pinna_status pinna_denoise_file(const pinna_denoise_settings *settings,
                                const char *input, const char *output,
                                pinna_denoise_result *result,
                                pinna_error *error)
{
    const double start_s = pinna_clock_s();
    struct run run = {0};

    pinna_status status = open_run(&run, settings, input, output, error);
    if (!status)
        status = process_all(&run, settings, error);
    if (!status) {
        status = pinna_audio_writer_commit(run.output, error);
        run.output = NULL;
    }
    if (!status) {
        fill_result(&run, start_s, result);
        pinna_sound_blocks_warn(run.input, "pinna denoise");
    }
    free_run(&run);
    return status;
}

pinna_status pinna_denoise_signal(const pinna_denoise_settings *settings,
                                  unsigned sample_rate, const float *in,
                                  size_t n, float *out, pinna_error *error)
{
    pinna_denoise_chain *chain;
    const pinna_status status =
        open_chain(settings, sample_rate, 1, &chain, error);
    if (status)
        return status;

    /* The chain works in place on the signal with its delay behind it. */
    const size_t delay = pinna_denoise_chain_latency(chain);
    float *delayed = calloc(n + delay, sizeof *delayed);
    if (!delayed) {
        pinna_denoise_chain_free(chain);
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    }
    memcpy(delayed, in, n * sizeof *in);
    pinna_denoise_chain_process(chain, (const float *const *)&delayed, &delayed,
                                n + delay);
    memcpy(out, delayed + delay, n * sizeof *out);
    free(delayed);
    pinna_denoise_chain_free(chain);
    return PINNA_OK;
}
