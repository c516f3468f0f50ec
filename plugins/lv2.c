/* plugins/lv2.c -- the plugin for hosts of LV2: Ardour, Carla, jalv, FFmpeg ...
 *
 * The ports are those of plugins/lv2_ports.h. The state holds the path of a
 * model where another one than the default is in use; the controls are ports,
 * which hosts keep themselves. No feature of a host is required. */
#include "plugins/lv2_ports.h"
#include "plugins/plugin_model.h"
#include "rnn/denoise_chain.h"
#include "rnn/denoise_controls.h"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/core/lv2_util.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>

#include <stdlib.h>
#include <string.h>

enum {
    MAX_CHANNELS = 2,
    MAX_PORTS = 2 * MAX_CHANNELS + PINNA_N_CONTROLS + PINNA_LV2_N_PORTS,
};

struct instance {
    double sample_rate;
    size_t n_channels, n_controls;
    pinna_control controls[PINNA_N_CONTROLS];
    char *path; /* of the model, from the state; NULL for the default */
    pinna_model *model;
    pinna_denoise_chain *chain;
    LV2_URID_Map *map; /* or NULL */
    float *ports[MAX_PORTS];
};

/* ---- sound ---- */

/* Run the model in the file at path, or the default one for NULL; changes
 * nothing without memory. */
static pinna_status take_model(struct instance *instance, const char *path)
{
    char *path_copy = path ? strdup(path) : NULL;
    pinna_model *model = NULL;
    pinna_denoise_chain *chain = NULL;

    if ((path && !path_copy) || pinna_plugin_model_new(path, &model) ||
        pinna_denoise_chain_new(model, instance->sample_rate,
                                instance->n_channels, &chain)) {
        free(path_copy);
        pinna_model_free(model);
        return PINNA_NO_MEMORY;
    }
    pinna_denoise_chain_free(instance->chain);
    pinna_model_free(instance->model);
    free(instance->path);
    instance->chain = chain;
    instance->model = model;
    instance->path = path_copy;
    return PINNA_OK;
}

static LV2_Handle instantiate(const LV2_Descriptor *descriptor,
                              double sample_rate, const char *bundle_path,
                              const LV2_Feature *const *features)
{
    (void)bundle_path;
    struct instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        return NULL;

    instance->sample_rate = sample_rate;
    instance->n_channels =
        strcmp(descriptor->URI, PINNA_LV2_STEREO_URI) == 0 ? 2 : 1;
    instance->n_controls =
        pinna_controls_of(instance->n_channels, instance->controls);
    if (features)
        instance->map = lv2_features_data(features, LV2_URID__map);
    if (take_model(instance, NULL)) {
        free(instance);
        return NULL;
    }
    return instance;
}

static void cleanup(LV2_Handle handle)
{
    struct instance *instance = handle;

    pinna_denoise_chain_free(instance->chain);
    pinna_model_free(instance->model);
    free(instance->path);
    free(instance);
}

static void connect_port(LV2_Handle handle, uint32_t port, void *data)
{
    struct instance *instance = handle;

    if (port < MAX_PORTS)
        instance->ports[port] = data;
}

static void activate(LV2_Handle handle)
{
    struct instance *instance = handle;

    pinna_denoise_chain_reset(instance->chain);
}

static void put(float *port, float value)
{
    if (port)
        *port = value;
}

static void run(LV2_Handle handle, uint32_t n_samples)
{
    const struct instance *instance = handle;
    pinna_denoise_chain *chain = instance->chain;
    float *const *ports = instance->ports;
    const float *in[MAX_CHANNELS];
    float *out[MAX_CHANNELS];

    for (size_t c = 0; c < instance->n_channels; c++)
        in[c] = *ports++;
    for (size_t c = 0; c < instance->n_channels; c++)
        out[c] = *ports++;
    for (size_t i = 0; i < instance->n_controls; i++, ports++)
        if (*ports)
            pinna_denoise_chain_set(chain, instance->controls[i], **ports);
    if (ports[PINNA_LV2_ENABLED] && *ports[PINNA_LV2_ENABLED] <= 0)
        pinna_denoise_chain_set(chain, PINNA_CONTROL_MODE, PINNA_MODE_BYPASS);

    pinna_denoise_chain_process(chain, in, out, n_samples);
    put(ports[PINNA_LV2_LATENCY], (float)pinna_denoise_chain_latency(chain));
    put(ports[PINNA_LV2_VAD],
        100 * pinna_denoise_chain_speech_probability(chain));
    put(ports[PINNA_LV2_REDUCTION], pinna_denoise_chain_reduction_db(chain));
}

/* ---- state: never while run() runs, unless a plugin says that it may be ----
 */

static void free_path(const LV2_Feature *const *features, char *path)
{
    const LV2_State_Free_Path *freer =
        lv2_features_data(features, LV2_STATE__freePath);

    if (freer)
        freer->free_path(freer->handle, path);
    else
        free(path);
}

static LV2_State_Status save(LV2_Handle handle, LV2_State_Store_Function store,
                             LV2_State_Handle state, uint32_t flags,
                             const LV2_Feature *const *features)
{
    (void)flags;
    const struct instance *instance = handle;
    const LV2_State_Map_Path *paths =
        lv2_features_data(features, LV2_STATE__mapPath);

    if (!instance->path)
        return LV2_STATE_SUCCESS;
    if (!instance->map)
        return LV2_STATE_ERR_NO_FEATURE;
    /* Hosts move projects: they are to say how the path is written. */
    char *mapped =
        paths ? paths->abstract_path(paths->handle, instance->path) : NULL;
    const char *path = mapped ? mapped : instance->path;
    const LV2_URID_Map *map = instance->map;
    const LV2_State_Status status =
        store(state, map->map(map->handle, PINNA_LV2_MODEL_URI), path,
              strlen(path) + 1, map->map(map->handle, LV2_ATOM__Path),
              LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
    if (mapped)
        free_path(features, mapped);
    return status;
}

static LV2_State_Status restore(LV2_Handle handle,
                                LV2_State_Retrieve_Function retrieve,
                                LV2_State_Handle state, uint32_t flags,
                                const LV2_Feature *const *features)
{
    (void)flags;
    struct instance *instance = handle;
    const LV2_State_Map_Path *paths =
        lv2_features_data(features, LV2_STATE__mapPath);
    const LV2_URID_Map *map = instance->map;
    size_t size = 0;
    uint32_t type = 0, value_flags = 0;

    if (!map)
        return LV2_STATE_ERR_NO_FEATURE;
    const char *value =
        retrieve(state, map->map(map->handle, PINNA_LV2_MODEL_URI), &size,
                 &type, &value_flags);
    if (value && (type != map->map(map->handle, LV2_ATOM__Path) ||
                  strnlen(value, size) == size))
        return LV2_STATE_ERR_BAD_TYPE;

    char *mapped =
        value && paths ? paths->absolute_path(paths->handle, value) : NULL;
    const char *path = mapped ? mapped : value;
    const int is_same =
        (!path && !instance->path) ||
        (path && instance->path && strcmp(path, instance->path) == 0);
    const pinna_status status = is_same ? PINNA_OK : take_model(instance, path);
    if (mapped)
        free_path(features, mapped);
    return status ? LV2_STATE_ERR_UNKNOWN : LV2_STATE_SUCCESS;
}

static const void *extension_data(const char *uri)
{
    static const LV2_State_Interface state = {save, restore};

    return strcmp(uri, LV2_STATE__interface) == 0 ? &state : NULL;
}

LV2_SYMBOL_EXPORT const LV2_Descriptor *lv2_descriptor(uint32_t index)
{
    static const LV2_Descriptor descriptors[] = {
        {PINNA_LV2_MONO_URI, instantiate, connect_port, activate, run, NULL,
         cleanup, extension_data},
        {PINNA_LV2_STEREO_URI, instantiate, connect_port, activate, run, NULL,
         cleanup, extension_data},
    };

    return index < 2 ? &descriptors[index] : NULL;
}
