#include "clap_host.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

bool clap_file_open(const char *path, clap_file *out)
{
    *out = (clap_file){.library = dlopen(path, RTLD_NOW | RTLD_LOCAL)};
    if (!out->library) {
        fprintf(stderr, "%s\n", dlerror());
        return false;
    }
    *(const void **)&out->entry = dlsym(out->library, "clap_entry");
    if (!out->entry || !clap_version_is_compatible(out->entry->clap_version) ||
        !out->entry->init(path)) {
        fprintf(stderr, "%s: no CLAP entry\n", path);
        return false;
    }
    out->factory = out->entry->get_factory(CLAP_PLUGIN_FACTORY_ID);
    if (!out->factory) {
        fprintf(stderr, "%s: no factory\n", path);
        return false;
    }
    return true;
}

void clap_file_close(clap_file *file)
{
    file->entry->deinit();
    dlclose(file->library);
}

/* ---- what a plugin may ask for ---- */

static void request_restart(const clap_host_t *host)
{
    clap_guest *guest = host->host_data;
    guest->n_restarts++;
}

static void request_nothing(const clap_host_t *host)
{
    (void)host;
}

static void latency_changed(const clap_host_t *host)
{
    clap_guest *guest = host->host_data;
    guest->n_latency_changes++;
}

static void rescan(const clap_host_t *host, clap_param_rescan_flags flags)
{
    clap_guest *guest = host->host_data;
    (void)flags;
    guest->n_rescans++;
}

static void clear(const clap_host_t *host, clap_id id,
                  clap_param_clear_flags flags)
{
    (void)host;
    (void)id;
    (void)flags;
}

static const void *get_extension(const clap_host_t *host, const char *id)
{
    static const clap_host_latency_t latency = {latency_changed};
    static const clap_host_params_t params = {rescan, clear, request_nothing};

    (void)host;
    return strcmp(id, CLAP_EXT_LATENCY) == 0  ? (const void *)&latency
           : strcmp(id, CLAP_EXT_PARAMS) == 0 ? (const void *)&params
                                              : NULL;
}

bool clap_guest_open(const clap_file *file, const char *id, clap_guest *guest)
{
    *guest = (clap_guest){
        .host = {.clap_version = CLAP_VERSION_INIT,
                 .host_data = guest,
                 .name = "pinna's test",
                 .vendor = "pinna",
                 .url = "",
                 .version = "1",
                 .get_extension = get_extension,
                 .request_restart = request_restart,
                 .request_process = request_nothing,
                 .request_callback = request_nothing},
    };
    guest->plugin =
        file->factory->create_plugin(file->factory, &guest->host, id);
    if (!guest->plugin || !guest->plugin->init(guest->plugin))
        return false;
    const clap_plugin_t *plugin = guest->plugin;
    guest->params = plugin->get_extension(plugin, CLAP_EXT_PARAMS);
    guest->state = plugin->get_extension(plugin, CLAP_EXT_STATE);
    guest->latency = plugin->get_extension(plugin, CLAP_EXT_LATENCY);
    guest->ports = plugin->get_extension(plugin, CLAP_EXT_AUDIO_PORTS);
    return true;
}

void clap_guest_close(clap_guest *guest)
{
    guest->plugin->destroy(guest->plugin);
}

bool clap_guest_start(clap_guest *guest, double sample_rate)
{
    return guest->plugin->activate(guest->plugin, sample_rate, 1, 1 << 20) &&
           guest->plugin->start_processing(guest->plugin);
}

void clap_guest_stop(clap_guest *guest)
{
    guest->plugin->stop_processing(guest->plugin);
    guest->plugin->deactivate(guest->plugin);
}

/* ---- blocks and events ---- */

struct events {
    clap_event_param_value_t list[64];
    uint32_t n;
};

static uint32_t n_events(const clap_input_events_t *in)
{
    const struct events *events = in->ctx;
    return events->n;
}

static const clap_event_header_t *get_event(const clap_input_events_t *in,
                                            uint32_t index)
{
    const struct events *events = in->ctx;
    return &events->list[index].header;
}

static bool push_event(const clap_output_events_t *out,
                       const clap_event_header_t *event)
{
    clap_guest *guest = out->ctx;

    if (event->type != CLAP_EVENT_PARAM_VALUE ||
        event->size != sizeof guest->sent)
        return false;
    memcpy(&guest->sent, event, sizeof guest->sent);
    guest->n_sent++;
    return true;
}

static struct events make_events(const clap_change *changes, uint32_t n)
{
    struct events events = {.n = n};

    for (uint32_t i = 0; i < n; i++)
        events.list[i] = (clap_event_param_value_t){
            .header = {sizeof events.list[i], changes[i].time,
                       CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_PARAM_VALUE, 0},
            .param_id = changes[i].id,
            .note_id = -1,
            .port_index = -1,
            .channel = -1,
            .key = -1,
            .value = changes[i].value,
        };
    return events;
}

clap_process_status clap_guest_process(clap_guest *guest, float *const *in,
                                       float *const *out, uint32_t n_channels,
                                       uint32_t n, const clap_change *changes,
                                       uint32_t n_changes)
{
    struct events events = make_events(changes, n_changes);
    const clap_input_events_t in_events = {&events, n_events, get_event};
    const clap_output_events_t out_events = {guest, push_event};
    float *ins[8], *outs[8];
    for (uint32_t c = 0; c < n_channels; c++) {
        ins[c] = in[c];
        outs[c] = out[c];
    }
    const clap_audio_buffer_t inputs = {.data32 = ins,
                                        .channel_count = n_channels};
    clap_audio_buffer_t outputs = {.data32 = outs, .channel_count = n_channels};
    const clap_process_t process = {
        .steady_time = -1,
        .frames_count = n,
        .audio_inputs = &inputs,
        .audio_outputs = &outputs,
        .audio_inputs_count = 1,
        .audio_outputs_count = 1,
        .in_events = &in_events,
        .out_events = &out_events,
    };

    return guest->plugin->process(guest->plugin, &process);
}

void clap_guest_flush(clap_guest *guest, const clap_change *changes,
                      uint32_t n_changes)
{
    struct events events = make_events(changes, n_changes);
    const clap_input_events_t in_events = {&events, n_events, get_event};
    const clap_output_events_t out_events = {guest, push_event};

    guest->params->flush(guest->plugin, &in_events, &out_events);
}

/* ---- state ---- */

static int64_t write_bytes(const clap_ostream_t *stream, const void *from,
                           uint64_t n)
{
    clap_bytes *to = stream->ctx;
    size_t part = n < to->piece ? (size_t)n : to->piece;

    if (to->size + part > sizeof to->bytes)
        return -1;
    memcpy(to->bytes + to->size, from, part);
    to->size += part;
    return (int64_t)part;
}

static int64_t read_bytes(const clap_istream_t *stream, void *to, uint64_t n)
{
    clap_bytes *from = stream->ctx;
    size_t part = n < from->piece ? (size_t)n : from->piece;

    part = part < from->size - from->at ? part : from->size - from->at;
    memcpy(to, from->bytes + from->at, part);
    from->at += part;
    return (int64_t)part;
}

bool clap_guest_save(clap_guest *guest, clap_bytes *to)
{
    const clap_ostream_t stream = {to, write_bytes};

    to->size = 0;
    return guest->state->save(guest->plugin, &stream);
}

bool clap_guest_load(clap_guest *guest, clap_bytes *from)
{
    const clap_istream_t stream = {from, read_bytes};

    from->at = 0;
    return guest->state->load(guest->plugin, &stream);
}
