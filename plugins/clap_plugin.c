#include "plugins/clap_plugin.h"

#include "plugins/plugin_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- life ---- */

static bool init(const clap_plugin_t *plugin)
{
    (void)plugin;
    return true;
}

static void destroy(const clap_plugin_t *plugin)
{
    pinna_clap *clap = plugin->plugin_data;

    pinna_denoise_chain_free(clap->chain);
    pinna_model_free(clap->model);
    free(clap->model_path);
    free(clap);
}

/* Those whose change needs no new activation. */
static void set_live_controls(pinna_clap *clap)
{
    for (pinna_control i = 0; i < PINNA_N_CONTROLS; i++)
        if (i != PINNA_CONTROL_VAD_LOOK_BACK)
            pinna_denoise_chain_set(clap->chain, i,
                                    atomic_load(&clap->values[i]));
    if (atomic_load(&clap->values[PINNA_CLAP_BYPASS]) > 0)
        pinna_denoise_chain_set(clap->chain, PINNA_CONTROL_MODE,
                                PINNA_MODE_BYPASS);
}

static void tell_latency(pinna_clap *clap)
{
    const size_t latency = pinna_denoise_chain_latency(clap->chain);
    const clap_host_latency_t *host_latency =
        clap->host->get_extension(clap->host, CLAP_EXT_LATENCY);

    if (latency == clap->latency_told)
        return;
    clap->latency_told = latency;
    if (host_latency)
        host_latency->changed(clap->host);
}

static bool activate(const clap_plugin_t *plugin, double sample_rate,
                     uint32_t min_frames, uint32_t max_frames)
{
    (void)min_frames;
    (void)max_frames;
    pinna_clap *clap = plugin->plugin_data;

    if (!clap->model || clap->model_is_stale) {
        pinna_model_free(clap->model);
        clap->model = NULL;
        if (pinna_plugin_model_new(clap->model_path, &clap->model))
            return false;
        clap->model_is_stale = false;
    }
    if (pinna_denoise_chain_new(clap->model, sample_rate, clap->n_channels,
                                &clap->chain))
        return false;
    pinna_denoise_chain_set(
        clap->chain, PINNA_CONTROL_VAD_LOOK_BACK,
        atomic_load(&clap->values[PINNA_CONTROL_VAD_LOOK_BACK]));
    set_live_controls(clap);
    tell_latency(clap);
    return true;
}

static void deactivate(const clap_plugin_t *plugin)
{
    pinna_clap *clap = plugin->plugin_data;

    pinna_denoise_chain_free(clap->chain);
    clap->chain = NULL;
}

static bool start_processing(const clap_plugin_t *plugin)
{
    (void)plugin;
    return true;
}

static void stop_processing(const clap_plugin_t *plugin)
{
    (void)plugin;
}

static void reset(const clap_plugin_t *plugin)
{
    const pinna_clap *clap = plugin->plugin_data;

    pinna_denoise_chain_reset(clap->chain);
}

static void on_main_thread(const clap_plugin_t *plugin)
{
    (void)plugin;
}

/* ---- sound ---- */

static void process_part(pinna_clap *clap, const clap_process_t *process,
                         uint32_t begin, uint32_t end)
{
    const float *in[PINNA_CLAP_MAX_CHANNELS];
    float *out[PINNA_CLAP_MAX_CHANNELS];

    for (size_t c = 0; c < clap->n_channels; c++) {
        in[c] = process->audio_inputs[0].data32[c] + begin;
        out[c] = process->audio_outputs[0].data32[c] + begin;
    }
    set_live_controls(clap);
    pinna_denoise_chain_process(clap->chain, in, out, end - begin);
}

static bool fits(const pinna_clap *clap, const clap_audio_buffer_t *buffers,
                 uint32_t n)
{
    return n > 0 && buffers[0].channel_count >= clap->n_channels &&
           buffers[0].data32;
}

/* Changes count from their sample on. */
static clap_process_status process(const clap_plugin_t *plugin,
                                   const clap_process_t *process)
{
    pinna_clap *clap = plugin->plugin_data;
    const clap_input_events_t *events = process->in_events;
    const uint32_t n_events = events->size(events);
    uint32_t done = 0;

    if (!fits(clap, process->audio_inputs, process->audio_inputs_count) ||
        !fits(clap, process->audio_outputs, process->audio_outputs_count))
        return CLAP_PROCESS_ERROR;
    process->audio_outputs[0].constant_mask = 0;
    for (uint32_t i = 0; i < n_events; i++) {
        const clap_event_header_t *event = events->get(events, i);
        if (event->time > done && event->time < process->frames_count) {
            process_part(clap, process, done, event->time);
            done = event->time;
        }
        pinna_clap_take_event(clap, event);
    }
    process_part(clap, process, done, process->frames_count);

    atomic_store(&clap->values[PINNA_CLAP_VAD],
                 100 * pinna_denoise_chain_speech_probability(clap->chain));
    atomic_store(&clap->values[PINNA_CLAP_REDUCTION],
                 pinna_denoise_chain_reduction_db(clap->chain));
    pinna_clap_send_values(clap, process->out_events);
    return CLAP_PROCESS_CONTINUE;
}

/* ---- extensions ---- */

static uint32_t count_ports(const clap_plugin_t *plugin, bool is_input)
{
    (void)plugin;
    (void)is_input;
    return 1;
}

static bool get_port(const clap_plugin_t *plugin, uint32_t index, bool is_input,
                     clap_audio_port_info_t *info)
{
    const pinna_clap *clap = plugin->plugin_data;

    if (index != 0)
        return false;
    *info = (clap_audio_port_info_t){
        .id = 0,
        .flags = CLAP_AUDIO_PORT_IS_MAIN,
        .channel_count = (uint32_t)clap->n_channels,
        .port_type = clap->n_channels == 1 ? CLAP_PORT_MONO : CLAP_PORT_STEREO,
        .in_place_pair = 0,
    };
    snprintf(info->name, sizeof info->name, "%s",
             is_input ? "Input" : "Output");
    return true;
}

static uint32_t get_latency(const clap_plugin_t *plugin)
{
    const pinna_clap *clap = plugin->plugin_data;

    return (uint32_t)clap->latency_told;
}

static const void *get_extension(const clap_plugin_t *plugin, const char *id)
{
    static const clap_plugin_audio_ports_t ports = {count_ports, get_port};
    static const clap_plugin_latency_t latency = {get_latency};

    (void)plugin;
    if (strcmp(id, CLAP_EXT_AUDIO_PORTS) == 0)
        return &ports;
    if (strcmp(id, CLAP_EXT_LATENCY) == 0)
        return &latency;
    if (strcmp(id, CLAP_EXT_PARAMS) == 0)
        return &pinna_clap_params;
    if (strcmp(id, CLAP_EXT_STATE) == 0)
        return &pinna_clap_state;
    return NULL;
}

/* ---- making one ---- */

static const char *mono_features[] = {CLAP_PLUGIN_FEATURE_AUDIO_EFFECT,
                                      CLAP_PLUGIN_FEATURE_RESTORATION,
                                      CLAP_PLUGIN_FEATURE_MONO, NULL};
static const char *stereo_features[] = {CLAP_PLUGIN_FEATURE_AUDIO_EFFECT,
                                        CLAP_PLUGIN_FEATURE_RESTORATION,
                                        CLAP_PLUGIN_FEATURE_STEREO, NULL};

/* The ids never change. */
const clap_plugin_descriptor_t pinna_clap_descriptors[2] = {
    {
        .clap_version = CLAP_VERSION_INIT,
        .id = "pinna.denoiser-mono",
        .name = "pinna denoiser",
        .vendor = "pinna",
        .version = PINNA_VERSION,
        .description = "Takes noise out of speech",
        .features = mono_features,
    },
    {
        .clap_version = CLAP_VERSION_INIT,
        .id = "pinna.denoiser-stereo",
        .name = "pinna denoiser (stereo)",
        .vendor = "pinna",
        .version = PINNA_VERSION,
        .description = "Takes noise out of speech",
        .features = stereo_features,
    },
};

static const clap_plugin_descriptor_t *find_descriptor(const char *id)
{
    for (size_t i = 0; i < 2; i++)
        if (strcmp(pinna_clap_descriptors[i].id, id) == 0)
            return &pinna_clap_descriptors[i];
    return NULL;
}

/* The controls, and what follows them. */
static void list_params(pinna_clap *clap)
{
    pinna_control controls[PINNA_N_CONTROLS];
    const size_t n = pinna_controls_of(clap->n_channels, controls);

    for (size_t i = 0; i < n; i++)
        clap->params[clap->n_params++] = (int)controls[i];
    for (int place = PINNA_N_CONTROLS; place < PINNA_CLAP_N_VALUES; place++)
        clap->params[clap->n_params++] = place;
    for (int place = 0; place < PINNA_CLAP_N_VALUES; place++)
        atomic_init(&clap->values[place], pinna_clap_default(place));
}

const clap_plugin_t *pinna_clap_new(const clap_host_t *host, const char *id)
{
    const clap_plugin_descriptor_t *descriptor = find_descriptor(id);
    pinna_clap *clap = descriptor ? calloc(1, sizeof *clap) : NULL;
    if (!clap)
        return NULL;

    clap->host = host;
    clap->n_channels = (size_t)(descriptor - pinna_clap_descriptors) + 1;
    list_params(clap);
    clap->plugin = (clap_plugin_t){
        .desc = descriptor,
        .plugin_data = clap,
        .init = init,
        .destroy = destroy,
        .activate = activate,
        .deactivate = deactivate,
        .start_processing = start_processing,
        .stop_processing = stop_processing,
        .reset = reset,
        .process = process,
        .get_extension = get_extension,
        .on_main_thread = on_main_thread,
    };
    return &clap->plugin;
}
