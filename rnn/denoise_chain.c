#include "rnn/denoise_chain.h"

#include "dsp/clean_samples.h"
#include "dsp/delay_line.h"
#include "dsp/level.h"
#include "dsp/ramp.h"
#include "rnn/denoiser.h"
#include "rnn/denormals.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RAMP_MS 10.0

/* For rates that the denoiser does not take. */
#define PLAIN_HOP     256
#define MOST_RATE     1e6 /* Hz; bounds the memory */
#define FALLBACK_RATE 48e3

struct channel {
    pinna_delay_line dry, wet;
    float *dry_now; /* [hop] */
    float *fading;  /* [hop] at the look-back of before */
};

struct pinna_denoise_chain {
    double rate;
    size_t n_channels;
    pinna_denoiser **denoisers; /* [n_channels], or all NULL */
    struct channel *channels;   /* [n_channels] */
    float **in, **wet;          /* [n_channels][hop] of now */
    size_t hop, n_in_hop;
    size_t denoiser_delay;
    size_t n_ramp;

    float values[PINNA_N_CONTROLS];
    float limit_set; /* dB, that the denoisers have */
    bool started;    /* before the first sample controls need no ramp */

    size_t n_open;    /* samples that the gate stays open */
    size_t look_back; /* samples, now and before the present fade */
    size_t old_look_back;
    pinna_ramp fade; /* 1: at the look-back of now */
    pinna_ramp wet_gain, dry_gain;
    float *wet_gains, *dry_gains; /* [hop] */
    float *fades;                 /* [hop] */
};

static size_t ms_to_samples(const pinna_denoise_chain *chain, double ms)
{
    return (size_t)lrint(ms * 1e-3 * chain->rate);
}

static pinna_status new_channel(pinna_denoise_chain *chain,
                                const pinna_model *model, size_t c)
{
    struct channel *channel = &chain->channels[c];
    const double most_ms =
        (double)pinna_controls[PINNA_CONTROL_VAD_LOOK_BACK].most;
    pinna_status status = PINNA_OK;

    if (chain->rate >= PINNA_DENOISER_MIN_RATE &&
        chain->rate <= PINNA_DENOISER_MAX_RATE)
        status = pinna_denoiser_new(model, (unsigned)chain->rate,
                                    &chain->denoisers[c], NULL);
    if (status)
        return status;
    if (chain->denoisers[c]) {
        chain->denoiser_delay = pinna_denoiser_delay(chain->denoisers[c]);
        chain->hop = chain->denoiser_delay / 2;
    }

    const size_t n_wet = ms_to_samples(chain, most_ms) + chain->hop;
    status = pinna_delay_line_init(&channel->wet, n_wet);
    if (!status)
        status =
            pinna_delay_line_init(&channel->dry, n_wet + chain->denoiser_delay);
    chain->in[c] = calloc(chain->hop, sizeof(float));
    chain->wet[c] = calloc(chain->hop, sizeof(float));
    channel->dry_now = calloc(chain->hop, sizeof(float));
    channel->fading = calloc(chain->hop, sizeof(float));
    return !status && chain->in[c] && chain->wet[c] && channel->dry_now &&
                   channel->fading
               ? PINNA_OK
               : PINNA_NO_MEMORY;
}

static pinna_status new_channels(pinna_denoise_chain *chain,
                                 const pinna_model *model)
{
    const size_t n = chain->n_channels;

    chain->denoisers = calloc(n, sizeof(pinna_denoiser *));
    chain->channels = calloc(n, sizeof *chain->channels);
    chain->in = calloc(n, sizeof(float *));
    chain->wet = calloc(n, sizeof(float *));
    if (!chain->denoisers || !chain->channels || !chain->in || !chain->wet)
        return PINNA_NO_MEMORY;
    for (size_t c = 0; c < n; c++) {
        const pinna_status status = new_channel(chain, model, c);
        if (status)
            return status;
    }
    return PINNA_OK;
}

pinna_status pinna_denoise_chain_new(const pinna_model *model,
                                     double sample_rate, size_t n_channels,
                                     pinna_denoise_chain **out)
{
    *out = NULL;
    pinna_denoise_chain *chain = calloc(1, sizeof *chain);
    if (!chain)
        return PINNA_NO_MEMORY;
    chain->rate =
        sample_rate > 0 ? fmin(rint(sample_rate), MOST_RATE) : FALLBACK_RATE;
    chain->n_channels = n_channels;
    chain->hop = PLAIN_HOP;
    chain->n_ramp = ms_to_samples(chain, RAMP_MS) + 1;

    pinna_status status = new_channels(chain, model);
    chain->wet_gains = calloc(chain->hop, sizeof(float));
    chain->dry_gains = calloc(chain->hop, sizeof(float));
    chain->fades = calloc(chain->hop, sizeof(float));
    if (!chain->wet_gains || !chain->dry_gains || !chain->fades)
        status = PINNA_NO_MEMORY;
    if (status) {
        pinna_denoise_chain_free(chain);
        return status;
    }
    for (pinna_control i = 0; i < PINNA_N_CONTROLS; i++)
        chain->values[i] = pinna_controls[i].by_default;
    chain->limit_set = chain->values[PINNA_CONTROL_ATTENUATION_LIMIT];
    *out = chain;
    return PINNA_OK;
}

static void free_channel(pinna_denoise_chain *chain, size_t c)
{
    struct channel *channel = &chain->channels[c];

    pinna_denoiser_free(chain->denoisers[c]);
    pinna_delay_line_close(&channel->dry);
    pinna_delay_line_close(&channel->wet);
    free(channel->dry_now);
    free(channel->fading);
    free(chain->in[c]);
    free(chain->wet[c]);
}

void pinna_denoise_chain_free(pinna_denoise_chain *chain)
{
    if (!chain)
        return;
    if (chain->denoisers && chain->channels && chain->in && chain->wet)
        for (size_t c = 0; c < chain->n_channels; c++)
            free_channel(chain, c);
    free(chain->denoisers);
    free(chain->channels);
    free(chain->in);
    free(chain->wet);
    free(chain->wet_gains);
    free(chain->dry_gains);
    free(chain->fades);
    free(chain);
}

void pinna_denoise_chain_reset(pinna_denoise_chain *chain)
{
    for (size_t c = 0; c < chain->n_channels; c++) {
        if (chain->denoisers[c])
            pinna_denoiser_reset(chain->denoisers[c]);
        pinna_delay_line_reset(&chain->channels[c].dry);
        pinna_delay_line_reset(&chain->channels[c].wet);
    }
    chain->n_in_hop = 0;
    chain->n_open = 0;
    chain->started = false;
}

void pinna_denoise_chain_set(pinna_denoise_chain *chain, pinna_control control,
                             float value)
{
    chain->values[control] = pinna_control_clean(control, value);
}

void pinna_denoise_chain_set_post_filter(pinna_denoise_chain *chain, bool on)
{
    for (size_t c = 0; c < chain->n_channels && chain->denoisers[c]; c++)
        pinna_denoiser_set_post_filter(chain->denoisers[c], on);
}

static size_t wanted_look_back(const pinna_denoise_chain *chain)
{
    return ms_to_samples(chain,
                         (double)chain->values[PINNA_CONTROL_VAD_LOOK_BACK]);
}

size_t pinna_denoise_chain_latency(const pinna_denoise_chain *chain)
{
    return chain->denoiser_delay + wanted_look_back(chain);
}

/* ---- controls ---- */

/* What wet and dry are multiplied with in the end. */
static void find_gains(const pinna_denoise_chain *chain, float *wet, float *dry)
{
    const float *values = chain->values;
    const int mode = (int)values[PINNA_CONTROL_MODE];
    const bool open = values[PINNA_CONTROL_VAD_THRESHOLD] == 0 ||
                      chain->n_open > 0 || !chain->denoisers[0];

    *wet = 0;
    *dry = mode == PINNA_MODE_BYPASS ? 1 : 0;
    if (mode == PINNA_MODE_PROCESS && open) {
        const float mix = values[PINNA_CONTROL_MIX] / 100;
        const float gain =
            (float)pinna_db_to_gain((double)values[PINNA_CONTROL_OUTPUT_GAIN]);
        *wet = gain * mix;
        *dry = gain * (1 - mix);
    }
}

/* What the controls and the gate ask for now. */
static void apply_controls(pinna_denoise_chain *chain)
{
    const float limit_db = chain->values[PINNA_CONTROL_ATTENUATION_LIMIT];
    const size_t look_back = wanted_look_back(chain);
    float wet, dry;

    if (limit_db != chain->limit_set) {
        for (size_t c = 0; c < chain->n_channels && chain->denoisers[c]; c++)
            pinna_denoiser_set_attenuation_limit(chain->denoisers[c],
                                                 (double)limit_db);
        chain->limit_set = limit_db;
    }
    find_gains(chain, &wet, &dry);
    if (!chain->started) {
        pinna_ramp_jump(&chain->wet_gain, wet);
        pinna_ramp_jump(&chain->dry_gain, dry);
        pinna_ramp_jump(&chain->fade, 1);
        chain->look_back = look_back;
        chain->started = true;
    }
    pinna_ramp_aim(&chain->wet_gain, wet, chain->n_ramp);
    pinna_ramp_aim(&chain->dry_gain, dry, chain->n_ramp);
    /* One fade at a time: a change during one waits for its end. */
    if (look_back != chain->look_back && chain->fade.n_left == 0) {
        chain->old_look_back = chain->look_back;
        chain->look_back = look_back;
        pinna_ramp_jump(&chain->fade, 0);
        pinna_ramp_aim(&chain->fade, 1, chain->n_ramp);
    }
}

/* ---- samples ---- */

/* in -> wet_now, of all channels. */
static void denoise(pinna_denoise_chain *chain, size_t n)
{
    float *const *in = chain->in, *const *wet = chain->wet;
    const size_t n_channels = chain->n_channels;

    if (!chain->denoisers[0])
        for (size_t c = 0; c < n_channels; c++)
            memcpy(wet[c], in[c], n * sizeof(float));
    else if (chain->values[PINNA_CONTROL_STEREO_LINK] > 0)
        pinna_denoiser_process_linked(chain->denoisers, n_channels,
                                      (const float *const *)in, wet, n);
    else
        for (size_t c = 0; c < n_channels; c++)
            pinna_denoiser_process(chain->denoisers[c], in[c], wet[c], n);
}

/* out [n]: the line at the present look-back, fading there from the old one.
 * delay comes on top. */
static void look_back(const pinna_denoise_chain *chain,
                      const pinna_delay_line *line, size_t delay, bool fades,
                      float *fading, float *out, size_t n)
{
    pinna_delay_line_read(line, delay + chain->look_back, out, n);
    if (!fades)
        return;
    pinna_delay_line_read(line, delay + chain->old_look_back, fading, n);
    for (size_t i = 0; i < n; i++)
        out[i] = fading[i] + chain->fades[i] * (out[i] - fading[i]);
}

/* At rest and with one gain at 1 and the other at 0 the sound keeps its bits,
 * even where it is a denormal number or a negative zero. */
static void mix(const pinna_denoise_chain *chain, const float *wet,
                const float *dry, bool at_rest, float *out, size_t n)
{
    const float wet_gain = chain->wet_gain.value;
    const float dry_gain = chain->dry_gain.value;

    if (at_rest && wet_gain == 0 && dry_gain == 1)
        memcpy(out, dry, n * sizeof *out);
    else if (at_rest && wet_gain == 1 && dry_gain == 0)
        memcpy(out, wet, n * sizeof *out);
    else
        for (size_t i = 0; i < n; i++)
            out[i] =
                chain->wet_gains[i] * wet[i] + chain->dry_gains[i] * dry[i];
}

static size_t sooner(size_t n, size_t event)
{
    return event > 0 && event < n ? event : n;
}

/* How many of the next n samples go by before something happens: the hop ends,
 * the gate closes, a ramp arrives. */
static size_t next_part(const pinna_denoise_chain *chain, size_t n)
{
    n = sooner(n, chain->hop - chain->n_in_hop);
    n = sooner(n, chain->n_open);
    n = sooner(n, chain->wet_gain.n_left);
    n = sooner(n, chain->dry_gain.n_left);
    return sooner(n, chain->fade.n_left);
}

static void process_part(pinna_denoise_chain *chain, const float *const *in,
                         float *const *out, size_t begin, size_t n)
{
    const bool at_rest =
        chain->wet_gain.n_left == 0 && chain->dry_gain.n_left == 0;
    const bool fades = chain->fade.n_left > 0;

    for (size_t c = 0; c < chain->n_channels; c++)
        pinna_clean_samples(in[c] + begin, n, chain->in[c]);
    denoise(chain, n);
    for (size_t i = 0; i < n; i++) {
        chain->wet_gains[i] = pinna_ramp_next(&chain->wet_gain);
        chain->dry_gains[i] = pinna_ramp_next(&chain->dry_gain);
        chain->fades[i] = pinna_ramp_next(&chain->fade);
    }
    for (size_t c = 0; c < chain->n_channels; c++) {
        struct channel *channel = &chain->channels[c];
        pinna_delay_line_write(&channel->wet, chain->wet[c], n);
        pinna_delay_line_write(&channel->dry, chain->in[c], n);
        look_back(chain, &channel->wet, 0, fades, channel->fading,
                  chain->wet[c], n);
        look_back(chain, &channel->dry, chain->denoiser_delay, fades,
                  channel->fading, channel->dry_now, n);
        mix(chain, chain->wet[c], channel->dry_now, at_rest, out[c] + begin, n);
    }
}

/* Time goes on by n samples: does a new frame open the gate, or has it been
 * open for long enough? */
static void move_gate(pinna_denoise_chain *chain, size_t n)
{
    const float *values = chain->values;

    chain->n_open -= n < chain->n_open ? n : chain->n_open;
    chain->n_in_hop = (chain->n_in_hop + n) % chain->hop;
    if (chain->n_in_hop == 0 &&
        100 * pinna_denoise_chain_speech_probability(chain) >=
            values[PINNA_CONTROL_VAD_THRESHOLD])
        chain->n_open =
            chain->hop + chain->look_back +
            ms_to_samples(chain, (double)values[PINNA_CONTROL_VAD_HOLD]);
}

void pinna_denoise_chain_process(pinna_denoise_chain *chain,
                                 const float *const *in, float *const *out,
                                 size_t n)
{
    const uint64_t mode = pinna_flush_denormals();

    for (size_t done = 0, part; done < n; done += part) {
        apply_controls(chain);
        part = next_part(chain, n - done);
        process_part(chain, in, out, done, part);
        move_gate(chain, part);
    }
    pinna_restore_denormals(mode);
}

float pinna_denoise_chain_speech_probability(const pinna_denoise_chain *chain)
{
    float most = 0;

    for (size_t c = 0; c < chain->n_channels && chain->denoisers[c]; c++)
        most =
            fmaxf(most, pinna_denoiser_speech_probability(chain->denoisers[c]));
    return most;
}

float pinna_denoise_chain_reduction_db(const pinna_denoise_chain *chain)
{
    double most_db = 0;

    for (size_t c = 0; c < chain->n_channels && chain->denoisers[c]; c++)
        most_db =
            fmax(most_db, pinna_denoiser_reduction_db(chain->denoisers[c]));
    return (float)most_db;
}
