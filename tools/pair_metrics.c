#include "tools/pair_metrics.h"

#include "datasets/audio_file.h"
#include "dsp/level.h"
#include "tools/noise_drop.h"
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

static pinna_status measure(const float *clean, const float *processed,
                            size_t n, unsigned sample_rate,
                            pinna_quality *quality)
{
    quality->si_sdr_db = pinna_si_sdr_db(clean, processed, n);
    quality->segmental_snr_db =
        pinna_segmental_snr_db(clean, processed, n, (double)sample_rate);
    return pinna_stoi(clean, processed, n, sample_rate, &quality->stoi,
                      &quality->estoi);
}

/* Denoise noisy [n] into denoised [n] and fill the metrics. */
static pinna_status compare(const pinna_denoise_settings *settings,
                            const float *clean, const float *noisy, size_t n,
                            unsigned sample_rate, float *denoised,
                            pinna_pair_metrics *metrics, pinna_error *error)
{
    const double start_s = pinna_clock_s();
    pinna_status status =
        pinna_denoise_signal(settings, sample_rate, noisy, n, denoised, error);
    if (status)
        return status;
    metrics->work_s = pinna_clock_s() - start_s;
    metrics->duration_s = (double)n / (double)sample_rate;
    metrics->silent = level_db(clean, n) < silent_db;
    if (metrics->silent) {
        metrics->noisy = metrics->denoised =
            (pinna_quality){NAN, NAN, NAN, NAN};
        metrics->attenuation_db = level_db(noisy, n) - level_db(denoised, n);
        return PINNA_OK;
    }
    metrics->attenuation_db = pause_drop_db(noisy, denoised, n, sample_rate);
    status = measure(clean, noisy, n, sample_rate, &metrics->noisy);
    if (!status)
        status = measure(clean, denoised, n, sample_rate, &metrics->denoised);
    if (status)
        return pinna_fail(error, status, "%s", pinna_strerror(status));
    return PINNA_OK;
}

pinna_status pinna_measure_pair(const pinna_denoise_settings *settings,
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
        status = denoised ? compare(settings, clean, noisy, n, noisy_rate,
                                    denoised, metrics, &cause)
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
