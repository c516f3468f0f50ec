#include "dsp/mel.h"

#include "dsp/fft.h"
#include "dsp/vec4.h"

#include <math.h>
#include <stdlib.h>

/* Slaney's scale: linear up to here, then logarithmic. */
#define SLANEY_HZ_PER_MEL (200.0 / 3.0)
#define SLANEY_BREAK_HZ   1000.0
#define SLANEY_BREAK_MEL  (SLANEY_BREAK_HZ / SLANEY_HZ_PER_MEL)
#define SLANEY_LOG_STEP   (log(6.4) / 27.0)

/* The run of bins under one triangle; count is a multiple of PINNA_LANES, with
 * zeros at the end. */
typedef struct mel_band {
    size_t first, count;
    const float *weights; /* [count] */
} mel_band;

struct pinna_mel_bank {
    size_t n_mels, n_bins;
    mel_band *bands; /* [n_mels] */
    float weights[]; /* of all bands; a bin lies under two at most */
};

double pinna_hz_to_mel(double hz)
{
    return 1127.0 * log(1.0 + hz / 700.0);
}

double pinna_mel_to_hz(double mel)
{
    return 700.0 * (exp(mel / 1127.0) - 1.0);
}

static double to_mel(pinna_mel_scale scale, double hz)
{
    if (scale != PINNA_MEL_SLANEY)
        return pinna_hz_to_mel(hz);
    return hz < SLANEY_BREAK_HZ
               ? hz / SLANEY_HZ_PER_MEL
               : SLANEY_BREAK_MEL + log(hz / SLANEY_BREAK_HZ) / SLANEY_LOG_STEP;
}

static double to_hz(pinna_mel_scale scale, double mel)
{
    if (scale != PINNA_MEL_SLANEY)
        return pinna_mel_to_hz(mel);
    return mel < SLANEY_BREAK_MEL
               ? mel * SLANEY_HZ_PER_MEL
               : SLANEY_BREAK_HZ *
                     exp((mel - SLANEY_BREAK_MEL) * SLANEY_LOG_STEP);
}

/* Kaldi's warp (mel-computations.cc, VtlnWarpFreq): linear by 1/warp between
 * two knees, and from there straight to the ends of the bank. */
typedef struct warp {
    double factor, low, high;   /* of the bank, Hz */
    double low_knee, high_knee; /* Hz */
    double low_slope, mid_slope, high_slope;
} warp;

static warp make_warp(const pinna_mel_config *config, double low, double high)
{
    const double w = config->vtln_warp;
    const double vtln_high =
        config->vtln_high_hz > 0
            ? config->vtln_high_hz
            : config->vtln_high_hz + 0.5 * config->sample_rate;
    warp out = {.factor = w,
                .low = low,
                .high = high,
                .low_knee = config->vtln_low_hz * fmax(1.0, w),
                .high_knee = vtln_high * fmin(1.0, w),
                .mid_slope = 1.0 / w};
    out.low_slope = (out.mid_slope * out.low_knee - low) / (out.low_knee - low);
    out.high_slope =
        (high - out.mid_slope * out.high_knee) / (high - out.high_knee);
    return out;
}

static bool warp_ok(const warp *w)
{
    return w->factor == 1.0 ||
           (w->factor > 0.0 && w->low < w->low_knee &&
            w->low_knee < w->high_knee && w->high_knee < w->high &&
            w->low_slope > 0.0 && w->high_slope > 0.0);
}

static double warped(const warp *w, double hz)
{
    if (w->factor == 1.0 || hz < w->low || hz > w->high)
        return hz;
    if (hz < w->low_knee)
        return w->low + w->low_slope * (hz - w->low);
    if (hz < w->high_knee)
        return w->mid_slope * hz;
    return w->high + w->high_slope * (hz - w->high);
}

/* Triangle from left over centre to right, all on one scale. */
static double triangle(double x, double left, double centre, double right)
{
    if (x <= left || x >= right)
        return 0.0;
    return x <= centre ? (x - left) / (centre - left)
                       : (right - x) / (right - centre);
}

/* Corner number i of the bands, in Hz. */
static double corner_hz(const pinna_mel_config *config, const warp *w, size_t i)
{
    const double low = to_mel(config->scale, w->low);
    const double high = to_mel(config->scale, w->high);
    const double step = (high - low) / (double)(config->n_mels + 1);
    return warped(w, to_hz(config->scale, low + step * (double)i));
}

/* The weights of band b, from *weights on, which moves behind them. */
static void fill_band(const pinna_mel_config *config, const warp *w, size_t b,
                      mel_band *band, float **weights)
{
    const bool is_kaldi = config->scale == PINNA_MEL_KALDI;
    const double bin_hz = config->sample_rate / (double)config->n_fft;
    const size_t n_bins = config->n_fft / 2 + (is_kaldi ? 0 : 1);
    double corner[3];

    for (size_t i = 0; i < 3; i++)
        corner[i] = corner_hz(config, w, b + i);
    const double norm =
        config->slaney_norm ? 2.0 / (corner[2] - corner[0]) : 1.0;
    for (size_t i = 0; is_kaldi && i < 3; i++)
        corner[i] = pinna_hz_to_mel(corner[i]);

    band->weights = *weights;
    for (size_t k = 0; k < n_bins; k++) {
        const double hz = bin_hz * (double)k;
        const double at = is_kaldi ? pinna_hz_to_mel(hz) : hz;
        const double weight =
            norm * triangle(at, corner[0], corner[1], corner[2]);
        if (weight <= 0.0)
            continue;
        if (band->count == 0)
            band->first = k;
        band->count++;
        *(*weights)++ = (float)weight;
    }
    while (band->count % PINNA_LANES != 0) {
        band->count++;
        *(*weights)++ = 0.0f;
    }
}

static bool config_ok(const pinna_mel_config *config, double low, double high)
{
    return config->n_fft >= 2 && config->n_fft <= PINNA_FFT_MAX &&
           config->n_mels > 0 && config->n_mels <= config->n_fft &&
           isfinite(config->sample_rate) && low >= 0.0 && high > low &&
           high <= 0.5 * config->sample_rate;
}

pinna_status pinna_mel_bank_new(const pinna_mel_config *config,
                                pinna_mel_bank **out)
{
    *out = NULL;
    const double low = config->low_hz;
    const double high = config->high_hz > 0.0
                            ? config->high_hz
                            : config->high_hz + 0.5 * config->sample_rate;
    const warp w = make_warp(config, low, high);
    if (!config_ok(config, low, high) || !warp_ok(&w))
        return PINNA_BAD_ARG;

    /* Two triangles may share their rounding on a centre, and each is filled
     * up to whole strands. */
    const size_t n_weights = config->n_fft + 2 + PINNA_LANES * config->n_mels;
    pinna_mel_bank *bank = calloc(1, sizeof *bank + n_weights * sizeof(float));
    if (!bank)
        return PINNA_NO_MEMORY;
    bank->n_mels = config->n_mels;
    bank->bands = calloc(config->n_mels, sizeof *bank->bands);
    if (!bank->bands) {
        pinna_mel_bank_free(bank);
        return PINNA_NO_MEMORY;
    }

    float *weights = bank->weights;
    for (size_t b = 0; b < config->n_mels; b++) {
        mel_band *band = &bank->bands[b];
        fill_band(config, &w, b, band, &weights);
        if (band->count == 0 && config->scale == PINNA_MEL_KALDI) {
            pinna_mel_bank_free(bank);
            return PINNA_BAD_ARG;
        }
        if (band->first + band->count > bank->n_bins)
            bank->n_bins = band->first + band->count;
    }
    *out = bank;
    return PINNA_OK;
}

void pinna_mel_bank_free(pinna_mel_bank *bank)
{
    if (!bank)
        return;
    free(bank->bands);
    free(bank);
}

size_t pinna_mel_bank_n_bins(const pinna_mel_bank *bank)
{
    return bank->n_bins;
}

void pinna_mel_bank_apply(const pinna_mel_bank *bank, const float *bins,
                          float *bands)
{
    for (size_t b = 0; b < bank->n_mels; b++) {
        const mel_band *band = &bank->bands[b];
        const float *weights = band->weights;
        const float *x = bins + band->first;
        pinna_vec4 sum = pinna_vec4_all(0.0f);

        for (size_t i = 0; i < band->count; i += PINNA_LANES)
            sum += pinna_vec4_load(weights + i) * pinna_vec4_load(x + i);
        bands[b] = pinna_vec4_sum(sum);
    }
}
