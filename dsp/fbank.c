#include "dsp/fbank.h"

#include "dsp/dct.h"
#include "dsp/fft.h"
#include "dsp/mel.h"

#include <complex.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Kaldi takes samples as 16-bit integers. */
#define FULL_SCALE 32768.0

/* Sums that run side by side: the floats of an SSE or NEON register. */
enum { STRANDS = 4 };

struct pinna_fbank {
    pinna_fbank_config config;
    size_t frame_length, frame_shift; /* samples */
    size_t n_fft, n_out;
    double log_energy_floor; /* -infinity for none */
    float mel_floor;
    pinna_fft *fft;
    pinna_mel_bank *mel;
    float *window;           /* [frame_length] times FULL_SCALE */
    float *cepstral;         /* [n_ceps / STRANDS, n_mels, STRANDS] DCT times
                              * lifter, zeros where the last block is not full */
    float *padded;           /* [n_fft] windowed, zeros behind */
    float complex *spectrum; /* [n_fft/2 + 1] */
    float *power;            /* [n_fft/2] */
    float *bands;            /* [n_mels] */
};

pinna_fbank_config pinna_fbank_config_default(pinna_feature_type type)
{
    return (pinna_fbank_config){
        .type = type,
        .sample_rate = 16000.0,
        .frame_length_ms = 25.0,
        .frame_shift_ms = 10.0,
        .window = PINNA_WINDOW_POVEY,
        .preemphasis = 0.97,
        .remove_dc_offset = true,
        .snip_edges = true,
        .round_to_power_of_two = true,
        .n_mels = 23,
        .low_hz = 20.0,
        .high_hz = 0.0,
        .use_log = true,
        .use_power = true,
        .use_energy = false,
        .raw_energy = true,
        .energy_floor = 1.0,
        .mel_floor = (double)FLT_EPSILON,
        .n_ceps = 13,
        .lifter = 22.0,
    };
}

/* floor(sample_rate ms / 1000), or 0 when that is no frame length. */
static size_t ms_to_samples(double sample_rate, double ms)
{
    const double n = sample_rate * ms / 1000.0;
    return n >= 1.0 && n <= PINNA_FFT_MAX ? (size_t)n : 0;
}

static pinna_status check_framing(const pinna_fbank_config *config,
                                  pinna_error *error)
{
    const double rate = config->sample_rate;
    if (!(rate > 0.0) || !isfinite(rate))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "sample_rate %g is not positive", rate);
    if (ms_to_samples(rate, config->frame_length_ms) < 2)
        return pinna_fail(
            error, PINNA_BAD_ARG,
            "frame_length_ms %g is not 2 to %d samples at sample_rate %g",
            config->frame_length_ms, PINNA_FFT_MAX, rate);
    if (ms_to_samples(rate, config->frame_shift_ms) < 1)
        return pinna_fail(
            error, PINNA_BAD_ARG,
            "frame_shift_ms %g is not 1 to %d samples at sample_rate %g",
            config->frame_shift_ms, PINNA_FFT_MAX, rate);
    return PINNA_OK;
}

static pinna_status check_values(const pinna_fbank_config *config,
                                 pinna_error *error)
{
    const bool is_mfcc = config->type == PINNA_FEATURE_MFCC;

    if (!is_mfcc && config->type != PINNA_FEATURE_FBANK)
        return pinna_fail(error, PINNA_BAD_ARG, "type %d is unknown",
                          (int)config->type);
    if (!(config->preemphasis >= 0.0 && config->preemphasis <= 1.0))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "preemphasis %g is not within 0 .. 1",
                          config->preemphasis);
    if (config->n_mels == 0)
        return pinna_fail(error, PINNA_BAD_ARG, "n_mels is 0");
    if (!(config->mel_floor >= (double)FLT_MIN) ||
        !(config->mel_floor <= (double)FLT_MAX))
        return pinna_fail(error, PINNA_BAD_ARG, "mel_floor %g is not above 0",
                          config->mel_floor);
    if (!(config->energy_floor >= 0.0) || !isfinite(config->energy_floor))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "energy_floor %g is not 0 or more",
                          config->energy_floor);
    if (is_mfcc && (config->n_ceps == 0 || config->n_ceps > config->n_mels))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "n_ceps %zu is not within 1 .. n_mels (%zu)",
                          config->n_ceps, config->n_mels);
    if (is_mfcc && (!(config->lifter >= 0.0) || !isfinite(config->lifter)))
        return pinna_fail(error, PINNA_BAD_ARG, "lifter %g is not 0 or more",
                          config->lifter);
    if (is_mfcc && !config->use_log)
        return pinna_fail(error, PINNA_BAD_ARG, "use_log is off for MFCC");
    return PINNA_OK;
}

/* The FFT size for a frame, or 0 when there is none. */
static size_t choose_n_fft(size_t frame_length, bool round_to_power_of_two)
{
    if (!round_to_power_of_two)
        return pinna_fft_size_ok(frame_length) ? frame_length : 0;
    size_t n_fft = 2;
    while (n_fft < frame_length)
        n_fft *= 2;
    return n_fft;
}

/* Make fbank->cepstral: DCT times lifter. */
static pinna_status make_cepstral(pinna_fbank *fbank)
{
    const size_t n_mels = fbank->config.n_mels;
    const size_t n_ceps = fbank->config.n_ceps;
    const size_t n_blocks = (n_ceps + STRANDS - 1) / STRANDS;
    float *dct = malloc(n_ceps * n_mels * sizeof(float)); /* [n_ceps, n_mels] */
    float *lifter = malloc(n_ceps * sizeof(float));
    fbank->cepstral = calloc(n_blocks * n_mels * STRANDS, sizeof(float));

    pinna_status status = PINNA_NO_MEMORY;
    if (dct && lifter && fbank->cepstral) {
        pinna_dct_matrix(n_ceps, n_mels, dct);
        pinna_lifter_fill(fbank->config.lifter, n_ceps, lifter);
        for (size_t k = 0; k < n_ceps; k++) {
            float *block = fbank->cepstral + k / STRANDS * n_mels * STRANDS;
            for (size_t m = 0; m < n_mels; m++)
                block[m * STRANDS + k % STRANDS] =
                    lifter[k] * dct[k * n_mels + m];
        }
        status = PINNA_OK;
    }
    free(dct);
    free(lifter);
    return status;
}

/* Allocate and fill the tables; the sizes are set. */
static pinna_status make_tables(pinna_fbank *fbank)
{
    const pinna_fbank_config *config = &fbank->config;
    const size_t length = fbank->frame_length;
    const size_t n_mels = config->n_mels;

    fbank->window = malloc(length * sizeof(float));
    fbank->padded = calloc(fbank->n_fft, sizeof(float));
    fbank->spectrum = calloc(fbank->n_fft / 2 + 1, sizeof(float complex));
    fbank->power = malloc(fbank->n_fft / 2 * sizeof(float));
    fbank->bands = malloc(n_mels * sizeof(float));
    if (!fbank->window || !fbank->padded || !fbank->spectrum || !fbank->power ||
        !fbank->bands)
        return PINNA_NO_MEMORY;

    pinna_window_fill(config->window, false, length, fbank->window);
    for (size_t i = 0; i < length; i++)
        fbank->window[i] *= (float)FULL_SCALE;

    return config->type == PINNA_FEATURE_MFCC ? make_cepstral(fbank) : PINNA_OK;
}

static pinna_status set_up(pinna_fbank *fbank, pinna_error *error)
{
    const pinna_fbank_config *config = &fbank->config;
    const double rate = config->sample_rate;

    fbank->frame_length = ms_to_samples(rate, config->frame_length_ms);
    fbank->frame_shift = ms_to_samples(rate, config->frame_shift_ms);
    fbank->n_out = config->type == PINNA_FEATURE_MFCC
                       ? config->n_ceps
                       : config->n_mels + (config->use_energy ? 1 : 0);
    fbank->mel_floor = (float)config->mel_floor;
    fbank->log_energy_floor =
        config->energy_floor > 0.0 ? log(config->energy_floor) : -INFINITY;
    fbank->n_fft =
        choose_n_fft(fbank->frame_length, config->round_to_power_of_two);
    if (fbank->n_fft == 0)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "frame_length_ms %g is %zu samples, which is no FFT "
                          "size; set round_to_power_of_two",
                          config->frame_length_ms, fbank->frame_length);

    pinna_status status =
        pinna_mel_bank_new(config->n_mels, fbank->n_fft, rate, config->low_hz,
                           config->high_hz, &fbank->mel);
    if (status == PINNA_BAD_ARG)
        return pinna_fail(error, status,
                          "n_mels %zu, low_hz %g, high_hz %g: a band is empty "
                          "or outside 0 .. %g Hz",
                          config->n_mels, config->low_hz, config->high_hz,
                          0.5 * rate);
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
    pinna_status status = check_framing(config, error);
    if (!status)
        status = check_values(config, error);
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
    free(fbank->padded);
    free(fbank->spectrum);
    free(fbank->power);
    free(fbank->bands);
    free(fbank);
}

size_t pinna_fbank_frame_length(const pinna_fbank *fbank)
{
    return fbank->frame_length;
}

size_t pinna_fbank_frame_shift(const pinna_fbank *fbank)
{
    return fbank->frame_shift;
}

size_t pinna_fbank_n_out(const pinna_fbank *fbank)
{
    return fbank->n_out;
}

/* In strands, which the compiler can keep in vector registers. */
static double mean_of(const float *x, size_t n)
{
    double sum[STRANDS] = {0.0};
    size_t i = 0;
    for (; i + STRANDS <= n; i += STRANDS)
        for (size_t s = 0; s < STRANDS; s++)
            sum[s] += (double)x[i + s];
    for (; i < n; i++)
        sum[0] += (double)x[i];
    return (sum[0] + sum[1] + sum[2] + sum[3]) / (double)n;
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

/* Mean, pre-emphasis and window: frame -> fbank->padded. Gives the log
 * energy, or 0 when it is not asked for. */
static double condition(pinna_fbank *fbank, const float *frame)
{
    const pinna_fbank_config *config = &fbank->config;
    const size_t n = fbank->frame_length;
    const float *window = fbank->window;
    float *padded = fbank->padded;

    const float mean =
        config->remove_dc_offset ? (float)mean_of(frame, n) : 0.0f;
    const float c = (float)config->preemphasis;
    const float first = frame[0] - mean;
    padded[0] = (first - c * first) * window[0];
    for (size_t i = 1; i < n; i++) {
        const float sample = frame[i] - mean;
        const float previous = frame[i - 1] - mean;
        padded[i] = (sample - c * previous) * window[i];
    }

    if (!config->use_energy)
        return 0.0;
    const double energy = config->raw_energy
                              ? log_energy(frame, n, mean, 1.0 / FULL_SCALE)
                              : log_energy(padded, n, 0.0f, 1.0);
    return fmax(energy, fbank->log_energy_floor);
}

/* fbank->bands -> cepstra [n_ceps], four at a time, so that their sums stay in
 * one vector register. */
static void take_cepstra(const pinna_fbank *fbank, float *cepstra)
{
    const size_t n_ceps = fbank->config.n_ceps;
    const size_t n_mels = fbank->config.n_mels;

    for (size_t first = 0; first < n_ceps; first += STRANDS) {
        const float *row = fbank->cepstral + first * n_mels;
        float sum[STRANDS] = {0.0f};
        for (size_t m = 0; m < n_mels; m++)
            for (size_t s = 0; s < STRANDS; s++)
                sum[s] += row[m * STRANDS + s] * fbank->bands[m];
        for (size_t s = 0; s < STRANDS && first + s < n_ceps; s++)
            cepstra[first + s] = sum[s];
    }
}

/* Spectrum, mel bands and log: fbank->padded -> bands [n_mels]. */
static void fill_bands(pinna_fbank *fbank, float *bands)
{
    const pinna_fbank_config *config = &fbank->config;
    float *power = fbank->power;

    pinna_fft_forward(fbank->fft, fbank->padded, fbank->spectrum);
    for (size_t k = 0; k < fbank->n_fft / 2; k++) {
        const float re = crealf(fbank->spectrum[k]);
        const float im = cimagf(fbank->spectrum[k]);
        power[k] = re * re + im * im;
    }
    if (!config->use_power)
        for (size_t k = 0; k < fbank->n_fft / 2; k++)
            power[k] = sqrtf(power[k]);

    pinna_mel_bank_apply(fbank->mel, power, bands);
    if (config->use_log)
        for (size_t m = 0; m < config->n_mels; m++)
            bands[m] = logf(fmaxf(bands[m], fbank->mel_floor));
}

void pinna_fbank_process(pinna_fbank *fbank, const float *frame,
                         float *features)
{
    const pinna_fbank_config *config = &fbank->config;
    const double energy = condition(fbank, frame);

    if (config->type == PINNA_FEATURE_FBANK) {
        fill_bands(fbank, features + (config->use_energy ? 1 : 0));
    } else {
        fill_bands(fbank, fbank->bands);
        take_cepstra(fbank, features);
    }
    if (config->use_energy)
        features[0] = (float)energy;
}
