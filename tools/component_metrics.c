#include "tools/component_metrics.h"

#include "dsp/fft.h"
#include "dsp/stft.h"

#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define HIGHEST_GAIN 2.0f

static const double active_db = 30; /* below the loudest clean frame */
static const double lowest_sdr_db = -10, highest_sdr_db = 35;

/* In frames of 10 ms. */
enum { ONSET = 5, LATER = 45, PAUSE = 20 };

/* Energies of one frame. */
struct frame {
    double speech, kept;    /* S, G S */
    double distortion;      /* S - G S */
    double noise, residual; /* N, G N */
};

enum { CLEAN, NOISY, PROCESSED, N_SIGNALS };

struct analysis {
    size_t hop, n_bins, n_frames;
    pinna_stft *stfts[N_SIGNALS];
    float complex *spectra[N_SIGNALS]; /* [n_bins] */
    struct frame *frames;              /* [n_frames] */
};

static void free_analysis(struct analysis *analysis)
{
    for (size_t s = 0; s < N_SIGNALS; s++) {
        pinna_stft_free(analysis->stfts[s]);
        free(analysis->spectra[s]);
    }
    free(analysis->frames);
}

static pinna_status open_analysis(size_t n, unsigned sample_rate,
                                  struct analysis *analysis)
{
    const size_t n_fft = pinna_fft_nearest_size(sample_rate / 50);

    *analysis = (struct analysis){
        .hop = n_fft / 2, .n_bins = n_fft / 2 + 1, .n_frames = n / (n_fft / 2)};
    analysis->frames = calloc(analysis->n_frames + 1, sizeof *analysis->frames);
    if (!analysis->frames)
        return PINNA_NO_MEMORY;
    for (size_t s = 0; s < N_SIGNALS; s++) {
        analysis->spectra[s] =
            calloc(analysis->n_bins, sizeof *analysis->spectra[s]);
        if (!analysis->spectra[s])
            return PINNA_NO_MEMORY;
        const pinna_status status = pinna_stft_new(
            n_fft, analysis->hop, PINNA_WINDOW_HANN, &analysis->stfts[s]);
        if (status)
            return status;
    }
    return PINNA_OK;
}

static double energy(float complex x)
{
    const double re = (double)crealf(x), im = (double)cimagf(x);
    return re * re + im * im;
}

static float complex find_gain(float complex noisy, float complex processed)
{
    if (energy(noisy) <= 0)
        return 0;
    const float complex gain = processed / noisy;
    const float size = cabsf(gain);
    return size > HIGHEST_GAIN ? gain * (HIGHEST_GAIN / size) : gain;
}

static void fill_frame(const struct analysis *analysis, struct frame *frame)
{
    for (size_t k = 0; k < analysis->n_bins; k++) {
        const float complex speech = analysis->spectra[CLEAN][k];
        const float complex noisy = analysis->spectra[NOISY][k];
        const float complex noise = noisy - speech;
        const float complex gain =
            find_gain(noisy, analysis->spectra[PROCESSED][k]);

        frame->speech += energy(speech);
        frame->kept += energy(gain * speech);
        frame->distortion += energy(speech - gain * speech);
        frame->noise += energy(noise);
        frame->residual += energy(gain * noise);
    }
}

static double ratio_db(double over, double under)
{
    return over > 0 && under > 0 ? 10 * log10(over / under) : (double)NAN;
}

/* active [n_frames]: which frames hold speech. False when none does. */
static bool find_speech(const struct analysis *analysis, bool *active)
{
    double loudest = 0;

    for (size_t t = 0; t < analysis->n_frames; t++)
        loudest = fmax(loudest, analysis->frames[t].speech);
    for (size_t t = 0; t < analysis->n_frames; t++)
        active[t] =
            analysis->frames[t].speech > loudest * pow(10, -active_db / 10);
    return loudest > 0;
}

static void measure_speech(const struct analysis *analysis, const bool *active,
                           pinna_component_metrics *metrics)
{
    double noise = 0, residual = 0, sum_db = 0;
    size_t n = 0;

    for (size_t t = 0; t < analysis->n_frames; t++) {
        const struct frame *frame = &analysis->frames[t];
        if (!active[t])
            continue;
        noise += frame->noise;
        residual += frame->residual;
        const double sdr_db = frame->distortion > 0
                                  ? ratio_db(frame->speech, frame->distortion)
                                  : highest_sdr_db;
        sum_db += fmin(fmax(sdr_db, lowest_sdr_db), highest_sdr_db);
        n++;
    }
    metrics->noise_attenuation_db = ratio_db(noise, residual);
    metrics->speech_sdr_db = sum_db / (double)n;
}

static void measure_onsets(const struct analysis *analysis, const bool *active,
                           pinna_component_metrics *metrics)
{
    struct frame onset = {0}, later = {0};
    size_t n_pause = 0, since = ONSET + LATER; /* a word began, in frames */

    for (size_t t = 0; t < analysis->n_frames; t++) {
        const struct frame *frame = &analysis->frames[t];
        if (active[t] && n_pause >= PAUSE)
            since = 0;
        n_pause = active[t] ? 0 : n_pause + 1;
        struct frame *sum = since < ONSET ? &onset : &later;
        if (active[t] && since < ONSET + LATER) {
            sum->speech += frame->speech;
            sum->kept += frame->kept;
        }
        since++;
    }
    metrics->onset_db =
        ratio_db(onset.kept, onset.speech) - ratio_db(later.kept, later.speech);
}

pinna_status pinna_measure_components(const float *clean, const float *noisy,
                                      const float *processed, size_t n,
                                      unsigned sample_rate,
                                      pinna_component_metrics *metrics)
{
    const float *signals[N_SIGNALS] = {clean, noisy, processed};
    struct analysis analysis;

    *metrics = (pinna_component_metrics){NAN, NAN, NAN};
    pinna_status status = open_analysis(n, sample_rate, &analysis);
    bool *active = calloc(analysis.n_frames + 1, sizeof *active);
    if (!active)
        status = PINNA_NO_MEMORY;
    if (!status) {
        for (size_t t = 0; t < analysis.n_frames; t++) {
            for (size_t s = 0; s < N_SIGNALS; s++)
                pinna_stft_process(analysis.stfts[s],
                                   signals[s] + t * analysis.hop,
                                   analysis.spectra[s]);
            fill_frame(&analysis, &analysis.frames[t]);
        }
        if (find_speech(&analysis, active)) {
            measure_speech(&analysis, active, metrics);
            measure_onsets(&analysis, active, metrics);
        }
    }
    free(active);
    free_analysis(&analysis);
    return status;
}
