/* plugins/ladspa.c -- the plugin for hosts of LADSPA: FFmpeg, SoX, PipeWire,
 * Audacity ...
 *
 * Ports: audio in, audio out, the controls in their order, and as the only
 * output control "latency", which hosts look for by this name. SoX asks for a
 * dummy value for any other. */
#include "plugins/plugin_model.h"
#include "rnn/denoise_chain.h"
#include "rnn/denoise_controls.h"

#include <ladspa.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    MAX_CHANNELS = 2,
    MAX_PORTS = 2 * MAX_CHANNELS + PINNA_N_CONTROLS + 1,
};

/* What one of the two plugins looks like: mono is the first, stereo the
 * second. */
struct shape {
    LADSPA_Descriptor descriptor;
    size_t n_channels, n_controls;
    pinna_control controls[PINNA_N_CONTROLS];
    LADSPA_PortDescriptor kinds[MAX_PORTS];
    LADSPA_PortRangeHint hints[MAX_PORTS];
    const char *names[MAX_PORTS];
    char texts[PINNA_N_CONTROLS][64]; /* behind the names of controls */
};

static struct shape shapes[MAX_CHANNELS];

struct instance {
    const struct shape *shape;
    pinna_model *model;
    pinna_denoise_chain *chain;
    LADSPA_Data *ports[MAX_PORTS];
};

static LADSPA_Handle instantiate(const LADSPA_Descriptor *descriptor,
                                 unsigned long sample_rate)
{
    const struct shape *shape = descriptor->ImplementationData;
    struct instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        return NULL;

    instance->shape = shape;
    if (pinna_plugin_model_new(NULL, &instance->model) ||
        pinna_denoise_chain_new(instance->model, (double)sample_rate,
                                shape->n_channels, &instance->chain)) {
        pinna_model_free(instance->model);
        free(instance);
        return NULL;
    }
    return instance;
}

static void cleanup(LADSPA_Handle handle)
{
    struct instance *instance = handle;

    pinna_denoise_chain_free(instance->chain);
    pinna_model_free(instance->model);
    free(instance);
}

static void connect_port(LADSPA_Handle handle, unsigned long port,
                         LADSPA_Data *data)
{
    struct instance *instance = handle;

    if (port < MAX_PORTS)
        instance->ports[port] = data;
}

static void activate(LADSPA_Handle handle)
{
    struct instance *instance = handle;

    pinna_denoise_chain_reset(instance->chain);
}

static void run(LADSPA_Handle handle, unsigned long n_samples)
{
    const struct instance *instance = handle;
    const struct shape *shape = instance->shape;
    LADSPA_Data *const *ports = instance->ports;
    const float *in[MAX_CHANNELS];
    float *out[MAX_CHANNELS];

    for (size_t c = 0; c < shape->n_channels; c++)
        in[c] = *ports++;
    for (size_t c = 0; c < shape->n_channels; c++)
        out[c] = *ports++;
    for (size_t i = 0; i < shape->n_controls; i++, ports++)
        if (*ports)
            pinna_denoise_chain_set(instance->chain, shape->controls[i],
                                    **ports);
    if (*ports)
        **ports = (float)pinna_denoise_chain_latency(instance->chain);
    pinna_denoise_chain_process(instance->chain, in, out, n_samples);
}

/* LADSPA knows only some defaults by name. */
static LADSPA_PortRangeHintDescriptor
hint_default(const pinna_control_info *info)
{
    const float range = info->most - info->least;

    if (info->by_default == 0)
        return LADSPA_HINT_DEFAULT_0;
    if (info->by_default == 1)
        return LADSPA_HINT_DEFAULT_1;
    if (info->by_default == 100)
        return LADSPA_HINT_DEFAULT_100;
    if (info->by_default == info->least + 0.25f * range)
        return LADSPA_HINT_DEFAULT_LOW;
    return LADSPA_HINT_DEFAULT_NONE;
}

static LADSPA_PortRangeHint hint(const pinna_control_info *info)
{
    LADSPA_PortRangeHintDescriptor kind =
        LADSPA_HINT_BOUNDED_BELOW | LADSPA_HINT_BOUNDED_ABOVE;

    if (info->kind == PINNA_CONTROL_SWITCH)
        kind = LADSPA_HINT_TOGGLED;
    else if (info->kind == PINNA_CONTROL_CHOICE)
        kind |= LADSPA_HINT_INTEGER;
    return (LADSPA_PortRangeHint){kind | hint_default(info), info->least,
                                  info->most};
}

static void add_port(struct shape *shape, const char *name,
                     LADSPA_PortDescriptor kind, LADSPA_PortRangeHint range)
{
    const unsigned long port = shape->descriptor.PortCount++;

    shape->names[port] = name;
    shape->kinds[port] = kind;
    shape->hints[port] = range;
}

/* The name with the unit or the meaning of numbers, as hosts show nothing
 * else. */
static void write_name(const pinna_control_info *info, char *text, size_t size)
{
    if (*info->unit) {
        snprintf(text, size, "%s (%s)", info->name, info->unit);
        return;
    }
    size_t used = (size_t)snprintf(text, size, "%s", info->name);
    for (int i = 0; info->labels && i <= (int)info->most; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%d %s",
                                 i == 0 ? " (" : ", ", i, info->labels[i]);
    if (info->labels)
        snprintf(text + used, size - used, ")");
}

static void add_controls(struct shape *shape)
{
    shape->n_controls = pinna_controls_of(shape->n_channels, shape->controls);
    for (size_t i = 0; i < shape->n_controls; i++) {
        const pinna_control_info *info = &pinna_controls[shape->controls[i]];
        write_name(info, shape->texts[i], sizeof shape->texts[i]);
        add_port(shape, shape->texts[i],
                 LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL, hint(info));
    }
}

static void describe(struct shape *shape, size_t n_channels)
{
    static const char *const audio_names[2][2][MAX_CHANNELS] = {
        {{"Input"}, {"Output"}},
        {{"Input Left", "Input Right"}, {"Output Left", "Output Right"}},
    };
    static const LADSPA_PortDescriptor audio_kinds[] = {
        LADSPA_PORT_INPUT | LADSPA_PORT_AUDIO,
        LADSPA_PORT_OUTPUT | LADSPA_PORT_AUDIO,
    };

    shape->n_channels = n_channels;
    shape->descriptor = (LADSPA_Descriptor){
        /* "pin" in ASCII; the numbers and labels never change. */
        .UniqueID = 0x70696e + (unsigned long)(n_channels - 1),
        .Label = n_channels == 1 ? "pinna_mono" : "pinna_stereo",
        .Properties = LADSPA_PROPERTY_HARD_RT_CAPABLE,
        .Name = n_channels == 1 ? "pinna denoiser" : "pinna denoiser (stereo)",
        .Maker = "pinna",
        .Copyright = "BSD-2-Clause",
        .PortDescriptors = shape->kinds,
        .PortNames = shape->names,
        .PortRangeHints = shape->hints,
        .ImplementationData = shape,
        .instantiate = instantiate,
        .connect_port = connect_port,
        .activate = activate,
        .run = run,
        .cleanup = cleanup,
    };
    for (size_t way = 0; way < 2; way++)
        for (size_t c = 0; c < n_channels; c++)
            add_port(shape, audio_names[n_channels - 1][way][c],
                     audio_kinds[way], (LADSPA_PortRangeHint){0});
    add_controls(shape);
    add_port(shape, "latency", LADSPA_PORT_OUTPUT | LADSPA_PORT_CONTROL,
             (LADSPA_PortRangeHint){
                 LADSPA_HINT_BOUNDED_BELOW | LADSPA_HINT_INTEGER, 0, 0});
}

/* On loading, before any thread can ask. */
__attribute__((constructor)) static void describe_all(void)
{
    for (size_t i = 0; i < MAX_CHANNELS; i++)
        describe(&shapes[i], i + 1);
}

__attribute__((visibility("default"))) const LADSPA_Descriptor *
ladspa_descriptor(unsigned long index)
{
    return index < MAX_CHANNELS ? &shapes[index].descriptor : NULL;
}
