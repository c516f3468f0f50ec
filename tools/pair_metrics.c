#include "tools/pair_metrics.h"

#include "datasets/audio_file.h"
#include "dsp/level.h"
#include "tools/noise_drop.h"
#include "tools/pesq.h"
#include "tools/progress.h"
#include "tools/snr.h"
#include "tools/stoi.h"

#include <math.h>
#include <stdlib.h>

/* Clean sides below this hold dither at most. */
static const double silent_db = -90;

static double level_db(const float *samples, size_t n)
{
    pinna_level level = {0};

    pinna_level_process(&level, samples, n);
    return pinna_level_rms_db(&level);
}

static double pause_drop_db(const float *before, const float *after, size_t n,
                            unsigned sample_rate)
{
    pinna_noise_drop drop = {.n_frame = sample_rate / 50};

    pinna_noise_drop_process(&drop, before, after, n);
    return pinna_noise_drop_db(&drop, 1);
}

/* What is to be compared, all [n]. */
struct signals {
    const float *clean, *noisy;
    float *denoised;
    size_t n;
    unsigned sample_rate;
};

static const pinna_quality no_quality = {NAN, NAN, NAN,
                                         NAN, NAN, {NAN, NAN, NAN}};

static pinna_status measure(const struct signals *signals,
                            const float *processed, const char *pesq,
                            pinna_quality *quality, pinna_error *no_pesq)
{
    const float *clean = signals->clean;
    const size_t n = signals->n;
    const unsigned sample_rate = signals->sample_rate;

    *quality = no_quality;
    quality->si_sdr_db = pinna_si_sdr_db(clean, processed, n);
    quality->segmental_snr_db =
        pinna_segmental_snr_db(clean, processed, n, (double)sample_rate);
    if (pesq)
        pinna_pesq(pesq, clean, processed, n, sample_rate, &quality->pesq,
                   no_pesq);
    return pinna_stoi(clean, processed, n, sample_rate, &quality->stoi,
                      &quality->estoi);
}

/* Both sides of a pair with speech. */
static pinna_status measure_both(const struct signals *signals,
                                 const char *pesq, pinna_pair_metrics *metrics)
{
    metrics->attenuation_db = pause_drop_db(signals->noisy, signals->denoised,
                                            signals->n, signals->sample_rate);
    pinna_status status = measure(signals, signals->noisy, pesq,
                                  &metrics->noisy, &metrics->no_pesq);
    if (!status)
        status = measure(signals, signals->denoised, pesq, &metrics->denoised,
                         &metrics->no_pesq);
    if (!status)
        status = pinna_measure_components(
            signals->clean, signals->noisy, signals->denoised, signals->n,
            signals->sample_rate, &metrics->denoised.components);
    return status;
}

/* Denoise and fill the metrics. */
static pinna_status compare(const pinna_denoise_settings *settings,
                            const struct signals *signals, const char *pesq,
                            pinna_pair_metrics *metrics, pinna_error *error)
{
    const double start_s = pinna_clock_s();
    const size_t n = signals->n;
    pinna_status status =
        pinna_denoise_signal(settings, signals->sample_rate, signals->noisy, n,
                             signals->denoised, error);
    if (status)
        return status;
    *metrics = (pinna_pair_metrics){
        .silent = level_db(signals->clean, n) < silent_db,
        .noisy = no_quality,
        .denoised = no_quality,
        .duration_s = (double)n / (double)signals->sample_rate,
        .work_s = pinna_clock_s() - start_s,
    };
    if (metrics->silent)
        metrics->attenuation_db =
            level_db(signals->noisy, n) - level_db(signals->denoised, n);
    else
        status = measure_both(signals, pesq, metrics);
    if (status)
        return pinna_fail(error, status, "%s", pinna_strerror(status));
    return PINNA_OK;
}

pinna_status pinna_measure_pair(const pinna_denoise_settings *settings,
                                const char *pesq,
                                const pinna_manifest_entry *pair,
                                pinna_pair_metrics *metrics, pinna_error *error)
{
    float *clean = NULL, *noisy = NULL, *denoised = NULL;
    size_t n_clean = 0, n_noisy = 0;
    unsigned clean_rate = 0, noisy_rate = 0;
    pinna_error cause = {""};

    pinna_status status =
        pinna_audio_load_mono(pair->clean_path, pair->offset, pair->duration, 0,
                              &clean, &n_clean, &clean_rate, error);
    if (!status)
        status = pinna_audio_load_mono(pair->noisy_path, pair->offset,
                                       pair->duration, 0, &noisy, &n_noisy,
                                       &noisy_rate, error);
    if (!status && clean_rate != noisy_rate)
        status = pinna_fail(error, PINNA_BAD_FORMAT,
                            "%s: has %u Hz, its clean side %u Hz",
                            pair->noisy_path, noisy_rate, clean_rate);
    if (!status) {
        const size_t n = n_clean < n_noisy ? n_clean : n_noisy;
        denoised = calloc(n + 1, sizeof *denoised);
        const struct signals signals = {clean, noisy, denoised, n, noisy_rate};
        status = denoised ? compare(settings, &signals, pesq, metrics, &cause)
                          : PINNA_NO_MEMORY;
        if (status)
            pinna_fail(error, status, "%s: %s", pair->noisy_path,
                       denoised ? cause.text : pinna_strerror(status));
    }
    free(denoised);
    free(noisy);
    free(clean);
    return status;
}
