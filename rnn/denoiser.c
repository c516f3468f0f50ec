#include "rnn/denoiser.h"

#include "dsp/clean_samples.h"
#include "dsp/cmvn.h"
#include "dsp/level.h"
#include "dsp/stft.h"
#include "rnn/denormals.h"
#include "rnn/kernels.h"
#include "rnn/post_filter.h"
#include "rnn/stream_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pinna_denoiser {
    const pinna_model *model;
    const pinna_kernels *kernels;
    size_t hop, n_bins, n_bands;
    pinna_stft *stft;
    pinna_istft *istft;
    pinna_denoise_ear *ear;
    pinna_stream_state *state;
    float min_gain;
    bool has_post_filter;
    float speech_probability;
    float power_kept;        /* of the latest frame, 0 .. 1 */
    size_t n_waiting;        /* samples of the hop that has begun */
    float complex *spectrum; /* [n_bins] */
    float *in, *out;         /* [hop] being filled, being given out */
    float *x;                /* [n_bands] */
    float *y;                /* [n_bands + 1] */
    float *gains;            /* [n_bins] */
};

static pinna_status allocate(pinna_denoiser *denoiser, unsigned sample_rate)
{
    const pinna_model *model = denoiser->model;
    const size_t n_fft = pinna_denoise_n_fft(&model->bands, sample_rate);

    denoiser->spectrum = calloc(denoiser->n_bins, sizeof *denoiser->spectrum);
    denoiser->in = calloc(denoiser->hop, sizeof(float));
    denoiser->out = calloc(denoiser->hop, sizeof(float));
    denoiser->x = calloc(denoiser->n_bands, sizeof(float));
    denoiser->y = calloc(denoiser->n_bands + 1, sizeof(float));
    denoiser->gains = calloc(denoiser->n_bins, sizeof(float));
    if (!denoiser->spectrum || !denoiser->in || !denoiser->out ||
        !denoiser->x || !denoiser->y || !denoiser->gains)
        return PINNA_NO_MEMORY;

    pinna_status status =
        pinna_stft_new_low_delay(n_fft, denoiser->hop, &denoiser->stft);
    if (!status)
        status =
            pinna_istft_new_low_delay(n_fft, denoiser->hop, &denoiser->istft);
    if (!status)
        status =
            pinna_denoise_ear_new(&model->bands, sample_rate, &denoiser->ear);
    if (!status)
        status = pinna_stream_state_new(model->stream, &denoiser->state);
    return status;
}

pinna_status pinna_denoiser_new(const pinna_model *model, unsigned sample_rate,
                                pinna_denoiser **out, pinna_error *error)
{
    *out = NULL;
    if (strcmp(model->task, PINNA_TASK_DENOISE) != 0)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "the model is for task \"%s\", not \"%s\"",
                          model->task, PINNA_TASK_DENOISE);
    if (sample_rate < PINNA_DENOISER_MIN_RATE ||
        sample_rate > PINNA_DENOISER_MAX_RATE)
        return pinna_fail(
            error, PINNA_BAD_ARG, "sample rate %u Hz is not within %d to %d Hz",
            sample_rate, PINNA_DENOISER_MIN_RATE, PINNA_DENOISER_MAX_RATE);

    pinna_denoiser *denoiser = calloc(1, sizeof *denoiser);
    if (!denoiser)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    denoiser->model = model;
    denoiser->kernels = pinna_kernels_best();
    denoiser->hop = pinna_denoise_hop(sample_rate);
    denoiser->n_bins = pinna_denoise_n_fft(&model->bands, sample_rate) / 2 + 1;
    denoiser->n_bands = model->bands.n_bands;
    denoiser->power_kept = 1;

    const pinna_status status = allocate(denoiser, sample_rate);
    if (status) {
        pinna_denoiser_free(denoiser);
        return pinna_fail(error, status, "cannot set up the denoiser: %s",
                          pinna_strerror(status));
    }
    *out = denoiser;
    return PINNA_OK;
}

void pinna_denoiser_free(pinna_denoiser *denoiser)
{
    if (!denoiser)
        return;
    pinna_stft_free(denoiser->stft);
    pinna_istft_free(denoiser->istft);
    pinna_denoise_ear_free(denoiser->ear);
    pinna_stream_state_free(denoiser->state);
    free(denoiser->spectrum);
    free(denoiser->in);
    free(denoiser->out);
    free(denoiser->x);
    free(denoiser->y);
    free(denoiser->gains);
    free(denoiser);
}

void pinna_denoiser_reset(pinna_denoiser *denoiser)
{
    pinna_stft_reset(denoiser->stft);
    pinna_istft_reset(denoiser->istft);
    pinna_denoise_ear_reset(denoiser->ear);
    pinna_stream_state_reset(denoiser->state);
    memset(denoiser->out, 0, denoiser->hop * sizeof(float));
    denoiser->n_waiting = 0;
    denoiser->speech_probability = 0;
    denoiser->power_kept = 1;
}

size_t pinna_denoiser_delay(const pinna_denoiser *denoiser)
{
    /* One hop until the frame is full, one more until overlap-add is done. */
    return 2 * denoiser->hop;
}

void pinna_denoiser_set_attenuation_limit(pinna_denoiser *denoiser,
                                          double limit_db)
{
    denoiser->min_gain =
        limit_db >= 100 ? 0 : (float)pinna_db_to_gain(-limit_db);
}

void pinna_denoiser_set_post_filter(pinna_denoiser *denoiser, bool on)
{
    denoiser->has_post_filter = on;
}

static float power(float complex x)
{
    return crealf(x) * crealf(x) + cimagf(x) * cimagf(x);
}

/* in -> spectrum -> bands -> network -> y, gains of bands. */
static void hear_hop(pinna_denoiser *denoiser)
{
    const pinna_model *model = denoiser->model;
    const size_t n_bands = denoiser->n_bands;
    float *y = denoiser->y;

    pinna_stft_process(denoiser->stft, denoiser->in, denoiser->spectrum);
    pinna_denoise_ear_process(denoiser->ear, denoiser->spectrum, denoiser->x);
    pinna_cmvn_apply(model->offset, model->scale, n_bands, denoiser->x, 1);
    pinna_stream_step(model->stream, denoiser->state, denoiser->x, y);
    denoiser->kernels->sigmoid(y, n_bands + 1);
    denoiser->speech_probability = y[n_bands];
}

/* Give all of them the largest gain of each band. */
static void link_gains(pinna_denoiser *const *denoisers, size_t n_channels)
{
    const size_t n_bands = denoisers[0]->n_bands;
    float *most = denoisers[0]->y;

    for (size_t c = 1; c < n_channels; c++)
        for (size_t b = 0; b < n_bands; b++)
            most[b] = fmaxf(most[b], denoisers[c]->y[b]);
    for (size_t c = 1; c < n_channels; c++)
        memcpy(denoisers[c]->y, most, n_bands * sizeof *most);
}

/* y, gains of bands -> gains of bins */
static void spread_gains(pinna_denoiser *denoiser)
{
    float *y = denoiser->y;

    for (size_t b = 0; b < denoiser->n_bands; b++)
        y[b] = fmaxf(y[b], denoiser->min_gain);
    pinna_erb_bank_spread(pinna_denoise_ear_bank(denoiser->ear), y,
                          denoiser->gains);
}

/* With one compensation for all channels, lest directions change. */
static void post_filter(pinna_denoiser *const *denoisers, size_t n_channels)
{
    const size_t n_bins = denoisers[0]->n_bins;
    float plain = 0, warped = 0;

    for (size_t c = 0; c < n_channels; c++) {
        const pinna_denoiser *denoiser = denoisers[c];
        float *gains = denoiser->gains;
        for (size_t k = 0; k < n_bins; k++) {
            const float p = power(denoiser->spectrum[k]), gain = gains[k];
            gains[k] = fmaxf(pinna_post_filter_warp(gain), denoiser->min_gain);
            plain += p * gain * gain;
            warped += p * gains[k] * gains[k];
        }
    }
    const float factor = pinna_post_filter_compensation(plain, warped);
    for (size_t c = 0; c < n_channels; c++)
        for (size_t k = 0; k < n_bins; k++)
            denoisers[c]->gains[k] =
                fmaxf(factor * denoisers[c]->gains[k], denoisers[c]->min_gain);
}

/* gains -> spectrum -> out. */
static void shape_hop(pinna_denoiser *denoiser)
{
    float before = 0, after = 0;
    for (size_t k = 0; k < denoiser->n_bins; k++) {
        before += power(denoiser->spectrum[k]);
        denoiser->spectrum[k] *= denoiser->gains[k];
        after += power(denoiser->spectrum[k]);
    }
    denoiser->power_kept = before > 0 ? after / before : 1;
    pinna_istft_process(denoiser->istft, denoiser->spectrum, denoiser->out);
}

void pinna_denoiser_process(pinna_denoiser *denoiser, const float *in,
                            float *out, size_t n)
{
    pinna_denoiser_process_linked(&denoiser, 1, &in, &out, n);
}

void pinna_denoiser_process_linked(pinna_denoiser *const *denoisers,
                                   size_t n_channels, const float *const *in,
                                   float *const *out, size_t n)
{
    const uint64_t mode = pinna_flush_denormals();
    const size_t hop = denoisers[0]->hop;

    for (size_t done = 0; done < n;) {
        const size_t begin = denoisers[0]->n_waiting;
        const size_t n_left = n - done, space = hop - begin;
        const size_t part = n_left < space ? n_left : space;

        /* All are taken before any is given: the arrays may be the same. */
        for (size_t c = 0; c < n_channels; c++)
            pinna_clean_samples(in[c] + done, part, denoisers[c]->in + begin);
        for (size_t c = 0; c < n_channels; c++) {
            memcpy(out[c] + done, denoisers[c]->out + begin,
                   part * sizeof(float));
            denoisers[c]->n_waiting = (begin + part) % hop;
        }
        done += part;
        if (part < space)
            break;
        for (size_t c = 0; c < n_channels; c++)
            hear_hop(denoisers[c]);
        link_gains(denoisers, n_channels);
        for (size_t c = 0; c < n_channels; c++)
            spread_gains(denoisers[c]);
        if (denoisers[0]->has_post_filter)
            post_filter(denoisers, n_channels);
        for (size_t c = 0; c < n_channels; c++)
            shape_hop(denoisers[c]);
    }
    pinna_restore_denormals(mode);
}

float pinna_denoiser_speech_probability(const pinna_denoiser *denoiser)
{
    return denoiser->speech_probability;
}

double pinna_denoiser_reduction_db(const pinna_denoiser *denoiser)
{
    const double reduction_db =
        -0.5 * pinna_gain_to_db((double)denoiser->power_kept);
    return fmin(fmax(reduction_db, 0), 100);
}
