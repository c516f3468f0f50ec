#include "plugins/plugin_core.h"

#include "dsp/level.h"
#include "plugins/delay_line.h"
#include "plugins/ramp.h"
#include "rnn/denoiser.h"
#include "rnn/denormals.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RAMP_MS 10.0

/* +60 dB re full scale: no sound is louder. */
#define SAMPLE_LIMIT 1000.0f

/* For rates that the denoiser does not take. */
#define PLAIN_HOP     256
#define MOST_RATE     1e6 /* Hz; bounds the memory */
#define FALLBACK_RATE 48e3

struct channel {
    pinna_delay_line dry, wet;
    float *in;      /* [hop] */
    float *wet_now; /* [hop] */
    float *dry_now; /* [hop] */
    float *fading;  /* [hop] at the look-back of before */
};

struct pinna_plugin_core {
    double rate;
    size_t n_channels;
    pinna_denoiser *denoisers[PINNA_PLUGIN_MAX_CHANNELS]; /* or all NULL */
    struct channel channels[PINNA_PLUGIN_MAX_CHANNELS];
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

static size_t ms_to_samples(const pinna_plugin_core *core, double ms)
{
    return (size_t)lrint(ms * 1e-3 * core->rate);
}

static pinna_status new_channel(pinna_plugin_core *core,
                                const pinna_model *model, size_t c)
{
    struct channel *channel = &core->channels[c];
    const double most_ms =
        (double)pinna_controls[PINNA_CONTROL_VAD_LOOK_BACK].most;
    pinna_status status = PINNA_OK;

    if (core->rate >= PINNA_DENOISER_MIN_RATE &&
        core->rate <= PINNA_DENOISER_MAX_RATE)
        status = pinna_denoiser_new(model, (unsigned)core->rate,
                                    &core->denoisers[c], NULL);
    if (status)
        return status;
    if (core->denoisers[c]) {
        core->denoiser_delay = pinna_denoiser_delay(core->denoisers[c]);
        core->hop = core->denoiser_delay / 2;
    }

    const size_t n_wet = ms_to_samples(core, most_ms) + core->hop;
    status = pinna_delay_line_init(&channel->wet, n_wet);
    if (!status)
        status =
            pinna_delay_line_init(&channel->dry, n_wet + core->denoiser_delay);
    channel->in = calloc(core->hop, sizeof(float));
    channel->wet_now = calloc(core->hop, sizeof(float));
    channel->dry_now = calloc(core->hop, sizeof(float));
    channel->fading = calloc(core->hop, sizeof(float));
    return !status && channel->in && channel->wet_now && channel->dry_now &&
                   channel->fading
               ? PINNA_OK
               : PINNA_NO_MEMORY;
}

pinna_status pinna_plugin_core_new(const pinna_model *model, double sample_rate,
                                   size_t n_channels, pinna_plugin_core **out)
{
    *out = NULL;
    pinna_plugin_core *core = calloc(1, sizeof *core);
    if (!core)
        return PINNA_NO_MEMORY;
    core->rate =
        sample_rate > 0 ? fmin(rint(sample_rate), MOST_RATE) : FALLBACK_RATE;
    core->n_channels = n_channels;
    core->hop = PLAIN_HOP;
    core->n_ramp = ms_to_samples(core, RAMP_MS) + 1;

    pinna_status status = PINNA_OK;
    for (size_t c = 0; c < n_channels && !status; c++)
        status = new_channel(core, model, c);
    core->wet_gains = calloc(core->hop, sizeof(float));
    core->dry_gains = calloc(core->hop, sizeof(float));
    core->fades = calloc(core->hop, sizeof(float));
    if (!core->wet_gains || !core->dry_gains || !core->fades)
        status = PINNA_NO_MEMORY;
    if (status) {
        pinna_plugin_core_free(core);
        return status;
    }
    for (pinna_control i = 0; i < PINNA_N_CONTROLS; i++)
        core->values[i] = pinna_controls[i].by_default;
    core->limit_set = core->values[PINNA_CONTROL_ATTENUATION_LIMIT];
    *out = core;
    return PINNA_OK;
}

void pinna_plugin_core_free(pinna_plugin_core *core)
{
    if (!core)
        return;
    for (size_t c = 0; c < core->n_channels; c++) {
        struct channel *channel = &core->channels[c];
        pinna_denoiser_free(core->denoisers[c]);
        pinna_delay_line_close(&channel->dry);
        pinna_delay_line_close(&channel->wet);
        free(channel->in);
        free(channel->wet_now);
        free(channel->dry_now);
        free(channel->fading);
    }
    free(core->wet_gains);
    free(core->dry_gains);
    free(core->fades);
    free(core);
}

void pinna_plugin_core_reset(pinna_plugin_core *core)
{
    for (size_t c = 0; c < core->n_channels; c++) {
        if (core->denoisers[c])
            pinna_denoiser_reset(core->denoisers[c]);
        pinna_delay_line_reset(&core->channels[c].dry);
        pinna_delay_line_reset(&core->channels[c].wet);
    }
    core->n_in_hop = 0;
    core->n_open = 0;
    core->started = false;
}

void pinna_plugin_core_set(pinna_plugin_core *core, pinna_control control,
                           float value)
{
    core->values[control] = pinna_control_clean(control, value);
}

static size_t wanted_look_back(const pinna_plugin_core *core)
{
    return ms_to_samples(core,
                         (double)core->values[PINNA_CONTROL_VAD_LOOK_BACK]);
}

size_t pinna_plugin_core_latency(const pinna_plugin_core *core)
{
    return core->denoiser_delay + wanted_look_back(core);
}

/* ---- controls ---- */

/* What wet and dry are multiplied with in the end. */
static void find_gains(const pinna_plugin_core *core, float *wet, float *dry)
{
    const float *values = core->values;
    const int mode = (int)values[PINNA_CONTROL_MODE];
    const bool open = values[PINNA_CONTROL_VAD_THRESHOLD] == 0 ||
                      core->n_open > 0 || !core->denoisers[0];

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
static void apply_controls(pinna_plugin_core *core)
{
    const float limit_db = core->values[PINNA_CONTROL_ATTENUATION_LIMIT];
    const size_t look_back = wanted_look_back(core);
    float wet, dry;

    if (limit_db != core->limit_set) {
        for (size_t c = 0; c < core->n_channels && core->denoisers[c]; c++)
            pinna_denoiser_set_attenuation_limit(core->denoisers[c],
                                                 (double)limit_db);
        core->limit_set = limit_db;
    }
    find_gains(core, &wet, &dry);
    if (!core->started) {
        pinna_ramp_jump(&core->wet_gain, wet);
        pinna_ramp_jump(&core->dry_gain, dry);
        pinna_ramp_jump(&core->fade, 1);
        core->look_back = look_back;
        core->started = true;
    }
    pinna_ramp_aim(&core->wet_gain, wet, core->n_ramp);
    pinna_ramp_aim(&core->dry_gain, dry, core->n_ramp);
    /* One fade at a time: a change during one waits for its end. */
    if (look_back != core->look_back && core->fade.n_left == 0) {
        core->old_look_back = core->look_back;
        core->look_back = look_back;
        pinna_ramp_jump(&core->fade, 0);
        pinna_ramp_aim(&core->fade, 1, core->n_ramp);
    }
}

/* ---- samples ---- */

static void take_samples(float *to, const float *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = fabsf(from[i]) <= SAMPLE_LIMIT ? from[i] : 0;
}

/* in -> wet_now, of all channels. */
static void denoise(pinna_plugin_core *core, size_t n)
{
    const float *in[PINNA_PLUGIN_MAX_CHANNELS];
    float *wet[PINNA_PLUGIN_MAX_CHANNELS];

    for (size_t c = 0; c < core->n_channels; c++) {
        in[c] = core->channels[c].in;
        wet[c] = core->channels[c].wet_now;
        if (!core->denoisers[c])
            memcpy(wet[c], in[c], n * sizeof(float));
    }
    if (!core->denoisers[0])
        return;
    if (core->values[PINNA_CONTROL_STEREO_LINK] > 0)
        pinna_denoiser_process_linked(core->denoisers, core->n_channels, in,
                                      wet, n);
    else
        for (size_t c = 0; c < core->n_channels; c++)
            pinna_denoiser_process(core->denoisers[c], in[c], wet[c], n);
}

/* out [n]: the line at the present look-back, fading there from the old one.
 * delay comes on top. */
static void look_back(const pinna_plugin_core *core,
                      const pinna_delay_line *line, size_t delay, bool fades,
                      float *fading, float *out, size_t n)
{
    pinna_delay_line_read(line, delay + core->look_back, out, n);
    if (!fades)
        return;
    pinna_delay_line_read(line, delay + core->old_look_back, fading, n);
    for (size_t i = 0; i < n; i++)
        out[i] = fading[i] + core->fades[i] * (out[i] - fading[i]);
}

/* At rest and with one gain at 1 and the other at 0 the sound keeps its bits,
 * even where it is a denormal number or a negative zero. */
static void mix(const pinna_plugin_core *core, const struct channel *channel,
                bool at_rest, float *out, size_t n)
{
    const float *wet = channel->wet_now, *dry = channel->dry_now;
    const float wet_gain = core->wet_gain.value;
    const float dry_gain = core->dry_gain.value;

    if (at_rest && wet_gain == 0 && dry_gain == 1)
        memcpy(out, dry, n * sizeof *out);
    else if (at_rest && wet_gain == 1 && dry_gain == 0)
        memcpy(out, wet, n * sizeof *out);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = core->wet_gains[i] * wet[i] + core->dry_gains[i] * dry[i];
}

static size_t sooner(size_t n, size_t event)
{
    return event > 0 && event < n ? event : n;
}

/* How many of the next n samples go by before something happens: the hop ends,
 * the gate closes, a ramp arrives. */
static size_t next_part(const pinna_plugin_core *core, size_t n)
{
    n = sooner(n, core->hop - core->n_in_hop);
    n = sooner(n, core->n_open);
    n = sooner(n, core->wet_gain.n_left);
    n = sooner(n, core->dry_gain.n_left);
    return sooner(n, core->fade.n_left);
}

static void process_part(pinna_plugin_core *core, const float *const *in,
                         float *const *out, size_t begin, size_t n)
{
    const bool at_rest =
        core->wet_gain.n_left == 0 && core->dry_gain.n_left == 0;
    const bool fades = core->fade.n_left > 0;

    for (size_t c = 0; c < core->n_channels; c++)
        take_samples(core->channels[c].in, in[c] + begin, n);
    denoise(core, n);
    for (size_t i = 0; i < n; i++) {
        core->wet_gains[i] = pinna_ramp_next(&core->wet_gain);
        core->dry_gains[i] = pinna_ramp_next(&core->dry_gain);
        core->fades[i] = pinna_ramp_next(&core->fade);
    }
    for (size_t c = 0; c < core->n_channels; c++) {
        struct channel *channel = &core->channels[c];
        pinna_delay_line_write(&channel->wet, channel->wet_now, n);
        pinna_delay_line_write(&channel->dry, channel->in, n);
        look_back(core, &channel->wet, 0, fades, channel->fading,
                  channel->wet_now, n);
        look_back(core, &channel->dry, core->denoiser_delay, fades,
                  channel->fading, channel->dry_now, n);
        mix(core, channel, at_rest, out[c] + begin, n);
    }
}

/* Time goes on by n samples: does a new frame open the gate, or has it been
 * open for long enough? */
static void move_gate(pinna_plugin_core *core, size_t n)
{
    const float *values = core->values;

    core->n_open -= n < core->n_open ? n : core->n_open;
    core->n_in_hop = (core->n_in_hop + n) % core->hop;
    if (core->n_in_hop == 0 &&
        100 * pinna_plugin_core_speech_probability(core) >=
            values[PINNA_CONTROL_VAD_THRESHOLD])
        core->n_open =
            core->hop + core->look_back +
            ms_to_samples(core, (double)values[PINNA_CONTROL_VAD_HOLD]);
}

void pinna_plugin_core_process(pinna_plugin_core *core, const float *const *in,
                               float *const *out, size_t n)
{
    const uint64_t mode = pinna_flush_denormals();

    for (size_t done = 0, part; done < n; done += part) {
        apply_controls(core);
        part = next_part(core, n - done);
        process_part(core, in, out, done, part);
        move_gate(core, part);
    }
    pinna_restore_denormals(mode);
}

float pinna_plugin_core_speech_probability(const pinna_plugin_core *core)
{
    float most = 0;

    for (size_t c = 0; c < core->n_channels && core->denoisers[c]; c++)
        most =
            fmaxf(most, pinna_denoiser_speech_probability(core->denoisers[c]));
    return most;
}

float pinna_plugin_core_reduction_db(const pinna_plugin_core *core)
{
    double most_db = 0;

    for (size_t c = 0; c < core->n_channels && core->denoisers[c]; c++)
        most_db =
            fmax(most_db, pinna_denoiser_reduction_db(core->denoisers[c]));
    return (float)most_db;
}
