#include "tools/denoise_task.h"

#include "dsp/cmvn.h"
#include "dsp/stft.h"
#include "rnn/kernels.h"
#include "rnn/loss.h"
#include "rnn/network_train.h"

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDE, FULL, N_RATES };
static const unsigned rates[N_RATES] = {PINNA_ITEM_RATE_WIDE,
                                        PINNA_ITEM_RATE_FULL};

/* A frame holds speech when its clean power is within this of the item's
 * active level; the share of that loss is small: it serves the gate only. */
#define SPEECH_BELOW_LEVEL_DB 35
#define SPEECH_WEIGHT         0.02

/* Everything that is tied to one sample rate. */
typedef struct rate_set {
    size_t n_fft, hop, n_bins;
    pinna_stft *stft;
    pinna_denoise_ear *ear;
    float *bin_weights;           /* [n_bins] */
    float complex *clean, *noisy; /* [n_bins] */
} rate_set;

/* Of one share at a time. */
typedef struct worker {
    rate_set sets[N_RATES];
    pinna_net_worker *net;
    size_t n_items;                        /* room */
    size_t n_last;                         /* items of the last batch */
    int *rate;                             /* [B] index into sets */
    pinna_denoise_target *targets;         /* [B], arrays [T, n_bins] */
    float *x;                              /* [T, B, n_bands] */
    float *dy;                             /* [T, B, n_bands + 1] */
    float *is_speech;                      /* [T, B] */
    float *speech, *mixture;               /* [n_samples] */
    float *gains, *bins, *dbins, *scratch; /* one frame */
} worker;

struct pinna_denoise_task {
    pinna_denoise_task_config config;
    const pinna_model *model;
    worker workers[PINNA_MAX_THREADS];
};

static pinna_status rate_set_new(rate_set *set, const pinna_model *model,
                                 unsigned sample_rate)
{
    set->n_fft = pinna_denoise_n_fft(&model->bands, sample_rate);
    set->hop = pinna_denoise_hop(sample_rate);
    set->n_bins = set->n_fft / 2 + 1;
    set->bin_weights = malloc(set->n_bins * sizeof(float));
    set->clean = malloc(set->n_bins * sizeof *set->clean);
    set->noisy = malloc(set->n_bins * sizeof *set->noisy);
    if (!set->bin_weights || !set->clean || !set->noisy)
        return PINNA_NO_MEMORY;
    pinna_denoise_bin_weights(set->n_bins,
                              (double)sample_rate / (double)set->n_fft,
                              set->bin_weights);

    const pinna_status status =
        pinna_stft_new_low_delay(set->n_fft, set->hop, &set->stft);
    if (status)
        return status;
    return pinna_denoise_ear_new(&model->bands, sample_rate, &set->ear);
}

static void rate_set_free(rate_set *set)
{
    pinna_stft_free(set->stft);
    pinna_denoise_ear_free(set->ear);
    free(set->bin_weights);
    free(set->clean);
    free(set->noisy);
}

static pinna_status worker_new(worker *w, const pinna_model *model,
                               size_t n_frames, size_t n_items)
{
    const size_t n_bands = model->bands.n_bands;
    const size_t n_rows = n_frames * n_items;

    for (int i = 0; i < N_RATES; i++) {
        const pinna_status status = rate_set_new(&w->sets[i], model, rates[i]);
        if (status)
            return status;
    }
    const size_t n_bins = w->sets[FULL].n_bins;
    const size_t n_samples = n_frames * w->sets[FULL].hop;
    w->n_items = n_items;
    w->rate = calloc(n_items, sizeof *w->rate);
    w->targets = calloc(n_items, sizeof *w->targets);
    w->x = malloc(n_rows * n_bands * sizeof(float));
    w->dy = malloc(n_rows * (n_bands + 1) * sizeof(float));
    w->is_speech = malloc(n_rows * sizeof(float));
    w->speech = malloc(n_samples * sizeof(float));
    w->mixture = malloc(n_samples * sizeof(float));
    w->gains = malloc((n_bands + 1) * sizeof(float));
    w->bins = malloc(n_bins * sizeof(float));
    w->dbins = malloc(n_bins * sizeof(float));
    w->scratch = malloc(n_bins * sizeof(float));
    if (!w->rate || !w->targets || !w->x || !w->dy || !w->is_speech ||
        !w->speech || !w->mixture || !w->gains || !w->bins || !w->dbins ||
        !w->scratch)
        return PINNA_NO_MEMORY;
    for (size_t b = 0; b < n_items; b++) {
        pinna_denoise_target *target = &w->targets[b];
        target->noisy = malloc(n_frames * n_bins * sizeof(float));
        target->clean = malloc(n_frames * n_bins * sizeof(float));
        target->aligned = malloc(n_frames * n_bins * sizeof(float));
        if (!target->noisy || !target->clean || !target->aligned)
            return PINNA_NO_MEMORY;
    }
    return pinna_net_worker_new(&model->network.config, n_frames, n_items,
                                &w->net);
}

static void worker_free(worker *w)
{
    for (int i = 0; i < N_RATES; i++)
        rate_set_free(&w->sets[i]);
    for (size_t b = 0; w->targets && b < w->n_items; b++) {
        free(w->targets[b].noisy);
        free(w->targets[b].clean);
        free(w->targets[b].aligned);
    }
    free(w->rate);
    free(w->targets);
    free(w->x);
    free(w->dy);
    free(w->is_speech);
    free(w->speech);
    free(w->mixture);
    free(w->gains);
    free(w->bins);
    free(w->dbins);
    free(w->scratch);
    pinna_net_worker_free(w->net);
}

pinna_status pinna_denoise_task_new(const pinna_denoise_task_config *config,
                                    const pinna_model *model,
                                    pinna_denoise_task **out)
{
    *out = NULL;
    if (config->n_threads == 0 || config->n_threads > config->n_shares ||
        config->n_threads > PINNA_MAX_THREADS)
        return PINNA_BAD_ARG;
    pinna_denoise_task *task = calloc(1, sizeof *task);
    if (!task)
        return PINNA_NO_MEMORY;
    task->config = *config;
    task->model = model;
    const size_t n_items =
        (config->batch_size + config->n_shares - 1) / config->n_shares;
    for (size_t i = 0; i < config->n_threads; i++) {
        const pinna_status status =
            worker_new(&task->workers[i], model, config->n_frames, n_items);
        if (status) {
            pinna_denoise_task_free(task);
            return status;
        }
    }
    *out = task;
    return PINNA_OK;
}

void pinna_denoise_task_free(pinna_denoise_task *task)
{
    if (!task)
        return;
    for (size_t i = 0; i < task->config.n_threads; i++)
        worker_free(&task->workers[i]);
    free(task);
}

/* |X|^c of one frame, the spectrum first scaled by `scale`. */
static void compress(const float complex *spectrum, size_t n_bins, float scale,
                     float *out)
{
    for (size_t k = 0; k < n_bins; k++) {
        const float re = crealf(spectrum[k]) * scale;
        const float im = cimagf(spectrum[k]) * scale;
        /* 1e-12 is 120 dB below the speech: it only keeps the log finite. */
        out[k] =
            0.5f * PINNA_DENOISE_COMPRESSION * logf(re * re + im * im + 1e-12f);
    }
    pinna_kernels_best()->exp(out, n_bins);
}

static void align(const float complex *clean, const float complex *noisy,
                  const float *magnitude, size_t n_bins, float *out)
{
    for (size_t k = 0; k < n_bins; k++) {
        const float re = crealf(clean[k]) * crealf(noisy[k]) +
                         cimagf(clean[k]) * cimagf(noisy[k]);
        const float square = (crealf(clean[k]) * crealf(clean[k]) +
                              cimagf(clean[k]) * cimagf(clean[k])) *
                             (crealf(noisy[k]) * crealf(noisy[k]) +
                              cimagf(noisy[k]) * cimagf(noisy[k]));
        out[k] = square > 0 ? magnitude[k] * re / sqrtf(square) : 0;
    }
}

static float mean_square(const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return (float)(sum / (double)n);
}

/* One item into column b of the worker's batch of n items. */
static pinna_status fill_item(const pinna_denoise_task *task, worker *w,
                              const pinna_denoise_material *material,
                              pinna_rng *rng, size_t b, size_t n)
{
    const pinna_model *model = task->model;
    const size_t n_frames = task->config.n_frames;
    const size_t n_bands = model->bands.n_bands;
    const unsigned rate = pinna_denoise_item_rate(material, rng);
    rate_set *set = &w->sets[rate == rates[FULL] ? FULL : WIDE];
    pinna_denoise_target *target = &w->targets[b];
    float level;

    w->rate[b] = set == &w->sets[FULL] ? FULL : WIDE;
    const pinna_status status =
        pinna_denoise_item(material, rate, rng, n_frames * set->hop, w->speech,
                           w->mixture, &level);
    if (status)
        return status;

    /* Magnitudes relative to the level: loud and soft items count alike. A
     * sine at that level has a magnitude of about one. */
    const float scale = level > 0 ? 2.0f / ((float)set->n_fft * level) : 0;
    const float speech_power =
        level * level * powf(10, -SPEECH_BELOW_LEVEL_DB / 10.0f);

    /* Clean frames first, then noisy ones: the one STFT serves both. */
    pinna_stft_reset(set->stft);
    float complex *clean = malloc(n_frames * set->n_bins * sizeof *clean);
    if (!clean)
        return PINNA_NO_MEMORY;
    for (size_t t = 0; t < n_frames; t++) {
        const float *hop = w->speech + t * set->hop;
        pinna_stft_process(set->stft, hop, clean + t * set->n_bins);
        w->is_speech[t * n + b] =
            mean_square(hop, set->hop) > speech_power ? 1.0f : 0.0f;
    }
    pinna_stft_reset(set->stft);
    pinna_denoise_ear_reset(set->ear);
    for (size_t t = 0; t < n_frames; t++) {
        float *x = w->x + (t * n + b) * n_bands;
        const float complex *s = clean + t * set->n_bins;
        const size_t at = t * set->n_bins;
        pinna_stft_process(set->stft, w->mixture + t * set->hop, set->noisy);
        pinna_denoise_ear_process(set->ear, set->noisy, x);
        if (model->offset)
            pinna_cmvn_apply(model->offset, model->scale, n_bands, x, 1);
        compress(set->noisy, set->n_bins, scale, target->noisy + at);
        compress(s, set->n_bins, scale, target->clean + at);
        align(s, set->noisy, target->clean + at, set->n_bins,
              target->aligned + at);
    }
    free(clean);
    return PINNA_OK;
}

/* Loss of row y [n_bands + 1] (logits), its gradient to dy. */
static double frame_loss(const pinna_denoise_task *task, worker *w, size_t t,
                         size_t b, size_t n, const float *y, float *dy)
{
    const size_t n_bands = task->model->bands.n_bands;
    const rate_set *set = &w->sets[w->rate[b]];
    const pinna_erb_bank *bank = pinna_denoise_ear_bank(set->ear);
    const pinna_denoise_target *all = &w->targets[b];
    const size_t at = t * set->n_bins;
    const pinna_denoise_target frame = {all->noisy + at, all->clean + at,
                                        all->aligned + at};

    memcpy(w->gains, y, n_bands * sizeof(float));
    pinna_kernels_best()->sigmoid(w->gains, n_bands);
    pinna_erb_bank_spread(bank, w->gains, w->bins);
    double loss =
        pinna_denoise_loss(&task->config.loss, &frame, set->bin_weights,
                           w->bins, set->n_bins, w->scratch, w->dbins);
    memset(dy, 0, (n_bands + 1) * sizeof(float));
    pinna_erb_bank_spread_backward(bank, w->dbins, dy);
    for (size_t k = 0; k < n_bands; k++)
        dy[k] *= w->gains[k] * (1 - w->gains[k]);

    const float weight = (float)SPEECH_WEIGHT;
    loss += pinna_bce_loss(y + n_bands, w->is_speech + t * n + b, &weight, 1,
                           dy + n_bands);
    return loss;
}

/* Sum of the frame losses of the batch in w, gradient to w->dy times scale. */
static double batch_loss(const pinna_denoise_task *task, worker *w, size_t n,
                         const float *y, float scale)
{
    const size_t n_out = task->model->bands.n_bands + 1;
    double loss = 0;

    for (size_t t = 0; t < task->config.n_frames; t++)
        for (size_t b = 0; b < n; b++) {
            const size_t row = t * n + b;
            loss += frame_loss(task, w, t, b, n, y + row * n_out,
                               w->dy + row * n_out);
        }
    for (size_t i = 0; i < task->config.n_frames * n * n_out; i++)
        w->dy[i] *= scale;
    return loss * scale;
}

static pinna_status gradient(void *self, const pinna_network *network,
                             size_t share, size_t step, size_t first, size_t n,
                             float *grads, double *loss, pinna_error *error)
{
    pinna_denoise_task *task = self;
    const pinna_denoise_task_config *config = &task->config;
    worker *w = &task->workers[share];

    for (size_t b = 0; b < n; b++) {
        pinna_rng rng;
        pinna_rng_seed(&rng, config->seed,
                       step * config->batch_size + first + b);
        const pinna_status status =
            fill_item(task, w, &config->training, &rng, b, n);
        if (status)
            return pinna_fail(error, status, "cannot make a training item: %s",
                              pinna_strerror(status));
    }
    w->n_last = n;
    const float scale = 1.0f / (float)(config->batch_size * config->n_frames);
    const float *y = pinna_net_forward(network, w->net, w->x, NULL,
                                       config->n_frames, n, 0, NULL);
    *loss += batch_loss(task, w, n, y, scale);
    pinna_net_backward(network, w->net, w->x, NULL, config->n_frames, n, w->dy,
                       grads);
    return PINNA_OK;
}

static size_t frames_of_last(void *self, size_t share)
{
    const pinna_denoise_task *task = self;
    return task->workers[share].n_last * task->config.n_frames;
}

/* The same items every time: their numbers lie beyond those of any step. */
static pinna_status validate(void *self, const pinna_network *network,
                             pinna_validation *result, pinna_error *error)
{
    pinna_denoise_task *task = self;
    const pinna_denoise_task_config *config = &task->config;
    worker *w = &task->workers[0];

    for (size_t done = 0; done < config->n_validation;) {
        const size_t left = config->n_validation - done;
        const size_t n = left < w->n_items ? left : w->n_items;
        for (size_t b = 0; b < n; b++) {
            pinna_rng rng;
            pinna_rng_seed(&rng, config->seed, UINT64_MAX - done - b);
            const pinna_status status =
                fill_item(task, w, &config->validation, &rng, b, n);
            if (status)
                return pinna_fail(error, status,
                                  "cannot make a validation item: %s",
                                  pinna_strerror(status));
        }
        const float scale =
            1.0f / (float)(config->n_validation * config->n_frames);
        const float *y = pinna_net_forward(network, w->net, w->x, NULL,
                                           config->n_frames, n, 0, NULL);
        result->score += batch_loss(task, w, n, y, scale);
        done += n;
    }
    snprintf(result->line, sizeof result->line, "validation %.5f",
             result->score);
    return PINNA_OK;
}

pinna_status pinna_denoise_task_normalise(pinna_denoise_task *task,
                                          pinna_model *model, size_t n_items)
{
    const size_t n_bands = model->bands.n_bands;
    const size_t n_frames = task->config.n_frames;
    worker *w = &task->workers[0];
    pinna_cmvn_stats stats;

    pinna_status status = pinna_cmvn_stats_new(n_bands, &stats);
    if (status)
        return status;
    for (size_t i = 0; !status && i < n_items; i++) {
        pinna_rng rng;
        pinna_rng_seed(&rng, task->config.seed, i);
        status = fill_item(task, w, &task->config.training, &rng, 0, 1);
        if (!status)
            pinna_cmvn_stats_add(&stats, w->x, n_frames);
    }
    float *offset = malloc(n_bands * sizeof(float));
    float *scale = malloc(n_bands * sizeof(float));
    if (!status && offset && scale) {
        pinna_cmvn_solve(&stats, true, offset, scale);
        model->offset = offset;
        model->scale = scale;
    } else {
        free(offset);
        free(scale);
        status = status ? status : PINNA_NO_MEMORY;
    }
    pinna_cmvn_stats_free(&stats);
    return status;
}

pinna_train_task pinna_denoise_task_interface(pinna_denoise_task *task)
{
    return (pinna_train_task){.self = task,
                              .gradient = gradient,
                              .n_frames = frames_of_last,
                              .validate = validate};
}
