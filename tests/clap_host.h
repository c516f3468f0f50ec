/* tests/clap_host.h -- a small host of CLAP plugins */
#ifndef PINNA_TESTS_CLAP_HOST_H
#define PINNA_TESTS_CLAP_HOST_H

#include "plugins/clap_plugin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct clap_file {
    void *library;
    const clap_plugin_entry_t *entry;
    const clap_plugin_factory_t *factory;
} clap_file;

/* Prints what is wrong; false then. */
bool clap_file_open(const char *path, clap_file *out);
void clap_file_close(clap_file *file);

/* A plugin, and what it has asked its host for. */
typedef struct clap_guest {
    clap_host_t host; /* its host_data is this */
    const clap_plugin_t *plugin;
    const clap_plugin_params_t *params;
    const clap_plugin_state_t *state;
    const clap_plugin_latency_t *latency;
    const clap_plugin_audio_ports_t *ports;
    size_t n_restarts, n_latency_changes, n_rescans, n_sent;
    clap_event_param_value_t sent; /* the latest */
} clap_guest;

/* Made and initialised; the guest must stay where it is. false where the file
 * has no such plugin. */
bool clap_guest_open(const clap_file *file, const char *id, clap_guest *guest);
void clap_guest_close(clap_guest *guest);

bool clap_guest_start(clap_guest *guest, double sample_rate);
void clap_guest_stop(clap_guest *guest);

/* One change of a parameter at a sample of the next block. */
typedef struct clap_change {
    uint32_t time;
    clap_id id;
    double value;
} clap_change;

/* One block through the only ports; in and out [n_channels][n]. */
clap_process_status clap_guest_process(clap_guest *guest, float *const *in,
                                       float *const *out, uint32_t n_channels,
                                       uint32_t n, const clap_change *changes,
                                       uint32_t n_changes);

/* Change while no sound is processed. */
void clap_guest_flush(clap_guest *guest, const clap_change *changes,
                      uint32_t n_changes);

/* Bytes of a state; written and read at most `piece` bytes at a time. */
typedef struct clap_bytes {
    unsigned char bytes[8192];
    size_t size, at, piece;
} clap_bytes;

bool clap_guest_save(clap_guest *guest, clap_bytes *to);
bool clap_guest_load(clap_guest *guest, clap_bytes *from);

#endif
