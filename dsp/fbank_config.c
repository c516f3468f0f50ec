#include "dsp/fbank_config.h"

#include "dsp/fft.h"

#include <float.h>
#include <math.h>

pinna_fbank_config pinna_fbank_config_default(pinna_feature_type type)
{
    return (pinna_fbank_config){
        .type = type,
        .sample_rate = 16000.0,
        .frame_length_ms = 25.0,
        .frame_shift_ms = 10.0,
        .round_to_power_of_two = true,
        .snip_edges = true,
        .sample_scale = 32768.0,
        .remove_dc_offset = true,
        .preemphasis = 0.97,
        .window = PINNA_WINDOW_POVEY,
        .blackman_coeff = PINNA_BLACKMAN_COEFF,
        .use_power = true,
        .n_mels = 23,
        .low_hz = 20.0,
        .vtln_warp = 1.0,
        .vtln_low_hz = 100.0,
        .vtln_high_hz = -500.0,
        .use_log = true,
        .mel_floor = (double)FLT_EPSILON,
        .raw_energy = true,
        .energy_floor = 1.0,
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

size_t pinna_fbank_win_length(const pinna_fbank_config *config)
{
    if (config->win_length > 0)
        return config->win_length <= PINNA_FFT_MAX ? config->win_length : 0;
    if (config->center_window && config->n_fft > 0)
        return config->n_fft;
    return ms_to_samples(config->sample_rate, config->frame_length_ms);
}

size_t pinna_fbank_hop_length(const pinna_fbank_config *config)
{
    if (config->hop_length > 0)
        return config->hop_length <= PINNA_FFT_MAX ? config->hop_length : 0;
    return ms_to_samples(config->sample_rate, config->frame_shift_ms);
}

static pinna_status check_framing(const pinna_fbank_config *config,
                                  pinna_error *error)
{
    const double rate = config->sample_rate;
    if (!(rate > 0.0) || !isfinite(rate))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "sample_rate %g is not positive", rate);
    if (pinna_fbank_win_length(config) < 2)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "frame_length_ms %g (or win_length %zu) is not 2 to "
                          "%d samples at sample_rate %g",
                          config->frame_length_ms, config->win_length,
                          PINNA_FFT_MAX, rate);
    if (pinna_fbank_hop_length(config) < 1)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "frame_shift_ms %g (or hop_length %zu) is not 1 to "
                          "%d samples at sample_rate %g",
                          config->frame_shift_ms, config->hop_length,
                          PINNA_FFT_MAX, rate);
    if (config->drop_last && !config->center)
        return pinna_fail(error, PINNA_BAD_ARG, "drop_last without center");
    if ((unsigned)config->pad_mode > PINNA_PAD_EDGE)
        return pinna_fail(error, PINNA_BAD_ARG, "pad_mode %d is unknown",
                          (int)config->pad_mode);
    return PINNA_OK;
}

static bool is_positive(double value)
{
    return value > 0.0 && isfinite(value);
}

static bool is_at_least_0(double value)
{
    return value >= 0.0 && isfinite(value);
}

/* Cepstra and energy. */
static pinna_status check_cepstra(const pinna_fbank_config *config,
                                  pinna_error *error)
{
    if (config->n_ceps == 0 || config->n_ceps > config->n_mels)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "n_ceps %zu is not within 1 .. n_mels (%zu)",
                          config->n_ceps, config->n_mels);
    if (!is_at_least_0(config->lifter))
        return pinna_fail(error, PINNA_BAD_ARG, "lifter %g is not 0 or more",
                          config->lifter);
    if ((unsigned)config->dct_norm > PINNA_DCT_NONE)
        return pinna_fail(error, PINNA_BAD_ARG, "dct_norm %d is unknown",
                          (int)config->dct_norm);
    if (!config->use_log)
        return pinna_fail(error, PINNA_BAD_ARG, "use_log is off for MFCC");
    return PINNA_OK;
}

static pinna_status check_values(const pinna_fbank_config *config,
                                 pinna_error *error)
{
    const struct {
        const char *name;
        double value;
        bool ok;
        const char *want;
    } values[] = {
        {"sample_scale", config->sample_scale,
         is_positive(config->sample_scale), "above 0"},
        {"dither", config->dither, is_at_least_0(config->dither), "0 or more"},
        {"preemphasis", config->preemphasis,
         config->preemphasis >= 0.0 && config->preemphasis <= 1.0,
         "within 0 .. 1"},
        {"blackman_coeff", config->blackman_coeff,
         isfinite(config->blackman_coeff), "finite"},
        {"mel_floor", config->mel_floor,
         config->mel_floor >= (double)FLT_MIN &&
             config->mel_floor <= (double)FLT_MAX,
         "above 0"},
        {"top_db", config->top_db, is_at_least_0(config->top_db), "0 or more"},
        {"energy_floor", config->energy_floor,
         is_at_least_0(config->energy_floor), "0 or more"},
        {"log_type", (double)config->log_type,
         (unsigned)config->log_type <= PINNA_LOG_DB, "a known number"},
        {"type", (double)config->type,
         (unsigned)config->type <= PINNA_FEATURE_SPECTROGRAM, "a known number"},
    };

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (!values[i].ok)
            return pinna_fail(error, PINNA_BAD_ARG, "%s %g is not %s",
                              values[i].name, values[i].value, values[i].want);
    if (config->n_mels == 0 && config->type != PINNA_FEATURE_SPECTROGRAM)
        return pinna_fail(error, PINNA_BAD_ARG, "n_mels is 0");
    return config->type == PINNA_FEATURE_MFCC ? check_cepstra(config, error)
                                              : PINNA_OK;
}

pinna_status pinna_fbank_check(const pinna_fbank_config *config,
                               pinna_error *error)
{
    const pinna_status status = check_framing(config, error);

    return status ? status : check_values(config, error);
}
