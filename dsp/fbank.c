#include "dsp/fbank.h"

#include "dsp/dct.h"
#include "dsp/fbank_config.h"
#include "dsp/fft.h"
#include "dsp/rng.h"
#include "dsp/vec4.h"

#include <complex.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Cepstra whose sums run side by side. */
enum { CEPSTRA_AT_ONCE = 2 * PINNA_LANES };

struct pinna_fbank {
    pinna_fbank_config config;
    size_t frame_length, frame_shift; /* samples */
    size_t win_length, win_begin;     /* of the window in a frame */
    size_t n_fft, n_bins;
    size_t n_values, n_bands, n_out; /* n_values: n_bands without the energy */
    double log_energy_floor;         /* -infinity for none */
    float mel_floor;
    pinna_rng rng; /* of the dither */
    pinna_fft *fft;
    pinna_mel_bank *mel;
    float *window;           /* [win_length] times sample_scale */
    float *cepstral;         /* [n_ceps / 8, n_mels, 8] DCT times
                              * lifter, zeros where the last block is not full */
    float *dithered;         /* [win_length], NULL without dither */
    float *padded;           /* [n_fft] windowed, zeros around */
    float complex *spectrum; /* [n_fft/2 + 1] */
    float *power;            /* [n_bins], as many as the mel bank reads */
    float *bands;            /* [n_bands] */
};

/* The FFT size for a window, or 0 when there is none. */
static size_t choose_n_fft(const pinna_fbank_config *config, size_t win_length)
{
    size_t n_fft = config->n_fft > 0 ? config->n_fft : win_length;
    if (config->n_fft == 0 && config->round_to_power_of_two)
        for (n_fft = 2; n_fft < win_length;)
            n_fft *= 2;
    return n_fft >= win_length && pinna_fft_size_ok(n_fft) ? n_fft : 0;
}

/* What coefficient k of the cosine transform is multiplied by, beside the
 * orthonormal scale that pinna_dct_matrix() gives and the lifter. */
static double cepstral_scale(const pinna_fbank_config *config, size_t k)
{
    const double ortho = sqrt((k ? 2.0 : 1.0) / (double)config->n_mels);
    const double norm = config->dct_norm == PINNA_DCT_HTK
                            ? sqrt(2.0 / (double)config->n_mels)
                        : config->dct_norm == PINNA_DCT_NONE ? 2.0
                                                             : ortho;
    const double compat =
        config->htk_compat && k == 0 && config->dct_norm == PINNA_DCT_ORTHO
            ? sqrt(2.0)
            : 1.0;
    return norm / ortho * compat;
}

/* Make fbank->cepstral: DCT times lifter. */
static pinna_status make_cepstral(pinna_fbank *fbank)
{
    const size_t n_mels = fbank->config.n_mels;
    const size_t n_ceps = fbank->config.n_ceps;
    const size_t n_blocks = (n_ceps + CEPSTRA_AT_ONCE - 1) / CEPSTRA_AT_ONCE;
    float *dct = malloc(n_ceps * n_mels * sizeof(float)); /* [n_ceps, n_mels] */
    float *lifter = malloc(n_ceps * sizeof(float));
    fbank->cepstral =
        calloc(n_blocks * n_mels * CEPSTRA_AT_ONCE, sizeof(float));

    pinna_status status = PINNA_NO_MEMORY;
    if (dct && lifter && fbank->cepstral) {
        pinna_dct_matrix(n_ceps, n_mels, dct);
        pinna_lifter_fill(fbank->config.lifter,
                          fbank->config.librosa_lifter ? 1 : 0, n_ceps, lifter);
        for (size_t k = 0; k < n_ceps; k++) {
            const float scale =
                lifter[k] * (float)cepstral_scale(&fbank->config, k);
            float *block = fbank->cepstral +
                           k / CEPSTRA_AT_ONCE * n_mels * CEPSTRA_AT_ONCE;
            for (size_t m = 0; m < n_mels; m++)
                block[m * CEPSTRA_AT_ONCE + k % CEPSTRA_AT_ONCE] =
                    scale * dct[k * n_mels + m];
        }
        status = PINNA_OK;
    }
    free(dct);
    free(lifter);
    return status;
}

static void make_window(pinna_fbank *fbank)
{
    const pinna_fbank_config *config = &fbank->config;
    const size_t length = fbank->win_length;

    if (config->window == PINNA_WINDOW_BLACKMAN)
        pinna_window_fill_blackman(config->blackman_coeff,
                                   config->window_periodic, length,
                                   fbank->window);
    else
        pinna_window_fill(config->window, config->window_periodic, length,
                          fbank->window);
    for (size_t i = 0; i < length; i++)
        fbank->window[i] *= (float)config->sample_scale;
}

/* Allocate and fill the tables; the sizes are set. */
static pinna_status make_tables(pinna_fbank *fbank)
{
    const pinna_fbank_config *config = &fbank->config;
    const size_t n_half = fbank->n_fft / 2 + 1;

    fbank->n_bins = n_half;
    if (fbank->mel && pinna_mel_bank_n_bins(fbank->mel) > n_half)
        fbank->n_bins = pinna_mel_bank_n_bins(fbank->mel);
    fbank->window = malloc(fbank->win_length * sizeof(float));
    fbank->padded = calloc(fbank->n_fft, sizeof(float));
    fbank->spectrum = calloc(n_half, sizeof(float complex));
    fbank->power = calloc(fbank->n_bins, sizeof(float));
    fbank->bands = malloc(fbank->n_bands * sizeof(float));
    if (config->dither > 0.0)
        fbank->dithered = malloc(fbank->win_length * sizeof(float));
    if (!fbank->window || !fbank->padded || !fbank->spectrum || !fbank->power ||
        !fbank->bands || (config->dither > 0.0 && !fbank->dithered))
        return PINNA_NO_MEMORY;

    make_window(fbank);
    return config->type == PINNA_FEATURE_MFCC ? make_cepstral(fbank) : PINNA_OK;
}

static pinna_status make_mel_bank(pinna_fbank *fbank, pinna_error *error)
{
    const pinna_fbank_config *config = &fbank->config;
    const pinna_mel_config mel = {
        .n_mels = config->n_mels,
        .n_fft = fbank->n_fft,
        .sample_rate = config->sample_rate,
        .low_hz = config->low_hz,
        .high_hz = config->high_hz,
        .scale = config->mel_scale,
        .slaney_norm = config->slaney_norm,
        .vtln_warp = config->vtln_warp,
        .vtln_low_hz = config->vtln_low_hz,
        .vtln_high_hz = config->vtln_high_hz,
    };
    const pinna_status status = pinna_mel_bank_new(&mel, &fbank->mel);
    if (status == PINNA_BAD_ARG)
        return pinna_fail(error, status,
                          "n_mels %zu, low_hz %g, high_hz %g, vtln_warp %g: a "
                          "band is empty or outside 0 .. %g Hz",
                          mel.n_mels, mel.low_hz, mel.high_hz, mel.vtln_warp,
                          0.5 * mel.sample_rate);
    return status;
}

/* Everything that is a number of samples, bins or columns. */
static pinna_status set_sizes(pinna_fbank *fbank, pinna_error *error)
{
    const pinna_fbank_config *config = &fbank->config;
    const size_t n_energy = config->use_energy ? 1 : 0;

    fbank->win_length = pinna_fbank_win_length(config);
    fbank->frame_shift = pinna_fbank_hop_length(config);
    fbank->n_fft = choose_n_fft(config, fbank->win_length);
    if (fbank->n_fft == 0)
        return pinna_fail(error, PINNA_BAD_ARG,
                          config->n_fft > 0
                              ? "n_fft %zu is less than the window (%zu "
                                "samples) or no even product of 2, 3 and 5"
                              : "a window of %zu samples is no FFT size: set "
                                "n_fft or round_to_power_of_two",
                          config->n_fft > 0 ? config->n_fft : fbank->win_length,
                          fbank->win_length);
    fbank->frame_length =
        config->center_window ? fbank->n_fft : fbank->win_length;
    fbank->win_begin = (fbank->frame_length - fbank->win_length) / 2;
    const bool is_spectrogram = config->type == PINNA_FEATURE_SPECTROGRAM;
    fbank->n_values = is_spectrogram ? fbank->n_fft / 2 + 1 : config->n_mels;
    fbank->n_bands = fbank->n_values + n_energy;
    fbank->n_out = config->type == PINNA_FEATURE_MFCC ? config->n_ceps
                   : is_spectrogram                   ? fbank->n_values
                                                      : fbank->n_bands;
    return PINNA_OK;
}

static pinna_status set_up(pinna_fbank *fbank, pinna_error *error)
{
    const pinna_fbank_config *config = &fbank->config;

    fbank->mel_floor = (float)config->mel_floor;
    fbank->log_energy_floor =
        config->energy_floor > 0.0 ? log(config->energy_floor) : -INFINITY;
    pinna_fbank_reset(fbank);
    pinna_status status = set_sizes(fbank, error);
    if (!status && config->type != PINNA_FEATURE_SPECTROGRAM)
        status = make_mel_bank(fbank, error);
    if (status == PINNA_BAD_ARG)
        return status;
    if (!status)
        status = pinna_fft_new(fbank->n_fft, &fbank->fft);
    if (!status)
        status = make_tables(fbank);
    if (status)
        return pinna_fail(error, status, "%s", pinna_strerror(status));
    return PINNA_OK;
}

pinna_status pinna_fbank_new(const pinna_fbank_config *config,
                             pinna_fbank **out, pinna_error *error)
{
    *out = NULL;
    pinna_status status = pinna_fbank_check(config, error);
    if (status)
        return status;

    pinna_fbank *fbank = calloc(1, sizeof *fbank);
    if (!fbank)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    fbank->config = *config;
    status = set_up(fbank, error);
    if (status) {
        pinna_fbank_free(fbank);
        return status;
    }

    *out = fbank;
    return PINNA_OK;
}

void pinna_fbank_free(pinna_fbank *fbank)
{
    if (!fbank)
        return;
    pinna_fft_free(fbank->fft);
    pinna_mel_bank_free(fbank->mel);
    free(fbank->window);
    free(fbank->cepstral);
    free(fbank->dithered);
    free(fbank->padded);
    free(fbank->spectrum);
    free(fbank->power);
    free(fbank->bands);
    free(fbank);
}

void pinna_fbank_reset(pinna_fbank *fbank)
{
    pinna_rng_seed(&fbank->rng, fbank->config.dither_seed, 0);
}

size_t pinna_fbank_frame_length(const pinna_fbank *fbank)
{
    return fbank->frame_length;
}

size_t pinna_fbank_frame_shift(const pinna_fbank *fbank)
{
    return fbank->frame_shift;
}

size_t pinna_fbank_n_fft(const pinna_fbank *fbank)
{
    return fbank->n_fft;
}

size_t pinna_fbank_n_bands(const pinna_fbank *fbank)
{
    return fbank->n_bands;
}

size_t pinna_fbank_n_out(const pinna_fbank *fbank)
{
    return fbank->n_out;
}

/* Four lanes of up to 256 floats each, then double: sums of that many 16-bit
 * samples are exact. */
static double mean_of(const float *x, size_t n)
{
    enum { BLOCK = 256 * PINNA_LANES };
    double sum = 0.0;
    size_t i = 0;

    while (n - i >= PINNA_LANES) {
        const size_t end = n - i < BLOCK ? n : i + BLOCK;
        pinna_vec4 even = pinna_vec4_all(0.0f), odd = even;
        for (; end - i >= 2 * PINNA_LANES; i += 2 * PINNA_LANES) {
            even += pinna_vec4_load(x + i);
            odd += pinna_vec4_load(x + i + PINNA_LANES);
        }
        for (; end - i >= PINNA_LANES; i += PINNA_LANES)
            even += pinna_vec4_load(x + i);
        sum += (double)pinna_vec4_sum(even) + (double)pinna_vec4_sum(odd);
    }
    for (; i < n; i++)
        sum += (double)x[i];
    return sum / (double)n;
}

/* ln of the energy of x [n] less its mean, where `unit` is what one step of
 * 16 bits measures in x. */
static double log_energy(const float *x, size_t n, float mean, double unit)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double sample = (double)(x[i] - mean);
        sum += sample * sample;
    }
    return log(fmax(sum / (unit * unit), (double)FLT_EPSILON));
}

/* x [n] and noise. */
static const float *dither(pinna_fbank *fbank, const float *x)
{
    const double deviation = fbank->config.dither / fbank->config.sample_scale;

    for (size_t i = 0; i < fbank->win_length; i++)
        fbank->dithered[i] =
            x[i] + (float)(deviation * pinna_rng_normal(&fbank->rng));
    return fbank->dithered;
}

/* Dither, mean, pre-emphasis and window: frame -> fbank->padded. Gives the log
 * energy, or 0 when it is not asked for. */
static double condition(pinna_fbank *fbank, const float *frame)
{
    const pinna_fbank_config *config = &fbank->config;
    const size_t n = fbank->win_length;
    const float *window = fbank->window;
    const float *x = frame + fbank->win_begin;
    float *padded = fbank->padded + fbank->win_begin;

    if (fbank->dithered)
        x = dither(fbank, x);
    const float mean = config->remove_dc_offset ? (float)mean_of(x, n) : 0.0f;
    const float c = (float)config->preemphasis;
    const float first = x[0] - mean;
    padded[0] = (first - c * first) * window[0];
    size_t i = 1;
    for (; n - i >= PINNA_LANES; i += PINNA_LANES) {
        const pinna_vec4 sample = pinna_vec4_load(x + i) - pinna_vec4_all(mean);
        const pinna_vec4 previous =
            pinna_vec4_load(x + i - 1) - pinna_vec4_all(mean);
        pinna_vec4_store(padded + i, (sample - pinna_vec4_all(c) * previous) *
                                         pinna_vec4_load(window + i));
    }
    for (; i < n; i++)
        padded[i] = ((x[i] - mean) - c * (x[i - 1] - mean)) * window[i];

    if (!config->use_energy)
        return 0.0;
    const double energy = config->raw_energy
                              ? log_energy(x, n, mean, 1 / config->sample_scale)
                              : log_energy(padded, n, 0.0f, 1.0);
    return fmax(energy, fbank->log_energy_floor);
}

/* bands [n_mels] -> cepstra [n_ceps], eight at a time. */
static void take_cepstra(const pinna_fbank *fbank, const float *bands,
                         float *cepstra)
{
    const size_t n_ceps = fbank->config.n_ceps;
    const size_t n_mels = fbank->config.n_mels;

    for (size_t first = 0; first < n_ceps; first += CEPSTRA_AT_ONCE) {
        const float *row = fbank->cepstral + first * n_mels;
        pinna_vec4 low = pinna_vec4_all(0.0f), high = low;
        for (size_t m = 0; m < n_mels; m++, row += CEPSTRA_AT_ONCE) {
            const pinna_vec4 band = pinna_vec4_all(bands[m]);
            low += pinna_vec4_load(row) * band;
            high += pinna_vec4_load(row + PINNA_LANES) * band;
        }
        float sums[CEPSTRA_AT_ONCE];
        pinna_vec4_store(sums, low);
        pinna_vec4_store(sums + PINNA_LANES, high);
        const size_t n =
            n_ceps - first < CEPSTRA_AT_ONCE ? n_ceps - first : CEPSTRA_AT_ONCE;
        for (size_t k = 0; k < n; k++)
            cepstra[first + k] = sums[k];
    }
}

/* fbank->padded -> power or magnitude [n_fft/2 + 1]. */
static void fill_power(pinna_fbank *fbank, float *power)
{
    const size_t n = fbank->n_fft / 2 + 1;

    pinna_fft_forward(fbank->fft, fbank->padded, fbank->spectrum);
    for (size_t k = 0; k < n; k++) {
        const float re = crealf(fbank->spectrum[k]);
        const float im = cimagf(fbank->spectrum[k]);
        power[k] = re * re + im * im;
    }
    if (!fbank->config.use_power)
        for (size_t k = 0; k < n; k++)
            power[k] = sqrtf(power[k]);
}

/* x [n] = ln max(x, floor) */
static void take_ln(float floor, float *x, size_t n)
{
    const pinna_vec4 least = pinna_vec4_all(floor);
    size_t i = 0;

    for (; n - i >= PINNA_LANES; i += PINNA_LANES)
        pinna_vec4_store(x + i, pinna_vec4_ln(pinna_vec4_max(
                                    pinna_vec4_load(x + i), least)));
    if (i < n) {
        float rest[PINNA_LANES] = {0};
        memcpy(rest, x + i, (n - i) * sizeof(float));
        const pinna_vec4 y =
            pinna_vec4_ln(pinna_vec4_max(pinna_vec4_load(rest), least));
        pinna_vec4_store(rest, y);
        memcpy(x + i, rest, (n - i) * sizeof(float));
    }
}

static void take_log(pinna_log_type type, float floor, float *x, size_t n)
{
    switch (type) {
    case PINNA_LOG_LN:
        take_ln(floor, x, n);
        break;
    case PINNA_LOG_LN_OFFSET:
        for (size_t i = 0; i < n; i++)
            x[i] = logf(x[i] + floor);
        break;
    case PINNA_LOG_LOG10:
        for (size_t i = 0; i < n; i++)
            x[i] = log10f(fmaxf(x[i], floor));
        break;
    case PINNA_LOG_DB:
        for (size_t i = 0; i < n; i++)
            x[i] = 10.0f * log10f(fmaxf(x[i], floor));
        break;
    }
}

void pinna_fbank_bands(pinna_fbank *fbank, const float *frame, float *bands)
{
    const pinna_fbank_config *config = &fbank->config;
    const double energy = condition(fbank, frame);

    if (fbank->mel) {
        fill_power(fbank, fbank->power);
        pinna_mel_bank_apply(fbank->mel, fbank->power, bands);
    } else {
        fill_power(fbank, bands);
    }
    if (config->use_log)
        take_log(config->log_type, fbank->mel_floor, bands, fbank->n_values);
    if (config->use_energy)
        bands[fbank->n_values] = (float)energy;
}

/* Put the first of features [n] last, where HTK has C0 and the energy. */
static void rotate(float *features, size_t n)
{
    const float first = features[0];
    memmove(features, features + 1, (n - 1) * sizeof(float));
    features[n - 1] = first;
}

void pinna_fbank_finish(const pinna_fbank *fbank, const float *bands,
                        float *features)
{
    const pinna_fbank_config *config = &fbank->config;
    const float energy = config->use_energy ? bands[fbank->n_values] : 0.0f;

    switch (config->type) {
    case PINNA_FEATURE_MFCC:
        take_cepstra(fbank, bands, features);
        if (config->use_energy)
            features[0] = energy;
        break;
    case PINNA_FEATURE_FBANK:
        memmove(features + (config->use_energy ? 1 : 0), bands,
                fbank->n_values * sizeof(float));
        if (config->use_energy)
            features[0] = energy;
        break;
    case PINNA_FEATURE_SPECTROGRAM:
        memmove(features, bands, fbank->n_values * sizeof(float));
        if (config->use_energy)
            features[0] = energy;
        return;
    }
    const bool first_is_apart =
        config->type == PINNA_FEATURE_MFCC || config->use_energy;
    if (config->htk_compat && first_is_apart)
        rotate(features, fbank->n_out);
}

void pinna_fbank_process(pinna_fbank *fbank, const float *frame,
                         float *features)
{
    pinna_fbank_bands(fbank, frame, fbank->bands);
    pinna_fbank_finish(fbank, fbank->bands, features);
}
