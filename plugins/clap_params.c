#include "plugins/clap_plugin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of those that are no controls; a control's is its number. */
#define FIRST_OTHER_ID 100

clap_id pinna_clap_id(int place)
{
    return (clap_id)(place < PINNA_N_CONTROLS
                         ? place
                         : place - PINNA_N_CONTROLS + FIRST_OTHER_ID);
}

int pinna_clap_place(const pinna_clap *clap, clap_id id)
{
    for (size_t i = 0; i < clap->n_params; i++)
        if (pinna_clap_id(clap->params[i]) == id)
            return clap->params[i];
    return -1;
}

/* All that is said of a parameter, controls or not. */
static pinna_control_info describe(int place)
{
    static const char *const off_on[] = {"off", "on"};
    pinna_control_info info;

    switch (place) {
    case PINNA_CLAP_BYPASS:
        return (pinna_control_info){
            "Bypass", "bypass", "", PINNA_CONTROL_SWITCH, 0, 1, 0, off_on};
    case PINNA_CLAP_VAD:
        return (pinna_control_info){"VAD", "vad", "%", PINNA_CONTROL_NUMBER,
                                    0,     100,   0,   NULL};
    case PINNA_CLAP_REDUCTION:
        return (pinna_control_info){
            "Reduction", "reduction", "dB", PINNA_CONTROL_NUMBER,
            0,           100,         0,    NULL};
    default:
        info = pinna_controls[place];
        if (info.kind == PINNA_CONTROL_SWITCH)
            info.labels = off_on;
        return info;
    }
}

bool pinna_clap_is_read_only(int place)
{
    return place == PINNA_CLAP_VAD || place == PINNA_CLAP_REDUCTION;
}

float pinna_clap_default(int place)
{
    return describe(place).by_default;
}

void pinna_clap_set(pinna_clap *clap, int place, double value)
{
    float clean;

    if (place < PINNA_N_CONTROLS)
        clean = pinna_control_clean((pinna_control)place, (float)value);
    else
        clean = value > 0.5 ? 1 : 0; /* bypass */
    const float before = atomic_exchange(&clap->values[place], clean);
    if (place == PINNA_CONTROL_VAD_LOOK_BACK && clean != before && clap->chain)
        clap->host->request_restart(clap->host);
}

void pinna_clap_take_event(pinna_clap *clap, const clap_event_header_t *event)
{
    if (event->space_id != CLAP_CORE_EVENT_SPACE_ID ||
        event->type != CLAP_EVENT_PARAM_VALUE)
        return;
    const clap_event_param_value_t *change =
        (const clap_event_param_value_t *)event;
    const int place = pinna_clap_place(clap, change->param_id);
    if (place >= 0 && !pinna_clap_is_read_only(place))
        pinna_clap_set(clap, place, change->value);
}

void pinna_clap_send_values(pinna_clap *clap, const clap_output_events_t *out)
{
    static const int places[] = {PINNA_CLAP_VAD, PINNA_CLAP_REDUCTION};

    for (size_t i = 0; i < 2; i++) {
        const int place = places[i];
        const float value = atomic_load(&clap->values[place]);
        const clap_event_param_value_t event = {
            .header = {sizeof event, 0, CLAP_CORE_EVENT_SPACE_ID,
                       CLAP_EVENT_PARAM_VALUE, CLAP_EVENT_DONT_RECORD},
            .param_id = pinna_clap_id(place),
            .note_id = -1,
            .port_index = -1,
            .channel = -1,
            .key = -1,
            .value = (double)value,
        };
        if (value != clap->sent[place] && out->try_push(out, &event.header))
            clap->sent[place] = value;
    }
}

/* ---- the extension ---- */

static uint32_t count(const clap_plugin_t *plugin)
{
    const pinna_clap *clap = plugin->plugin_data;

    return (uint32_t)clap->n_params;
}

static clap_param_info_flags flags_of(int place, const pinna_control_info *info)
{
    clap_param_info_flags flags = pinna_clap_is_read_only(place)
                                      ? CLAP_PARAM_IS_READONLY
                                      : CLAP_PARAM_IS_AUTOMATABLE;

    if (info->kind != PINNA_CONTROL_NUMBER)
        flags |= CLAP_PARAM_IS_STEPPED;
    if (place == PINNA_CLAP_BYPASS)
        flags |= CLAP_PARAM_IS_BYPASS;
    return flags;
}

static bool get_info(const clap_plugin_t *plugin, uint32_t index,
                     clap_param_info_t *out)
{
    const pinna_clap *clap = plugin->plugin_data;

    if (index >= clap->n_params)
        return false;
    const int place = clap->params[index];
    const pinna_control_info info = describe(place);
    *out = (clap_param_info_t){
        .id = pinna_clap_id(place),
        .flags = flags_of(place, &info),
        .min_value = (double)info.least,
        .max_value = (double)info.most,
        .default_value = (double)info.by_default,
    };
    snprintf(out->name, sizeof out->name, "%s", info.name);
    return true;
}

static bool get_value(const clap_plugin_t *plugin, clap_id id, double *value)
{
    pinna_clap *clap = plugin->plugin_data;
    const int place = pinna_clap_place(clap, id);

    if (place < 0)
        return false;
    *value = (double)atomic_load(&clap->values[place]);
    return true;
}

static bool value_to_text(const clap_plugin_t *plugin, clap_id id, double value,
                          char *display, uint32_t size)
{
    const pinna_clap *clap = plugin->plugin_data;
    const int place = pinna_clap_place(clap, id);

    if (place < 0 || size == 0)
        return false;
    const pinna_control_info info = describe(place);
    int length;
    if (info.labels) {
        const double step = fmin(fmax(value, 0), (double)info.most);
        length = snprintf(display, size, "%s", info.labels[(size_t)step]);
    } else {
        length = snprintf(display, size, "%.1f %s", value, info.unit);
    }
    return length > 0 && (uint32_t)length < size;
}

static bool text_to_value(const clap_plugin_t *plugin, clap_id id,
                          const char *display, double *value)
{
    const pinna_clap *clap = plugin->plugin_data;
    const int place = pinna_clap_place(clap, id);

    if (place < 0)
        return false;
    const pinna_control_info info = describe(place);
    for (int i = 0; info.labels && i <= (int)info.most; i++)
        if (strcmp(display, info.labels[i]) == 0) {
            *value = i;
            return true;
        }
    char *end;
    const double number = strtod(display, &end);
    if (end == display || !isfinite(number))
        return false;
    *value = fmin(fmax(number, (double)info.least), (double)info.most);
    return true;
}

static void flush(const clap_plugin_t *plugin, const clap_input_events_t *in,
                  const clap_output_events_t *out)
{
    pinna_clap *clap = plugin->plugin_data;
    const uint32_t n = in->size(in);

    for (uint32_t i = 0; i < n; i++)
        pinna_clap_take_event(clap, in->get(in, i));
    pinna_clap_send_values(clap, out);
}

const clap_plugin_params_t pinna_clap_params = {
    count, get_info, get_value, value_to_text, text_to_value, flush,
};
