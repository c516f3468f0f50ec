#include "dsp/vad.h"

#include "dsp/clean_samples.h"
#include "dsp/fft.h"
#include "dsp/framer.h"
#include "dsp/noise_floor.h"
#include "dsp/window.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where speech has its power; telephones pass little more, and 4000 Hz is all
 * that 8 kHz hold. More bands, fewer, or other edges changed little. */
enum { N_BANDS = 16 };
static const double low_hz = 150, high_hz = 4000;

/* Powers are those of samples of full scale +-1, per sample: white noise of
 * variance v has v in every band. The noise floor is never below -90 dB, which
 * is still above the rounding of 16 bits; the power never below -100 dB, which
 * keeps silence away from denormals. */
static const double least_noise = 1e-9, least_power = 1e-10;

/* The powers that are judged are averaged over this time. Recursive smoothing
 * with 40 ms told speech from noise a little better (81.7 % right instead of
 * 81.2), but lets a loud word last for 0.2 s. */
static const double average_s = 0.07;
enum { MAX_AVERAGE = 64 };

/* The peak level rises within 0.1 s, so that a click leaves no mark, and falls
 * by 3 dB a second. */
static const double rise_s = 0.095, fall_db_per_s = 3;
static const double lowest_peak_db = -80;

struct pinna_vad {
    pinna_vad_config config;
    size_t n_fft, shift; /* samples; a frame is n_fft long */
    double shift_s;
    size_t n_average;          /* frames of the average */
    size_t n_averaged;         /* frames in it so far */
    size_t newest;             /* row of recent */
    double rise;               /* of the peak towards the level, per frame */
    size_t edges[N_BANDS + 1]; /* band b is bins edges[b] .. edges[b + 1] - 1 */
    double scale;              /* of |X|^2 to a power per sample */
    pinna_framer *framer;
    pinna_fft *fft;
    pinna_noise_floor *floor;
    float *window;                       /* [n_fft] */
    float *samples;                      /* [n_fft] of the frame at hand */
    float complex *spectrum;             /* [n_fft/2 + 1] */
    double recent[MAX_AVERAGE][N_BANDS]; /* powers of the latest frames */
    double peak_db;
};

pinna_vad_config pinna_vad_config_default(void)
{
    return (pinna_vad_config){
        .threshold_db = 6.5,
        .range_db = 24,
        .frame_length_ms = 25,
        .frame_shift_ms = 10,
    };
}

static pinna_status check(const pinna_vad_config *config, unsigned sample_rate,
                          pinna_error *error)
{
    if (sample_rate < PINNA_VAD_MIN_RATE || sample_rate > PINNA_VAD_MAX_RATE)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "sample rate %u Hz is not within %d to %d Hz",
                          sample_rate, PINNA_VAD_MIN_RATE, PINNA_VAD_MAX_RATE);
    if (!(config->threshold_db > 0 && config->threshold_db <= 100))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "threshold %g dB is not within 0 to 100 dB",
                          config->threshold_db);
    if (!(config->range_db > 0 && config->range_db <= 200))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "range %g dB is not within 0 to 200 dB",
                          config->range_db);
    if (!(config->frame_length_ms >= 10 && config->frame_length_ms <= 100))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "frame length %g ms is not within 10 to 100 ms",
                          config->frame_length_ms);
    if (!(config->frame_shift_ms >= 1 && config->frame_shift_ms <= 100))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "frame shift %g ms is not within 1 to 100 ms",
                          config->frame_shift_ms);
    return PINNA_OK;
}

static double hz_to_mel(double hz)
{
    return 1127 * log(1 + hz / 700);
}

static double mel_to_hz(double mel)
{
    return 700 * (exp(mel / 1127) - 1);
}

/* Bands equally wide on the mel scale, each with one bin at least. */
static void place_edges(pinna_vad *vad, double sample_rate)
{
    const double low = hz_to_mel(low_hz), high = hz_to_mel(high_hz);

    for (size_t b = 0; b <= N_BANDS; b++) {
        const double hz =
            mel_to_hz(low + (high - low) * (double)b / (double)N_BANDS);
        const double bin = round(hz * (double)vad->n_fft / sample_rate);
        vad->edges[b] = (size_t)bin;
        if (b > 0 && vad->edges[b] <= vad->edges[b - 1])
            vad->edges[b] = vad->edges[b - 1] + 1;
    }
}

static pinna_status allocate(pinna_vad *vad)
{
    const size_t n_fft = vad->n_fft;

    pinna_status status =
        pinna_framer_new(n_fft, vad->shift, PINNA_EDGES_MIRROR, &vad->framer);
    if (!status)
        status = pinna_fft_new(n_fft, &vad->fft);
    if (!status)
        status = pinna_noise_floor_new(N_BANDS, vad->shift_s, &vad->floor);
    if (status)
        return status;
    vad->window = malloc(n_fft * sizeof *vad->window);
    vad->samples = malloc(n_fft * sizeof *vad->samples);
    vad->spectrum = malloc((n_fft / 2 + 1) * sizeof *vad->spectrum);
    return vad->window && vad->samples && vad->spectrum ? PINNA_OK
                                                        : PINNA_NO_MEMORY;
}

pinna_status pinna_vad_new(const pinna_vad_config *config, unsigned sample_rate,
                           pinna_vad **out, pinna_error *error)
{
    *out = NULL;
    pinna_status status = check(config, sample_rate, error);
    if (status)
        return status;
    pinna_vad *vad = calloc(1, sizeof *vad);
    if (!vad)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");

    const double rate = (double)sample_rate;
    vad->config = *config;
    vad->n_fft = pinna_fft_nearest_size(
        (size_t)round(rate * config->frame_length_ms / 1000));
    vad->shift = (size_t)round(rate * config->frame_shift_ms / 1000);
    vad->shift_s = (double)vad->shift / rate;
    vad->n_average =
        (size_t)fmin(fmax(round(average_s / vad->shift_s), 1), MAX_AVERAGE);
    vad->rise = 1 - exp(-vad->shift_s / rise_s);
    place_edges(vad, rate);
    status = allocate(vad);
    if (status) {
        pinna_vad_free(vad);
        return pinna_fail(error, status, "voice activity detection: %s",
                          pinna_strerror(status));
    }
    pinna_window_fill(PINNA_WINDOW_HANN, true, vad->n_fft, vad->window);
    double energy = 0;
    for (size_t n = 0; n < vad->n_fft; n++)
        energy += (double)vad->window[n] * (double)vad->window[n];
    vad->scale = 1 / energy;
    pinna_vad_reset(vad);

    *out = vad;
    return PINNA_OK;
}

void pinna_vad_free(pinna_vad *vad)
{
    if (!vad)
        return;
    pinna_framer_free(vad->framer);
    pinna_fft_free(vad->fft);
    pinna_noise_floor_free(vad->floor);
    free(vad->window);
    free(vad->samples);
    free(vad->spectrum);
    free(vad);
}

void pinna_vad_reset(pinna_vad *vad)
{
    pinna_framer_reset(vad->framer);
    pinna_noise_floor_reset(vad->floor);
    vad->n_averaged = 0;
    vad->newest = 0;
    vad->peak_db = lowest_peak_db;
}

size_t pinna_vad_frame_shift(const pinna_vad *vad)
{
    return vad->shift;
}

double pinna_vad_frame_shift_s(const pinna_vad *vad)
{
    return vad->shift_s;
}

size_t pinna_vad_push(pinna_vad *vad, const float *samples, size_t n)
{
    return pinna_framer_push(vad->framer, samples, n);
}

void pinna_vad_finish(pinna_vad *vad)
{
    pinna_framer_finish(vad->framer);
}

/* Only numbers, without their mean, windowed. */
static void prepare_samples(pinna_vad *vad)
{
    float *x = vad->samples;
    double sum = 0;

    pinna_clean_samples(x, vad->n_fft, x);
    for (size_t n = 0; n < vad->n_fft; n++)
        sum += (double)x[n];
    const float mean = (float)(sum / (double)vad->n_fft);
    for (size_t n = 0; n < vad->n_fft; n++)
        x[n] = vad->window[n] * (x[n] - mean);
}

/* Mean power of each band of the spectrum. */
static void measure_bands(const pinna_vad *vad, double *power)
{
    for (size_t b = 0; b < N_BANDS; b++) {
        double sum = 0;
        for (size_t k = vad->edges[b]; k < vad->edges[b + 1]; k++) {
            const double re = (double)crealf(vad->spectrum[k]);
            const double im = (double)cimagf(vad->spectrum[k]);
            sum += re * re + im * im;
        }
        const double n_bins = (double)(vad->edges[b + 1] - vad->edges[b]);
        power[b] = fmax(vad->scale * sum / n_bins, least_power);
    }
}

/* Replace power by its mean over the latest frames. */
static void average_bands(pinna_vad *vad, double *power)
{
    const size_t n = vad->n_average;

    vad->newest = (vad->newest + 1) % n;
    memcpy(vad->recent[vad->newest], power, N_BANDS * sizeof *power);
    if (vad->n_averaged < n)
        vad->n_averaged++;
    for (size_t b = 0; b < N_BANDS; b++) {
        double sum = 0;
        for (size_t i = 0; i < vad->n_averaged; i++)
            sum += vad->recent[(vad->newest + n - i) % n][b];
        power[b] = sum / (double)vad->n_averaged;
    }
}

static double follow_peak(pinna_vad *vad, double level_db)
{
    vad->peak_db =
        fmax(vad->peak_db - fall_db_per_s * vad->shift_s, lowest_peak_db);
    if (level_db > vad->peak_db)
        vad->peak_db += vad->rise * (level_db - vad->peak_db);
    return vad->peak_db;
}

/* samples -> spectrum -> band powers -> over the noise floor -> decision. */
bool pinna_vad_pull(pinna_vad *vad, pinna_vad_frame *frame)
{
    double power[N_BANDS], noise[N_BANDS], ratio = 0, level = 0;

    if (!pinna_framer_pull(vad->framer, vad->samples))
        return false;
    prepare_samples(vad);
    pinna_fft_forward(vad->fft, vad->samples, vad->spectrum);
    measure_bands(vad, power);
    pinna_noise_floor_process(vad->floor, power, noise);
    average_bands(vad, power);
    for (size_t b = 0; b < N_BANDS; b++) {
        ratio += power[b] / fmax(noise[b], least_noise) / N_BANDS;
        level += power[b];
    }
    const double level_db = 10 * log10(level);
    const double peak_db = follow_peak(vad, level_db);
    frame->snr_db = 10 * log10(1 + ratio);
    frame->speech = frame->snr_db > vad->config.threshold_db &&
                    level_db > peak_db - vad->config.range_db;
    return true;
}
